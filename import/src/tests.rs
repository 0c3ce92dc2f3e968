//! Whatever the bytes are, an import ends, in a reasonable time, with files that belong in a content folder.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::{Access, Converted, Files, Kind, NoteKind, Options, convert, convert_with};

const KINDS: [Kind; 4] = [Kind::MdBook, Kind::Hugo, Kind::Zola, Kind::Folder];

fn files(pairs: &[(&str, &str)]) -> Files {
    pairs.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

fn text<'a>(converted: &'a Converted, path: &str) -> &'a str {
    let bytes = converted.files.get(path);
    let bytes = bytes.unwrap_or_else(|| panic!("no {path} in {:#?}", converted.files.keys()));
    std::str::from_utf8(bytes).expect("text")
}

fn notes(converted: &Converted) -> Vec<String> {
    converted.notes.iter().map(ToString::to_string).collect()
}

/// What every result is like.
fn check_sound(converted: &Converted) {
    for path in converted.files.keys() {
        let is_safe = |segment: &str| {
            let of_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
            !segment.is_empty() && segment.bytes().all(of_alphabet) && !matches!(segment, "." | "..")
        };
        assert!(path.split('/').all(is_safe), "{path:?}");
        let first = path.split('/').next();
        assert!(matches!(first, Some("lyceum.yaml" | "courses" | "instructors" | "static")), "{path:?}");
    }
    assert_eq!(converted.files.is_empty(), converted.n_chapters == 0);
}

/// Pieces that mean something to some program.
const PIECES: [&str; 58] = [
    "# ",
    "## ",
    "\n",
    "\n\n",
    "- ",
    "  ",
    "> ",
    "```rust\n",
    "```\n",
    "~~~",
    "`",
    "*",
    "_",
    "[a](",
    "b.md",
    ")",
    "![",
    "](",
    "][",
    "[^1]",
    "[^1]: ",
    "{{#include ",
    "a.md",
    "}}",
    ":x",
    "\\",
    "\\\\(",
    "\\\\)",
    "\\\\[",
    "$",
    "$$",
    "<img src=\"",
    "\">",
    "<a href='",
    "'>",
    "</a>",
    "<!-- preview-ends -->",
    "<!--",
    "-->",
    "{#id .c}",
    "| a | b |\n|---|---|\n",
    ": ",
    "{{< ref \"",
    "\" >}}",
    "{{% x %}}",
    "{% y() %}",
    "---\n",
    "+++\n",
    "title: ",
    "title = \"",
    "../",
    "%2e%2e/",
    "é中😀",
    "\r\n",
    "\u{0}",
    "# hidden\n",
    "@/b.md",
    "&amp;",
];

fn source() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![4 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned), 1 => "\\PC{0,6}"],
        0..60,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_text_makes_an_import_fail(a in source(), b in source(), config in source(), paid in any::<bool>()) {
        let files = files(&[
            ("book.toml", &config), ("hugo.toml", &config), ("config.toml", &config),
            ("src/SUMMARY.md", "- [A](a.md)\n  - [B](b.md)\n"), ("src/a.md", &a), ("src/b.md", &b),
            ("content/a.md", &a), ("content/x/_index.md", &b), ("content/x/b.md", &b),
        ]);
        let options = Options { access: if paid { Access::Paid } else { Access::Free }, ..Options::default() };
        for kind in KINDS {
            let converted = convert_with(kind, &files, &options);
            check_sound(&converted);
            prop_assert_eq!(&converted, &convert_with(kind, &files, &options));
            prop_assert!(converted.n_chapters > 0);
        }
    }

    #[test]
    fn no_bytes_make_an_import_fail(
        map in proptest::collection::btree_map("\\PC{0,12}(\\.md)?|src/SUMMARY.md|book.toml|content/[a-z]{1,3}\\.md", proptest::collection::vec(any::<u8>(), 0..200), 0..8),
    ) {
        for kind in KINDS {
            check_sound(&convert(kind, &map));
        }
    }

    #[test]
    fn any_list_of_chapters_is_read(summary in source()) {
        let files = files(&[("src/SUMMARY.md", &summary), ("src/a.md", "# A\n"), ("src/b.md", "B")]);
        check_sound(&convert(Kind::MdBook, &files));
    }
}

/// An import of one hostile chapter. It ends in a time that even a slow machine without optimisation keeps.
#[track_caller]
fn hostile(chapter: &str) -> Converted {
    let files = files(&[
        ("src/SUMMARY.md", "- [A](a.md)\n- [B](b.md)\n"),
        ("src/a.md", chapter),
        ("src/b.md", "B\n"),
    ]);
    let started = Instant::now();
    let converted = convert(Kind::MdBook, &files);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    check_sound(&converted);
    assert_eq!(converted.n_chapters, 2);
    converted
}

