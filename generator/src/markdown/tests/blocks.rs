//! Goldens of every block: `fixtures/blocks/<name>.md` and the snapshot beside it, read as a page would be.

use std::path::Path;
use std::sync::LazyLock;
use std::{fs, str};

use super::super::parse::LYCEUM;
use super::super::quiz::{Answer, Pass, QuizKind};
use super::{Diagnostic, Rendered, Site, rendered};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/blocks");

fn source(name: &str) -> String {
    fs::read_to_string(Path::new(FOLDER).join(format!("{name}.md"))).expect(name)
}

fn golden(name: &str) -> Rendered {
    let (rendered, found) = Site::new().render(&source(name), "en", LYCEUM);
    let found: Vec<String> = found
        .iter()
        .map(|found| format!("{} {}:{} {}\n", found.code, found.line, found.column, found.message))
        .collect();
    let shown = format!("{}{}", rendered.whole.html, found.concat());
    insta::with_settings!({
        snapshot_path => FOLDER,
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, shown) });
    rendered
}

#[test]
fn every_block_looks_as_it_should() {
    let names = [
        "gfm", "code", "include", "diff", "tabs", "callouts", "details", "problem", "player", "quiz",
        "survey", "html", "diagram",
    ];
    let mut files: Vec<String> = fs::read_dir(FOLDER)
        .expect("the folder")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".md").map(str::to_owned))
        .collect();
    files.retain(|name| name != "passages");
    assert_eq!(files.len(), names.len(), "{files:?}");
    for name in names {
        let html = golden(name).whole.html;
        assert!(!html.contains(" style=") && !html.contains("<script"), "{name}");
        assert_eq!(html.matches("<details").count(), html.matches("</details>").count(), "{name}");
        assert_eq!(html.matches("<div").count(), html.matches("</div>").count(), "{name}");
    }
}

#[test]
fn answers_stay_out_of_the_page() {
    let (rendered, found) = rendered(&source("quiz"), "en");
    assert_eq!(found, Vec::<String>::new());
    let page = format!("{:?}", rendered.whole);
    // A choice is text of the page; that it is wrong is not.
    assert_eq!(page.replace("SECRET-NOT", "").matches("SECRET").count(), 0, "{page}");
    let [quiz] = rendered.quizzes.as_slice() else { panic!("{:?}", rendered.quizzes) };
    assert_eq!((quiz.id.as_str(), quiz.kind, quiz.pass), ("moves", QuizKind::Quiz, Some(Pass::Percent(70))));
    assert_eq!(
        (quiz.attempts, quiz.pool, quiz.title_html.as_str()),
        (Some(3), Some(4), "Who <em>owns</em> it?")
    );
    let [owner, copy, bytes, pi, drop] = quiz.questions.as_slice() else { panic!("{quiz:?}") };
    assert_eq!((owner.id.as_str(), copy.id.as_str()), ("owner", "q2"));
    let Answer::Single(choices) = &owner.answer else { panic!("{owner:?}") };
    let right: Vec<bool> = choices.iter().map(|choice| choice.is_right).collect();
    assert_eq!((right, choices[1].html.as_str()), (vec![false, true, false], "<code>b</code>"));
    assert!(owner.explanation_html.as_ref().is_some_and(|html| html.contains("SECRET-WHY")));
    let Answer::Multiple(choices) = &copy.answer else { panic!("{copy:?}") };
    assert_eq!(choices.iter().filter(|choice| choice.is_right).count(), 2);
    assert_eq!(bytes.answer, Answer::Number { value: 8.0, tolerance: 0.0 });
    assert_eq!(pi.answer, Answer::Number { value: 2.71, tolerance: 0.01 });
    let accepted = ["SECRET-Drop", "the SECRET-Drop trait"].map(str::to_owned).to_vec();
    assert_eq!(drop.answer, Answer::Text(accepted));
}

#[test]
fn what_is_kept_survives_a_cache() {
    for name in ["quiz", "survey", "passages", "html"] {
        let (rendered, _) = rendered(&source(name), "en");
        let json = serde_json::to_string(&rendered).expect("JSON");
        assert_eq!(serde_json::from_str::<Rendered>(&json).expect("the same"), rendered);
    }
}

