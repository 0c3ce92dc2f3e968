use std::path::Path;

use lyceum_contract::Timestamp;

use super::parse::Profile;
use super::*;
use crate::diagnostic::TextFile;
use crate::links::Targets;
use crate::model::Academy;
use crate::release::When;
use crate::source::Source;
use crate::{academy, assets, layout};

mod blocks;
mod commonmark;
mod normal;
mod pathological;

/// A site with a lesson `x.md` (also in Chinese) and files beside it, in which texts are rendered.
pub(super) struct Site {
    source: Source,
    layout: layout::Layout,
    academy: Academy,
}

const FILES: &[(&str, &str)] = &[
    ("lyceum.yaml", "title: T\nurl: https://a.example\nlanguages: [en, zh]\n"),
    ("courses/c/index.md", "---\ntitle: C\nsummary: S\n---\n"),
    ("courses/c/01-x.md", "---\ntitle: X\n---\n"),
    ("courses/c/01-x.zh.md", "---\ntitle: X\n---\n"),
    ("courses/c/pic.svg", "<svg viewBox=\"0 0 40 30\"></svg>"),
    ("courses/c/intro.mp4", "film"),
    ("courses/c/intro.vtt", "WEBVTT"),
    ("courses/c/talk.mp3", "sound"),
    (
        "courses/c/code/order.rs",
        "use std::mem;\n\n// region: drop\n    fn drop() {\n        a();\n    }\n// endregion: drop\n",
    ),
    ("courses/c/code/broken.rs", "// region: open\n"),
    ("courses/d/index.md", "---\ntitle: D\nsummary: S\n---\n"),
    ("courses/d/01-z.md", "---\ntitle: Z\n---\n"),
    ("courses/d/z.rs", "z"),
];

impl Site {
    pub(super) fn new() -> Self {
        let mut found = Vec::new();
        let files = FILES.iter().map(|(path, text)| (*path, text.as_bytes()));
        let source = Source::from_files(Path::new("content"), files);
        let layout = layout::read(&source, &mut found);
        let academy = academy::read(&source, &layout, When { now: Timestamp(0), drafts: false }, &mut found);
        assert!(found.iter().all(|found| !found.is_error()), "{found:?}");
        Self { source, layout, academy }
    }

    /// Renders a text in `courses/c/y.md`.
    pub(super) fn render(&self, markdown: &str, tag: &str, profile: Profile) -> (Rendered, Vec<Diagnostic>) {
        let store = &assets::NoStore;
        let measured = assets::Measured::new(&self.source, &self.layout, store, &mut Vec::new());
        let assets = assets::Assets::new(&self.source, store, &measured);
        let targets = Targets::new(&self.layout, &self.academy);
        let links = Links::new(&self.source, &self.academy, &targets, assets);
        let language = tag.parse().expect("a tag");
        let texts = Texts::default();
        let text = TextFile::new(Path::new("content/courses/c/y.md"), markdown);
        let body = Body { path: "courses/c/y.md".to_owned(), range: 0..markdown.len(), text };
        let context = Context { links: &links, language: &language, texts: &texts, written: &language };
        let mut found = Vec::new();
        let rendered = render_as(profile, &body, context, &mut Highlighter::default(), &mut found);
        (rendered, found)
    }

    pub(super) fn html(&self, markdown: &str, profile: Profile) -> String {
        self.render(markdown, "en", profile).0.whole.html
    }
}

/// Renders `markdown` in the test site, with what was found as `L030 2:1`.
pub(super) fn rendered(markdown: &str, tag: &str) -> (Rendered, Vec<String>) {
    let (rendered, found) = Site::new().render(markdown, tag, parse::LYCEUM);
    (rendered, found.iter().map(|found| format!("{} {}:{}", found.code, found.line, found.column)).collect())
}

#[track_caller]
fn check(markdown: &str, expected: &str) {
    let (rendered, found) = rendered(markdown, "en");
    assert_eq!(found, Vec::<String>::new(), "{markdown}");
    assert_eq!(rendered.whole.html.trim(), expected, "{markdown}");
}

#[test]
fn comments_are_for_authors() {
    check("a\n\n<!-- one line -->\n\nb", "<p>a</p>\n<p>b</p>");
    check("a\n\n<!--\nseveral\n\nlines -->\n\nb", "<p>a</p>\n<p>b</p>");
    check("<div>c<!-- in\nside --></div>", "<div>c</div>");
    check("a <!-- in the text --> b", "<p>a  b</p>");
}

#[test]
fn blocks_have_their_markup() {
    check(
        "## A & *b*",
        "<h2 id=\"a-b\">A &amp; <em>b</em> <a class=\"anchor\" aria-hidden=\"true\" tabindex=\"-1\" href=\"#a-b\">#</a></h2>",
    );
    check(
        "> [!TIP]\n> x",
        "<aside class=\"alert alert-tip\" role=\"note\"><p class=\"alert-title\">Tip</p>\n<p>x</p>\n</aside>",
    );
    check(
        "- [x] a",
        "<ul>\n<li><input type=\"checkbox\" disabled checked aria-label=\"Done\"> a</li>\n</ul>",
    );
    check("3. a", "<ol start=\"3\">\n<li>a</li>\n</ol>");
    check("\"a\" -- ~~b~~", "<p>“a” – <del>b</del></p>");
    check("<!-- for authors -->\n\na <!-- b --> c", "<p>a  c</p>");
    check(
        "| a | b |\n|---|--:|\n| c | d |",
        "<div class=\"table-scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table>\n<thead><tr>\
         <th scope=\"col\">a</th><th scope=\"col\" class=\"right\">b</th></tr></thead>\n<tbody>\n<tr><td>c</td>\
         <td class=\"right\">d</td></tr>\n</tbody></table></div>",
    );
    check(
        "```text title=\"a.txt\" {2}\na\n<b>\n```",
        "<figure class=\"code\"><figcaption><span class=\"code-title\">a.txt</span></figcaption><pre tabindex=\"0\" \
         role=\"group\" aria-label=\"Code: a.txt\"><code class=\"language-text\"><span class=\"line\">a</span>\n\
         <span class=\"line marked\">&lt;b&gt;</span>\n</code></pre></figure>",
    );
}

