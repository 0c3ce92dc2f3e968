//! An academy in which every kind of text that somebody could pay for carries a word of its own.

use std::fmt::Write;

use flate2::Crc;
use lyceum_tests::Content;

/// Starts every word that only buyers may read.
pub(crate) const PAID: &str = "zqpaid";
/// Starts every word that only members may read.
pub(crate) const MEMBERS: &str = "zqmembers";

/// The kinds of text, each with one word in every guarded lesson. Letters only: no escape changes them.
pub(crate) const KINDS: [&str; 30] = [
    "body",
    "heading",
    "code",
    "codestring",
    "codetitle",
    "alt",
    "figuretitle",
    "footnote",
    "table",
    "tablehead",
    "task",
    "math",
    "inlinemath",
    "alert",
    "quote",
    "linktitle",
    "linktext",
    "comment",
    "html",
    "htmlattribute",
    "inlinehtml",
    "list",
    "strong",
    "deleted",
    "inlinecode",
    "imagetitle",
    "externallink",
    "longword",
    "nestedlist",
    "filename",
];
/// The kinds that are in files beside the lesson.
pub(crate) const FILES: [(&str, &str); 3] = [("svg", "svgtext"), ("png", "pngmetadata"), ("csv", "download")];

/// One guarded lesson.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guarded {
    /// Its slug.
    pub(crate) slug: &'static str,
    /// What its words start with.
    pub(crate) prefix: &'static str,
    pub(crate) has_preview: bool,
    /// `access: …`, or nothing to inherit the course's.
    rule: &'static str,
}

pub(crate) const GUARDED: [Guarded; 4] = [
    Guarded { slug: "whole", prefix: PAID, has_preview: false, rule: "" },
    Guarded { slug: "part", prefix: PAID, has_preview: true, rule: "" },
    Guarded { slug: "forgotten", prefix: PAID, has_preview: false, rule: "minutes: 3\n" },
    Guarded { slug: "circle", prefix: MEMBERS, has_preview: false, rule: "access: members\n" },
];

/// A download: its words are behind the mark, like those of a lesson.
pub(crate) const KIT: Guarded = Guarded {
    slug: "kit",
    prefix: PAID,
    has_preview: true,
    rule: "kind: download\nprices: [{ id: kit, amount: 7.00 USD }]\n",
};

/// The languages, with the prefix of their addresses and the suffix of their files.
pub(crate) const LANGUAGES: [(&str, &str, &str); 2] = [("en", "", ""), ("zh", "/zh", ".zh")];

impl Guarded {
    /// The word of one kind in one language.
    pub(crate) fn word(&self, language: &str, kind: &str) -> String {
        format!("{}{}{language}{kind}zq", self.prefix, self.slug)
    }

    /// The address in one language.
    pub(crate) fn path(&self, prefix: &str) -> String {
        format!("{prefix}/{}/{}/", self.folder(), self.slug)
    }

    fn folder(&self) -> &'static str {
        if self.slug == KIT.slug { "products" } else { "courses/vault" }
    }

    fn file(&self, language: &str, extension: &str) -> String {
        format!("{}.{extension}", self.word(language, "filename"))
    }

    fn markdown(&self, language: &str) -> String {
        let word = |kind: &str| self.word(language, kind);
        let rule = if language == "en" { self.rule } else { "" };
        let mut text = format!(
            "---\ntitle: Title of {}\nsummary: Everybody reads this summary.\n{rule}---\n\n",
            self.slug
        );
        if self.has_preview {
            text.push_str(
                "Everybody reads this preview.[^public]\n\n[^public]: Everybody reads this note.\n\n",
            );
            // Defined before the marker, referred to after it.
            let _ = write!(text, "[^early]: {} early\n\n<!-- preview-ends -->\n\n", word("footnote"));
        }
        let early = if self.has_preview { "[^early]" } else { "" };
        let file = |extension: &str| self.file(language, extension);
        let _ = write!(
            text,
            "{body}{early}\n\n## A public heading\n\n### {heading}\n\n```rust title=\"{codetitle}.rs\" {{1}}\n// {code}\nlet a = \
             \"{codestring}\";\n```\n\n![{alt}]({svg} \"{figuretitle}\")\n\nIn a line ![x]({png} \"{imagetitle}\").\n\n\
             [{linktext}]({csv} \"{linktitle}\") and [out](https://example.org/{externallink})\n\nA claim.[^late]\n\n\
             | {tablehead} | b |\n|---|---|\n| {table} | 1 |\n\n- [x] {task}\n\n1. {list}\n   - {nestedlist}\n\n\
             > [!NOTE]\n> {alert}\n\n> {quote}\n\n$$\\text{{{math}}}$$\n\nInline $\\text{{{inlinemath}}}$ math, **{strong}**, \
             ~~{deleted}~~, `{inlinecode}`, <span title=\"x\">{inlinehtml}</span>, {longword}.\n\n<!-- {comment} -->\n\n\
             <div data-note=\"{htmlattribute}\">\n\n{html}\n\n</div>\n\n[^late]: {footnote}\n",
            body = word("body"),
            heading = word("heading"),
            codetitle = word("codetitle"),
            code = word("code"),
            codestring = word("codestring"),
            alt = word("alt"),
            svg = file("svg"),
            figuretitle = word("figuretitle"),
            png = file("png"),
            imagetitle = word("imagetitle"),
            linktext = word("linktext"),
            csv = file("csv"),
            linktitle = word("linktitle"),
            externallink = word("externallink"),
            tablehead = word("tablehead"),
            table = word("table"),
            task = word("task"),
            list = word("list"),
            nestedlist = word("nestedlist"),
            alert = word("alert"),
            quote = word("quote"),
            math = word("math"),
            inlinemath = word("inlinemath"),
            strong = word("strong"),
            deleted = word("deleted"),
            inlinecode = word("inlinecode"),
            inlinehtml = word("inlinehtml"),
            longword = format_args!("{}{}", word("longword"), "o".repeat(5_000)),
            comment = word("comment"),
            htmlattribute = word("htmlattribute"),
            html = word("html"),
            footnote = word("footnote"),
        );
        text
    }
}

