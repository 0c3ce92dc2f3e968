//! What readers notice of the pages that list and announce, of earlier addresses and of previews.

use crate::fixture::{Fixture, shown};
use crate::{Build, Code};

const FREE: &str = "courses/rust/01-a/01-free.md";
const PAID: &str = "courses/rust/01-a/02-paid.md";
const COURSE: &str = "courses/rust/index.md";

/// A second course of another level that is free, tags, a track and an event.
fn academy() -> Fixture {
    Fixture::new()
        .edited(COURSE, "summary: Why.", "summary: Why.\nlevel: advanced\ntags: [memory]")
        .edited(FREE, "access: free", "access: free\ntags: [Memory, moves]\ndate: 2026-01-02")
        .edited(PAID, "summary: Public.", "summary: Public.\ntags: [moves]\ndate: 2026-01-03")
        .edited(PAID, "Closed", "CANARY")
        .with(
            "courses/go/index.md",
            "---\ntitle: Go\nsummary: Simple.\nlevel: beginner\naccess: free\n---\n\nHi.\n",
        )
        .with("courses/go/01-x.md", "---\ntitle: Channels\ntags: [moves]\n---\n\nText of it.\n")
        .with("tags/memory.md", "---\nname: Memory\nsummary: Where values live.\n---\n")
        .with("tags/memory.zh.md", "---\nname: 内存\n---\n")
        .with(
            "tracks/systems.md",
            "---\ntitle: Systems\nsummary: Both.\ncourses: [rust, go]\n---\n\nIn order.\n",
        )
        .with("events/hour.md", "---\ntitle: Open hour\nstarts: 2026-11-02T19:00\nlocation: Online\n---\n")
        .at("2026-10-01")
}

