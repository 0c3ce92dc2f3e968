//! What authors and readers notice about images.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use lyceum_contract::Timestamp;
use lyceum_contract::seal::KeyRing;

use crate::assets::{Assets, Measured, Store};
use crate::fixture::{Fixture, shown};
use crate::{Build, Code, Diagnostic, Options, Source, build_from, layout};

const FREE: &str = "courses/rust/01-a/01-free.md";
const PAID: &str = "courses/rust/01-a/02-paid.md";
const SECRET: &[u8] = b"CANARY";

/// Waves with grain, with a comment about the place where nobody took the picture.
fn photo(width: u32, height: u32) -> Vec<u8> {
    let mut pixels = Vec::new();
    for at in 0..width * height {
        let (x, y) = (at % width, at / width);
        let byte = |number: u32| u8::try_from(number & 0xFF).unwrap_or(0);
        let grain = byte(at.wrapping_mul(2_654_435_761) >> 28);
        let wave = byte(x * 200 / width + y * 50 / height);
        pixels.extend([wave / 2 + grain, wave + grain / 2, 90 + grain]);
    }
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 93)
        .write_image(&pixels, width, height, ExtendedColorType::Rgb8)
        .expect("a JPEG");
    let comment = [&[0xFF, 0xFE, 0, 16], SECRET, b" 52.5 N\0"].concat();
    [&jpeg[..2], &comment, &jpeg[2..]].concat()
}

/// An animation whose frames nobody looks at, of about this many bytes.
fn animation(n_bytes: usize) -> Vec<u8> {
    let mut gif = b"GIF89a\x10\0\x10\0\0\0\0".to_vec();
    let frame = [b"\x2C\0\0\0\0\x10\0\x10\0\0\x08".as_slice(), &[255], &[7; 255], &[0]].concat();
    for _ in 0..n_bytes / frame.len() + 2 {
        gif.extend(&frame);
    }
    gif.push(0x3B);
    gif
}

/// Builds the fixture with more files.
fn build(texts: Fixture, files: &[(&str, Vec<u8>)]) -> Result<Build, Vec<Diagnostic>> {
    let keys = KeyRing::development();
    let texts = texts.files.into_iter().map(|(path, text)| (path, text.into_bytes()));
    let files = files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.clone()));
    let content = Source::from_files(Path::new("content"), texts.chain(files));
    let (content_path, now) = (Path::new("content"), Timestamp(0));
    let options =
        Options { content: content_path, theme: None, keys: &keys, now, live_reload: false, drafts: false };
    build_from(&content, None, &options)
}

fn built(texts: Fixture, files: &[(&str, Vec<u8>)]) -> Build {
    build(texts, files).unwrap_or_else(|found| panic!("{:#?}", shown(&found)))
}

fn page<'a>(build: &'a Build, path: &str) -> &'a str {
    std::str::from_utf8(build.site.get(path).expect("a page")).expect("text")
}

#[test]
fn an_image_is_written_with_its_sizes_and_formats() {
    let texts = Fixture::new().edited(FREE, "Open text.", "![a *b*](p.jpeg \"T\")\n\n![c](p.jpeg)");
    let build = built(texts, &[("courses/rust/01-a/p.jpeg", photo(700, 350))]);
    let html = page(&build, "courses/rust/a/free/index.html");
    let start = html.find("<figure><picture>").expect("a figure");
    let end = start + html[start..].find("</figure>").expect("its end");
    let url =
        html[start..].split("src=\"").nth(1).and_then(|rest| rest.split(".jpeg\"").next()).expect("a source");
    assert!(url.starts_with("/courses/rust/a/p.") && url.len() == "/courses/rust/a/p.".len() + 8, "{url}");
    let tone = html[start..].split("data-tone=\"").nth(1).map(|rest| &rest[..7]).expect("a tone");
    let expected = format!(
        "<figure><picture><source type=\"image/avif\" srcset=\"{url}-480.avif 480w, {url}-700.avif 700w\" \
         sizes=\"(min-width: 42rem) 38rem, 100vw\"><source type=\"image/webp\" srcset=\"{url}-480.webp 480w, \
         {url}-700.webp 700w\" sizes=\"(min-width: 42rem) 38rem, 100vw\"><img src=\"{url}.jpeg\" alt=\"a b\" width=\"700\" \
         height=\"350\" data-tone=\"{tone}\" decoding=\"async\"></picture><figcaption>T</figcaption>"
    );
    assert_eq!(&html[start..end], expected);
    let second = format!("data-tone=\"{tone}\" loading=\"lazy\" decoding=\"async\"></picture></p>");
    assert_eq!(html.matches(&second).count(), 1, "{html}");
    for name in ["-480.avif", "-700.avif", "-480.webp", "-700.webp", ".jpeg"] {
        assert!(build.site.get(&format!("{}{name}", &url[1..])).is_some(), "{name}");
    }
    for (path, bytes) in build.site.files() {
        assert!(!bytes.windows(SECRET.len()).any(|part| part == SECRET), "{path}");
    }
}

