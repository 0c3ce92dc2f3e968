//! Colours for code, computed at build time.
//!
//! Classes are one letter, because there are thousands of them on a page:
//! `k` keyword · `s` string · `e` escape in a string · `c` comment · `f` function or macro · `t` type or tag ·
//! `n` number or constant · `a` attribute, property or key · `l` label or lifetime · `p` operator or punctuation.

use std::sync::LazyLock;

use tree_sitter_highlight::{HighlightConfiguration, HighlightEvent};

use crate::html::push_escaped;

/// Capture names of the grammars' queries, longest match wins, and our class; an empty class is plain text.
const CLASSES: [(&str, &str); 36] = [
    ("attribute", "a"),
    ("boolean", "n"),
    ("charset", "k"),
    ("comment", "c"),
    ("conditional", "k"),
    ("constant", "n"),
    ("constructor", "t"),
    ("embedded", ""),
    ("escape", "e"),
    ("field", "a"),
    ("float", "n"),
    ("function", "f"),
    ("import", "k"),
    ("keyframes", "k"),
    ("keyword", "k"),
    ("label", "l"),
    ("media", "k"),
    ("namespace", "k"),
    ("number", "n"),
    ("operator", "p"),
    ("parameter", ""),
    ("property", "a"),
    ("punctuation", "p"),
    ("punctuation.special", "e"),
    ("spell", ""),
    ("storageclass", "k"),
    ("string", "s"),
    ("string.special.key", "a"),
    ("supports", "k"),
    ("tag", "t"),
    ("tag.error", ""),
    ("type", "t"),
    ("type.qualifier", "k"),
    ("variable", ""),
    ("variable.builtin", "k"),
    ("variable.parameter", ""),
];

/// A grammar, set up for all threads when the first text asks for it: that takes longer than many pages do. Nothing
/// when it could not be set up.
type Grammar = LazyLock<Option<HighlightConfiguration>>;

/// The grammars by what authors write after the fence.
static GRAMMARS: [(&[&str], Grammar); 10] = [
    (&["rust", "rs"], LazyLock::new(|| grammar("rust"))),
    (&["python", "py"], LazyLock::new(|| grammar("python"))),
    (&["javascript", "js", "mjs"], LazyLock::new(|| grammar("javascript"))),
    (&["bash", "sh", "shell", "zsh"], LazyLock::new(|| grammar("bash"))),
    (&["json"], LazyLock::new(|| grammar("json"))),
    (&["toml"], LazyLock::new(|| grammar("toml"))),
    (&["sql"], LazyLock::new(|| grammar("sql"))),
    (&["html"], LazyLock::new(|| grammar("html"))),
    (&["css"], LazyLock::new(|| grammar("css"))),
    (&["yaml", "yml"], LazyLock::new(|| grammar("yaml"))),
];

fn known<'a>(language: &str) -> Option<&'a HighlightConfiguration> {
    let (_, grammar) = GRAMMARS.iter().find(|(words, _)| words.contains(&language))?;
    grammar.as_ref()
}

/// Keeps one parser.
#[derive(Default)]
pub(crate) struct Highlighter(tree_sitter_highlight::Highlighter);

impl Highlighter {
    /// The code as HTML, one string per line without its line end. Unknown languages stay plain.
    pub(crate) fn lines(&mut self, language: &str, code: &str) -> Vec<String> {
        let Some(grammar) = known(language) else { return plain(code) };
        let Ok(events) = self.0.highlight(grammar, code.as_bytes(), None, None, known) else {
            return plain(code);
        };
        let mut lines = Lines::default();
        for event in events {
            match event {
                Ok(HighlightEvent::Source { start, end }) => lines.text(&code[start..end]),
                Ok(HighlightEvent::HighlightStart(highlight)) => lines.open(CLASSES[highlight.0].1),
                Ok(HighlightEvent::HighlightEnd) => lines.close(),
                Err(_) => return plain(code),
            }
        }
        lines.finish()
    }
}

