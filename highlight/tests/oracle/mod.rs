//! What real parsers say about code, and what our HTML says, character by character.

#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeMap;

use tree_sitter::{Parser, TreeCursor};
use tree_sitter_highlight::{HighlightConfiguration, HighlightEvent, Highlighter};

/// Capture names of the grammars' queries, longest match wins, and our class; a blank class is plain text.
const CLASSES: [(&str, char); 35] = [
    ("attribute", 'a'),
    ("boolean", 'n'),
    ("charset", 'k'),
    ("comment", 'c'),
    ("conditional", 'k'),
    ("constant", 'n'),
    ("constructor", 't'),
    ("embedded", ' '),
    ("escape", 'e'),
    ("field", 'a'),
    ("float", 'n'),
    ("function", 'f'),
    ("import", 'k'),
    ("keyframes", 'k'),
    ("keyword", 'k'),
    ("label", 'l'),
    ("media", 'k'),
    ("namespace", 'k'),
    ("number", 'n'),
    ("operator", 'p'),
    ("parameter", ' '),
    ("property", 'a'),
    ("punctuation", 'p'),
    ("punctuation.special", 'e'),
    ("storageclass", 'k'),
    ("string", 's'),
    ("string.special.key", 'a'),
    ("supports", 'k'),
    ("tag", 't'),
    ("tag.error", ' '),
    ("type", 't'),
    ("type.qualifier", 'k'),
    ("variable", ' '),
    ("variable.builtin", 'k'),
    ("variable.parameter", ' '),
];

