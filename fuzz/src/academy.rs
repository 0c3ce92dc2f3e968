//! An academy of one lesson, and the laws of its site.

use std::path::Path;

use lyceum_contract::Timestamp;
use lyceum_contract::seal::KeyRing;
use lyceum_generator::{Build, Diagnostic, Options, Source, build_from};
use pulldown_cmark::{Event, Parser};

use crate::html;

/// The least that `lyceum.yaml` says.
pub const SITE: &str = "title: Fuzz\nurl: https://academy.example\nlanguages: [en, zh]\n";
/// The least that a course says.
pub const COURSE: &str = "---\ntitle: Course\nsummary: One.\naccess: free\n---\n";
/// Where the lesson's page is.
const PAGE: &str = "courses/course/lesson/index.html";

/// Builds an academy of `lyceum.yaml` and one lesson.
///
/// # Errors
/// With the diagnostics, when there is an error among them.
pub fn build(site: &[u8], lesson: &[u8]) -> Result<Build, Vec<Diagnostic>> {
    let files = [
        ("lyceum.yaml", site),
        ("courses/course/index.md", COURSE.as_bytes()),
        ("courses/course/01-lesson.md", lesson),
        ("courses/course/picture.svg", br#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"/>"#),
        ("courses/course/02-other.md", b"---\ntitle: Other\naccess: free\n---\n\n## Part\n\nText.\n"),
    ];
    let content = Source::from_files(Path::new("content"), files.map(|(path, text)| (path, text.to_vec())));
    let keys = KeyRing::development();
    let options = Options {
        content: Path::new("content"),
        theme: None,
        keys: &keys,
        now: Timestamp(1_800_000_000),
        drafts: false,
        live_reload: false,
    };
    build_from(&content, None, &options)
}

/// Checks what every outcome of a build must be.
///
/// # Panics
/// When a law is broken: that is what a fuzzer looks for.
pub fn check_outcome(outcome: &Result<Build, Vec<Diagnostic>>) {
    let found = match outcome {
        Ok(build) => &build.warnings,
        Err(found) => found,
    };
    assert_eq!(outcome.is_err(), found.iter().any(Diagnostic::is_error), "an error is an error");
    for found in found {
        assert!(!found.message.is_empty(), "{found:?}");
        let excerpt = found.source.get(found.span.clone());
        assert!(excerpt.is_some(), "a place in the text: {found:?}");
        assert!(!excerpt.unwrap_or_default().contains('\n'), "a place on one line: {found:?}");
        assert!(found.line >= 1 && found.column >= 1, "{found:?}");
    }
}

/// Checks the page of the lesson. `text` is the Markdown that it was made of.
///
/// # Panics
/// When a law is broken.
pub fn check_page(build: &Build, text: &str) {
    let Some(page) = build.site.get(PAGE) else { return };
    let page = std::str::from_utf8(page).expect("a page is UTF-8");
    if has_raw_html(text) {
        return;
    }
    if let Err(wrong) = html::check_nesting(page) {
        panic!("the page is not well nested: {wrong}");
    }
    let n_scripts = page.to_ascii_lowercase().matches("<script").count();
    assert_eq!(n_scripts, 2, "the theme's script and the structured data, and none of the text");
    if let Some(wrong) = html::handler_or_style(page) {
        panic!("the text made an attribute: {wrong}");
    }
}

/// What an author writes as HTML passes as it is; then the nesting is the author's.
fn has_raw_html(text: &str) -> bool {
    let options = pulldown_cmark::Options::all();
    let raw = |event: Event<'_>| matches!(event, Event::Html(_) | Event::InlineHtml(_));
    let some = |options| Parser::new_ext(text, options).any(raw);
    some(options) || some(pulldown_cmark::Options::empty()) || text.contains("<!--")
}