fn grammar(name: &str) -> Option<HighlightConfiguration> {
    let (language, highlights, injections) = match name {
        "rust" => (tree_sitter_rust::LANGUAGE, tree_sitter_rust::HIGHLIGHTS_QUERY, ""),
        "python" => (tree_sitter_python::LANGUAGE, tree_sitter_python::HIGHLIGHTS_QUERY, ""),
        "javascript" => (tree_sitter_javascript::LANGUAGE, tree_sitter_javascript::HIGHLIGHT_QUERY, ""),
        "bash" => (tree_sitter_bash::LANGUAGE, tree_sitter_bash::HIGHLIGHT_QUERY, ""),
        "json" => (tree_sitter_json::LANGUAGE, tree_sitter_json::HIGHLIGHTS_QUERY, ""),
        "toml" => (tree_sitter_toml_ng::LANGUAGE, tree_sitter_toml_ng::HIGHLIGHTS_QUERY, ""),
        "sql" => (tree_sitter_sequel::LANGUAGE, tree_sitter_sequel::HIGHLIGHTS_QUERY, ""),
        "html" => (
            tree_sitter_html::LANGUAGE,
            tree_sitter_html::HIGHLIGHTS_QUERY,
            tree_sitter_html::INJECTIONS_QUERY,
        ),
        "css" => (tree_sitter_css::LANGUAGE, tree_sitter_css::HIGHLIGHTS_QUERY, ""),
        "yaml" => (tree_sitter_yaml::LANGUAGE, tree_sitter_yaml::HIGHLIGHTS_QUERY, ""),
        _ => return None,
    };
    let mut config = HighlightConfiguration::new(language.into(), name, highlights, injections, "").ok()?;
    config.configure(&CLASSES.map(|(capture, _)| capture));
    Some(config)
}

/// Lines without colours.
pub(crate) fn plain(code: &str) -> Vec<String> {
    let mut lines = Lines::default();
    lines.text(code);
    lines.finish()
}

/// Collects lines; a span that reaches over a line end is closed and opened again.
#[derive(Default)]
struct Lines {
    done: Vec<String>,
    line: String,
    open: Vec<&'static str>,
    /// The class of the span that ended last, and where the line ended then.
    closed: (&'static str, usize),
}

impl Lines {
    fn open(&mut self, class: &'static str) {
        self.open.push(class);
        if !class.is_empty() && self.closed == (class, self.line.len()) {
            // `(` and `)` beside each other are one span.
            self.line.truncate(self.line.len() - "</span>".len());
        } else {
            push_open(&mut self.line, class);
        }
    }

    fn close(&mut self) {
        let Some(class) = self.open.pop().filter(|class| !class.is_empty()) else { return };
        self.line.push_str("</span>");
        self.closed = (class, self.line.len());
    }

    fn text(&mut self, text: &str) {
        let mut pieces = text.split('\n');
        push_escaped(&mut self.line, pieces.next().unwrap_or_default());
        for piece in pieces {
            self.line_end();
            push_escaped(&mut self.line, piece);
        }
    }

    fn line_end(&mut self) {
        let n_open = self.open.iter().filter(|class| !class.is_empty()).count();
        self.line.push_str(&"</span>".repeat(n_open));
        self.done.push(std::mem::take(&mut self.line));
        self.closed = ("", 0);
        for class in &self.open {
            push_open(&mut self.line, class);
        }
    }

    fn finish(mut self) -> Vec<String> {
        if !self.line.is_empty() {
            self.done.push(self.line);
        }
        self.done
    }
}

fn push_open(line: &mut String, class: &str) {
    if !class.is_empty() {
        line.push_str("<span class=\"");
        line.push_str(class);
        line.push_str("\">");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grammar_can_be_set_up() {
        for (words, grammar) in &GRAMMARS {
            assert!(grammar.is_some(), "{words:?}");
        }
    }

    #[test]
    fn spans_end_with_their_line() {
        let lines = Highlighter::default().lines("rust", "/* a\nb */ fn x() {}\n");
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0], "<span class=\"c\">/* a</span>");
        assert!(
            lines[1].starts_with("<span class=\"c\">b */</span> <span class=\"k\">fn</span>"),
            "{}",
            lines[1]
        );
    }

    #[test]
    fn an_unknown_language_is_plain_and_escaped() {
        assert_eq!(Highlighter::default().lines("brain", "a<b\n\nc"), ["a&lt;b", "", "c"]);
    }
}
