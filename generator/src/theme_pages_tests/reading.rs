//! The pages that people read: courses, lessons and whoever teaches them.

use super::lists::tag;
use super::sample::{Sample, link, theme};
use crate::view::*;

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

pub(super) fn course(id: &str, title: &str) -> CourseView {
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

pub(super) fn instructor() -> InstructorView {
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
        products: vec![link("Your code, read together", "/products/review/")],
    }
}

pub(super) fn lesson_link(title: &str, access: &'static str) -> LessonLinkView {
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

pub(super) fn lesson() -> LessonView {
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
