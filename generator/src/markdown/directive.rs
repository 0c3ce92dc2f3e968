//! Lines that stand for structure: `::: name`, `:::`, and inside of some blocks `== part` and `= answer`.
//!
//! The parser does not know them. Before it reads a text, each such line is replaced by a thematic break of the same
//! length: that is a block of its own wherever a block can start, ends whatever paragraph is above it, and stays text
//! in code. Where the parser then finds a break, there was such a line; everywhere else the line is put back.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser};

/// One line of structure. Places are in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Directive {
    Open {
        name: Range<usize>,
        rest: Range<usize>,
        n_colons: usize,
    },
    Close {
        n_colons: usize,
    },
    /// `== label`: a tab, or a question.
    Part {
        label: Range<usize>,
    },
    /// `= answer`.
    Answer {
        text: Range<usize>,
    },
}

/// The lines of structure of a text, by where they start in the file.
#[derive(Debug, Default)]
pub(super) struct Directives {
    /// The text with breaks in their place; nothing when there are none.
    pub(super) masked: Option<String>,
    lines: BTreeMap<usize, (Directive, Range<usize>)>,
}

/// How often lines are put back and the rest looked at again. Twice is enough for everything that we could think of.
const MAX_ROUNDS: usize = 4;

impl Directives {
    /// Finds the lines in `source[range]`. Cost: nothing for a text without `:::`, else one more parse.
    pub(super) fn find(source: &str, range: Range<usize>, options: Options) -> Self {
        if !source[range.clone()].contains(":::") {
            return Self::default();
        }
        let mut lines = candidates(source, range.clone());
        for _ in 0..MAX_ROUNDS {
            if lines.is_empty() {
                break;
            }
            let masked = masked(&source[range.clone()], range.start, &lines);
            let real = real_lines(source, &masked, range.start, &lines, options);
            if real.len() == lines.len() {
                return Self { masked: Some(masked), lines };
            }
            lines.retain(|start, _| real.contains(start));
        }
        Self::default()
    }

    /// Whether a block of this name begins.
    pub(super) fn opens(&self, source: &str, wanted: &str) -> bool {
        let is_wanted = |directive: &Directive| matches!(directive, Directive::Open { name, .. } if &source[name.clone()] == wanted);
        self.lines.values().any(|(directive, _)| is_wanted(directive))
    }

    /// The line of structure that this break stands for, and its place.
    pub(super) fn at(&self, span: &Range<usize>) -> Option<&(Directive, Range<usize>)> {
        if self.lines.is_empty() { None } else { self.lines.range(span.clone()).next().map(|(_, line)| line) }
    }
}

fn candidates(source: &str, range: Range<usize>) -> BTreeMap<usize, (Directive, Range<usize>)> {
    let mut lines = BTreeMap::new();
    let mut at = range.start;
    for line in source[range].split_inclusive('\n') {
        let text = line.trim_start_matches([' ', '\t']);
        let start = at + line.len() - text.len();
        at += line.len();
        if text.starts_with([':', '=']) {
            let text = text.trim_end();
            if let Some(directive) = directive(text, start) {
                lines.insert(start, (directive, start..start + text.len()));
            }
        }
    }
    lines
}

/// Reads one line that starts at `start` of the file.
fn directive(text: &str, start: usize) -> Option<Directive> {
    let end = start + text.len();
    if let Some(label) = text.strip_prefix("== ") {
        return (!label.trim().is_empty()).then_some(Directive::Part { label: start + 3..end });
    }
    if text.starts_with("= ") {
        return (text.len() > 2).then_some(Directive::Answer { text: start + 2..end });
    }
    let inner = text.trim_start_matches(':');
    let n_colons = text.len() - inner.len();
    if n_colons < 3 {
        return None;
    }
    let inner = inner.trim_start();
    if inner.is_empty() {
        return Some(Directive::Close { n_colons });
    }
    let name = end - inner.len();
    let n_name = inner.find(char::is_whitespace).unwrap_or(inner.len());
    let rest = inner[n_name..].trim_start();
    Some(Directive::Open { name: name..name + n_name, rest: end - rest.len()..end, n_colons })
}

fn masked(text: &str, from: usize, lines: &BTreeMap<usize, (Directive, Range<usize>)>) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for (_, span) in lines.values() {
        masked.push_str(&text[at..span.start - from]);
        masked.extend(std::iter::repeat_n('*', span.len()));
        at = span.end - from;
    }
    masked.push_str(&text[at..]);
    masked
}

