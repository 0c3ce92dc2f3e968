//! What authors and readers notice of products.

use std::io::Read;

use lyceum_contract::goods::Goods;
use lyceum_contract::manifest::{Manifest, parse};
use lyceum_contract::seal::{KeyRing, Sealed};
use lyceum_contract::{Scope, Timestamp};

use crate::diagnostic::Severity;
use crate::fixture::{Fixture, shown};
use crate::{Build, Code};

const HOUR: &str = "events/hour.md";
const TICKET: &str = "products/ticket.md";
const COACHING: &str = "products/coaching.md";
const QUESTION: &str = "products/question.md";
const DOWNLOAD: &str = "products/download.md";

fn head(kind: &str, keys: &str) -> String {
    format!(
        "---\ntitle: A {kind}\nsummary: Public.\nkind: {kind}\nprices: [{{ id: {kind}, amount: 29.00 USD }}]\n{keys}---\n"
    )
}

/// One product of each kind, in Berlin.
fn shop() -> Fixture {
    let mark =
        "\nOpen words. ![a](open.svg)\n\n<!-- preview-ends -->\n\n## Behind\n\nCanary1 [x](canary2.csv)\n";
    Fixture::new()
        .edited("lyceum.yaml", "languages: [en, zh]\n", "languages: [en, zh]\ntime_zone: Europe/Berlin\n")
        .with(HOUR, "---\ntitle: Hour\nstarts: 2027-02-08T19:00\nends: 2027-02-08T20:00\nlocation: Online\n---\n")
        .with(TICKET, &(head("ticket", "event: hour\nplaces: 40\n") + mark))
        .with(
            COACHING,
            &(head(
                "coaching",
                "instructor: ada\nminutes: 45\nslots: [2027-07-01T10:00, 2027-02-01T10:00, 2027-02-01T10:45]\n",
            ) + "\nTalk.\n"),
        )
        .with(QUESTION, &(head("question", "instructor: ada\nwithin: P3D\n") + "\nAsk.\n"))
        .with(DOWNLOAD, &(head("download", "") + mark))
        .with("products/canary2.csv", "canary3")
        .with("products/open.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>")
        .at("2027-01-01")
}

/// One change gives one diagnostic: code, line and column, a part of the message, and a word of the hint.
#[track_caller]
fn check(fixture: Fixture, code: Code, place: (usize, usize), message: &str, hint: &str) {
    let found = match fixture.build() {
        Ok(build) => build.warnings,
        Err(found) => found,
    };
    let [only] = found.as_slice() else { panic!("{:#?}", shown(&found)) };
    assert_eq!((only.code, (only.line, only.column)), (code, place), "{:?}", shown(&found));
    assert!(only.message.contains(message), "{:?}", shown(&found));
    assert!(only.hint.as_deref().unwrap_or_default().contains(hint), "{:?}: {:?}", shown(&found), only.hint);
}

/// The shop with a change in one file.
fn edited(path: &str, from: &str, to: &str) -> Fixture {
    shop().edited(path, from, to)
}

fn text(build: &Build, path: &str) -> String {
    let bytes = build.site.get(path).unwrap_or_else(|| panic!("no {path}"));
    String::from_utf8_lossy(bytes).into_owned()
}

fn opened(build: &Build, path: &str) -> (String, String) {
    let bytes = build.site.get(path).unwrap_or_else(|| panic!("no {path}"));
    let sealed = Sealed::parse(bytes).expect("sealed");
    let packed = sealed.open(&KeyRing::development()).expect("opens");
    let mut page = String::new();
    if flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut page).is_err() {
        page = String::from_utf8_lossy(&packed).into_owned();
    }
    (page, sealed.header().access.to_string())
}

fn manifest(build: &Build) -> Manifest {
    parse(build.site.get("_lyceum/manifest.json").expect("there")).expect("valid")
}

