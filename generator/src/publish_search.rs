//! The search index over all pages, and the dialog in front of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use lyceum_contract::manifest::Language;
use lyceum_contract::seal::SealKey;
use lyceum_contract::{Access, paths, search as format};
use rayon::prelude::*;

use crate::bodies::Bodies;
use crate::diagnostic::{Code, Diagnostic};
use crate::digest::Digest;
use crate::markdown::{Passage, Rendered};
use crate::model::{Article, Course, Lesson};
use crate::output::{Entries, Entry, Sink, file_path};
use crate::portion::Desk;
use crate::product::Product;
use crate::publish::{Courses, Inputs, Shared, seal_of_nothing};
use crate::seal;
use crate::search::{self, Batch, Counter, Document, Failed, Indexed, Kept, Out, Sources};
use crate::shelf::Shelf;
use crate::source::Source;
use crate::views::{Locale, course_path};

/// A page as it is read.
struct Page {
    url: String,
    language: Language,
    written: Option<Language>,
    title: String,
    summary: String,
    context: String,
    access: Access,
    /// What everybody may read of a page that not everybody may read.
    shown: Vec<Passage>,
    whole: Vec<Passage>,
}

impl Page {
    fn document(&self) -> Document<'_> {
        let passages = if self.access.is_public() { &self.whole } else { &self.shown };
        Document {
            url: &self.url,
            language: &self.language,
            written: self.written.as_ref(),
            title: &self.title,
            summary: &self.summary,
            context: &self.context,
            access: &self.access,
            passages,
            all: &self.whole,
        }
    }

    fn batch(pages: Vec<Self>) -> Batch {
        let read = |counter: &mut Counter, page: Self| Indexed::read(counter, &page.document());
        Batch::new(pages.into_par_iter().map_init(Counter::default, read).collect())
    }
}

/// The pages of a course in all languages.
pub(crate) fn of_course<'a>(inputs: Inputs<'a>, course: &'a Course, bodies: &Bodies<'a>) -> Batch {
    let academy = inputs.academy;
    let mut pages = Vec::new();
    for language in &academy.config.languages {
        let locale = Locale { academy, language };
        pages.push(open(&course.article, &course_path(course), locale, bodies));
        pages.extend(course.lessons().map(|lesson| of_lesson(course, lesson, locale, bodies)));
    }
    Page::batch(pages)
}

/// The pages around the courses that are worth finding.
fn around(inputs: Inputs<'_>, shared: &Shared<'_>) -> Batch {
    let mut pages = Vec::new();
    let academy = inputs.academy;
    for edition in &shared.editions {
        let (locale, bodies) = (edition.locale, &shared.bodies);
        for person in &academy.instructors {
            let page = open(person, &format!("/instructors/{}/", person.id), locale, bodies);
            let role = person.part(locale.language, locale.config(), |text| text.role.clone());
            pages.push(Page { summary: role.unzip().0.unwrap_or(page.summary), ..page });
        }
        pages.extend(academy.pages.iter().map(|page| open(page, &format!("/{}/", page.id), locale, bodies)));
        let tracks = academy.tracks.iter();
        pages.extend(tracks.map(|track| open(&track.article, &track.path(), locale, bodies)));
        pages.extend(academy.products.iter().map(|product| of_product(product, locale, bodies)));
    }
    Page::batch(pages)
}

/// A page that everybody may read.
fn open<'a, Id>(article: &'a Article<Id>, path: &str, locale: Locale<'a>, bodies: &Bodies<'a>) -> Page {
    let (text, written) = article.text(locale.language, locale.config());
    let summary = article.summary(locale.language, locale.config()).unzip().0.unwrap_or_default();
    Page {
        url: locale.path(path),
        language: locale.language.clone(),
        written: (written != locale.language).then(|| written.clone()),
        title: text.title.clone(),
        summary: summary.to_owned(),
        context: String::new(),
        access: Access::Free,
        shown: Vec::new(),
        whole: bodies.get(article, locale).whole.passages.clone(),
    }
}

fn of_lesson<'a>(course: &'a Course, lesson: &'a Lesson, locale: Locale<'a>, bodies: &Bodies<'a>) -> Page {
    let Rendered { preview, .. } = bodies.get(&lesson.article, locale);
    let shown = preview.as_ref().filter(|_| !lesson.access.is_public());
    Page {
        context: course.article.text(locale.language, locale.config()).0.title.clone(),
        access: lesson.access.clone(),
        shown: shown.map(|preview| preview.passages.clone()).unwrap_or_default(),
        ..open(&lesson.article, &lesson.path, locale, bodies)
    }
}

fn of_product<'a>(product: &'a Product, locale: Locale<'a>, bodies: &Bodies<'a>) -> Page {
    let preview = &bodies.get(&product.article, locale).preview;
    Page {
        access: product.access(),
        shown: preview.iter().flat_map(|preview| preview.passages.clone()).collect(),
        ..open(&product.article, &product.path(), locale, bodies)
    }
}

