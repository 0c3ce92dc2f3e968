//! What search engines and other programs read: structured data, canonical addresses, sitemap, feeds, `llms.txt`.

use std::collections::{BTreeMap, BTreeSet};

use lyceum_tests::Content;
use lyceum_tests::content::{Files, small_academy};
use serde_json::Value;

/// The properties that each type may have, inherited ones included.
fn vocabulary() -> BTreeMap<String, BTreeSet<String>> {
    let fixture: Value = serde_json::from_str(include_str!("seo/schema-org.json")).expect("the fixture");
    let types = fixture["types"].as_object().expect("types").iter();
    let names = |value: &Value| value.as_str().expect("names").split(' ').map(str::to_owned).collect();
    types.map(|(name, value)| (name.clone(), names(value))).collect()
}

/// What search engines ask for, by type. Each group is what they need for one kind of result.
const REQUIRED: [(&str, &[&str]); 13] = [
    ("Course", &["name", "description", "url"]),
    ("CourseInstance", &["courseMode", "courseWorkload"]),
    ("Article", &["headline", "author", "publisher", "isAccessibleForFree", "inLanguage"]),
    ("WebSite", &["name", "url"]),
    ("Organization", &["name", "url"]),
    ("Person", &["name", "url"]),
    ("ProfilePage", &["name", "url", "mainEntity"]),
    ("WebPage", &["name", "url"]),
    ("BreadcrumbList", &["itemListElement"]),
    // The way from the home page says `item`, a list of courses says `url`; both are checked by what they are in.
    ("ListItem", &["position", "name"]),
    ("Offer", &["category"]),
    ("Event", &["name", "startDate", "location", "organizer", "offers"]),
    ("Product", &["name", "description", "offers"]),
];

fn pages(files: &Files) -> impl Iterator<Item = (&str, String)> {
    let html = files.iter().filter(|(path, _)| path.ends_with("index.html") && !path.starts_with("/_"));
    html.map(|(path, bytes)| {
        (path.strip_suffix("index.html").expect("checked"), String::from_utf8(bytes.to_vec()).expect("text"))
    })
}

fn structured(page: &str) -> Option<Value> {
    let (_, rest) = page.split_once("<script type=\"application/ld+json\">")?;
    let (json, _) = rest.split_once("</script>")?;
    Some(serde_json::from_str(json).expect("JSON"))
}

fn types_of(node: &Value) -> Vec<String> {
    match &node["@type"] {
        Value::String(name) => vec![name.clone()],
        Value::Array(names) => names.iter().map(|name| name.as_str().expect("a type").to_owned()).collect(),
        other => panic!("no type: {other} in {node}"),
    }
}

/// Everything that is wrong with a node and those inside it.
fn wrong(node: &Value, vocabulary: &BTreeMap<String, BTreeSet<String>>, found: &mut Vec<String>) {
    match node {
        Value::Array(items) => items.iter().for_each(|item| wrong(item, vocabulary, found)),
        Value::Object(fields) => {
            let types = types_of(node);
            for name in types.iter().filter(|name| !vocabulary.contains_key(*name)) {
                found.push(format!("no type `{name}`"));
            }
            let may = |key: &String| {
                types.iter().any(|name| vocabulary.get(name).is_some_and(|names| names.contains(key)))
            };
            for key in fields.keys().filter(|key| !key.starts_with('@')).filter(|key| !may(key)) {
                found.push(format!("`{key}` is no property of {types:?}"));
            }
            for (name, keys) in REQUIRED.iter().filter(|(name, _)| types.iter().any(|found| found == name)) {
                let missing = keys.iter().filter(|key| fields.get(**key).is_none_or(is_empty));
                found.extend(missing.map(|key| format!("`{key}` is missing in {name}")));
            }
            for (key, value) in fields.iter().filter(|(key, _)| matches!(key.as_str(), "url" | "item")) {
                if !value.as_str().is_some_and(|url| url.starts_with("https://")) {
                    found.push(format!("`{key}` is no whole address: {value}"));
                }
            }
            fields.values().for_each(|value| wrong(value, vocabulary, found));
        }
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty)
}

fn top_nodes(data: &Value) -> Vec<&Value> {
    data.as_array().map_or_else(|| vec![data], |nodes| nodes.iter().collect())
}