#[test]
fn the_manifest_says_what_the_app_must_know() {
    let build = shop().built();
    assert_eq!(shown(&build.warnings), Vec::<String>::new());
    let products = manifest(&build).products;
    let of_shop: Vec<_> = products.iter().filter(|product| product.goods.is_some()).collect();
    assert!(matches!(products[1].scope, Scope::Course(_)) && products.len() == 6, "courses come before");
    insta::assert_snapshot!(serde_json::to_string_pretty(&of_shop).expect("plain data"));
    let Some(Goods::Coaching(coaching)) = &of_shop[0].goods else { panic!("{of_shop:#?}") };
    // 10:00 in Berlin, in winter and in summer.
    let hours: Vec<String> = coaching.slots.iter().map(Timestamp::to_string).collect();
    assert_eq!(hours, ["2027-02-01T09:00:00Z", "2027-02-01T09:45:00Z", "2027-07-01T08:00:00Z"]);
}

#[test]
fn the_paid_part_is_sealed_with_its_files_and_stands_nowhere_else() {
    let build = shop().built();
    for (path, bytes) in build.site.files() {
        let public = String::from_utf8_lossy(bytes).to_lowercase();
        assert!(!public.contains("canary1") && !public.contains("canary3"), "{path}");
        // The name of a file is in its address, which only the sealed page has.
        assert!(path.starts_with("_sealed/") || !public.contains("canary2"), "{path}");
    }
    for (language, prefix) in [("en", ""), ("zh", "zh/")] {
        for name in ["download", "ticket"] {
            let (page, access) = opened(&build, &format!("_sealed/{prefix}products/{name}/index.html.lys"));
            assert_eq!(access, format!("paid:product:{name}"));
            assert!(page.contains("Canary1") && page.contains("Open words."), "{language} {page}");
            let public = text(&build, &format!("{prefix}products/{name}/index.html"));
            assert!(public.contains("Open words.") && public.contains("<li>Behind</li>"), "{public}");
        }
    }
    let files: Vec<&str> =
        build.site.files().map(|(path, _)| path).filter(|path| path.contains("canary2")).collect();
    let [file] = files.as_slice() else { panic!("{files:?}") };
    let (bytes, access) = opened(&build, file);
    assert_eq!((bytes.as_str(), access.as_str()), ("canary3", "paid:product:download,product:ticket"));
    // Without a mark everything is for everybody.
    for name in ["coaching", "question"] {
        assert!(build.site.get(&format!("_sealed/products/{name}/index.html.lys")).is_none());
    }
    assert!(build.site.files().any(|(path, _)| path.starts_with("products/open.")), "named above the mark");
}

#[test]
fn requests_for_sealed_products_reach_the_app_first() {
    let patterns = manifest(&shop().built()).worker_first;
    for expected in ["/products/*", "/zh/products/*"] {
        assert!(patterns.iter().any(|pattern| pattern == expected), "{patterns:?}");
    }
    let open = shop()
        .with(TICKET, &(head("ticket", "event: hour\n") + "\nAll.\n"))
        .with(DOWNLOAD, &head("question2", ""));
    let mut open = open;
    open.files.remove(DOWNLOAD);
    open.files.remove("products/canary2.csv");
    open.files.remove("products/open.svg");
    let patterns = manifest(&open.built()).worker_first;
    assert!(!patterns.iter().any(|pattern| pattern.contains("products")), "{patterns:?}");
}

#[test]
fn pages_of_the_site_lead_to_products_when_there_are_any() {
    let build = shop().built();
    let ticket = "href=\"/products/ticket/\"";
    for (path, parts) in [
        ("index.html", &["<a href=\"/products/\">Products</a>"][..]),
        ("zh/index.html", &["<a href=\"/zh/products/\">"]),
        ("calendar/index.html", &[ticket]),
        ("instructors/ada/index.html", &["href=\"/products/coaching/\"", "href=\"/products/question/\""]),
        (
            "products/index.html",
            &[ticket, "href=\"/products/download/\"", "Europe/Berlin", "Mon, 8 Feb 2027"],
        ),
        ("sitemap.xml", &["/products/</loc>", "/products/ticket/</loc>"]),
        (
            "llms.txt",
            &["## Products", "/products/ticket/) (preview): Public.", "/products/question/): Public."],
        ),
        (
            "products/coaching/index.html",
            &["name=\"slot\" value=\"1801472400\"", "name=\"price\" value=\"coaching\""],
        ),
        (
            "products/question/index.html",
            &["href=\"/checkout/?price=question\"", "answered within 3\u{a0}days"],
        ),
        ("products/ticket/index.html", &["datetime=\"2027-02-08T19:00:00+01:00\"", "<dd>40</dd>", "Online"]),
    ] {
        let page = text(&build, path);
        for part in parts {
            assert!(page.contains(part), "{path} has no {part}\n{page}");
        }
    }
    let none = Fixture::new().built();
    assert!(none.site.get("products/index.html").is_none());
    assert!(!text(&none, "index.html").contains("products/"));
}