#[track_caller]
fn page(build: &Build, path: &str) -> String {
    let bytes = build.site.get(path).unwrap_or_else(|| panic!("no {path}"));
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// The part of a page that is its own.
#[track_caller]
fn main_of(build: &Build, path: &str) -> String {
    let html = page(build, path);
    let (from, to) = (html.find("<main").expect("a main part"), html.find("</main>").expect("its end"));
    html[from..to].to_owned()
}

#[test]
fn the_catalogue_is_narrowed_by_level_and_price() {
    let build = academy().built();
    let all = main_of(&build, "courses/index.html");
    let links = ["/levels/beginner/", "/levels/advanced/", "/prices/free/", "/prices/paid/"];
    for link in links {
        assert!(all.contains(&format!("href=\"{link}\"")), "{link}\n{all}");
    }
    assert!(!all.contains("/levels/intermediate/") && all.matches("<article").count() == 2, "{all}");
    let free = main_of(&build, "prices/free/index.html");
    assert!(free.contains(">Go<") && !free.contains(">Rust<") && free.contains("Courses: Free"), "{free}");
    let chinese = page(&build, "zh/levels/advanced/index.html");
    assert!(chinese.contains("href=\"/zh/courses/\"") && chinese.contains(">Rust<"), "{chinese}");
    let json = page(&build, "courses/index.html");
    assert!(json.contains("\"ItemList\"") && json.contains("https://academy.example/courses/go/"), "{json}");
    // One level and one price: nothing to choose.
    let plain = Fixture::new().built();
    assert!(plain.site.get("prices/paid/index.html").is_none());
    assert!(!main_of(&plain, "courses/index.html").contains("class=\"filters\""));
}

#[test]
fn a_tag_has_a_page_with_everything_and_a_feed() {
    let build = academy().built();
    let tag = main_of(&build, "tags/moves/index.html");
    for title in [">Free<", ">Paid<", ">Channels<", ">Memory<"] {
        assert!(tag.contains(title), "{title}\n{tag}");
    }
    assert!(!tag.contains("CANARY") && tag.contains("href=\"/tags/moves/feed.xml\""), "{tag}");
    let feed = page(&build, "tags/moves/feed.xml");
    assert!(feed.contains("<title>About moves</title>") && feed.matches("<entry>").count() == 2, "{feed}");
    let chinese = main_of(&build, "zh/tags/memory/index.html");
    assert!(chinese.contains("标签：内存"), "{chinese}");
    for summary in ["content=\"Where values live.\"", "<p class=\"lede\">Where values live.</p>"] {
        assert!(page(&build, "tags/memory/index.html").contains(summary), "{summary}");
    }
    let lesson = main_of(&build, "courses/rust/a/free/index.html");
    assert!(lesson.contains("<a rel=\"tag\" href=\"/tags/moves/\">moves</a>"), "{lesson}");
    assert!(lesson.contains("id=\"related\"") && lesson.contains(">Channels<"), "{lesson}");
}

#[test]
fn a_site_has_only_the_lists_that_say_something() {
    let build = Fixture::new().built();
    let home = page(&build, "index.html");
    for absent in ["tags", "tracks", "calendar"] {
        assert!(build.site.get(&format!("{absent}/index.html")).is_none(), "{absent}");
        assert!(!home.contains(&format!("href=\"/{absent}/\"")), "{absent}\n{home}");
    }
    let all = academy().built();
    let (home, map) = (page(&all, "index.html"), page(&all, "sitemap.xml"));
    for list in ["courses", "instructors", "tags", "tracks", "calendar"] {
        assert!(home.contains(&format!("href=\"/{list}/\"")), "{list}\n{home}");
        assert!(map.contains(&format!("<loc>https://academy.example/zh/{list}/</loc>")), "{list}\n{map}");
        page(&all, &format!("zh/{list}/index.html"));
    }
    // A track without a translation stands in its own language, and only that is listed.
    assert!(!map.contains("/zh/tracks/systems/"), "{map}");
}

#[test]
fn a_track_shows_its_courses_in_order() {
    let build = academy().built();
    let track = main_of(&build, "tracks/systems/index.html");
    let place = |text: &str| track.find(text).unwrap_or_else(|| panic!("{text}\n{track}"));
    assert!(place("In order.") < place("data-course=\"rust\""));
    assert!(place("data-course=\"rust\"") < place("data-course=\"go\""));
    assert!(main_of(&build, "tracks/index.html").contains("3\u{a0}lessons"));
    assert!(main_of(&build, "courses/go/index.html").contains("<a href=\"/tracks/systems/\">Systems</a>"));
    assert_eq!(page(&build, "tracks/systems/feed.xml").matches("<entry>").count(), 2);
}

#[test]
fn the_calendar_shows_what_is_to_come() {
    let zone = academy().edited("lyceum.yaml", "languages:", "time_zone: Europe/Berlin\nlanguages:");
    let opens = zone.edited(PAID, "summary: Public.", "summary: Public.\non: 2026-12-01");
    let build = opens.built();
    let calendar = main_of(&build, "calendar/index.html");
    for text in ["2026-11-02T19:00:00+01:00", ">Open hour<", "Online", "Europe/Berlin", ">Opens<", ">Paid<"] {
        assert!(calendar.contains(text), "{text}\n{calendar}");
    }
    // What is over is no longer there; its page is, because links lead to it.
    let later = academy().at("2026-11-03").built();
    assert!(main_of(&later, "calendar/index.html").contains("Nothing is planned"));
}

#[test]
fn a_course_with_changes_has_a_page_for_them() {
    let changed = academy().edited(
        PAID,
        "summary: Public.",
        "summary: Public.\nchanges:\n  - { date: 2026-02-01, text: New exercise. }",
    );
    let build = changed.built();
    let listed = main_of(&build, "courses/rust/changes/index.html");
    assert!(listed.contains("What changed in Rust") && listed.contains("New exercise."), "{listed}");
    assert!(main_of(&build, "courses/rust/index.html").contains("href=\"/courses/rust/changes/\""));
    assert!(build.site.get("courses/go/changes/index.html").is_none());
    assert!(page(&build, "sitemap.xml").contains("/courses/rust/changes/</loc>"));
    let go = "courses/go/index.md";
    let taken = academy()
        .edited(go, "level:", "changes:\n  - { date: 2026-02-01, text: New. }\nlevel:")
        .with("courses/go/02-changes.md", "---\ntitle: X\n---\n\nText.\n");
    let found = taken.build().expect_err("two pages at one address");
    let clash = found.iter().find(|found| found.is_error()).expect("an error");
    assert_eq!(clash.code, Code::PathTaken, "{:?}", shown(&found));
    assert!(clash.message.contains("/courses/go/changes/"), "{:?}", shown(&found));
}

#[test]
fn a_sensitive_course_says_what_it_is_not() {
    let known = academy().edited(COURSE, "summary: Why.", "summary: Why.\ndisclaimer: finance").built();
    for path in
        ["courses/rust/index.html", "courses/rust/a/free/index.html", "courses/rust/a/paid/index.html"]
    {
        assert_eq!(page(&known, path).matches("no advice to buy or sell").count(), 1, "{path}");
    }
    assert!(page(&known, "zh/courses/rust/index.html").contains("不构成投资建议"));
    let own = academy().edited(COURSE, "summary: Why.", "summary: Why.\ndisclaimer: Not for pilots.").built();
    let chinese = page(&own, "zh/courses/rust/index.html");
    assert!(chinese.contains("<p class=\"notice\" lang=\"en\">Not for pilots.</p>"), "{chinese}");
}

#[test]
fn a_person_has_a_picture() {
    let build = academy()
        .edited("instructors/ada.md", "role:", "photo: ada.svg\nrole:")
        .with("instructors/ada.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"8\" height=\"10\"/>")
        .built();
    let html = main_of(&build, "instructors/ada/index.html");
    let from = html.find("src=\"/instructors/ada.").expect("a picture") + "src=\"/".len();
    let path = &html[from..from + html[from..].find('"').expect("an end")];
    assert!(build.site.get(path).is_some(), "{path}");
}

#[test]
fn earlier_addresses_lead_on_everywhere() {
    let build = academy()
        .edited("pages/about.md", "title: About", "title: About\naliases: [/about-us/, /old.html, /old.pdf]")
        .edited(PAID, "summary: Public.", "summary: Public.\naliases: [/zh/gone/]")
        .built();
    let stub = page(&build, "about-us/index.html");
    assert!(stub.contains("content=\"0; url=/about/\"") && stub.contains(">About<"), "{stub}");
    assert!(stub.contains("<link rel=\"canonical\" href=\"https://academy.example/about/\">"), "{stub}");
    let chinese = page(&build, "zh/gone/index.html");
    assert!(chinese.contains("url=/zh/courses/rust/a/paid/") && !chinese.contains("CANARY"), "{chinese}");
    assert!(page(&build, "old.html").contains("url=/about/") && build.site.get("old.pdf").is_none());
    let rules = page(&build, "_redirects");
    for rule in
        ["/about-us/ /about/ 301\n", "/old.pdf /about/ 301\n", "/zh/gone/ /zh/courses/rust/a/paid/ 301\n"]
    {
        assert!(rules.contains(rule), "{rule}\n{rules}");
    }
    assert!(!page(&build, "sitemap.xml").contains("about-us"));
    assert!(academy().built().site.get("_redirects").is_none());
}

#[test]
fn servers_get_as_many_rules_as_they_read() {
    let all: Vec<String> = (0..1_500).map(|number| format!("/old-{number}/")).collect();
    let aliases = format!("title: About\naliases: [{}]", all.join(", "));
    let build = Fixture::new().edited("pages/about.md", "title: About", &aliases).built();
    assert_eq!(page(&build, "_redirects").lines().count(), 2_000);
    assert!(all.iter().all(|path| build.site.get(&format!("zh{path}index.html")).is_some()));
}

#[test]
fn a_preview_marks_what_is_not_published() {
    let hidden = |fixture: Fixture| {
        fixture.edited(FREE, "access: free", "access: free\ndraft: true").edited(
            "courses/go/index.md",
            "level:",
            "publish_at: 2026-12-01\nlevel:",
        )
    };
    let build = hidden(academy()).with_drafts().built();
    assert!(page(&build, "courses/rust/a/free/index.html").contains("Draft: only you see this page."));
    assert!(page(&build, "courses/go/index.html").contains("It is published on 1 Dec 2026."));
    assert!(page(&build, "courses/go/x/index.html").contains("It is published on 1 Dec 2026."));
    assert!(!page(&build, "courses/rust/index.html").contains("class=\"draft\""));
    let published = hidden(academy()).built();
    assert!(published.site.get("courses/go/index.html").is_none());
    let listed = main_of(&published, "courses/index.html");
    assert!(!listed.contains(">Go<"), "{listed}");
}
