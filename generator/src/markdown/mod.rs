//! Markdown to HTML: parse, split at the preview marker, write.

mod autolink;
mod blocks;
mod code;
mod containers;
mod diagram;
mod diff;
mod directive;
mod footnotes;
mod heading;
mod include;
mod inline;
mod length;
mod media;
mod page_links;
mod parse;
mod passages;
mod player;
mod punctuation;
mod quiz;
mod quiz_form;
mod quiz_reader;
mod raw;
mod table;
mod tags;
mod writer;

use std::collections::BTreeSet;

use lyceum_contract::manifest::Language;
use serde::{Deserialize, Serialize};

use crate::diagnostic::{Code, Diagnostic};
use crate::highlight::Highlighter;
use crate::links::Links;
use crate::model::Body;
use crate::texts::Texts;
use crate::view::HeadingView;
use autolink::may_have_address;
use directive::Directives;
use parse::Profile;
use writer::Writer;

pub(crate) use length::Length;
pub(crate) use page_links::{PageLink, check_page_links};
pub(crate) use parse::{AS_WRITTEN, is_preview_marker};
pub(crate) use passages::Passage;
pub(crate) use punctuation::punctuated;
pub(crate) use quiz::Quiz;

/// What rendering needs to know about the rest of the site.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) links: &'a Links<'a>,
    /// Language of the page, not always that of the text: where links lead.
    pub(crate) language: &'a Language,
    /// The theme's texts in the language of the text.
    pub(crate) texts: &'a Texts,
    /// The language of the text.
    pub(crate) written: &'a Language,
}

/// HTML of a text or of its first part.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) html: String,
    pub(crate) headings: Vec<HeadingView>,
    pub(crate) length: Length,
    /// Assets that it refers to, by path in the content folder.
    pub(crate) assets: BTreeSet<String>,
    /// The plain text under each heading, for search.
    pub(crate) passages: Vec<Passage>,
}

/// A rendered text. It depends on the text, the context, and the files in `includes`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rendered {
    /// Everything before the marker; nothing when there is no marker.
    pub(crate) preview: Option<Part>,
    /// Everything.
    pub(crate) whole: Part,
    /// Headings of level 2 that are not in the preview.
    pub(crate) still_to_come: Vec<String>,
    /// Files whose text it shows, or would show if they existed, by path in the content folder. They are used, but not
    /// published.
    pub(crate) includes: BTreeSet<String>,
    /// Every `id` in it.
    pub(crate) anchors: BTreeSet<String>,
    /// Links to places on pages, to be checked once all texts are rendered.
    pub(crate) page_links: Vec<PageLink>,
    /// Quizzes, surveys and challenges with their answers, which are in no HTML.
    pub(crate) quizzes: Vec<Quiz>,
}

/// Whether a text has a quiz. Cost: nothing for most texts, a parse for one with blocks.
pub(crate) fn has_quiz(body: &Body) -> bool {
    let source = &body.text.source;
    Directives::find(source, body.range.clone(), AS_WRITTEN).opens(source, "quiz")
}

/// Whether a text has a part for everybody and one behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Division {
    /// There is no marker.
    Whole,
    /// There is a marker, and nothing stands below it.
    NothingBehind,
    /// There is something on its far side. Also what is said of a text whose marker is in a wrong place, which is reported
    /// when the text is rendered.
    Divided,
}

/// How a text is divided, by the parser that the renderer uses. Cost: a parse.
pub(crate) fn division(body: &Body) -> Division {
    let directives = Directives::find(&body.text.source, body.range.clone(), parse::LYCEUM.options);
    let mut found = Vec::new();
    let Ok(parsed) = parse::parse(body, &directives, parse::LYCEUM, &mut found) else {
        return Division::Divided;
    };
    let is_misplaced = found.iter().any(|found| found.code == Code::PreviewMarker);
    match parsed.preview_ends {
        None if is_misplaced => Division::Divided,
        None => Division::Whole,
        Some(at) if parsed.main.len() <= at + 2 => Division::NothingBehind,
        Some(_) => Division::Divided,
    }
}

/// Renders one text. What is wrong in it becomes diagnostics; the result then has a gap there.
pub(crate) fn render(
    body: &Body,
    context: Context<'_>,
    highlighter: &mut Highlighter,
    diagnostics: &mut Vec<Diagnostic>,
) -> Rendered {
    render_as(parse::LYCEUM, body, context, highlighter, diagnostics)
}

fn render_as(
    profile: Profile,
    body: &Body,
    context: Context<'_>,
    highlighter: &mut Highlighter,
    diagnostics: &mut Vec<Diagnostic>,
) -> Rendered {
    let directives = if profile.has_blocks {
        Directives::find(&body.text.source, body.range.clone(), profile.options)
    } else {
        Directives::default()
    };
    let parsed = match parse::parse(body, &directives, profile, diagnostics) {
        Ok(parsed) => parsed,
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            return Rendered::default();
        }
    };
    let mut writer = Writer::new(body, context, highlighter, diagnostics, &parsed.footnotes, &directives);
    writer.first_level = profile.first_level;
    writer.links_addresses = profile.has_blocks && may_have_address(&body.text.source[body.range.clone()]);
    let (before, after) = parsed.main.split_at(parsed.preview_ends.unwrap_or(0));
    writer.write(before);
    let preview = parsed.preview_ends.map(|_| writer.part_so_far());
    let n_shown = preview.as_ref().map_or(0, |part| part.headings.len());
    writer.write(after);
    let mut rendered = writer.finish();
    let coming = rendered.whole.headings.iter().skip(n_shown).filter(|heading| heading.level == 2);
    rendered.still_to_come = coming.map(|heading| heading.text.clone()).collect();
    rendered.preview = preview;
    rendered
}

#[cfg(test)]
mod tests;
