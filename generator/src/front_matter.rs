//! Front matter: where it ends, and its keys read one by one with a diagnostic for each thing that is wrong.

use std::ops::Range;

use lyceum_contract::Slug;
use lyceum_contract::money::{Interval, InvalidMoney, Money};
use lyceum_contract::time::{Date, Days};

use crate::claims::Place;
use crate::diagnostic::{Code, Diagnostic, TextFile, nearest};
use crate::keys::Table;
use crate::yaml::{self, Key, Node, Value};

/// The most bytes between the two `---`.
const MAX_BYTES: usize = 64 * 1024;
/// The most entries of a list: pages and checks grow with the product of some of them.
const MAX_ITEMS: usize = 200;
/// The most earlier addresses of a page: as many as static hosts take in one site.
const MAX_ALIASES: usize = 2_000;
/// The most tags of a course or lesson; each of them is a page and a feed.
const MAX_TAGS: usize = 30;

/// Where the two parts of a Markdown file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    /// Between the fences.
    pub(crate) yaml: Range<usize>,
    /// After them.
    pub(crate) body: Range<usize>,
}

/// Finds the front matter.
pub(crate) fn split(text: &TextFile) -> Result<Parts, Box<Diagnostic>> {
    let source = &text.source;
    let bom = if source.starts_with('\u{feff}') { 3 } else { 0 };
    let mut lines = lines(source, bom);
    let opening = lines.next().filter(|line| source[line.clone()].trim_end() == "---");
    let Some(opening) = opening else {
        let message = "no front matter, expected `---` on the first line";
        let hint = "start the file with `---`, the keys, and `---`";
        return Err(Box::new(text.error(Code::MissingFrontMatter, bom..bom + 3, message).hint(hint)));
    };
    let Some(closing) = lines.find(|line| source[line.clone()].trim_end() == "---") else {
        let message = "the front matter does not end, expected a second `---`";
        let hint = "close it with a line `---`";
        return Err(Box::new(text.error(Code::UnterminatedFrontMatter, bom..bom + 3, message).hint(hint)));
    };
    let yaml = opening.end..closing.start;
    if yaml.len() > MAX_BYTES {
        let message = format!("front matter of {} bytes, expected at most {MAX_BYTES}", yaml.len());
        let hint = "move long texts below the second `---`";
        return Err(Box::new(text.error(Code::TooLarge, bom..bom + 3, message).hint(hint)));
    }
    Ok(Parts { yaml, body: closing.end..source.len() })
}

/// Ranges of lines, newline included.
fn lines(source: &str, start: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = start;
    source[start..].split_inclusive('\n').map(move |line| {
        let range = at..at + line.len();
        at = range.end;
        range
    })
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) span: Range<usize>,
}