#[test]
fn passages_follow_the_headings() {
    let (rendered, found) = rendered(&source("passages"), "en");
    assert_eq!(found, Vec::<String>::new());
    let passages: Vec<_> = rendered
        .whole
        .passages
        .iter()
        .map(|passage| {
            (passage.anchor.as_deref().unwrap_or("-"), passage.heading.as_str(), passage.text.as_str())
        })
        .collect();
    assert_eq!(
        passages,
        [
            ("-", "", "Above the first heading.\nSecond line."),
            ("one-two", "One & “two”", "Text code x^2 a picture. a b fn main() {}"),
            ("own-name", "Deeper", "a b c d Which one? wrong right"),
            ("empty", "Empty", ""),
            ("fn-1", "Footnotes", "A footnote."),
        ]
    );
}

#[test]
fn the_preview_has_its_own_passages() {
    let text = "a[^1]\n\n<!-- preview-ends -->\n\nhidden\n\n[^1]: note";
    let (rendered, _) = rendered(text, "en");
    let shown = format!("{:?}", rendered.preview.expect("a preview").passages);
    assert!(shown.contains("note") && !shown.contains("hidden"), "{shown}");
    let whole: Vec<_> = rendered.whole.passages.iter().map(|passage| passage.text.as_str()).collect();
    assert_eq!(whole, ["a hidden", "note"]);
}

/// A text, the code of its one diagnostic, line and column, and words of its message or hint.
type Mistake = (&'static str, u16, (usize, usize), &'static str);

#[track_caller]
fn check_mistakes(mistakes: &[Mistake]) {
    let site = Site::new();
    let mut odd = Vec::new();
    for (markdown, code, place, words) in mistakes {
        let (_, found) = site.render(markdown, "en", LYCEUM);
        let as_meant = |found: &Diagnostic| {
            let text = format!("{} {}", found.message, found.hint.as_deref().unwrap_or_default());
            let message = &found.message;
            found.code.number() == *code
                && (found.line, found.column) == *place
                && text.contains(words)
                && !message.ends_with('.')
                && !message.starts_with(char::is_uppercase)
        };
        if found.len() != 1 || !as_meant(&found[0]) {
            let line = |found: &Diagnostic| {
                format!("{} {}:{} {} / {:?}", found.code, found.line, found.column, found.message, found.hint)
            };
            let shown: Vec<String> = found.iter().map(line).collect();
            odd.push(format!("{markdown:?} {code} {place:?} {words:?}: {shown:#?}"));
        }
    }
    assert!(odd.is_empty(), "{}", odd.join("\n"));
}

