//! What authors and readers notice about a whole site.

use lyceum_contract::manifest::{CourseManifest, Manifest, parse};
use lyceum_contract::paths;
use lyceum_contract::seal::{KeyRing, Sealed};

use crate::fixture::{Fixture, shown};
use crate::{Build, Code};

const LESSON: &str = "courses/rust/01-a/02-paid.md";
const COURSE: &str = "courses/rust/index.md";

/// One change to the fixture gives one diagnostic: code, line, column, and a word of its hint.
#[track_caller]
fn check(path: &str, from: &str, to: &str, code: Code, place: (usize, usize), hint: &str) {
    let found = match Fixture::new().edited(path, from, to).build() {
        Ok(build) => build.warnings,
        Err(found) => found,
    };
    let [only] = found.as_slice() else { panic!("{to:?}: {:#?}", shown(&found)) };
    assert_eq!((only.code, (only.line, only.column)), (code, place), "{to:?}: {:?}", shown(&found));
    assert!(only.hint.as_deref().unwrap_or_default().contains(hint), "{to:?}: {:?}", only.hint);
    let message = &only.message;
    assert!(!message.ends_with('.') && !message.starts_with(char::is_uppercase), "{message}");
}

#[test]
fn the_fixture_is_in_order() {
    let build = Fixture::new().built();
    assert_eq!(shown(&build.warnings), Vec::<String>::new());
    assert_eq!((build.report.pages, build.report.sealed), (18, 2));
}

#[test]
fn each_mistake_in_a_lesson_is_one_diagnostic() {
    for (from, to, code, place, hint) in [
        ("title:", "titel:", Code::UnknownKey, (2, 1), "did you mean `title`?"),
        ("summary: Public.", "acces: free", Code::UnknownKey, (3, 1), "did you mean `access`?"),
        ("summary: Public.", "tierz: [pro]", Code::UnknownKey, (3, 1), "did you mean `tiers`?"),
        ("summary: Public.", "author: me", Code::UnknownKey, (3, 1), "the keys are `title`"),
        ("title: Paid\n", "", Code::MissingKey, (1, 1), "add `title:`"),
        ("summary: Public.", "title: Again", Code::DuplicateKey, (3, 1), "remove one"),
        ("summary: Public.", "summary:", Code::WrongType, (3, 8), "write the text"),
        ("summary: Public.", "tags: rust", Code::WrongType, (3, 7), "tags: [one, two]"),
        ("summary: Public.", "access: payd", Code::UnknownAccess, (3, 9), "did you mean `paid`?"),
        ("summary: Public.", "access: gold", Code::UnknownAccess, (3, 9), "`pro`"),
        ("summary: Public.", "tiers: [por]", Code::UnknownTier, (3, 9), "did you mean `pro`?"),
        ("summary: Public.", "access: free\ntiers: [pro]", Code::TiersWithoutPaid, (4, 8), "access: paid"),
        ("summary: Public.", "date: 2026-02-30", Code::BadDate, (3, 7), "2026-11-02"),
        ("summary: Public.", "minutes: soon", Code::BadValue, (3, 10), "whole number"),
        ("summary: Public.", "id: rust/a/free", Code::DuplicateId, (3, 5), "01-free.md"),
        ("summary: Public.", "id: go/x", Code::BadValue, (3, 5), "stays within"),
        ("summary: Public.", "summary: a: b", Code::Syntax, (3, 11), "quotes"),
        ("summary: Public.", "summary: *x", Code::Syntax, (3, 10), ""),
        (
            "summary: Public.",
            "summary: &x a\ntags: [*x]",
            Code::UnsupportedYaml,
            (4, 8),
            "write the value out",
        ),
        ("summary: Public.", "summary: !str a", Code::UnsupportedYaml, (3, 15), "remove the tag"),
        ("---\ntitle", "title", Code::MissingFrontMatter, (1, 1), "start the file"),
        ("---\n\nClosed", "\n\nClosed", Code::UnterminatedFrontMatter, (1, 1), "close it"),
        ("Closed", "[x](07-borrowing.md)", Code::BrokenLink, (6, 5), "relative link"),
        ("Closed", "[x](01-fre.md)", Code::BrokenLink, (6, 5), "did you mean `01-free.md`?"),
        ("Closed", "![x](pic.png)", Code::BrokenImage, (6, 6), "relative link"),
        ("Closed", "[x](../../../../etc/passwd)", Code::OutsideContent, (6, 5), "copy the file"),
        ("Closed", "- <!-- preview-ends -->", Code::PreviewMarker, (6, 3), "blank lines"),
        ("Closed", "<!-- preview-end -->\n\n", Code::PreviewMarker, (6, 1), "correct the marker"),
        ("Closed", "<script>x</script>", Code::RawScript, (6, 1), "theme"),
        ("Closed", "$\\nosuch$", Code::BadMath, (6, 1), "dollar"),
        ("Closed text.", "```rust hl=2\n```", Code::BadCodeInfo, (6, 1), "title="),
    ] {
        check(LESSON, from, to, code, place, hint);
    }
}

