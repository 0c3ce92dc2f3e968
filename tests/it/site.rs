//! What the generator writes: the same for the same input, and a change of a format shows in review.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use flate2::Compression;
use lyceum_app::conformance::Random;
use lyceum_contract::id::{hex, unhex};
use lyceum_contract::manifest::{self, CourseManifest, Manifest};
use lyceum_contract::paths;
use lyceum_contract::seal::{Encoding, Header, KeyRing, SealKey, Sealed, seal};
use lyceum_tests::content::{files_of, keys, small_academy, workspace};
use lyceum_tests::{Content, Files};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::conformance::one_of_each;

/// `site.82ba9dfe.css` → `site.<hash>.css`.
fn without_hash(path: &str) -> String {
    let is_hash = |part: &str| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<&str> = path.split('.').map(|part| if is_hash(part) { "<hash>" } else { part }).collect();
    parts.join(".")
}

fn sample() -> Files {
    Content::sample().files()
}

#[test]
fn the_sample_academy_has_these_files() {
    let build = Content::sample().build().expect("the sample academy has no error");
    let warnings: Vec<String> = build
        .warnings
        .iter()
        .map(|found| format!("{}:{} {}", found.file.display(), found.line, found.message))
        .collect();
    assert!(warnings.is_empty(), "{warnings:#?}");
    // The files of a search index are as many as there are words.
    let is_shard = |path: &str| path.contains("search") && (path.contains("/t/") || path.contains("/d/"));
    let files = files_of(&build);
    let paths = files.keys().filter(|path| !is_shard(path)).map(|path| without_hash(path));
    let paths: BTreeSet<String> = paths.collect();
    insta::assert_snapshot!(paths.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn two_builds_are_the_same_to_the_last_byte() {
    let (first, second) = (sample(), sample());
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (path, bytes) in &first {
        assert_eq!(bytes, &second[path], "{path}");
    }
}

#[test]
fn a_change_in_one_lesson_changes_no_other_sealed_file() {
    let content = Content::sample();
    let path = "courses/rust-ownership/02-ownership/01-moves.md";
    let text = format!("{}\nOne more sentence at the end.\n", content.text(path));
    let changed = content.with(path, text).files();
    let before = sample();
    let differ: Vec<&String> = before
        .iter()
        .filter(|(path, bytes)| path.starts_with(paths::SEALED) && changed.get(*path) != Some(*bytes))
        .map(|(path, _)| path)
        .collect();
    let (index, lessons): (Vec<&String>, Vec<&String>) =
        differ.into_iter().partition(|path| path.contains("/_lyceum/search/"));
    assert_eq!(lessons, ["/_sealed/courses/rust-ownership/ownership/moves/index.html.lys"]);
    let n_index = before.keys().filter(|path| path.contains("/_lyceum/search/en/")).count();
    assert!(index.len() <= 6 && n_index > 15, "{index:?} of {n_index}");
}

/// The manifest as it is reviewed: without the theme's texts, and without places in the theme's shell.
fn reviewable(json: &[u8]) -> String {
    let mut manifest: Value = serde_json::from_slice(json).expect("JSON");
    if let Some(texts) = manifest.get_mut("texts").and_then(Value::as_object_mut) {
        texts.values_mut().for_each(|texts| *texts = json!("the theme's texts"));
    }
    if let Some(shells) = manifest.get_mut("shells").and_then(Value::as_object_mut) {
        for slot in shells.values_mut().filter_map(|shell| shell["slots"].as_array_mut()).flatten() {
            slot["at"] = json!("a place");
        }
    }
    serde_json::to_string_pretty(&manifest).expect("JSON")
}

#[test]
fn the_manifest_of_a_small_site() {
    insta::assert_snapshot!(reviewable(&small_academy()["/_lyceum/manifest.json"]));
}

#[test]
fn the_manifest_of_a_small_course() {
    insta::assert_snapshot!(reviewable(&small_academy()["/_lyceum/courses/rust.json"]));
}

#[test]
fn one_event_of_each_kind() {
    let events = one_of_each(&mut Random::new(7));
    let lines: Vec<String> = events.iter().map(|event| serde_json::to_string(event).expect("JSON")).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

/// Whether a pattern such as `/courses/rust/*` takes this path.
fn covers(pattern: &str, path: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == path, |start| path.starts_with(start))
}

/// Whether a pattern of the Worker's own file, in which a `*` stands for any text, takes everything that another takes.
fn includes(pattern: &str, other: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == other,
        Some((start, rest)) => {
            let Some(after) = other.strip_prefix(start) else { return false };
            rest.is_empty() || after.char_indices().any(|(at, _)| includes(rest, &after[at..]))
        }
    }
}

#[test]
fn the_file_of_the_worker_covers_what_sites_need() {
    let file = fs::read_to_string(workspace().join("edge-worker/wrangler.jsonc")).expect("the file");
    let (_, list) = file.split_once("\"run_worker_first\": [").expect("the patterns");
    let list = list.split(']').next().expect("their end");
    let lines = list.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    let patterns: Vec<&str> = lines.filter_map(|line| line.strip_prefix('"')?.split('"').next()).collect();
    assert!(patterns.len() > 10 && patterns.len() <= 100, "{patterns:?}");
    for files in [&sample(), small_academy(), crate::paywall::vault()] {
        let manifest: Manifest = manifest::parse(&files["/_lyceum/manifest.json"]).expect("a manifest");
        for needed in &manifest.worker_first {
            assert!(patterns.iter().any(|pattern| includes(pattern, needed)), "{needed} is not covered");
        }
    }
}

#[test]
fn everything_that_needs_the_app_reaches_it_first() {
    for files in [&sample(), small_academy()] {
        let manifest: Manifest = manifest::parse(&files["/_lyceum/manifest.json"]).expect("a manifest");
        let mut needed: BTreeSet<String> = files
            .keys()
            .filter_map(|path| path.strip_prefix(paths::SEALED)?.strip_suffix(paths::SEALED_SUFFIX))
            .flat_map(|path| [path.to_owned(), path.trim_end_matches("index.html").to_owned()])
            .collect();
        assert!(needed.len() > 4);
        needed.extend(
            files
                .keys()
                .filter(|path| path.starts_with("/_sealed/") || path.starts_with("/_lyceum/"))
                .cloned(),
        );
        needed.extend(paths::PROGRAMS.map(str::to_owned));
        for (number, language) in manifest.languages.iter().enumerate() {
            let prefix = if number == 0 { String::new() } else { format!("/{language}") };
            needed.extend(paths::APP_PREFIXES.map(|path| format!("{prefix}{path}")));
            needed
                .extend(["rust/moves/", "go/channels/"].map(|id| format!("{prefix}{}{id}", paths::DISCUSS)));
        }
        for path in needed {
            assert!(manifest.worker_first.iter().any(|pattern| covers(pattern, &path)), "{path}");
        }
        assert!(manifest.worker_first.len() <= 100, "the platform takes 100 patterns");
    }
}

#[test]
fn rules_in_manifest_and_sealed_page_are_the_same() {
    for files in [&sample(), small_academy()] {
        let mut n_pages = 0;
        for (path, json) in files.iter().filter(|(path, _)| path.starts_with("/_lyceum/courses/")) {
            let course: CourseManifest =
                manifest::parse(json).unwrap_or_else(|error| panic!("{path}: {error}"));
            for lesson in &course.lessons {
                for page in lesson.pages.values() {
                    let sealed = files.get(&paths::sealed_path(&page.path));
                    assert_eq!(sealed.is_none(), lesson.access.is_public(), "{}", page.path);
                    let Some(sealed) = sealed else { continue };
                    assert_eq!(
                        Sealed::parse(sealed).expect("sealed").header().access,
                        lesson.access,
                        "{}",
                        page.path
                    );
                    n_pages += 1;
                }
            }
        }
        assert!(n_pages > 2);
    }
}

#[test]
fn every_sealed_file_opens_with_the_key_that_the_manifest_names() {
    let manifest: Manifest = manifest::parse(&small_academy()["/_lyceum/manifest.json"]).expect("a manifest");
    assert_eq!(manifest.key_id, "it");
    for (path, file) in sample().iter().filter(|(path, _)| path.starts_with(paths::SEALED)) {
        let opened = Sealed::parse(file).expect("sealed").open(&keys());
        assert!(opened.is_ok_and(|body| !body.is_empty()), "{path}");
    }
}

/// Every literal that starts like the name of one of the app's texts.
fn text_names_in_app() -> BTreeSet<String> {
    let mut waiting: Vec<PathBuf> = vec![workspace().join("app/src")];
    let mut names = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(path).expect("a folder").flatten().map(|entry| entry.path()));
        } else {
            let source = fs::read_to_string(path).expect("a source file");
            let literals = source.split('"').filter(|literal| literal.starts_with("app_"));
            let is_name = |name: &&str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            names.extend(literals.filter(is_name).map(str::to_owned));
        }
    }
    names
}