#[test]
fn each_mistake_in_a_block_is_one_diagnostic() {
    check_mistakes(&[
        ("::: nte\na\n:::", 52, (1, 5), "did you mean `note`?"),
        ("a\n\n::: wonderful\n:::", 52, (3, 5), "code block"),
        ("::: note\na", 53, (1, 1), "close it"),
        (":::", 53, (1, 1), "closes nothing"),
        ("- a\n\n  ::: note\n\nb", 53, (3, 3), "not closed"),
        ("::: note\n- a\n  :::\n\n:::", 53, (3, 3), "indent it"),
        (":::: details A\n::: note\nb\n::::", 53, (2, 1), "`::: note` is not closed"),
        ("::: tabs\n:::", 54, (1, 1), "without parts"),
        ("::: tabs\na\n\n== b\n:::", 54, (2, 1), "front of the first tab"),
        ("::: figure\na\n:::", 54, (1, 1), "caption"),
        ("::: audio\na\n:::", 54, (1, 1), "file to play"),
        ("::: video intro.mp4 captions=intro.vtt\n:::", 56, (1, 1), "transcript"),
        ("::: video intro.mp4\na\n:::", 56, (1, 1), "captions"),
        (
            "::: video intro.mp4 caption=intro.vtt captions=intro.vtt\na\n:::",
            52,
            (1, 21),
            "did you mean `captions`?",
        ),
        ("::: video itro.mp4 captions=intro.vtt\na\n:::", 31, (1, 11), "did you mean `intro.mp4`?"),
        ("::: video intro.mp4 captions=intro.vt\na\n:::", 31, (1, 30), "did you mean `intro.vtt`?"),
        ("::: audio https://a.example/x.mp3\na\n:::", 54, (1, 11), "another site"),
        ("::: quiz id=\"a\n== A?\n= 1\n:::", 54, (1, 13), "quotation mark"),
        ("::: note\n\n<!-- preview-ends -->\n\n:::", 33, (3, 1), "outside of lists"),
        ("::: quiz\n== A?\n:::", 55, (2, 4), "without an answer"),
        ("::: quiz\n== A?\n- ( ) a\n- ( ) b\n:::", 55, (2, 4), "0 choices"),
        ("::: quiz\n== A?\n- [ ] a\n- [ ] b\n:::", 55, (2, 4), "no choice is marked"),
        ("::: quiz\n== A?\n- (x) a\n:::", 55, (2, 4), "at least two"),
        ("::: quiz\n== A?\n- (x) a\n- [ ] b\n:::", 55, (4, 1), "mixed"),
        ("::: quiz\n== A?\n- (x) a\n- b\n- ( ) c\n:::", 55, (4, 1), "brackets"),
        ("::: quiz\n== A?\n= 1\n= 2\n:::", 55, (4, 1), "second answer"),
        ("::: quiz\n== A?\n= 1\n\nmore\n:::", 55, (5, 1), "behind the answers"),
        ("::: quiz\n== A?\n= 1\n\n> ![x](pic.svg)\n:::", 55, (5, 3), "explanation"),
        ("::: quiz pass=0\n== A?\n= 1\n:::", 55, (1, 10), "70%"),
        ("::: quiz poool=1\n== A?\n= 1\n:::", 52, (1, 10), "did you mean `pool`?"),
        ("::: quiz pool=2\n== A?\n= 1\n:::", 55, (1, 1), "fewer"),
        ("::: quiz id=A\n== A?\n= 1\n:::", 55, (1, 10), "`a-z`"),
        ("::: quiz\n== A? {#a}\n= 1\n== B? {#a}\n= 1\n:::", 55, (4, 4), "twice"),
        ("::: survey\n== A?\n:::\n\n::: survey\n== A?\n:::", 55, (5, 1), "id of its own"),
        ("::: survey\n== A?\n- (x) a\n- ( ) b\n:::", 55, (3, 1), "right answer in a survey"),
        ("::: survey\n== A?\n= 42\n:::", 55, (3, 3), "scale"),
        ("::: quiz\n== A?\n::: note\n:::\n= 1\n:::", 54, (3, 1), "inside of a quiz"),
    ]);
}

#[test]
fn each_mistake_in_code_is_one_diagnostic() {
    check_mistakes(&[
        ("```rust nubmers\n```", 39, (1, 1), "did you mean `numbers`?"),
        ("```file=\"code/ordr.rs\"\n```", 51, (1, 10), "did you mean `code/order.rs`?"),
        ("```file=\"code/order.rs#drp\"\n```", 51, (1, 10), "did you mean `drop`?"),
        ("```file=\"code/order.rs:9-12\"\n```", 51, (1, 10), "from 1 to 7"),
        ("```file=\"code/broken.rs#open\"\n```", 51, (1, 10), "endregion: open"),
        ("```file=\"../d/z.rs\"\n```", 4, (1, 10), "outside of `courses/c/`"),
        ("```file=\"../../../etc/passwd\"\n```", 4, (1, 10), "outside"),
        ("```file=\"01-x.md\"\n```", 51, (1, 10), "text of the site"),
        ("```file=\"code/order.rs\"\nmine\n```", 51, (1, 10), "lines of its own"),
        ("```rust before\na\n```", 39, (1, 1), "half of a comparison"),
        ("```rust after\na\n```", 39, (1, 1), "half of a comparison"),
        ("```rust before\na\n```\n\n```rust\nb\n```", 39, (1, 1), "half of a comparison"),
    ]);
}