/// What we add to the grammars' queries, each because it is better for the reader. `docs/HIGHLIGHT.md` lists them.
const AMENDED: [(&str, &str); 10] = [
    ("rust", RUST),
    ("python", PYTHON),
    ("javascript", JAVASCRIPT),
    ("bash", BASH),
    ("sql", SQL),
    ("toml", "(escape_sequence) @escape (pair (dotted_key (dotted_key (bare_key) @property)))"),
    ("json", "(pair key: (string) @string.special.key)"),
    ("css", r##"(color_value "#" @string) (universal_selector "*" @tag)"##),
    ("yaml", "(escape_sequence) @escape"),
    ("html", "(quoted_attribute_value) @string"),
];

/// A method that is called is a function, as in all other languages, and the name of a class a type, however it is
/// written.
const PYTHON: &str = "
(call function: (attribute attribute: (identifier) @function.method))
(class_definition name: (identifier) @type)
";

/// Escapes in texts have a colour, and the slashes are part of a pattern.
const JAVASCRIPT: &str = r#"
(escape_sequence) @escape
(regex "/" @string)
[(generator_function_declaration name: (identifier) @function) (generator_function name: (identifier) @function)]
([(shorthand_property_identifier) (shorthand_property_identifier_pattern)] @type (#match? @type "^[A-Z][a-z]"))
"#;

/// A lifetime is one word. A macro's arguments are only tokens to the parser: calls and fields in them look like
/// calls and fields.
const RUST: &str = r#"
(lifetime "'" @label)
(label "'" @label (identifier) @label)
((scoped_identifier path: (identifier) @type) (#match? @type "^([iuf](8|16|32|64|128|size)|bool|char|str)$"))
((token_tree (identifier) @function . (token_tree) @_given)
 (#match? @_given "^[(]") (#match? @function "^[a-z_]"))
(token_tree (identifier) @function . "!" @function . (token_tree))
(token_tree "." . (identifier) @property)
((token_tree "." . (identifier) @function . (token_tree) @_given) (#match? @_given "^[(]"))
((token_tree (identifier) @keyword) (#match? @keyword "^(ref|crate)$"))
"#;

/// Words that declare variables are keywords, as `export` is.
const BASH: &str = r#"
["local" "readonly" "declare" "typeset"] @keyword
[(ansi_c_string) (translated_string)] @string
(file_redirect destination: (number) @number)
(heredoc_end) @string
(special_variable_name) @property
((declaration_command (word) @constant) (#match? @constant "^-"))
(binary_expression (number) @number)
"#;

/// Numbers are no texts: the query's own patterns are written for another engine of regular expressions.
const SQL: &str = r#"
(interval) @string
(create_function (object_reference name: (identifier) @function))
(comment) @comment
((literal) @number (#match? @number "^[-+]?[0-9]*[.]?[0-9]+$"))
"#;

/// The parsers, one set for a whole test.
pub(crate) struct Oracle {
    grammars: BTreeMap<&'static str, HighlightConfiguration>,
    highlighter: Highlighter,
    parser: Parser,
}

impl Oracle {
    /// Sets all grammars up.
    pub(crate) fn new(is_amended: bool) -> Self {
        let grammars = [
            ("rust", tree_sitter_rust::LANGUAGE.into(), tree_sitter_rust::HIGHLIGHTS_QUERY, ""),
            ("python", tree_sitter_python::LANGUAGE.into(), tree_sitter_python::HIGHLIGHTS_QUERY, ""),
            (
                "javascript",
                tree_sitter_javascript::LANGUAGE.into(),
                tree_sitter_javascript::HIGHLIGHT_QUERY,
                "",
            ),
            ("bash", tree_sitter_bash::LANGUAGE.into(), tree_sitter_bash::HIGHLIGHT_QUERY, ""),
            ("json", tree_sitter_json::LANGUAGE.into(), tree_sitter_json::HIGHLIGHTS_QUERY, ""),
            ("toml", tree_sitter_toml_ng::LANGUAGE.into(), tree_sitter_toml_ng::HIGHLIGHTS_QUERY, ""),
            ("sql", tree_sitter_sequel::LANGUAGE.into(), tree_sitter_sequel::HIGHLIGHTS_QUERY, ""),
            (
                "html",
                tree_sitter_html::LANGUAGE.into(),
                tree_sitter_html::HIGHLIGHTS_QUERY,
                tree_sitter_html::INJECTIONS_QUERY,
            ),
            ("css", tree_sitter_css::LANGUAGE.into(), tree_sitter_css::HIGHLIGHTS_QUERY, ""),
            ("yaml", tree_sitter_yaml::LANGUAGE.into(), tree_sitter_yaml::HIGHLIGHTS_QUERY, ""),
        ];
        let grammars = grammars.map(|(name, language, highlights, injections)| {
            let amendment =
                AMENDED.iter().find(|(of, _)| is_amended && *of == name).map_or("", |(_, query)| *query);
            let highlights = format!("{highlights}\n{amendment}");
            let mut config =
                HighlightConfiguration::new(language, name, &highlights, injections, "").expect("a grammar");
            config.configure(&CLASSES.map(|(capture, _)| capture));
            (name, config)
        });
        Self { grammars: grammars.into(), highlighter: Highlighter::new(), parser: Parser::new() }
    }

    /// The class of each byte: that of the innermost capture, blank for none. The time is linear in the code.
    pub(crate) fn classes(&mut self, language: &str, code: &str) -> Vec<char> {
        let Self { grammars, highlighter, .. } = self;
        let config = &grammars[language];
        let events = highlighter
            .highlight(config, code.as_bytes(), None, None, |name| grammars.get(name))
            .expect("a parse");
        let (mut open, mut classes) = (vec![' '], vec![' '; code.len()]);
        for event in events {
            match event.expect("an event") {
                HighlightEvent::Source { start, end } => {
                    classes[start..end].fill(*open.last().expect("the ground"));
                }
                HighlightEvent::HighlightStart(highlight) => open.push(CLASSES[highlight.0].1),
                HighlightEvent::HighlightEnd => drop(open.pop()),
            }
        }
        classes
    }

    /// Which bytes the grammar could make nothing of: there is nothing to compare with.
    pub(crate) fn errors(&mut self, language: &str, code: &str) -> Vec<bool> {
        self.parser.set_language(&self.grammars[language].language).expect("a grammar");
        let tree = self.parser.parse(code, None).expect("a tree");
        let mut errors = vec![false; code.len()];
        mark_errors(&mut tree.walk(), &mut errors);
        errors
    }
}

fn mark_errors(cursor: &mut TreeCursor<'_>, errors: &mut [bool]) {
    let node = cursor.node();
    if node.is_error() {
        errors[node.byte_range()].fill(true);
    } else if node.has_error() && cursor.goto_first_child() {
        mark_errors(cursor, errors);
        while cursor.goto_next_sibling() {
            mark_errors(cursor, errors);
        }
        cursor.goto_parent();
    }
}

/// Our HTML.
pub(crate) fn ours(language: &str, code: &str) -> String {
    let mut html = String::new();
    lyceum_highlight::write(&mut html, language, code, &mut |_, _| {}, "\n");
    html
}

/// The text in our HTML, and the class of each of its bytes. Panics when spans are not balanced within their lines.
pub(crate) fn read(html: &str) -> (String, Vec<char>) {
    let (mut text, mut classes, mut open, mut rest) = (String::new(), Vec::new(), ' ', html);
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("<span class=\"") {
            assert_eq!(open, ' ', "a span in a span: {rest}");
            open = after.chars().next().expect("a class");
            rest = after[1..].strip_prefix("\">").expect("the end of a tag");
            continue;
        }
        if let Some(after) = rest.strip_prefix("</span>") {
            assert_ne!(open, ' ', "an end without a start: {rest}");
            (open, rest) = (' ', after);
            continue;
        }
        let entities = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')];
        let entity = entities.iter().find(|(entity, _)| rest.starts_with(entity));
        let (n_read, found) =
            entity.map_or((first.len_utf8(), first), |(entity, found)| (entity.len(), *found));
        assert!(entity.is_some() || !matches!(first, '<' | '&' | '>'), "not escaped: {rest}");
        assert!(first != '\n' || open == ' ', "a span over a line end");
        text.push(found);
        classes.resize(text.len(), open);
        rest = &rest[n_read..];
    }
    assert_eq!(open, ' ', "a span without an end");
    (text, classes)
}

/// How far we agree about some code.
#[derive(Default)]
pub(crate) struct Agreement {
    /// Bytes that are not blank, and those of them with the same class.
    pub(crate) n_bytes: usize,
    /// Of those, the ones with the same class.
    pub(crate) n_same: usize,
    /// Bytes that the grammar could not parse; they are in no other number.
    pub(crate) n_errors: usize,
    /// Differences: our class, theirs, the piece; how many bytes, and the line that has the first.
    pub(crate) differences: BTreeMap<(char, char, String), (usize, String)>,
}

impl Agreement {
    /// Compares one text. Differences are collected with the piece of code they are about.
    pub(crate) fn add(&mut self, oracle: &mut Oracle, language: &str, code: &str) {
        let theirs = oracle.classes(language, code);
        let (text, ours) = read(&ours(language, code));
        assert_eq!(text.trim_end_matches('\n'), code.trim_end_matches('\n'), "the text is another");
        let errors = oracle.errors(language, code);
        let mut start = 0;
        let differs =
            |at: usize| ours[at] != theirs[at] && !errors[at] && !code.as_bytes()[at].is_ascii_whitespace();
        for at in 0..code.trim_end_matches('\n').len() {
            if code.as_bytes()[at].is_ascii_whitespace() {
                continue;
            }
            if errors[at] {
                self.n_errors += 1;
                continue;
            }
            self.n_bytes += 1;
            if !differs(at) {
                self.n_same += 1;
            } else if at == 0 || !differs(at - 1) || (ours[at], theirs[at]) != (ours[at - 1], theirs[at - 1])
            {
                start = at;
            }
            let ends = differs(at)
                && (at + 1 >= code.len()
                    || !differs(at + 1)
                    || (ours[at], theirs[at]) != (ours[at + 1], theirs[at + 1]));
            if ends {
                let piece = String::from_utf8_lossy(&code.as_bytes()[start..=at]).into_owned();
                let line =
                    code[..start].lines().count().saturating_sub(usize::from(!code[..start].ends_with('\n')));
                let line = || code.lines().nth(line).unwrap_or_default().trim().to_owned();
                let found = self.differences.entry((ours[at], theirs[at], piece));
                found.or_insert_with(|| (0, line())).0 += at + 1 - start;
            }
        }
    }

    /// Share of bytes with the same class, in percent.
    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    pub(crate) fn percent(&self) -> f64 {
        if self.n_bytes == 0 { 100.0 } else { 100.0 * self.n_same as f64 / self.n_bytes as f64 }
    }
}
