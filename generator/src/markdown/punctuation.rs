//! Punctuation of texts that are no Markdown: titles, summaries, names.

use pulldown_cmark::{Event, Options, Parser};

/// Stands before each line so that it starts no list, and counts as a space for the quotation mark behind it.
const GUARD: char = '\u{a0}';

/// The text with the quotation marks, dashes and ellipses that the same letters become in a body. The parser of bodies
/// decides; everything else that means something to it is escaped.
pub(crate) fn punctuated(text: &str) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn line(text: &str) -> String {
    if !text.contains(['"', '\'', '-', '.']) {
        return text.to_owned();
    }
    let mut markdown = String::with_capacity(text.len() + 16);
    markdown.push(GUARD);
    for letter in text.chars() {
        if letter.is_ascii_punctuation() && !matches!(letter, '"' | '\'' | '-' | '.') {
            markdown.push('\\');
        }
        markdown.push(letter);
    }
    let mut out = String::with_capacity(markdown.len());
    for event in Parser::new_ext(&markdown, Options::ENABLE_SMART_PUNCTUATION) {
        if let Event::Text(piece) = event {
            out.push_str(&piece);
        }
    }
    out.split_off(GUARD.len_utf8().min(out.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_punctuated_like_bodies() {
        for (text, expected) in [
            ("\"Active\" -- it's what we don't count...", "“Active” – it’s what we don’t count…"),
            ("say 'no'---twice", "say ‘no’—twice"),
            ("a (\"b\")", "a (“b”)"),
            ("*a* `b` <c> [d](e) & &amp; \\ $x$ ~~y~~ #", "*a* `b` <c> [d](e) & &amp; \\ $x$ ~~y~~ #"),
            ("1. first", "1. first"),
            ("- a dash", "- a dash"),
            ("---", "—"),
            ("所有权：“移动”...", "所有权：“移动”…"),
            ("two\nlines...", "two\nlines…"),
            ("", ""),
        ] {
            assert_eq!(punctuated(text), expected, "{text}");
        }
    }
}
