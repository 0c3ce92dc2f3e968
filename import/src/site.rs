//! Where a link of the source leads: to a page of the academy, to a file beside it, or nowhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::Files;
use crate::outline::Anchor;
use crate::path;
use crate::place::{Placed, Plan};

/// The most bytes of a file that an academy takes.
pub(crate) const MAX_ASSET_BYTES: usize = 24 * 1024 * 1024;
/// What a shortcode that names a page becomes until links are rewritten.
pub(crate) const PAGE_SCHEME: &str = "lyceum-page:";

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// To another site, or to something that needs no change.
    Keep,
    /// To a page, by its index.
    Page { idx: usize, fragment: Fragment },
    /// To a file of the source.
    File(String),
    /// To a place on the page that a whole address was made for: the base address and the link.
    Elsewhere(String),
    /// Nowhere.
    Dead,
}

/// What stands behind the `#` of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fragment {
    None,
    Found(String),
    /// No heading has this name.
    Lost(String),
}

/// Everything that a link can lead to.
#[derive(Debug)]
pub(crate) struct Site<'a> {
    pub(crate) files: &'a Files,
    pub(crate) plan: &'a Plan,
    /// Folders whose content stands at `/`.
    roots: Vec<String>,
    /// What the source's own addresses start with, besides `/`.
    prefix: Option<String>,
    /// Whole address of what is not in the source.
    base_url: Option<String>,
    by_address: BTreeMap<String, usize>,
}

impl<'a> Site<'a> {
    pub(crate) fn new(files: &'a Files, plan: &'a Plan, roots: Vec<String>) -> Self {
        let mut by_address = BTreeMap::new();
        let sources = plan.pages.iter().enumerate().map(|(idx, page)| (page.page.source.clone(), idx));
        let others = plan.pages.iter().enumerate();
        let others =
            others.flat_map(|(idx, page)| page.page.addresses.iter().map(move |at| (at.clone(), idx)));
        for (address, idx) in sources.chain(others) {
            by_address.entry(address.trim_end_matches('/').to_owned()).or_insert(idx);
        }
        Self { files, plan, roots, prefix: None, base_url: None, by_address }
    }

    /// With the path that the site has on its host, and with an address for what is not in the source.
    pub(crate) fn published_at(mut self, prefix: Option<String>, base_url: Option<String>) -> Self {
        self.prefix = prefix;
        self.base_url = base_url;
        self
    }

    /// The path that the source's site has on its host.
    pub(crate) fn prefix(&self) -> Option<&str> {
        self.prefix.as_deref()
    }

    /// Resolves what stands between the parentheses of a link on this page.
    pub(crate) fn resolve(&self, from: usize, link: &str) -> Target {
        let Some(page) = self.plan.pages.get(from) else { return Target::Keep };
        let page_reference = link.strip_prefix(PAGE_SCHEME);
        if page_reference.is_none() && (link.is_empty() || path::is_foreign(link)) {
            return Target::Keep;
        }
        let link = page_reference.unwrap_or(link);
        let split = link.find(['#', '?']).unwrap_or(link.len());
        let (written, suffix) = link.split_at(split);
        let fragment = suffix.split_once('#').map(|(_, fragment)| path::decoded(fragment));
        let fragment = fragment.filter(|fragment| !fragment.is_empty());
        if written.is_empty() {
            return match fragment {
                Some(_) => self.page(from, fragment),
                None => Target::Keep,
            };
        }
        let decoded = path::decoded(written);
        let found = match decoded.strip_prefix("@/").or_else(|| decoded.strip_prefix('/')) {
            Some(rest) => self.absolute(rest),
            None => self.relative(page, &decoded),
        };
        match found {
            Some(Found::Page(idx)) => self.page(idx, fragment),
            Some(Found::File(path)) => Target::File(path),
            None if decoded.starts_with('/') && page_reference.is_none() => Target::Keep,
            None => self.elsewhere(page, link).map_or(Target::Dead, Target::Elsewhere),
        }
    }

    /// Where an address of the source, relative to its root, leads.
    pub(crate) fn resolve_address(&self, address: &str) -> Target {
        match self.absolute(path::decoded(address).trim_start_matches('/')) {
            Some(Found::Page(idx)) => Target::Page { idx, fragment: Fragment::None },
            Some(Found::File(path)) => Target::File(path),
            None => Target::Dead,
        }
    }

    /// Whether this file became a page.
    pub(crate) fn is_page(&self, source: &str) -> bool {
        self.by_address.get(source).is_some_and(|idx| self.plan.pages[*idx].page.source == source)
    }

