//! Every template of a page that lists or announces, rendered by the real engine with sample values.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lyceum_contract::manifest::Language;
use serde::Serialize;
use tera::Context;

use crate::fixture::{Fixture, shown};
use crate::source::Source;
use crate::theme::Theme;
use crate::view::*;

fn language(tag: &str) -> Language {
    tag.parse().expect("a tag")
}

fn theme(over: Option<&Source>) -> Theme {
    let mut found = Vec::new();
    let theme = Theme::load("default", over, &[language("en"), language("zh")], &mut found);
    assert!(found.is_empty(), "{found:#?}");
    theme
}

fn site(theme: &Theme, prefix: &str) -> SiteView {
    let at = |path: &str| Some(format!("{prefix}{path}"));
    SiteView {
        title: "Northlight".to_owned(),
        summary: "Short courses.".to_owned(),
        summary_language: None,
        url: "https://academy.example".to_owned(),
        home: format!("{prefix}/"),
        prefix: prefix.to_owned(),
        contact: None,
        pages: vec![link("About", "/about/")],
        assets: theme.asset_urls.clone(),
        feed: format!("{prefix}/feed.xml"),
        sections: SectionsView {
            catalogue: at("/courses/"),
            tracks: at("/tracks/"),
            tags: at("/tags/"),
            instructors: at("/instructors/"),
            calendar: at("/calendar/"),
        },
        live_reload: false,
    }
}

fn page(kind: &'static str, tag: &str, title: &str, path: &str) -> PageView {
    PageView {
        card: None,
        kind,
        language: tag.to_owned(),
        title: title.to_owned(),
        description: "One sentence.".to_owned(),
        path: path.to_owned(),
        canonical: format!("https://academy.example{path}"),
        alternates: Vec::new(),
        json_ld_html: None,
        fallback_language: None,
        draft: None,
    }
}

fn link(title: &str, path: &str) -> LinkView {
    LinkView { title: title.to_owned(), language: None, path: path.to_owned() }
}

fn tag(name: &str, n_courses: usize, n_lessons: usize) -> TagView {
    TagView { name: name.to_owned(), path: Some(format!("/tags/{name}/")), n_courses, n_lessons }
}

fn outline(number: usize, title: &str, minutes: u32, access: &'static str) -> OutlineView {
    OutlineView {
        id: format!("rust/a/{number}"),
        title: title.to_owned(),
        summary: String::new(),
        language: None,
        summary_language: None,
        path: format!("/courses/rust/a/{number}/"),
        minutes,
        access,
        number,
    }
}

fn course(id: &str, title: &str) -> CourseView {
    let lessons = vec![
        outline(1, "Stack & heap", 12, "free"),
        outline(2, "Moves", 20, "members"),
        outline(3, "Borrowing", 33, "paid"),
    ];
    CourseView {
        id: id.to_owned(),
        title: title.to_owned(),
        summary: "Why the compiler refuses your program, and what it knows.".to_owned(),
        language: None,
        summary_language: None,
        path: format!("/courses/{id}/"),
        level: Some("beginner".to_owned()),
        tags: vec!["rust".to_owned()],
        outcomes: vec!["Read a borrow checker error as advice".to_owned()],
        outcomes_language: None,
        instructors: vec![instructor()],
        body_html: "<p>Welcome.</p>".to_owned(),
        n_lessons: 3,
        n_free: 1,
        minutes: 65,
        is_free: false,
        offers: vec![offer()],
        modules: vec![ModuleView {
            title: Some("Values".to_owned()),
            summary: None,
            language: None,
            summary_language: None,
            lessons,
        }],
        tag_links: vec![tag("rust", 1, 3)],
        prerequisites: vec![PrerequisiteView {
            kind: "course",
            title: "Programs and processes".to_owned(),
            language: None,
            path: "/courses/programs/".to_owned(),
            score: None,
        }],
        tracks: vec![link("Systems programming", "/tracks/systems/")],
        changelog: Some(format!("/courses/{id}/changes/")),
        disclaimer: Some("These lessons are no medical advice.".to_owned()),
        disclaimer_language: None,
        reviews: Some(ReviewsView {
            average: "4.6".to_owned(),
            tenths: 46,
            n: 31,
            quotes: vec![ReviewView {
                name: "Grace".to_owned(),
                stars: 5,
                text: "I stopped fighting <T>.".to_owned(),
                language: None,
                date: "2026-10-02".to_owned(),
                date_text: "2 Oct 2026".to_owned(),
            }],
        }),
    }
}

