//! The plain text of a page, heading by heading, for search.

use serde::{Deserialize, Serialize};

/// What stands under one heading, or above the first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Passage {
    /// The `id` of the heading; nothing above the first.
    pub(crate) anchor: Option<String>,
    pub(crate) heading: String,
    /// Text without markup: code as it is, formulas as TeX, no answers of quizzes.
    pub(crate) text: String,
}

/// The passages so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Passages {
    done: Vec<Passage>,
    current: Passage,
}

impl Passages {
    /// A heading begins the next passage.
    pub(super) fn start(&mut self, anchor: &str, heading: &str) {
        let next =
            Passage { anchor: Some(anchor.to_owned()), heading: heading.to_owned(), text: String::new() };
        self.close(next);
    }

    fn close(&mut self, next: Passage) {
        let mut passage = std::mem::replace(&mut self.current, next);
        passage.text.truncate(passage.text.trim_end().len());
        if !passage.text.is_empty() || passage.anchor.is_some() {
            self.done.push(passage);
        }
    }

    pub(super) fn add(&mut self, text: &str) {
        self.current.text.push_str(text);
    }

    /// A block ends: what follows is another word.
    pub(super) fn gap(&mut self) {
        if !self.current.text.is_empty() && !self.current.text.ends_with([' ', '\n']) {
            self.current.text.push(' ');
        }
    }

    pub(super) fn add_block(&mut self, text: &str) {
        self.gap();
        self.add(text.trim_end());
        self.gap();
    }

    pub(super) fn finish(mut self) -> Vec<Passage> {
        self.close(Passage::default());
        self.done
    }
}
