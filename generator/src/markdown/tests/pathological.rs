//! Inputs that make careless parsers take the square of their length, or worse. The list of shapes follows what other
//! implementations of CommonMark test themselves with.

use rustix::time::{ClockId, clock_gettime};

use super::super::parse::LYCEUM;
use super::Site;

/// A text of about `n` times its pattern.
type Shape = fn(usize) -> String;

const SHAPES: [(&str, Shape); 36] = [
    ("nested strong emphasis", |n| "*a **a ".repeat(n) + "b" + &" a** a*".repeat(n)),
    ("openers of emphasis", |n| "_a ".repeat(n)),
    ("closers of emphasis", |n| "a_ ".repeat(n)),
    ("openers and closers of three", |n| "a***b ".repeat(n)),
    ("alternating emphasis", |n| "a**b".to_owned() + &"c* ".repeat(n)),
    ("mixed delimiters", |n| "*_* _ ".repeat(n)),
    ("strikethrough", |n| "~~a ".repeat(n) + &"~a".repeat(n)),
    ("openers of links", |n| "[a".repeat(n)),
    ("closers of links", |n| "a]".repeat(n)),
    ("links in links", |n| "[a](".repeat(n)),
    ("open link targets", |n| "[a](<b".repeat(n)),
    ("link openers and emphasis closers", |n| "[ a_".repeat(n)),
    ("nested brackets", |n| "[".repeat(n) + "a" + &"]".repeat(n)),
    ("nested parentheses", |n| "[a](".to_owned() + &"(".repeat(n) + &")".repeat(n) + ")"),
    ("images in images", |n| "![".repeat(n) + "a" + &"](b)".repeat(n)),
    ("references to nothing", |n| "[a] ".repeat(n)),
    ("many references", |n| each(n, |n| format!("[{n}]: /u\n\n[{n}] "))),
    ("one long label", |n| format!("[{}]: /u\n\n[{0}]", "a".repeat(n))),
    ("expanding references", |n| format!("[x]: /{}\n\n", "y".repeat(n)) + &"[x] ".repeat(n / 100)),
    ("nested quotes", |n| "> ".repeat(n.min(90)) + &"a\n".repeat(n)),
    ("deep quotes", |n| ">".repeat(n) + "a"),
    ("nested lists", |n| each(n.min(90), |n| "  ".repeat(n) + "- a\n")),
    ("a long list", |n| "- a\n".repeat(n)),
    ("empty lines after a list", |n| "- a\n".to_owned() + &"\n".repeat(n)),
    ("backticks", |n| (1..n / 40).map(|n| "e".to_owned() + &"`".repeat(n % 300)).collect()),
    ("declarations", |n| "<!A ".repeat(n)),
    ("processing instructions", |n| "a <?".repeat(n)),
    ("character data", |n| "a <![CDATA[".repeat(n)),
    ("comments", |n| "a <!--".repeat(n)),
    ("tags that do not end", |n| "<a href=\"".repeat(n)),
    ("tables", |n| {
        "|a".repeat(n.min(1_000)) + "\n" + &"|-".repeat(n.min(1_000)) + "\n" + &"|a\n".repeat(n / 100)
    }),
    ("footnotes", |n| {
        (0..n).map(|n| format!("[^{n}] ")).chain((0..n).map(|n| format!("\n\n[^{n}]: a"))).collect()
    }),
    ("addresses", |n| "https://a.b/_ ".repeat(n) + &"www.a_(".repeat(n)),
    ("one long address", |n| "https://a.b/".to_owned() + &"_)".repeat(n)),
    ("dollars", |n| "$a ".repeat(n) + &"$$a$ ".repeat(n)),
    ("blocks", |n| "::: note\n".repeat(n.min(60)) + &"== a\n\n".repeat(n) + &":::\n".repeat(n.min(60))),
];

fn each(n: usize, piece: impl Fn(usize) -> String) -> String {
    (0..n).map(piece).collect()
}

/// Microseconds that this thread has worked: other programs on the machine do not count.
fn worked() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
}

/// Four times the text may take twelve times the work, and a fifth of a second besides. What is quadratic takes sixteen
/// times as much, and seconds.
#[test]
fn work_grows_with_the_text() {
    let site = Site::new();
    for (name, shape) in SHAPES {
        let took = |n: usize| {
            let text = shape(n);
            let start = worked();
            let html = site.html(&text, LYCEUM);
            (worked() - start, html.len(), text.len())
        };
        let (once, ..) = took(2_500);
        let (four_times, n_html, n_text) = took(10_000);
        assert!(four_times < 12 * once + 200_000, "{name}: {once} µs, then {four_times} µs");
        // References to a long address are the only thing that may write more than it reads, up to the parser's own limit.
        assert!(n_html < 60 * n_text + 1_000_000, "{name}: {n_html} bytes of {n_text}");
    }
}

/// Shapes whose square is small: it shows only in long texts.
const LONG: [(&str, Shape); 9] = [
    ("addresses on one line", |n| "https://a.b/c ".repeat(n)),
    ("footnotes of their own", |n| {
        each(n, |n| format!("[^{n}] ")) + "\n\n" + &each(n, |n| format!("[^{n}]: a\n\n"))
    }),
    ("footnotes in footnotes", |n| {
        "[^0]\n\n".to_owned() + &each(n, |n| format!("[^{n}]: a [^{}]\n\n", n + 1))
    }),
    ("headings and dead places", |n| {
        each(n, |n| format!("## H {n}\n\n")) + &each(n, |n| format!("[x](#z{n}) "))
    }),
    ("dead links", |n| each(n, |n| format!("[x](n{n}.md) "))),
    ("questions", |n| "::: quiz id=q\n".to_owned() + &"== Q?\n\n- (x) a\n- ( ) b\n\n".repeat(n) + ":::\n"),
    ("a chain of boxes", |n| {
        "```mermaid\nflowchart TD\n".to_owned() + &each(n, |n| format!("n{n} --> ")) + "z\n```\n"
    }),
    ("diagrams", |n| "```mermaid\nflowchart TD\na --> b & c\nb --> d\n```\n\n".repeat(n)),
    ("headings of one name", |n| each(n, |n| format!("## a {n}\n\n## a\n\n"))),
];

#[test]
fn work_grows_with_a_long_text() {
    let site = Site::new();
    let mut wrong = Vec::new();
    for (name, shape) in LONG {
        let took = |n: usize| {
            let text = shape(n);
            let start = worked();
            drop(site.render(&text, "en", LYCEUM));
            worked() - start
        };
        let (once, eight_times) = (took(2_000), took(16_000));
        if eight_times > 20 * once + 200_000 {
            wrong.push(format!("{name}: {once} µs, then {eight_times} µs"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_too_deep_is_refused_at_once() {
    let site = Site::new();
    for (name, text) in [
        ("quotes", ">".repeat(10_000) + " a"),
        ("lists", "- ".repeat(10_000) + "a"),
        ("emphasis", "*a **b ".repeat(5_000) + &"** *".repeat(5_000)),
        ("blocks", "::: note\n".repeat(10_000) + &":::\n".repeat(10_000)),
    ] {
        let (rendered, found) = site.render(&text, "en", LYCEUM);
        let codes: Vec<u16> = found.iter().map(|found| found.code.number()).collect();
        assert!(codes == [34] || (name == "emphasis" && codes.is_empty()), "{name}: {codes:?}");
        assert!(rendered.whole.html.is_empty() || name == "emphasis", "{name}");
    }
}
