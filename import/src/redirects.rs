//! Old addresses of pages: aliases in the academy, or notes where it cannot answer them.

use std::collections::{BTreeMap, BTreeSet};

use lyceum_contract::paths;

use crate::book::{Academy, Redirect};
use crate::note::{NoteKind, Notes};
use crate::path;
use crate::place::{Plan, printable};
use crate::site::{Site, Target};

/// The most aliases of a page, so that its front matter is not too long.
const MAX_ALIASES: usize = 100;
/// The most bytes of one.
const MAX_BYTES: usize = 300;

/// The aliases of each page, by its index.
pub(crate) fn aliases(
    academy: &Academy,
    plan: &Plan,
    site: &Site<'_>,
    notes: &mut Notes,
) -> BTreeMap<usize, Vec<String>> {
    let mut aliases: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for redirect in &academy.redirects {
        let (to, place) = redirect.to.split_once('#').unwrap_or((&redirect.to, ""));
        let target = site.resolve_address(to);
        let alias = alias(&redirect.from, site.prefix());
        if let (Target::Page { idx, .. }, Some(alias)) = (&target, alias) {
            let of_page = aliases.entry(*idx).or_default();
            if of_page.contains(&alias) {
                continue;
            }
            if of_page.len() < MAX_ALIASES && taken.insert(alias.clone()) {
                if !place.is_empty() {
                    let message =
                        format!("`{alias}` leads to the top of its page, not to `#{}`", printable(place));
                    notes.add(&redirect.file, 0, NoteKind::Redirect, message);
                }
                of_page.push(alias);
                continue;
            }
        }
        let address = match target {
            Target::Page { idx, .. } => plan.pages[idx].address.clone(),
            _ => printable(&redirect.to),
        };
        unanswered(redirect, &address, notes);
    }
    aliases
}

fn unanswered(redirect: &Redirect, address: &str, notes: &mut Notes) {
    let from = printable(&redirect.from);
    let message =
        format!("`{from}` led to another page; let it lead to `{address}` where the academy is hosted");
    notes.add(&redirect.file, 0, NoteKind::Redirect, message);
}

/// An old address as an academy takes it, below the path that the source's site had on its host. Nothing for one that
/// the academy itself may have, or whose letters it does not take.
fn alias(from: &str, prefix: Option<&str>) -> Option<String> {
    let is_folder = from.ends_with('/');
    let path = path::join(prefix.unwrap_or_default(), from)?;
    let (path, is_folder) = match path.strip_suffix("/index.html") {
        Some(folder) => (folder, true),
        None => (path.as_str(), is_folder),
    };
    let first = path.split('/').next().unwrap_or_default();
    let last = path::name(path);
    let is_page = !last.contains('.') || (!is_folder && matches!(path::extension(last), "html" | "htm"));
    let is_own =
        paths::is_reserved(first) || first == "imported" || path == "404.html" || path == "index.html";
    let is_plain = path.len() <= MAX_BYTES && path.split('/').all(paths::is_plain_segment);
    let slash = if last.contains('.') { "" } else { "/" };
    (is_plain && is_page && !is_own).then(|| format!("/{path}{slash}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_academy_takes_addresses_of_pages() {
        for (from, prefix, expected) in [
            ("/old-about/", None, Some("/old-about/")),
            ("old/one", None, Some("/old/one/")),
            ("/a/index.html", None, Some("/a/")),
            ("/old.html", Some("small"), Some("/small/old.html")),
            ("/old.html#part", None, None),
            ("/", None, None),
            ("/index.html", None, None),
            ("/404.html", None, None),
            ("/courses/x/", None, None),
            ("/account/", None, None),
            ("/feed.xml", None, None),
            ("/v1.2/", None, None),
            ("/v1.2/x/", None, Some("/v1.2/x/")),
            ("/../x/", None, None),
            ("/über/", None, None),
            ("/a b/", None, None),
            ("/_x/", None, None),
            ("https://a.example/x", None, None),
        ] {
            assert_eq!(alias(from, prefix).as_deref(), expected, "{from}");
        }
    }
}
