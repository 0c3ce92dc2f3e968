//! Numbers of footnotes, in the order in which a text refers to them.

use std::collections::{BTreeMap, BTreeSet};

use crate::html::push_attribute;
use crate::texts::Texts;

/// The footnotes that have been referred to so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Footnotes {
    /// Label and number of references.
    seen: Vec<(String, usize)>,
    /// The place of each label in `seen`.
    places: BTreeMap<String, usize>,
}

impl Footnotes {
    /// Appends a reference.
    pub(super) fn push_reference(&mut self, label: &str, out: &mut String, ids: &mut BTreeSet<String>) {
        let idx = self.places.get(label).copied().unwrap_or_else(|| {
            self.seen.push((label.to_owned(), 0));
            self.places.insert(label.to_owned(), self.seen.len() - 1);
            self.seen.len() - 1
        });
        self.seen[idx].1 += 1;
        let number = idx + 1;
        let anchor = reference_anchor(number, self.seen[idx].1);
        out.push_str("<sup class=\"footnote-ref\"><a role=\"doc-noteref\"");
        push_attribute(out, "id", &anchor);
        ids.insert(anchor);
        push_attribute(out, "href", &format!("#fn-{number}"));
        out.push('>');
        out.push_str(&number.to_string());
        out.push_str("</a></sup>");
    }

    /// The label of the footnote with this place, from 0.
    pub(super) fn label(&self, idx: usize) -> Option<&str> {
        self.seen.get(idx).map(|(label, _)| label.as_str())
    }

    /// Links back to every place that refers to the footnote.
    pub(super) fn back_links(&self, idx: usize, texts: &Texts) -> String {
        let mut out = String::new();
        let n_references = self.seen.get(idx).map_or(0, |(_, count)| *count);
        for count in 1..=n_references {
            out.push_str(" <a class=\"footnote-back\" role=\"doc-backlink\"");
            push_attribute(&mut out, "href", &format!("#{}", reference_anchor(idx + 1, count)));
            push_attribute(&mut out, "aria-label", texts.get("footnote_back"));
            out.push_str(">↩</a>");
        }
        out
    }
}

fn reference_anchor(number: usize, count: usize) -> String {
    if count == 1 { format!("fnref-{number}") } else { format!("fnref-{number}-{count}") }
}
