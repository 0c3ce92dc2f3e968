//! The pages that somebody waits for, made before everything else after a change that concerns little: the text of a
//! lesson, a title, a template.
//!
//! Only what a person can see at once is made here. A whole build follows and finds the same bytes in these pages, and
//! everything else that the change brings about.

use std::collections::{BTreeMap, BTreeSet};

use lyceum_contract::Slug;

use crate::course::read_course;
use crate::diagnostic::Diagnostic;
use crate::digest::Digest;
use crate::ground::Ground;
use crate::model::{Article, Course, Lesson, Module, Text, Translations};
use crate::output::Entries;
use crate::publish::{self, Inputs};
use crate::schedule::Schedule;
use crate::source::Source;
use crate::tags::TagUse;
use crate::theme::Theme;
use crate::{article, publish_course, release};

/// Which pages of which courses.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted(BTreeMap<Slug, Which>);

#[derive(Debug, PartialEq, Eq)]
enum Which {
    /// The landing page and every lesson: they show each other's titles.
    All,
    /// Those at these addresses, which have no language's prefix.
    Some(BTreeSet<String>),
}

/// One number per lesson of a course, as it was last time.
pub(crate) type Minutes<'a> = &'a dyn Fn(&Slug) -> Option<Vec<u32>>;

impl Wanted {
    pub(crate) fn courses(&self) -> impl Iterator<Item = &Slug> {
        self.0.keys()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, course: &Slug, address: &str) {
        match self.0.entry(course.clone()).or_insert_with(|| Which::Some(BTreeSet::new())) {
            Which::All => {}
            Which::Some(addresses) => _ = addresses.insert(address.to_owned()),
        }
    }
}

impl Which {
    fn has(&self, address: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(addresses) => addresses.contains(address),
        }
    }
}

impl Ground {
    /// Takes over what these files of the content folder say now, and notes which pages show it. Nothing when they say
    /// more than words: then only a whole build knows what follows from it, and this ground must not be used again.
    pub(crate) fn take_texts(
        &mut self,
        source: &Source,
        files: &BTreeSet<String>,
        wanted: &mut Wanted,
    ) -> Option<()> {
        let instructors = self.layout.instructors.iter().map(|entry| entry.slug.clone()).collect();
        let mut rest = files.clone();
        for files in &self.layout.courses {
            let folder = format!("{}/", files.folder);
            let touched: BTreeSet<String> = rest.extract_if(.., |file| file.starts_with(&folder)).collect();
            if touched.is_empty() {
                continue;
            }
            // A file that is new, gone or not published may be anything.
            if !touched.iter().all(|file| self.targets.has(file) && source.text(file).is_some()) {
                return None;
            }
            let known = article::Known { source, config: &self.academy.config, instructors: &instructors };
            let read = read_course(files, known);
            let mut course =
                read.course.filter(|_| !read.found.diagnostics.iter().any(Diagnostic::is_error))?;
            release::mark(std::slice::from_mut(&mut course), self.when.now);
            let course = release::hide(vec![course], self.when).0.pop()?;
            let known = self.academy.courses.iter_mut().find(|known| *known.slug() == files.slug)?;
            if structure(known) != structure(&course) {
                return None;
            }
            if words(known) == words(&course) {
                pages_of(&course, &touched).for_each(|address| wanted.add(&files.slug, address));
            } else {
                wanted.0.insert(files.slug.clone(), Which::All);
            }
            known.take_texts(course);
        }
        rest.is_empty().then_some(())
    }

    /// Takes over what the theme says now. Nothing when there is a mistake in it.
    pub(crate) fn take_theme(&mut self, theme: Option<&Source>) -> Option<()> {
        let (config, mut found) = (&self.academy.config, Vec::new());
        let theme = Theme::load(config.theme, theme, &config.languages, &mut found);
        self.theme = (!found.iter().any(Diagnostic::is_error)).then_some(theme)?;
        Some(())
    }

    /// Wants the pages at these addresses, as far as they are of courses.
    pub(crate) fn add_pages<'a>(&self, addresses: impl Iterator<Item = &'a str>, wanted: &mut Wanted) {
        let config = &self.academy.config;
        let prefixes: Vec<String> = config.languages.iter().map(|language| config.prefix(language)).collect();
        for address in addresses {
            let path = address.split(['?', '#']).next().unwrap_or_default();
            let forms = prefixes.iter().filter_map(|prefix| path.strip_prefix(prefix.as_str()));
            for path in forms.filter(|path| path.starts_with("/courses/")) {
                let slug = path.split('/').nth(2).and_then(|slug| slug.parse().ok());
                let course = slug.and_then(|slug| self.academy.course(&slug));
                let is_page = |course: &&Course| {
                    course.path == path || course.lessons().any(|lesson| lesson.path == path)
                };
                if let Some(course) = course.filter(is_page) {
                    wanted.add(course.slug(), path);
                }
            }
        }
    }
}

