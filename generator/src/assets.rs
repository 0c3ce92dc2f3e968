//! Images and downloads beside the texts: their addresses, and who may have them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::hash::{Hash, Hasher};

use lyceum_contract::id::hex;
use lyceum_contract::{Access, Scope};
use lyceum_media::Format;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::diagnostic::Diagnostic;
use crate::image;
use crate::layout::{Layout, split_number};
use crate::picture::{File, Picture};
use crate::source::{Content, Source};
use crate::vet;

/// Keeps what is expensive to make from one build to the next. It may forget; it may not change a byte.
pub(crate) trait Store: fmt::Debug + Sync {
    /// What was put under this key, if it is still there. Keys are `a-z`, `0-9`, `.` and `-`.
    fn get(&self, key: &str) -> Option<Vec<u8>>;
    /// Keeps the bytes, or does not.
    fn put(&self, key: &str, bytes: &[u8]);
}

/// Keeps nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoStore;

impl Store for NoStore {
    fn get(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn put(&self, _: &str, _: &[u8]) {}
}

/// A file that texts refer to.
#[derive(Debug)]
struct Asset {
    url: String,
    dimensions: Option<(u32, u32)>,
    form: Form,
}

/// What is published of an asset.
#[derive(Debug)]
enum Form {
    /// The file as it is.
    AsIs,
    /// A drawing with something taken out.
    Cleaned(String),
    /// An image in its sizes and formats.
    Picture(Picture),
}

/// One file to publish.
#[derive(Debug)]
pub(crate) struct Published<'a> {
    pub(crate) url: String,
    pub(crate) media_type: &'static str,
    asset: &'a Asset,
    file: Option<&'a File>,
    source: &'a [u8],
    store: &'a dyn Store,
}

impl Published<'_> {
    /// The bytes. Cost: at most a read from the store, unless that has forgotten them.
    pub(crate) fn bytes(&self) -> Cow<'_, [u8]> {
        match (&self.asset.form, self.file) {
            (Form::Picture(picture), Some(file)) => Cow::Owned(picture.bytes(file, self.source, self.store)),
            (Form::Cleaned(text), _) => Cow::Borrowed(text.as_bytes()),
            _ => Cow::Borrowed(self.source),
        }
    }
}

/// What is known of every asset, by path in the content folder.
#[derive(Debug, Default)]
pub(crate) struct Measured(BTreeMap<String, Asset>);

/// Addresses follow from what is published, so they stand for it.
impl Hash for Measured {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for (path, asset) in &self.0 {
            (path, &asset.url, asset.dimensions).hash(state);
        }
    }
}

/// All of them, with what they are made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Assets<'a> {
    source: &'a Source,
    store: &'a dyn Store,
    pub(crate) measured: &'a Measured,
}

impl Measured {
    /// Names and measures every asset, and makes of every image the files for a page. Images and drawings that cannot be
    /// used are diagnostics. Cost: one hash over each, and a second for each image that the store does not know.
    pub(crate) fn new(
        source: &Source,
        layout: &Layout,
        store: &dyn Store,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let paths: Vec<&String> = layout.assets.iter().chain(&layout.statics).collect();
        let read = |path: &&String| {
            let mut found = Vec::new();
            let asset = match source.files.get(*path) {
                Some(Content::Bytes(bytes)) => Some(Asset::read(source, path, bytes, store, &mut found)),
                _ => None,
            };
            asset.map(|asset| ((*path).clone(), asset, found))
        };
        let read: Vec<_> = paths.par_iter().filter_map(read).collect();
        let mut by_path = BTreeMap::new();
        for (path, asset, mut found) in read {
            diagnostics.append(&mut found);
            by_path.insert(path, asset);
        }
        Self(by_path)
    }
}

impl<'a> Assets<'a> {
    /// What was measured in `source`; images come from the store.
    pub(crate) fn new(source: &'a Source, store: &'a dyn Store, measured: &'a Measured) -> Self {
        Self { source, store, measured }
    }

