//! More of everything than anybody writes: work that grows with the square of it would not end within the limits.

use super::{academy, check, codes, lesson};
use lyceum_tests::Content;

/// How many of each thing in a text.
const N: usize = 30_000;

fn each(n: usize, piece: impl Fn(usize) -> String) -> String {
    (0..n).map(piece).collect()
}

/// A lesson with these lines in its front matter.
fn head(lines: &str) -> Content {
    academy().with("courses/c/01-x.md", format!("---\ntitle: X\n{lines}---\n\nWords.\n"))
}

fn list(n: usize, item: impl Fn(usize) -> String) -> String {
    (0..n).map(item).collect::<Vec<_>>().join(", ")
}

fn svg(inner: &str) -> String {
    format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"{inner}</svg>")
}

#[test]
fn long_texts_are_published() {
    for (what, text) in [
        ("footnotes", each(N, |n| format!("[^{n}] ")) + "\n\n" + &each(N, |n| format!("[^{n}]: a\n\n"))),
        ("notes without references", each(N, |n| format!("[^{n}]: a\n\n"))),
        ("headings", each(N, |n| format!("## H {n}\n\n"))),
        ("links", "[x](01-x.md) ".repeat(N)),
        ("addresses", "https://a.example/b ".repeat(N)),
        ("quotes", (">".repeat(99) + " x\n\n").repeat(5_000)),
        (
            "columns",
            "|a".repeat(10_000)
                + "|\n"
                + &"|-".repeat(10_000)
                + "|\n"
                + &("|b".repeat(10_000) + "|\n").repeat(20),
        ),
        ("one line of 4 MB", "word ".repeat(830_000)),
        ("formulas", "$a$ ".repeat(N)),
        ("a deep formula", "$".to_owned() + &"{".repeat(8_000) + &"}".repeat(8_000) + "$"),
        (
            "questions",
            "::: quiz id=q\n".to_owned() + &"== Q?\n\n- (x) a\n- ( ) b\n\n".repeat(30_000) + ":::\n",
        ),
        ("code", format!("```rust\n{}```", "fn a() { b(\"c\") } // d\n".repeat(30_000))),
    ] {
        check(what, &lesson(&text), &[]);
    }
}

#[test]
fn what_is_wrong_many_thousand_times_is_said_soon() {
    let dead = each(N / 2, |n| format!("## H {n}\n\n")) + &each(N / 2, |n| format!("[x](#z{n}) "));
    check("dead places", &lesson(&dead), &[("L050", 100)]);
    check("dead links", &lesson(&each(N, |n| format!("[x](n{n}.md) "))), &[("L030", 100)]);
    let chain = format!("```mermaid\nflowchart TD\n{}z\n```\n", each(N, |n| format!("n{n} --> ")));
    check("a chain of boxes", &lesson(&chain), &[("L057", 1)]);
    let knot = "```mermaid\nflowchart TD\n".to_owned()
        + &each(20, |n| format!("n{n} --> n{} & n{}\n", n + 1, n * 7 % 20))
        + "```\n\n";
    check("knots", &lesson(&knot.repeat(300)), &[("L057", 100)]);
    let included = lesson(&"```rust file=\"a.rs\"\n```\n\n".repeat(5_000));
    let included = included.with("courses/c/a.rs", ("x".repeat(99) + "\n").repeat(10_000));
    check("inclusions", &included, &[("L003", 100)]);
    let mut content = academy();
    for n in 0..400 {
        content = content.with(
            &format!("courses/c/{n}-l{n}.md"),
            format!("---\ntitle: X\nrequires: [c/m{n}]\n---\n\nx\n"),
        );
    }
    assert_eq!(codes("prerequisites", &content).get("L091"), Some(&400));
}

