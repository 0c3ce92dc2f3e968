//! What holds for every text, however broken.

mod oracle;

use std::time::{Duration, Instant};

use proptest::prelude::*;

const LANGUAGES: [&str; 11] =
    ["rust", "python", "javascript", "typescript", "bash", "json", "toml", "sql", "html", "css", "yaml"];

/// Pieces that begin, end or break something in some language.
const PIECES: &[&str] = &[
    "\"",
    "'",
    "`",
    "\"\"\"",
    "'''",
    "\\",
    "\\u",
    "\\u{",
    "\\x4",
    "#",
    "//",
    "/*",
    "*/",
    "/",
    "--",
    "<!--",
    "-->",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "</",
    "/>",
    "=",
    "=>",
    "==",
    ":",
    "::",
    ";",
    ",",
    ".",
    "..",
    "...",
    "|",
    "||",
    "&",
    "&&",
    "$",
    "${",
    "$(",
    "$((",
    "<<EOF",
    "EOF",
    "<<'E'",
    "r#\"",
    "\"#",
    "r##",
    "b'",
    "f\"",
    "f'''",
    "é",
    "语",
    "🦀",
    "\u{0}",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\r\n",
    "0x",
    "1e",
    "1.",
    ".5",
    "-",
    "+",
    "!",
    "?",
    "@",
    "%",
    "^",
    "~",
    "*",
    "&a",
    "a",
    "A",
    "fn",
    "let",
    "match",
    "enum",
    "for",
    "in",
    "if",
    "case",
    "esac",
    "do",
    "done",
    "function",
    "class",
    "def",
    "lambda",
    "import",
    "from",
    "select",
    "FROM",
    "create table",
    "cast",
    "as",
    "<script>",
    "</script>",
    "<style>",
    "url(",
    "- ",
    "? ",
    "key: ",
    "|\n",
    ">-\n ",
    "%YAML",
    "---",
    "#[",
    "#![",
    "'a",
    "vec!",
    "macro_rules!",
    "async",
    "new",
    "return",
    "export",
];

fn check(language: &str, code: &str) {
    // Reading fails when spans are not balanced within their lines, or something is not escaped.
    let (text, _) = oracle::read(&oracle::ours(language, code));
    let expected =
        if code.is_empty() || code.ends_with('\n') { code.to_owned() } else { format!("{code}\n") };
    assert_eq!(text, expected, "{language}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_text_is_kept(parts in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        let code = parts.concat();
        for language in LANGUAGES {
            check(language, &code);
        }
    }

    #[test]
    fn any_text_is_kept(code in "\\PC{0,60}") {
        for language in LANGUAGES {
            check(language, &code);
        }
    }
}

#[test]
fn lines_are_numbered_and_ended() {
    let mut html = String::new();
    let open_line = &mut |number: usize, out: &mut String| {
        out.push_str(&number.to_string());
        out.push(':');
    };
    let n_lines = lyceum_highlight::write(&mut html, "rust", "fn a\n\n/* b\nc */", open_line, ";");
    assert_eq!(n_lines, 4);
    let expected = "1:<span class=\"k\">fn</span> <span class=\"f\">a</span>;2:;\
        3:<span class=\"c\">/* b</span>;4:<span class=\"c\">c */</span>;";
    assert_eq!(html, expected);
}

/// Beginnings that are never ended, and deep nesting: twice the code takes about twice the time, never four times.
#[test]
fn time_is_linear() {
    const N_BYTES: usize = 1 << 16;
    for language in LANGUAGES {
        for piece in PIECES
            .iter()
            .chain(&["f\"{", "`${", "\"$(", "a = (", "a<", "x: [", "{\"a\":", "<a b=\"", "a ", "a\n"])
        {
            let time = |n_bytes: usize| {
                let code = piece.repeat(n_bytes / piece.len());
                let start = Instant::now();
                let html = oracle::ours(language, &code);
                assert!(html.len() >= code.len(), "a text is lost");
                start.elapsed()
            };
            // Another program may have had the processor: the quickest of up to twenty counts.
            let (mut short, mut long) = (Duration::MAX, Duration::MAX);
            let is_linear = (0..20).any(|_| {
                (short, long) = (short.min(time(N_BYTES / 4)), long.min(time(N_BYTES)));
                long < short * 10 + Duration::from_millis(10)
            });
            assert!(is_linear, "{language} {piece:?}: far more time for four times the code");
        }
    }
}