fn offer() -> OfferView {
    OfferView {
        id: "rust".to_owned(),
        name: "Rust".to_owned(),
        summary: None,
        summary_language: None,
        kind: "course",
        amount: "$49".to_owned(),
        term: "once",
        days: None,
        trial_days: None,
        checkout: "/checkout/?price=rust".to_owned(),
    }
}

fn instructor() -> InstructorView {
    InstructorView {
        name: "Ada Brandt".to_owned(),
        role: Some("Writes compilers".to_owned()),
        language: None,
        role_language: None,
        path: "/instructors/ada/".to_owned(),
        body_html: "<p>Hello.</p>".to_owned(),
        courses: vec![link("Rust ownership", "/courses/rust/")],
        credentials: vec!["Doctor of medicine, Vienna".to_owned()],
        credentials_language: None,
        photo: Some(PhotoView {
            path: "/instructors/ada.0a1b2c3d.jpg".to_owned(),
            width: Some(800),
            height: Some(1000),
        }),
        links: vec![link("Her blog", "https://ada.example/")],
    }
}

fn lesson_link(title: &str, access: &'static str) -> LessonLinkView {
    LessonLinkView {
        id: "rust/a/moves".to_owned(),
        title: title.to_owned(),
        language: None,
        summary: String::new(),
        summary_language: None,
        path: "/courses/rust/a/moves/".to_owned(),
        minutes: Some(6),
        access,
        course: link("Rust ownership", "/courses/rust/"),
    }
}

fn lesson() -> LessonView {
    LessonView {
        id: "rust/a/2".to_owned(),
        title: "Moves".to_owned(),
        summary: "What a move is.".to_owned(),
        language: None,
        summary_language: None,
        path: "/courses/rust/a/2/".to_owned(),
        module: Some("Values".to_owned()),
        module_language: None,
        minutes: 20,
        number: 2,
        access: "free",
        date: Some("2026-11-02".to_owned()),
        date_text: Some("2 Nov 2026".to_owned()),
        tags: vec!["rust".to_owned()],
        body_html: "<h2 id=\"why\">Why</h2><p>Because.</p>".to_owned(),
        headings: vec![HeadingView { level: 2, anchor: "why".to_owned(), text: "Why".to_owned() }],
        previous: Some(link("Stack & heap", "/courses/rust/a/1/")),
        next: Some(link("Borrowing", "/courses/rust/a/3/")),
        discuss: "/discuss/rust/a/2/".to_owned(),
        tag_links: vec![tag("rust", 1, 3)],
        prerequisites: vec![PrerequisiteView {
            kind: "quiz",
            title: "Quiz: who owns it?".to_owned(),
            language: None,
            path: "/courses/rust/a/quiz/".to_owned(),
            score: Some(70),
        }],
        unlock: None,
        related: vec![lesson_link("Sharing, and what it costs", "free")],
    }
}

fn choice(kind: &'static str, value: &str, n: usize, current: bool) -> ChoiceView {
    ChoiceView { kind, value: value.to_owned(), path: format!("/{kind}s/{value}/"), n, current }
}

fn catalogue(current: Option<ChoiceView>) -> CatalogueView {
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

fn calendar() -> CalendarView {
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
                },
            ],
        }],
        feed: Some("/calendar.ics".to_owned()),
        time_zone: Some("Europe/Berlin".to_owned()),
    }
}

