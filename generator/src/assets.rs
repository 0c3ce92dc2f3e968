//! Images and downloads beside the texts: their addresses, and who may have them.

use std::collections::{BTreeMap, BTreeSet};

use lyceum_contract::id::hex;
use lyceum_contract::{Access, Scope};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::image;
use crate::layout::{Layout, split_number};
use crate::source::{Content, Source};

/// A file that texts refer to.
#[derive(Debug, Hash)]
struct Asset {
    url: String,
    dimensions: Option<(u32, u32)>,
}

/// All of them, by path in the content folder.
#[derive(Debug, Default, Hash)]
pub(crate) struct Assets(BTreeMap<String, Asset>);

impl Assets {
    /// Names and measures every asset. Cost: one hash over each.
    pub(crate) fn new(source: &Source, layout: &Layout) -> Self {
        let mut assets = BTreeMap::new();
        for path in layout.assets.iter().chain(&layout.statics) {
            let Some(Content::Bytes(bytes)) = source.files.get(path) else { continue };
            let dimensions = image::dimensions(path, bytes);
            let url = match path.strip_prefix("static/") {
                Some(rest) => format!("/{rest}"),
                None => address(path, bytes),
            };
            assets.insert(path.clone(), Asset { url, dimensions });
        }
        Self(assets)
    }

    /// The address of an asset; nothing for files of `static/`.
    pub(crate) fn url(&self, path: &str) -> Option<&str> {
        self.0.get(path).filter(|_| !path.starts_with("static/")).map(|asset| asset.url.as_str())
    }

    /// Width and height of an image, also of one in `static/`.
    pub(crate) fn dimensions(&self, path: &str) -> Option<(u32, u32)> {
        self.0.get(path).and_then(|asset| asset.dimensions)
    }

    /// The same by address: `/img/a.svg` for `static/img/a.svg`.
    pub(crate) fn dimensions_of_static(&self, url: &str) -> Option<(u32, u32)> {
        self.dimensions(&format!("static{url}"))
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.keys().map(String::as_str)
    }
}

/// `courses/rust/02-ownership/move.svg` → `/courses/rust/ownership/move.3f2a9c01.svg`.
fn address(path: &str, bytes: &[u8]) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder: Vec<String> = folder.split('/').map(|segment| safe(split_number(segment).1)).collect();
    format!("/{}/{}", folder.join("/"), fingerprinted(&safe(name), bytes))
}

/// `site.css` → `site.3f2a9c01.css`: 8 hexadecimal digits of SHA-256.
pub(crate) fn fingerprinted(name: &str, bytes: &[u8]) -> String {
    let digest = hex(&Sha256::digest(bytes)[..4]);
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{digest}.{extension}"),
        None => format!("{name}.{digest}"),
    }
}

/// Only what an address shows as it is; never a segment that programs keep for themselves.
fn safe(segment: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    let name: String = segment.chars().map(|letter| if allowed(letter) { letter } else { '-' }).collect();
    if name.starts_with(['_', '.']) { format!("x{name}") } else { name }
}

/// Who may have which asset, collected while texts are rendered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Audience {
    published: BTreeMap<String, Access>,
    /// Files whose text is part of a page. They are used, and not published.
    included: BTreeSet<String>,
}

impl Audience {
    /// Notes that a text which `access` guards refers to these assets.
    pub(crate) fn add<'a>(&mut self, access: &Access, paths: impl IntoIterator<Item = &'a String>) {
        for path in paths {
            match self.published.get_mut(path) {
                Some(held) => *held = wider(held, access),
                None => drop(self.published.insert(path.clone(), access.clone())),
            }
        }
    }

    /// Notes everything that another one has noted.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (path, access) in other.iter() {
            self.add(access, [path]);
        }
        self.add_included(&other.included);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Access)> {
        self.published.iter()
    }

    /// Whether a text shows it or refers to it.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.published.contains_key(path) || self.included.contains(path)
    }

    /// Notes that the text of these files is part of a page.
    pub(crate) fn add_included<'a>(&mut self, paths: impl IntoIterator<Item = &'a String>) {
        self.included.extend(paths.into_iter().cloned());
    }
}

/// The rule that lets in everybody whom either lets in: free, then members, then the union of scopes.
fn wider(a: &Access, b: &Access) -> Access {
    match (a, b) {
        (Access::Free, _) | (_, Access::Free) => Access::Free,
        (Access::Members, _) | (_, Access::Members) => Access::Members,
        (Access::Paid(a), Access::Paid(b)) => {
            let scopes: BTreeSet<Scope> = a.union(b).cloned().collect();
            Access::Paid(scopes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_clean_and_fingerprinted() {
        let url = address("courses/01-rust/02-own/Ä pic_1.svg", b"x");
        assert_eq!(url, "/courses/rust/own/--pic_1.2d711642.svg");
        assert!(address("courses/r/_x.png", b"").starts_with("/courses/r/x_x."));
    }

    #[test]
    fn the_wider_audience_wins() {
        let rule = |text: &str| text.parse::<Access>().expect("a rule");
        for (a, b, expected) in [
            ("free", "paid:tier:pro", "free"),
            ("paid:tier:pro", "members", "members"),
            ("paid:tier:pro", "paid:course:rust", "paid:course:rust,tier:pro"),
        ] {
            let mut audience = Audience::default();
            audience.add(&rule(a), &["x".to_owned()]);
            audience.add(&rule(b), &["x".to_owned()]);
            assert_eq!(audience.published["x"], rule(expected));
        }
    }
}
