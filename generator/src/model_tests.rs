//! What authors and readers notice of drafts, dates, prerequisites, tracks, tags, redirects and data.

use std::io::Read;

use lyceum_contract::manifest::{CourseManifest, Manifest, Requirement, parse};
use lyceum_contract::seal::{KeyRing, Sealed};

use crate::changes::changelog;
use crate::diagnostic::Severity;
use crate::fixture::{Fixture, shown};
use crate::related::Related;
use crate::{Build, Code, keys};

const FREE: &str = "courses/rust/01-a/01-free.md";
const PAID: &str = "courses/rust/01-a/02-paid.md";
const COURSE: &str = "courses/rust/index.md";

/// One change to a file gives one diagnostic: code, line and column, and a word of its hint.
#[track_caller]
fn check(fixture: Fixture, code: Code, place: (usize, usize), hint: &str) {
    let found = match fixture.build() {
        Ok(build) => build.warnings,
        Err(found) => found,
    };
    let [only] = found.as_slice() else { panic!("{:#?}", shown(&found)) };
    assert_eq!((only.code, (only.line, only.column)), (code, place), "{:?}", shown(&found));
    assert!(only.hint.as_deref().unwrap_or_default().contains(hint), "{:?}: {:?}", shown(&found), only.hint);
}

/// The fixture with keys added to a file.
fn keyed(path: &str, keys: &str) -> Fixture {
    Fixture::new().edited(path, "\n---\n", &format!("\n{keys}\n---\n"))
}

/// Everything that a reader with all rights could see: public files as they are, sealed ones opened.
fn everything(build: &Build) -> String {
    let mut all = String::new();
    for (path, bytes) in build.site.files() {
        all.push_str(path);
        match path.strip_suffix(".lys") {
            Some(_) => {
                let opened =
                    Sealed::parse(bytes).expect("sealed").open(&KeyRing::development()).expect("opens");
                let mut page = Vec::new();
                if flate2::read::GzDecoder::new(opened.as_slice()).read_to_end(&mut page).is_err() {
                    page = opened;
                }
                all.push_str(&String::from_utf8_lossy(&page));
            }
            None => all.push_str(&String::from_utf8_lossy(bytes)),
        }
    }
    all.to_lowercase()
}

fn course(build: &Build) -> CourseManifest {
    parse(build.site.get("_lyceum/courses/rust.json").expect("there")).expect("valid")
}

fn redirects(build: &Build) -> Vec<(String, String)> {
    let manifest: Manifest = parse(build.site.get("_lyceum/manifest.json").expect("there")).expect("valid");
    manifest.redirects.into_iter().collect()
}

/// A lesson and a course that nobody may see yet, between others, with the canary everywhere.
fn with_secrets(keys: &str) -> Fixture {
    Fixture::new()
        .with(
            "courses/rust/01-a/015-canary.md",
            &format!(
                "---\ntitle: Canary1\nsummary: Canary2\naccess: free\ntags: [canary3]\ndate: 2026-01-01\n\
                 aliases: [/canary4/]\nchanges:\n  - {{ date: 2026-01-02, text: Canary5 }}\n{keys}\n---\n\nCanary6 ![x](canary7.svg)\n"
            ),
        )
        .with("courses/rust/01-a/015-canary.zh.md", "---\ntitle: Canary8\n---\n\nCanary9\n")
        .with("courses/rust/01-a/canary7.svg", "<svg/>")
        .with("courses/canary/index.md", &format!("---\ntitle: Canary10\nsummary: Canary11\ninstructors: [ada]\nprices:\n  - {{ id: canary12, amount: 1.00 USD }}\n{keys}\n---\n"))
        .with("courses/canary/01-x.md", "---\ntitle: Canary13\n---\n")
        .with("courses/rust/02-canary/index.md", "---\ntitle: Canary14\n---\n")
        .with("courses/rust/02-canary/01-y.md", &format!("---\ntitle: Canary15\n{keys}\n---\n"))
        .with("tracks/all.md", "---\ntitle: All\ncourses: [rust, canary]\n---\n")
        .with("tags/canary3.md", "---\nname: Canary16\n---\n")
}

