//! The documentation of the diagnostics: a section for each code, with an example that gives exactly this code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use lyceum_generator::check::{Checked, Environment, check};
use lyceum_generator::{Code, Options};
use lyceum_tests::content::{BUILT_AT, keys, workspace};
use lyceum_tests::{Content, Scratch, server};

/// The academy that every example is put into, and what follows on each heading.
struct Docs {
    base: Vec<(String, String)>,
    sections: BTreeMap<String, String>,
}

impl Docs {
    fn read() -> Self {
        let text = fs::read_to_string(workspace().join("docs/DIAGNOSTICS.md")).expect("the documentation");
        let mut parts = text.split("\n### ");
        let base = files_of(parts.next().expect("an introduction"));
        let section = |part: &str| {
            let (code, rest) = part.split_once('\n').expect("a heading and a text");
            (code.trim().to_owned(), rest.split("\n## What ").next().unwrap_or_default().to_owned())
        };
        Self { base, sections: parts.map(section).collect() }
    }
}

/// Code blocks that have a file name, as files.
fn files_of(text: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let n_ticks = line.chars().take_while(|letter| *letter == '`').count();
        let Some((_, rest)) = line.split_once(" title=\"").filter(|_| n_ticks >= 3) else { continue };
        let fence = "`".repeat(n_ticks);
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != fence).collect();
        files.push((rest.trim_end_matches('"').to_owned(), body.join("\n") + "\n"));
    }
    files
}

fn written(files: &[(String, String)]) -> Content {
    files.iter().fold(Content::default(), |content, (path, text)| content.with(path, text))
}

/// Checks content whose folder `theme`, if there is one, is a theme.
fn checked(content: &Content, environment: Option<Environment>) -> Checked {
    let theme = content.path().join("theme");
    let elsewhere = Scratch::new();
    let has_theme = theme.exists();
    if has_theme {
        elsewhere.copy(&theme);
        fs::remove_dir_all(&theme).expect("moved");
    }
    let keys = keys();
    let options = Options {
        content: content.path(),
        theme: has_theme.then_some(elsewhere.path()),
        keys: &keys,
        now: BUILT_AT,
        drafts: false,
        live_reload: false,
    };
    check(&options, environment)
}

/// What is wrong with an example, if anything is.
fn wrong(content: &Content, code: Code) -> Option<String> {
    let environment = (code == Code::NotReady).then_some(Environment { has_payment_key: true });
    let found = checked(content, environment).found;
    let codes: BTreeSet<Code> = found.iter().map(|found| found.code).collect();
    let said: Vec<String> = found.iter().map(|found| format!("{}: {}", found.code, found.message)).collect();
    (codes != BTreeSet::from([code])).then(|| format!("the example of {code} gives {said:#?}"))
}

/// Examples that no text in the documentation can be: files that are no text, and other sites.
fn by_hand(code: Code, base: Content) -> Option<Content> {
    match code {
        Code::MissingSite => {
            fs::remove_file(base.path().join("lyceum.yaml")).expect("removed");
            Some(base)
        }
        Code::NotUtf8 => Some(base.with("courses/rust/01-start.md", b"---\ntitle: \xff\n---\n")),
        Code::TooLarge => Some(base.with(
            "courses/rust/01-start.md",
            format!("---\ntitle: A\n---\n\n{}", "word ".repeat(1_000_000)),
        )),
        Code::HugeImage => Some(with_image(
            base,
            "stack.png",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xC3\x50\0\0\xC3\x50\x08\x02\0\0\0....\0\0\0\0IEND....",
        )),
        Code::HeavyImage => Some(with_image(base, "stack.gif", &animation())),
        _ => None,
    }
}

/// The academy with a lesson that shows this image.
fn with_image(base: Content, name: &str, bytes: &[u8]) -> Content {
    let lesson = format!(
        "---\ntitle: Start\naccess: free\n---\n\nEverybody can read these few words.\n\n![The stack]({name})\n"
    );
    base.with("courses/rust/01-start.md", lesson).with(&format!("courses/rust/{name}"), bytes)
}

/// An animation of 1.2 MB.
fn animation() -> Vec<u8> {
    let frame = [b"\x2C\0\0\0\0\x10\0\x10\0\0\x08".as_slice(), &[255], &[7; 255], &[0]].concat();
    let frames = frame.repeat(1_200_000 / frame.len() + 1);
    [b"GIF89a\x10\0\x10\0\0\0\0".as_slice(), &frames, &[0x3B]].concat()
}

/// Seen in tests of their own: who runs these tests may read every file, nobody asks other sites here, and half a
/// million pages take long.
const ELSEWHERE: [Code; 5] = [
    Code::Unreadable,
    Code::DeadExternalLink,
    Code::MovedExternalLink,
    Code::RefusedExternalLink,
    Code::TooManyPages,
];

#[test]
fn the_academy_of_the_documentation_is_in_order() {
    let found = checked(&written(&Docs::read().base), None).found;
    let said: Vec<&str> = found.iter().map(|found| found.message.as_str()).collect();
    assert_eq!(said, Vec::<&str>::new());
}

#[test]
fn every_code_is_explained() {
    let docs = Docs::read();
    let mut missing = Vec::new();
    for code in Code::ALL {
        let section = docs.sections.get(&code.to_string()).map_or("", String::as_str);
        let is_whole = section.trim_start().starts_with(code.about()) && section.contains("\nTo mend it: ");
        if !is_whole {
            missing.push(format!(
                "### {code}\n\n{}\n\n```markdown title=\"…\"\n```\n\nTo mend it: …",
                code.about()
            ));
        }
    }
    assert!(missing.is_empty(), "docs/DIAGNOSTICS.md lacks:\n\n{}", missing.join("\n\n"));
    let known: BTreeSet<String> = Code::ALL.iter().map(ToString::to_string).collect();
    let unknown: Vec<&String> = docs.sections.keys().filter(|code| !known.contains(*code)).collect();
    assert!(unknown.is_empty(), "docs/DIAGNOSTICS.md explains {unknown:?}, which do not exist");
}

#[test]
fn every_example_gives_its_code_and_no_other() {
    let docs = Docs::read();
    let mut all_wrong = Vec::new();
    for code in Code::ALL.iter().filter(|code| !ELSEWHERE.contains(code)) {
        let files = files_of(&docs.sections[&code.to_string()]);
        let base = written(&docs.base);
        let content = if files.is_empty() {
            by_hand(*code, base).unwrap_or_else(|| panic!("{code} has no example"))
        } else {
            files.iter().fold(base, |content, (path, text)| content.with(path, text))
        };
        all_wrong.extend(wrong(&content, *code));
    }
    assert!(all_wrong.is_empty(), "{}", all_wrong.join("\n"));
}

#[test]
fn the_program_explains_a_code() {
    let explain = |code: &str| {
        Command::new(server::program()).args(["check", "--explain", code]).output().expect("the program runs")
    };
    let known = explain("l012");
    let text = String::from_utf8(known.stdout).expect("text");
    assert!(
        known.status.success() && text.starts_with("### L012\n") && text.contains("To mend it: "),
        "{text}"
    );
    assert!(!text.contains("### L013"));
    let unknown = explain("L999");
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no diagnostic `L999`"));
}