/// Makes the pages. Nothing when one of them has an error, which the whole build reports with everything else.
pub(crate) fn make(inputs: Inputs<'_>, wanted: &Wanted, minutes: Minutes<'_>) -> Option<Entries> {
    let courses: Vec<&Course> =
        inputs.academy.courses.iter().filter(|course| wanted.0.contains_key(course.slug())).collect();
    let teachers = courses.iter().flat_map(|course| &course.instructors).collect();
    let shared = publish::shared(inputs, Some(&teachers), &mut Vec::new())?;
    let mut files = Entries::new();
    for course in courses {
        let which = &wanted.0[course.slug()];
        let minutes = minutes(course.slug()).filter(|minutes| minutes.len() == course.lessons().count())?;
        files.extend(publish_course::pages(inputs, &shared, course, minutes, &|path| which.has(path))?);
    }
    Some(files)
}

impl Course {
    /// Takes over the texts of a course of the same structure.
    fn take_texts(&mut self, other: Self) {
        self.article.texts = other.article.texts;
        for (module, other) in self.modules.iter_mut().zip(other.modules) {
            module.texts = other.texts;
            for (lesson, other) in module.lessons.iter_mut().zip(other.lessons) {
                lesson.article.texts = other.article.texts;
            }
        }
    }
}

/// Of everything that is not words. What a course, its lessons and its modules say alike decides addresses, access and
/// lists, so nothing may be left out here but what [`Text`] holds and what is found out from other courses.
pub(crate) fn structure(course: &Course) -> Digest {
    // Every field by name, so that a new one does not compile before somebody has decided what it is.
    let Course {
        article,
        path,
        level,
        tags,
        release,
        status,
        schedule,
        opening: _,
        updated,
        disclaimer,
        instructors,
        prices,
        modules,
    } = course;
    let own = (path, level, tags_of(tags), release, status, schedule_of(schedule));
    let more = (updated, disclaimer, instructors, prices, files_of(article));
    Digest::of_value(&(own, more, modules.iter().map(structure_of_module).collect::<Vec<_>>()))
}

fn structure_of_module(module: &Module) -> Digest {
    let Module { slug, texts, schedule, lessons } = module;
    let lessons = lessons.iter().map(|lesson| {
        let Lesson {
            article,
            path,
            date,
            updated,
            tags,
            release,
            status,
            schedule,
            opening: _,
            access,
            minutes,
        } = lesson;
        let days = (date, updated, release, status);
        let rules = (tags_of(tags), schedule_of(schedule), access, minutes);
        Digest::of_value(&(lesson.id(), path, days, rules, files_of(article)))
    });
    let texts: Vec<_> = texts.keys().collect();
    Digest::of_value(&(slug, texts, schedule_of(schedule), lessons.collect::<Vec<_>>()))
}

fn tags_of(tags: &[TagUse]) -> Vec<(&Slug, &str)> {
    tags.iter().map(|tag| (&tag.slug, tag.written.as_str())).collect()
}

fn schedule_of(schedule: &Schedule) -> impl std::hash::Hash {
    let requires: Vec<_> =
        schedule.requires.iter().map(|requires| (&requires.target, requires.score)).collect();
    (schedule.after, schedule.on, requires)
}

fn files_of<Id>(article: &Article<Id>) -> Vec<(String, String)> {
    article.texts.iter().map(|(language, text)| (language.to_string(), text.body.path.clone())).collect()
}

/// Of all words that pages show of each other.
pub(crate) fn words(course: &Course) -> Digest {
    let lessons = course.lessons().map(|lesson| &lesson.article.texts);
    let modules = course.modules.iter().map(|module| &module.texts);
    let texts = modules.chain(lessons).chain([&course.article.texts]).flat_map(|texts| texts.values());
    Digest::of_value(&texts.map(|text| words_of(text)).collect::<Vec<_>>())
}

fn words_of(text: &Text) -> Digest {
    let Text { title, summary, outcomes, role, credentials, links, location, disclaimer, changes, body: _ } =
        text;
    Digest::of_value(&(title, summary, outcomes, role, credentials, links, location, disclaimer, changes))
}

/// The addresses of the pages whose own text is in these files.
fn pages_of<'a>(course: &'a Course, files: &BTreeSet<String>) -> impl Iterator<Item = &'a str> {
    let has = |texts: &Translations| texts.values().any(|text| files.contains(&text.body.path));
    let landing = has(&course.article.texts).then_some(course.path.as_str());
    let lessons = course.lessons().filter(move |lesson| has(&lesson.article.texts));
    landing.into_iter().chain(lessons.map(|lesson| lesson.path.as_str()))
}
