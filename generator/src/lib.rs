//! Turns a folder of Markdown into an academy: public pages, sealed pages and a manifest.
//!
//! ```text
//! source ─▶ layout ─▶ front matter ─▶ model ─▶ bodies ─▶ views ─▶ templates ─▶ seal ─▶ output
//! ```
//!
//! The same input gives the same bytes. Files are read in [`Source`], written in `output` and remembered in `state`,
//! `shelf` and `store`, and nowhere else; there is no network, no clock and no randomness.
//!
//! [`build`] makes a site in memory, once. A [`Session`] makes it in a folder and makes only what has changed since last
//! time, in this process or in one before.

mod academy;
mod access;
mod article;
mod assets;
mod bodies;
mod calendar;
mod cards;
mod changes;
pub mod check;
mod claims;
mod course;
mod data;
mod diagnostic;
mod digest;
mod feed;
#[cfg(test)]
mod fixture;
mod front_matter;
mod graph;
mod ground;
mod highlight;
mod html;
mod image;
mod json_ld;
pub mod keys;
mod layout;
mod line_starts;
mod links;
mod llms;
mod manifest;
mod markdown;
mod math;
mod minify;
mod model;
#[cfg(test)]
mod model_tests;
mod observer;
mod offers;
mod output;
mod picture;
mod places;
mod portion;
mod prerequisites;
mod product;
#[cfg(test)]
mod product_tests;
mod publish;
mod publish_course;
mod publish_moved;
mod publish_pages;
#[cfg(test)]
mod publish_pages_tests;
mod publish_products;
mod publish_rest;
mod publish_search;
mod quick;
mod redirects;
mod related;
mod release;
mod schedule;
mod seal;
mod search;
mod session;
mod shared;
mod shelf;
mod site;
mod sitemap;
mod source;
mod state;
mod store;
mod tags;
#[cfg(test)]
mod tests;
mod texts;
mod theme;
mod theme_files;
#[cfg(test)]
mod theme_pages_tests;
mod vet;
pub mod view;
mod view_pages;
mod view_products;
mod views;
mod views_pages;
mod views_products;
mod views_schedule;
mod yaml;
mod zone;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lyceum_contract::Timestamp;
use lyceum_contract::seal::KeyRing;

use crate::assets::Store;
use crate::course::CourseMemory;
use crate::ground::Ground;
use crate::output::{Memory, Sink};
use crate::portion::Portion;
use crate::publish::{Courses, Published, publish};
use crate::shelf::Shelf;
use crate::store::MemoryStore;

pub use diagnostic::{Code, Diagnostic, Severity};
pub use observer::{Observer, Step, Unobserved};
pub use output::{Changes, Site};
pub use session::{Built, Failed, Place, Session, Staged};
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
    /// The moment for which the site is built: what is published later is not in it.
    pub now: Timestamp,
    /// Whether drafts and what is published later are shown too, marked as such. For previews only.
    pub drafts: bool,
    /// Whether pages reload themselves when the site is built again.
    pub live_reload: bool,
}

/// A site in memory.
#[derive(Debug, Clone)]
pub struct Build {
    /// The files.
    pub site: Site,
    /// What is probably not meant, in the order of files and places.
    pub warnings: Vec<Diagnostic>,
    /// How much it is.
    pub report: Report,
    /// The first instant after `now` at which the same content gives another site; nothing when it never will.
    pub next_change: Option<Timestamp>,
}

/// A name for a program by its bytes, for [`Place::program`].
pub fn fingerprint(bytes: &[u8]) -> String {
    digest::Digest::of(bytes).hex()
}

/// Sizes of a site.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Report {
    /// Public HTML pages, teasers among them.
    pub pages: usize,
    /// Sealed files.
    pub sealed: usize,
    /// Bytes of all files.
    pub bytes: u64,
}

impl Report {
    fn of(published: &Published) -> Self {
        let mut report = Self::default();
        for portion in published.courses.values().chain(&published.site) {
            report.pages += portion.n_pages;
            report.sealed += portion.sealed.len();
            report.bytes += portion.files.values().map(|entry| entry.n_bytes).sum::<u64>();
        }
        report
    }
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
    let memory = Memory::default();
    let (known, shelf) = (Courses::new(), Shelf::default());
    let work = Work {
        program: "",
        sink: &memory,
        known: &known,
        known_site: None,
        shelf: &shelf,
        store: &RECENT,
        memory: None,
        observer: &Unobserved,
    };
    let (published, _) = work.publish(content, theme, options);
    let report = Report::of(&published);
    let warnings = settled(published.found)?;
    Ok(Build { site: memory.into_site(), warnings, report, next_change: published.next_change })
}

/// What sites in memory have in common: pictures are made once in a program.
static RECENT: MemoryStore = MemoryStore::new();

/// How a site is made, besides from what.
struct Work<'a> {
    program: &'a str,
    sink: &'a dyn Sink,
    known: &'a Courses,
    /// The site around them, as it was last time.
    known_site: Option<&'a Portion>,
    shelf: &'a Shelf,
    store: &'a dyn Store,
    memory: Option<&'a CourseMemory>,
    observer: &'a dyn Observer,
}

impl Work<'_> {
    /// Reads the model and publishes it.
    fn publish(
        &self,
        content: &Source,
        theme: Option<&Source>,
        options: &Options<'_>,
    ) -> (Published, Ground) {
        let mut found = content.diagnostics.clone();
        let ground = Ground::read(self, content, theme, options, &mut found);
        let with = (options.keys, options.live_reload);
        let published = ground
            .with_inputs(self, content, with, |inputs| publish(inputs, (self.known, self.known_site), found));
        (published, ground)
    }
}

/// In the order of files and places, each once: a text may be rendered more than once.
fn tidied(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let key = |diagnostic: &Diagnostic| (diagnostic.file.clone(), diagnostic.span.start, diagnostic.code);
    found.sort_by_cached_key(key);
    let mut seen = BTreeSet::new();
    found.retain(|diagnostic| {
        let (file, start, code) = key(diagnostic);
        seen.insert((file, start, code, diagnostic.message.clone()))
    });
    capped(found)
}

/// Of each kind of mistake in a file, the first hundred; the last of them says how many more there are.
fn capped(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    const MAX_SAME: usize = 100;
    let mut n_same: BTreeMap<(PathBuf, Code), usize> = BTreeMap::new();
    for diagnostic in &found {
        *n_same.entry((diagnostic.file.clone(), diagnostic.code)).or_default() += 1;
    }
    if n_same.values().all(|n| *n <= MAX_SAME) {
        return found;
    }
    let mut n_shown: BTreeMap<(PathBuf, Code), usize> = BTreeMap::new();
    let mut kept = Vec::new();
    for mut diagnostic in found {
        let key = (diagnostic.file.clone(), diagnostic.code);
        let n_all = n_same.get(&key).copied().unwrap_or(0);
        let shown = n_shown.entry(key).or_default();
        *shown += 1;
        if *shown == MAX_SAME && n_all > MAX_SAME {
            let more = n_all - MAX_SAME;
            diagnostic.message = format!("{} (and {more} more like this in this file)", diagnostic.message);
        }
        if *shown <= MAX_SAME {
            kept.push(diagnostic);
        }
    }
    kept
}

/// The warnings. With an error among them, everything that is not a mere consequence of one.
fn settled(found: Vec<Diagnostic>) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let found = tidied(found);
    if found.iter().any(Diagnostic::is_error) {
        return Err(found.into_iter().filter(|diagnostic| !diagnostic.code.is_derived()).collect());
    }
    Ok(found)
}