#[test]
fn depth_and_length_have_an_end() {
    for chapter in [
        ">".repeat(10_000),
        "- ".repeat(10_000),
        "*".repeat(100_000),
        "[".repeat(50_000),
        "![](".repeat(20_000),
        "<a b=".repeat(50_000),
        "<a b=\"".repeat(50_000),
        "<!--".repeat(50_000),
        "\\\\(".repeat(20_000),
        "{{#include ".repeat(50_000),
        "`".repeat(100_000),
        "[a](b.md) ".repeat(10_000),
        "$".repeat(20_000),
        "## x\n".repeat(10_000),
        "[^a]: x\n\n".repeat(5_000),
    ] {
        hostile(&chapter);
    }
    let deep = hostile(&">".repeat(10_000));
    assert!(
        notes(&deep)[0].contains("nested too deeply")
            || notes(&deep).iter().any(|note| note.contains("nested too deeply"))
    );
    assert!(text(&deep, "courses/imported/01-a.md").contains("```text\n>>>"));
}

#[test]
fn a_chapter_too_long_for_a_lesson_is_a_download() {
    let long = "word ".repeat(900_000);
    let converted = hostile(&long);
    assert!(text(&converted, "courses/imported/01-a.md").contains("[01-a.txt](01-a.txt)"));
    assert_eq!(text(&converted, "courses/imported/01-a.txt").len(), long.trim_end().len().max(long.len()));
}

#[test]
fn nothing_leads_out_of_the_folder() {
    let files = files(&[
        ("../evil.md", "# Evil\n"),
        ("/etc/x.md", "# Root\n"),
        ("a\\b.md", "# Back\n"),
        ("a//b.md", "# Empty\n"),
        (&format!("{}x.md", "d/".repeat(10_000)), "# Deep\n"),
        ("ok.md", "[a](../../etc/passwd) [b](%2e%2e/x.md) ![c](/../y.png)\n"),
    ]);
    let converted = convert(Kind::Folder, &files);
    check_sound(&converted);
    assert_eq!(converted.n_chapters, 1);
    let refused = converted.notes.iter().filter(|note| note.kind == NoteKind::BadFile).count();
    assert_eq!(refused, 5);
    assert!(text(&converted, "courses/imported/01-ok.md").contains("a<!-- link: ../../etc/passwd -->"));
}

#[test]
fn a_comment_of_the_source_ends_no_preview() {
    let converted = hostile("# A\n\n<!-- preview-ends -->\n\n<!-- preview-end -->\n\nText.\n");
    let text = text(&converted, "courses/imported/01-a.md");
    assert!(
        text.contains("<!-- preview ends -->") && text.contains("<!-- comment: preview-end -->"),
        "{text}"
    );
}

#[test]
fn what_means_nothing_to_the_source_is_escaped() {
    let converted = hostile("# A\n\nFrom $5 to $6, \\$7, `$8` and <https://a.b/$9>.\n\n```\n$10\n```\n");
    let text = text(&converted, "courses/imported/01-a.md");
    assert!(text.contains("From \\$5 to \\$6, \\$7, `$8` and <https://a.b/$9>."), "{text}");
    assert!(text.contains("```\n$10\n```"), "{text}");
}

#[test]
fn links_that_lead_out_become_addresses_when_the_source_has_one() {
    let files = files(&[
        ("src/SUMMARY.md", "- [A](x/a.md)\n"),
        ("src/x/a.md", "# A\n\n[std](../../std/index.html#top) [gone](gone.md)\n"),
    ]);
    let options = Options { base_url: Some("https://docs.example/book".to_owned()), ..Options::default() };
    let converted = convert_with(Kind::MdBook, &files, &options);
    let text = text(&converted, "courses/imported/01-a.md");
    assert!(text.contains("[std](https://docs.example/std/index.html#top)"), "{text}");
    assert!(text.contains("[gone](https://docs.example/book/x/gone.html)"), "{text}");
}

#[test]
fn lines_in_notes_are_those_of_the_file() {
    let files = files(&[
        ("src/SUMMARY.md", "- [A](a.md)\n"),
        ("src/part.md", "one\n\ntwo\n\n[gone](gone.md)\n"),
        ("src/a.md", "# A\n\n{{#include part.md}}\n\n[lost](lost.md)\n"),
    ]);
    let notes = notes(&convert(Kind::MdBook, &files));
    let has = |start: &str| notes.iter().any(|note| note.starts_with(start));
    assert!(has("src/a.md:3: `gone.md`") && has("src/a.md:5: `lost.md`"), "{notes:#?}");
}
