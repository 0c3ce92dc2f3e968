//! What changed in a course, for people who have read it before.

use std::cmp::Reverse;

use lyceum_contract::manifest::Language;
use lyceum_contract::time::Date;

use crate::diagnostic::Code;
use crate::front_matter::{self, Fields};
use crate::keys;
use crate::markdown::punctuated;
use crate::model::{Article, Config, Course, Lesson};

/// One change, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Change {
    pub(crate) date: Date,
    pub(crate) text: String,
}

/// A line of a course's changelog.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) date: Date,
    /// Nothing when the course as a whole changed.
    pub(crate) lesson: Option<&'a Lesson>,
    pub(crate) text: &'a str,
    /// The language of the text.
    pub(crate) language: &'a Language,
}

/// Reads `changes`. A translation may only speak of changes that the original has.
pub(crate) fn read(fields: &mut Fields<'_>, original: Option<&[Change]>) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for mut entry in fields.maps("changes", &keys::CHANGE) {
        let date = entry.parsed("date", Code::BadDate, front_matter::date);
        let text = entry.text("text").map(|text| punctuated(&text.value));
        if let (Some(date), Some(text)) = (date, text) {
            let n_before = count(&changes, date.value);
            if original.is_some_and(|original| count(original, date.value) <= n_before) {
                let message = format!("a change of {}, expected one that the original has", date.value);
                let hint = "add it to the original first, or correct the day";
                entry.error(Code::UnknownChange, date.span, message, hint);
            }
            changes.push(Change { date: date.value, text });
        }
        fields.adopt(entry);
    }
    changes
}

fn count(changes: &[Change], date: Date) -> usize {
    changes.iter().filter(|change| change.date == date).count()
}

/// The changes of the course and of its published lessons, newest first; those of one day in the order of the course.
pub(crate) fn changelog<'a>(
    course: &'a Course,
    language: &'a Language,
    config: &'a Config,
) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    add(&mut entries, &course.article, None, language, config);
    for lesson in course.lessons() {
        add(&mut entries, &lesson.article, Some(lesson), language, config);
    }
    entries.sort_by_key(|entry: &Entry<'_>| Reverse(entry.date));
    entries
}

fn add<'a, Id>(
    entries: &mut Vec<Entry<'a>>,
    article: &'a Article<Id>,
    lesson: Option<&'a Lesson>,
    language: &'a Language,
    config: &'a Config,
) {
    let default = config.default_language();
    let Some(original) = article.texts.get(default) else { return };
    let translated = article.texts.get(language).filter(|_| language != default);
    for (idx, change) in original.changes.iter().enumerate() {
        let n_before = count(&original.changes[..idx], change.date);
        let same_day = |text: &'a crate::model::Text| {
            text.changes.iter().filter(|other| other.date == change.date).nth(n_before)
        };
        let (text, language) = match translated.and_then(|text| same_day(text)) {
            Some(translated) => (translated.text.as_str(), language),
            None => (change.text.as_str(), default),
        };
        entries.push(Entry { date: change.date, lesson, text, language });
    }
}

/// The day of the last change: what the author says, or the newest of the changes.
pub(crate) fn updated(said: Option<Date>, changes: &[Change]) -> Option<Date> {
    said.or_else(|| changes.iter().map(|change| change.date).max())
}