#[test]
fn what_is_not_published_is_in_no_byte_of_the_site() {
    for keys in ["draft: true", "publish_at: 2026-12-01", "draft: true\npublish_at: 2026-01-01"] {
        let build = with_secrets(keys).at("2026-11-30").built();
        assert_eq!(shown(&build.warnings), Vec::<String>::new(), "{keys}");
        let all = everything(&build);
        let at = all.find("canary").map(|at| &all[at.saturating_sub(80)..at + 20]);
        assert_eq!(at, None, "{keys}");
        let same = Fixture::new()
            .with("tracks/all.md", "---\ntitle: All\ncourses: [rust]\n---\n")
            .at("2026-11-30")
            .built();
        assert_eq!(build.report.pages, same.report.pages, "{keys}");
        assert_eq!(build.site, same.site, "as if it were not there: {keys}");
    }
}

#[test]
fn what_is_due_is_published_and_a_preview_shows_the_rest() {
    let all = everything(&with_secrets("publish_at: 2026-12-01").at("2026-12-01").built());
    let preview = everything(&with_secrets("draft: true").with_drafts().built());
    for part in [1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] {
        // The texts of changes have a page of their own, which is made elsewhere.
        assert!(part == 5 || all.contains(&format!("canary{part}")), "canary{part}");
        assert!(part == 5 || preview.contains(&format!("canary{part}")), "canary{part} in the preview");
    }
}

#[test]
fn a_site_knows_when_it_changes_next() {
    let zone = |fixture: Fixture| {
        fixture.edited(
            "lyceum.yaml",
            "languages: [en, zh]\n",
            "languages: [en, zh]\ntime_zone: Asia/Shanghai\n",
        )
    };
    let next = |fixture: Fixture| zone(fixture).built().next_change.map(|next| next.to_string());
    assert_eq!(next(Fixture::new()), None);
    assert_eq!(next(keyed(PAID, "draft: true")), None);
    let lesson = || keyed(PAID, "publish_at: 2026-12-01T09:00");
    assert_eq!(next(lesson()).as_deref(), Some("2026-12-01T01:00:00Z"));
    // A day with something on the calendar is over at midnight.
    assert_eq!(
        next(lesson().at("2026-12-01").edited(PAID, "09:00", "07:00")).as_deref(),
        Some("2026-12-01T16:00:00Z")
    );
    assert_eq!(next(lesson().at("2026-12-02")), None);
    assert_eq!(next(keyed(COURSE, "on: 2026-11-05")).as_deref(), Some("2026-11-04T16:00:00Z"));
    // A lesson comes with its course at the earliest.
    let both = lesson().edited(COURSE, "access: paid", "access: paid\npublish_at: 2027-01-01");
    assert_eq!(next(both.at("2026-12-02")).as_deref(), Some("2026-12-31T16:00:00Z"));
}

#[test]
fn each_mistake_about_publication_is_one_diagnostic() {
    check(keyed(FREE, "draft: yes"), Code::BadValue, (4, 8), "`true`");
    check(keyed(FREE, "publish_at: 2026-02-30"), Code::BadDate, (4, 13), "24 hours");
    check(keyed(FREE, "publish_at: 2026-12-01T09:00Z"), Code::BadDate, (4, 13), "no offset");
    check(keyed(FREE, "announce: true"), Code::WithoutEffect, (4, 11), "publish_at");
    check(keyed(FREE, "updated: soon"), Code::BadDate, (4, 10), "2026-11-02");
    let zone =
        |name: &str| Fixture::new().edited("lyceum.yaml", "tiers:", &format!("time_zone: {name}\ntiers:"));
    check(zone("Europe/Berlim"), Code::BadValue, (4, 12), "did you mean `Europe/Berlin`?");
    check(
        keyed(PAID, "draft: true").edited(FREE, "Open", "See [it](02-paid.md). Open"),
        Code::NotPublished,
        (6, 10),
        "remove the link",
    );
}

#[test]
fn a_link_to_a_draft_is_only_words() {
    let build = keyed(PAID, "draft: true").edited(FREE, "Open", "See [it](02-paid.md). Open").built();
    assert!(build.warnings.iter().all(|found| found.severity == Severity::Warning));
    let page = build.site.get("courses/rust/a/free/index.html").expect("a page");
    let page = String::from_utf8_lossy(page);
    assert!(page.contains("See <a>it</a>.") && !page.contains("paid"), "{page}");
}