#[test]
fn each_mistake_in_a_course_or_the_site_is_one_diagnostic() {
    for (path, from, to, code, place, hint) in [
        (COURSE, "prices:", "price:", Code::UnknownKey, (6, 1), "did you mean `prices`?"),
        (COURSE, "access: paid", "level: begginer", Code::UnknownLevel, (5, 8), "did you mean `beginner`?"),
        (COURSE, "[ada]", "[adda]", Code::UnknownInstructor, (4, 15), "did you mean `ada`?"),
        (COURSE, "49.00 USD", "49 USD", Code::BadPrice, (7, 25), "19.00 USD"),
        (COURSE, "id: rust", "id: pro-month", Code::DuplicateId, (7, 11), "lyceum.yaml:8"),
        (COURSE, "id: rust,", "id: rust, every: month,", Code::UnknownKey, (7, 17), "the keys are"),
        ("lyceum.yaml", "tiers:", "tier:", Code::UnknownKey, (4, 1), "did you mean `tiers`?"),
        ("lyceum.yaml", "every: month", "every: week", Code::BadDuration, (8, 52), "`month`"),
        ("lyceum.yaml", ", every: month", "", Code::BadPrice, (8, 9), "add `every: month`"),
        ("lyceum.yaml", "every: month", "every: month, for: P1D", Code::BadPrice, (8, 64), "renews"),
        ("lyceum.yaml", "every: month", "for: 90 days", Code::BadDuration, (8, 50), "P90D"),
        ("lyceum.yaml", "id: pro\n", "id: free\n", Code::BadValue, (5, 9), "meaning"),
        ("lyceum.yaml", "https://academy.example", "academy.example", Code::BadValue, (2, 6), "root"),
        (
            "lyceum.yaml",
            "tiers:",
            "highlight: of\ntiers:",
            Code::BadValue,
            (4, 12),
            "there are `true`, `false`",
        ),
        ("lyceum.yaml", "zh: 北光", "fr: X", Code::UnknownLanguage, (1, 26), "`en`"),
        ("lyceum.yaml", "title: { en: Northlight, zh", "title: { zh", Code::MissingKey, (1, 8), "fall back"),
        (
            "lyceum.yaml",
            "languages: [en, zh]",
            "languages: [en, zh]\ntheme: dark",
            Code::UnknownTheme,
            (4, 8),
            "default",
        ),
    ] {
        check(path, from, to, code, place, hint);
    }
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let found = Fixture::new()
        .edited(LESSON, "summary: Public.", "foo: 1\nbar: 2\naccess: payd\ndate: x")
        .edited(LESSON, "Closed", "[x](no.md) ![y](no.svg)")
        .edited(COURSE, "[ada]", "[bob, eve]")
        .edited("lyceum.yaml", "every: month", "every: week")
        .build()
        .expect_err("many mistakes");
    let codes: Vec<u16> = found.iter().map(|found| found.code.number()).collect();
    assert_eq!(codes, [11, 11, 12, 19, 30, 31, 18, 18, 21], "{:#?}", shown(&found));
}

