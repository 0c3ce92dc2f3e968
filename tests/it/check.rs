//! `lyceum check` as people and pipelines run it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lyceum_tests::{Content, server};
use serde_json::Value;

fn run(content: &Content, arguments: &[&str]) -> Output {
    Command::new(server::program())
        .args(["check", "--content"])
        .arg(content.path())
        .args(arguments)
        .env_remove("LYCEUM_SEAL_KEYS")
        .env_remove("STRIPE_SECRET_KEY")
        .output()
        .expect("the program runs")
}

fn json(content: &Content, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = run(content, &[&["--format", "json"], arguments].concat());
    let text = String::from_utf8(output.stdout).expect("text");
    (output.status.code(), serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

fn codes(summary: &Value, kind: &str) -> Vec<String> {
    let all = summary[kind].as_array().expect("a list");
    all.iter().map(|found| found["code"].as_str().expect("a code").to_owned()).collect()
}

fn academy() -> Content {
    Content::default()
        .with(
            "lyceum.yaml",
            "title: A\nurl: https://a.example\nlanguages: [en]\nlicense: CC0-1.0\ncheck: { min_words: 1 }\n",
        )
        .with("courses/c/index.md", "---\ntitle: C\nsummary: S\naccess: free\n---\n")
        .with("courses/c/01-x.md", "---\ntitle: X\n---\n\nWords.\n")
}

#[test]
fn the_sample_academy_is_in_order() {
    let (status, summary) = json(&Content::sample(), &["--strict"]);
    assert_eq!(
        (status, &summary["warnings"], &summary["errors"]),
        (Some(0), &Value::Array(vec![]), &Value::Array(vec![]))
    );
    assert!(
        summary["pages"].as_u64() > Some(10) && summary["external_links"].as_u64() > Some(0),
        "{summary}"
    );
}

#[test]
fn warnings_pass_unless_they_are_to_be_strict() {
    let content = academy().with("courses/c/01-x.md", "---\ntitle: X\n---\n\n## A\n\n#### B\n\nWords.\n");
    let (status, summary) = json(&content, &[]);
    assert_eq!(
        (status, codes(&summary, "warnings"), codes(&summary, "errors")),
        (Some(0), vec!["L124".to_owned()], vec![])
    );
    assert_eq!(json(&content, &["--strict"]).0, Some(1));
}

#[test]
fn a_diagnostic_says_where_it_ends_and_where_it_is_explained() {
    let content =
        academy().with("courses/c/01-x.md", "---\ntitle: 标题\n---\n\n见 [这里](没有.md) 吧 Words.\n");
    let (status, summary) = json(&content, &[]);
    assert_eq!(status, Some(1));
    let found = &summary["errors"][0];
    assert_eq!(found["code"], "L030");
    assert_eq!((&found["line"], &found["column"]), (&5.into(), &8.into()), "{found}");
    assert_eq!((&found["end_line"], &found["end_column"]), (&5.into(), &13.into()), "{found}");
    assert_eq!(found["docs"], "docs/DIAGNOSTICS.md#l030");
    assert!(found["file"].as_str().is_some_and(|file| file.ends_with("01-x.md")));
}

#[test]
fn people_are_told_where_to_read_on() {
    let content = academy().with("courses/c/01-x.md", "---\ntitel: X\n---\n\nWords.\n");
    let output = run(&content, &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(
        said.contains("error[L011]") && said.ends_with("`lyceum check --explain L011` says more\n"),
        "{said}"
    );
    let out = String::from_utf8(output.stdout).expect("text");
    assert!(out.ends_with("1 error\n"), "{out}");
}

#[test]
fn nothing_is_published() {
    let content = academy();
    let before = names(&content);
    assert_eq!(run(&content, &["--launch"]).status.code(), Some(1));
    assert_eq!(names(&content), before);
}

fn names(content: &Content) -> Vec<String> {
    let entries = std::fs::read_dir(content.path()).expect("a folder").flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn each_thing_that_is_not_ready_says_what_to_do() {
    let content = academy().with("courses/c/02-y.md", "---\ntitle: Y\naccess: paid\n---\n\nClosed words.\n");
    let (status, summary) = json(&content, &["--launch"]);
    assert_eq!(status, Some(1));
    let all = summary["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .chain(summary["warnings"].as_array().expect("warnings"));
    let ready: Vec<&Value> = all.filter(|found| found["code"] == "L135").collect();
    for words in [
        "development key",
        "address for examples",
        "no `contact`",
        "no `summary`",
        "no `instructors`",
        "pages/privacy.md",
        "pages/imprint.md",
        "paid lessons and no price",
        "STRIPE_SECRET_KEY",
        "favicon",
    ] {
        let found = ready
            .iter()
            .find(|found| found["message"].as_str().is_some_and(|message| message.contains(words)));
        let found = found.unwrap_or_else(|| panic!("nothing about {words}: {ready:#?}"));
        assert!(found["hint"].as_str().is_some_and(|hint| hint.len() > 5), "{found}");
    }
    let launched = content
        .with(
            "lyceum.yaml",
            "title: A\nsummary: Of all.\nurl: https://northlight.academy\nlanguages: [en]\nlicense: CC0-1.0\n\
             contact: hello@northlight.academy\ncheck: { min_words: 1 }\ntiers:\n  - id: pro\n    name: Pro\n    prices:\n\
             \x20     - { id: month, amount: 9.00 USD, every: month }\n",
        )
        .with("courses/c/index.md", "---\ntitle: C\nsummary: S\naccess: free\ninstructors: [ada]\n---\n")
        .with("instructors/ada.md", "---\nname: Ada\nrole: Teacher\n---\n")
        .with("pages/terms.md", "---\ntitle: Terms\n---\n\nWords.\n")
        .with("pages/privacy.md", "---\ntitle: Privacy\n---\n\nWords.\n")
        .with("pages/imprint.md", "---\ntitle: Imprint\n---\n\nWords.\n")
        .with("static/favicon.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    let output = Command::new(server::program())
        .args(["check", "--launch", "--strict", "--content"])
        .arg(launched.path())
        .env("LYCEUM_SEAL_KEYS", format!("k1:{}", "5a".repeat(32)))
        .env("STRIPE_SECRET_KEY", "sk_test_x")
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A site on this machine, and what it was asked: method and path.
fn other_site() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let log = Arc::clone(&log);
            std::thread::spawn(move || answer(stream, &log));
        }
    });
    (address, asked)
}

fn answer(mut stream: std::net::TcpStream, log: &Mutex<Vec<String>>) {
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a limit");
    let mut asked = Vec::new();
    let mut byte = [0; 1];
    while !asked.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        asked.push(byte[0]);
    }
    let asked = String::from_utf8_lossy(&asked).into_owned();
    let first = asked.split(" HTTP").next().unwrap_or_default().to_owned();
    let (status, location) = match first.split_once(' ').unwrap_or_default() {
        (_, "/fine" | "/new") | ("GET", "/only-get") => ("200 OK", None),
        ("HEAD", "/only-get") => ("405 Method Not Allowed", None),
        (_, "/moved") => ("301 Moved Permanently", Some("/new")),
        (_, "/for-now") => ("302 Found", Some("/new")),
        (_, "/inside") => ("302 Found", Some("http://169.254.169.254/latest/meta-data/")),
        (_, "/round") => ("302 Found", Some("/round")),
        (_, "/broken") => ("500 Internal Server Error", None),
        _ => ("404 Not Found", None),
    };
    log.lock().expect("no panic").push(first);
    let location = location.map(|to| format!("location: {to}\r\n")).unwrap_or_default();
    let _ = write!(stream, "HTTP/1.1 {status}\r\n{location}content-length: 0\r\nconnection: close\r\n\r\n");
}

#[test]
fn links_to_other_sites_are_asked_once_each() {
    let (site, asked) = other_site();
    let paths = ["fine", "only-get", "moved", "for-now", "inside", "round", "broken", "gone", "fine#part"];
    let links = paths.map(|path| format!("[x]({site}/{path})\n\n")).concat();
    let content =
        academy().with("courses/c/01-x.md", format!("---\ntitle: X\n---\n\n{links}<{site}/gone>\n"));
    let (status, summary) = json(&content, &["--external", "--allow-loopback"]);
    assert_eq!((status, summary["external_links"].as_u64()), (Some(1), Some(10)));
    let said = |kind: &str| -> Vec<String> {
        let all = summary[kind].as_array().expect("a list").iter();
        all.map(|found| {
            format!(
                "{}:{} {}",
                found["code"].as_str().unwrap_or(""),
                found["line"],
                found["message"].as_str().unwrap_or("").replace(&site, "")
            )
        })
        .collect()
    };
    assert_eq!(
        said("errors"),
        ["L132:19 `/gone` does not work: status 404", "L132:23 `/gone` does not work: status 404"]
    );
    assert_eq!(
        said("warnings"),
        [
            "L133:9 `/moved` has moved for good to `/new`",
            "L134:13 `/inside` leads into a private network, expected a public address",
            "L132:15 `/round` could not be checked: more than 5 redirects",
            "L132:17 `/broken` could not be checked: status 500",
        ]
    );
    let asked = asked.lock().expect("no panic").clone();
    let count = |wanted: &str| asked.iter().filter(|asked| *asked == wanted).count();
    assert_eq!((count("HEAD /fine"), count("GET /fine")), (1, 0), "{asked:?}");
    assert_eq!((count("HEAD /only-get"), count("GET /only-get")), (1, 1), "{asked:?}");
    assert_eq!(count("HEAD /gone"), 1, "the same address is asked once: {asked:?}");
}

#[test]
fn this_machine_is_not_asked_for_a_text() {
    let (site, asked) = other_site();
    let port = site.rsplit(':').next().expect("a port").to_owned();
    let hosts = ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0.0.0.0"];
    let links = hosts.map(|host| format!("[x](http://{host}:{port}/fine)\n\n")).concat();
    let content = academy().with("courses/c/01-x.md", format!("---\ntitle: X\n---\n\n{links}"));
    let (status, summary) = json(&content, &["--external"]);
    assert_eq!((status, codes(&summary, "warnings")), (Some(0), vec!["L134".to_owned(); 5]), "{summary}");
    assert_eq!(*asked.lock().expect("no panic"), Vec::<String>::new());
}
