//! Markdown within a line: titles of blocks, labels of tabs, questions.

use pulldown_cmark::{Event, Parser, TagEnd};

use super::parse::LYCEUM;
use crate::html::push_escaped;
use crate::math;

/// One line as HTML and as plain text. Code, emphasis, strikethrough and formulas are kept; everything else is its text.
pub(super) fn line(markdown: &str) -> (String, String) {
    let (mut html, mut plain) =
        (String::with_capacity(markdown.len() + 16), String::with_capacity(markdown.len()));
    for event in Parser::new_ext(markdown, LYCEUM.options) {
        match event {
            Event::Text(text) => {
                push_escaped(&mut html, &text);
                plain.push_str(&text);
            }
            Event::Code(code) => {
                html.push_str("<code>");
                push_escaped(&mut html, &code);
                html.push_str("</code>");
                plain.push_str(&code);
            }
            Event::InlineMath(tex) | Event::DisplayMath(tex) => {
                plain.push_str(&tex);
                match math::render(&tex, false) {
                    Ok(mathml) => html.push_str(&mathml),
                    Err(_) => push_escaped(&mut html, &tex),
                }
            }
            Event::Start(tag) => html.push_str(element(tag.to_end()).0),
            Event::End(tag) => html.push_str(element(tag).1),
            _ => {}
        }
    }
    (html, plain)
}

fn element(tag: TagEnd) -> (&'static str, &'static str) {
    match tag {
        TagEnd::Emphasis => ("<em>", "</em>"),
        TagEnd::Strong => ("<strong>", "</strong>"),
        TagEnd::Strikethrough => ("<del>", "</del>"),
        _ => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_markup() {
        let (html, plain) = line("Why `a<b` is *\"so\"* [here](x.md) <b>");
        assert_eq!(html, "Why <code>a&lt;b</code> is <em>“so”</em> here ");
        assert_eq!(plain, "Why a<b is “so” here ");
    }
}
