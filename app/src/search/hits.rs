//! What is shown of a page: its title, the section that fits best, and the words around.

use std::ops::Range;

use lyceum_contract::search::words;

use super::query::Query;

/// Bytes of text that are shown.
const SHOWN_BYTES: usize = 220;
/// Bytes of them before the first word that was found.
const BEFORE_BYTES: usize = 60;

/// Text in pieces: every second one is what was searched for.
pub(super) type Pieces = Vec<String>;

/// One page that was found.
pub(super) struct Hit {
    /// Address of the section.
    pub(super) address: String,
    /// `members` or `paid` when the reader does not see all of it.
    pub(super) access: String,
    pub(super) title: Pieces,
    /// The course that it is in.
    pub(super) context: String,
    /// The language that it is in, when that is not the page's.
    pub(super) language: String,
    pub(super) heading: Pieces,
    pub(super) text: Pieces,
}

impl Hit {
    /// Reads the line of a page, without number and tag.
    pub(super) fn read(line: &str, query: &Query, is_open: bool) -> Option<Self> {
        let mut fields = line.split('\t');
        let mut next = || fields.next();
        let (address, access, title) = (next()?, next()?, next()?);
        let (context, language) = (next()?, next()?);
        let mut best = ("", "", "");
        let mut most = 0;
        while let (Some(anchor), Some(heading), Some(text)) = (next(), next(), next()) {
            let (in_heading, in_text) = (terms_in(heading, query), terms_in(text, query));
            let worth = 1 + 2 * (in_heading | in_text).count_ones() + in_heading.count_ones();
            if worth > most {
                (best, most) = ((anchor, heading, text), worth);
            }
        }
        let (anchor, heading, text) = best;
        let hash = if anchor.is_empty() { "" } else { "#" };
        Some(Self {
            address: [address, hash, anchor].concat(),
            access: if is_open || access == "free" { String::new() } else { access.to_owned() },
            title: pieces(title, query),
            context: context.to_owned(),
            language: language.to_owned(),
            heading: pieces(heading, query),
            text: pieces(&excerpt(text, query), query),
        })
    }

    /// The fields of a JSON object.
    pub(super) fn push_json(&self, out: &mut String) {
        for (name, text) in [
            ("address", &self.address),
            ("access", &self.access),
            ("context", &self.context),
            ("language", &self.language),
        ] {
            push_json(out, name);
            out.push(':');
            push_json(out, text);
            out.push(',');
        }
        for (name, texts) in [("title", &self.title), ("heading", &self.heading), ("text", &self.text)] {
            push_json(out, name);
            out.push_str(":[");
            for (idx, text) in texts.iter().enumerate() {
                out.push_str(if idx > 0 { "," } else { "" });
                push_json(out, text);
            }
            out.push_str("],");
        }
        out.pop();
    }
}

/// A text as a JSON string. The generator leaves no control characters in a line.
fn push_json(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        if matches!(char, '"' | '\\') {
            out.push('\\');
        }
        out.push(if char.is_control() { ' ' } else { char });
    }
    out.push('"');
}

/// Gives `visit` every place where a word of the query stands, and which of its terms it is.
fn places(text: &str, query: &Query, visit: &mut dyn FnMut(Range<usize>, usize)) {
    words(text, true, &mut |span, word| {
        if let Some((term, n_bytes)) = query.term_of(word) {
            let end = if n_bytes < word.len() { span.start + n_bytes } else { span.end };
            visit(span.start..end, term);
        }
    });
}

/// The terms that stand in a text, one bit each.
fn terms_in(text: &str, query: &Query) -> u32 {
    let mut terms = 0;
    places(text, query, &mut |_, term| terms |= 1 << term);
    terms
}

/// The part of a text in which two terms stand beside each other, else the first.
fn excerpt(text: &str, query: &Query) -> String {
    let mut first: Option<usize> = None;
    let mut last: Option<(usize, usize)> = None;
    let mut pair = None;
    places(text, query, &mut |span, term| {
        first = first.or(Some(span.start));
        let near = last.filter(|(other, at)| *other != term && span.end < at + SHOWN_BYTES - BEFORE_BYTES);
        pair = pair.or(near.map(|(_, at)| at));
        last = Some((term, span.start));
    });
    let start = pair.or(first).unwrap_or(0);
    let from = text.floor_char_boundary(start.saturating_sub(BEFORE_BYTES));
    // Words stay whole where there are gaps between them.
    let gap = text.get(from..start).and_then(|before| before.find(' ')).filter(|_| from > 0);
    let from = from + gap.map_or(0, |at| at + 1);
    let to = text.floor_char_boundary(from + SHOWN_BYTES);
    let rest = text.get(to..).and_then(|rest| rest.find(' ')).filter(|n_bytes| *n_bytes < BEFORE_BYTES);
    let shown = text.get(from..to + rest.unwrap_or(0)).unwrap_or_default();
    let (before, after) = (if from > 0 { "… " } else { "" }, if to < text.len() { " …" } else { "" });
    [before, shown, after].concat()
}

/// Cuts a text at the words of a query.
fn pieces(text: &str, query: &Query) -> Pieces {
    let mut pieces = Pieces::new();
    let mut at = 0;
    places(text, query, &mut |span, _| {
        let Some(found) = text.get(span.start.max(at)..span.end) else { return };
        if span.start > at || pieces.is_empty() {
            pieces.push(text.get(at..span.start).unwrap_or_default().to_owned());
            pieces.push(found.to_owned());
        } else if let Some(last) = pieces.last_mut() {
            last.push_str(found);
        }
        at = span.end;
    });
    if at < text.len() {
        pieces.push(text.get(at..).unwrap_or_default().to_owned());
    }
    pieces
}
