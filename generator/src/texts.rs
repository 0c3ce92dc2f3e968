//! The texts of a theme in one language.

use std::collections::BTreeMap;

/// Texts by key. What neither the theme nor its English has is the key itself, so that a page never stays empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts(pub(crate) BTreeMap<String, String>);

/// What the Markdown writer says when a theme does not.
const DEFAULTS: [(&str, &str); 26] = [
    ("alert_caution", "Caution"),
    ("alert_important", "Important"),
    ("alert_note", "Note"),
    ("alert_tip", "Tip"),
    ("alert_warning", "Warning"),
    ("app_not_found_title", "This page does not exist"),
    ("block_separator", ": "),
    ("captions", "Captions"),
    ("challenge", "Challenge"),
    ("code_block", "Code"),
    ("code_titled", "Code: {title}"),
    ("details", "Details"),
    ("diagram", "Diagram"),
    ("footnote_back", "Back to the text"),
    ("footnotes", "Footnotes"),
    ("math", "Formula"),
    ("problem", "Problem"),
    ("quiz", "Quiz"),
    ("quiz_answer", "Your answer"),
    ("solution", "Solution"),
    ("survey", "Survey"),
    ("table", "Table"),
    ("tabs", "Variants"),
    ("task_done", "Done"),
    ("task_open", "Not done"),
    ("transcript", "Transcript"),
];

impl Texts {
    /// The text with this key.
    pub(crate) fn get<'a>(&'a self, key: &'a str) -> &'a str {
        let default = || DEFAULTS.iter().find(|(known, _)| *known == key).map_or(key, |(_, text)| text);
        self.0.get(key).map_or_else(default, String::as_str)
    }
}
