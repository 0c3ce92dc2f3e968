//! Markdown as a list of events with places in the file: footnotes taken out, the preview marker found.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::containers::Containers;
use super::directive::Directives;
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

/// Which Markdown it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile {
    pub(super) options: Options,
    /// Whether comments are passed on. In ours they are for authors.
    keeps_comments: bool,
    /// Whether it has blocks such as `::: note`, and links addresses that stand by themselves.
    pub(super) has_blocks: bool,
    /// The level of `#`. In ours the title of the page is the only heading of level 1.
    pub(super) first_level: u8,
}

/// What authors write, with punctuation as it is typed: for a check that points at words.
pub(crate) const AS_WRITTEN: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_MATH)
    .union(Options::ENABLE_HEADING_ATTRIBUTES)
    .union(Options::ENABLE_GFM);

/// What authors write.
pub(super) const LYCEUM: Profile = Profile {
    options: AS_WRITTEN.union(Options::ENABLE_SMART_PUNCTUATION),
    keeps_comments: false,
    has_blocks: true,
    first_level: 2,
};

/// CommonMark and nothing else, to test parser and writer with.
#[cfg(test)]
pub(super) const COMMONMARK: Profile =
    Profile { options: Options::empty(), keeps_comments: true, has_blocks: false, first_level: 1 };

/// Parses a text. The error is for a text that is too deep to be rendered at all.
pub(super) fn parse<'a>(
    body: &'a Body,
    directives: &'a Directives,
    profile: Profile,
    found: &mut Vec<Diagnostic>,
) -> Result<Parsed<'a>, Box<Diagnostic>> {
    let mut reader = Reader {
        body,
        keeps_comments: profile.keeps_comments,
        parsed: Parsed { main: Vec::new(), preview_ends: None, footnotes: BTreeMap::new() },
        directives,
        containers: Containers::default(),
        depth: 0,
        footnote: None,
        html: None,
        found,
    };
    let source = directives.masked.as_deref().unwrap_or(&body.text.source[body.range.clone()]);
    for (event, range) in Parser::new_ext(source, profile.options).into_offset_iter() {
        let range = body.range.start + range.start..body.range.start + range.end;
        reader.add(event, range)?;
    }
    reader.containers.finish(body, reader.found);
    Ok(reader.parsed)
}

struct Reader<'a, 'd> {
    body: &'a Body,
    keeps_comments: bool,
    parsed: Parsed<'a>,
    directives: &'a Directives,
    containers: Containers,
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
            Event::Html(line) if !self.keeps_comments => {
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
            Event::InlineHtml(html) if !self.keeps_comments && is_comment(&html) => {
                self.comment(&html, range);
            }
            Event::Rule => self.rule(range),
            event => self.push(event, range),
        }
        Ok(())
    }

    /// A break, or a line of structure that stands as one.
    fn rule(&mut self, range: Range<usize>) {
        let Some(line) = self.directives.at(&range) else { return self.push(Event::Rule, range) };
        if self.containers.line(line, self.depth, self.body, self.found) {
            self.push(Event::Rule, line.1.clone());
        }
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
            Event::End(_) => {
                self.depth -= 1;
                if self.containers.depth() > 0 {
                    self.containers.leave(self.depth, self.body, self.found);
                }
            }
            _ => {}
        }
        if self.depth + self.containers.depth() <= MAX_DEPTH {
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
        let inner = inside(html);
        if inner == MARKER {
            // The block of HTML that is the marker has just ended; nothing is around it.
            let block = matches!(self.parsed.main.last(), Some((Event::Start(Tag::HtmlBlock), _)));
            let is_outside = self.depth == 0 && self.containers.depth() == 0;
            if is_outside && block && self.footnote.is_none() && self.parsed.preview_ends.is_none() {
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
                "put blank lines around it, outside of lists, quotes, blocks and HTML"
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

/// Whether this block of HTML ends the preview.
pub(crate) fn is_preview_marker(html: &str) -> bool {
    is_comment(html) && inside(html) == MARKER
}

/// What a comment says.
fn inside(comment: &str) -> &str {
    comment.trim().trim_start_matches("<!--").trim_end_matches("-->").trim()
}

/// Whether this is one whole comment and nothing else.
fn is_comment(html: &str) -> bool {
    let html = html.trim();
    html.starts_with("<!--") && html.ends_with("-->") && html.find("-->") == Some(html.len() - 3)
}
