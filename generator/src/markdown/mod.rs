//! Markdown to HTML: parse, split at the preview marker, write.

mod anchors;
mod code;
mod footnotes;
mod heading;
mod length;
mod media;
mod parse;
mod punctuation;
mod table;
mod writer;

use std::collections::BTreeSet;

use lyceum_contract::manifest::Language;

use crate::diagnostic::Diagnostic;
use crate::highlight::Highlighter;
use crate::links::Links;
use crate::model::Body;
use crate::texts::Texts;
use crate::view::HeadingView;

pub(crate) use length::Length;
pub(crate) use punctuation::punctuated;

/// What rendering needs to know about the rest of the site.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) links: &'a Links<'a>,
    /// Language of the page, not always that of the text: where links lead.
    pub(crate) language: &'a Language,
    /// The theme's texts in the language of the text.
    pub(crate) texts: &'a Texts,
}

/// HTML of a text or of its first part.
#[derive(Debug, Clone, Default)]
pub(crate) struct Part {
    pub(crate) html: String,
    pub(crate) headings: Vec<HeadingView>,
    pub(crate) length: Length,
    /// Assets that it refers to, by path in the content folder.
    pub(crate) assets: BTreeSet<String>,
}

/// A rendered text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rendered {
    /// Everything before the marker; nothing when there is no marker.
    pub(crate) preview: Option<Part>,
    /// Everything.
    pub(crate) whole: Part,
    /// Headings of level 2 that are not in the preview.
    pub(crate) still_to_come: Vec<String>,
}

/// Renders one text. What is wrong in it becomes diagnostics; the result then has a gap there.
pub(crate) fn render(
    body: &Body,
    context: Context<'_>,
    highlighter: &mut Highlighter,
    diagnostics: &mut Vec<Diagnostic>,
) -> Rendered {
    let parsed = match parse::parse(body, diagnostics) {
        Ok(parsed) => parsed,
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            return Rendered::default();
        }
    };
    let mut writer = writer::Writer::new(body, context, highlighter, diagnostics, &parsed.footnotes);
    let (before, after) = parsed.main.split_at(parsed.preview_ends.unwrap_or(0));
    writer.write(before);
    let preview = parsed.preview_ends.map(|_| writer.part_so_far());
    let n_shown = preview.as_ref().map_or(0, |part| part.headings.len());
    writer.write(after);
    let whole = writer.finish();
    let coming = whole.headings.iter().skip(n_shown).filter(|heading| heading.level == 2);
    let still_to_come = coming.map(|heading| heading.text.clone()).collect();
    Rendered { preview, whole, still_to_come }
}

#[cfg(test)]
mod tests;
