//! An mdBook of a hundred chapters that uses everything that mdBook has, made anew for each test and always the same.

use std::fmt::Write as _;

use lyceum_import::Files;

/// How many chapters have a text.
pub const N_CHAPTERS: usize = 100;

const CONFIG: &str = r#"[book]
title = "The Hundred"
description = "A book that has everything."
authors = ["Ada Lovelace", "Grace Hopper <grace@example.org>"]
language = "en"
src = "text"

[output.html]
mathjax-support = true
additional-css = ["extra.css"]
site-url = "/book/"

[output.html.code.hidelines]
python = "~"

[output.html.redirect]
"/old/page.html" = "../part-2/chapter-20.html"

[preprocessor.links]
"#;

const LISTING: &str = "use std::fmt;\n\n// ANCHOR: all\nfn main() {\n    // ANCHOR: body\n    println!(\"{}\", 1);\n    // ANCHOR_END: body\n}\n// ANCHOR_END: all\n";
const PICTURE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"40\" height=\"20\" viewBox=\"0 0 40 20\"><path d=\"M0 0h40v20z\"/></svg>";

/// The files of the book.
pub fn hundred() -> Files {
    let mut files = Files::new();
    let mut add = |path: &str, text: &str| files.insert(path.to_owned(), text.as_bytes().to_vec());
    add("book.toml", CONFIG);
    add("extra.css", "p { margin: 0 }\n");
    add("code/listing.rs", LISTING);
    add(
        "text/shared/note.md",
        "> A shared note about [the first chapter](../part-1/chapter-01.md).\n\n{{#include deeper.md}}\n",
    );
    add("text/shared/deeper.md", "Deeper text with `code`.\n");
    add("text/images/picture one.svg", PICTURE);
    add("text/images/second.svg", PICTURE);
    add("text/files/data.csv", "a,b\n1,2\n");
    add("text/SUMMARY.md", &summary());
    add(
        "text/README.md",
        "# The Hundred\n\nStart with [chapter one](part-1/chapter-01.md) or [a part](part-3/).\n",
    );
    add("text/end.md", "# 后记\n\n谢谢。见[第一章](./part-1/chapter-01.html#一节)。\n");
    for number in 1..=N_CHAPTERS - 2 {
        add(&format!("text/{}", path(number)), &chapter(number));
    }
    files
}

/// Ten chapters to a part; the first of each stands for its folder.
fn path(number: usize) -> String {
    let part = (number - 1) / 10 + 1;
    if number % 10 == 1 && number > 1 {
        format!("part-{part}/README.md")
    } else {
        format!("part-{part}/chapter-{number:02}.md")
    }
}

fn summary() -> String {
    let mut out = "# Summary\n\n[The Hundred](README.md)\n\n---\n".to_owned();
    for number in 1..=N_CHAPTERS - 2 {
        if number % 10 == 1 {
            let _ = write!(out, "\n# Part {}\n\n", (number - 1) / 10 + 1);
        }
        let indent = "  ".repeat(if number % 10 == 1 { 0 } else { number % 3 });
        let _ = writeln!(out, "{indent}- [{}](./{})", title(number), path(number));
    }
    out.push_str("- [Still to be written]()\n\n---\n\n[后记](end.md)\n");
    out
}

fn title(number: usize) -> String {
    match number % 5 {
        0 => format!("第{number}章"),
        1 => format!("Chapter {number}: `Code` & Co."),
        _ => format!("Chapter {number}"),
    }
}

/// A relative link to another chapter, as `.md` or `.html`.
fn link(from: usize, to: usize, anchor: &str) -> String {
    let path = path(to);
    let path = if from.is_multiple_of(2) {
        path.replace("README.md", "index.md").replace(".md", ".html")
    } else {
        path
    };
    format!("../{path}{anchor}")
}

