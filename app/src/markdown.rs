//! Comments are Markdown, and only a safe part of it becomes HTML.
//!
//! The parser's events pass a list of what is allowed; everything else, raw HTML first of all, becomes text.
//! This is the only function that turns a reader's words into HTML.

use std::fmt::Write;

use maud::{Escaper, PreEscaped};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Turns a comment into HTML: paragraphs, emphasis, code, lists, quotes, strikethrough and links to
/// `http`, `https` and `mailto`. Images become their text. Cost: linear in the text.
pub(crate) fn render(markdown: &str) -> PreEscaped<String> {
    let mut html = String::with_capacity(markdown.len() * 3 / 2);
    let mut links = Vec::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                let is_safe = is_safe_link(&dest_url);
                links.push(is_safe);
                if is_safe {
                    html.push_str("<a rel=\"nofollow ugc noopener\" href=\"");
                    text(&mut html, &dest_url);
                    html.push_str("\">");
                }
            }
            Event::End(TagEnd::Link) => {
                if links.pop() == Some(true) {
                    html.push_str("</a>");
                }
            }
            Event::Start(tag) => html.push_str(open(&tag)),
            Event::End(tag) => html.push_str(close(tag)),
            Event::Code(code) => {
                html.push_str("<code>");
                text(&mut html, &code);
                html.push_str("</code>");
            }
            Event::SoftBreak => html.push('\n'),
            Event::HardBreak => html.push_str("<br>"),
            Event::Rule => html.push_str("<hr>"),
            Event::Text(words)
            | Event::Html(words)
            | Event::InlineHtml(words)
            | Event::InlineMath(words)
            | Event::DisplayMath(words)
            | Event::FootnoteReference(words) => text(&mut html, &words),
            Event::TaskListMarker(_) => {}
        }
    }
    PreEscaped(html)
}

fn text(html: &mut String, words: &str) {
    // Writing to a string cannot fail.
    let _ = Escaper::new(html).write_str(words);
}

/// Headings become strong paragraphs: a comment must not change the outline of the page.
fn open(tag: &Tag<'_>) -> &'static str {
    match tag {
        Tag::Paragraph | Tag::HtmlBlock => "<p>",
        Tag::Heading { .. } => "<p><strong>",
        Tag::BlockQuote(_) => "<blockquote>",
        // Long lines scroll, so the keyboard must reach them.
        Tag::CodeBlock(_) => "<pre tabindex=\"0\"><code>",
        Tag::List(Some(_)) => "<ol>",
        Tag::List(None) => "<ul>",
        Tag::Item => "<li>",
        Tag::Emphasis => "<em>",
        Tag::Strong => "<strong>",
        Tag::Strikethrough => "<del>",
        _ => "",
    }
}

fn close(tag: TagEnd) -> &'static str {
    match tag {
        TagEnd::Paragraph | TagEnd::HtmlBlock => "</p>",
        TagEnd::Heading(_) => "</strong></p>",
        TagEnd::BlockQuote(_) => "</blockquote>",
        TagEnd::CodeBlock => "</code></pre>",
        TagEnd::List(true) => "</ol>",
        TagEnd::List(false) => "</ul>",
        TagEnd::Item => "</li>",
        TagEnd::Emphasis => "</em>",
        TagEnd::Strong => "</strong>",
        TagEnd::Strikethrough => "</del>",
        _ => "",
    }
}

/// Schemes are allowed, not forbidden; an address without one is not, because it would mean this site.
fn is_safe_link(address: &str) -> bool {
    let address = address.to_ascii_lowercase();
    ["https://", "http://", "mailto:"].iter().any(|scheme| address.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(markdown: &str, expected: &str) {
        assert_eq!(render(markdown).0, expected);
    }

    #[test]
    fn the_safe_part_becomes_html() {
        check("**a** `b` ~~c~~", "<p><strong>a</strong> <code>b</code> <del>c</del></p>");
        check(
            "[x](https://a.example/?q=1&r=\"2\")",
            "<p><a rel=\"nofollow ugc noopener\" href=\"https://a.example/?q=1&amp;r=&quot;2&quot;\">x</a></p>",
        );
        check("# big", "<p><strong>big</strong></p>");
        check("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>");
    }

    #[test]
    fn everything_else_is_text() {
        check("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>");
        check("a <img src=x onerror=alert(1)> b", "<p>a &lt;img src=x onerror=alert(1)&gt; b</p>");
        check("[x](javascript:alert(1))", "<p>x</p>");
        check("[x](JaVaScRiPt:alert(1))", "<p>x</p>");
        check("[x](data:text/html,a)", "<p>x</p>");
        check("![alt](https://a.example/i.png)", "<p>alt</p>");
        check("`</code><script>`", "<p><code>&lt;/code&gt;&lt;script&gt;</code></p>");
    }
}