#[test]
fn a_mistake_in_structured_data_is_seen() {
    let vocabulary = vocabulary();
    let check = |json: &str| {
        let mut found = Vec::new();
        wrong(&serde_json::from_str(json).expect("JSON"), &vocabulary, &mut found);
        found
    };
    assert_eq!(check(r#"{"@type":"Person","name":"A","url":"https://a.example/"}"#), Vec::<String>::new());
    assert_eq!(check(r#"{"@type":"Person","name":"A","url":"/a/"}"#).len(), 1);
    assert_eq!(
        check(r#"{"@type":"Persn","name":"A"}"#),
        ["no type `Persn`", "`name` is no property of [\"Persn\"]"]
    );
    let course =
        r#"{"@type":"Course","name":"A","description":"B","url":"https://a.example/","instructor":[]}"#;
    assert_eq!(check(course), ["`instructor` is no property of [\"Course\"]"]);
    assert_eq!(check(r#"{"@type":"Offer"}"#), ["`category` is missing in Offer"]);
}

#[test]
fn structured_data_keeps_to_the_vocabulary() {
    let vocabulary = vocabulary();
    let mut kinds = BTreeSet::new();
    for files in [Content::sample().files(), small_academy().clone()] {
        for (path, page) in pages(&files) {
            // A page that has moved says nothing of its own.
            let is_moved = page.contains("http-equiv=\"refresh\"");
            let Some(data) = structured(&page) else {
                assert!(is_moved, "{path} says nothing to search engines");
                continue;
            };
            let mut found = Vec::new();
            wrong(&data, &vocabulary, &mut found);
            assert_eq!(found, Vec::<String>::new(), "{path}: {data:#}");
            for node in top_nodes(&data) {
                assert_eq!(node["@context"], "https://schema.org", "{path}");
                kinds.extend(types_of(node));
            }
        }
    }
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    assert_eq!(
        kinds,
        [
            "Article",
            "BreadcrumbList",
            "Course",
            "Event",
            "ItemList",
            "LearningResource",
            "Product",
            "ProfilePage",
            "WebPage",
            "WebSite"
        ]
    );
}

#[test]
fn people_and_plain_pages_say_who_and_what_they_are() {
    let content = Content::default()
        .with("lyceum.yaml", "title: A\nurl: https://a.example\nlanguages: [en, zh]\n")
        .with("courses/c/index.md", "---\ntitle: C\nsummary: S\naccess: free\ninstructors: [ada]\n---\n")
        .with("courses/c/01-x.md", "---\ntitle: X\n---\n\nWords.\n")
        .with(
            "instructors/ada.md",
            "---\nname: Ada\nrole: Teacher\nlinks: [{ title: Notes, url: \"https://notes.example/ada\" }]\n---\n",
        )
        .with("instructors/ada.zh.md", "---\nname: 艾达\n---\n")
        .with("pages/terms.md", "---\ntitle: Terms\nsummary: What holds.\n---\n");
    let files = content.files();
    let data = |path: &str| {
        let page = String::from_utf8(files[path].to_vec()).expect("text");
        structured(&page).unwrap_or_else(|| panic!("{path} says nothing"))
    };
    let ada = data("/instructors/ada/index.html");
    let person = &ada[0]["mainEntity"];
    assert_eq!((&person["name"], &person["jobTitle"]), (&"Ada".into(), &"Teacher".into()), "{ada:#}");
    assert_eq!(person["sameAs"], serde_json::json!(["https://notes.example/ada"]));
    assert_eq!(ada[1]["itemListElement"][1]["item"], "https://a.example/instructors/");
    let ada = data("/zh/instructors/ada/index.html");
    assert_eq!((&ada[0]["inLanguage"], &ada[0]["name"]), (&"zh".into(), &"艾达".into()));
    assert_eq!(ada[0]["url"], "https://a.example/zh/instructors/ada/");
    // Without a text in Chinese, the page in English is the one to find.
    let terms = data("/zh/terms/index.html");
    assert_eq!((&terms[0]["inLanguage"], &terms[0]["name"]), (&"en".into(), &"Terms".into()));
    assert_eq!(terms[0]["url"], "https://a.example/terms/");
}

#[test]
fn what_is_sold_says_its_price_and_when_it_takes_place() {
    let files = Content::sample().files();
    let data =
        |path: &str| structured(std::str::from_utf8(&files[path]).expect("text")).expect("structured data");
    let event = &data("/zh/products/borrow-checker-workshop/index.html")[0];
    assert_eq!(event["startDate"], "2027-03-13T14:00:00+01:00", "{event:#}");
    assert_eq!(event["offers"][0]["price"], "35.00");
    assert_eq!(event["offers"][0]["priceCurrency"], "USD");
    assert_eq!(event["offers"][0]["validThrough"], event["startDate"]);
    assert_eq!(event["location"], "线上，六人一个小房间");
    let workbook = &data("/products/cohort-workbook/index.html")[0];
    assert_eq!(workbook["offers"].as_array().map(Vec::len), Some(2), "{workbook:#}");
}

#[test]
fn a_closed_lesson_says_so_to_search_engines() {
    let mut n_closed = 0;
    for (path, page) in pages(small_academy()) {
        let Some(data) = structured(&page) else { continue };
        let Some(article) = top_nodes(&data).into_iter().find(|node| types_of(node)[0] == "Article") else {
            continue;
        };
        let is_free = article["isAccessibleForFree"].as_bool().expect("a word about access");
        assert_eq!(is_free, !page.contains("data-kind=\"teaser\""), "{path}");
        if is_free {
            assert!(article["hasPart"].is_null(), "{path}");
            continue;
        }
        n_closed += 1;
        assert_eq!(article["hasPart"]["isAccessibleForFree"], false, "{path}");
        let class =
            article["hasPart"]["cssSelector"].as_str().and_then(|selector| selector.strip_prefix('.'));
        let class = class.expect("the class of what is closed");
        let has_class = page.split("class=\"").skip(1).any(|rest| {
            rest.split('"').next().is_some_and(|classes| classes.split(' ').any(|found| found == class))
        });
        assert!(has_class, "{path}: nothing has the class `{class}`");
    }
    assert!(n_closed >= 4, "{n_closed}");
}

#[test]
fn the_way_to_a_page_exists() {
    let files = Content::sample().files();
    let mut n_ways = 0;
    for (path, page) in pages(&files) {
        let Some(data) = structured(&page) else { continue };
        let Some(way) = top_nodes(&data).into_iter().find(|node| types_of(node)[0] == "BreadcrumbList")
        else {
            continue;
        };
        n_ways += 1;
        let steps = way["itemListElement"].as_array().expect("steps");
        for (idx, step) in steps.iter().enumerate() {
            assert_eq!(step["position"], idx + 1, "{path}");
            let address = step["item"].as_str().and_then(|url| url.strip_prefix("https://academy.example"));
            let address = address.unwrap_or_else(|| panic!("{path}: {step}"));
            assert!(files.contains_key(&format!("{address}index.html")), "{path}: nothing is at {address}");
        }
    }
    assert!(n_ways > 20, "{n_ways}");
}

fn attribute<'p>(tag: &'p str, name: &str) -> Option<&'p str> {
    tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

fn links<'p>(page: &'p str, rel: &str) -> Vec<&'p str> {
    let rel = format!("<link rel=\"{rel}\"");
    page.split('<').filter(|tag| format!("<{tag}").starts_with(&rel)).collect()
}

/// Canonical address, and alternates by language.
type Head = (String, BTreeMap<String, String>);

fn heads(files: &Files) -> BTreeMap<String, Head> {
    let head = |(path, page): (&str, String)| {
        let canonical: Vec<&str> =
            links(&page, "canonical").into_iter().filter_map(|tag| attribute(tag, "href")).collect();
        assert_eq!(canonical.len(), 1, "{path}");
        let alternates = links(&page, "alternate").into_iter();
        let alternates = alternates.filter_map(|tag| {
            Some((attribute(tag, "hreflang")?.to_owned(), attribute(tag, "href")?.to_owned()))
        });
        (format!("https://academy.example{path}"), (canonical[0].to_owned(), alternates.collect()))
    };
    pages(files).map(head).collect()
}

#[test]
fn languages_of_a_page_name_each_other() {
    let files = Content::sample().files();
    let heads = heads(&files);
    let mut n_pairs = 0;
    for (url, (canonical, alternates)) in &heads {
        assert!(heads.contains_key(canonical), "{url}: the canonical page {canonical} does not exist");
        assert_eq!(&heads[canonical].0, canonical, "{url}: the canonical page of {canonical} is another one");
        for (language, other) in alternates {
            assert!(heads.contains_key(other), "{url}: {other} does not exist");
            assert_eq!(&heads[other].0, other, "{url}: {other} is not canonical");
            assert_eq!(&heads[other].1, alternates, "{url} and {other} do not agree");
            let is_prefixed = other.starts_with(&format!("https://academy.example/{language}/"));
            assert_eq!(is_prefixed, language != "en", "{other} is not in {language}");
            n_pairs += 1;
        }
    }
    assert!(n_pairs > 40, "{n_pairs}");
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    text.split(open).skip(1).map(|rest| rest.split(close).next().expect("text")).collect()
}

#[test]
fn the_sitemap_lists_every_canonical_page_once() {
    let files = Content::sample().files();
    let map = String::from_utf8(files["/sitemap.xml"].to_vec()).expect("text");
    let listed = between(&map, "<loc>", "</loc>");
    let unique: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(unique.len(), listed.len());
    let heads = heads(&files);
    let canonical: BTreeSet<&str> = heads.values().map(|(canonical, _)| canonical.as_str()).collect();
    assert_eq!(unique, canonical);
    for entry in between(&map, "<url>", "</url>") {
        let url = between(entry, "<loc>", "</loc>")[0];
        let others: BTreeMap<String, String> = between(entry, "<xhtml:link ", "/>")
            .into_iter()
            .map(|tag| {
                let tag = format!(" {tag}");
                let part = |name| attribute(&tag, name).expect("an attribute").to_owned();
                (part("hreflang"), part("href"))
            })
            .collect();
        assert_eq!(others, heads[url].1, "{url}");
    }
    let robots = String::from_utf8(files["/robots.txt"].to_vec()).expect("text");
    assert!(robots.ends_with("\nSitemap: https://academy.example/sitemap.xml\n"), "{robots}");
    for line in robots.lines().filter_map(|line| line.strip_prefix("Disallow: ")) {
        assert!(!unique.iter().any(|url| url["https://academy.example".len()..].starts_with(line)), "{line}");
    }
}

#[test]
fn feeds_are_atom() {
    let files = Content::sample().files();
    for (path, language) in [("/feed.xml", "en"), ("/zh/feed.xml", "zh")] {
        let feed = String::from_utf8(files[path].to_vec()).expect("text");
        let (head, _) = feed.split_once("<entry>").expect("entries");
        assert!(
            head.contains("<feed xmlns=\"http://www.w3.org/2005/Atom\"")
                && head.contains(&format!("xml:lang=\"{language}\""))
        );
        for element in ["title", "id", "updated"] {
            assert_eq!(between(head, &format!("<{element}>"), "<").len(), 1, "{element}");
        }
        assert!(head.contains(&format!("<link rel=\"self\" href=\"https://academy.example{path}\"/>")));
        assert_eq!(between(head, "<author><name>", "<").len(), 1);
        let mut ids = BTreeSet::new();
        let mut last = "9999".to_owned();
        for entry in between(&feed, "<entry>", "</entry>") {
            for element in ["title", "id", "updated", "summary"] {
                assert_eq!(between(entry, &format!("<{element}>"), "</").len(), 1, "{element}: {entry}");
            }
            assert!(ids.insert(between(entry, "<id>", "<")[0]), "the same id twice: {entry}");
            let updated = between(entry, "<updated>", "<")[0];
            assert!(is_date_time(updated) && *updated <= *last, "{updated} after {last}");
            last = updated.to_owned();
            let link = between(entry, "<link href=\"", "\"")[0]
                .strip_prefix("https://academy.example")
                .expect("an address");
            assert!(files.contains_key(&format!("{link}index.html")), "{link}");
        }
        assert_eq!(
            between(head, "<updated>", "<")[0],
            between(&feed, "<updated>", "<")[1],
            "the newest entry"
        );
    }
}

/// `2026-11-02T00:00:00Z`.
fn is_date_time(text: &str) -> bool {
    let digits: String =
        text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    digits == "0000-00-00T00:00:00Z"
}

#[test]
fn programs_are_told_what_is_public_and_nothing_else() {
    let text = String::from_utf8(small_academy()["/llms.txt"].to_vec()).expect("text");
    assert!(text.starts_with("# ") && text.contains("\n## "), "{text}");
    for paid in ["Buyers read the whole lesson.", "zqcanary"] {
        assert!(!text.contains(paid), "{text}");
    }
    let files = Content::sample().files();
    let text = String::from_utf8(files["/llms.txt"].to_vec()).expect("text");
    let addresses = between(&text, "](https://academy.example", ")");
    assert!(addresses.len() > 30, "{text}");
    for address in addresses {
        assert!(files.contains_key(&format!("{address}index.html")), "{address}");
    }
}