/// The entries of one map, checked against its table. Each entry is taken once.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    text: &'a TextFile,
    entries: Vec<(Key, Node)>,
    /// Keys that an unknown key probably meant.
    pub(crate) meant: Vec<&'static str>,
    /// Where to point when something is missing.
    pub(crate) span: Range<usize>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Fields<'a> {
    /// Reads the front matter of a Markdown file. Also gives the place of its body, as far as it can be known.
    pub(crate) fn of_file(text: &'a TextFile, table: &'static Table) -> (Self, Range<usize>) {
        let fence = text.source.find("---").unwrap_or(0);
        let parts = match split(text) {
            Ok(parts) => parts,
            Err(diagnostic) => return (Self::unreadable(text, table, *diagnostic), 0..0),
        };
        let fields = match yaml::parse(text, parts.yaml) {
            Ok(node) => Self::of_node(text, node, table, fence..fence + 3),
            Err(diagnostic) => Self::unreadable(text, table, *diagnostic),
        };
        (fields, parts.body)
    }

    /// A map about which one thing is known: what is wrong with it.
    pub(crate) fn unreadable(text: &'a TextFile, table: &'static Table, diagnostic: Diagnostic) -> Self {
        let meant = table.keys.iter().map(|key| key.name).collect();
        Self { text, entries: Vec::new(), meant, span: 0..0, diagnostics: vec![diagnostic] }
    }

    /// Reads a map. `place` is where to point when a key is missing.
    pub(crate) fn of_node(
        text: &'a TextFile,
        node: Node,
        table: &'static Table,
        place: Range<usize>,
    ) -> Self {
        let mut fields =
            Self { text, entries: Vec::new(), meant: Vec::new(), span: place, diagnostics: Vec::new() };
        match node.value {
            Value::Map(entries) => entries.into_iter().for_each(|(key, node)| fields.add(key, node, table)),
            Value::Null => {}
            other => {
                let message = format!("{} where keys should be, expected `key: value` lines", other.kind());
                fields.report(text.error(Code::WrongType, node.span, message));
                fields.meant.extend(table.keys.iter().map(|key| key.name));
            }
        }
        fields.check_required(table);
        fields
    }

    fn add(&mut self, key: Key, node: Node, table: &'static Table) {
        if let Some((first, _)) = self.entries.iter().find(|(first, _)| first.name == key.name) {
            let line = self.text.error(Code::DuplicateKey, first.span.clone(), "").line;
            let message = format!("`{}` stands twice, expected it once", key.name);
            let duplicate = self.text.error(Code::DuplicateKey, key.span, message);
            return self
                .report(duplicate.label(format!("first on line {line}")).hint("remove one of the two"));
        }
        if table.keys.iter().any(|rule| rule.name == key.name) {
            return self.entries.push((key, node));
        }
        if table.structural.contains(&key.name.as_str()) {
            let message = format!("`{}` in a translation, expected only texts", key.name);
            let hint = "set it in the original; it counts for every language";
            return self.report(self.text.error(Code::StructureInTranslation, key.span, message).hint(hint));
        }
        self.report_unknown(&key, table);
    }

    fn report_unknown(&mut self, key: &Key, table: &'static Table) {
        let names = || table.keys.iter().map(|rule| rule.name);
        let message = format!("unknown key `{}`, expected a key of {}", key.name, table.what);
        let diagnostic = self.text.error(Code::UnknownKey, key.span.clone(), message);
        let list = names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let diagnostic = match nearest(&key.name, names()) {
            Some(name) => {
                self.meant.push(name);
                diagnostic.hint(format!("did you mean `{name}`?"))
            }
            None => diagnostic.hint(format!("the keys are {list}")),
        };
        self.report(diagnostic);
    }

    fn check_required(&mut self, table: &'static Table) {
        let there = |name| self.entries.iter().any(|(key, _)| key.name == name) || self.meant.contains(&name);
        let missing: Vec<_> = table.keys.iter().filter(|rule| rule.required && !there(rule.name)).collect();
        for rule in missing {
            let message = format!("no `{}`, expected it in {}", rule.name, table.what);
            let hint = format!("add `{}:` ({})", rule.name, rule.about);
            self.report(self.text.error(Code::MissingKey, self.span.clone(), message).hint(hint));
        }
    }

    /// Adds a diagnostic to those of this map.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// An error at a place of this file.
    pub(crate) fn error(&mut self, code: Code, span: Range<usize>, message: impl Into<String>, hint: &str) {
        self.report(self.text.error(code, span, message).hint(hint));
    }

    /// A place of this file, for a message that comes later.
    pub(crate) fn located(&self, span: Range<usize>) -> Place {
        Place { text: self.text.clone(), span }
    }

    /// Hands over what was wrong.
    pub(crate) fn finish(self, into: &mut Vec<Diagnostic>) {
        into.extend(self.diagnostics);
    }

    /// How many things have been wrong so far.
    pub(crate) fn n_found(&self) -> usize {
        self.diagnostics.len()
    }

    /// Whether everything has been in order so far.
    pub(crate) fn is_clean(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// The node under a key, removed from the map.
    pub(crate) fn node(&mut self, name: &str) -> Option<Node> {
        let idx = self.entries.iter().position(|(key, _)| key.name == name)?;
        Some(self.entries.swap_remove(idx).1)
    }

    /// Where the value under a key stands.
    pub(crate) fn span_of(&self, name: &str) -> Option<Range<usize>> {
        self.entries.iter().find(|(key, _)| key.name == name).map(|(_, node)| node.span.clone())
    }

    /// A text that is not empty.
    pub(crate) fn text(&mut self, name: &str) -> Option<Located<String>> {
        let node = self.node(name)?;
        self.as_text(node, name)
    }

    /// A node as text, with a diagnostic when it is none.
    pub(crate) fn as_text(&mut self, node: Node, name: &str) -> Option<Located<String>> {
        match node.value {
            Value::Text(value) if !value.is_empty() => Some(Located { value, span: node.span }),
            other => {
                let hint = "write the text behind the colon, in quotes if it has `: ` or `#` in it";
                self.wrong_type(node.span, name, &other, "a text", hint);
                None
            }
        }
    }

    /// A list of texts; empty without the key.
    pub(crate) fn texts(&mut self, name: &str) -> Vec<Located<String>> {
        let Some(items) = self.list(name) else { return Vec::new() };
        items.into_iter().filter_map(|item| self.as_text(item, name)).collect()
    }

    /// The items up to the limit. What is behind it is an error, and is not looked at.
    fn as_many_as_allowed(&mut self, name: &str, mut items: Vec<Node>) -> Vec<Node> {
        let limit = match name {
            "tags" => MAX_TAGS,
            "aliases" => MAX_ALIASES,
            _ => MAX_ITEMS,
        };
        if let Some(first) = items.get(limit) {
            let message = format!("{} entries in `{name}`, expected at most {limit}", items.len());
            let place = first.span.clone();
            self.error(Code::TooMany, place, message, "remove what is from here on");
            items.truncate(limit);
        }
        items
    }

    /// A list.
    pub(crate) fn list(&mut self, name: &str) -> Option<Vec<Node>> {
        let node = self.node(name)?;
        match node.value {
            Value::List(items) => Some(self.as_many_as_allowed(name, items)),
            other => {
                let hint = format!("write `{name}: [one, two]`, or one `- item` per line");
                self.wrong_type(node.span, name, &other, "a list", &hint);
                None
            }
        }
    }

    /// The maps of a list, each checked against the table.
    pub(crate) fn maps(&mut self, name: &str, table: &'static Table) -> Vec<Fields<'a>> {
        let items = self.list(name).unwrap_or_default();
        items.into_iter().map(|node| self.inner(node, table)).collect()
    }

    /// The map in a node, checked against the table.
    pub(crate) fn inner(&self, node: Node, table: &'static Table) -> Fields<'a> {
        let place = node.span.clone();
        Self::of_node(self.text, node, table, place)
    }

    /// Takes over what was wrong in an inner map.
    pub(crate) fn adopt(&mut self, inner: Fields<'_>) {
        self.diagnostics.extend(inner.diagnostics);
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str) -> Option<Located<bool>> {
        self.parsed(name, Code::BadValue, |text| match text {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(Expected::one_of("`true` or `false`", other, &["true", "false"])),
        })
    }

    /// A text read as something stricter. `expected` completes "expected …".
    pub(crate) fn parsed<T>(
        &mut self,
        name: &str,
        code: Code,
        read: impl FnOnce(&str) -> Result<T, Expected>,
    ) -> Option<Located<T>> {
        let found = self.text(name)?;
        self.read(found, code, name, read)
    }

    /// A text read as something stricter, with a diagnostic when it is not that.
    pub(crate) fn read<T>(
        &mut self,
        found: Located<String>,
        code: Code,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, Expected>,
    ) -> Option<Located<T>> {
        match read(&found.value) {
            Ok(value) => Some(Located { value, span: found.span }),
            Err(expected) => {
                let message = format!("`{}` for `{name}`, {}", found.value, expected.0);
                let diagnostic = self.text.error(code, found.span, message);
                self.report(match expected.1 {
                    Some(hint) => diagnostic.hint(hint),
                    None => diagnostic,
                });
                None
            }
        }
    }

    fn wrong_type(&mut self, span: Range<usize>, name: &str, found: &Value, expected: &str, hint: &str) {
        let found = match found {
            Value::Text(text) if !text.is_empty() => format!("`{text}`"),
            Value::Text(_) => "an empty text".to_owned(),
            other => other.kind().to_owned(),
        };
        let message = format!("{found} for `{name}`, expected {expected}");
        self.error(Code::WrongType, span, message, hint);
    }
}

/// Why a text was not what a key takes: "expected …", and what to do.
#[derive(Debug)]
pub(crate) struct Expected(pub(crate) String, pub(crate) Option<String>);

impl Expected {
    /// With a hint that names the nearest of the words that are allowed, or lists them.
    pub(crate) fn one_of(expected: &str, found: &str, words: &[&str]) -> Self {
        let list = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let hint = match nearest(found, words.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None if words.is_empty() => "there are none yet".to_owned(),
            None => format!("there are {list}"),
        };
        Self(format!("expected {expected}"), Some(hint))
    }

    pub(crate) fn hint(error: &impl ToString, hint: &str) -> Self {
        Self(error.to_string(), Some(hint.to_owned()))
    }
}

pub(crate) fn slug(text: &str) -> Result<Slug, Expected> {
    text.parse().map_err(|error| Expected::hint(&error, "use small letters, digits and hyphens"))
}

pub(crate) fn date(text: &str) -> Result<Date, Expected> {
    text.parse().map_err(|error| Expected::hint(&error, "write year, month and day: `2026-11-02`"))
}

pub(crate) fn days(text: &str) -> Result<Days, Expected> {
    text.parse().map_err(|error| Expected::hint(&error, "write `P` and a number of days: `P90D`"))
}

pub(crate) fn money(text: &str) -> Result<Money, Expected> {
    text.parse()
        .map_err(|error: InvalidMoney| Expected::hint(&error, "write amount and currency: `19.00 USD`"))
}

pub(crate) fn interval(text: &str) -> Result<Interval, Expected> {
    match text {
        "month" => Ok(Interval::Month),
        "year" => Ok(Interval::Year),
        other => Err(Expected::one_of("`month` or `year`", other, &["month", "year"])),
    }
}

pub(crate) fn minutes(text: &str) -> Result<u32, Expected> {
    let expected = || Expected::hint(&"expected 1 to 999 minutes", "write a whole number");
    text.parse().ok().filter(|minutes| (1..1_000).contains(minutes)).ok_or_else(expected)
}
