//! The heading being written.

/// A heading and its text so far.
#[derive(Debug)]
pub(super) struct Heading {
    /// Where its HTML starts.
    pub(super) start: usize,
    pub(super) level: u8,
    /// Everything in it, which gives it its anchor.
    pub(super) text: String,
    /// The same without what is struck through.
    kept: String,
    /// The name that the author gave it.
    pub(super) id: Option<String>,
}

impl Heading {
    pub(super) fn new(start: usize, level: u8, id: Option<&str>) -> Self {
        Self { start, level, text: String::new(), kept: String::new(), id: id.map(str::to_owned) }
    }

    pub(super) fn add(&mut self, text: &str, is_struck: bool) {
        self.text.push_str(text);
        if !is_struck {
            self.kept.push_str(text);
        }
    }

    /// What lists of headings say. They cannot strike words through, so they leave them out, unless there are no others.
    pub(super) fn listed(&self) -> String {
        let kept = if self.kept.trim().is_empty() { &self.text } else { &self.kept };
        kept.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
