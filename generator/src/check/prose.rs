//! How a text reads: descriptions of pictures, captions of films, order of headings, words, length.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::front::{as_text, entry, head};
use super::texts::{Kind, Written};
use super::{Subject, at_most, words};
use crate::diagnostic::{Code, Diagnostic};
use crate::front_matter;
use crate::yaml::Value;

/// A banned word is shown this often in one file.
const MAX_SHOWN: usize = 5;

pub(super) fn check(subject: Subject<'_>, written: &[Written<'_>], found: &mut Vec<Diagnostic>) {
    for text in written {
        pictures(text, found);
        recordings(text, found);
        headings(text, found);
        banned(subject, text, found);
        length(subject, text, found);
    }
}

fn warning(text: &Written<'_>, code: Code, span: Range<usize>, message: String, hint: &str) -> Diagnostic {
    text.file().error(code, span, message).hint(hint).warning()
}

/// An image needs words for those who do not see it.
fn pictures(text: &Written<'_>, found: &mut Vec<Diagnostic>) {
    let hint = "write what it shows: `![A stack of three frames](stack.svg)`";
    for (idx, (event, span)) in text.events.iter().enumerate() {
        match event {
            Event::Start(Tag::Image { dest_url, .. }) if !has_words(&text.events[idx + 1..]) => {
                let message = format!("the image `{dest_url}` has no description");
                found.push(warning(text, Code::MissingAlt, span.clone(), message, hint));
            }
            Event::Html(html) | Event::InlineHtml(html) if has_image_without_alt(html) => {
                let message = "an image without `alt`, expected its description".to_owned();
                found.push(warning(text, Code::MissingAlt, span.clone(), message, hint));
            }
            _ => {}
        }
    }
}

/// Whether there is a word before the image ends.
fn has_words(events: &[(Event<'_>, Range<usize>)]) -> bool {
    let inner = events.iter().take_while(|(event, _)| !matches!(event, Event::End(TagEnd::Image)));
    inner.into_iter().any(|(event, _)| match event {
        Event::Text(text) | Event::Code(text) | Event::InlineMath(text) => !text.trim().is_empty(),
        _ => false,
    })
}

/// Tags of this element in a piece of HTML, without the brackets.
fn tags<'h>(html: &'h str, name: &'h str) -> impl Iterator<Item = &'h str> {
    html.split('<').skip(1).filter(move |tag| {
        let is_name = tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        is_name
            && !tag[name.len()..].starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '-')
    })
}

fn has_image_without_alt(html: &str) -> bool {
    tags(html, "img").any(|tag| !tag.to_ascii_lowercase().contains("alt="))
}

/// Raw HTML: a film has a track, or it says that nobody speaks in it.
fn recordings(text: &Written<'_>, found: &mut Vec<Diagnostic>) {
    let html = |event: &Event<'_>| match event {
        Event::Html(html) | Event::InlineHtml(html) => Some(html.to_string()),
        _ => None,
    };
    let all: String = text.events.iter().filter_map(|(event, _)| html(event)).collect();
    let n_tracks = tags(&all, "track").count();
    let films: Vec<_> = text
        .events
        .iter()
        .filter(|(event, _)| {
            html(event).is_some_and(|html| tags(&html, "video").any(|tag| !tag.contains("muted")))
        })
        .collect();
    if films.len() > n_tracks {
        let (_, span) = films[0];
        let message =
            format!("{} films and {n_tracks} tracks of captions, expected one for each", films.len());
        let hint = "add `<track kind=\"captions\" src=\"film.en.vtt\" srclang=\"en\">`";
        found.push(warning(text, Code::NoCaptions, span.clone(), message, hint));
    }
}

/// Readers who hear a page jump from heading to heading. The title of the page is the first level.
fn headings(text: &Written<'_>, found: &mut Vec<Diagnostic>) {
    let mut before = 1;
    for (event, span) in &text.events {
        let Event::Start(Tag::Heading { level, .. }) = event else { continue };
        let level = (*level as usize).max(2);
        if level > before + 1 {
            let message = format!("a heading of level {level}, expected at most level {}", before + 1);
            let hint = format!("write `{} …`", "#".repeat(before + 1));
            found.push(warning(text, Code::HeadingOrder, span.clone(), message, &hint));
        }
        before = level;
    }
}

fn banned(subject: Subject<'_>, text: &Written<'_>, found: &mut Vec<Diagnostic>) {
    if subject.settings.banned_words.is_empty() {
        return;
    }
    let spans: Vec<Range<usize>> = front_spans(text).into_iter().chain(prose_spans(text)).collect();
    for word in &subject.settings.banned_words {
        let source = &text.file().source;
        let in_span = |span: &Range<usize>| -> Vec<Range<usize>> {
            let places = words::places(source.get(span.clone()).unwrap_or_default(), word);
            places.into_iter().map(|place| span.start + place.start..span.start + place.end).collect()
        };
        at_most(found, MAX_SHOWN, spans.iter().flat_map(in_span), |place| {
            let message = format!("`{word}` is one of the words that this site does not use");
            warning(
                text,
                Code::BannedWord,
                place,
                message,
                "say it in another way; `check` in `lyceum.yaml` has the list",
            )
        });
    }
}

/// Values of the keys that readers see.
fn front_spans(text: &Written<'_>) -> Vec<Range<usize>> {
    let Some(head) = head(text.file()) else { return Vec::new() };
    let keys = ["title", "name", "summary", "role", "outcomes"];
    let nodes = keys.into_iter().filter_map(|key| entry(&head, key));
    let spans = nodes.flat_map(|node| match &node.value {
        Value::List(items) => {
            items.iter().filter(|item| as_text(item).is_some()).map(|item| item.span.clone()).collect()
        }
        _ => vec![node.span.clone()],
    });
    spans.collect()
}

/// Prose, without code and formulas. A sentence stays in one piece, so that a phrase is found across a line break.
fn prose_spans(text: &Written<'_>) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    let mut in_code = false;
    let mut joins = false;
    for (event, span) in &text.events {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(_) if !in_code => {
                match spans.last_mut().filter(|last| joins && last.end <= span.start) {
                    Some(last) => last.end = span.end,
                    None => spans.push(span.clone()),
                }
                joins = true;
                continue;
            }
            Event::SoftBreak => continue,
            _ => {}
        }
        joins = false;
    }
    spans
}

fn length(subject: Subject<'_>, text: &Written<'_>, found: &mut Vec<Diagnostic>) {
    // Where a body starts is not known when the front matter has no end.
    if text.kind != Kind::Lesson || front_matter::split(text.file()).is_err() {
        return;
    }
    let count = |event: &Event<'_>| match event {
        Event::Text(text) | Event::Code(text) => words::half_words(text),
        _ => 0,
    };
    let n_words = text.events.iter().map(|(event, _)| count(event)).sum::<usize>() / 2;
    if n_words < subject.settings.min_words {
        let message =
            format!("a lesson of {n_words} words, expected at least {}", subject.settings.min_words);
        let hint =
            "write more, join it with its neighbour, or set `min_words` under `check` in `lyceum.yaml`";
        found.push(warning(text, Code::TooShort, 0..0, message, hint));
    }
}