#[test]
fn what_has_begun_is_sold_no_longer() {
    let zone = |at: &str| shop().at(at).build().expect("no error");
    let build = zone("2027-02-02");
    let said = shown(&build.warnings);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("2 times of this product have passed"), "{said:?}");
    let page = text(&build, "products/coaching/index.html");
    assert!(!page.contains("1801472400") && page.contains("1814428800"), "{page}");
    assert_eq!(build.next_change.map(|at| at.to_string()).as_deref(), Some("2027-02-08T18:00:00Z"));
    // The app decides by its own clock: the manifest keeps every time.
    assert_eq!(manifest(&build).products[2].goods, manifest(&shop().built()).products[2].goods);
    let build = zone("2027-02-09");
    assert!(
        build
            .warnings
            .iter()
            .all(|found| found.severity == Severity::Warning && found.code == Code::PastSlot)
    );
    assert!(!text(&build, "calendar/index.html").contains("/products/ticket/"));
    assert!(!text(&build, "products/ticket/index.html").contains("checkout"));
    // Whoever has a ticket still finds what is behind it.
    assert!(opened(&build, "_sealed/products/ticket/index.html.lys").0.contains("Canary1"));
}

#[test]
fn keys_and_kinds_fit_together() {
    let none = |path: &str, key: &str| edited(path, key, "");
    check(none(TICKET, "kind: ticket\n"), Code::MissingKey, (1, 1), "no `kind`", "`coaching`");
    check(
        edited(TICKET, "kind: ticket", "kind: tiket"),
        Code::BadValue,
        (4, 7),
        "`tiket`",
        "did you mean `ticket`?",
    );
    check(none(TICKET, "event: hour\n"), Code::MissingKey, (1, 1), "no `event`", "add `event:`");
    check(
        none(COACHING, "minutes: 45\n"),
        Code::MissingKey,
        (1, 1),
        "no `minutes`",
        "`coaching`".get(..1).unwrap_or(""),
    );
    check(none(QUESTION, "within: P3D\n"), Code::MissingKey, (1, 1), "of the kind `question`", "P3D");
    check(none(QUESTION, "instructor: ada\n"), Code::MissingKey, (1, 1), "no `instructor`", "instructors/");
    check(
        edited(DOWNLOAD, "---\n\n", "minutes: 45\n---\n\n"),
        Code::WithoutEffect,
        (6, 10),
        "`download`",
        "kind: coaching",
    );
    check(
        edited(QUESTION, "within", "witin"),
        Code::UnknownKey,
        (7, 1),
        "a key of a product",
        "did you mean `within`?",
    );
    check(edited(QUESTION, "ada", "adda"), Code::UnknownInstructor, (6, 13), "`adda`", "did you mean `ada`?");
    check(edited(QUESTION, "P3D", "P0D"), Code::BadDuration, (7, 9), "`P0D`", "");
    check(edited(QUESTION, "P3D", "P91D"), Code::BadDuration, (7, 9), "1 to 90 days", "P3D");
    check(edited(COACHING, "45\n", "1441\n"), Code::BadValue, (7, 10), "1 to 1440 minutes", "whole number");
    check(edited(TICKET, "40", "0"), Code::BadValue, (7, 9), "1 to 1000000 places", "whole number");
    check(edited(TICKET, "40", "[40]"), Code::WrongType, (7, 9), "a list for `places`", "");
}

