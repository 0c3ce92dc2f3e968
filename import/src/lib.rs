//! Turns a book or a site made for another program into the content folder of an academy.
//!
//! ```text
//! files ─▶ read by kind ─▶ courses, modules, pages ─▶ placed ─▶ links rewritten ─▶ files and notes
//! ```
//!
//! Everything happens in memory: the same files give the same bytes, and nothing is read, written or asked. Input is
//! hostile: whatever the bytes are, the result is files and notes, after a time that grows with the input.

mod anchors;
mod book;
mod emit;
mod folder;
mod front;
mod html;
mod hugo;
mod mdbook;
mod note;
mod outline;
mod path;
mod place;
mod redirects;
mod rewrite;
mod sections;
mod shortcode;
mod site;
mod slug;
#[cfg(test)]
mod tests;
mod text;
mod zola;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

pub use note::{Note, NoteKind};

use book::{Academy, Course, Page};
use emit::Emitter;
use note::Notes;
use outline::Outline;
use place::{Plan, printable};
use rewrite::Shared;
use site::{Assets, Site};

/// Files by path, with `/` between segments.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The most segments of a path; deeper files are left out with a note.
const MAX_SEGMENTS: usize = 32;
/// The most bytes of a path.
const MAX_PATH: usize = 1_000;

/// What made the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A book with `book.toml` and `SUMMARY.md`.
    MdBook,
    /// A Hugo site with `content/`.
    Hugo,
    /// A Zola site with `content/`.
    Zola,
    /// Markdown files in folders.
    Folder,
}

/// Who may read the imported courses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Everybody. What people import is mostly open already; the result says so in one line.
    #[default]
    Free,
    /// Whoever has an account.
    Members,
    /// Whoever pays; a price is added by hand.
    Paid,
}

impl Access {
    /// As front matter says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Members => "members",
            Self::Paid => "paid",
        }
    }
}

/// What the source does not say.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Name of the academy and of its course, instead of the source's own.
    pub title: Option<String>,
    /// Who may read it.
    pub access: Access,
    /// Where the source is published: links that lead out of it become whole addresses there.
    pub base_url: Option<String>,
}

/// An imported academy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Converted {
    /// The content folder; empty when there was nothing to import.
    pub files: Files,
    /// What the author should know, in the order of files and lines.
    pub notes: Vec<Note>,
    /// How many texts became lessons, drafts not counted.
    pub n_chapters: usize,
    /// How many images and downloads were taken over.
    pub n_assets: usize,
}

/// Imports files with the default options. Never panics, whatever the bytes are.
pub fn convert(kind: Kind, files: &Files) -> Converted {
    convert_with(kind, files, &Options::default())
}

/// Imports files. Never panics, whatever the bytes are.
pub fn convert_with(kind: Kind, files: &Files, options: &Options) -> Converted {
    let mut notes = Notes::default();
    let files = &*acceptable(files, &mut notes);
    let mut read = match kind {
        Kind::MdBook => mdbook::read(files, &mut notes),
        Kind::Hugo => hugo::read(files, &mut notes),
        Kind::Zola => zola::read(files, &mut notes),
        Kind::Folder => folder::read(files, &mut notes),
    };
    let title = options.title.as_ref().or(read.academy.title.as_ref());
    let title = title.map(|title| printable(title)).filter(|title| !title.is_empty());
    let title = title.unwrap_or_else(|| "Imported".to_owned());
    if options.access != Access::Free {
        read.academy.courses.iter_mut().for_each(Course::close_intro);
    }
    if let (Some(_), [course]) = (&options.title, read.academy.courses.as_mut_slice()) {
        course.title = None;
    }
    let plan = place::place(&mut read.academy, &title, outline_of);
    let site = Site::new(files, &plan, read.roots).published_at(read.prefix, options.base_url.clone());
    finish(
        &Source { files, academy: &read.academy, plan: &plan, site: &site, inert: &read.inert },
        &title,
        options,
        notes,
    )
}

/// What a kind of source is read into.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) academy: Academy,
    /// Folders whose content stands at `/` of the source's site.
    pub(crate) roots: Vec<String>,
    /// The path of the source's site on its host, without slashes around it.
    pub(crate) prefix: Option<String>,
    /// What of the source is not content: nothing is said about files that start with one of these.
    pub(crate) inert: Vec<String>,
}

struct Source<'a> {
    files: &'a Files,
    academy: &'a Academy,
    plan: &'a Plan,
    site: &'a Site<'a>,
    inert: &'a [String],
}

fn finish(source: &Source<'_>, title: &str, options: &Options, mut notes: Notes) -> Converted {
    let plan = source.plan;
    let n_chapters =
        plan.pages.iter().filter(|page| !page.page.draft && !page.out.ends_with("/index.md")).count();
    if n_chapters == 0 {
        return Converted { notes: notes.finish(), ..Converted::default() };
    }
    let mut assets = Assets::default();
    let shared = Shared {
        site: source.site,
        assets: &mut assets,
        notes: &mut notes,
        is_free: options.access == Access::Free,
    };
    let (academy, access) = (source.academy, options.access);
    let aliases = redirects::aliases(academy, plan, source.site, shared.notes);
    let mut emitter = Emitter { academy, title, access, plan, shared, aliases, out: Files::new() };
    emitter.run();
    let out = emitter.out;
    unused(source, &assets, &mut notes);
    let n_assets = assets.iter().count();
    Converted { files: out, notes: notes.finish(), n_chapters, n_assets }
}

/// The first heading is the title if the page has no better one, or if it says the same again.
fn outline_of(page: &Page) -> Outline {
    let named = page.title.as_deref().map(printable).unwrap_or_default();
    let named = anchors::spaced(&named);
    outline::read(page.text.as_str(), &page.dialect, |heading, is_top| {
        let heading = printable(heading);
        let is_free = is_top && (page.titled_by_heading || named.is_empty());
        !heading.is_empty() && (is_free || named == anchors::spaced(&heading))
    })
}

/// Files with a path that stays in the folder and is not endlessly deep.
fn acceptable<'a>(files: &'a Files, notes: &mut Notes) -> Cow<'a, Files> {
    let refused: Vec<&String> = files.keys().filter(|path| !is_acceptable(path)).collect();
    if refused.is_empty() {
        return Cow::Borrowed(files);
    }
    for path in refused {
        let shown: String = printable(path).chars().take(200).collect();
        let message = "a path that is too deep or leads out of the folder; not imported";
        notes.add(&shown, 0, NoteKind::BadFile, message);
    }
    let accepted = files.iter().filter(|(path, _)| is_acceptable(path));
    Cow::Owned(accepted.map(|(path, bytes)| (path.clone(), bytes.clone())).collect())
}

fn is_acceptable(path: &str) -> bool {
    let is_inside = path.split('/').all(|segment| !matches!(segment, "" | "." | ".."));
    let is_plain = !path.contains(['\\', '\0']) && path.len() <= MAX_PATH;
    is_inside && is_plain && path.split('/').count() <= MAX_SEGMENTS
}

/// Files that no text refers to.
fn unused(source: &Source<'_>, assets: &Assets, notes: &mut Notes) {
    for path in source.files.keys() {
        let is_used = source.site.is_page(path) || assets.has(path);
        let is_inert = source.inert.iter().any(|start| path.starts_with(start.as_str()));
        let is_hidden = path.split('/').any(|segment| segment.starts_with('.'));
        let in_site = source.site.is_in_roots(path);
        if in_site && !is_used && !is_inert && !is_hidden {
            notes.add(path, 0, NoteKind::NotImported, "no imported text refers to it; not copied");
        }
    }
}