/// The content folder.
pub(crate) fn content() -> Content {
    let mut content = Content::default()
        .with(
            "lyceum.yaml",
            "title: Vault\nurl: https://small.example\nlanguages: [en, zh]\ntiers:\n  - id: pro\n    name: Pro\n    \
             prices:\n      - { id: pro-90d, amount: 10.00 USD, for: P90D }\n",
        )
        .with("courses/vault/index.md", course("Vault", "vault", "tiers: [pro]\n"))
        .with("courses/vault/index.zh.md", "---\ntitle: 金库\nsummary: 摘要。\n---\n\n公开。\n")
        .with("courses/vault/01-open.md", "---\ntitle: Open\naccess: free\n---\n\nEverybody reads this lesson.\n")
        .with("courses/other/index.md", course("Other", "other", "tiers: []\n"))
        .with("courses/other/01-else.md", "---\ntitle: Else\n---\n\nBuyers of the other course read this.\n");
    for (idx, lesson) in GUARDED.iter().chain([&KIT]).enumerate() {
        for (language, _, suffix) in LANGUAGES {
            let path = |name: &str| format!("{}/{name}", lesson.folder());
            let markdown = lesson.markdown(language);
            let markdown = if language == "en" { markdown } else { without_structure(&markdown) };
            content = content
                .with(&path(&format!("{:02}-{}{suffix}.md", idx + 2, lesson.slug)), markdown)
                .with(&path(&lesson.file(language, "svg")), svg(&lesson.word(language, "svgtext")))
                .with(&path(&lesson.file(language, "png")), png(&lesson.word(language, "pngmetadata")))
                .with(
                    &path(&lesson.file(language, "csv")),
                    format!("a,b\n{},1\n", lesson.word(language, "download")),
                );
        }
    }
    content
}

fn course(title: &str, price: &str, tiers: &str) -> String {
    format!(
        "---\ntitle: {title}\nsummary: Public.\naccess: paid\n{tiers}prices:\n  - {{ id: {price}, amount: 5.00 USD \
         }}\n---\n\nPublic.\n"
    )
}

fn without_structure(markdown: &str) -> String {
    let lines = markdown.lines().filter(|line| !line.starts_with("minutes:") && !line.starts_with("access:"));
    lines.collect::<Vec<_>>().join("\n")
}

fn svg(word: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"10\"><metadata>{word}</metadata><text>{word}</text></svg>"
    )
}

/// A picture of one grey dot with a word in its metadata.
fn png(word: &str) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let packed = b"\x78\x01\x01\x02\x00\xfd\xff\x00\x80\x00\x82\x00\x81";
    let text = [b"Comment\0".as_slice(), word.as_bytes()].concat();
    for (name, data) in [
        (b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0".as_slice()),
        (b"tEXt", &text),
        (b"IDAT", packed),
        (b"IEND", b""),
    ] {
        let body = [name.as_slice(), data].concat();
        let mut crc = Crc::new();
        crc.update(&body);
        file.extend(u32::try_from(data.len()).expect("a small chunk").to_be_bytes());
        file.extend(body);
        file.extend(crc.sum().to_be_bytes());
    }
    file
}