/// The `{places}` of a text.
fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn the_theme_has_every_text_of_the_app_in_every_language() {
    let folder = workspace().join("themes/default/translations");
    let mut translations: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for file in fs::read_dir(folder).expect("a folder").flatten() {
        let text = fs::read_to_string(file.path()).expect("text");
        let name = file.file_name().into_string().expect("text");
        translations.insert(name, serde_json::from_str(&text).expect("one flat map"));
    }
    assert!(translations.len() >= 2);
    let used = text_names_in_app();
    assert!(used.len() > 60, "{}", used.len());
    let english = &translations["en.json"];
    for (file, texts) in &translations {
        let missing: Vec<&String> = used.iter().filter(|name| !texts.contains_key(*name)).collect();
        assert!(missing.is_empty(), "{file} lacks {missing:?}");
        for (name, text) in texts {
            assert!(!text.trim().is_empty() || name.ends_with("_separator"), "{file}: {name} is empty");
            if let Some(original) = english.get(name).filter(|_| name.starts_with("app_")) {
                assert_eq!(places(text), places(original), "{file}: {name}");
            }
        }
    }
}

/// One input of the sealing format and what it gives.
fn vector(access: &str, encoding: Encoding, body: &[u8], body_rule: Option<&str>) -> Value {
    let master = [0x42; 32];
    let key = SealKey::new("v1", &master).expect("a key");
    let header = Header {
        id: "rust/moves@en".into(),
        access: access.parse().expect("a rule"),
        media_type: "text/html".into(),
    };
    let sealed = seal(&key, &header, encoding, body).expect("a short header");
    let mut vector = json!({
        "key_id": "v1",
        "master_hex": hex(&master),
        "header": header,
        "encoding": if encoding == Encoding::Gzip { "gzip" } else { "identity" },
        "body_length": body.len(),
        "sealed_length": sealed.len(),
        "sealed_sha256": hex(&Sha256::digest(&sealed)),
    });
    if let Some(rule) = body_rule {
        vector["body_rule"] = json!(rule);
    } else {
        vector["body_hex"] = json!(hex(body));
        vector["sealed_hex"] = json!(hex(&sealed));
    }
    vector
}

