//! Small sources of each kind, with everything that the kind has: what becomes of them shows in review.

use std::fmt::Write as _;

use lyceum_import::{Converted, Files, Kind, convert};

use super::{built, dead_ends};

const PICTURE: &str =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"4\" height=\"2\" viewBox=\"0 0 4 2\"/>";

fn files(pairs: &[(&str, &str)]) -> Files {
    pairs.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

/// The texts of an academy and the notes, as a person reads them.
fn shown(converted: &Converted) -> String {
    let mut out = String::new();
    for (path, bytes) in &converted.files {
        let text = String::from_utf8_lossy(bytes);
        let _ = if text.starts_with("<svg") {
            writeln!(out, "=== {path} (copied)")
        } else {
            writeln!(out, "=== {path}\n{text}")
        };
    }
    out.push_str("=== notes\n");
    for note in &converted.notes {
        let _ = writeln!(out, "{note}");
    }
    let _ = writeln!(out, "{} chapters, {} assets", converted.n_chapters, converted.n_assets);
    out
}

/// Imports, builds, follows every link, and shows what came out.
#[track_caller]
fn imported(kind: Kind, pairs: &[(&str, &str)]) -> String {
    let converted = convert(kind, &files(pairs));
    let site = built(&converted, &["L035"]);
    assert_eq!(dead_ends(&site), Vec::<String>::new());
    shown(&converted)
}

#[test]
fn a_book() {
    let book = [
        (
            "book.toml",
            "[book]\ntitle = \"Small\"\nauthors = [\"Ada <ada@example.org>\"]\nlanguage = \"en\"\n\n[output.html]\nsite-url = \"https://books.example/small/\"\nmathjax-support = true\nadditional-css = [\"x.css\"]\n\n[output.html.redirect]\n\"/old.html\" = \"guide/index.html\"\n\"/a/b.html\" = \"../preface.html#x\"\n\"/away.html\" = \"https://away.example/\"\n\n[preprocessor.mermaid]\n",
        ),
        (
            "src/SUMMARY.md",
            "# Summary\n\n[Preface](preface.md)\n\n# Part one\n\n- [Guide](guide/README.md)\n  - [Hidden lines](guide/code.md)\n- [Draft]()\n- [Missing](gone.md)\n- [Guide again](guide/README.md)\n\n---\n\n[所有权](cjk.md)\n",
        ),
        (
            "src/preface.md",
            "Text before any heading, with [the guide](guide/), [code](guide/code.html#-hidden--lines) and [nothing](nothing.md).\n\n[r]: guide/code.md\n\nBy reference: [r], [r][], [text][r].\n\n{{#title Window}}\n",
        ),
        (
            "src/guide/README.md",
            "# The `Guide` [linked](code.md)\n\n## A -- b {#own}\n\n[Here](#own), [there](../cjk.md#什么), [lost](code.md#lost), <a href=\"../preface.html\">raw</a>.\n\n![Alt](../img/a.svg)\n\n<img src=\"../img/a.svg\" alt=\"Raw\" width=\"9\">\n\n<p align=\"center\">\n  <img src=\"../img/b b.svg\" alt=\"B\">\n</p>\n\n![Away](https://example.org/a.png) ![Gone](gone.png)\n\n<script>x()</script>\n",
        ),
        (
            "src/guide/code.md",
            "# Code\n\n## `# Hidden` -- lines\n\n```rust,editable\n# use a;\nfn b() {\n#     c();\n    ##![d]\n}\n```\n\n> ```rust\n> # e();\n> f();\n> ```\n\n{{#include ../part.md}}\n\n```rust\n{{#rustdoc_include ../x.rs:y}}\n```\n\n{{#playground ../x.rs}}\n\n{{#include ../../../etc/passwd}}\n\n\\{{#include shown.md}}\n\n{{#quiz ../q.toml}}\n\nTerm\n: Definition with $5.\n\n[^1]: Nobody refers to it.\n",
        ),
        (
            "src/cjk.md",
            "# 所有权\n\n## 什么\n\n\\\\( x^2 \\\\) and \\\\[ \\frac{1}{2} \\\\] and \\\\( \\frac{ \\\\) cost $5.\n",
        ),
        ("src/part.md", "Included [link](../preface.md).\n"),
        ("src/x.rs", "use z;\n// ANCHOR: y\nfn y() {}\n// ANCHOR_END: y\n"),
        ("src/img/a.svg", PICTURE),
        ("src/img/b b.svg", PICTURE),
        ("src/img/unused.svg", PICTURE),
    ];
    insta::assert_snapshot!(imported(Kind::MdBook, &book));
}

#[test]
fn a_hugo_site() {
    let site = [
        ("hugo.toml", "title = \"Site\"\nbaseURL = \"https://site.example/\"\nlanguageCode = \"en-us\"\n"),
        ("content/_index.md", "---\ntitle: Home\n---\n"),
        (
            "content/about.md",
            "---\ntitle: About\naliases: [/old-about/, us, /old-about/, /tags/about/]\n---\n\nUs. [First](/docs/first/) [bundle]({{< relref \"docs/bundle\" >}})\n",
        ),
        (
            "content/docs/_index.md",
            "---\ntitle: Docs\ndescription: All of it.\nweight: 1\n---\n\nWelcome to the docs.\n",
        ),
        (
            "content/docs/first.md",
            "+++\ntitle = \"First: one\"\ndate = 2024-05-01T10:00:00Z\ntags = [\"a\", \"b\"]\nweight = 2\nlayout = \"x\"\ncustom = 1\n+++\n\n## Here\n\n[ref]({{< ref \"bundle/index.md#part\" >}}) [dead]({{< ref \"nothing\" >}}) ![s](/img/s.svg)\n\n{{< figure src=\"/img/s.svg\" alt=\"A\" caption=\"C\" >}}\n\n{{< highlight go \"hl_lines=2\" >}}\nx := 1\n{{< /highlight >}}\n\n{{< youtube abc123 >}}\n\n{{% notice tip %}}\nInner **text**.\n{{% /notice %}}\n\n```go {linenos=true,hl_lines=[1]}\ny := 2\n```\n",
        ),
        (
            "content/docs/bundle/index.md",
            "{\n\"title\": \"Bundle\", \"weight\": 1\n}\n\n## Part\n\n![b](b.svg)\n",
        ),
        ("content/docs/bundle/b.svg", PICTURE),
        ("content/docs/deep/_index.md", "---\ntitle: Deep\n---\n"),
        ("content/docs/deep/x.md", "---\ntitle: X\ndraft: true\n---\n\nNot yet.\n"),
        ("content/docs/deep/y.md", "---\ntitle: Y\n---\n\n[up](../first.md) [draft](x.md)\n"),
        ("content/docs/deep/y.de.md", "---\ntitle: Y auf Deutsch\n---\n"),
        ("content/docs/bad.md", "---\ntitle: [\n---\n\n# Bad\n\nStill here.\n"),
        ("content/docs/page.html", "<p>x</p>"),
        ("static/img/s.svg", PICTURE),
        ("static/unused.txt", "x"),
    ];
    insta::assert_snapshot!(imported(Kind::Hugo, &site));
}

#[test]
fn a_zola_site() {
    let site = [
        ("config.toml", "title = \"Zola\"\nbase_url = \"https://zola.example\"\ndefault_language = \"en\"\n"),
        ("content/_index.md", "+++\nsort_by = \"weight\"\n+++\n"),
        ("content/guide/_index.md", "+++\ntitle = \"Guide\"\nsort_by = \"weight\"\n+++\n"),
        (
            "content/guide/two.md",
            "+++\ntitle = \"Two\"\nweight = 2\n[taxonomies]\ntags = [\"t\"]\n[extra]\nauthor = \"A\"\n+++\n\nBack to [one](@/guide/one/index.md#uber-uns) and [dead](@/guide/no.md). A -- b...\n",
        ),
        (
            "content/guide/one/index.md",
            "+++\ntitle = \"One\"\nweight = 1\ndate = 2024-01-31\naliases = [\"old/one\", \"/one.html\"]\n+++\n\n## Über uns\n\n![p](p.svg) {{ youtube(id=\"abc\") }}\n\n{% quote(author=\"B\") %}\nQuoted.\n{% end %}\n\n```toml,linenos,hl_lines=1 3,name=a.toml\na = 1\n```\n",
        ),
        ("content/guide/one/p.svg", PICTURE),
        ("content/guide/2023-05-06-three.md", "+++\ntitle = \"Three\"\n+++\n\nThird.\n"),
    ];
    insta::assert_snapshot!(imported(Kind::Zola, &site));
}

#[test]
fn a_folder() {
    let folder = [
        ("README.md", "# My notes\n\nAbout [them](part-2/b.md).\n"),
        ("intro.md", "Without a heading.\n"),
        ("part-10/z.md", "# Last\n"),
        ("part-2/README.md", "# Second part\n\nHello.\n"),
        (
            "part-2/b.md",
            "---\ntitle: Front\ndate: 2024-01-01\n---\n\n# Front\n\n[up](../README.md) [dir](../part-10/) [file](../data.csv)\n",
        ),
        ("part-2/deep/er/c.md", "## Low title\n\n### Below\n\n![x](../../../x.svg)\n"),
        ("data.csv", "a,b\n"),
        ("x.svg", PICTURE),
        (".hidden.md", "# Hidden\n"),
    ];
    insta::assert_snapshot!(imported(Kind::Folder, &folder));
}
