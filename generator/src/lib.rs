//! Turns a folder of Markdown into an academy: public pages, sealed pages and a manifest.
//!
//! ```text
//! source ─▶ layout ─▶ front matter ─▶ model ─▶ bodies ─▶ views ─▶ templates ─▶ seal ─▶ output
//! ```
//!
//! The same input gives the same bytes. Files are read in [`Source::read`] and written in [`write()`] and nowhere
//! else; there is no network, no clock and no randomness.

mod academy;
mod access;
mod assets;
mod bodies;
mod diagnostic;
mod feed;
#[cfg(test)]
mod fixture;
mod front_matter;
mod highlight;
mod html;
mod image;
mod json_ld;
pub mod keys;
mod layout;
mod links;
mod manifest;
mod markdown;
mod math;
mod model;
mod output;
mod publish;
mod publish_course;
mod publish_rest;
mod seal;
mod site;
mod sitemap;
mod source;
#[cfg(test)]
mod tests;
mod texts;
mod theme;
pub mod view;
mod views;
mod yaml;

use std::collections::BTreeSet;
use std::path::Path;

use lyceum_contract::Timestamp;
use lyceum_contract::seal::KeyRing;

pub use diagnostic::{Code, Diagnostic, Severity};
pub use output::{Site, write};
pub use source::Source;

/// What to build, and with what.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// The folder with `lyceum.yaml`.
    pub content: &'a Path,
    /// A folder whose `templates/`, `translations/` and `assets/` go before those of the default theme, file by file.
    pub theme: Option<&'a Path>,
    /// The first seals; its name goes into the manifest.
    pub keys: &'a KeyRing,
    /// The time of the build. Nothing in the output depends on it yet; drafts and dates of publication will.
    pub now: Timestamp,
    /// Whether pages reload themselves when the site is built again.
    pub live_reload: bool,
}

/// A site that can be published.
#[derive(Debug, Clone)]
pub struct Build {
    /// The files.
    pub site: Site,
    /// What is probably not meant, in the order of files and places.
    pub warnings: Vec<Diagnostic>,
    /// How much it is.
    pub report: Report,
}

/// Sizes of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Public HTML pages, teasers among them.
    pub pages: usize,
    /// Sealed files.
    pub sealed: usize,
    /// Bytes of all files.
    pub bytes: u64,
}

/// Builds a site from folders. The error has every diagnostic of every file, at least one of them an error.
/// Cost: all content and the whole site are held in memory.
pub fn build(options: &Options<'_>) -> Result<Build, Vec<Diagnostic>> {
    let content = Source::read(options.content);
    let theme = options.theme.map(Source::read);
    build_from(&content, theme.as_ref(), options)
}

/// Builds a site from folders that are in memory; the paths in `options` are not read.
pub fn build_from(
    content: &Source,
    theme: Option<&Source>,
    options: &Options<'_>,
) -> Result<Build, Vec<Diagnostic>> {
    let mut found = content.diagnostics.clone();
    let layout = layout::read(content, &mut found);
    let academy = academy::read(content, &layout, &mut found);
    let assets = assets::Assets::new(content, &layout);
    let links = links::Links::new(content, &layout, &academy, &assets);
    let theme = theme::Theme::load(theme, &academy.config.languages, &mut found);
    let inputs = publish::Inputs {
        source: content,
        academy: &academy,
        theme: &theme,
        links: &links,
        keys: options.keys,
        live_reload: options.live_reload,
    };
    let mut publisher = publish::Publisher::new(inputs, found);
    publisher.run();
    let sealed = publisher.sealed.len();
    let report = Report { pages: publisher.n_pages, sealed, bytes: publisher.site.n_bytes() };
    let (site, found) = (publisher.site, tidied(publisher.diagnostics));
    if found.iter().any(Diagnostic::is_error) {
        return Err(found.into_iter().filter(|diagnostic| !diagnostic.code.is_derived()).collect());
    }
    Ok(Build { site, warnings: found, report })
}

/// In the order of files and places, each once: a text may be rendered more than once.
fn tidied(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let key = |diagnostic: &Diagnostic| (diagnostic.file.clone(), diagnostic.span.start, diagnostic.code);
    found.sort_by_key(key);
    let mut seen = BTreeSet::new();
    found.retain(|diagnostic| {
        let (file, start, code) = key(diagnostic);
        seen.insert((file, start, code, diagnostic.message.clone()))
    });
    found
}
