//! Markdown as a list of events with places in the file: footnotes taken out, the preview marker found.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::diagnostic::{Code, Diagnostic};
use crate::model::Body;

/// Lists, quotes and emphasis may be nested this deep.
const MAX_DEPTH: usize = 100;
/// What the comment says that ends the preview.
const MARKER: &str = "preview-ends";

/// An event and where it stands in the file.
pub(super) type Placed<'a> = (Event<'a>, Range<usize>);
/// The content of each footnote by its label.
pub(super) type Definitions<'a> = BTreeMap<String, Vec<Placed<'a>>>;

/// A parsed text.
#[derive(Debug)]
pub(super) struct Parsed<'a> {
    /// Everything but footnotes and marker.
    pub(super) main: Vec<Placed<'a>>,
    /// How many events of `main` are before the marker.
    pub(super) preview_ends: Option<usize>,
    pub(super) footnotes: Definitions<'a>,
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_SMART_PUNCTUATION
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM
}

/// Parses a text. The error is for a text that is too deep to be rendered at all.
pub(super) fn parse<'a>(body: &'a Body, found: &mut Vec<Diagnostic>) -> Result<Parsed<'a>, Box<Diagnostic>> {
    let mut reader = Reader {
        body,
        parsed: Parsed { main: Vec::new(), preview_ends: None, footnotes: BTreeMap::new() },
        depth: 0,
        footnote: None,
        html: None,
        found,
    };
    let source = &body.text.source[body.range.clone()];
    for (event, range) in Parser::new_ext(source, options()).into_offset_iter() {
        let range = body.range.start + range.start..body.range.start + range.end;
        reader.add(event, range)?;
    }
    Ok(reader.parsed)
}

struct Reader<'a, 'd> {
    body: &'a Body,
    parsed: Parsed<'a>,
    depth: usize,
    /// Label and events of the footnote being read.
    footnote: Option<(String, Vec<Placed<'a>>)>,
    /// The block of HTML being read. The parser gives its lines one by one, but a comment may have several.
    html: Option<HtmlBlock>,
    found: &'d mut Vec<Diagnostic>,
}

impl<'a> Reader<'a, '_> {
    fn add(&mut self, event: Event<'a>, range: Range<usize>) -> Result<(), Box<Diagnostic>> {
        self.count_depth(&event, &range)?;
        match event {
            Event::Start(Tag::FootnoteDefinition(label)) if self.footnote.is_none() => {
                self.footnote = Some((label.to_string(), Vec::new()));
            }
            Event::End(TagEnd::FootnoteDefinition) => {
                if let Some((label, events)) = self.footnote.take() {
                    self.parsed.footnotes.entry(label).or_insert(events);
                }
            }
            Event::Html(line) => {
                let block = self.html.get_or_insert_with(|| HtmlBlock::at(&range));
                block.html.push_str(&line);
                block.range.end = range.end;
                if line.contains(MARKER) {
                    block.marker = range;
                }
            }
            Event::End(TagEnd::HtmlBlock) => {
                if let Some(block) = self.html.take() {
                    self.html(&block);
                }
                self.push(event, range);
            }
            Event::InlineHtml(html) if is_comment(&html) => self.comment(&html, range),
            event => self.push(event, range),
        }
        Ok(())
    }

    fn html(&mut self, block: &HtmlBlock) {
        let HtmlBlock { html, range, marker } = block;
        if is_comment(html) {
            self.comment(html, range.clone());
        } else if html.contains("<!--") && html.contains(MARKER) {
            self.misplaced(marker.clone());
        } else {
            self.push(Event::Html(without_comments(html).into()), range.clone());
        }
    }

    fn count_depth(&mut self, event: &Event<'_>, range: &Range<usize>) -> Result<(), Box<Diagnostic>> {
        match event {
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth -= 1,
            _ => {}
        }
        if self.depth <= MAX_DEPTH {
            return Ok(());
        }
        let message = format!("Markdown nested more than {MAX_DEPTH} levels deep, expected fewer");
        let error = self.body.text.error(Code::TooDeep, range.clone(), message);
        Err(Box::new(error.hint("write the inner parts as paragraphs of their own")))
    }

    fn push(&mut self, event: Event<'a>, range: Range<usize>) {
        match &mut self.footnote {
            Some((_, events)) => events.push((event, range)),
            None => self.parsed.main.push((event, range)),
        }
    }

    /// Comments are for authors: none of them is published. One of them is the marker.
    fn comment(&mut self, html: &str, range: Range<usize>) {
        let inner = html.trim().trim_start_matches("<!--").trim_end_matches("-->").trim();
        if inner == MARKER {
            // The block of HTML that is the marker has just ended; nothing is around it.
            let block = matches!(self.parsed.main.last(), Some((Event::Start(Tag::HtmlBlock), _)));
            if self.depth == 0 && block && self.footnote.is_none() && self.parsed.preview_ends.is_none() {
                self.parsed.preview_ends = Some(self.parsed.main.len() - 1);
            } else {
                self.misplaced(range);
            }
        } else if !inner.contains(char::is_whitespace)
            && crate::diagnostic::nearest(inner, [MARKER]).is_some()
        {
            let message = format!("`<!-- {inner} -->`, expected `<!-- {MARKER} -->`");
            let hint = "correct the marker, or reword the comment";
            self.found.push(self.body.text.error(Code::PreviewMarker, range, message).hint(hint));
        }
    }

    fn misplaced(&mut self, range: Range<usize>) {
        let (message, hint) = if self.parsed.preview_ends.is_some() {
            ("a second preview marker, expected one", "remove it: the preview ends at the first")
        } else {
            ("a preview marker inside other text, expected it on a line of its own", {
                "put blank lines around it, outside of lists, quotes and HTML"
            })
        };
        self.found.push(self.body.text.error(Code::PreviewMarker, range, message).hint(hint));
    }
}

/// A block of HTML while its lines come in.
struct HtmlBlock {
    html: String,
    range: Range<usize>,
    /// The line with the preview marker, if one has it.
    marker: Range<usize>,
}

impl HtmlBlock {
    fn at(range: &Range<usize>) -> Self {
        Self { html: String::new(), range: range.clone(), marker: range.clone() }
    }
}

/// The HTML without its comments. A comment without an end reaches to the end.
fn without_comments(html: &str) -> String {
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, comment)) = rest.split_once("<!--") {
        kept.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

/// Whether this is one whole comment and nothing else.
fn is_comment(html: &str) -> bool {
    let html = html.trim();
    html.starts_with("<!--") && html.ends_with("-->") && html.find("-->") == Some(html.len() - 3)
}
