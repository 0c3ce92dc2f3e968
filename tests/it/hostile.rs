//! Repositories that somebody wrote to do harm: each ends soon, in little memory, with a clear word.

mod floods;

use std::collections::BTreeMap;
use std::process::Command;

use lyceum_tests::{Content, Scratch, server};
use serde_json::Value;

/// What the process may take: address space in kB, and seconds of a processor. A build that hangs or grows is killed.
const LIMITS: &str = "ulimit -v 1500000; ulimit -t 60; exec \"$0\" \"$@\"";

fn academy() -> Content {
    Content::default()
        .with("lyceum.yaml", "title: A\nurl: https://a.example\nlanguages: [en]\n")
        .with("courses/c/index.md", "---\ntitle: C\nsummary: S\naccess: free\n---\n")
        .with("courses/c/01-x.md", "---\ntitle: X\n---\n\nWords.\n")
}

fn lesson(text: &str) -> Content {
    academy().with("courses/c/01-x.md", format!("---\ntitle: X\n---\n\n{text}\n"))
}

/// Builds in a process with limits. Gives the number of diagnostics by code.
#[track_caller]
fn codes(what: &str, content: &Content) -> BTreeMap<String, usize> {
    let out = Scratch::new();
    let output = Command::new("sh")
        .args(["-c", LIMITS])
        .arg(server::program())
        .args(["build", "--format", "json", "--content"])
        .arg(content.path())
        .arg("--out")
        .arg(out.path())
        .env("RAYON_NUM_THREADS", "2")
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let text = String::from_utf8(output.stdout).expect("text");
    let summary: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{what}: {error}: {}: {said}", output.status));
    let errors = summary["errors"].as_array().expect("a list");
    assert_eq!(output.status.code(), Some(i32::from(!errors.is_empty())), "{what}: {said}");
    let mut found = BTreeMap::new();
    for diagnostic in errors.iter().chain(summary["warnings"].as_array().expect("a list")) {
        *found.entry(diagnostic["code"].as_str().expect("a code").to_owned()).or_insert(0) += 1;
        assert!(diagnostic["message"].as_str().is_some_and(|message| !message.is_empty()), "{what}");
    }
    found
}

#[track_caller]
fn check(what: &str, content: &Content, expected: &[(&str, usize)]) {
    let expected = expected.iter().map(|(code, n)| ((*code).to_owned(), *n)).collect::<BTreeMap<_, _>>();
    assert_eq!(codes(what, content), expected, "{what}");
}

#[test]
fn a_flood_of_mistakes_is_cut_short() {
    check("formulas", &lesson(&"$\\nosuch$ ".repeat(10_000)), &[("L038", 100)]);
    let links: String = (0..3_000).fold(String::new(), |text, idx| text + &format!("[x](n{idx}.md) "));
    check("dead links", &lesson(&links), &[("L030", 100)]);
    let keys: String = (0..3_000).fold(String::new(), |text, idx| text + &format!("k{idx}: 1\n"));
    let found = codes(
        "unknown keys",
        &academy().with("courses/c/01-x.md", format!("---\ntitle: X\n{keys}---\n\nx\n")),
    );
    assert_eq!(found.get("L011"), Some(&100), "{found:?}");
}

#[test]
fn size_alone_does_no_harm() {
    for (what, text) in [
        ("headings", "## Same\n\n".repeat(5_000)),
        ("links", "[x](01-x.md) ".repeat(20_000)),
        ("one line", "word ".repeat(200_000)),
        ("one word", "w".repeat(1_000_000)),
        ("comments", "<!-- x -->\n\n".repeat(10_000)),
        ("angles", "<".repeat(200_000)),
        ("entities", "&amp;".repeat(50_000)),
        ("footnotes", "[^a] ".repeat(10_000) + "\n\n[^a]: x\n"),
        ("open brackets in code", format!("```rust\n{}\n```", "{".repeat(50_000))),
        ("a list in code", format!("```json\n{}\n```", "[".repeat(50_000))),
        ("NUL", "a\0b ".repeat(1_000)),
    ] {
        check(what, &lesson(&text), &[]);
    }
}