#[test]
fn images_of_paid_texts_are_sealed_in_every_form() {
    let texts = Fixture::new().edited(PAID, "Closed text.", "![a](p.jpg)");
    let build = built(texts, &[("courses/rust/01-a/p.jpg", photo(90, 60))]);
    let (sealed, public): (Vec<&str>, Vec<&str>) = build
        .site
        .files()
        .map(|(path, _)| path)
        .filter(|path| path.contains("/p."))
        .partition(|path| path.starts_with("_sealed/"));
    assert_eq!((sealed.len(), public.len()), (2, 0), "{sealed:?} {public:?}");
    let teaser = page(&build, "courses/rust/a/paid/index.html");
    assert!(!teaser.contains("/p.") && !teaser.contains("<picture"));
}

/// Counts what is put in and what is found.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    kept: Mutex<BTreeMap<String, Vec<u8>>>,
    n_puts: Mutex<usize>,
}

impl Counting {
    pub(crate) fn n_puts(&self) -> usize {
        *self.n_puts.lock().expect("no panic")
    }
}

impl Store for Counting {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.kept.lock().expect("no panic").get(key).cloned()
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        *self.n_puts.lock().expect("no panic") += 1;
        self.kept.lock().expect("no panic").insert(key.to_owned(), bytes.to_vec());
    }
}

#[test]
fn a_second_build_encodes_nothing() {
    let (path, store) = ("courses/c/p.jpg", Counting::default());
    let source = Source::from_files(Path::new("content"), [(path, photo(90, 60))]);
    let mut found = Vec::new();
    let layout = layout::read(&source, &mut found);
    found.clear();
    let mut read = || {
        let measured = Measured::new(&source, &layout, &store, &mut found);
        let assets = Assets::new(&source, &store, &measured);
        let files: Vec<_> =
            assets.files(path).map(|file| (file.url.clone(), file.bytes().into_owned())).collect();
        (files, store.n_puts())
    };
    let (first, n_first) = read();
    let (second, n_second) = read();
    assert_eq!((n_first, n_second), (3, 3), "two files and their plan, once");
    assert_eq!(first, second);
    store.kept.lock().expect("no panic").retain(|key, _| key.contains(".json"));
    assert_eq!(read(), (first, 5), "what the store lost is made again, the same");
    assert_eq!(shown(&found), Vec::<String>::new());
}

#[track_caller]
fn check(path: &str, bytes: &[u8], code: Code, place: (usize, usize), words: &str) {
    let folder = path.strip_prefix("courses/rust/01-a/");
    let texts = match folder {
        Some(name) => Fixture::new().edited(FREE, "Open text.", &format!("![x]({name})")),
        None => Fixture::new(),
    };
    let found = match build(texts, &[(path, bytes.to_vec())]) {
        Ok(build) => build.warnings,
        Err(found) => found,
    };
    let [only] = found.as_slice() else { panic!("{path}: {:#?}", shown(&found)) };
    assert_eq!((only.code, (only.line, only.column)), (code, place), "{:?}", shown(&found));
    assert!(only.file.ends_with(path) && only.hint.is_some());
    assert!(only.message.contains(words), "{}", only.message);
}

#[test]
fn each_mistake_in_an_image_is_one_diagnostic() {
    let photo = photo(60, 40);
    let bomb =
        [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xC3\x50\0\0\xC3\x50\x08\x02\0\0\0....\0\0\0\0IEND...."
            .as_slice()]
        .concat();
    let folder = "courses/rust/01-a";
    check(&format!("{folder}/p.jpg"), &photo[..photo.len() / 2], Code::BadImage, (1, 1), "cut off");
    check(&format!("{folder}/p.png"), &photo, Code::BadImage, (1, 1), "is a JPEG image, expected PNG");
    check(&format!("{folder}/p.png"), b"<html>", Code::BadImage, (1, 1), "not a PNG, JPEG, GIF or WebP");
    check(&format!("{folder}/p.png"), &bomb, Code::HugeImage, (1, 1), "50000 × 50000");
    check(&format!("{folder}/p.gif"), &animation(1_200_000), Code::HeavyImage, (1, 1), "readers download 1");
    check(
        &format!("{folder}/p.svg"),
        b"<svg>\n <script>x</script></svg>",
        Code::UnsafeDrawing,
        (2, 2),
        "`<script>`",
    );
    check(&format!("{folder}/p.svg"), b"<svg><g></svg>", Code::BadDrawing, (1, 9), "cannot be read");
    check(
        &format!("{folder}/p.svg"),
        b"<!DOCTYPE svg [<!ENTITY a 'a'>]><svg/>",
        Code::BadDrawing,
        (1, 1),
        "entities",
    );
    check(&format!("{folder}/p.svg"), b"<svg>\xFF</svg>", Code::BadDrawing, (1, 1), "UTF-8");
    check("static/p.svg", b"<svg><g onclick='x'/></svg>", Code::StaticScript, (1, 9), "`onclick`");
}

#[test]
fn drawings_are_published_clean() {
    let texts = Fixture::new().edited(FREE, "Open text.", "![x](p.svg)");
    let drawing = b"<svg viewBox='0 0 4 3'><!-- CANARY --><script>x</script><g/></svg>".to_vec();
    let build = built(texts, &[("courses/rust/01-a/p.svg", drawing)]);
    let (_, bytes) =
        build.site.files().find(|(path, _)| path.starts_with("courses/rust/a/p.")).expect("a drawing");
    assert_eq!(bytes, b"<svg viewBox='0 0 4 3'><g/></svg>");
}