#[test]
fn names_and_places_of_files_are_checked() {
    let lesson = "---\ntitle: X\n---\n";
    for (path, text, code) in [
        ("courses/rust/01-a/Bad Name.md", lesson, Code::BadFileName),
        ("courses/rust/01-a/03-free.md", lesson, Code::PathTaken),
        ("courses/rust/01-a/x.fr.md", lesson, Code::LostTranslation),
        ("courses/rust/01-a/01-free.fr.md", lesson, Code::UnknownLanguage),
        (
            "courses/rust/01-a/01-free.zh.md",
            "---\ntitle: X\naccess: free\n---\n",
            Code::StructureInTranslation,
        ),
        ("courses/rust/03-beside.md", lesson, Code::MixedCourse),
        ("courses/go/01-x.md", lesson, Code::MissingIndex),
        ("pages/account.md", lesson, Code::ReservedSlug),
        ("pages/zh.md", lesson, Code::ReservedSlug),
        ("static/_worker.js", "", Code::BadFileName),
        ("static/index.html", "", Code::PathTaken),
        ("static/account/x.html", "", Code::PathTaken),
        ("static/assets/x.css", "", Code::PathTaken),
        ("courses/rust/01-a/left.svg", "<svg/>", Code::UnusedAsset),
        ("notes.txt", "", Code::UnusedFile),
    ] {
        let found = match Fixture::new().with(path, text).build() {
            Ok(build) => build.warnings,
            Err(found) => found,
        };
        let codes: Vec<Code> = found.iter().map(|found| found.code).collect();
        assert_eq!(codes, [code], "{path}: {:#?}", shown(&found));
    }
}

#[test]
fn a_lesson_that_nobody_can_buy_is_a_warning() {
    let build = Fixture::new()
        .edited(COURSE, "prices:\n  - { id: rust, amount: 49.00 USD }\n", "")
        .edited(
            "lyceum.yaml",
            "    prices:\n      - { id: pro-month, amount: 19.00 USD, every: month }\n",
            "",
        )
        .built();
    assert_eq!(build.warnings.iter().map(|found| found.code).collect::<Vec<_>>(), [Code::NobodyCanBuy]);
}

/// A paid lesson with the canary in every kind of place behind the marker.
fn with_canaries() -> Fixture {
    let text = "---\ntitle: Paid\nsummary: Public.\n---\n\nShown[^a]. <!-- CANARY0 -->\n\n<!-- preview-ends -->\n\n\
        ## Coming\n\nCANARY1 `CANARY2` $C_{ANARY3}$ [CANARY4](https://x.example/CANARY5 \"CANARY6\") again[^a]\n\n\
        ```rust title=\"CANARY7\"\nfn canary8() {}\n```\n\n![CANARY9](secret.svg \"CANARY10\")\n\n### CANARY11\n\n\
        | CANARY12 |\n|---|\n| CANARY13 |\n\n> [!NOTE]\n> CANARY14\n\n- [ ] CANARY15\n\nnote[^b]\n\n\
        <b>CANARY16</b> [data](data.csv)\n\n[^a]: Shared note.\n\n[^b]: CANARY17 in a note.\n";
    Fixture::new()
        .with(LESSON, text)
        .with("courses/rust/01-a/secret.svg", "<svg viewBox=\"0 0 4 3\">CANARY18</svg>")
        .with("courses/rust/01-a/data.csv", "CANARY19")
}

#[test]
fn paid_text_never_stands_in_public_output() {
    let build = with_canaries().built();
    for (path, bytes) in build.site.files() {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        assert!(!text.contains("canary") && !path.to_lowercase().contains("canary"), "{path}");
    }
    let teaser = text(&build, "courses/rust/a/paid/index.html");
    assert!(
        teaser.contains("Shown") && teaser.contains("Shared note.") && teaser.contains("Coming"),
        "{teaser}"
    );
    assert_eq!(teaser.matches("footnote-back").count(), 1, "only the preview's own reference");
    assert!(build.site.get("courses/rust/a/data.1f5ef2f5.csv").is_none());
}

/// Whether it is a lesson or what belongs to one, not a file of the search index.
fn is_sealed(path: &str) -> bool {
    path.starts_with("_sealed/") && !path.starts_with("_sealed/_lyceum/")
}