#[test]
fn a_link_in_html_to_a_draft_does_not_name_it() {
    let link = "See <a href=\"02-paid.md\">it</a>. Open";
    let build = keyed(PAID, "draft: true").edited(FREE, "Open", link).built();
    let codes: Vec<Code> = build.warnings.iter().map(|found| found.code).collect();
    assert_eq!(codes, [Code::NotPublished]);
    let page = build.site.get("courses/rust/a/free/index.html").expect("a page");
    assert!(!String::from_utf8_lossy(page).contains("paid"));
}

#[test]
fn a_page_says_what_comes_first_and_when_it_opens() {
    let fixture = || {
        keyed(FREE, "on: 2026-12-01T09:00\nrequires: [go]")
            .with("courses/go/index.md", "---\ntitle: Going\nsummary: G\naccess: free\n---\n")
            .with("courses/go/index.zh.md", "---\ntitle: 出发\n---\n")
            .with("courses/go/01-x.md", "---\ntitle: X\n---\n")
    };
    let page = |fixture: Fixture, path: &str| {
        let build = fixture.built();
        String::from_utf8_lossy(build.site.get(path).expect("a page")).into_owned()
    };
    let english = page(fixture(), "courses/rust/a/free/index.html");
    assert!(
        english.contains("<a href=\"/courses/go/\">Going</a>") && english.contains("1 Dec 2026"),
        "{english}"
    );
    let chinese = page(fixture(), "zh/courses/rust/a/free/index.html");
    assert!(
        chinese.contains("<a href=\"/zh/courses/go/\">出发</a>") && chinese.contains("2026年12月1日"),
        "{chinese}"
    );
    let later = page(fixture().at("2026-12-02"), "courses/rust/a/free/index.html");
    assert!(later.contains("Going") && !later.contains("1 Dec 2026"), "{later}");
}

#[test]
fn a_person_says_what_qualifies_them() {
    let build = keyed(
        "instructors/ada.md",
        "credentials: [Doctor]\nlinks:\n  - { title: Home, url: https://ada.example/ }",
    )
    .with("instructors/ada.zh.md", "---\ncredentials: [博士]\n---\n")
    .built();
    for (path, words) in [("instructors/ada/index.html", "Doctor"), ("zh/instructors/ada/index.html", "博士")]
    {
        let page = String::from_utf8_lossy(build.site.get(path).expect("a page"));
        assert!(page.contains(words) && page.contains("https://ada.example/"), "{page}");
    }
}

#[test]
fn a_schedule_reaches_the_app() {
    let build = keyed(COURSE, "after: P7D\nrequires: [go]")
        .edited("courses/rust/01-a/index.md", "\n---", "\non: 2026-12-01\n---")
        .edited(
            PAID,
            "\n---\n",
            "\nafter: P2W\nrequires:\n  - 01-free.md\n  - { quiz: rust/a/free, score: 80 }\n---\n",
        )
        .edited(FREE, "Open text.", "::: quiz\n== Who?\n- (x) Ada\n- ( ) Bob\n:::")
        .with("courses/go/index.md", "---\ntitle: Go\nsummary: G\naccess: free\n---\n")
        .with("courses/go/01-x.md", "---\ntitle: X\n---\n")
        .built();
    let lessons = course(&build).lessons;
    let seen: Vec<_> = lessons
        .iter()
        .map(|lesson| (lesson.opens_after.map(|days| days.0), lesson.opens_at.map(|at| at.to_string())))
        .collect();
    let day = Some("2026-12-01T00:00:00Z".to_owned());
    assert_eq!(seen, [(Some(7), day.clone()), (Some(14), day)]);
    let (go, free) = ("go".parse().expect("a slug"), "rust/a/free".parse().expect("an id"));
    let go = Requirement::Course(go);
    assert_eq!(lessons[0].requires, std::slice::from_ref(&go));
    let quiz = Requirement::Quiz { lesson: "rust/a/free".parse().expect("an id"), score: 80 };
    assert_eq!(lessons[1].requires, [go, Requirement::Lesson(free), quiz]);
}