    /// Whether this file is part of what the source publishes.
    pub(crate) fn is_in_roots(&self, path: &str) -> bool {
        let within = |root: &String| {
            root.is_empty() || path.strip_prefix(root.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        self.roots.iter().any(within)
    }

    fn page(&self, idx: usize, fragment: Option<String>) -> Target {
        let fragment = match fragment {
            None => Fragment::None,
            Some(name) => match self.plan.pages.get(idx).and_then(|page| page.outline.anchor(&name)) {
                Some(Anchor::Top) => Fragment::None,
                Some(Anchor::Name(ours)) => Fragment::Found(ours),
                None => Fragment::Lost(name),
            },
        };
        Target::Page { idx, fragment }
    }

    fn relative(&self, from: &Placed, link: &str) -> Option<Found> {
        let bases = std::iter::once(&from.page.base).chain(&from.page.address_base);
        bases.filter_map(|base| path::join(base, link)).find_map(|path| self.lookup(&path))
    }

    fn absolute(&self, link: &str) -> Option<Found> {
        let within = self.prefix.as_deref().and_then(|prefix| link.strip_prefix(prefix));
        let links = within.into_iter().chain([link]);
        let mut paths =
            links.flat_map(|link| self.roots.iter().filter_map(move |root| path::join(root, link)));
        paths.find_map(|path| self.lookup(&path))
    }

    fn lookup(&self, path: &str) -> Option<Found> {
        let bare = path.trim_end_matches('/');
        let bare = bare.strip_suffix("/index.html").unwrap_or(bare);
        let as_markdown = bare.strip_suffix(".html").map(|stem| format!("{stem}.md"));
        let mut pages = [Some(bare), as_markdown.as_deref()].into_iter().flatten();
        if let Some(idx) = pages.find_map(|path| self.by_address.get(path)) {
            return Some(Found::Page(*idx));
        }
        let is_asset = |bytes: &Vec<u8>| bytes.len() <= MAX_ASSET_BYTES && path::extension(path) != "md";
        self.files.get(path).filter(|bytes| is_asset(bytes)).map(|_| Found::File(path.to_owned()))
    }

    fn elsewhere(&self, from: &Placed, link: &str) -> Option<String> {
        let base = self.base_url.as_deref()?;
        let root = self.roots.first().map_or("", String::as_str);
        let folder = from.page.base.strip_prefix(root).unwrap_or(&from.page.base);
        let mut segments: Vec<&str> = folder.split('/').filter(|segment| !segment.is_empty()).collect();
        let (scheme, rest) = base.split_once("://")?;
        let (host, above) = rest.split_once('/').unwrap_or((rest, ""));
        let mut all: Vec<&str> = above.split('/').filter(|segment| !segment.is_empty()).collect();
        all.append(&mut segments);
        let (written, suffix) = link.split_at(link.find(['#', '?']).unwrap_or(link.len()));
        let is_page = path::extension(written) == "md";
        for segment in written.split('/') {
            match segment {
                "" | "." => {}
                ".." => drop(all.pop()),
                name => all.push(name),
            }
        }
        let slash = if written.ends_with('/') { "/" } else { "" };
        let path = all.join("/");
        let path =
            path.strip_suffix(".md").filter(|_| is_page).map_or(path.clone(), |stem| format!("{stem}.html"));
        Some(format!("{scheme}://{host}/{path}{slash}{suffix}"))
    }
}

enum Found {
    Page(usize),
    File(String),
}

/// Files that the academy takes over, and where each of them goes.
#[derive(Debug, Default)]
pub(crate) struct Assets {
    by_source: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl Assets {
    /// The place of a file: beside the page that refers to it first.
    pub(crate) fn beside(&mut self, source: &str, page: &str) -> String {
        let folder = path::parent(page).to_owned();
        self.place(source, &folder)
    }

    /// The place of a file that everybody may see, for HTML that no build rewrites.
    pub(crate) fn public(&mut self, source: &str, course: &str) -> String {
        let key = format!("static:{source}");
        self.place_as(&key, source, &format!("static/imported/{course}"))
    }

    /// What to copy where: source and place.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_source.iter().map(|(key, out)| (key.strip_prefix("static:").unwrap_or(key), out.as_str()))
    }

    /// Whether a file is taken over.
    pub(crate) fn has(&self, source: &str) -> bool {
        self.by_source.contains_key(source) || self.by_source.contains_key(&format!("static:{source}"))
    }

    fn place(&mut self, source: &str, folder: &str) -> String {
        self.place_as(source, source, folder)
    }

    fn place_as(&mut self, key: &str, source: &str, folder: &str) -> String {
        if let Some(out) = self.by_source.get(key) {
            return out.clone();
        }
        let name = path::safe_name(path::name(source));
        let mut out = format!("{folder}/{name}");
        let mut number = 1;
        while !self.taken.insert(out.to_ascii_lowercase()) {
            number += 1;
            out = format!("{folder}/{number}-{name}");
        }
        self.by_source.insert(key.to_owned(), out.clone());
        out
    }
}
