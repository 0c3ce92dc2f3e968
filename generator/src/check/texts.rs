//! Every text of an academy with what a check must know about it.

use std::ops::Range;

use lyceum_contract::Access;
use pulldown_cmark::{Event, Parser, Tag};

use crate::diagnostic::TextFile;
use crate::markdown::{AS_WRITTEN, is_preview_marker};
use crate::model::{Academy, Article, Text};

/// What kind of page a text is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Course,
    Lesson,
    Instructor,
    Page,
    Product,
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
    for product in &academy.products {
        add(&mut all, academy, &product.article, Kind::Product, &product.access());
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
            preview_ends: preview_ends(text, &events),
            text,
            events,
        });
    }
}

/// What the renderer reads, but punctuation as it is written.
fn events(text: &Text) -> Vec<(Event<'_>, Range<usize>)> {
    let body = &text.body;
    let source = body.text.source.get(body.range.clone()).unwrap_or_default();
    let placed = Parser::new_ext(source, AS_WRITTEN).into_offset_iter();
    placed.map(|(event, at)| (event, body.range.start + at.start..body.range.start + at.end)).collect()
}

fn preview_ends(text: &Text, events: &[(Event<'_>, Range<usize>)]) -> Option<usize> {
    let is_marker = |at: &Range<usize>| text.body.text.source.get(at.clone()).is_some_and(is_preview_marker);
    events.iter().find_map(|(event, at)| match event {
        Event::Start(Tag::HtmlBlock) if is_marker(at) => Some(at.start),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    /// What somebody who has not paid may read of the body.
    #[track_caller]
    fn check(body: &str, expected: &str) {
        let lesson = format!("---\ntitle: Paid\n---\n{body}");
        let academy = Fixture::new().with("courses/rust/01-a/02-paid.md", &lesson).academy();
        let texts = all(&academy);
        let paid = texts.iter().find(|text| text.text.title == "Paid").expect("a lesson");
        assert_eq!(&lesson[paid.text.body.range.start..paid.sealed_from()], expected);
    }

    #[test]
    fn a_preview_ends_where_the_renderer_ends_it() {
        check("Open.\n\n<!-- preview-ends -->\n\nClosed.\n", "Open.\n\n");
        check("Open.\n\n<!--\npreview-ends\n-->\n\nClosed.\n", "Open.\n\n");
        check("Closed.\n\n`<!-- preview-ends -->`\n", "");
    }
}
