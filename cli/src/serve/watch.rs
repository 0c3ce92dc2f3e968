//! Notices when an author changes a file, without looking again and again.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;

/// An editor that saves, or a `git checkout`, has finished when nothing happened for this long.
const QUIET: Duration = Duration::from_millis(40);
/// The same when the last thing that happened was that a whole file was finished: others may follow at once.
const QUIET_AFTER_WHOLE: Duration = Duration::from_millis(4);
/// After this many changes in a row the site is built although there is no end to them.
const MAX_CHANGES: usize = 500;

/// What was touched; nothing when nobody knows.
pub(super) type Touched = Option<Vec<PathBuf>>;

/// One event of the system.
struct Change {
    paths: Touched,
    /// Whether the files are as they will be: closed, renamed or removed.
    is_whole: bool,
}

/// Watches folders. Stops when it is dropped.
pub(super) struct Watch {
    changes: Receiver<Change>,
    has_lost: Arc<AtomicBool>,
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Watches these folders and everything in them, except for what lies in `ignored`.
    pub(super) fn start(folders: &[&Path], ignored: &Path) -> notify::Result<Self> {
        let folders: Vec<PathBuf> =
            folders.iter().map(|folder| folder.canonicalize()).collect::<io::Result<_>>()?;
        let (sender, changes) = channel(MAX_CHANGES);
        let has_lost = Arc::new(AtomicBool::new(false));
        let filter = Filter { folders: folders.clone(), ignored: ignored.canonicalize()? };
        let lost = Arc::clone(&has_lost);
        let mut watcher = notify::recommended_watcher(move |event| filter.pass(event, &sender, &lost))?;
        for folder in &folders {
            watcher.watch(folder, RecursiveMode::Recursive)?;
        }
        Ok(Self { changes, has_lost, _watcher: watcher })
    }

    /// Waits for a change and for the quiet after it. Nothing when the watcher has ended.
    pub(super) async fn changed(&mut self) -> Option<Touched> {
        let first = self.changes.recv().await?;
        let (mut touched, mut is_whole) = (first.paths, first.is_whole);
        for _ in 0..MAX_CHANGES {
            let quiet = if is_whole { QUIET_AFTER_WHOLE } else { QUIET };
            let Ok(Some(next)) = timeout(quiet, self.changes.recv()).await else { break };
            is_whole = next.is_whole;
            touched = touched.zip(next.paths).map(|(mut all, more)| {
                all.extend(more);
                all
            });
        }
        // A full queue has dropped changes: everything counts as touched.
        Some(touched.filter(|_| !self.has_lost.swap(false, Ordering::Relaxed)))
    }
}

struct Filter {
    folders: Vec<PathBuf>,
    ignored: PathBuf,
}

impl Filter {
    fn pass(&self, event: notify::Result<Event>, changes: &Sender<Change>, has_lost: &AtomicBool) {
        let change = match event {
            Ok(event) if !self.is_change(&event) => return,
            Ok(event) => {
                let is_whole = is_whole(event.kind);
                let known = !event.paths.is_empty() && !event.need_rescan();
                Change { paths: known.then_some(event.paths), is_whole }
            }
            // An error may mean that events were lost, so it counts as a change.
            Err(_) => Change { paths: None, is_whole: false },
        };
        if changes.try_send(change).is_err() {
            has_lost.store(true, Ordering::Relaxed);
        }
    }

    fn is_change(&self, event: &Event) -> bool {
        // Building reads the files, and reading must not count.
        let is_change = match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) | EventKind::Other => false,
            EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) => true,
        };
        is_change && (event.paths.is_empty() || event.paths.iter().any(|path| self.is_content(path)))
    }

    /// Whether an author means this file: not hidden, not a copy that an editor makes, not our own.
    fn is_content(&self, path: &Path) -> bool {
        let below = self.folders.iter().find_map(|folder| path.strip_prefix(folder).ok());
        let is_aside = |name: &str| name.starts_with('.') || name.ends_with('~') || name == "4913";
        !path.starts_with(&self.ignored)
            && below.is_none_or(|below| !below.iter().any(|name| is_aside(&name.to_string_lossy())))
    }
}

/// Whether the file is as it will be after this: while it is being written, more will follow.
fn is_whole(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(_) | EventKind::Modify(ModifyKind::Name(_)) | EventKind::Remove(_))
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange};

    use super::*;
    use crate::adapters::scratch::Scratch;

    #[track_caller]
    fn check(kind: EventKind, path: &str, expected: bool) {
        let filter =
            Filter { folders: vec!["/site/.git/content".into()], ignored: "/site/.git/content/data".into() };
        assert_eq!(filter.is_change(&Event::new(kind).add_path(path.into())), expected, "{kind:?} {path}");
    }

    #[test]
    fn only_what_an_author_does_counts() {
        let modified = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        check(modified, "/site/.git/content/lyceum.yaml", true);
        check(EventKind::Create(CreateKind::File), "/site/.git/content/courses/a.md", true);
        check(EventKind::Access(AccessKind::Any), "/site/.git/content/lyceum.yaml", false);
        check(EventKind::Access(AccessKind::Close(AccessMode::Write)), "/site/.git/content/a.md", true);
        check(modified, "/site/.git/content/.a.md.swp", false);
        check(modified, "/site/.git/content/.git/index", false);
        check(modified, "/site/.git/content/a.md~", false);
        check(modified, "/site/.git/content/data/ledger.sqlite", false);
    }

    #[tokio::test]
    async fn a_change_is_noticed() {
        let folder = Scratch::new();
        let ignored = Scratch::new();
        let mut watch = Watch::start(&[folder.path()], ignored.path()).expect("watches");
        folder.write("courses/rust/index.md", "x");
        let touched = watch.changed().await.expect("a change").expect("known paths");
        let folder = folder.path().canonicalize().expect("there");
        assert!(touched.iter().all(|path| path.starts_with(&folder)), "{touched:?}");
    }
}