#[test]
fn sealed_files_open_to_the_full_page() {
    let build = with_canaries().built();
    let sealed: Vec<&str> = build.site.files().map(|(path, _)| path).filter(|path| is_sealed(path)).collect();
    assert_eq!((sealed.len(), build.report.sealed), (4, 4), "{sealed:?}");
    let file = build.site.get("_sealed/courses/rust/a/paid/index.html.lys").expect("sealed");
    let page = Sealed::parse(file).expect("a sealed page");
    assert_eq!(page.header().id, "rust/a/paid@en");
    assert_eq!(page.header().access.to_string(), "paid:course:rust,tier:pro");
    let opened = page.open(&KeyRing::development()).expect("opens");
    assert_eq!(&opened[..2], b"\x1f\x8b", "gzip");
    assert_eq!(&opened[4..8], [0; 4], "no time in it");
    let asset = sealed.iter().find(|path| path.contains("secret.")).expect("the image");
    let asset = Sealed::parse(build.site.get(asset).expect("there")).expect("a sealed asset");
    assert_eq!(asset.header().media_type, "image/svg+xml");
    assert!(format!("/{}", sealed[0]).starts_with(&paths::sealed_path("/courses/rust/a/data.")[..28]));
}

#[test]
fn an_asset_is_as_public_as_its_most_public_reader() {
    let (image, url) = ("courses/rust/01-a/secret.svg", "![x](secret.svg)");
    for (file, from, expected) in
        [(LESSON, "Closed", false), ("courses/rust/01-a/01-free.md", "Open", true), (COURSE, "Welcome", true)]
    {
        let url = if file == COURSE { "![x](01-a/secret.svg)" } else { url };
        let build = with_canaries()
            .edited(file, if file == LESSON { "CANARY1 " } else { from }, url)
            .with(image, "<svg/>");
        let build = build.built();
        let is_public = build.site.files().any(|(path, _)| path.starts_with("courses/rust/a/secret."));
        assert_eq!(is_public, expected, "{file}");
    }
}

#[test]
fn every_sealed_path_reaches_the_app() {
    let mut fixture = Fixture::new();
    for idx in 0..3 {
        fixture = fixture
            .with(&format!("courses/c{idx}/index.md"), "---\ntitle: C\nsummary: S\naccess: members\n---\n")
            .with(&format!("courses/c{idx}/01-x.md"), "---\ntitle: X\n---\n![i](../../instructors/a.svg)\n")
            .with("instructors/a.svg", "<svg/>");
    }
    check_cover(&fixture.built(), "/zh/courses/c1/*");
    let mut fixture = Fixture::new();
    for idx in 0..60 {
        fixture = fixture
            .with(&format!("courses/c{idx}/index.md"), "---\ntitle: C\nsummary: S\n---\n")
            .with(&format!("courses/c{idx}/01-x.md"), "---\ntitle: X\n---\n");
    }
    check_cover(&fixture.built(), "/zh/courses/*");
}

#[track_caller]
fn check_cover(build: &Build, expected: &str) {
    let manifest = manifest(build);
    let patterns = manifest.worker_first;
    assert!(patterns.len() <= 90 && patterns.iter().any(|pattern| pattern == expected), "{patterns:?}");
    let covers = |path: &str| {
        patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path == pattern,
        })
    };
    let sealed = build.site.files().filter(|(path, _)| is_sealed(path));
    let sealed = sealed.filter_map(|(path, _)| path.strip_prefix("_sealed")?.strip_suffix(".lys"));
    let mut n_sealed = 0;
    for path in sealed.map(|path| path.strip_suffix("index.html").unwrap_or(path)) {
        // The files of the search index are no addresses, so the report does not count them.
        n_sealed += usize::from(!path.starts_with("/_lyceum/"));
        assert!(covers(path), "{path}");
    }
    assert_eq!(n_sealed, build.report.sealed);
    for path in ["/zh/account/x/", "/sign-in/", "/events", "/_sealed/x", "/_lyceum/manifest.json"] {
        assert!(covers(path), "{path}");
    }
}

#[test]
fn shells_have_their_slots_where_the_manifest_says() {
    let build = Fixture::new().built();
    for (language, shell) in &manifest(&build).shells {
        let html = text(&build, shell.path.trim_start_matches('/'));
        assert!(!html.contains('\u{1}') && html.contains(&format!("lang=\"{language}\"")));
        let names: Vec<String> = shell.slots.iter().map(|slot| format!("{:?}", slot.name)).collect();
        assert!(names.contains(&"Title".to_owned()) && names.contains(&"Main".to_owned()), "{names:?}");
        let title = shell.slots.first().expect("the title comes first").at;
        assert!(html[..title].ends_with("<title>"), "{}", &html[..title]);
        assert!(shell.slots.windows(2).all(|pair| pair[0].at <= pair[1].at));
    }
}