#[test]
fn what_is_too_large_or_too_deep_is_refused() {
    let yaml = "title: A\nurl: https://a.example\nlanguages: [en]\n";
    check("quotes", &lesson(&("> ".repeat(10_000) + "x")), &[("L034", 1)]);
    check("stars", &lesson(&("*".repeat(20_000) + "a" + &"*".repeat(20_000))), &[("L034", 1)]);
    check("a text of 30 MB", &lesson(&"word ".repeat(6_000_000)), &[("L003", 1)]);
    check("an asset", &academy().with("courses/c/a.bin", vec![b'x'; 25 * 1024 * 1024]), &[("L003", 1)]);
    check(
        "depth of YAML",
        &academy().with("lyceum.yaml", format!("{yaml}x: {}", "[".repeat(100_000))),
        &[("L009", 1)],
    );
    check(
        "head of 4 MB",
        &academy().with("courses/c/01-x.md", format!("---\n{}---\n", "# c\n".repeat(500_000))),
        &[("L003", 1)],
    );
    let key = format!("{yaml}{}: 1\n", "k".repeat(3_000_000));
    let found = codes("a key of 3 MB", &academy().with("lyceum.yaml", key));
    assert!(!found.is_empty(), "a key of 3 MB is published");
}

/// To read a pipe is to wait for a writer who never comes; a device never ends.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_read() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    let made = |path: &std::path::Path| {
        let status = Command::new("mkfifo").arg(path).status().expect("mkfifo runs");
        assert!(status.success());
    };
    let content = academy();
    made(&content.path().join("courses/c/02-pipe.md"));
    made(&content.path().join("courses/c/pipe.png"));
    let _socket = UnixListener::bind(content.path().join("courses/c/socket.md")).expect("a socket");
    check("pipes and sockets", &content, &[("L008", 3)]);
    let content = academy();
    std::fs::remove_file(content.path().join("lyceum.yaml")).expect("removed");
    made(&content.path().join("lyceum.yaml"));
    check("a pipe as the site's file", &content, &[("L008", 1)]);
    let content = academy().with("static/a.txt", "x");
    for (name, target) in [
        ("courses/c/z.md", "/dev/zero"),
        ("courses/c/z.png", "/dev/zero"),
        ("static/loop", "."),
        ("static/up", ".."),
    ] {
        symlink(target, content.path().join(name)).expect("a link");
    }
    check("links to devices and loops", &content, &[("L004", 4)]);
}

#[cfg(unix)]
#[test]
fn names_that_play_tricks_are_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let content = academy();
    let names: [&[u8]; 6] = [
        b"a\nb.md",
        b"\x1b[31mred.md",
        "\u{202e}dm.md".as_bytes(),
        b"\xff.md",
        b"..md",
        "标题.md".as_bytes(),
    ];
    for name in names {
        std::fs::write(
            content.path().join("courses/c").join(OsStr::from_bytes(name)),
            "---\ntitle: X\n---\n\nx\n",
        )
        .expect("a file");
    }
    let found = codes("names", &content);
    assert!(found.get("L005").is_some_and(|n| *n >= 5), "{found:?}");
    let output = Command::new(server::program())
        .args(["check", "--content"])
        .arg(content.path())
        .output()
        .expect("runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains(['\u{1b}', '\u{202e}']), "a name reaches the terminal as a command: {said:?}");
}

#[test]
fn nothing_of_the_machine_is_read() {
    let text = "```rust include=\"/etc/passwd\"\n```\n\n[x](/etc/passwd) {{#include /etc/passwd}} ![x](../../../../../etc/passwd)\n";
    let content = lesson(text);
    let out = Scratch::new();
    let output = Command::new(server::program())
        .args(["build", "--content"])
        .arg(content.path())
        .arg("--out")
        .arg(out.path())
        .output();
    let output = output.expect("runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("root:"), "a file of the machine is shown");
    assert!(!out.path().join("public").exists());
}
