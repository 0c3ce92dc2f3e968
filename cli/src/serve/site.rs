//! Builds the site, and builds it again.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use lyceum_app::ports::Clock;
use lyceum_contract::Timestamp;
use lyceum_contract::seal::KeyRing;
use lyceum_generator::{Changes, Diagnostic, Failed, Observer, Options, Report, Session, Staged, Unobserved};

use super::watch::Touched;
use crate::adapters::{FolderAssets, SystemClock};
use crate::diagnostics;
use crate::terminal::Ink;

/// Everything that a build needs, so that it can be repeated.
pub(super) struct Builder {
    pub(super) content: PathBuf,
    pub(super) theme: Option<PathBuf>,
    /// The site goes into `public` below this folder.
    pub(super) out: PathBuf,
    pub(super) keys: KeyRing,
    /// Whether what is not published yet is shown too.
    pub(super) drafts: bool,
    pub(super) clock: SystemClock,
    pub(super) assets: FolderAssets,
    pub(super) session: Mutex<Session>,
    pub(super) patience: Patience,
}

/// Whether somebody still waits for a build.
#[derive(Default)]
pub(super) struct Patience {
    is_over: AtomicBool,
}

impl Observer for Patience {
    fn is_interrupted(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }
}

/// What became of one build.
#[derive(Default)]
pub(super) struct Built {
    /// The site that is in the folder now; `None` when it was left as it is.
    pub(super) site: Option<BuiltSite>,
    /// What an author should read.
    pub(super) found: Vec<Diagnostic>,
    /// Why the site could not be written.
    pub(super) failure: Option<String>,
}

/// A site that was just written.
#[derive(Default)]
pub(super) struct BuiltSite {
    /// Nothing when only some courses were made.
    pub(super) report: Option<Report>,
    pub(super) changes: Changes,
    pub(super) duration_ms: u128,
}

impl Builder {
    /// Notes what was touched, once no build runs.
    pub(super) fn note(&self, touched: &Touched) {
        self.patience.is_over.store(false, Ordering::Relaxed);
        self.session().changed(touched.as_deref());
    }

    /// Builds the whole site. With an error in the content, the site that is there stays. Nothing when it was interrupted.
    /// Blocks.
    pub(super) fn build(&self) -> Option<Built> {
        let started = Instant::now();
        let mut session = self.session();
        match session.stage(&self.options(), &self.patience) {
            Ok(staged) => Some(self.written(&mut session, staged, started)),
            Err(Failed::Content(found)) => Some(Built { found, ..Built::default() }),
            Err(Failed::Output(error)) => Some(self.not_written(&error)),
            Err(Failed::Interrupted) => None,
        }
    }

    /// Builds the pages that show what was touched last, for those who look at them now. Nothing when that cannot be told
    /// so quickly. Blocks.
    pub(super) fn build_first(&self, addresses: &[String]) -> Option<Built> {
        let started = Instant::now();
        let mut session = self.session();
        let staged = session.stage_pages(&self.options(), addresses, &Unobserved)?;
        Some(self.written(&mut session, staged, started))
    }

    /// Ends a build that is running without a site.
    pub(super) fn interrupt(&self) {
        self.patience.is_over.store(true, Ordering::Relaxed);
    }

    fn options(&self) -> Options<'_> {
        Options {
            content: &self.content,
            theme: self.theme.as_deref(),
            keys: &self.keys,
            now: self.clock.now(),
            drafts: self.drafts,
            live_reload: true,
        }
    }

    fn written(&self, session: &mut Session, staged: Staged, started: Instant) -> Built {
        let written = self.assets.replace(|| {
            session.commit(staged, &Unobserved).map(|built| {
                let changed = built.changes.written.iter().chain(&built.changes.removed).cloned().collect();
                (built, changed)
            })
        });
        match written {
            Err(error) => self.not_written(&error),
            Ok(built) => {
                let duration_ms = started.elapsed().as_millis();
                let site = BuiltSite { report: built.report, changes: built.changes, duration_ms };
                Built { site: Some(site), found: built.warnings, failure: None }
            }
        }
    }

    /// When the site has to be built again although nobody changes anything. Nothing while it is being built.
    pub(super) fn next_change(&self) -> Option<Timestamp> {
        self.session.try_lock().ok()?.next_change()
    }

    fn not_written(&self, error: &std::io::Error) -> Built {
        let failure = format!("cannot write `{}`: {error}", self.out.display());
        Built { failure: Some(failure), ..Built::default() }
    }

    fn session(&self) -> std::sync::MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Built {
    /// What an author should read, and nothing when all is well.
    pub(super) fn text(&self, ink: Ink) -> Option<String> {
        let found = (!self.found.is_empty()).then(|| diagnostics::render(&self.found, ink));
        let parts: Vec<String> = found.into_iter().chain(self.failure.clone()).collect();
        (!parts.is_empty()).then(|| parts.join("\n\n"))
    }

    /// The same for the browser, which shows it only when the site is not the newest.
    pub(super) fn problems(&self) -> Option<String> {
        self.text(Ink { is_on: false }).filter(|_| self.site.is_none())
    }
}

impl BuiltSite {
    /// One line about it.
    pub(super) fn line(&self) -> String {
        let Report { pages, sealed, .. } = self.report.unwrap_or_default();
        let changed = self.changes.written.len() + self.changes.removed.len();
        format!("{pages} pages, {sealed} sealed, {changed} files changed, {} ms", self.duration_ms)
    }
}