#[test]
fn prices_are_paid_once_and_have_ids_of_their_own() {
    let price = |to: &str| edited(QUESTION, "[{ id: question, amount: 29.00 USD }]", to);
    let with = |key: &str| price(&format!("[{{ id: question, amount: 29.00 USD, {key} }}]"));
    for key in ["every: month", "for: P90D", "trial: P7D", "per: seat"] {
        check(
            with(key),
            Code::UnknownKey,
            (5, 45),
            "a price of a product, which is paid once",
            "`id`, `amount`",
        );
    }
    check(price("[]"), Code::BadPrice, (5, 9), "no price", "29.00 USD");
    check(
        price("[{ id: rust, amount: 29.00 USD }]"),
        Code::DuplicateId,
        (7, 11),
        "a second price `rust`",
        "products/question.md:5",
    );
    check(
        price("[{ id: ticket, amount: 29.00 USD }]"),
        Code::DuplicateId,
        (5, 16),
        "a second price `ticket`",
        "products/question.md",
    );
    check(price("29.00 USD"), Code::WrongType, (5, 9), "a list", "");
}

#[test]
fn offers_may_be_for_products() {
    let offer = |text: &str| {
        edited("lyceum.yaml", "tiers:", &format!("offers:\n  - {{ code: TEN, {text} }}\ntiers:"))
    };
    let build = offer("percent: 10, prices: [question]").built();
    assert_eq!(manifest(&build).offers.len(), 1);
    check(
        offer("amount: 30.00 USD, prices: [question]"),
        Code::BadOffer,
        (6, 26),
        "at most its price",
        "smaller",
    );
    check(
        offer("percent: 10, prices: [qestion]"),
        Code::UnknownPrice,
        (6, 40),
        "`qestion`",
        "did you mean `question`?",
    );
}

#[test]
fn tickets_are_for_events_that_begin_at_a_time() {
    check(
        edited(TICKET, "event: hour", "event: hours"),
        Code::UnknownEvent,
        (6, 8),
        "`hours`",
        "did you mean `hour`?",
    );
    let day =
        shop().edited(HOUR, "2027-02-08T19:00", "2027-02-08").edited(HOUR, "ends: 2027-02-08T20:00\n", "");
    check(
        day,
        Code::UnknownEvent,
        (6, 8),
        "a day and no time",
        "`starts: 2027-02-08T19:00` in `events/hour.md`",
    );
    // A mistake in the event is said once, there.
    check(edited(HOUR, "2027-02-08T19:00", "soon"), Code::BadDate, (3, 9), "`soon`", "");
    // A day is over when the next one begins.
    let build = edited(HOUR, "ends: 2027-02-08T20:00", "ends: 2027-02-09").built();
    let ends = manifest(&build).products.into_iter().find_map(|product| match product.goods {
        Some(Goods::Ticket(ticket)) => ticket.ends,
        _ => None,
    });
    assert_eq!(ends.map(|at| at.to_string()).as_deref(), Some("2027-02-09T23:00:00Z"));
}

#[test]
fn slots_are_times_that_come_once_and_do_not_overlap() {
    let slots = |slots: &str| {
        edited(COACHING, "[2027-07-01T10:00, 2027-02-01T10:00, 2027-02-01T10:45]", &format!("[{slots}]"))
    };
    check(slots("2027-02-01"), Code::BadSlot, (8, 9), "a day and a time", "T10:00");
    check(slots("2027-02-01T25:00"), Code::BadSlot, (8, 9), "expected a day such as", "24 hours");
    // In Berlin the clocks go from 02:00 to 03:00 on 28 March 2027 and from 03:00 to 02:00 on 31 October.
    check(slots("2027-03-28T02:30"), Code::BadSlot, (8, 9), "which they skip", "clocks are changed");
    check(slots("2027-10-31T02:30"), Code::BadSlot, (8, 9), "comes twice", "clocks are changed");
    check(slots("2027-02-01T10:00, 2027-02-01T10:00"), Code::BadSlot, (8, 27), "stands twice", "remove one");
    check(
        slots("2027-02-01T10:44, 2027-02-01T10:00"),
        Code::BadSlot,
        (8, 9),
        "still busy",
        "products/coaching.md:8",
    );
    check(slots("soon"), Code::BadSlot, (8, 9), "`soon`", "");
    assert!(slots("").build().is_ok(), "a full calendar is no mistake");
    let other = head("coaching", "instructor: ada\nminutes: 30\nslots: [2027-02-01T09:31]\n")
        .replace("id: coaching", "id: second");
    let second = |text: &str| shop().with("products/second.md", text);
    check(second(&other), Code::BadSlot, (8, 27), "`ada` is still busy", "products/second.md:8");
    // Right behind it, and of somebody else.
    assert!(second(&other.replace("09:31", "09:30")).build().is_ok());
    let bob = second(&other.replace("ada", "bob")).with("instructors/bob.md", "---\nname: Bob\n---\n");
    assert!(bob.build().is_ok());
}