impl<'a> Desk<'a> {
    /// Adds the index of every language, and the dialog that the theme's script opens. Gives the rules that guard lines
    /// of the sealed index, by tag.
    pub(crate) fn search(&mut self, shared: &Shared<'a>, courses: &Courses) -> BTreeMap<String, String> {
        for edition in &shared.editions {
            let path = format::public_path(edition.locale.language, "dialog");
            if let Some(dialog) = self.frame("search", "", "", edition) {
                self.add(&path, dialog.into_bytes());
            }
        }
        let inputs = self.inputs;
        let all = &inputs.academy.courses;
        let around = around(inputs, shared);
        let around_name = Shelf::name_around(&around);
        if !inputs.shelf.has(&around_name) {
            inputs.shelf.put(around_name.clone(), around);
        }
        let name = |course: &Course| Some(Shelf::name(course.slug(), courses.get(course.slug())?.key));
        let names: Vec<String> = all.iter().filter_map(name).chain([around_name]).collect();
        let again = |idx: usize| match all.get(idx) {
            Some(course) => again(inputs, course),
            None => Some(Arc::new(self::around(inputs, shared))),
        };
        let open = |idx: usize| inputs.shelf.get(&names[idx]).or_else(|| again(idx));
        let recall = |name: &str| inputs.shelf.get(name);
        let kept = inputs.shelf.kept();
        let seal = Digest::of(&seal_of_nothing(inputs.keys));
        let sources = Sources { names: &names, open: &open, recall: &recall, kept: kept.as_deref(), seal };
        let merged = self.merge(&sources).or_else(|failed| match failed {
            // Somebody cleared the cache meanwhile.
            Failed::Lost => self.merge(&Sources { open: &again, kept: None, ..sources }),
            Failed::TooManyPages => Err(failed),
        });
        match merged {
            Ok(kept) => {
                let rules = kept.rules();
                inputs.shelf.note(kept);
                rules
            }
            Err(failed) => {
                self.found.push(unindexed(inputs.source, &failed));
                BTreeMap::new()
            }
        }
    }

    /// Adds the files of the index while they are made.
    fn merge(&mut self, sources: &Sources<'_>) -> Result<Kept, Failed> {
        let out = Files {
            sink: self.inputs.sink,
            key: self.inputs.keys.sealing(),
            entries: Mutex::new(Entries::new()),
        };
        let merged = search::merge(sources, &out)?;
        for (path, entry) in out.entries.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.note(path, entry);
        }
        Ok(merged)
    }
}

/// The files of the index on their way out.
struct Files<'a> {
    sink: &'a dyn Sink,
    key: &'a SealKey,
    entries: Mutex<Entries>,
}

impl Files<'_> {
    fn note(&self, path: String, entry: Entry) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).insert(path, entry);
    }
}

impl Out for Files<'_> {
    fn put(&self, file: search::File) {
        let path = file_path(&file.path);
        let bytes = if file.is_guarded { sealed(self.key, &file) } else { file.bytes };
        let entry = self.sink.put(&path, bytes);
        self.note(path, entry);
    }

    fn keep(&self, path: &str) -> bool {
        let path = file_path(path);
        let Some(entry) = self.sink.there(&path) else { return false };
        self.note(path, entry);
        true
    }
}

/// Why there is no index, for the author.
fn unindexed(source: &Source, failed: &Failed) -> Diagnostic {
    let (code, message, hint) = match failed {
        Failed::TooManyPages => (
            Code::TooManyPages,
            "more pages in one language than the search can number, expected at most 524,288",
            "make two academies of it",
        ),
        Failed::Lost => (
            Code::Unreadable,
            "the texts of the search went away while its index was written",
            "build again, and let nothing else clear the cache meanwhile",
        ),
    };
    source.error("lyceum.yaml", code, message).hint(hint)
}

/// Its lines say who may read them. The file as a whole is for nobody.
fn sealed(key: &SealKey, file: &search::File) -> Vec<u8> {
    debug_assert!(file.path.starts_with(paths::SEALED));
    let nobody = Access::Paid(BTreeSet::new());
    seal::asset(key, &file.path, &nobody, "text/plain; charset=utf-8", &file.bytes)
}

/// What was remembered of a course has been lost: its texts are read again.
fn again<'a>(inputs: Inputs<'a>, course: &'a Course) -> Option<Arc<Batch>> {
    let bodies = Bodies::render(inputs, &crate::publish_course::articles(course), &mut Vec::new())?;
    Some(Arc::new(of_course(inputs, course, &bodies)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_its_own_words() {
        for (failed, code, hint) in [
            (Failed::TooManyPages, Code::TooManyPages, "make two academies of it"),
            (Failed::Lost, Code::Unreadable, "build again, and let nothing else clear the cache meanwhile"),
        ] {
            let error = unindexed(&Source::default(), &failed);
            assert_eq!((error.code, error.hint.as_deref()), (code, Some(hint)));
        }
    }
}
