//! Builds the site, and builds it again.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use lyceum_app::ports::Clock;
use lyceum_contract::seal::KeyRing;
use lyceum_generator::{Changes, Diagnostic, Failed, Focus, Options, Report, Session, Unobserved};

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
    /// Notes what was touched.
    pub(super) fn note(&self, touched: &Touched) {
        self.session().changed(touched.as_deref());
    }

    /// Builds the whole site. With an error in the content, the site that is there stays. Blocks.
    pub(super) fn build(&self) -> Built {
        self.made(|_| Some(Vec::new()))
    }

    /// Builds the courses in which these files and addresses lie, for those who look at them now. Blocks.
    pub(super) fn build_first(&self, touched: &[PathBuf], addresses: &[String]) -> Built {
        self.made(|session| {
            let courses = session.courses_of(touched, addresses);
            (!courses.is_empty()).then(|| courses.into_iter().collect())
        })
    }

    /// Builds the courses that `focus` names: all when there is none in its list, nothing without a list.
    fn made(&self, focus: impl FnOnce(&Session) -> Option<Vec<lyceum_contract::Slug>>) -> Built {
        let started = Instant::now();
        let mut session = self.session();
        let Some(courses) = focus(&session) else { return Built::default() };
        let courses = courses.into_iter().collect();
        let options = Options {
            content: &self.content,
            theme: self.theme.as_deref(),
            keys: &self.keys,
            now: self.clock.now(),
            drafts: self.drafts,
            live_reload: true,
        };
        let focus = if std::collections::BTreeSet::is_empty(&courses) {
            Focus::Whole
        } else {
            Focus::Courses(&courses)
        };
        let staged = match session.stage(&options, focus, &Unobserved) {
            Ok(staged) => staged,
            Err(Failed::Content(found)) => return Built { found, ..Built::default() },
            Err(Failed::Output(error)) => return self.not_written(&error),
        };
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
