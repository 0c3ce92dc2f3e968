//! What one course, or the site around the courses, contributes to the files: the unit in which a build is repeated.

use std::collections::BTreeSet;

use lyceum_contract::paths;
use serde::{Deserialize, Serialize};
use tera::Value;

use crate::assets::Audience;
use crate::diagnostic::{Code, Diagnostic};
use crate::digest::Digest;
use crate::output::{Entries, Entry, file_path};
use crate::places::Places;
use crate::publish::{Edition, Inputs};
use crate::views::PageInfo;

/// Everything that was made of one course or of the site around the courses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Portion {
    /// Of everything that it was made from.
    pub(crate) key: Digest,
    pub(crate) files: Entries,
    pub(crate) n_pages: usize,
    /// Public path of everything that was sealed.
    pub(crate) sealed: BTreeSet<String>,
    /// Which assets its texts refer to, and who may have them.
    pub(crate) audience: Audience,
    /// One number per lesson in reading order; empty for the site.
    pub(crate) minutes: Vec<u32>,
    /// What its texts have and what they link to.
    pub(crate) places: Places,
    /// Of the site, its lists of courses and lessons.
    pub(crate) lists: Lists,
    /// What is probably not meant in its texts.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Lists of courses and lessons, which stay while nothing that they show changes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Lists {
    /// Of everything that they were made from.
    pub(crate) key: Digest,
    /// With their feeds.
    pub(crate) files: Entries,
    pub(crate) n_pages: usize,
}

/// Where a portion is put together.
pub(crate) struct Desk<'a> {
    pub(crate) inputs: Inputs<'a>,
    pub(crate) portion: Portion,
    /// Errors and warnings in the order in which they were found.
    pub(crate) found: Vec<Diagnostic>,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(inputs: Inputs<'a>, key: Digest) -> Self {
        Self { inputs, portion: Portion { key, ..Portion::default() }, found: Vec::new() }
    }

    /// The portion, or everything that was found when one of it is an error.
    pub(crate) fn finish(mut self) -> Result<Portion, Vec<Diagnostic>> {
        if self.found.iter().any(Diagnostic::is_error) {
            return Err(self.found);
        }
        self.portion.warnings = self.found;
        Ok(self.portion)
    }

    /// Fills a template. Nothing when that failed.
    pub(crate) fn render(
        &mut self,
        template: &str,
        edition: &Edition<'_>,
        info: PageInfo<'_>,
        values: &[(&'static str, &Value)],
    ) -> Option<String> {
        let rendered = self.inputs.render(template, edition, info, values);
        self.kept(rendered)
    }

    /// What was made, or the reason reported why it was not.
    pub(crate) fn kept<T>(&mut self, made: Result<T, Box<Diagnostic>>) -> Option<T> {
        made.map_err(|diagnostic| self.found.push(*diagnostic)).ok()
    }

    /// Adds a page at a path that includes the language's prefix.
    pub(crate) fn add_page(&mut self, path: &str, html: Option<String>) {
        let Some(html) = html else { return };
        self.portion.n_pages += 1;
        self.add(path, html.into_bytes());
    }

    /// Adds what is there already. Says whether all of it is.
    pub(crate) fn recall(&mut self, lists: &Lists) -> bool {
        let is_there = |(path, entry): (&String, &Entry)| {
            self.inputs.sink.there(path).is_some_and(|there| there.digest == entry.digest)
        };
        let is_whole = lists.files.iter().all(is_there);
        if is_whole {
            self.portion.n_pages += lists.n_pages;
            for (path, entry) in &lists.files {
                self.note(path.clone(), *entry);
            }
        }
        is_whole
    }

    /// Adds a generated file.
    pub(crate) fn add(&mut self, path: &str, bytes: Vec<u8>) {
        let path = file_path(path);
        let entry = self.inputs.sink.put(&path, bytes);
        self.note(path, entry);
    }

    /// Notes a generated file that was put already.
    pub(crate) fn note(&mut self, path: String, entry: Entry) {
        if self.portion.files.get(&path).is_some_and(|there| there.digest != entry.digest) {
            self.found.push(taken(self.inputs, &path));
        }
        self.portion.files.insert(path, entry);
    }

    /// Notes and adds a sealed file for a public path.
    pub(crate) fn add_sealed(&mut self, public_path: &str, bytes: Vec<u8>) {
        self.portion.sealed.insert(public_path.to_owned());
        self.add(&paths::sealed_path(public_path), bytes);
    }
}

/// Two generated files at one path are a mistake of the content.
pub(crate) fn taken(inputs: Inputs<'_>, path: &str) -> Diagnostic {
    let address = format!("/{}", path.strip_suffix("index.html").unwrap_or(path));
    let message = format!("two things at `{address}`, expected one");
    let error = inputs.source.error("lyceum.yaml", Code::PathTaken, message);
    error.hint("rename one of the files that become this address")
}
