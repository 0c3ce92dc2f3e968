//! Notices when an author changes a file, without looking again and again.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;

/// An editor that saves, or a `git checkout`, has finished when nothing happened for this long.
const QUIET: Duration = Duration::from_millis(40);
/// After this many changes in a row the site is built although there is no end to them.
const MAX_CHANGES: usize = 500;

/// Watches folders. Stops when it is dropped.
pub(super) struct Watch {
    changes: Receiver<()>,
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Watches these folders and everything in them, except for what lies in `ignored`.
    pub(super) fn start(folders: &[&Path], ignored: &Path) -> notify::Result<Self> {
        let folders: Vec<PathBuf> =
            folders.iter().map(|folder| folder.canonicalize()).collect::<io::Result<_>>()?;
        let (sender, changes) = channel(MAX_CHANGES);
        let filter = Filter { folders: folders.clone(), ignored: ignored.canonicalize()? };
        let mut watcher = notify::recommended_watcher(move |event| filter.pass(event, &sender))?;
        for folder in &folders {
            watcher.watch(folder, RecursiveMode::Recursive)?;
        }
        Ok(Self { changes, _watcher: watcher })
    }

    /// Waits for a change and for the quiet after it. `false` when the watcher has ended.
    pub(super) async fn changed(&mut self) -> bool {
        if self.changes.recv().await.is_none() {
            return false;
        }
        for _ in 0..MAX_CHANGES {
            if timeout(QUIET, self.changes.recv()).await.is_err() {
                break;
            }
        }
        true
    }
}

struct Filter {
    folders: Vec<PathBuf>,
    ignored: PathBuf,
}

impl Filter {
    fn pass(&self, event: notify::Result<Event>, changes: &Sender<()>) {
        // An error may mean that events were lost, so it counts as a change.
        let is_change = event.map_or(true, |event| self.is_change(&event));
        if is_change {
            // A full queue is full of changes that nobody has looked at yet: this one is seen with them.
            let _ = changes.try_send(());
        }
    }

    fn is_change(&self, event: &Event) -> bool {
        // Building reads the files, and reading must not count.
        let is_change = match event.kind {
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

#[cfg(test)]
mod tests {
    use notify::event::{AccessKind, CreateKind, DataChange};

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
        assert!(watch.changed().await);
    }
}
