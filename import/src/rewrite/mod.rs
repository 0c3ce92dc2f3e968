//! One text of the source as a text of the academy. The author's Markdown stays as it is; what has to change is
//! edited in place.

mod code;
mod definitions;
mod links;
mod math;
mod raw;

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};

use crate::note::{NoteKind, Notes};
use crate::place::Placed;
use crate::site::{Assets, Site};
use crate::text::{Edit, Text};

pub(crate) use math::{from_mathjax, is_readable};

/// The most bytes of a text that an academy takes; a little room is left for its front matter.
const MAX_TEXT_BYTES: usize = 4 * 1024 * 1024 - 128 * 1024;

/// What rewriting shares between pages.
pub(crate) struct Shared<'a> {
    pub(crate) site: &'a Site<'a>,
    pub(crate) assets: &'a mut Assets,
    pub(crate) notes: &'a mut Notes,
    /// Whether everybody may read the academy, so that files may be public.
    pub(crate) is_free: bool,
}

/// A text that is ready to be written.
pub(crate) struct Rewritten {
    pub(crate) body: String,
    /// A text that is too long for a lesson: the whole of it, to be kept as a download.
    pub(crate) download: Option<String>,
}

/// Rewrites the text of the page with this index.
pub(crate) fn rewrite(idx: usize, placed: &Placed, shared: &mut Shared<'_>) -> Rewritten {
    let (file, text) = (&placed.page.source, &placed.page.text);
    if placed.outline.too_deep {
        let message = "lists or quotes are nested too deeply; the whole text is kept as one block of code";
        shared.notes.add(file, 0, NoteKind::Verbatim, message);
        return whole(fenced(text.as_str()));
    }
    let mut rewriter = Rewriter::new(idx, placed, shared);
    rewriter.run();
    let edits = std::mem::take(&mut rewriter.edits);
    let body = text.edited(edits).into_string();
    whole(body)
}

/// A text as a lesson, or as a download when it is too long.
fn whole(body: String) -> Rewritten {
    if body.len() <= MAX_TEXT_BYTES {
        return Rewritten { body, download: None };
    }
    Rewritten { body: String::new(), download: Some(body) }
}