#[test]
fn what_is_required_must_exist_and_be_reachable() {
    let unknown = Code::UnknownPrerequisite;
    check(keyed(PAID, "requires: [rsut]"), unknown, (4, 12), "did you mean `rust`?");
    check(keyed(PAID, "requires: [rust/a/fre]"), unknown, (4, 12), "did you mean `rust/a/free`?");
    check(keyed(PAID, "requires: [01-fre.md]"), unknown, (4, 12), "01-free.md");
    check(
        keyed(PAID, "requires: [{ quiz: rust, score: 80 }]"),
        Code::BadValue,
        (4, 20),
        "course/module/lesson",
    );
    check(
        keyed(PAID, "requires: [{ quiz: rust/a/free, score: 180 }]"),
        Code::BadValue,
        (4, 40),
        "without `%`",
    );
    check(keyed(PAID, "requires: [{ quizz: rust/a/free, score: 80 }]"), Code::UnknownKey, (4, 14), "`quiz`");
    check(keyed(PAID, "requires: [a b]"), Code::BadValue, (4, 12), "slug");
    let draft =
        keyed(PAID, "requires: [rust/a/free]").edited(FREE, "access: free", "access: free\ndraft: true");
    check(draft, Code::NeverMet, (4, 12), "publish it");
    let of_free = || keyed(PAID, "requires: [{ quiz: rust/a/fre, score: 80 }]");
    check(of_free(), unknown, (4, 20), "did you mean `rust/a/free`?");
    for shown in ["Open text.", "::: survey\n== Who?\n:::", "```\n::: quiz\n```"] {
        let fixture = of_free().edited(PAID, "fre,", "free,").edited(FREE, "Open text.", shown);
        check(fixture, Code::NeverMet, (4, 20), "`::: quiz`");
    }
}

#[test]
fn what_is_required_and_published_later_is_a_date() {
    let fixture = keyed(PAID, "requires: [rust/a/free]\non: 2026-10-01").edited(
        FREE,
        "access: free",
        "access: free\npublish_at: 2026-12-01",
    );
    let lessons = course(&fixture.at("2026-11-01").built()).lessons;
    assert_eq!((lessons.len(), lessons[0].requires.len()), (1, 0));
    assert_eq!(lessons[0].opens_at.map(|at| at.to_string()).as_deref(), Some("2026-12-01T00:00:00Z"));
}

#[test]
fn a_circle_is_an_error_that_names_all_of_it() {
    check(keyed(PAID, "requires: [rust/a/paid]"), Code::Circle, (4, 12), "remove one of these lines");
    // The course is finished with its lessons, and none of them opens before it is.
    check(keyed(PAID, "requires: [rust]"), Code::Circle, (4, 12), "02-paid.md:4");
    let fixture = keyed(PAID, "requires: [go]")
        .with("courses/go/index.md", "---\ntitle: Go\nsummary: G\naccess: free\nrequires: [zig]\n---\n")
        .with("courses/go/01-x.md", "---\ntitle: X\n---\n")
        .with("courses/zig/index.md", "---\ntitle: Zig\nsummary: Z\naccess: free\n---\n")
        .with("courses/zig/01-x.md", "---\ntitle: X\nrequires: [rust]\n---\n");
    let found = fixture.build().expect_err("a circle");
    let [only] = found.as_slice() else { panic!("{:#?}", shown(&found)) };
    for part in ["`rust/a/paid` requires `go`", "`go` requires `zig`", "`zig/x` requires `rust`"] {
        assert!(only.message.contains(part), "{}", only.message);
    }
    let hint = only.hint.as_deref().unwrap_or_default();
    for place in ["rust/01-a/02-paid.md:4", "go/index.md:5", "zig/01-x.md:3"] {
        assert!(hint.contains(place), "{hint}");
    }
}

#[test]
fn tracks_name_courses_that_exist() {
    let track = |courses: &str| {
        Fixture::new().with("tracks/all.md", &format!("---\ntitle: All\ncourses: {courses}\n---\n"))
    };
    assert_eq!(shown(&track("[rust]").built().warnings), Vec::<String>::new());
    check(track("[rsut]"), Code::UnknownCourse, (3, 11), "did you mean `rust`?");
    check(track("[rust, rust]"), Code::DuplicateId, (3, 17), "remove one");
    check(track("[rust]\nlevel: expert"), Code::UnknownLevel, (4, 8), "`beginner`");
    check(
        Fixture::new().with("pages/tracks.md", "---\ntitle: X\n---\n"),
        Code::ReservedSlug,
        (1, 1),
        "rename",
    );
}

