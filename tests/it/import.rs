//! What was written for another program becomes an academy, and nothing is lost on the way.

mod compared;
mod small;

use std::collections::{BTreeMap, BTreeSet};

use lyceum_import::{Converted, Files, Kind, convert};
use lyceum_tests::blocks::attribute;
use lyceum_tests::book::{N_CHAPTERS, hundred};
use lyceum_tests::{Content, content};

/// The content folder that an import wrote.
pub(crate) fn content_of(converted: &Converted) -> Content {
    let content = Content::default();
    converted.files.iter().fold(content, |content, (path, bytes)| content.with(path, bytes))
}

/// The site of an imported folder. There is no error, and no warning but those of these codes.
#[track_caller]
pub(crate) fn built(converted: &Converted, allowed: &[&str]) -> content::Files {
    let build = content_of(converted).build();
    let build = build.unwrap_or_else(|found| panic!("{:#?}", found.iter().map(shown).collect::<Vec<_>>()));
    let warnings: Vec<String> = build.warnings.iter().map(shown).collect();
    let foreign = |warning: &&String| !allowed.iter().any(|code| warning.starts_with(code));
    assert_eq!(warnings.iter().filter(foreign).count(), 0, "{warnings:#?}");
    content::files_of(&build)
}

fn shown(found: &lyceum_generator::Diagnostic) -> String {
    let file = found.file.display().to_string();
    let file = file.split_once("/courses/").map_or(file.as_str(), |(_, rest)| rest);
    format!("{} {file}:{}:{} {}", found.code, found.line, found.column, found.message)
}

/// Every link, image and anchor within the site that leads nowhere.
pub(crate) fn dead_ends(files: &content::Files) -> Vec<String> {
    let pages =
        files.iter().filter(|(path, _)| path.strip_suffix(".html").is_some() && !path.starts_with("/_"));
    let pages: BTreeMap<&str, String> =
        pages.map(|(path, bytes)| (path.as_str(), String::from_utf8_lossy(bytes).into_owned())).collect();
    let names: BTreeMap<&str, BTreeSet<String>> =
        pages.iter().map(|(path, html)| (*path, names_in(html))).collect();
    let mut dead = Vec::new();
    for (path, html) in &pages {
        for link in values(html, "href").into_iter().chain(values(html, "src")) {
            if !leads_somewhere(path, &link, files, &names) {
                dead.push(format!("{path}: {link}"));
            }
        }
    }
    dead
}

/// Places that a link can lead to: `id`, and `name` of older HTML.
fn names_in(html: &str) -> BTreeSet<String> {
    values(html, "id").into_iter().chain(values(html, "name")).collect()
}

fn values(html: &str, name: &str) -> Vec<String> {
    html.split('<').filter_map(|tag| attribute(tag.split('>').next()?, name)).collect()
}

/// `%C3%BCber` → `über`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = (*first == b'%').then(|| after.get(..2)).flatten();
        let byte = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn leads_somewhere(
    page: &str,
    link: &str,
    files: &content::Files,
    names: &BTreeMap<&str, BTreeSet<String>>,
) -> bool {
    let app = ["/sign-in/", "/account/", "/checkout/", "/discuss/"];
    if link.contains("://") || link.starts_with("mailto:") || app.iter().any(|path| link.starts_with(path)) {
        return true;
    }
    let (path, fragment) = link.split_once('#').map_or((link, None), |(path, name)| (path, Some(name)));
    let path = path.split('?').next().unwrap_or_default();
    let file = match path {
        "" => page.to_owned(),
        path if path.ends_with('/') => format!("{path}index.html"),
        path => path.to_owned(),
    };
    let is_there = files.contains_key(&file);
    let fragment = fragment.map(decoded);
    is_there
        && fragment.is_none_or(|name| names.get(file.as_str()).is_some_and(|names| names.contains(&name)))
}

#[test]
fn a_book_of_a_hundred_chapters_is_imported_without_a_dead_end() {
    let converted = convert(Kind::MdBook, &hundred());
    assert_eq!(converted.n_chapters, N_CHAPTERS);
    let files = built(&converted, &[]);
    assert_eq!(dead_ends(&files), Vec::<String>::new());
    let lessons = files
        .keys()
        .filter(|path| path.starts_with("/courses/the-hundred/") && path.ends_with("/index.html"));
    assert_eq!(lessons.count(), N_CHAPTERS + 1);
}

#[test]
fn an_import_is_the_same_each_time() {
    assert_eq!(convert(Kind::MdBook, &hundred()), convert(Kind::MdBook, &hundred()));
}

#[test]
fn a_closed_import_opens_nothing() {
    let files: Files = [
        ("README.md", "# Book\n\nIntroSecret and ![x](i.svg).\n"),
        (
            "a/one.md",
            "# One\n\n<!-- preview-ends -->\n\nLessonSecret [file](../d.csv) <a href=\"../d.csv\">raw</a>\n",
        ),
        ("i.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\">PictureSecret</svg>"),
        ("d.csv", "FileSecret"),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
    .collect();
    let options = lyceum_import::Options { access: lyceum_import::Access::Paid, ..Default::default() };
    let converted = lyceum_import::convert_with(Kind::Folder, &files, &options);
    assert_eq!(converted.n_chapters, 2);
    let files = built(&converted, &["L037"]);
    let public = files.iter().filter(|(path, _)| !path.starts_with("/_"));
    for (path, bytes) in public {
        assert!(!String::from_utf8_lossy(bytes).contains("Secret"), "{path}");
    }
}
