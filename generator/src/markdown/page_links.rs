//! Links to places: on this page, and on others.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::writer::Writer;
use crate::diagnostic::{Code, Diagnostic, TextFile, nearest};
use crate::links::{decoded, has_scheme};

/// A link to a place on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PageLink {
    /// The file whose text is on that page, by path in the content folder.
    pub(crate) target: String,
    /// What stands behind `#`, decoded.
    pub(crate) anchor: String,
    /// Where the link stands in the file.
    pub(crate) span: Range<usize>,
}

/// Reports every link of a text that leads to a place which its page does not have. `anchors` knows the places of a
/// text by the path of its file, and nothing of files that are not texts.
pub(crate) fn check_page_links<'a>(
    text: &TextFile,
    links: &[PageLink],
    anchors: impl Fn(&str) -> Option<&'a BTreeSet<String>>,
    found: &mut Vec<Diagnostic>,
) {
    let mut n_found = 0;
    for link in links {
        let Some(known) = anchors(&link.target).filter(|known| !known.contains(&link.anchor)) else {
            continue;
        };
        let message =
            format!("`{}` has no place `#{}`, expected one of its headings", link.target, link.anchor);
        n_found += 1;
        let names = (n_found <= MAX_HINTS).then_some(known);
        found.push(broken(text, link.span.clone(), message, &link.anchor, names));
    }
}

/// The dead links of a text for which the name is looked for that was meant.
pub(super) const MAX_HINTS: usize = 20;

/// Without `known`, the name that was meant is not looked for.
fn broken(
    text: &TextFile,
    span: Range<usize>,
    message: String,
    anchor: &str,
    known: Option<&BTreeSet<String>>,
) -> Diagnostic {
    let names = known.into_iter().flatten().map(String::as_str);
    let hint = nearest(anchor, names).map_or_else(
        || "the place of a heading is its text in lower case, with `-` between words".to_owned(),
        |near| format!("did you mean `#{near}`?"),
    );
    text.error(Code::BrokenAnchor, span, message).hint(hint)
}

impl Writer<'_, '_> {
    /// Takes note of where a link leads, and warns of addresses that are programs.
    pub(super) fn note_link(&mut self, link: &str, span: &Range<usize>) {
        let scheme = link.split(':').next().unwrap_or_default().trim();
        if has_scheme(link)
            && ["javascript", "vbscript", "data"].iter().any(|bad| scheme.eq_ignore_ascii_case(bad))
        {
            let message = format!("a link to `{scheme}:`, which the site's content policy does not run");
            return self.warn_unsafe(span, message);
        }
        let Some((path, anchor)) =
            link.split_once('#').filter(|_| !has_scheme(link) && !link.starts_with('/'))
        else {
            return;
        };
        let anchor = decoded(anchor);
        let page = path.split('?').next().unwrap_or_default();
        if page.is_empty() {
            self.places.push((anchor, span.clone()));
        } else if let Some(target) =
            self.context.links.page_file(&self.body.path, page, self.context.language)
        {
            let span = self.place_of(link, span);
            self.page_links.push(PageLink { target, anchor, span });
        }
    }

    /// Links to places on this page, once all of them are known.
    pub(super) fn check_places(&mut self, known: &BTreeSet<String>) {
        let mut n_found = 0;
        for (anchor, span) in std::mem::take(&mut self.places) {
            if !known.contains(&anchor) && !matches!(anchor.as_str(), "" | "top") {
                let message = format!("`#{anchor}` is not on this page, expected one of its headings");
                let span = self.place_of(&format!("#{anchor}"), &span);
                n_found += 1;
                let names = (n_found <= MAX_HINTS).then_some(known);
                self.diagnostics.push(broken(&self.body.text, span, message, &anchor, names));
            }
        }
    }
}
