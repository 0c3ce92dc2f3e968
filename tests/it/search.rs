//! Everybody finds what is public; whoever paid also finds what they paid for; nobody learns more.
//!
//! They are meant to fail for an app that reads every line of the sealed index, for a public index of whole lessons, and
//! for a search without stems.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use lyceum_contract::paths::SEALED;
use lyceum_contract::search::FOLDER;
use lyceum_tests::academy::Visitor;
use lyceum_tests::browser::{encoded, with_headers};
use lyceum_tests::{Academy, Content, Files, Page};
use serde_json::Value;

use crate::paywall::canaries::{GUARDED, KINDS, LANGUAGES, MEMBERS, PAID, content as vault_content};
use crate::paywall::{outsiders, vault};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("it/search")
}

fn small() -> &'static Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    FILES.get_or_init(|| Content::copy_of(&folder().join("content")).files())
}

async fn search(browser: &mut Visitor, prefix: &str, q: &str) -> Page {
    browser.get(&format!("{prefix}/search/?{}", encoded([("q", q), ("format", "json")]))).await
}

/// The addresses of hits, best first.
fn addresses(page: &Page) -> Vec<String> {
    let found: Value =
        serde_json::from_slice(&page.body).unwrap_or_else(|error| panic!("{error}: {}", page.text()));
    let hits = found["hits"].as_array().expect("hits");
    hits.iter().map(|hit| hit["address"].as_str().expect("an address").to_owned()).collect()
}

fn n_found(page: &Page) -> u64 {
    let found: Value = serde_json::from_slice(&page.body).expect("JSON");
    found["n"].as_u64().expect("a number")
}

