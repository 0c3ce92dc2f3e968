//! Links: to places of pages, to absolute paths, and to other sites.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::ops::Range;

use flate2::read::GzDecoder;
use lyceum_contract::paths;
use lyceum_contract::seal::{KeyRing, Sealed};
use pulldown_cmark::{Event, LinkType, Tag};

use super::front::head;
use super::texts::Written;
use crate::diagnostic::{Code, Diagnostic, TextFile, nearest};
use crate::output::Site;
use crate::yaml::{Node, Value};

/// A link to another site and where it stands.
#[derive(Debug, Clone)]
pub struct ExternalLink {
    /// `http` or `https`, as it is written.
    pub url: String,
    file: TextFile,
    span: Range<usize>,
}

impl ExternalLink {
    /// A diagnostic about this link.
    pub fn error(&self, code: Code, message: impl Into<String>, hint: impl Into<String>) -> Diagnostic {
        self.file.error(code, self.span.clone(), message).hint(hint)
    }

    /// The same as a warning.
    pub fn warning(&self, code: Code, message: impl Into<String>, hint: impl Into<String>) -> Diagnostic {
        self.error(code, message, hint).warning()
    }
}

/// All links to other sites, those in front matter among them.
pub(super) fn external(written: &[Written<'_>]) -> Vec<ExternalLink> {
    let mut found = Vec::new();
    for text in written {
        let mut add = |url: &str, span: Range<usize>| {
            let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
            if lower.starts_with("http://") || lower.starts_with("https://") {
                found.push(ExternalLink { url: url.to_owned(), file: text.file().clone(), span });
            }
        };
        for (url, span) in targets(text) {
            add(&url, span);
        }
        if let Some(head) = head(text.file()) {
            each_text(&head, &mut add);
        }
    }
    found
}

fn each_text(node: &Node, add: &mut impl FnMut(&str, Range<usize>)) {
    match &node.value {
        Value::Text(text) => add(text, node.span.clone()),
        Value::List(items) => items.iter().for_each(|item| each_text(item, add)),
        Value::Map(entries) => entries.iter().for_each(|(_, item)| each_text(item, add)),
        Value::Null | Value::Typed(_) => {}
    }
}

/// Where links and images of a text lead, as they are written.
fn targets(text: &Written<'_>) -> Vec<(String, Range<usize>)> {
    let target = |event: &Event<'_>| match event {
        Event::Start(Tag::Link { link_type: LinkType::Email, .. }) => None,
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.to_string()),
        _ => None,
    };
    text.events.iter().filter_map(|(event, span)| Some((target(event)?, span.clone()))).collect()
}

/// Places of pages and absolute paths. The site has been built, so every page says itself what is on it.
pub(super) fn check(written: &[Written<'_>], site: &Site, keys: &KeyRing, found: &mut Vec<Diagnostic>) {
    let mut pages = Pages { site, keys, ids: BTreeMap::new() };
    for text in written {
        for (link, span) in targets(text) {
            let Some(address) = address(&link) else { continue };
            let (path, fragment) = address.split_once('#').unwrap_or((&address, ""));
            let path = path.split('?').next().unwrap_or_default();
            let diagnostic = if pages.has(path) {
                pages
                    .without(path, fragment)
                    .map(|places| broken_anchor(text, &span, &link, fragment, places))
            } else {
                Some(dead_address(text, &span, path))
            };
            found.extend(diagnostic);
        }
    }
}

/// The address within the site that a link leads to; nothing for other sites, and for
/// links to files, which the build has checked.
fn address(link: &str) -> Option<String> {
    (link.starts_with('/') && !link.starts_with("//")).then(|| link.to_owned())
}

fn broken_anchor(
    text: &Written<'_>,
    span: &Range<usize>,
    link: &str,
    fragment: &str,
    places: &BTreeSet<String>,
) -> Diagnostic {
    let message = format!("no place `#{fragment}` on the page that `{link}` leads to");
    let hint = match nearest(&decoded(fragment), places.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `#{near}`?"),
        None => "a heading `## First steps` is the place `#first-steps`".to_owned(),
    };
    text.file().error(Code::BrokenAnchor, span.clone(), message).hint(hint)
}

fn dead_address(text: &Written<'_>, span: &Range<usize>, path: &str) -> Diagnostic {
    let message = format!("nothing is at `{path}`");
    let hint = "link to the Markdown file instead: `[text](../02-module/01-lesson.md)`";
    text.file().error(Code::DeadAddress, span.clone(), message).hint(hint)
}

/// What is on the pages of a site.
struct Pages<'a> {
    site: &'a Site,
    keys: &'a KeyRing,
    /// By address; read when first asked for.
    ids: BTreeMap<String, BTreeSet<String>>,
}