/// The text as a block of code, whatever is in it.
fn fenced(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

/// An element that has begun.
struct Open {
    range: Range<usize>,
    /// End of the last thing inside, or where something inside could begin.
    inner_end: usize,
    /// Start of the first thing inside.
    inner_start: Option<usize>,
    kind: Kind,
}

/// What the rewriter has to know about an element.
enum Kind {
    Link(links::Reference),
    Image(links::Reference),
    /// With the name that the source chose, and whether more stood in the braces.
    Heading {
        id: Option<String>,
        has_more: bool,
    },
    Code(code::Block),
    Html {
        html: Range<usize>,
    },
    Definitions,
    Other,
}

struct Rewriter<'a, 's> {
    idx: usize,
    placed: &'a Placed,
    text: &'a Text,
    source: &'a str,
    shared: &'a mut Shared<'s>,
    edits: Vec<Edit>,
    open: Vec<Open>,
    /// Text between these may not be changed: code, and addresses that are their own text.
    n_verbatim: usize,
    n_hidden: usize,
    footnotes: (BTreeSet<String>, Vec<(String, usize)>),
}

impl<'a, 's> Rewriter<'a, 's> {
    fn new(idx: usize, placed: &'a Placed, shared: &'a mut Shared<'s>) -> Self {
        let text = &placed.page.text;
        Self {
            idx,
            placed,
            text,
            source: text.as_str(),
            shared,
            edits: Vec::new(),
            open: Vec::new(),
            n_verbatim: 0,
            n_hidden: 0,
            footnotes: (BTreeSet::new(), Vec::new()),
        }
    }

    fn run(&mut self) {
        let mut after_title = 0;
        if let Some(title) = &self.placed.outline.title {
            after_title = title.range.end;
            self.edits.push(Edit::new(title.range.clone(), ""));
            if title.loses_something {
                let message = "the title has a link, an image or a footnote, which is left out";
                self.note(title.range.start, NoteKind::Heading, message);
            }
        }
        let title = self.placed.outline.title.as_ref().map(|title| title.range.clone());
        let options = self.placed.page.dialect.options();
        for (event, range) in Parser::new_ext(self.source, options).into_offset_iter() {
            let is_in_title = title.as_ref().is_some_and(|title| title.contains(&range.start));
            if is_in_title && range.start < after_title {
                continue;
            }
            self.event(event, range);
        }
        self.finish();
    }

    fn finish(&mut self) {
        if self.n_hidden > 0 {
            let message = format!("{} hidden lines of code are left out", self.n_hidden);
            self.shared.notes.add(&self.placed.page.source, 0, NoteKind::HiddenLines, message);
        }
        let (used, defined) = std::mem::take(&mut self.footnotes);
        for (label, at) in defined {
            if !used.contains(&label) {
                let message = format!(
                    "nothing refers to the footnote `{label}`; it stays in the file and is not shown"
                );
                self.note(at, NoteKind::Footnote, message);
            }
        }
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => return self.start(tag, range),
            Event::End(_) => return self.end(),
            Event::Text(_) => self.plain_text(range.clone()),
            Event::Html(_) => self.html_line(range.clone()),
            Event::InlineHtml(_) => self.raw(range.clone(), raw::Place::Inline),
            Event::InlineMath(tex) | Event::DisplayMath(tex) => self.formula(&tex, range.clone()),
            Event::FootnoteReference(label) => drop(self.footnotes.0.insert(label.to_string())),
            _ => {}
        }
        self.inside(range);
    }

    /// Notes how far the open element reaches.
    fn inside(&mut self, range: Range<usize>) {
        if let Some(open) = self.open.last_mut() {
            open.inner_start.get_or_insert(range.start);
            open.inner_end = open.inner_end.max(range.end);
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        let mut inner = range.start;
        let kind = match tag {
            Tag::Link { link_type, dest_url, title, .. } => {
                inner += 1;
                let reference = links::Reference::new(link_type, &dest_url, &title);
                self.n_verbatim += usize::from(reference.is_own_text());
                Kind::Link(reference)
            }
            Tag::Image { link_type, dest_url, title, .. } => {
                inner += 2;
                Kind::Image(links::Reference::new(link_type, &dest_url, &title))
            }
            Tag::Heading { id, classes, attrs, .. } => {
                let has_more = !classes.is_empty() || !attrs.is_empty();
                Kind::Heading { id: id.map(|id| id.to_string()), has_more }
            }
            Tag::CodeBlock(kind) => {
                self.n_verbatim += 1;
                Kind::Code(self.open_code(&kind, &range))
            }
            Tag::HtmlBlock => Kind::Html { html: range.start..range.start },
            Tag::DefinitionList => {
                self.definitions(range.clone());
                Kind::Definitions
            }
            Tag::FootnoteDefinition(label) => {
                self.footnotes.1.push((label.to_string(), range.start));
                Kind::Other
            }
            _ => Kind::Other,
        };
        self.open.push(Open { range, inner_end: inner, inner_start: None, kind });
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let range = open.range.clone();
        match &open.kind {
            Kind::Link(reference) => {
                self.n_verbatim -= usize::from(reference.is_own_text());
                self.close_link(&open, reference);
            }
            Kind::Image(reference) => self.close_image(&open, reference),
            Kind::Heading { id, has_more } => self.close_heading(&open, id.as_deref(), *has_more),
            Kind::Code(_) => self.n_verbatim -= 1,
            Kind::Html { html } => self.close_html(html.clone()),
            Kind::Definitions | Kind::Other => {}
        }
        self.inside(range);
    }

    /// Text between code: what means nothing to the source's program and something to an academy is escaped.
    fn plain_text(&mut self, range: Range<usize>) {
        if let Some(Open { kind: Kind::Code(_), .. }) = self.open.last() {
            return self.code_lines(range);
        }
        if self.n_verbatim > 0 {
            return;
        }
        let dialect = &self.placed.page.dialect;
        for (offset, byte) in self.source[range.clone()].bytes().enumerate() {
            let at = range.start + offset;
            let repeats = || at > 0 && self.source.as_bytes()[at - 1] == byte;
            let is_special = match byte {
                b'$' => !dialect.math,
                b'-' | b'.' => dialect.plain_punctuation && repeats(),
                _ => false,
            };
            if is_special && !self.is_escaped(at) {
                self.edits.push(Edit::new(at..at, "\\"));
            }
        }
    }

    fn is_escaped(&self, at: usize) -> bool {
        let before = self.source.as_bytes().get(..at).unwrap_or_default();
        before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
    }

    fn formula(&mut self, tex: &str, range: Range<usize>) {
        if is_readable(tex) {
            return;
        }
        let ticks = "`".repeat(tex.split(|letter| letter != '`').map(str::len).max().unwrap_or(0) + 1);
        let line = tex.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = if line.is_empty() { "$".to_owned() } else { line };
        self.note(range.start, NoteKind::Formula, "a formula that cannot be read; it became code");
        self.edits.push(Edit::new(range, format!("{ticks} {line} {ticks}")));
    }

    /// `## Text {#name .class}`: an academy names headings itself. The chosen name stays as a place to link to.
    fn close_heading(&mut self, open: &Open, id: Option<&str>, has_more: bool) {
        let start = open.range.start;
        let rises = self.placed.outline.rises;
        if rises > 0 && self.source[start..].starts_with(&"#".repeat(rises + 1)) {
            self.edits.push(Edit::new(start..start + rises, ""));
        }
        if id.is_none() && !has_more {
            return;
        }
        let tail = open.inner_end..open.range.end;
        let braces = self.source.get(tail.clone()).and_then(|rest| {
            let start = rest.find('{')?;
            Some(tail.start + rest[..start].trim_end().len()..tail.start + rest.rfind('}')? + 1)
        });
        let Some(braces) = braces else { return };
        self.edits.push(Edit::new(braces, ""));
        if has_more {
            let message = "classes and attributes of this heading are left out";
            self.note(open.range.start, NoteKind::Heading, message);
        }
        let at = open.inner_start.unwrap_or(open.inner_end);
        let is_plain =
            |id: &str| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte));
        if let Some(id) = id.filter(|id| is_plain(id) && !self.placed.outline.ours.contains(*id)) {
            self.edits.push(Edit::new(at..at, format!("<a id=\"{id}\"></a>")));
        }
    }

    fn note(&mut self, at: usize, kind: NoteKind, message: impl Into<String>) {
        self.shared.notes.add(&self.placed.page.source, self.text.line_at(at), kind, message);
    }
}

/// Whether the code block is one of a fence.
fn info_of<'a>(kind: &'a CodeBlockKind<'_>) -> Option<&'a str> {
    match kind {
        CodeBlockKind::Fenced(info) => Some(info),
        CodeBlockKind::Indented => None,
    }
}
