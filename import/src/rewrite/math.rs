//! Formulas: from `MathJax` delimiters to dollar signs, and whether an academy can read them.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use pulldown_latex::config::RenderConfig;
use pulldown_latex::{Parser as TexParser, Storage, push_mathml};

use crate::text::{Edit, Text};

/// The most bytes of one formula in an academy.
const MAX_BYTES: usize = 16 * 1024;
/// The most bytes between two delimiters of `MathJax`, so that one without its partner costs little.
const MAX_SOURCE: usize = 4 * 1024;

/// Whether an academy can show a formula.
pub(crate) fn is_readable(tex: &str) -> bool {
    if tex.len() > MAX_BYTES {
        return false;
    }
    // The generator guards itself in the same way; what it could not show must not get there.
    let rendered = std::panic::catch_unwind(|| {
        let storage = Storage::new();
        let events: Vec<_> = TexParser::new(tex, &storage).collect();
        if events.iter().any(Result::is_err) {
            return false;
        }
        push_mathml(&mut String::new(), events.into_iter(), RenderConfig::default()).is_ok()
    });
    rendered.unwrap_or(false)
}

/// `\\( x \\)` → `$x$`, `\\[ x \\]` → `$$x$$`, outside of code. Dollar signs that are no formula are escaped.
pub(crate) fn from_mathjax(text: &Text, options: Options) -> Text {
    let source = text.as_str();
    let mut edits = Vec::new();
    let mut at = 0;
    for code in code_ranges(source, options) {
        if code.start > at {
            formulas(source, at..code.start, &mut edits);
        }
        at = at.max(code.end);
    }
    if at < source.len() {
        formulas(source, at..source.len(), &mut edits);
    }
    text.edited(edits)
}

/// Code and raw HTML, in order.
fn code_ranges(source: &str, options: Options) -> Vec<Range<usize>> {
    let events = Parser::new_ext(source, options).into_offset_iter();
    let mut ranges: Vec<Range<usize>> = events
        .filter(|(event, _)| {
            let is_block = matches!(event, Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock));
            is_block || matches!(event, Event::Code(_) | Event::InlineHtml(_) | Event::End(TagEnd::HtmlBlock))
        })
        .map(|(_, range)| range)
        .collect();
    ranges.sort_by_key(|range| range.start);
    ranges
}

fn formulas(source: &str, range: Range<usize>, edits: &mut Vec<Edit>) {
    let mut at = range.start;
    while let Some(found) = source[at..range.end].find(['\\', '$']) {
        let start = at + found;
        let rest = &source[start..range.end];
        at = match formula(rest) {
            Some((length, written)) => {
                edits.push(Edit::new(start..start + length, written));
                start + length
            }
            None if rest.starts_with("$$") => start + 2,
            None if rest.starts_with('$') => {
                edits.push(Edit::new(start..start, "\\"));
                start + 1
            }
            // The letter behind a backslash is escaped by it.
            None => start + 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
    }
}

/// The length of a formula that starts here, and how an academy writes it.
fn formula(rest: &str) -> Option<(usize, String)> {
    let (closing, dollars) = match rest.get(..3)? {
        r"\\(" => (r"\\)", "$"),
        r"\\[" => (r"\\]", "$$"),
        _ => return None,
    };
    let window = rest.len().min(MAX_SOURCE);
    let end = rest.as_bytes()[3..window].windows(3).position(|found| found == closing.as_bytes())?;
    let inner = &rest[3..3 + end];
    if inner.trim().is_empty() || inner.contains("\n\n") || inner.contains('$') {
        return None;
    }
    Some((end + 6, format!("{dollars}{}{dollars}", unescaped(inner).trim())))
}

/// Markdown reads `\\` as `\`; a formula between dollar signs is read as it stands.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\\' && letters.peek().is_some_and(char::is_ascii_punctuation) {
            out.extend(letters.next());
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let converted = from_mathjax(&Text::of_file(source, 1), Options::ENABLE_TABLES);
        assert_eq!(converted.as_str(), expected);
    }

    #[test]
    fn delimiters_become_dollars() {
        check(r"a \\( x_1 \\) b", "a $x_1$ b");
        check(r"\\[ \frac{1}{2} \\\\ y \\]", r"$$\frac{1}{2} \\ y$$");
        check(r"costs $5, `\\(x\\)` and $$y$$", r"costs \$5, `\\(x\\)` and $$y$$");
        check("```\n\\\\( x \\\\)\n```\n", "```\n\\\\( x \\\\)\n```\n");
        check("\\\\( x\n\ny \\\\)", "\\\\( x\n\ny \\\\)");
        check(r"\$ \\( no end", r"\$ \\( no end");
    }

    #[test]
    fn formulas_are_tried() {
        assert!(is_readable(r"\frac{1}{2}"));
        assert!(!is_readable(r"\frac{1"));
        assert!(!is_readable(&"x".repeat(20_000)));
    }
}
