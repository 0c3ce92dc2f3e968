//! The search index over all pages, and the dialog in front of it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use lyceum_contract::manifest::Language;
use lyceum_contract::seal::SealKey;
use lyceum_contract::{Access, paths, search as format};
use rayon::prelude::*;

use crate::bodies::Bodies;
use crate::diagnostic::Code;
use crate::markdown::{Passage, Rendered};
use crate::model::{Article, Course, Lesson};
use crate::output::{Entries, file_path};
use crate::portion::Desk;
use crate::publish::{Courses, Inputs, Shared};
use crate::seal;
use crate::search::{self, Batch, Counter, Document, Failed, Indexed};
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

impl<'a> Desk<'a> {
    /// Adds the index of every language, and the dialog that the theme's script opens. Gives the rules that guard lines
    /// of the sealed index, by tag.
    pub(crate) fn search(
        &mut self,
        shared: &Shared<'a>,
        courses: &Courses,
    ) -> std::collections::BTreeMap<String, String> {
        let inputs = self.inputs;
        let around = around(inputs, shared);
        let known = inputs.academy.courses.par_iter().map(|course| {
            let key = courses.get(course.slug())?.key;
            inputs.shelf.get(course.slug(), key).or_else(|| again(inputs, course))
        });
        let known: Vec<Arc<Batch>> = known.flatten().collect();
        let mut batches: Vec<&Batch> = known.iter().map(AsRef::as_ref).chain([&around]).collect();
        let mut merged = self.merge(&batches);
        let remade: Vec<Arc<Batch>>;
        if merged == Err(Failed::Lost) {
            // Somebody cleared the cache meanwhile.
            remade = inputs.academy.courses.iter().filter_map(|course| again(inputs, course)).collect();
            batches = remade.iter().map(AsRef::as_ref).chain([&around]).collect();
            merged = self.merge(&batches);
        }
        if merged.is_err() {
            let message = "more pages in one language than the search can number, expected at most 524,288";
            let error = inputs.source.error("lyceum.yaml", Code::TooManyPages, message);
            self.found.push(error.hint("make two academies of it"));
        }
        for edition in &shared.editions {
            let path = format::public_path(edition.locale.language, "dialog");
            if let Some(dialog) = self.frame("search", "", "", edition) {
                self.add(&path, dialog.into_bytes());
            }
        }
        search::rules(&batches)
    }

    /// Adds the files of the index while they are made.
    fn merge(&mut self, batches: &[&Batch]) -> Result<(), Failed> {
        let (sink, key) = (self.inputs.sink, self.inputs.keys.sealing());
        let files = Mutex::new(Entries::new());
        let merged = search::merge(batches, &|file| {
            let path = file_path(&file.path);
            let entry = sink.put(&path, if file.is_guarded { sealed(key, &file) } else { file.bytes });
            files.lock().unwrap_or_else(PoisonError::into_inner).insert(path, entry);
        });
        for (path, entry) in files.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.note(path, entry);
        }
        merged
    }
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