/// The lines that are breaks for the parser and stand where they mean something.
fn real_lines(
    source: &str,
    masked: &str,
    from: usize,
    lines: &BTreeMap<usize, (Directive, Range<usize>)>,
    options: Options,
) -> Vec<usize> {
    let mut real = Vec::new();
    let mut open: Vec<(&str, bool)> = Vec::new();
    for (event, range) in Parser::new_ext(masked, options).into_offset_iter() {
        if event != Event::Rule {
            continue;
        }
        let Some((start, (directive, _))) = lines.range(from + range.start..from + range.end).next() else {
            continue;
        };
        let means_something = match directive {
            Directive::Open { name, .. } => {
                open.push((&source[name.clone()], false));
                true
            }
            Directive::Close { .. } => {
                open.pop();
                true
            }
            Directive::Part { .. } => match open.last_mut() {
                Some((name, has_parts)) => {
                    *has_parts = true;
                    matches!(*name, "tabs" | "quiz" | "survey")
                }
                None => false,
            },
            Directive::Answer { .. } => {
                matches!(open.last(), Some(("quiz" | "survey", true)))
            }
        };
        if means_something {
            real.push(*start);
        }
    }
    real
}

/// What stands behind the name of a block that has attributes: `intro.mp4 captions="a b.vtt" The title`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments {
    /// `key=value`, and the place of both in the text that was read.
    pub(super) attributes: Vec<(String, String, Range<usize>)>,
    /// The other words.
    pub(super) words: Vec<(String, Range<usize>)>,
}

impl Arguments {
    /// Splits the text. The error is the place of a quotation mark without an end.
    pub(super) fn parse(text: &str) -> Result<Self, usize> {
        let mut arguments = Self::default();
        let mut at = 0;
        while let Some(skipped) = text[at..].find(|letter: char| !letter.is_whitespace()) {
            at += skipped;
            let rest = &text[at..];
            let n_key = rest.find(|letter: char| !letter.is_ascii_lowercase()).unwrap_or(rest.len());
            let is_attribute = n_key > 0 && rest[n_key..].starts_with('=');
            let value = if is_attribute { &rest[n_key + 1..] } else { rest };
            let n_value = if is_attribute && value.starts_with('"') {
                value[1..].find('"').ok_or(at + n_key + 1)? + 2
            } else {
                value.find(char::is_whitespace).unwrap_or(value.len())
            };
            let end = at + rest.len() - value.len() + n_value;
            let word = value[..n_value].trim_matches('"').to_owned();
            if is_attribute {
                arguments.attributes.push((rest[..n_key].to_owned(), word, at..end));
            } else {
                arguments.words.push((value[..n_value].to_owned(), at..end));
            }
            at = end;
        }
        Ok(arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> String {
        let directives = Directives::find(text, 0..text.len(), Options::ENABLE_TASKLISTS);
        let kind = |directive: &Directive| match directive {
            Directive::Open { name, rest, .. } => format!("{}({})", &text[name.clone()], &text[rest.clone()]),
            Directive::Close { n_colons } => format!("/{n_colons}"),
            Directive::Part { label } => format!("=={}", &text[label.clone()]),
            Directive::Answer { text: answer } => format!("={}", &text[answer.clone()]),
        };
        directives.lines.values().map(|(directive, _)| kind(directive)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lines_of_structure_are_found() {
        for (text, expected) in [
            ("a ::: b", ""),
            ("::: note A title\ntext\n:::\n", "note(A title) /3"),
            ("::::tabs\n== 一\n\n== b\n::::", "tabs() ==一 ==b /4"),
            ("- a\n  ::: tip\n  b\n  :::\n", "tip() /3"),
            ("::: note\n== no part\n= no answer\n:::", "note() /3"),
            ("::: quiz\n== q\n= 42\n:::\n\n= 7\n", "quiz() ==q =42 /3"),
            ("```\n::: note\n```\n\n::: tip\n:::", "tip() /3"),
            ("    ::: code\n", ""),
            ("<div>\n::: html\n</div>\n\n::: tip\n:::", "tip() /3"),
            ("::: note\n```\n:::\n```\n:::\n", "note() /3"),
            ("::\n:::a:b\n", "a:b()"),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn arguments_are_split() {
        let arguments = Arguments::parse("intro.mp4 captions=\"a b.vtt\"  The title").expect("arguments");
        assert_eq!(arguments.attributes, [("captions".to_owned(), "a b.vtt".to_owned(), 10..28)]);
        let words: Vec<&str> = arguments.words.iter().map(|(word, _)| word.as_str()).collect();
        assert_eq!(words, ["intro.mp4", "The", "title"]);
        assert_eq!(Arguments::parse("a=\"b").err(), Some(2));
    }
}
