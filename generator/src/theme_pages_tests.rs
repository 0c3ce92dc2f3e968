//! Every template of a page that lists or announces, rendered by the real engine with sample values.

mod lists;
mod products;
mod reading;
mod sample;
mod themes;

use crate::view::*;
use lists::{calendar, catalogue, changelog, choice, tag, track};
use products::{coaching, download, question, ticket};
use reading::{course, instructor, lesson, lesson_link};
use sample::{Sample, keep_assets, language, main_of, theme};

fn samples() -> Vec<Sample> {
    let beginner = choice("level", "beginner", 1, true);
    vec![
        Sample::of("catalogue", "Courses", "/courses/").with("catalogue", &catalogue(None)),
        Sample::of("catalogue", "Courses: Beginner", "/levels/beginner/")
            .with("catalogue", &catalogue(Some(beginner))),
        Sample::of("tags", "Tags", "/tags/").with("tags", &[tag("rust", 1, 3), tag("社区", 0, 2)]),
        Sample::of("tag", "About rust", "/tags/rust/").with(
            "tagged",
            &TagPageView {
                tag: tag("rust", 1, 2),
                summary: Some("A language in which values have owners.".to_owned()),
                summary_language: None,
                courses: vec![course("rust", "Rust ownership")],
                lessons: vec![lesson_link("Moves", "paid"), lesson_link("Copies", "free")],
                related: vec![tag("ownership", 0, 1)],
                feed: Some("/tags/rust/feed.xml".to_owned()),
            },
        ),
        Sample::of("tracks", "Tracks", "/tracks/").with("tracks", &[track()]),
        Sample::of("track", "Systems programming", "/tracks/systems/").with("track", &track()),
        Sample::of("instructors", "Instructors", "/instructors/").with("instructors", &[instructor()]),
        Sample::of("instructor", "Ada Brandt", "/instructors/ada/").with("instructor", &instructor()),
        Sample::of("calendar", "Calendar", "/calendar/").with("calendar", &calendar()),
        Sample::of("changelog", "What changed in Rust ownership", "/courses/rust/changes/")
            .with("course", &course("rust", "Rust ownership"))
            .with("changelog", &changelog()),
        Sample::of("moved", "This page has moved", "/courses/rust/old/").with(
            "moved",
            &MovedView {
                title: "Moves".to_owned(),
                language: None,
                path: "/courses/rust/a/2/".to_owned(),
                canonical: "https://academy.example/courses/rust/a/2/".to_owned(),
            },
        ),
        Sample::of("products", "Products", "/products/")
            .with("products", &[ticket(), coaching(), question(), download()]),
        Sample::of("product", "Open hour", "/products/hour/").with("product", &ticket()),
        Sample::of("product", "Code review", "/products/review/").with("product", &coaching()),
        Sample::of("product", "Ask Ada", "/products/ask/").with("product", &question()),
        Sample::of("product", "Workbook", "/products/workbook/").with("product", &download()),
        Sample::of("course", "Rust ownership", "/courses/rust/")
            .with("course", &course("rust", "Rust ownership")),
        Sample::of("lesson", "Moves", "/courses/rust/a/2/")
            .with("course", &course("rust", "Rust ownership"))
            .with("lesson", &lesson()),
    ]
}

#[test]
fn pages_of_every_kind_look_as_reviewed() {
    let theme = theme(None);
    keep_assets(&theme);
    for sample in samples() {
        let name = sample.page.path.trim_matches('/').replace('/', "-");
        let html = sample.render(&theme);
        insta::assert_snapshot!(format!("page-{name}"), main_of(&html));
    }
}

#[test]
fn the_table_of_templates_is_complete() {
    let theme = theme(None);
    let is_page = |name: &&str| !name.starts_with('_') && !matches!(*name, "base.html" | "card.svg");
    let of_theme: Vec<&str> = theme.template_names().filter(is_page).collect();
    let of_table: Vec<&str> = TEMPLATES.iter().map(|(name, _)| *name).collect();
    assert_eq!(of_theme, of_table);
}

#[test]
fn drafts_are_marked_above_the_page() {
    let theme = theme(None);
    let mut sample = Sample::of("calendar", "Calendar", "/draft/").with("calendar", &calendar());
    sample.page.draft = Some(DraftView { kind: "scheduled", date_text: Some("1 Dec 2026".to_owned()) });
    let html = sample.render(&theme);
    let banner = html.find("Scheduled: only you see this page.").expect("a banner");
    assert!(banner < html.find("<main").expect("main") && html.contains("It is published on 1 Dec 2026."));
}

#[test]
fn every_page_speaks_chinese() {
    let theme = theme(None);
    let (english, chinese) = (theme.texts(&language("en")), theme.texts(&language("zh")));
    let of_english_alone = |(key, text): &(&String, &String)| text.len() > 2 && chinese.get(key) != *text;
    let foreign: Vec<String> =
        english.0.iter().filter(of_english_alone).map(|(_, text)| format!(">{text}<")).collect();
    for mut sample in samples() {
        // The titles of the samples stay English; they are none of the theme's texts.
        sample.page.title = "标题".to_owned();
        sample.page.language = "zh".to_owned();
        sample.page.path = format!("/zh{}", sample.page.path);
        let (kind, html) = (sample.page.kind, sample.render(&theme));
        assert!(html.contains("<html lang=\"zh\""), "{kind}");
        for text in &foreign {
            assert!(!html.contains(text), "{kind} says {text}\n{html}");
        }
    }
}
