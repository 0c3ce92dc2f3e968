//! Every text of an academy with what a check must know about it.

use std::ops::Range;

use lyceum_contract::Access;
use pulldown_cmark::{Event, Options, Parser};

use crate::diagnostic::TextFile;
use crate::model::{Academy, Article, Text};

/// What kind of page a text is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Course,
    Lesson,
    Instructor,
    Page,
}

/// One text in its own language.
#[derive(Debug)]
pub(super) struct Written<'a> {
    pub(super) kind: Kind,
    /// Who may read all of it.
    pub(super) access: Access,
    pub(super) is_default_language: bool,
    pub(super) text: &'a Text,
    /// Markdown with places in the file.
    pub(super) events: Vec<(Event<'a>, Range<usize>)>,
    /// Where the preview of the body ends, in bytes of the file; nothing without a marker.
    pub(super) preview_ends: Option<usize>,
}

impl Written<'_> {
    /// The file.
    pub(super) fn file(&self) -> &TextFile {
        &self.text.body.text
    }

    /// From here on, only those may read who have access; the end of the file when all of it is public.
    pub(super) fn sealed_from(&self) -> usize {
        let body = &self.text.body.range;
        if self.access.is_public() { body.end } else { self.preview_ends.unwrap_or(body.start) }
    }
}

/// Reads all texts. Cost: one pass of the Markdown parser over each.
pub(super) fn all(academy: &Academy) -> Vec<Written<'_>> {
    let mut all = Vec::new();
    for course in &academy.courses {
        add(&mut all, academy, &course.article, Kind::Course, &Access::Free);
        for lesson in course.lessons() {
            add(&mut all, academy, &lesson.article, Kind::Lesson, &lesson.access);
        }
    }
    for person in &academy.instructors {
        add(&mut all, academy, person, Kind::Instructor, &Access::Free);
    }
    for page in &academy.pages {
        add(&mut all, academy, page, Kind::Page, &Access::Free);
    }
    all
}

fn add<'a, Id>(
    all: &mut Vec<Written<'a>>,
    academy: &Academy,
    article: &'a Article<Id>,
    kind: Kind,
    access: &Access,
) {
    for (language, text) in &article.texts {
        let events = events(text);
        all.push(Written {
            kind,
            access: access.clone(),
            is_default_language: language == academy.config.default_language(),
            preview_ends: preview_ends(&events),
            text,
            events,
        });
    }
}

/// The same extensions as those of the renderer, but punctuation as it is written.
fn events(text: &Text) -> Vec<(Event<'_>, Range<usize>)> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM;
    let body = &text.body;
    let source = body.text.source.get(body.range.clone()).unwrap_or_default();
    let placed = Parser::new_ext(source, options).into_offset_iter();
    placed.map(|(event, at)| (event, body.range.start + at.start..body.range.start + at.end)).collect()
}

fn preview_ends(events: &[(Event<'_>, Range<usize>)]) -> Option<usize> {
    let is_marker = |html: &str| {
        html.trim().strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")).map(str::trim)
            == Some("preview-ends")
    };
    events.iter().find_map(|(event, at)| match event {
        Event::Html(html) if is_marker(html) => Some(at.start),
        _ => None,
    })
}
