//! Builds the site, and builds it again.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use lyceum_app::ports::Clock;
use lyceum_contract::seal::KeyRing;
use lyceum_generator::{Diagnostic, Options, Report};

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
    pub(super) clock: SystemClock,
    pub(super) assets: FolderAssets,
    /// Different in each run of the program, so that a browser notices a restart.
    pub(super) started_ms: u64,
    pub(super) n_built: AtomicU64,
}

/// What became of one build.
pub(super) struct Built {
    /// The site that is in the folder now; `None` when it was left as it is.
    pub(super) site: Option<BuiltSite>,
    /// What an author should read.
    pub(super) found: Vec<Diagnostic>,
    /// Why the site could not be written.
    pub(super) failure: Option<String>,
}

/// A site that was just written.
pub(super) struct BuiltSite {
    pub(super) report: Report,
    pub(super) version: String,
    pub(super) duration_ms: u128,
}

impl Builder {
    /// Builds the site once. With an error in the content, the site that is there stays. Blocks.
    pub(super) fn build(&self) -> Built {
        let started = Instant::now();
        let options = Options {
            content: &self.content,
            theme: self.theme.as_deref(),
            keys: &self.keys,
            now: self.clock.now(),
            live_reload: true,
        };
        let build = match lyceum_generator::build(&options) {
            Ok(build) => build,
            Err(found) => return Built { site: None, found, failure: None },
        };
        let written = self.assets.replace(|| lyceum_generator::write(&build.site, &self.out));
        if let Err(error) = written {
            let failure = format!("cannot write `{}`: {error}", self.out.display());
            return Built { site: None, found: build.warnings, failure: Some(failure) };
        }
        let number = self.n_built.fetch_add(1, Ordering::Relaxed);
        let version = format!("{}-{number}", self.started_ms);
        let site = BuiltSite { report: build.report, version, duration_ms: started.elapsed().as_millis() };
        Built { site: Some(site), found: build.warnings, failure: None }
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
        let Report { pages, sealed, .. } = &self.report;
        format!("{pages} pages, {sealed} sealed, {} ms", self.duration_ms)
    }
}
