//! Colours for code, as HTML.
//!
//! One lexer per language, written by hand: one pass, a little context, no allocation per token. `docs/HIGHLIGHT.md`
//! says how they compare with real parsers, and where they differ.
//!
//! Classes are one letter, because there are thousands of them on a page:
//! `k` keyword · `s` string · `e` escape in a string · `c` comment · `f` function or macro · `t` type or tag ·
//! `n` number or constant · `a` attribute, property or key · `l` label or lifetime · `p` operator or punctuation.

mod bash;
mod css;
mod html;
mod javascript;
mod json;
mod lexer;
mod painter;
mod python;
mod rust;
mod sql;
mod sql_words;
mod toml;
mod yaml;

use lexer::Lexer;
use painter::Painter;

/// What reads a language.
type Read = fn(&mut Lexer<'_, '_>);

/// The languages by what authors write after the fence.
static LANGUAGES: &[(&[&str], Read)] = &[
    (&["rust", "rs"], rust::read),
    (&["python", "py"], python::read),
    (&["javascript", "js", "mjs", "cjs", "jsx"], javascript::read),
    (&["typescript", "ts", "mts", "tsx"], javascript::read_typed),
    (&["bash", "sh", "shell", "zsh"], bash::read),
    (&["sql"], sql::read),
    (&["toml"], toml::read),
    (&["yaml", "yml"], yaml::read),
    (&["html", "xml", "svg"], html::read),
    (&["css", "scss", "less"], css::read),
    (&["json", "jsonc", "json5"], json::read),
];

/// Whether code in this language gets colours. `language` is what authors write after the fence, in small letters.
pub fn is_known(language: &str) -> bool {
    reader(language).is_some()
}

fn reader(language: &str) -> Option<Read> {
    LANGUAGES.iter().find(|(words, _)| words.contains(&language)).map(|(_, read)| *read)
}

/// Appends code as HTML, line by line, and returns the number of lines. Code of an unknown language is only escaped.
///
/// `open_line` is called before each line with its number, from 1; `close_line` is written behind each, instead of
/// its line end. Spans never reach over a line end. Cost: linear in the code, whatever it is.
///
/// ```
/// let mut html = String::new();
/// lyceum_highlight::write(&mut html, "rust", "fn a() {}\n", &mut |_, out| out.push_str("<i>"), "</i>\n");
/// assert!(html.starts_with("<i><span class=\"k\">fn</span> <span class=\"f\">a</span>"), "{html}");
/// ```
pub fn write(
    out: &mut String,
    language: &str,
    code: &str,
    open_line: &mut dyn FnMut(usize, &mut String),
    close_line: &str,
) -> usize {
    // Spans make code four to six times as long.
    out.reserve(code.len() * 5);
    let mut painter = Painter::new(out, code, open_line, close_line);
    if let Some(read) = reader(language) {
        read(&mut Lexer::new(code, &mut painter));
    }
    painter.finish()
}
