//! What other sites show beside a link.

use std::path::Path;

use super::*;
use crate::fixture::{Fixture, shown};
use crate::picture::tests::Counting;
use crate::{Build, Code};

const PAID: &str = "courses/rust/01-a/02-paid.md";

fn with(word: &str) -> Fixture {
    let (from, to) = ("languages: [en, zh]", format!("languages: [en, zh]\nsocial_cards: {word}"));
    Fixture::new().edited("lyceum.yaml", from, &to)
}

fn n_cards(build: &Build) -> usize {
    build.site.files().filter(|(path, _)| path.starts_with("assets/cards/")).count()
}

/// The address of the card on a page, without the host.
#[track_caller]
fn card_of(build: &Build, page: &str) -> String {
    let html = std::str::from_utf8(build.site.get(page).expect("a page")).expect("text");
    let start = "<meta property=\"og:image\" content=\"https://academy.example/";
    let rest = html.split(start).nth(1).unwrap_or_else(|| panic!("no card: {html}"));
    assert!(html.contains("<meta property=\"og:image:width\" content=\"1200\">"));
    assert!(html.contains("<meta name=\"twitter:card\" content=\"summary_large_image\">"));
    let url = rest.split('"').next().expect("an address").to_owned();
    let png = build.site.get(&url).expect("the card is published");
    assert_eq!(&png[16..24], [0, 0, 4, 0xB0, 0, 0, 2, 0x76], "1200 × 630");
    assert!(png.len() < 60_000, "{}", png.len());
    url
}

#[test]
fn a_site_has_one_card_for_each_language() {
    let build = Fixture::new().built();
    assert_eq!(n_cards(&build), 2);
    let (home, zh) = (card_of(&build, "index.html"), card_of(&build, "zh/index.html"));
    assert_ne!(home, zh);
    for page in ["courses/rust/index.html", "courses/rust/a/paid/index.html", "about/index.html"] {
        assert_eq!(card_of(&build, page), home, "{page}");
    }
    let lost = build.site.get("404.html").expect("a page");
    assert!(!String::from_utf8_lossy(lost).contains("og:image"));
}

#[test]
fn courses_and_lessons_have_their_own_when_asked() {
    let build = with("courses").built();
    let course = card_of(&build, "courses/rust/index.html");
    assert_eq!((n_cards(&build), card_of(&build, "courses/rust/a/free/index.html")), (4, course.clone()));
    assert_ne!(course, card_of(&build, "about/index.html"));
    let build = with("lessons").built();
    let cards =
        ["courses/rust/index.html", "courses/rust/a/free/index.html", "courses/rust/a/paid/index.html"]
            .map(|page| card_of(&build, page));
    assert!(cards[0] != cards[1] && cards[1] != cards[2]);
    assert_eq!(n_cards(&build), 8);
    let html = build.site.get("courses/rust/a/paid/index.html").expect("a page");
    assert!(
        String::from_utf8_lossy(html)
            .contains("<meta property=\"og:image:alt\" content=\"Paid · Northlight\">")
    );
}

#[test]
fn none_means_none() {
    let build = with("none").built();
    assert_eq!(n_cards(&build), 0);
    assert!(build.site.files().all(|(_, bytes)| !String::from_utf8_lossy(bytes).contains("og:image")));
}

#[test]
fn the_text_of_a_paid_lesson_changes_no_card() {
    let one = with("lessons").built();
    let other = with("lessons").edited(PAID, "Closed text.", "CANARY").built();
    let cards = |build: &Build| {
        let files = build.site.files().filter(|(path, _)| path.starts_with("assets/cards/"));
        files.map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect::<Vec<_>>()
    };
    assert_eq!(cards(&one), cards(&other));
}

#[test]
fn a_title_without_glyphs_is_left_out_with_a_word() {
    let build = with("lessons").edited(PAID, "title: Paid", "title: Платно").built();
    assert_eq!(build.warnings.len(), 1, "{:#?}", shown(&build.warnings));
    let found = &build.warnings[0];
    assert!(found.code == Code::CardText && found.file.ends_with(PAID) && found.hint.is_some(), "{found:?}");
    card_of(&build, "courses/rust/a/paid/index.html");
}

#[test]
fn a_wrong_word_is_an_error_with_a_suggestion() {
    let found = with("course").build().expect_err("an error");
    let [only] = found.as_slice() else { panic!("{:#?}", shown(&found)) };
    assert_eq!((only.code, only.line, only.column), (Code::BadValue, 4, 15));
    assert!(only.hint.as_deref().unwrap_or_default().contains("`courses`"), "{:?}", only.hint);
}

#[test]
fn a_second_build_draws_nothing() {
    let language: Language = "zh".parse().expect("a tag");
    let theme = Theme::load("default", None, std::slice::from_ref(&language), &mut Vec::new());
    let store = Counting::default();
    let title = "移动与复制".to_owned();
    let view = CardView { kind: "course", title, site: "北光学院".to_owned(), ..CardView::default() };
    let job = Job { language: &language, path: String::new(), view, file: String::new() };
    let first = job.draw(&theme, &store).expect("drawn");
    assert_eq!((job.draw(&theme, &store).expect("kept"), store.n_puts()), (first, 1));
}

#[test]
fn a_template_that_is_no_drawing_is_an_error() {
    let theme =
        crate::Source::from_files(Path::new("theme"), [("templates/card.svg", "<p>{{ card.title }}</p>")]);
    let found = Fixture::new().build_with(&theme).expect_err("an error");
    assert!(
        found.iter().any(|found| found.code == Code::BadCard && found.file.ends_with("card.svg")),
        "{found:?}"
    );
}