fn changelog() -> ChangelogView {
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

fn track() -> TrackView {
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

/// A template with the values that it needs.
struct Sample {
    page: PageView,
    values: Context,
}

impl Sample {
    fn of(kind: &'static str, title: &str, path: &str) -> Self {
        Self { page: page(kind, "en", title, path), values: Context::new() }
    }

    fn with(mut self, name: &'static str, value: &impl Serialize) -> Self {
        self.values.insert(name, value);
        self
    }

    /// Renders the page. With `LYCEUM_THEME_PAGES` it is also written to that folder, to be looked at.
    #[track_caller]
    fn render(self, theme: &Theme) -> String {
        self.render_to("", theme)
    }

    #[track_caller]
    fn render_to(self, folder: &str, theme: &Theme) -> String {
        let tag = self.page.language.clone();
        let prefix = if tag == "en" { "" } else { "/zh" };
        let mut context = self.values;
        context.insert("site", &site(theme, prefix));
        context.insert("t", &theme.texts(&language(&tag)).0);
        context.insert("page", &self.page);
        let rendered = theme.render(&format!("{}.html", self.page.kind), &context);
        let html = rendered.unwrap_or_else(|found| panic!("{found:#?}"));
        keep(&format!("{folder}{}", self.page.path), html.as_bytes());
        html
    }
}

/// Writes a file below the folder that somebody wants to look at, if somebody does.
fn keep(path: &str, bytes: &[u8]) {
    let Some(folder) = std::env::var_os("LYCEUM_THEME_PAGES") else { return };
    let name = if path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
    let file = PathBuf::from(folder).join(name.trim_start_matches('/'));
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    std::fs::write(file, bytes).expect("a file");
}

fn keep_assets(theme: &Theme) {
    for (url, bytes) in &theme.assets {
        keep(url, bytes);
    }
}

/// The page from `<main` to its end, as it is reviewed.
fn main_of(html: &str) -> &str {
    let start = html.find("<main").expect("a main part");
    let end = html.find("</main>").expect("the end of the main part");
    &html[start..end + "</main>".len()]
}

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
fn a_course_without_extras_shows_none_of_their_parts() {
    let plain = CourseView {
        tag_links: Vec::new(),
        prerequisites: Vec::new(),
        tracks: Vec::new(),
        changelog: None,
        disclaimer: None,
        reviews: None,
        instructors: Vec::new(),
        ..course("rust", "Rust")
    };
    let bare =
        LessonView { tag_links: Vec::new(), prerequisites: Vec::new(), related: Vec::new(), ..lesson() };
    let theme = theme(None);
    let course_page = Sample::of("course", "Rust", "/bare/course/").with("course", &plain).render(&theme);
    let lesson_page = Sample::of("lesson", "Moves", "/bare/lesson/")
        .with("course", &plain)
        .with("lesson", &bare)
        .render(&theme);
    for part in ["class=\"tags\"", "class=\"first\"", "reviews", "What changed", "related", "notice", "draft"]
    {
        assert!(!course_page.contains(part), "{part}\n{course_page}");
        assert!(!lesson_page.contains(part), "{part}\n{lesson_page}");
    }
}

#[test]
fn a_lesson_says_when_it_opens() {
    let theme = theme(None);
    for (unlock, expected) in [
        (
            UnlockView { date: Some("2026-12-01".into()), date_text: Some("1 Dec 2026".into()), days: None },
            "This lesson opens on 1 Dec 2026.",
        ),
        (
            UnlockView { date: None, date_text: None, days: Some(7) },
            "This lesson opens 7\u{a0}days after you start the course.",
        ),
    ] {
        let sample = Sample::of("lesson", "Moves", "/unlock/")
            .with("course", &course("rust", "Rust"))
            .with("lesson", &LessonView { unlock: Some(unlock), ..lesson() });
        let html = sample.render(&theme);
        assert!(html.contains(expected), "{html}");
    }
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

#[test]
fn the_second_theme_renders_every_page() {
    let mut found = Vec::new();
    let theme = Theme::load("paper", None, &[language("en"), language("zh")], &mut found);
    assert!(found.is_empty(), "{found:#?}");
    keep_assets(&theme);
    for sample in samples() {
        let path = sample.page.path.clone();
        let html = sample.render_to("paper", &theme);
        if path == "/courses/rust/a/2/" {
            assert!(html.contains("Turn the page") && html.contains(">2. Moves<"), "{html}");
        }
        if path == "/courses/" {
            assert_eq!(html.matches("<article class=\"entry\">").count(), 2, "{html}");
        }
    }
}

#[test]
fn a_site_names_its_theme() {
    let page = |site: &crate::Build| {
        let bytes = site.site.get("courses/rust/a/free/index.html").expect("a page");
        String::from_utf8_lossy(bytes).into_owned()
    };
    let with_theme = |name: &str| {
        Fixture::new().edited("lyceum.yaml", "languages:", &format!("theme: {name}\nlanguages:")).build()
    };
    assert!(page(&with_theme("paper").expect("an embedded theme")).contains("Turn the page"));
    assert!(!page(&with_theme("default").expect("an embedded theme")).contains("Turn the page"));
    let unknown = shown(&with_theme("papier").expect_err("no theme of this name"));
    assert_eq!(unknown, ["L028 lyceum.yaml:3:8 `papier` for `theme`, expected the name of a theme"]);
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

#[test]
fn a_mistake_in_an_overriding_theme_points_into_its_file() {
    let files = BTreeMap::from([(
        "templates/catalogue.html".to_owned(),
        "<h1>\n  {{ catalogue.curent }}</h1>".to_owned(),
    )]);
    let over = Source::from_files(Path::new("my-theme"), files);
    let theme = theme(Some(&over));
    let mut context = Context::new();
    context.insert("catalogue", &catalogue(None));
    let found = theme.render("catalogue.html", &context).expect_err("an unknown field");
    assert_eq!(found.file, Path::new("my-theme/templates/catalogue.html"));
    assert_eq!((found.code.to_string().as_str(), found.line), ("L040", 2), "{found:#?}");
    assert!(found.message.contains("curent"), "{found:#?}");
}
