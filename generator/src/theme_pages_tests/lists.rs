//! The pages that list and announce: catalogue, tags, tracks, calendar and changes.

use super::reading::course;
use super::sample::{Sample, link, main_of, theme};
use crate::fixture::Fixture;
use crate::view::*;

pub(super) fn tag(name: &str, n_courses: usize, n_lessons: usize) -> TagView {
    TagView { name: name.to_owned(), path: Some(format!("/tags/{name}/")), n_courses, n_lessons }
}

pub(super) fn choice(kind: &'static str, value: &str, n: usize, current: bool) -> ChoiceView {
    ChoiceView { kind, value: value.to_owned(), path: format!("/{kind}s/{value}/"), n, current }
}

pub(super) fn catalogue(current: Option<ChoiceView>) -> CatalogueView {
    let is_beginner = current.is_some();
    CatalogueView {
        filters: vec![
            FilterView {
                kind: "level",
                choices: vec![
                    choice("level", "beginner", 1, is_beginner),
                    choice("level", "intermediate", 1, false),
                ],
            },
            FilterView {
                kind: "price",
                choices: vec![choice("price", "free", 1, false), choice("price", "paid", 2, false)],
            },
            FilterView {
                kind: "tag",
                choices: vec![choice("tag", "rust", 1, false), choice("tag", "社区", 1, false)],
            },
        ],
        current,
        all: "/courses/".to_owned(),
        n_all: 2,
        courses: vec![course("rust", "Rust ownership"), course("community", "Running a community")],
    }
}

pub(super) fn calendar() -> CalendarView {
    CalendarView {
        days: vec![CalendarDayView {
            date: "2026-12-03".to_owned(),
            date_text: "3 Dec 2026".to_owned(),
            entries: vec![
                CalendarEntryView {
                    kind: "lesson",
                    title: "Pinning".to_owned(),
                    language: None,
                    summary: "What may not move.".to_owned(),
                    summary_language: None,
                    path: None,
                    course: Some(link("Rust ownership", "/courses/rust/")),
                    location: None,
                    location_language: None,
                    starts: None,
                    time_text: None,
                    tickets: Vec::new(),
                },
                CalendarEntryView {
                    kind: "event",
                    title: "办公时间".to_owned(),
                    language: Some("zh".to_owned()),
                    summary: String::new(),
                    summary_language: None,
                    path: Some("/events/hours/".to_owned()),
                    course: None,
                    location: Some("Online".to_owned()),
                    location_language: None,
                    starts: Some("2026-12-03T19:00:00+01:00".to_owned()),
                    time_text: Some("19:00".to_owned()),
                    tickets: vec![link("A place in the office", "/products/hours/")],
                },
            ],
        }],
        feed: Some("/calendar.ics".to_owned()),
        time_zone: Some("Europe/Berlin".to_owned()),
    }
}

pub(super) fn changelog() -> ChangelogView {
    let change = |kind, title: &str, path: Option<&str>, note: Option<&str>| ChangeView {
        kind,
        title: title.to_owned(),
        language: None,
        path: path.map(str::to_owned),
        note: note.map(str::to_owned),
        note_language: None,
    };
    ChangelogView {
        days: vec![ChangeDayView {
            date: "2026-11-02".to_owned(),
            date_text: "2 Nov 2026".to_owned(),
            changes: vec![
                change("added", "Slices", Some("/courses/rust/a/slices/"), Some("Asked for by many.")),
                change("removed", "Lifetimes by hand", None, None),
            ],
        }],
        feed: Some("/courses/rust/feed.xml".to_owned()),
    }
}

pub(super) fn track() -> TrackView {
    TrackView {
        id: "systems".to_owned(),
        title: "Systems programming".to_owned(),
        summary: "From values to services.".to_owned(),
        language: None,
        summary_language: None,
        path: "/tracks/systems/".to_owned(),
        body_html: "<p>Take them in this order.</p>".to_owned(),
        courses: vec![course("rust", "Rust ownership"), course("async", "Async Rust")],
        n_lessons: 6,
        minutes: 130,
    }
}

#[test]
fn empty_lists_say_so() {
    let theme = theme(None);
    let empty = CalendarView { days: Vec::new(), feed: None, time_zone: None };
    let none = CatalogueView { filters: Vec::new(), courses: Vec::new(), ..catalogue(None) };
    let changes = ChangelogView { days: Vec::new(), feed: None };
    let samples = [
        Sample::of("calendar", "Calendar", "/empty/calendar/").with("calendar", &empty),
        Sample::of("catalogue", "Courses", "/empty/courses/").with("catalogue", &none),
        Sample::of("tags", "Tags", "/empty/tags/").with("tags", &Vec::<TagView>::new()),
        Sample::of("tracks", "Tracks", "/empty/tracks/").with("tracks", &Vec::<TrackView>::new()),
        Sample::of("changelog", "What changed", "/empty/changes/")
            .with("course", &course("rust", "Rust"))
            .with("changelog", &changes),
    ];
    for sample in samples {
        let path = sample.page.path.clone();
        let html = sample.render(&theme);
        assert!(main_of(&html).contains("<p class=\"empty\">"), "{path}\n{html}");
        assert!(!main_of(&html).contains("<ul class=\"courses\">"), "{path}\n{html}");
    }
}

#[test]
fn a_list_of_courses_says_what_is_free_and_shows_the_lessons_as_a_strip() {
    let built = Fixture::new().built();
    let home = String::from_utf8_lossy(built.site.get("index.html").expect("a home page"));
    assert!(home.contains("1\u{a0}lesson free"), "{home}");
    assert_eq!(home.matches("<rect").count(), 2, "{home}");
    let long = (10..60).fold(Fixture::new(), |academy, number| {
        let path = format!("courses/rust/01-a/{number}-more-{number}.md");
        academy.with(&path, "---\ntitle: More\naccess: free\n---\n\nText.\n")
    });
    let built = long.built();
    let home = String::from_utf8_lossy(built.site.get("index.html").expect("a home page"));
    assert!(home.contains("51\u{a0}lessons free") && !home.contains("class=\"strip\""), "{home}");
}