fn chapter(number: usize) -> String {
    let mut out = format!("# {}\n\n", title(number));
    let next = number % (N_CHAPTERS - 2) + 1;
    let _ = writeln!(
        out,
        "Text of {number}, *emphatic* and **strong**, ~~gone~~, with a [link]({}) [one by name][next], [next] and [next][].\n",
        link(number, next, "#a--heading-it-is")
    );
    let _ = writeln!(out, "[next]: {} \"The next\"\n", link(number, next, ""));
    if number == 1 {
        out.push_str("## 一节\n\n中文段落。\n\n");
    }
    out.push_str("## A -- heading, it is\n\nSee [above](#a--heading-it-is), [chosen](#chosen-name) and [the second](#repeated-1).\n\n");
    out.push_str(
        "## Repeated\n\nOne.\n\n## Repeated\n\nTwo.\n\n### Named {#chosen-name .wide}\n\nThree.\n\n",
    );
    let features: [fn(usize) -> String; 10] =
        [code, includes, lists, table, images, html, math, quotes, definitions, footnotes];
    for (idx, feature) in features.iter().enumerate() {
        if !(number + idx).is_multiple_of(3) {
            out.push_str(&feature(number));
            out.push('\n');
        }
    }
    out
}

fn code(number: usize) -> String {
    let attributes =
        ["rust", "rust,ignore", "rust,editable", "rust should_panic", "rust,no_run,noplayground"];
    format!(
        "```{}\n# use std::fmt;\n#\nlet price = \"${number}\";\n#[derive(Debug)]\n  ## shown\n# hidden();\n```\n\n- in an item:\n\n  ```rust\n  # let hidden = 1;\n  let shown = {number};\n  ```\n\n```python\n~import hidden\nprint({number})\n```\n\n    indented # stays\n    # here too\n\n```\nno language $a$\n```\n",
        attributes[number % attributes.len()]
    )
}

fn includes(number: usize) -> String {
    format!(
        "{{{{#title Chapter {number}}}}}\n{{{{#include ../shared/note.md}}}}\n\n```rust\n{{{{#include ../../code/listing.rs:all}}}}\n```\n\n```rust\n{{{{#rustdoc_include ../../code/listing.rs:body}}}}\n```\n\n```rust\n{{{{#include ../../code/listing.rs:4:6}}}}\n```\n\n{{{{#playground ../../code/listing.rs editable}}}}\n\nWritten as \\{{{{#include file.rs}}}}.\n"
    )
}

fn lists(number: usize) -> String {
    format!(
        "1. one\n2. two\n   - two a\n   - two b\n\n     with a paragraph\n3. three costs $5 and $6\n\n- [ ] open {number}\n- [x] done\n\n7. starts at seven\n"
    )
}

fn table(number: usize) -> String {
    format!(
        "| Left | Middle | Right |\n|:---|:---:|---:|\n| a{number} | `b \\| c` | [link]({}) |\n| d | | ![tiny](../images/second.svg) |\n",
        link(number, 1, "")
    )
}

fn images(number: usize) -> String {
    format!(
        "![A picture](<../images/picture one.svg> \"Its title {number}\")\n\nIn the line ![small](../images/second.svg) of text.\n\n<img src=\"../images/second.svg\" alt=\"Raw\" class=\"center\" width=\"20\">\n\n<p align=\"center\"><img src=\"../images/second.svg\" alt=\"Centred\"></p>\n\n[Data](../files/data.csv)\n"
    )
}

fn html(number: usize) -> String {
    format!(
        "<details>\n<summary>More of {number}</summary>\n\nHidden *Markdown*.\n\n</details>\n\n<!-- toc -->\n\nKeys <kbd>Ctrl</kbd> and <a href=\"{}\">a raw link</a>.\n\n<div class=\"note\">Raw <b>block</b></div>\n",
        link(number, 2, "#repeated")
    )
}

fn math(number: usize) -> String {
    format!(
        "Inline \\\\( x_{{{number}}}^2 \\\\) and\n\n\\\\[ \\mu = \\frac{{1}}{{N}} \\sum_i x_i \\\\]\n\nIt costs $5, not $6.\n"
    )
}

fn quotes(number: usize) -> String {
    format!(
        "> Quoted {number}.\n>\n> ```rust\n> # hidden();\n> shown();\n> ```\n\n> [!WARNING]\n> Take care of {number}.\n\n---\n"
    )
}

fn definitions(number: usize) -> String {
    format!(
        "Term {number}\n: Its definition with a [link]({}).\n: Another one.\n\nSecond\n: Short.\n",
        link(number, 1, "#repeated")
    )
}

fn footnotes(number: usize) -> String {
    format!(
        "A claim[^a] and another[^b{number}], and the first again[^a].\n\n[^a]: A note with `code`.\n[^b{number}]: Another\n    note of {number}.\n"
    )
}