#[test]
fn a_missing_translation_falls_back_visibly() {
    let build = Fixture::new()
        .with("courses/rust/01-a/01-free.zh.md", "---\ntitle: 免费\n---\n\n[付费](02-paid.md)\n");
    let build = build.built();
    let translated = text(&build, "zh/courses/rust/a/free/index.html");
    assert!(
        translated.contains("免费") && translated.contains("href=\"/courses/rust/a/paid/\""),
        "{translated}"
    );
    let fallback = text(&build, "zh/courses/rust/a/paid/index.html");
    assert!(
        fallback.contains("<link rel=\"canonical\" href=\"https://academy.example/courses/rust/a/paid/\">")
    );
    for (page, parts) in [
        (
            "zh/index.html",
            &["<a href=\"/zh/courses/rust/\" lang=\"en\">Rust", "<p class=\"summary\" lang=\"en\">"][..],
        ),
        (
            "zh/courses/rust/index.html",
            &[
                "lang=\"en\">Part A</h3>",
                "/paid/\" lang=\"en\">Paid",
                "/free/\">免费",
                "<p class=\"lede\" lang=\"en\">",
            ],
        ),
        (
            "zh/courses/rust/a/free/index.html",
            &[
                "<h1>免费",
                "<li lang=\"en\">Part A</li>",
                "<span lang=\"en\">Paid</span>",
                "<span>免费</span>",
            ],
        ),
    ] {
        let html = text(&build, page);
        assert!(parts.iter().all(|part| html.contains(part)), "{page}: {html}");
    }
    let course: CourseManifest =
        parse(build.site.get("_lyceum/courses/rust.json").expect("there")).expect("valid");
    let n_pages: Vec<usize> = course.lessons.iter().map(|lesson| lesson.pages.len()).collect();
    assert_eq!(n_pages, [2, 1]);
    let map = text(&build, "sitemap.xml");
    assert!(map.contains("/zh/courses/rust/a/free/") && !map.contains("/zh/courses/rust/a/paid/"));
}

#[test]
fn words_of_the_theme_in_a_text_are_in_its_language() {
    let original = "---\ntitle: Free\nsummary: Why?\naccess: free\n---\n\n> [!TIP]\n> [x](02-paid.md)\n";
    let build = Fixture::new().with("courses/rust/01-a/01-free.md", original).built();
    let fallback = text(&build, "zh/courses/rust/a/free/index.html");
    assert!(fallback.contains("<p class=\"alert-title\">Tip</p>"), "{fallback}");
    let build = Fixture::new()
        .with("courses/rust/01-a/01-free.md", original)
        .with("courses/rust/01-a/01-free.zh.md", "---\ntitle: 免费\n---\n\n> [!TIP]\n> x\n");
    let build = build.built();
    let translated = text(&build, "zh/courses/rust/a/free/index.html");
    let parts = ["<p class=\"alert-title\">提示</p>", "<p class=\"lede\" lang=\"en\">Why?</p>"];
    assert!(parts.iter().all(|part| translated.contains(part)), "{translated}");
}

#[test]
fn two_builds_are_the_same() {
    assert_eq!(with_canaries().built().site, with_canaries().built().site);
}

#[test]
fn a_site_can_do_without_colours() {
    let about = |highlight: &str| {
        let build = Fixture::new()
            .with("pages/about.md", "---\ntitle: About\n---\n\n```rust\nfn a() {}\n```\n")
            .edited("lyceum.yaml", "tiers:", &format!("highlight: {highlight}\ntiers:"))
            .built();
        text(&build, "about/index.html").to_owned()
    };
    assert!(about("true").contains("<span class=\"k\">fn</span>"));
    assert!(about("false").contains("<span class=\"line\">fn a() {}</span>"));
}

fn text<'a>(build: &'a Build, path: &str) -> &'a str {
    let bytes = build.site.get(path).unwrap_or_else(|| panic!("no {path}"));
    std::str::from_utf8(bytes).expect("text")
}

fn manifest(build: &Build) -> Manifest {
    parse(build.site.get("_lyceum/manifest.json").expect("there")).expect("valid")
}