#[test]
fn too_many_of_something_is_refused() {
    check("tags", &head(&format!("tags: [{}]\n", list(9_000, |n| format!("t{n}")))), &[("L081", 1)]);
    check("aliases", &head(&format!("aliases: [{}]\n", list(4_500, |n| format!("/o/{n}")))), &[("L081", 1)]);
    let tiers = each(5_000, |n| format!("  - {{ id: t{n}, name: N }}\n"));
    let site = "title: A\nurl: https://a.example\nlanguages: [en]\n";
    check("tiers", &academy().with("lyceum.yaml", format!("{site}tiers:\n{tiers}")), &[("L081", 1)]);
    let mut tracks = academy();
    for n in 0..201 {
        tracks = tracks.with(&format!("tracks/t{n}.md"), "---\ntitle: T\ncourses: [c]\n---\n\nx\n");
    }
    check("tracks", &tracks, &[("L081", 1)]);
    let mut people = academy();
    for n in 0..1_001 {
        people = people.with(&format!("instructors/i{n}.md"), "---\nname: I\n---\n\nx\n");
    }
    check("instructors", &people, &[("L081", 1)]);
    let mut lessons = academy();
    for n in 0..1_001 {
        lessons = lessons.with(&format!("courses/c/l{n}x.md"), "---\ntitle: L\n---\n\nx\n");
    }
    check("lessons of a course", &lessons, &[("L081", 1)]);
    let mut pages = academy();
    for n in 0..2_001 {
        pages = pages.with(&format!("pages/p{n}x.md"), "---\ntitle: P\n---\n\nx\n");
    }
    check("pages", &pages, &[("L081", 1)]);
    let mut statics = academy();
    for n in 0..20_001 {
        statics = statics.with(&format!("static/{}/{n}.txt", n / 1_000), "x");
    }
    check("files in static", &statics, &[("L081", 1)]);
    let mut data = academy();
    for n in 0..9 {
        data = data.with(&format!("data/x{n}.json"), format!("\"{}\"", "x".repeat(1_000_000)));
    }
    check("data", &data, &[("L003", 1)]);
}

#[test]
fn a_long_circle_is_described_in_a_few_words() {
    let mut circle = academy();
    for n in 0..900 {
        let next = (n + 1) % 900;
        let text = format!("---\ntitle: L\nrequires: [l{next}x.md]\n---\n\nx\n");
        circle = circle.with(&format!("courses/c/l{n}x.md"), text);
    }
    let found = circle.build().expect_err("a circle");
    let circle = found.iter().find(|found| found.code.to_string() == "L092").expect("a circle");
    assert!(circle.message.contains("and so on over 892 more"), "{}", circle.message);
    assert!(circle.message.len() < 1_000);
}

#[test]
fn as_many_as_are_allowed_are_published() {
    let mut content = head(&format!("tags: [{}]\n", list(30, |n| format!("t{n}x"))));
    for n in 0..200 {
        content = content.with(&format!("tracks/t{n}.md"), "---\ntitle: T\ncourses: [c]\n---\n\nx\n");
    }
    check("tags and tracks", &content, &[]);
}

#[cfg(unix)]
#[test]
fn a_folder_larger_than_memory_is_not_read() {
    let content = academy();
    for n in 0..60 {
        // A file with nothing in it but a length takes no room on the disk.
        let path = content.path().join(format!("courses/c/f{n}.bin"));
        std::fs::File::create(&path).and_then(|file| file.set_len(23 << 20)).expect("a file");
    }
    check("60 files of 23 MB", &content, &[("L003", 1)]);
}

#[test]
fn drawings_that_grow_are_refused() {
    let drawing = |inner: &str| lesson("![A drawing](a.svg)").with("courses/c/a.svg", svg(inner));
    check("attributes", &drawing(&(each(100_000, |n| format!(" a{n}=\"x\"")) + ">")), &[("L074", 1)]);
    check("namespaces", &drawing(&(each(50_000, |n| format!(" xmlns:a{n}=\"x\"")) + ">")), &[("L074", 1)]);
    check("elements", &drawing(&format!(">{}", "<g/>".repeat(1_000_000))), &[("L074", 1)]);
    let laughs =
        "<!DOCTYPE svg [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>".to_owned() + &svg("><text>&b;</text>");
    check("entities", &lesson("![A drawing](a.svg)").with("courses/c/a.svg", laughs), &[("L074", 1)]);
    let used =
        each(10, |n| format!("<g id=\"a{}\">{}</g>", n + 1, format!("<use href=\"#a{n}\"/>").repeat(10)));
    check("uses", &drawing(&format!("><g id=\"a0\"/>{used}")), &[]);
}
