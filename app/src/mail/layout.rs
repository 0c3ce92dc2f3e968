//! The one HTML layout of mails.
//!
//! Styles stand in the elements, because that is what mail programs read. There are no colours but the button's own
//! border, so that light and dark programs show it in theirs; and nothing is loaded from anywhere.

use maud::{DOCTYPE, Markup, html};

use super::Paragraph;
use crate::page::Frame;

const PAGE: &str = "margin:0 auto;max-width:36em;padding:1.5em 1em;\
    font:16px/1.6 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif";
const SITE: &str = "margin:0 0 1.5em;font-weight:600";
const CODE: &str = "margin:1em 0;font-size:2em;font-weight:600;letter-spacing:.15em";
const BUTTON: &str = "display:inline-block;padding:.6em 1.2em;border:2px solid;border-radius:.4em;font-weight:600;\
    text-decoration:none";
const RULE: &str = "margin:2em 0 1em;border:0;border-top:1px solid";
const FOOT: &str = "margin:.5em 0;font-size:.85em;overflow-wrap:anywhere";

/// The HTML of a mail. Everything that is filled in is text.
pub(super) fn html(frame: &Frame, subject: &str, home: &str, paragraphs: &[Paragraph]) -> String {
    let is_foot = |paragraph: &&Paragraph| matches!(paragraph, Paragraph::Foot(_) | Paragraph::FootLink(_));
    let page = html! {
        (DOCTYPE)
        html lang=(frame.language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (subject) }
            }
            body style="margin:0" {
                div style=(PAGE) {
                    p style=(SITE) { a href=(home) style="color:inherit;text-decoration:none" { (frame.site_title()) } }
                    @for paragraph in paragraphs.iter().filter(|paragraph| !is_foot(paragraph)) { (part(paragraph)) }
                    @if paragraphs.iter().any(|paragraph| is_foot(&paragraph)) { hr style=(RULE); }
                    @for paragraph in paragraphs.iter().filter(is_foot) { (part(paragraph)) }
                }
            }
        }
    };
    page.into_string()
}

fn part(paragraph: &Paragraph) -> Markup {
    html! {
        @match paragraph {
            Paragraph::Text(text) => p style="margin:1em 0" { (lines(text)) },
            Paragraph::Code(code) => p style=(CODE) { (code) },
            Paragraph::Button(button) => p style="margin:1.5em 0" { a href=(button.url) style=(BUTTON) { (button.label) } },
            Paragraph::Foot(text) => p style=(FOOT) { (lines(text)) },
            Paragraph::FootLink(url) => p style=(FOOT) { a href=(url) { (url) } },
        }
    }
}

fn lines(text: &str) -> Markup {
    html! { @for (idx, line) in text.lines().enumerate() { @if idx > 0 { br; } (line) } }
}