#[test]
fn images_know_their_size() {
    let img = "src=\"/courses/c/pic.7ad4e7a5.svg\" alt=\"a b\" width=\"40\" height=\"30\"";
    let (rendered, found) =
        rendered("![a *b*](pic.svg)\n\n![a b](pic.svg \"T\")\n\nx ![a b](pic.svg \"T\")", "en");
    assert_eq!(found, Vec::<String>::new());
    let html = rendered.whole.html;
    let shape = img.split_once(" alt").expect("two parts").1;
    assert_eq!(html.matches(shape).count(), 3, "{html}");
    assert_eq!((html.matches("<figure>").count(), html.matches("title=\"T\"").count()), (1, 1), "{html}");
    assert!(!html.contains("<p><figure"), "{html}");
    assert_eq!(rendered.whole.assets.into_iter().collect::<Vec<_>>(), ["courses/c/pic.svg"]);
}

#[test]
fn links_follow_the_language_of_the_page() {
    for (tag, link, expected) in [
        ("en", "01-x.md#a", "/courses/c/x/#a"),
        ("zh", "01-x.md", "/zh/courses/c/x/"),
        ("en", "01-x.zh.md", "/zh/courses/c/x/"),
        ("zh", "index.md", "/courses/c/"),
        ("zh", "/about/", "/about/"),
        ("zh", "https://b.example/x.md", "https://b.example/x.md"),
    ] {
        let (rendered, found) = rendered(&format!("[t]({link})"), tag);
        assert_eq!(found, Vec::<String>::new());
        assert_eq!(rendered.whole.html.trim(), format!("<p><a href=\"{expected}\">t</a></p>"));
    }
}

#[test]
fn footnotes_go_where_they_are_referred_to() {
    let text = "a[^1] b[^2]\n\n<!-- preview-ends -->\n\n## H\n\nc[^1] d[^3]\n\n[^1]: one\n\n[^2]: two[^4]\n\n[^3]: three\n\n[^4]: four";
    let (rendered, found) = rendered(text, "en");
    assert_eq!(found, Vec::<String>::new());
    let preview = rendered.preview.expect("a preview");
    for (note, in_preview) in [("one", true), ("two", true), ("three", false), ("four", true)] {
        assert_eq!(preview.html.contains(note), in_preview, "{note}: {}", preview.html);
        assert_eq!(rendered.whole.html.matches(note).count(), 1, "{note}");
    }
    assert!(rendered.whole.html.contains("id=\"fnref-1-2\"") && !preview.html.contains("fnref-1-2"));
    assert_eq!(rendered.still_to_come, ["H"]);
}

#[test]
fn without_a_marker_nothing_is_shown() {
    let (rendered, _) = rendered("a\n\n## B\n\n### C\n\n## D", "en");
    assert!(rendered.preview.is_none());
    assert_eq!(rendered.still_to_come, ["B", "D"]);
}

#[test]
fn lists_of_headings_leave_out_what_is_struck_through() {
    for (markdown, expected) in [
        ("## ~~Vanity metric~~ A number", "A number"),
        ("## A ~~b `c` **d**~~ e", "A e"),
        ("## A ~~b~~", "A"),
        ("## ~~Gone~~", "Gone"),
        ("## A `b  c`\n\n~~d~~", "A b c"),
    ] {
        let (rendered, _) = rendered(markdown, "en");
        assert_eq!(rendered.still_to_come, [expected], "{markdown}");
    }
    assert!(rendered("## ~~A~~ b", "en").0.whole.html.starts_with("<h2 id=\"a-b\"><del>A</del> b"));
}

#[test]
fn markers_in_the_wrong_place_are_errors() {
    for (text, expected) in [
        ("a\n\n<!-- preview-ends -->\n\n<!-- preview-ends -->", vec!["L033 5:1"]),
        ("> a\n>\n> <!-- preview-ends -->", vec!["L033 3:3"]),
        ("a <!-- preview-ends --> b", vec!["L033 1:3"]),
        ("<div>\n<!-- preview-ends -->\n</div>", vec!["L033 2:1"]),
        ("```\n<!-- preview-ends -->\n```", vec![]),
        ("<!--preview-ends-->", vec![]),
    ] {
        assert_eq!(rendered(text, "en").1, expected, "{text}");
    }
}

#[test]
fn a_nesting_bomb_is_refused_at_once() {
    for bomb in [">".repeat(10_000), "- ".repeat(10_000), "*a ".repeat(5_000) + &"*".repeat(5_000)] {
        let (_, found) = rendered(&bomb, "en");
        assert!(found.len() <= 1, "{found:?}");
    }
    assert_eq!(rendered(&(">".repeat(10_000) + " a"), "en").1.len(), 1);
}