#[test]
fn tags_are_one_however_they_are_written() {
    let tags = |first: &str, second: &str| {
        keyed(PAID, &format!("tags: {second}")).edited(
            FREE,
            "access: free",
            &format!("access: free\ntags: {first}"),
        )
    };
    check(tags("[Rust]", "[rust]"), Code::TagSpelling, (4, 8), "write `Rust` everywhere");
    check(tags("[lifetime]", "[lifetimes]"), Code::TagSpelling, (4, 8), "mean the same");
    check(tags("[x]", "[x, X]"), Code::TagSpelling, (4, 11), "remove one");
    check(tags("[x]", "[数据]"), Code::BadTag, (4, 8), "tags/<tag>.md");
    check(
        tags("[x]", "[x]").with("tags/y.md", "---\nname: Y\n---\n"),
        Code::UnusedTag,
        (1, 1),
        "remove the file",
    );
    let described = tags("[x]", "[X]")
        .with("tags/x.md", "---\nname: The unknown\n---\n")
        .with("tags/x.zh.md", "---\nname: 未知数\n---\n");
    let academy = described.academy();
    let [tag] = academy.tags.as_slice() else { panic!("{:?}", academy.tags) };
    let name = |language: &str| tag.name(&language.parse().expect("a tag"), &academy.config).0.to_owned();
    assert_eq!((name("en"), name("zh")), ("The unknown".to_owned(), "未知数".to_owned()));
    assert_eq!((tag.path().as_str(), tag.lessons.len(), tag.courses.len()), ("/tags/x/", 2, 0));
}

#[test]
fn earlier_addresses_lead_to_the_page_of_today() {
    let build = keyed(PAID, "id: rust/old-place\naliases: [/blog/moves/, ../07-z/02-gone.md, /zh/x.html]")
        .edited("pages/about.md", "title: About", "title: About\naliases: [/us/]")
        .built();
    let (paid, chinese) = ("/courses/rust/a/paid/", "/zh/courses/rust/a/paid/");
    let expected = [
        ("/blog/moves/", paid),
        ("/courses/rust/old-place/", paid),
        ("/courses/rust/z/gone/", paid),
        ("/us/", "/about/"),
        ("/zh/blog/moves/", chinese),
        ("/zh/courses/rust/old-place/", chinese),
        ("/zh/courses/rust/z/gone/", chinese),
        ("/zh/us/", "/zh/about/"),
        ("/zh/x.html", chinese),
    ];
    assert_eq!(redirects(&build), expected.map(|(from, to)| (from.to_owned(), to.to_owned())));
}

#[test]
fn an_implied_address_gives_way_to_what_stands_there() {
    let build =
        keyed(PAID, "id: rust/a/free").edited(FREE, "access: free", "access: free\nid: rust/a/paid").built();
    assert_eq!(redirects(&build), []);
}

#[test]
fn an_earlier_address_must_be_free() {
    check(
        keyed(PAID, "aliases: [/courses/rust/a/free/]"),
        Code::AliasTaken,
        (4, 11),
        "move what stands there",
    );
    check(keyed(PAID, "aliases: [/courses/rust/a/paid]"), Code::AliasTaken, (4, 11), "remove it");
    check(keyed(PAID, "aliases: [01-free.md]"), Code::AliasTaken, (4, 11), "remove it");
    check(keyed(PAID, "aliases: [old]"), Code::BadAlias, (4, 11), "../02-old.md");
    check(keyed(PAID, "aliases: [/account/x/]"), Code::BadAlias, (4, 11), "remove it");
    let twice = keyed(PAID, "aliases: [/x/]").edited(FREE, "access: free", "access: free\naliases: [/x/]");
    check(twice, Code::AliasTaken, (4, 11), "01-free.md:4");
    let hidden = keyed(PAID, "aliases: [/courses/rust/a/free/]").edited(
        FREE,
        "access: free",
        "access: free\ndraft: true",
    );
    check(hidden, Code::AliasTaken, (4, 11), "move what stands there");
}