    /// The address of an asset; nothing for files of `static/`.
    pub(crate) fn url(&self, path: &str) -> Option<&'a str> {
        self.measured.0.get(path).filter(|_| !path.starts_with("static/")).map(|asset| asset.url.as_str())
    }

    /// Everything to publish for an asset, its address first; nothing for files of `static/`.
    pub(crate) fn files(&self, path: &str) -> impl Iterator<Item = Published<'a>> {
        let asset = self.measured.0.get(path).filter(|_| !path.starts_with("static/"));
        let source = match self.source.files.get(path) {
            Some(Content::Bytes(bytes)) => bytes.as_slice(),
            _ => &[],
        };
        asset.into_iter().flat_map(move |asset| {
            asset.files().into_iter().map(move |(url, file)| Published {
                media_type: lyceum_contract::media_type::media_type(&url),
                url,
                asset,
                file,
                source,
                store: self.store,
            })
        })
    }

    /// The sizes and formats of an image; nothing for other files and for those of `static/`.
    pub(crate) fn picture(&self, path: &str) -> Option<&'a Picture> {
        match &self.measured.0.get(path)?.form {
            Form::Picture(picture) => Some(picture),
            Form::AsIs | Form::Cleaned(_) => None,
        }
    }

    /// Width and height of an image, also of one in `static/`.
    pub(crate) fn dimensions(&self, path: &str) -> Option<(u32, u32)> {
        self.measured.0.get(path).and_then(|asset| asset.dimensions)
    }

    /// The same by address: `/img/a.svg` for `static/img/a.svg`.
    pub(crate) fn dimensions_of_static(&self, url: &str) -> Option<(u32, u32)> {
        self.dimensions(&format!("static{url}"))
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        self.measured.0.keys().map(String::as_str)
    }
}

impl Asset {
    fn read(
        source: &Source,
        path: &str,
        bytes: &[u8],
        store: &dyn Store,
        found: &mut Vec<Diagnostic>,
    ) -> Self {
        let dimensions = image::dimensions(path, bytes);
        if let Some(rest) = path.strip_prefix("static/") {
            vet::static_drawing(source, path, bytes, found);
            return Self { url: format!("/{rest}"), dimensions, form: Form::AsIs };
        }
        if Format::promised_by(path).is_some() {
            if let Some(picture) = vet::picture(source, path, bytes, store, found) {
                return Self::of_picture(path, picture);
            }
        } else if let Some(text) = vet::drawing(source, path, bytes, found) {
            return Self { url: address(path, text.as_bytes()), dimensions, form: Form::Cleaned(text) };
        }
        Self { url: address(path, bytes), dimensions, form: Form::AsIs }
    }

    fn of_picture(path: &str, picture: Picture) -> Self {
        let plan = &picture.plan;
        let dimensions = Some((plan.fallback.width, plan.height));
        let (folder, name) = parts(path);
        let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
        // A name keeps its own spelling, `.jpeg` too, unless the format had to change.
        let is_same =
            Format::promised_by(path).is_some_and(|format| format.extension() == plan.fallback.extension);
        let extension = if is_same { extension } else { &plan.fallback.extension };
        let url = format!("{folder}/{stem}.{}.{extension}", picture.short_digest());
        Self { url, dimensions, form: Form::Picture(picture) }
    }

    /// The address of each file, with the file when it is one of an image.
    fn files(&self) -> Vec<(String, Option<&File>)> {
        let Form::Picture(picture) = &self.form else { return vec![(self.url.clone(), None)] };
        let files = picture.files().enumerate();
        let url =
            |idx: usize, file: &File| if idx == 0 { self.url.clone() } else { variant_url(&self.url, file) };
        files.map(|(idx, file)| (url(idx, file), Some(file))).collect()
    }
}

/// `/courses/r/photo.3f2a9c01.jpg` and 800 pixels of AVIF → `/courses/r/photo.3f2a9c01-800.avif`.
pub(crate) fn variant_url(url: &str, file: &File) -> String {
    let stem = url.rsplit_once('.').map_or(url, |(stem, _)| stem);
    format!("{stem}-{}.{}", file.width, file.extension)
}

/// `courses/rust/02-ownership/move.svg` → `/courses/rust/ownership/move.3f2a9c01.svg`.
fn address(path: &str, bytes: &[u8]) -> String {
    let (folder, name) = parts(path);
    format!("{folder}/{}", fingerprinted(&name, bytes))
}

/// Folder and name of an asset as addresses have them.
fn parts(path: &str) -> (String, String) {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder: Vec<String> = folder.split('/').map(|segment| safe(split_number(segment).1)).collect();
    (format!("/{}", folder.join("/")), safe(name))
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