#[test]
fn a_download_says_where_its_paid_part_begins() {
    let mark = "<!-- preview-ends -->\n";
    let unmarked = |path| {
        let mut fixture = edited(path, mark, "");
        if path == DOWNLOAD {
            // What the other one refers to is as public as this text, of which there is no page.
            fixture = fixture.edited(DOWNLOAD, "[x](canary2.csv)", "");
        }
        fixture
    };
    check(unmarked(DOWNLOAD), Code::NoPaidPart, (1, 1), "in a download", "on a line of its own");
    let nothing = edited(DOWNLOAD, "## Behind\n\nCanary1 [x](canary2.csv)\n", "");
    check(nothing, Code::NoPaidPart, (1, 1), "nothing below", "for buyers alone");
    let zh = |body: &str| shop().with("products/ticket.zh.md", &format!("---\ntitle: 票\n---\n\n{body}\n"));
    check(zh("Canary1"), Code::NoPaidPart, (1, 1), "in another language", "on a line of its own");
    assert!(zh("开放\n\n<!-- preview-ends -->\n\n付费").build().is_ok());
    // The other way round too: nobody knows which of the two was meant.
    let zh = shop()
        .with("products/question.zh.md", "---\ntitle: 问\n---\n\n开放\n\n<!-- preview-ends -->\n\n付费\n");
    check(zh, Code::NoPaidPart, (1, 1), "in another language", "");
    // A mark in a wrong place is reported as that.
    check(
        edited(DOWNLOAD, mark, "- <!-- preview-ends -->\n"),
        Code::PreviewMarker,
        (10, 3),
        "inside other text",
        "",
    );
    check(
        edited(DOWNLOAD, mark, "<!-- preview-end -->\n"),
        Code::PreviewMarker,
        (10, 1),
        "",
        "correct the marker",
    );
}

#[test]
fn a_translation_of_a_product_has_words_only() {
    let zh =
        |keys: &str| shop().with("products/question.zh.md", &format!("---\ntitle: 问\n{keys}---\n\n问。\n"));
    assert!(zh("summary: 公开。\n").build().is_ok());
    check(zh("within: P9D\n"), Code::StructureInTranslation, (3, 1), "`within` in a translation", "original");
    check(
        zh("kind: download\n"),
        Code::StructureInTranslation,
        (3, 1),
        "`kind` in a translation",
        "original",
    );
    let page = text(&zh("summary: 公开。\n").built(), "zh/products/question/index.html");
    assert!(page.contains("<h1>问</h1>") && page.contains("3\u{a0}天内答复"), "{page}");
}

#[test]
fn products_have_addresses_of_their_own() {
    let page = shop().with("pages/products.md", "---\ntitle: P\n---\n");
    check(page, Code::ReservedSlug, (1, 1), "/products/", "belongs to the site itself");
    let alias = edited(QUESTION, "within: P3D\n", "within: P3D\naliases: [/ask/]\n").built();
    assert_eq!(manifest(&alias).redirects.get("/ask/").map(String::as_str), Some("/products/question/"));
    let taken = edited(QUESTION, "within: P3D\n", "within: P3D\naliases: [/products/ticket/]\n");
    check(taken, Code::AliasTaken, (8, 11), "/products/ticket/", "");
    let linked = edited(QUESTION, "Ask.", "[the hour](ticket.md)").built();
    assert!(text(&linked, "products/question/index.html").contains("href=\"/products/ticket/\">the hour"));
}

#[test]
fn the_search_finds_the_paid_part_for_buyers_only() {
    let build = shop().built();
    let rules = manifest(&build).search_rules;
    assert!(rules.values().any(|rule| rule == "paid:product:download"), "{rules:?}");
}