#[test]
fn changes_and_people_and_events_are_checked() {
    let change = |text: &str| keyed(FREE, &format!("changes:\n  - {text}"));
    check(change("{ date: 2026-13-01, text: X }"), Code::BadDate, (5, 13), "2026-11-02");
    check(change("{ date: 2026-01-01 }"), Code::MissingKey, (5, 5), "text");
    let translated = |day: &str| {
        change("{ date: 2026-01-01, text: X }").with(
            "courses/rust/01-a/01-free.zh.md",
            &format!("---\ntitle: X\nchanges:\n  - {{ date: {day}, text: Y }}\n---\n"),
        )
    };
    assert!(translated("2026-01-01").built().warnings.is_empty());
    check(translated("2026-01-02"), Code::UnknownChange, (4, 13), "original first");
    check(keyed(COURSE, "disclaimer: medicin"), Code::BadValue, (8, 13), "did you mean `medicine`?");
    assert!(keyed(COURSE, "disclaimer: Not advice.").built().warnings.is_empty());
    let person = |keys: &str| keyed("instructors/ada.md", keys);
    check(person("links:\n  - { title: X, url: example }"), Code::BadValue, (5, 22), "whole address");
    check(person("photo: ada.jpg"), Code::BrokenImage, (4, 8), "relative path");
    check(person("photo: ../lyceum.yaml"), Code::BrokenImage, (4, 8), "relative path");
    let build = person("photo: ada.svg\ncredentials: [Doctor]").with("instructors/ada.svg", "<svg/>").built();
    assert!(
        build.warnings.is_empty() && build.site.files().any(|(path, _)| path.starts_with("instructors/ada."))
    );
    let event = |keys: &str| Fixture::new().with("events/x.md", &format!("---\ntitle: X\n{keys}\n---\n"));
    assert!(
        event("starts: 2026-12-01T19:00\nends: 2026-12-01T20:00\nkind: live\nlocation: Here")
            .built()
            .warnings
            .is_empty()
    );
    check(event("starts: 2026-12-01\nends: 2026-11-30"), Code::BadDate, (4, 7), "after the start");
    check(event("starts: 2026-12-01\nkind: lecure"), Code::BadValue, (4, 7), "did you mean `lecture`?");
    check(event("location: Here"), Code::MissingKey, (1, 1), "starts");
}

#[test]
fn data_files_reach_templates_or_are_refused() {
    let data = |path: &str, text: &str| Fixture::new().with(path, text);
    assert!(data("data/prices.yaml", "a: 1\n").built().warnings.is_empty(), "unused is no mistake");
    check(data("data/prices.yaml", "a: &x 1\nb: *x\n"), Code::UnsupportedYaml, (2, 4), "write the value out");
    check(data("data/prices.json", "{"), Code::BadData, (1, 1), "double quotes");
    check(data("data/Prices.json", "{}"), Code::BadFileName, (1, 1), "data.<name>");
    check(data("data/a-b.json", "{}").with("data/a_b.yaml", "x: 1\n"), Code::PathTaken, (1, 1), "rename");
    check(data("data/x.json", &" ".repeat(1024 * 1024 + 1)), Code::TooLarge, (1, 1), "split it");
    check(data("data/x/y.yaml", "a: 1\n"), Code::UnusedFile, (1, 1), "data/");
}

#[test]
fn a_typo_in_any_key_of_any_table_is_understood() {
    let tables = [
        &keys::SITE,
        &keys::TIER,
        &keys::TIER_PRICE,
        &keys::OFFER,
        &keys::COURSE_PRICE,
        &keys::COURSE,
        &keys::MODULE,
        &keys::LESSON,
        &keys::INSTRUCTOR,
        &keys::PAGE,
        &keys::TRACK,
        &keys::TAG,
        &keys::EVENT,
        &keys::CHANGE,
        &keys::LINK,
        &keys::QUIZ,
    ];
    for table in tables {
        for key in table.keys {
            let middle = key.name.len() / 2;
            let wrong = format!("{}{}", &key.name[..=middle], &key.name[middle..]);
            let near = crate::diagnostic::nearest(&wrong, table.keys.iter().map(|key| key.name));
            assert_eq!(near, Some(key.name), "{wrong} in {}", table.what);
        }
    }
}

