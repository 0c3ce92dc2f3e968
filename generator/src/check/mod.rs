//! `lyceum check`: what a careful editor looks for besides what a build refuses.
//!
//! The checks are pure: they read the content folder and the site that was built of it. Links to other sites are only
//! listed; asking for them is the caller's.

mod contrast;
mod css;
mod front;
mod hidden;
mod ignored;
mod launch;
mod leaks;
mod links;
mod lost;
mod prose;
mod texts;
mod words;

use lyceum_contract::Timestamp;

use crate::diagnostic::{Diagnostic, TextFile};
use crate::model::Academy;
use crate::release::When;
use crate::source::Source;
use crate::{Options, Report, academy, build_from, layout, tidied};

pub(crate) use front::Settings;
pub(crate) use ignored::check as ignored;
pub use launch::Environment;
pub use links::ExternalLink;

/// What a check found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Sizes of the site; nothing when it cannot be built.
    pub report: Option<Report>,
    /// Everything that a build finds, and everything else, in the order of files and places.
    pub found: Vec<Diagnostic>,
    /// Links to other sites, each place of each link.
    pub external: Vec<ExternalLink>,
}

/// Builds the site in memory and looks at content and site. With an `environment`, also asks what a site needs before
/// it opens. Cost: that of a build and about as much again.
pub fn check(options: &Options<'_>, environment: Option<Environment>) -> Checked {
    let content = Source::read(options.content);
    let theme = options.theme.map(Source::read);
    check_from(&content, theme.as_ref(), options, environment)
}

/// Checks folders that are in memory; the paths in `options` are not read.
pub fn check_from(
    content: &Source,
    theme: Option<&Source>,
    options: &Options<'_>,
    environment: Option<Environment>,
) -> Checked {
    let built = build_from(content, theme, options);
    // The build has known these already.
    let mut known = Vec::new();
    let layout = layout::read(content, &mut known);
    let academy =
        academy::read(content, &layout, When { now: options.now, drafts: options.drafts }, &mut known);
    let wanted = Settings::of_site(content);
    let subject = Subject { source: content, academy: &academy, settings: &wanted, now: options.now };
    let texts = texts::all(&academy);
    let mut found = Vec::new();
    prose::check(subject, &texts, &mut found);
    hidden::check(&texts, &mut found);
    leaks::check(subject, &texts, &mut found);
    front::check(subject, &texts, &mut found);
    lost::check(subject, &mut found);
    contrast::check(theme, &mut found);
    if let Some(environment) = environment {
        launch::check(subject, environment, options, &mut found);
    }
    let external = links::external(&texts);
    let report = built.as_ref().ok().map(|made| made.report);
    match built {
        Ok(made) => {
            links::check(&texts, &made.site, options.keys, &mut found);
            found.extend(made.warnings);
        }
        Err(errors) => found.extend(errors),
    }
    Checked { report, found: tidied(found), external }
}

/// What every check looks at.
#[derive(Clone, Copy)]
struct Subject<'a> {
    source: &'a Source,
    academy: &'a Academy,
    settings: &'a Settings,
    now: Timestamp,
}

impl Subject<'_> {
    /// The site's own file, to point into.
    fn site_file(&self) -> TextFile {
        let missing = || TextFile::new(&self.source.shown("lyceum.yaml"), "");
        self.source.text("lyceum.yaml").cloned().unwrap_or_else(missing)
    }
}

/// The first of each, so that one mistake that stands a thousand times is said a few times.
fn at_most<T>(
    found: &mut Vec<Diagnostic>,
    limit: usize,
    each: impl IntoIterator<Item = T>,
    say: impl Fn(T) -> Diagnostic,
) {
    found.extend(each.into_iter().take(limit).map(say));
}
