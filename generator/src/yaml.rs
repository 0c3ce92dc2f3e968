//! YAML as a tree of values that know where they stand.
//!
//! Scalars stay text: what a key takes decides how it is read, so `no` is Norwegian and `1.10` keeps its zero.
//! Aliases, tags and more than one document are refused, which leaves nothing that could blow up.

use std::ops::Range;

use serde_json::Number;
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span};

use crate::diagnostic::{Code, Diagnostic, TextFile};

/// Lists and maps may be nested this deep; the deepest that a key takes is 5.
const MAX_DEPTH: usize = 16;

/// A value and its place in the file.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

/// What stands there.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Nothing, `~` or `null`.
    Null,
    Text(String),
    /// A plain scalar that is no text; only [`parse_typed`] gives it.
    Typed(Typed),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A plain scalar of the core schema.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Typed {
    Flag(bool),
    Number(Number),
}

/// The key of an entry.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) span: Range<usize>,
    pub(crate) name: String,
}

impl Value {
    /// What to call it in a message.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Text(_) | Self::Typed(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

/// Reads the YAML that stands at `range` of the file. Spans are places in the whole file.
pub(crate) fn parse(text: &TextFile, range: Range<usize>) -> Result<Node, Box<Diagnostic>> {
    read(text, range, scalar)
}

/// The same with truth values and numbers for plain scalars that look like them: `true` and `42`, but not `no` or `007`.
pub(crate) fn parse_typed(text: &TextFile, range: Range<usize>) -> Result<Node, Box<Diagnostic>> {
    read(text, range, typed_scalar)
}

fn read(text: &TextFile, range: Range<usize>, scalar: ReadScalar) -> Result<Node, Box<Diagnostic>> {
    let mut builder = Builder { text, range: range.clone(), open: Vec::new(), root: None, scalar };
    for next in Parser::new_from_str(&text.source[range.clone()]) {
        match next {
            Ok((event, span)) => builder.add(event, span)?,
            Err(error) => {
                let at = range.start + error.marker().byte_offset().unwrap_or(0);
                let message = format!("the YAML cannot be read here: {}", error.info());
                let hint = "check indentation, colons and quotes; put a text with `: ` or `#` in quotes";
                return Err(Box::new(text.error(Code::Syntax, at..at + 1, message).hint(hint)));
            }
        }
    }
    Ok(builder.root.unwrap_or(Node { span: range.start..range.start, value: Value::Null }))
}

/// A list or map whose end has not been seen.
struct Open {
    start: usize,
    map: bool,
    key: Option<Key>,
    entries: Vec<(Key, Node)>,
    items: Vec<Node>,
}

struct Builder<'a> {
    text: &'a TextFile,
    range: Range<usize>,
    open: Vec<Open>,
    root: Option<Node>,
    scalar: ReadScalar,
}

type ReadScalar = fn(&str, ScalarStyle) -> Value;

impl Builder<'_> {
    fn add(&mut self, event: Event<'_>, span: Span) -> Result<(), Box<Diagnostic>> {
        let place = self.place(&span);
        match event {
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, _, Some(_))
            | Event::MappingStart(_, _, Some(_)) => Err(self.unsupported(place, "a tag", "remove the tag")),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                Err(self.unsupported(place, "an alias", "write the value out instead of referring to it"))
            }
            Event::Scalar(value, style, ..) => {
                // A key is a word, whatever it looks like.
                let is_key = self.open.last().is_some_and(|open| open.map && open.key.is_none());
                let value = if is_key { scalar(&value, style) } else { (self.scalar)(&value, style) };
                self.close(Node { span: place, value })
            }
            Event::SequenceStart(..) => self.enter(place, false),
            Event::MappingStart(..) => self.enter(place, true),
            Event::SequenceEnd | Event::MappingEnd => self.leave(&place),
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(self.unsupported(place, "a second document", "keep everything in one document"))
            }
            _ => Ok(()),
        }
    }

    fn place(&self, span: &Span) -> Range<usize> {
        let inner = span.byte_range().unwrap_or(0..0);
        let start = (self.range.start + inner.start).min(self.range.end);
        let end = (self.range.start + inner.end).clamp(start, self.range.end);
        start..start + self.text.source[start..end].trim_end().len()
    }

    fn unsupported(&self, place: Range<usize>, what: &str, hint: &str) -> Box<Diagnostic> {
        let message = format!("{what} in the YAML, expected plain keys and values");
        Box::new(self.text.error(Code::UnsupportedYaml, place, message).hint(hint))
    }

    fn enter(&mut self, place: Range<usize>, map: bool) -> Result<(), Box<Diagnostic>> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.unsupported(place, "deep nesting", "nest at most 16 levels"));
        }
        if map && self.open.last().is_some_and(|open| open.map && open.key.is_none()) {
            return Err(self.unsupported(place, "a map as a key", "write the key as a word"));
        }
        self.open.push(Open { start: place.start, map, key: None, entries: Vec::new(), items: Vec::new() });
        Ok(())
    }

    fn leave(&mut self, place: &Range<usize>) -> Result<(), Box<Diagnostic>> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let inner = open.entries.last().map(|(_, node)| node.span.end);
        let inner = inner.or_else(|| open.items.last().map(|node| node.span.end));
        let end = place.end.max(inner.unwrap_or(open.start)).max(open.start);
        let value = if open.map { Value::Map(open.entries) } else { Value::List(open.items) };
        self.close(Node { span: open.start..end, value })
    }

    /// Puts a finished node where it belongs.
    fn close(&mut self, node: Node) -> Result<(), Box<Diagnostic>> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        if !open.map {
            open.items.push(node);
            return Ok(());
        }
        match (open.key.take(), node.value) {
            (Some(key), value) => open.entries.push((key, Node { span: node.span, value })),
            (None, Value::Text(name)) => open.key = Some(Key { span: node.span, name }),
            (None, Value::Null) => open.key = Some(Key { span: node.span, name: String::new() }),
            (None, _) => {
                return Err(self.unsupported(node.span, "a list as a key", "write the key as a word"));
            }
        }
        Ok(())
    }
}

fn typed_scalar(value: &str, style: ScalarStyle) -> Value {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let is_number =
        digits == "0" || digits.starts_with("0.") || digits.starts_with(|first| ('1'..='9').contains(&first));
    match value {
        _ if style != ScalarStyle::Plain => {}
        "true" => return Value::Typed(Typed::Flag(true)),
        "false" => return Value::Typed(Typed::Flag(false)),
        // What JSON takes as a number is one.
        number if is_number => {
            if let Ok(number) = serde_json::from_str(number) {
                return Value::Typed(Typed::Number(number));
            }
        }
        _ => {}
    }
    scalar(value, style)
}

fn scalar(value: &str, style: ScalarStyle) -> Value {
    let empty = matches!(value, "" | "~" | "null");
    if empty && style == ScalarStyle::Plain { Value::Null } else { Value::Text(value.trim().to_owned()) }
}