/// The bodies of the vectors: none, short, packed, one chunk, one byte more, several.
fn vectors() -> Value {
    let counting =
        |n_bytes: usize| (0..n_bytes).map(|idx| (idx % 251).try_into().expect("a byte")).collect::<Vec<u8>>();
    let mut encoder = flate2::GzBuilder::new().mtime(0).write(Vec::new(), Compression::none());
    std::io::Write::write_all(&mut encoder, b"<p>paid</p>").expect("packed");
    let packed = encoder.finish().expect("packed");
    let rule = Some("byte n is n mod 251");
    json!([
        vector("paid:course:rust,tier:pro", Encoding::Identity, b"", None),
        vector("members", Encoding::Identity, "付费 text".as_bytes(), None),
        vector("paid:tier:pro", Encoding::Gzip, &packed, None),
        vector("paid:", Encoding::Identity, &counting(65_536), rule),
        vector("paid:tier:pro", Encoding::Identity, &counting(65_537), rule),
        vector("free", Encoding::Identity, &counting(200_000), rule),
    ])
}

#[test]
fn the_sealed_format_stays_as_its_vectors_say() {
    let path = workspace().join("contract/vectors/lys1.json");
    let made = serde_json::to_string_pretty(&vectors()).expect("JSON") + "\n";
    let kept = fs::read_to_string(&path).unwrap_or_default();
    if kept.is_empty() {
        fs::write(&path, &made).expect("the vectors can be written");
        panic!("{} was missing and is written now: review it", path.display());
    }
    assert_eq!(kept, made);
    let vectors: Vec<Value> = serde_json::from_str(&kept).expect("vectors");
    let mut n_opened = 0;
    for vector in vectors.iter().filter(|vector| vector["sealed_hex"].is_string()) {
        let file = unhex(vector["sealed_hex"].as_str().expect("text")).expect("digits");
        let ring = format!("v1:{}", vector["master_hex"].as_str().expect("text"));
        let opened = Sealed::parse(&file).expect("sealed").open(&KeyRing::parse(&ring).expect("a key"));
        assert_eq!(opened.map(|body| hex(&body)), Ok(vector["body_hex"].as_str().expect("text").to_owned()));
        n_opened += 1;
    }
    assert_eq!(n_opened, 3);
}