#[tokio::test]
async fn every_query_finds_its_section() {
    let queries = std::fs::read(folder().join("queries.json")).expect("the queries");
    let queries: Vec<Value> = serde_json::from_slice(&queries).expect("JSON");
    assert!(queries.len() > 30);
    let mut browser = Academy::of(small()).browser();
    let mut missed = Vec::new();
    for query in &queries {
        let text = |name: &str| query[name].as_str().expect("a text").to_owned();
        let prefix = if text("language") == "en" { "" } else { "/zh" };
        let found = addresses(&search(&mut browser, prefix, &text("q")).await);
        if !found.iter().take(5).any(|address| *address == text("expected")) {
            missed.push(format!("{} → {}, found {found:?}", text("q"), text("expected")));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// A course of free lessons: name, title, text.
fn lessons(all: &[(&str, &str, &str)]) -> Files {
    let mut content = Content::default()
        .with("lyceum.yaml", "title: A\nurl: https://a.example\nlanguages: [en, zh]\n")
        .with("courses/c/index.md", "---\ntitle: C\nsummary: S\naccess: free\n---\n");
    for (name, title, text) in all {
        content =
            content.with(&format!("courses/c/{name}.md"), format!("---\ntitle: {title}\n---\n\n{text}\n"));
    }
    content.files()
}

#[tokio::test]
async fn the_best_comes_first() {
    let long = |word: &str| {
        format!("{} {word} {}", "filler words go here ".repeat(20), "and more of it ".repeat(20))
    };
    let once = long("gravity");
    let heading = format!("## Gravity\n\n{}", long("falling"));
    let site = lessons(&[
        ("01-once", "Apples", &once),
        ("02-title", "Gravity", &long("things")),
        ("03-heading", "Planets", &heading),
        ("04-often", "Pears", &long("gravity gravity gravity gravity gravity")),
        // What nearly every page has says little about one that has it.
        ("05-usual", "Cups", "A saucer."),
        ("06-usual", "Mugs", "A saucer."),
        ("07-usual", "Jugs", "A saucer."),
        ("08-usual", "Pots", "A saucer."),
        ("09-rare", "Pans", "A walrus."),
        ("10-usual", "Bowls", "A saucer."),
        ("11-both", "Both", "A penguin on an iceberg."),
        ("12-half", "Half", "A penguin in a boat."),
    ]);
    let mut browser = Academy::of(&site).browser();
    let lesson = |name: &str| format!("/courses/c/{name}/");
    let found = addresses(&search(&mut browser, "", "gravity").await);
    let expected =
        [lesson("title"), format!("{}#gravity", lesson("heading")), lesson("often"), lesson("once")];
    assert_eq!(found, expected);
    let found = addresses(&search(&mut browser, "", "saucer walrus").await);
    assert_eq!((found.len(), &found[0]), (6, &lesson("rare")), "{found:?}");
    // Half of what is searched for is not what is searched for, where somebody has all of it.
    assert_eq!(addresses(&search(&mut browser, "", "penguin iceberg").await), [lesson("both")]);
}

#[tokio::test]
async fn what_was_searched_for_is_shown_and_marked() {
    let far =
        format!("{}the needle, and a needlework. {}", "Hay and straw. ".repeat(60), "More hay. ".repeat(60));
    let site = lessons(&[
        ("01-hay", "Stack", &far),
        ("02-rights", "Law", "谁拥有这个值？所有权转移之后不能再用。"),
        ("03-mixed", "Order", "权力有所不同。"),
    ]);
    let mut browser = Academy::of(&site).browser();
    let page = search(&mut browser, "", "needle").await;
    let found: Value = serde_json::from_slice(&page.body).expect("JSON");
    let pieces: Vec<&str> =
        found["hits"][0]["text"].as_array().expect("pieces").iter().filter_map(Value::as_str).collect();
    assert!(pieces[0].starts_with("… ") && pieces[0].ends_with("the "), "{pieces:?}");
    assert_eq!(pieces[1..4], ["needle", ", and a ", "needlework"]);
    // Pairs of letters, not letters: what has them in another order is something else.
    let page = search(&mut browser, "/zh", "所有权").await;
    let found: Value = serde_json::from_slice(&page.body).expect("JSON");
    assert_eq!(addresses(&page), ["/zh/courses/c/rights/"]);
    let text = found["hits"][0]["text"].as_array().expect("pieces");
    assert_eq!(*text, ["谁拥有这个值？", "所有权", "转移之后不能再用。"]);
    assert_eq!(n_found(&search(&mut browser, "/zh", "权有").await), 0);
}

#[tokio::test]
async fn the_page_works_without_a_script() {
    let mut browser = Academy::of(small()).browser();
    let page = browser.open("/search/").await;
    let found = browser.submit(&page.form("/search/").fill("q", "split_once")).await;
    assert!(found.shows("1\u{a0}page found") && found.shows("<mark>split_once</mark>"), "{}", found.text());
    assert!(found.shows("href=\"/courses/rust/text/cutting/#at-the-first-sign\""));
    let page = browser.open("/zh/search/?q=%3Cscript%3E%E6%B5%81%E6%B2%99").await;
    assert!(page.shows("没有找到“&lt;script&gt;流沙”。") && !page.shows("<script>流沙"), "{}", page.text());
    assert_eq!(page.header("cache-control"), "no-store");
    let json = with_headers(
        browser.request(http::Method::GET, "/search/?q=privacy"),
        &[("accept", "application/json")],
    );
    let json = browser.send(json).await;
    assert_eq!((json.header("content-type"), json.header("cache-control")), ("application/json", "no-store"));
    assert_eq!(addresses(&json), ["/privacy/"]);
}

#[tokio::test]
async fn buyers_find_what_they_bought() {
    let academy = Academy::of(small());
    let (mut visitor, mut buyer) = (academy.browser(), academy.buyer("buyer@example.org", "rust").await);
    for (prefix, word, anchor) in [("", "quicksand", "projections"), ("/zh", "流沙", "投影")] {
        assert_eq!(n_found(&search(&mut visitor, prefix, word).await), 0);
        let found = search(&mut buyer, prefix, word).await;
        assert_eq!(addresses(&found), [format!("{prefix}/courses/rust/text/pinning/#{anchor}")]);
        assert!(found.shows(word), "{}", found.text());
    }
    // Once each, and open to the one and closed to the other.
    let access =
        |page: &Page| serde_json::from_slice::<Value>(&page.body).expect("JSON")["hits"][0]["access"].clone();
    let (open, closed) = (search(&mut buyer, "", "pinning").await, search(&mut visitor, "", "pinning").await);
    assert_eq!(addresses(&open).len(), 1);
    assert_eq!((access(&open), access(&closed)), ("".into(), "paid".into()));
}

#[tokio::test]
async fn whoever_paid_finds_every_word() {
    let academy = Academy::of(vault());
    let mut buyer = academy.buyer("buyer@example.org", "vault").await;
    // Comments, addresses and raw HTML are no text.
    let silent =
        ["comment", "htmlattribute", "filename", "externallink", "linktitle", "imagetitle", "figuretitle"];
    let silent = [&silent[..], &["codetitle", "html", "longword"]].concat();
    for lesson in GUARDED {
        for (language, prefix, _) in LANGUAGES {
            for kind in KINDS.into_iter().filter(|kind| !silent.contains(kind)) {
                let word = lesson.word(language, kind);
                let found = search(&mut buyer, prefix, &word).await;
                assert!(n_found(&found) >= 1, "{word} is not found");
            }
        }
    }
}

#[tokio::test]
async fn nobody_else_finds_a_word() {
    let academy = Academy::of(vault());
    let mut anybody = academy.browser();
    for (who, mut browser, forbidden) in outsiders(&academy).await {
        for lesson in GUARDED.iter().filter(|lesson| forbidden.contains(&lesson.prefix)) {
            for (language, prefix, _) in LANGUAGES {
                let word = lesson.word(language, "body");
                for q in [&word, lesson.prefix, &word[..word.len() - 1], &format!("everybody {word}")] {
                    let found = search(&mut browser, prefix, q).await;
                    let same = search(&mut anybody, prefix, q).await;
                    // Whoever has an account finds what is for members.
                    let is_member = !forbidden.contains(&MEMBERS);
                    assert!(is_member || found.body == same.body, "{who}: {q} gives {}", found.text());
                    assert!(!found.text().to_lowercase().contains("zq"), "{who}: {q} gives {}", found.text());
                    assert!(q.contains("everybody") || n_found(&found) == 0, "{who} finds {q}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_right_to_one_course_finds_nothing_in_another() {
    let academy = Academy::of(vault());
    let mut buyer = academy.buyer("buyer@example.org", "vault").await;
    let mut other = academy.buyer("other@example.org", "other").await;
    assert_eq!(n_found(&search(&mut buyer, "", "buyers").await), 0);
    assert_eq!(n_found(&search(&mut other, "", "buyers").await), 1);
    assert_eq!(n_found(&search(&mut other, "", PAID).await), 0);
    assert!(n_found(&search(&mut buyer, "", PAID).await) >= 3);
    assert!(
        n_found(&search(&mut other, "", MEMBERS).await) >= 1,
        "who has an account finds what is for members"
    );
}

#[test]
fn paid_text_changes_no_byte_of_the_public_index() {
    let mut content = vault_content();
    for name in ["02-whole.md", "02-whole.zh.md", "05-circle.md"] {
        let path = format!("courses/vault/{name}");
        let text = content.text(&path) + "\nMore paid words: xylophone xylophone.\n";
        content = content.with(&path, text);
    }
    let (before, after) = (vault(), content.files());
    let changed = |folder: &str| {
        let paths: BTreeSet<&String> =
            before.keys().chain(after.keys()).filter(|path| path.starts_with(folder)).collect();
        paths.into_iter().filter(|path| before.get(*path) != after.get(*path)).count()
    };
    assert_eq!(changed(FOLDER), 0);
    assert!(changed(&format!("{SEALED}/_lyceum")) > 0);
}

#[tokio::test]
async fn a_query_costs_a_bounded_number_of_files() {
    let academy = Academy::of(vault());
    let mut buyer = academy.buyer("buyer@example.org", "vault").await;
    let long = "everybody reads this preview and all the other words of lessons ".repeat(200);
    for q in
        [long.as_str(), &"所有权借用规则".repeat(99), "a b c d e f g h i j k l m n o p", &"x".repeat(9_000)]
    {
        let before = academy.place.assets.n_calls();
        let page = search(&mut buyer, "", q).await;
        assert!(page.status.is_success(), "{}", page.status);
        let n_read = academy.place.assets.n_calls() - before;
        assert!(n_read <= 48, "{n_read} files");
    }
}

#[tokio::test]
async fn the_search_goes_on_without_the_ledger() {
    let academy = Academy::of(small());
    let mut buyer = academy.buyer("buyer@example.org", "rust").await;
    academy.pass(601);
    academy.place.ledger.set_down(true);
    assert_eq!(addresses(&search(&mut buyer, "", "privacy").await), ["/privacy/"]);
    assert_eq!(n_found(&search(&mut buyer, "", "quicksand").await), 0, "when in doubt, no");
}

#[tokio::test]
async fn what_the_app_cannot_read_is_said() {
    let mut files = small().clone();
    let index = format!("{FOLDER}/en/index.txt");
    files.insert(index.clone(), "2\t1\t0\t0".into());
    let mut browser = Academy::of(&files).browser();
    assert_eq!(search(&mut browser, "", "privacy").await.status, 503);
    files.remove(&index);
    let mut browser = Academy::of(&files).browser();
    assert_eq!(n_found(&search(&mut browser, "", "privacy").await), 0);
}