#[test]
fn a_changelog_is_newest_first_and_in_the_language_of_the_page() {
    let academy =
        keyed(COURSE, "changes:\n  - { date: 2026-01-02, text: A }\n  - { date: 2026-01-02, text: B }")
            .with(
                "courses/rust/index.zh.md",
                "---\ntitle: X\nchanges:\n  - { date: 2026-01-02, text: 甲 }\n---\n",
            )
            .edited(
                FREE,
                "access: free",
                "access: free\nchanges:\n  - { date: 2026-01-03, text: C }\nupdated: 2026-02-01",
            )
            .edited(
                PAID,
                "title: Paid",
                "title: Paid\ndraft: true\nchanges:\n  - { date: 2026-01-04, text: D }",
            )
            .academy();
    let chinese = "zh".parse().expect("a tag");
    let course = &academy.courses[0];
    let seen: Vec<_> = changelog(course, &chinese, &academy.config)
        .iter()
        .map(|entry| (entry.date.to_string(), entry.text, entry.language.as_str(), entry.lesson.is_some()))
        .collect();
    let day = |day: &str| format!("2026-01-0{day}");
    assert_eq!(
        seen,
        [(day("3"), "C", "en", true), (day("2"), "甲", "zh", false), (day("2"), "B", "en", false)]
    );
    let updated = course.lessons().next().and_then(|lesson| lesson.updated);
    assert_eq!(updated.map(|day| day.to_string()).as_deref(), Some("2026-02-01"));
    assert_eq!(course.updated.map(|day| day.to_string()), Some(day("2")));
}

#[test]
fn the_calendar_keeps_secrets_until_they_are_announced() {
    let fixture = |announce: bool| {
        keyed(PAID, &format!("publish_at: 2026-12-01T09:00\nannounce: {announce}"))
            .edited(FREE, "access: free", "access: free\non: 2026-11-20")
            .with("events/x.md", "---\ntitle: X\nstarts: 2026-10-30\nends: 2026-11-02\n---\n")
            .with("events/old.md", "---\ntitle: Old\nstarts: 2026-10-30\n---\n")
            .at("2026-11-01")
    };
    for announce in [false, true] {
        let academy = fixture(announce).academy();
        let all: Vec<&str> =
            academy.calendar().iter().map(|entry| academy.subject(entry.item).kind).collect();
        assert_eq!(all, ["event", "event", "opening", "lesson"]);
        let upcoming = academy.upcoming("2026-11-01".parse().expect("a day"));
        let days: Vec<String> = upcoming.keys().map(ToString::to_string).collect();
        let n_days = if announce { 3 } else { 2 };
        assert_eq!(days, ["2026-10-30", "2026-11-20", "2026-12-01"][..n_days], "{announce}");
        let lesson = academy.calendar()[3];
        assert_eq!(academy.subject(lesson.item).path, None, "it has no page yet");
    }
}

/// One course with lessons that have these tags.
fn tagged(tags: &[&str]) -> Fixture {
    let mut fixture = Fixture::new();
    for (idx, tags) in tags.iter().enumerate() {
        let text = format!("---\ntitle: T\naccess: free\ntags: [{tags}]\n---\n");
        fixture = fixture.with(&format!("courses/rust/03-r/{idx:03}-l{idx}.md"), &text);
    }
    fixture
}

fn related_to(fixture: Fixture, id: &str) -> Vec<String> {
    let academy = fixture.academy();
    let related = Related::new(&academy);
    let lesson = academy.lesson(&id.parse().expect("an id")).expect("a lesson").1;
    related.of(lesson).iter().map(|at| academy.at(*at).1.id().to_string()).collect()
}

#[test]
fn related_lessons_share_rare_tags_first() {
    let tags = ["common, rare", "common", "common", "common", "rare", "other", ""];
    assert_eq!(related_to(tagged(&tags), "rust/r/l0"), ["rust/r/l4", "rust/r/l2", "rust/r/l3"]);
    assert_eq!(related_to(tagged(&tags), "rust/r/l5"), <[String; 0]>::default());
    let draft = tagged(&tags).edited("courses/rust/03-r/004-l4.md", "title: T", "title: T\ndraft: true");
    assert_eq!(related_to(draft, "rust/r/l0"), ["rust/r/l2", "rust/r/l3"]);
    // Of equals the one of the same level wins, though it stands farther away.
    let course = |level: &str| format!("---\ntitle: A\nsummary: S\naccess: free\nlevel: {level}\n---\n");
    let lesson = "---\ntitle: X\ntags: [c]\n---\n";
    let levels = tagged(&["c"])
        .with("courses/01-a/index.md", &course("beginner"))
        .with("courses/01-a/01-x.md", lesson)
        .with("courses/02-b/index.md", &course("advanced"))
        .with("courses/02-b/01-x.md", lesson)
        .with("courses/03-c/index.md", &course("beginner"))
        .with("courses/03-c/01-x.md", lesson);
    assert_eq!(related_to(levels, "c/x"), ["a/x", "b/x", "rust/r/l0"]);
}
