//! Mails: from a fact and the texts of the theme to subject, plain text and HTML.
//!
//! A text is paragraphs with an empty line between them. A paragraph that is nothing but `{link}` or `{code}` becomes
//! a button or large digits in HTML; one that is empty once its places are filled is left out. Plain text and HTML are
//! written from the same paragraphs, so they say the same.

pub(crate) mod door;
mod drain;
mod layout;
mod notice;
pub(crate) mod unsubscribe;

pub use drain::Drained;

use crate::page::Frame;
use crate::ports::Mail;
use crate::token;

/// The most characters of a subject. Longer ones are cut by most programs anyway.
const MAX_SUBJECT_CHARS: usize = 150;

/// One paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Paragraph {
    /// Lines of text.
    Text(String),
    /// Digits to type.
    Code(String),
    /// Something to open.
    Button(Button),
    /// What stands below the mail.
    Foot(String),
    /// An address below the mail.
    FootLink(String),
}

/// Where a mail leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Button {
    /// What the button says.
    pub(crate) label: String,
    /// The whole address.
    pub(crate) url: String,
}

/// A mail in the making.
pub(crate) struct Draft<'a> {
    frame: &'a Frame,
    subject: String,
    paragraphs: Vec<Paragraph>,
    list_unsubscribe: Option<String>,
}

impl<'a> Draft<'a> {
    /// A mail with the texts of these two keys.
    pub(crate) fn new(
        frame: &'a Frame,
        (subject, text): (&str, &str),
        values: &[(&str, &str)],
        button: Option<&Button>,
    ) -> Self {
        let template = frame.text(text);
        let paragraphs = template.split("\n\n").filter_map(|paragraph| match (paragraph.trim(), button) {
            ("{link}", Some(button)) => Some(Paragraph::Button(button.clone())),
            ("{link}", None) => None,
            ("{code}", _) => Some(Paragraph::Code(Frame::fill_in("{code}", values))),
            (template, _) => {
                let filled = Frame::fill_in(template, values);
                (!filled.trim().is_empty()).then_some(Paragraph::Text(filled))
            }
        });
        let paragraphs = paragraphs.collect();
        Self { frame, subject: frame.fill(subject, values), paragraphs, list_unsubscribe: None }
    }

    /// The mail to this address. `fact` says what it is about: a second mail about the same has the same id, by which
    /// mail services and readers see that it is a repetition.
    pub(crate) fn into_mail(self, origin: Option<&str>, to: &str, fact: &str) -> Mail {
        let subject = one_line(&self.subject, MAX_SUBJECT_CHARS);
        let home = self.frame.absolute(origin, "/");
        Mail {
            to: to.to_owned(),
            text: plain(&self.paragraphs),
            html: layout::html(self.frame, &subject, &home, &self.paragraphs),
            subject,
            list_unsubscribe: self.list_unsubscribe,
            message_id: message_id(&home, fact),
        }
    }
}

fn plain(paragraphs: &[Paragraph]) -> String {
    let mut text = String::new();
    for (idx, paragraph) in paragraphs.iter().enumerate() {
        if idx > 0 {
            text.push_str("\n\n");
        }
        text.push_str(match paragraph {
            Paragraph::Text(text) | Paragraph::Foot(text) | Paragraph::Code(text) => text,
            Paragraph::Button(button) => &button.url,
            Paragraph::FootLink(url) => url,
        });
    }
    text.push('\n');
    text
}

/// `<hash of the fact>@<host of the site>`, without angle brackets.
fn message_id(home: &str, fact: &str) -> String {
    let authority =
        home.split_once("://").map_or(home, |(_, rest)| rest).split('/').next().unwrap_or_default();
    let host = authority.split([':', '@']).next().filter(|host| !host.is_empty()).unwrap_or("localhost");
    let hash = token::hash(&["ly/mail/1", fact]);
    format!("{}@{host}", hash.get(..32).unwrap_or_default())
}

/// Text in one line: whatever could end a header, turn the direction of writing or hide becomes a blank.
fn one_line(text: &str, max_chars: usize) -> String {
    let visible: String = text.chars().map(|char| if is_visible(char) { char } else { ' ' }).collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    words.join(" ").chars().take(max_chars).collect()
}

fn is_visible(char: char) -> bool {
    let is_mark = matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    !char.is_control() && !is_mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_line() {
        assert_eq!(one_line("a\r\nBcc: b@c.org\u{2028}x\u{0}y", 99), "a Bcc: b@c.org x y");
        assert_eq!(one_line("\u{202e}evil", 99), "evil");
        assert_eq!(one_line(&"语".repeat(200), 150).chars().count(), 150);
    }

    #[test]
    fn a_message_id_names_the_fact_and_the_site() {
        let id = message_id("https://academy.example/zh/", "order-paid:1");
        assert!(id.ends_with("@academy.example") && id.len() == 32 + 16, "{id}");
        assert_eq!(id, message_id("https://academy.example/", "order-paid:1"));
        assert_ne!(id, message_id("https://academy.example/", "order-paid:2"));
        assert!(message_id("http://127.0.0.1:8000/", "x").ends_with("@127.0.0.1"));
        assert!(message_id("", "x").ends_with("@localhost"));
    }
}
