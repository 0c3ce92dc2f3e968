//! Links from one text to a place in another: checked when all texts are known, also those that were made last time.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;
use crate::markdown::{PageLink, check_page_links};
use crate::source::Source;

/// What the texts of one portion have and what they link to, by path of the file in the content folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Places {
    /// Every `id` of the text.
    pub(crate) anchors: BTreeMap<String, BTreeSet<String>>,
    /// Only of texts that have such links.
    pub(crate) links: BTreeMap<String, Vec<PageLink>>,
}

/// Reports every link to a place that its page does not have.
pub(crate) fn check(source: &Source, all: &[&Places], found: &mut Vec<Diagnostic>) {
    let known: BTreeMap<&str, &BTreeSet<String>> = all
        .iter()
        .flat_map(|places| &places.anchors)
        .map(|(path, anchors)| (path.as_str(), anchors))
        .collect();
    let anchors = |path: &str| known.get(path).copied();
    for (path, links) in all.iter().flat_map(|places| &places.links) {
        if let Some(text) = source.text(path) {
            check_page_links(text, links, anchors, found);
        }
    }
}