impl Pages<'_> {
    /// Whether something is at this address: a page, a file, or a page of the app.
    fn has(&self, path: &str) -> bool {
        let plain = decoded(path);
        let file = plain.trim_start_matches('/');
        let index = format!(
            "{}index.html",
            if file.is_empty() || file.ends_with('/') { file.to_owned() } else { format!("{file}/") }
        );
        let sealed = paths::sealed_path(&plain);
        [file, &index, sealed.trim_start_matches('/')].into_iter().any(|file| self.site.get(file).is_some())
            || is_app(&plain)
            || plain.splitn(3, '/').nth(2).is_some_and(|rest| is_app(&format!("/{rest}")))
    }

    /// The places of a page, when none of them has this name.
    fn without(&mut self, path: &str, fragment: &str) -> Option<&BTreeSet<String>> {
        let fragment = decoded(fragment);
        // Browsers know the top of every page, and pieces of text.
        if fragment.is_empty() || fragment == "top" || fragment.starts_with(":~:") || is_app(path) {
            return None;
        }
        if !self.ids.contains_key(path) {
            self.ids.insert(path.to_owned(), self.read(path));
        }
        self.ids.get(path).filter(|ids| !ids.contains(&fragment))
    }

    /// The places of a page, sealed or not.
    fn read(&self, path: &str) -> BTreeSet<String> {
        let plain = decoded(path);
        let index = format!("{}index.html", plain.trim_start_matches('/'));
        let public = self.site.get(&index).map(<[u8]>::to_vec);
        let sealed = self.site.get(paths::sealed_path(&plain).trim_start_matches('/')).or_else(|| {
            self.site.get(paths::sealed_path(&format!("{plain}index.html")).trim_start_matches('/'))
        });
        let opened = sealed.and_then(|file| opened(file, self.keys));
        let mut ids = BTreeSet::new();
        for bytes in [public, opened].into_iter().flatten() {
            ids.extend(ids_of(&String::from_utf8_lossy(&bytes)));
        }
        ids
    }
}

fn opened(file: &[u8], keys: &KeyRing) -> Option<Vec<u8>> {
    let packed = Sealed::parse(file).ok()?.open(keys).ok()?;
    let mut page = Vec::new();
    GzDecoder::new(packed.as_slice()).read_to_end(&mut page).ok()?;
    Some(page)
}

/// Values of `id` and of `name`, as they are after decoding.
fn ids_of(html: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for start in [" id=\"", " name=\""] {
        let values = html.split(start).skip(1).filter_map(|rest| rest.split_once('"'));
        ids.extend(values.map(|(id, _)| unescaped(id)));
    }
    ids
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn decoded(text: &str) -> String {
    crate::links::decoded(text)
}

/// Addresses that the app answers.
fn is_app(path: &str) -> bool {
    paths::APP_PREFIXES.iter().any(|prefix| path.starts_with(prefix)) || paths::PROGRAMS.contains(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_from_html() {
        assert_eq!(ids_of("<p id=\"a&amp;b\"><a name=\"c\">x id=y</a>"), ["a&b", "c"]);
    }
}
