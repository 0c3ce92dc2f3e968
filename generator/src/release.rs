//! What is published and what is not yet: drafts, and dates of publication.
//!
//! What is not published is taken out of the model in one place, before anything is made of it. So it is absent from
//! pages, counts, lists and links alike, and no template has to remember it.

use std::collections::{BTreeMap, BTreeSet};

use lyceum_contract::Timestamp;

use crate::diagnostic::{Code, TextFile};
use crate::front_matter::Fields;
use crate::model::{Course, Lesson, Translations};
use crate::zone::{LocalTime, Zone, local_time};

/// For which moment a site is built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct When {
    pub(crate) now: Timestamp,
    /// Whether what is not published is shown too, as its author sees it in a preview.
    pub(crate) drafts: bool,
}

/// A day or time with the instant that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Moment {
    pub(crate) local: LocalTime,
    pub(crate) instant: Timestamp,
}

impl Moment {
    /// Reads a day or time.
    pub(crate) fn read(fields: &mut Fields<'_>, name: &str, zone: &Zone) -> Option<Self> {
        let local = fields.parsed(name, Code::BadDate, local_time)?.value;
        Some(Self { local, instant: zone.instant(local) })
    }
}

/// What the front matter says about publication.
#[derive(Debug, Clone, Default, Hash)]
pub(crate) struct Release {
    pub(crate) draft: bool,
    pub(crate) publish_at: Option<Moment>,
    /// Whether the calendar may name it before it is published.
    pub(crate) announce: bool,
}

/// Whether something is published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    #[default]
    Published,
    Draft,
    Scheduled(Moment),
}

impl Release {
    pub(crate) fn read(fields: &mut Fields<'_>, zone: &Zone) -> Self {
        let draft = fields.flag("draft").is_some_and(|draft| draft.value);
        let publish_at = Moment::read(fields, "publish_at", zone);
        let announce = fields.flag("announce");
        if let Some(announce) = announce.as_ref().filter(|announce| announce.value)
            && (publish_at.is_none() || draft)
            && !fields.meant.contains(&"publish_at")
        {
            let message = "`announce` without a date of publication, expected `publish_at` beside it";
            let place = fields.located(announce.span.clone());
            let warning = place.error(Code::WithoutEffect, message).warning();
            fields.report(warning.hint("add `publish_at`, or remove `announce` and `draft`"));
        }
        Self { draft, publish_at, announce: announce.is_some_and(|announce| announce.value) }
    }

    /// What holds for a lesson of a course that is released so.
    fn within(&self, course: &Self) -> Self {
        let later = [self.publish_at, course.publish_at].into_iter().flatten();
        Self {
            draft: self.draft || course.draft,
            publish_at: later.max_by_key(|moment| moment.instant),
            announce: self.announce,
        }
    }

    fn status(&self, now: Timestamp) -> Status {
        match self.publish_at {
            _ if self.draft => Status::Draft,
            Some(moment) if moment.instant > now => Status::Scheduled(moment),
            _ => Status::Published,
        }
    }
}

/// What was taken out of the model.
#[derive(Debug, Default)]
pub(crate) struct Hidden {
    /// Courses with all their lessons.
    pub(crate) courses: Vec<Course>,
    /// Lessons of published courses, with the index of their course among the published ones.
    pub(crate) lessons: Vec<(usize, Lesson)>,
    files: BTreeMap<String, TextFile>,
    addresses: BTreeSet<String>,
}

impl Hidden {
    /// Whether a file of the content folder is not published yet.
    pub(crate) fn has_file(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Whether something that is not published will stand at this address, which has no language's prefix.
    pub(crate) fn has_address(&self, path: &str) -> bool {
        self.addresses.contains(path)
    }

    /// Whether a text that is not published names this file, so that the file is not there for nothing.
    pub(crate) fn mentions(&self, asset: &str) -> bool {
        let name = asset.rsplit('/').next().unwrap_or(asset);
        self.files.values().any(|text| text.source.contains(name))
    }

    fn add_texts(&mut self, texts: &Translations) {
        self.files.extend(texts.values().map(|text| (text.body.path.clone(), text.body.text.clone())));
    }

    fn add_lesson(&mut self, lesson: &Lesson) {
        self.add_texts(&lesson.article.texts);
        self.addresses.insert(lesson.path.clone());
    }

    fn add_course(&mut self, course: Course) {
        self.add_texts(&course.article.texts);
        self.addresses.insert(course.path.clone());
        for module in &course.modules {
            self.add_texts(&module.texts);
        }
        course.lessons().for_each(|lesson| self.add_lesson(lesson));
        self.courses.push(course);
    }
}

/// Marks what is not published.
pub(crate) fn mark(courses: &mut [Course], now: Timestamp) {
    for course in courses {
        course.status = course.release.status(now);
        for lesson in course.modules.iter_mut().flat_map(|module| &mut module.lessons) {
            lesson.release = lesson.release.within(&course.release);
            lesson.status = lesson.release.status(now);
        }
    }
}

/// Takes out what is marked as not published, unless drafts are wanted.
pub(crate) fn hide(courses: Vec<Course>, when: When) -> (Vec<Course>, Hidden) {
    let (mut shown, mut hidden) = (Vec::new(), Hidden::default());
    for mut course in courses {
        if when.drafts {
            shown.push(course);
        } else if course.status == Status::Published {
            hide_lessons(&mut course, shown.len(), &mut hidden);
            shown.push(course);
        } else {
            hidden.add_course(course);
        }
    }
    (shown, hidden)
}

fn hide_lessons(course: &mut Course, idx: usize, hidden: &mut Hidden) {
    course.modules.retain_mut(|module| {
        let n_before = module.lessons.len();
        let gone = module.lessons.extract_if(.., |lesson| lesson.status != Status::Published);
        for lesson in gone.collect::<Vec<_>>() {
            hidden.add_lesson(&lesson);
            hidden.lessons.push((idx, lesson));
        }
        // A module of which nothing is published yet is not announced by an empty heading either.
        n_before == 0 || !module.lessons.is_empty()
    });
}
