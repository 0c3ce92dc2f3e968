//! Checks that blocks open and close, while a text is read.

use std::ops::Range;

use super::directive::Directive;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::model::Body;

/// The blocks that there are.
pub(super) const NAMES: [&str; 15] = [
    "tabs",
    "note",
    "tip",
    "important",
    "warning",
    "caution",
    "details",
    "figure",
    "problem",
    "solution",
    "video",
    "audio",
    "quiz",
    "survey",
    "challenge",
];

/// A block whose end has not been seen.
#[derive(Debug)]
struct Open {
    name: String,
    n_colons: usize,
    /// How deep in Markdown it stands.
    depth: usize,
    n_parts: usize,
    span: Range<usize>,
}

/// The blocks that are open.
#[derive(Debug, Default)]
pub(super) struct Containers(Vec<Open>);

impl Containers {
    pub(super) fn depth(&self) -> usize {
        self.0.len()
    }

    /// Takes note of a line of structure. Whether it means something where it stands.
    pub(super) fn line(
        &mut self,
        line: &(Directive, Range<usize>),
        depth: usize,
        body: &Body,
        found: &mut Vec<Diagnostic>,
    ) -> bool {
        let (directive, span) = line;
        match directive {
            Directive::Open { name, n_colons, .. } => {
                let shown = &body.text.source[name.clone()];
                let is_known = NAMES.contains(&shown);
                if !is_known {
                    found.push(unknown(shown, name, body));
                } else if let Some(form) = self.0.last().filter(|open| is_form(&open.name)) {
                    let message = format!("`::: {shown}` inside of a {}, expected none there", form.name);
                    let hint = "close the one before the other opens";
                    found.push(body.text.error(Code::BadBlock, span.clone(), message).hint(hint));
                }
                let name = shown.to_owned();
                self.0.push(Open { name, n_colons: *n_colons, depth, n_parts: 0, span: span.clone() });
                is_known
            }
            Directive::Close { n_colons } => self.close(*n_colons, depth, span, body, found),
            Directive::Part { .. } => {
                let Some(open) = self.0.last_mut().filter(|open| open.depth == depth) else {
                    let message = "a part inside of a list or quote, expected it where its block stands";
                    let hint = "indent it like the `:::` of its block";
                    found.push(body.text.error(Code::BadBlock, span.clone(), message).hint(hint));
                    return false;
                };
                open.n_parts += 1;
                true
            }
            Directive::Answer { .. } => true,
        }
    }

    fn close(
        &mut self,
        n_colons: usize,
        depth: usize,
        span: &Range<usize>,
        body: &Body,
        found: &mut Vec<Diagnostic>,
    ) -> bool {
        // More colons close what was opened with as many: what is in between has been forgotten.
        if let Some(at) = self.0.iter().rposition(|open| open.n_colons == n_colons && open.depth == depth) {
            self.forgotten(at + 1, body, found);
        }
        match self.0.last() {
            Some(open) if open.depth == depth => {
                let open = self.0.pop().expect("the last one");
                if matches!(open.name.as_str(), "tabs" | "quiz" | "survey") && open.n_parts == 0 {
                    let message = format!("`::: {}` without parts, expected at least one", open.name);
                    let hint = "start each part with a line such as `== Linux`";
                    found.push(body.text.error(Code::BadBlock, open.span, message).hint(hint));
                }
                NAMES.contains(&open.name.as_str())
            }
            open => {
                let message = "`:::` closes nothing here, expected an open block";
                let hint = if open.is_some() {
                    "indent it like the line that opened the block"
                } else {
                    "remove it, or open a block with a name such as `::: note`"
                };
                found.push(body.text.error(Code::UnbalancedBlock, span.clone(), message).hint(hint));
                false
            }
        }
    }

    /// Markdown has ended down to this depth: blocks that were opened in it must be closed.
    pub(super) fn leave(&mut self, depth: usize, body: &Body, found: &mut Vec<Diagnostic>) {
        let n_kept = self.0.iter().take_while(|open| open.depth <= depth).count();
        self.forgotten(n_kept, body, found);
    }

    /// The text has ended.
    pub(super) fn finish(&mut self, body: &Body, found: &mut Vec<Diagnostic>) {
        self.forgotten(0, body, found);
    }

    fn forgotten(&mut self, from: usize, body: &Body, found: &mut Vec<Diagnostic>) {
        for open in self.0.drain(from.min(self.0.len())..) {
            let message = format!("`::: {}` is not closed, expected a line `:::`", open.name);
            let error = body.text.error(Code::UnbalancedBlock, open.span, message);
            found.push(error.hint("close it, indented like its first line"));
        }
    }
}

fn is_form(name: &str) -> bool {
    matches!(name, "quiz" | "survey" | "challenge")
}

fn unknown(shown: &str, name: &Range<usize>, body: &Body) -> Diagnostic {
    let message = format!(
        "unknown block `{shown}`, expected one of {}",
        NAMES.map(|name| format!("`{name}`")).join(", ")
    );
    let hint = nearest(shown, NAMES).map_or_else(
        || "put the lines into a code block to show them".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    body.text.error(Code::UnknownBlock, name.clone(), message).hint(hint)
}