#[test]
fn each_mistake_in_a_link_is_one_diagnostic() {
    check_mistakes(&[
        ("## One place\n\n[x](#one-plac)", 50, (3, 5), "did you mean `#one-place`?"),
        ("<a href=\"#nowhere\">x</a>", 50, (1, 10), "lower case"),
        ("<a href=\"02-x.md\">x</a>", 30, (1, 10), "did you mean `01-x.md`?"),
        ("<img alt=\"\" src=\"pic.png\">", 31, (1, 18), "did you mean `pic.svg`?"),
        ("<video src=\"../../../x.mp4\"></video>", 4, (1, 13), "content folder"),
        ("<b onclick=\"x()\">x</b>", 35, (1, 1), "`onclick`"),
        ("<p style=\"color:red\">x</p>", 35, (1, 1), "`style`"),
        ("<IFRAME src=\"https://a.example\"></iframe>", 35, (1, 1), "`<iframe>`"),
        ("[x](javascript:alert(1))", 35, (1, 1), "`javascript:`"),
        ("<a href=\"JavaScript:x\">x</a>", 35, (1, 1), "`JavaScript:`"),
    ]);
    for fine in [
        "## A\n\n[x](#a) [y](#top) [z](#)",
        "a[^1] [b](#fn-1)\n\n[^1]: c",
        "<p id=x></p>\n\n[y](#x)",
        "## 二\n\n[y](#%E4%BA%8C)",
    ] {
        assert_eq!(rendered(fine, "en").1, Vec::<String>::new(), "{fine}");
    }
}

#[test]
fn links_to_other_pages_are_kept_for_later() {
    let links = |tag: &str| {
        let (rendered, _) = rendered("[a](01-x.md#b%20c) <a href='01-x.md?d#e'>e</a> [f](01-x.md)", tag);
        let shown = rendered.page_links.iter().map(|link| format!("{}#{}", link.target, link.anchor));
        shown.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(links("en"), "courses/c/01-x.md#b c courses/c/01-x.md#e");
    assert_eq!(links("zh"), "courses/c/01-x.zh.md#b c courses/c/01-x.zh.md#e");
}

static SITE: LazyLock<Site> = LazyLock::new(Site::new);

proptest::proptest! {
    /// Whatever is written, nothing panics, what is opened is closed, and no explanation gets out.
    #[test]
    fn no_text_ends_a_build(parts in proptest::collection::vec(proptest::sample::select(PARTS), 0..40)) {
        let text = parts.concat();
        let (rendered, found) = SITE.render(&text, "en", LYCEUM);
        if found.is_empty() {
            for tag in ["details", "aside", "form", "fieldset", "figure", "section", "blockquote", "ul", "label"] {
                let html = &rendered.whole.html;
                let n_open = html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count();
                proptest::prop_assert_eq!(n_open, html.matches(&format!("</{tag}>")).count(), "{}: {}", tag, html);
            }
            let page = format!("{:?}", rendered.whole);
            let is_quiz = !rendered.quizzes.is_empty() && parts.iter().filter(|part| part.contains("SECRET")).count() == 1;
            let is_kept = rendered.quizzes.iter().flat_map(|quiz| &quiz.questions).any(|question| {
                question.explanation_html.as_ref().is_some_and(|html| html.contains("SECRET"))
            });
            proptest::prop_assert!(!(is_quiz && is_kept && page.contains("SECRET")), "{}", page);
        }
    }
}

const PARTS: &[&str] = &[
    "::: note\n",
    "::: tabs\n",
    "::: quiz\n",
    "::: survey id=s\n",
    "::: challenge id=c\n",
    "::: details A\n",
    "::: figure B\n",
    "::: problem\n",
    "::: solution\n",
    "::: audio talk.mp3\n",
    ":::: tip\n",
    "::::\n",
    ":::\n",
    ":::\n",
    ":::\n",
    "== A?\n",
    "== B\n",
    "= 1\n",
    "= a | b\n",
    "- ( ) a\n",
    "- (x) b\n",
    "- [ ] c\n",
    "- [x] d\n",
    "\n> SECRET\n",
    "\n",
    "\n",
    "\n\n",
    "a ",
    "*b*",
    "`c`",
    "> ",
    "- ",
    "  ",
    "    ",
    "1. ",
    "```\n",
    "```rust before\n",
    "```rust after\n",
    "```mermaid\n",
    "```file=\"code/order.rs#drop\"\n",
    "| a | b |\n",
    "|---|---|\n",
    "[^1]",
    "\n[^1]: d\n",
    "## E\n",
    "<a href=\"",
    "pic.svg\">",
    "<!-- ",
    " -->",
    "<!-- preview-ends -->\n",
    "![f](pic.svg \"g\")",
    "[h](#i)",
    "https://a.example/_x",
    "$e$",
    "语",
    "\r\n",
    "\t",
    "\\",
    "&amp;",
    "\u{0}",
];