#[test]
fn public_files_name_no_secret() {
    let secret = "5a".repeat(32);
    for (path, bytes) in sample() {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&secret), "{path}");
        assert!(
            !text.contains(env!("CARGO_MANIFEST_DIR")) && !text.contains("/tmp/"),
            "{path} names a folder of this machine"
        );
    }
}

/// The addresses in `src` and `href` of a page, as far as they lead to this site.
fn links(html: &str) -> BTreeSet<String> {
    let starts = ["href=\"", "src=\"", "action=\""].into_iter().flat_map(|start| html.split(start).skip(1));
    let addresses =
        starts.filter_map(|rest| rest.split('"').next()).filter(|address| address.starts_with('/'));
    addresses.map(|address| address.split(['?', '#']).next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn no_link_of_the_sample_academy_is_broken() {
    let files = sample();
    let exists = |path: &str| {
        let index = if path.ends_with('/') { "index.html" } else { "" };
        files.contains_key(&format!("{path}{index}")) || files.contains_key(&paths::sealed_path(path))
    };
    let bare =
        |path: &str| path.strip_prefix("/zh").filter(|rest| rest.starts_with('/')).unwrap_or(path).to_owned();
    let is_app = |path: &str| paths::APP_PREFIXES.iter().any(|prefix| bare(path).starts_with(prefix));
    let mut n_links = 0;
    for (path, bytes) in &files {
        let mut pages = Vec::new();
        if path.ends_with("html") {
            pages.push(String::from_utf8_lossy(bytes).into_owned());
        } else if path.ends_with("html.lys") {
            let packed = Sealed::parse(bytes).expect("sealed").open(&keys()).expect("opens");
            let mut page = String::new();
            std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*packed), &mut page)
                .expect("text");
            pages.push(page);
        }
        for link in pages.iter().flat_map(|page| links(page)) {
            assert!(exists(&link) || is_app(&link), "{path} leads to {link}");
            n_links += 1;
        }
    }
    assert!(n_links > 500, "{n_links}");
}

#[test]
fn search_engines_find_only_pages_that_exist() {
    let files = sample();
    let sitemap = String::from_utf8_lossy(&files["/sitemap.xml"]).into_owned();
    let addresses: Vec<&str> =
        sitemap.split("<loc>").skip(1).filter_map(|rest| rest.split("</loc>").next()).collect();
    assert!(addresses.len() > 20, "{sitemap}");
    for address in addresses {
        let path = address.strip_prefix("https://academy.example").expect("an address of the site");
        assert!(files.contains_key(&format!("{path}index.html")), "{address}");
    }
}
