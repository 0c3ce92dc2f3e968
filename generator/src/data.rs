//! Data files of the site's owner: `data/prices.yaml` is `data.prices` in templates.
//!
//! YAML is read by the reader of the front matter, so aliases, tags and depth are refused alike; JSON strictly, with
//! every key once.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::diagnostic::{Code, Diagnostic, TextFile};
use crate::source::{Content, Source};
use crate::yaml::{self, Node, Typed};

/// The most bytes of one data file.
const MAX_BYTES: usize = 1024 * 1024;
/// The most bytes of all of them: in memory, as templates see them, they are many times as large.
const MAX_ALL_BYTES: usize = 8 * 1024 * 1024;
/// Lists and maps may be nested this deep.
const MAX_DEPTH: usize = 16;

/// All data files by the name that templates use.
pub(crate) fn read(
    source: &Source,
    paths: &[String],
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Value> {
    let mut data = BTreeMap::new();
    let mut first: BTreeMap<String, &String> = BTreeMap::new();
    let mut n_bytes = 0;
    for path in paths {
        let Some(name) = name(path) else {
            let message = format!("the name `{path}`, expected `a-z`, `0-9`, `-` and `_`");
            let error = source.error(path, Code::BadFileName, message);
            diagnostics.push(error.hint("start with a letter: templates say `data.<name>`"));
            continue;
        };
        if let Some(other) = first.insert(name.clone(), path) {
            let message = format!("two files for `data.{name}`, expected one; the first is `{other}`");
            diagnostics.push(source.error(path, Code::PathTaken, message).hint("rename one of them"));
            continue;
        }
        n_bytes += source.n_bytes(path);
        if n_bytes > MAX_ALL_BYTES {
            let message = format!("data files of more than {MAX_ALL_BYTES} bytes together, expected fewer");
            diagnostics
                .push(source.error(path, Code::TooLarge, message).hint("remove or shorten some of them"));
            break;
        }
        match text(source, path).and_then(|text| text.map(|text| parse(&text, path)).transpose()) {
            Ok(value) => data.extend(value.map(|value| (name, value))),
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    data
}

/// `data/opening-hours.yaml` → `opening_hours`.
fn name(path: &str) -> Option<String> {
    let file = path.rsplit('/').next()?;
    let name = file.rsplit_once('.')?.0.replace('-', "_");
    let of_alphabet = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    (name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(of_alphabet))
        .then_some(name)
}

/// Nothing for a file about which something has been reported.
fn text(source: &Source, path: &str) -> Result<Option<TextFile>, Box<Diagnostic>> {
    let shown = source.shown(path);
    let bytes = match source.files.get(path) {
        Some(Content::Text(text)) => text.source.as_bytes(),
        Some(Content::Bytes(bytes)) => bytes.as_slice(),
        Some(Content::Broken) | None => return Ok(None),
    };
    if bytes.len() > MAX_BYTES {
        let message = format!("a file of {} bytes, expected at most {MAX_BYTES}", bytes.len());
        return Err(Box::new(source.error(path, Code::TooLarge, message).hint("split it, or shorten it")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let message = format!("byte {} is not UTF-8, expected UTF-8 text", error.valid_up_to());
        Box::new(source.error(path, Code::NotUtf8, message).hint("save the file as UTF-8"))
    })?;
    Ok(Some(TextFile::new(&shown, text)))
}

fn parse(text: &TextFile, path: &str) -> Result<Value, Box<Diagnostic>> {
    if path.strip_suffix(".json").is_some() { json(text) } else { yaml(text) }
}

fn yaml(text: &TextFile) -> Result<Value, Box<Diagnostic>> {
    value(text, yaml::parse_typed(text, 0..text.source.len())?)
}

fn value(text: &TextFile, node: Node) -> Result<Value, Box<Diagnostic>> {
    Ok(match node.value {
        yaml::Value::Null => Value::Null,
        yaml::Value::Text(text) => Value::String(text),
        yaml::Value::Typed(Typed::Flag(flag)) => Value::Bool(flag),
        yaml::Value::Typed(Typed::Number(number)) => Value::Number(number),
        yaml::Value::List(items) => {
            let items: Result<_, _> = items.into_iter().map(|item| value(text, item)).collect();
            Value::Array(items?)
        }
        yaml::Value::Map(entries) => {
            let mut map = Map::new();
            for (key, node) in entries {
                let value = value(text, node)?;
                if map.insert(key.name.clone(), value).is_some() {
                    let message = format!("`{}` stands twice, expected it once", key.name);
                    let error = text.error(Code::DuplicateKey, key.span, message);
                    return Err(Box::new(error.hint("remove one of the two")));
                }
            }
            Value::Object(map)
        }
    })
}

fn json(text: &TextFile) -> Result<Value, Box<Diagnostic>> {
    let mut reader = serde_json::Deserializer::from_str(&text.source);
    let read = Strict { depth: 0 }.deserialize(&mut reader);
    read.and_then(|value| reader.end().map(|()| value)).map_err(|error| {
        let at = offset(&text.source, error.line(), error.column());
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default().to_owned();
        let message = format!("the JSON cannot be read here: {said}");
        let hint = "keys and texts stand in double quotes; there is no comma behind the last of them";
        Box::new(text.error(Code::BadData, at..at + 1, message).hint(hint))
    })
}

/// Where a line and a column, both from 1 and the column in bytes, are in the text.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    start + column.saturating_sub(1)
}

/// JSON in which no key stands twice.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn inner<E: de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom("nested too deeply, expected at most 16 levels"));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        Number::from_f64(number).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let seed = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(seed)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let seed = self.inner()?;
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(de::Error::custom(format!("`{key}` stands twice")));
            }
            let value = entries.next_value_seed(seed)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn parsed(path: &str, text: &str) -> Result<Value, Box<Diagnostic>> {
        parse(&TextFile::new(Path::new(path), text), path)
    }

    #[test]
    fn both_formats_give_the_same_values() {
        let yaml = "n: 3\nratio: 1.5\nbig: 12345678901234567890\nflag: true\ntext: 'true'\ncode: 007\nnone: ~\n\
            block: |\n  42\nversion: 1.10.2\nexponent: 1e3\nlist: [1, two, no]\n";
        let json = r#"{"n": 3, "ratio": 1.5, "big": 12345678901234567890, "flag": true, "text": "true",
            "code": "007", "none": null, "block": "42", "version": "1.10.2", "exponent": 1e3,
            "list": [1, "two", "no"]}"#;
        assert_eq!(parsed("a.yaml", yaml).expect("YAML"), parsed("a.json", json).expect("JSON"));
    }

    #[test]
    fn what_cannot_be_read_is_shown_where_it_is() {
        for (path, text, code, place) in [
            ("a.json", "{\n  \"a\": 1,\n}", Code::BadData, (3, 1)),
            ("a.json", "{\"a\": 1, \"a\": 2}", Code::BadData, (1, 12)),
            ("a.json", "{} x", Code::BadData, (1, 4)),
            ("a.json", "[NaN]", Code::BadData, (1, 2)),
            ("a.yaml", "a: 1\na: 2\n", Code::DuplicateKey, (2, 1)),
            ("a.yaml", "a: &x 1\nb: *x\n", Code::UnsupportedYaml, (2, 4)),
            ("a.yaml", "a: [\n", Code::Syntax, (1, 4)),
        ] {
            let found = parsed(path, text).expect_err(text);
            assert_eq!((found.code, (found.line, found.column)), (code, place), "{text}: {}", found.message);
        }
    }

    #[test]
    fn depth_has_an_end() {
        for path in ["a.json", "a.yaml"] {
            let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
            assert!(parsed(path, &deep(16)).is_ok(), "{path}");
            assert!(parsed(path, &deep(17)).is_err(), "{path}");
            assert!(parsed(path, &deep(100_000)).is_err(), "{path}");
        }
    }

    #[test]
    fn names_are_words_for_templates() {
        for (path, expected) in [
            ("data/prices.yaml", Some("prices")),
            ("data/opening-hours.json", Some("opening_hours")),
            ("data/2026.yaml", None),
            ("data/Prices.yaml", None),
            ("data/a.b.yaml", None),
        ] {
            assert_eq!(name(path).as_deref(), expected, "{path}");
        }
    }
}
