//! Front matter and settings in YAML, TOML or JSON, as one kind of tree.

use serde_json::{Map, Value};

/// The most bytes of front matter or settings.
const MAX_BYTES: usize = 64 * 1024;

/// Keys and values. What cannot be read is empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Front(Map<String, Value>);

/// A text without its front matter.
#[derive(Debug, Default)]
pub(crate) struct Parted<'a> {
    pub(crate) front: Front,
    pub(crate) body: &'a str,
    /// The line that the body starts on.
    pub(crate) line: usize,
    /// Why the front matter cannot be read.
    pub(crate) error: Option<String>,
}

/// How settings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    Yaml,
    Toml,
    Json,
}

impl Front {
    /// Reads settings. The error says what is wrong in one line.
    pub(crate) fn parse(text: &str, syntax: Syntax) -> Result<Self, String> {
        if text.len() > MAX_BYTES {
            return Err(format!("{} bytes, at most {MAX_BYTES} are read", text.len()));
        }
        let value = match syntax {
            Syntax::Yaml if text.trim().is_empty() => Ok(Value::Null),
            Syntax::Yaml => yaml(text),
            Syntax::Toml => text.parse::<toml::Table>().map_err(|error| error.to_string()).map(from_table),
            Syntax::Json => serde_json::from_str(text).map_err(|error| error.to_string()),
        };
        match value {
            Ok(Value::Object(map)) => Ok(Self(map)),
            Ok(Value::Null) => Ok(Self::default()),
            Ok(_) => Err("expected keys and values".to_owned()),
            Err(error) => Err(first_line(&error)),
        }
    }

    /// The value at a path of keys such as `output.html.redirect`.
    pub(crate) fn get(&self, path: &str) -> Option<&Value> {
        let mut keys = path.split('.');
        let first = self.0.get(keys.next()?)?;
        keys.try_fold(first, |value, key| value.get(key))
    }

    /// A text that is not empty; numbers and dates as they are written.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        let text = match self.get(path)? {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    pub(crate) fn flag(&self, path: &str) -> Option<bool> {
        self.get(path)?.as_bool()
    }

    pub(crate) fn number(&self, path: &str) -> Option<i64> {
        self.get(path)?.as_i64()
    }

    /// The texts of a list; one text is a list of one.
    pub(crate) fn texts(&self, path: &str) -> Vec<String> {
        let text = |value: &Value| value.as_str().map(|text| text.trim().to_owned());
        let texts = match self.get(path) {
            Some(Value::Array(items)) => items.iter().filter_map(text).collect(),
            Some(value) => text(value).into_iter().collect(),
            None => Vec::new(),
        };
        texts.into_iter().filter(|text: &String| !text.is_empty()).collect()
    }

    /// The keys of a map, with their texts.
    pub(crate) fn map(&self, path: &str) -> Vec<(String, String)> {
        let map = self.get(path).and_then(Value::as_object);
        let pairs = map
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
        pairs.collect()
    }

    /// The keys of a map, or of everything.
    pub(crate) fn keys(&self, path: &str) -> Vec<String> {
        let map = if path.is_empty() { Some(&self.0) } else { self.get(path).and_then(Value::as_object) };
        map.map(|map| map.keys().cloned().collect()).unwrap_or_default()
    }

    /// The day of a date or time that exists: `2024-02-29T10:00:00Z` → `2024-02-29`.
    pub(crate) fn day(&self, path: &str) -> Option<String> {
        let text = self.text(path)?;
        let day = text.get(..10)?;
        let mut parts = day.split('-').map(|part| part.parse::<u32>().ok());
        let (year, month, day_of_month) = (parts.next()??, parts.next()??, parts.next()??);
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let n_days = match month {
            2 => 28 + u32::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        let is_day = (1..=n_days).contains(&day_of_month) && (1900..=9999).contains(&year);
        let written = format!("{year:04}-{month:02}-{day_of_month:02}");
        (is_day && written == day).then_some(written)
    }
}

/// Takes the front matter off a text: between `---` (YAML), between `+++` (TOML), or one object of JSON.
pub(crate) fn part(text: &str) -> Parted<'_> {
    let fenced = [("---", Syntax::Yaml), ("+++", Syntax::Toml)];
    for (fence, syntax) in fenced {
        if let Some((inner, body)) = between(text, fence) {
            let line = 1 + text[..text.len() - body.len()].matches('\n').count();
            return parted(Front::parse(inner, syntax), body, line);
        }
    }
    if text.starts_with('{') && !text.starts_with("{{") && !text.starts_with("{%") {
        return json(text);
    }
    Parted { body: text, line: 1, ..Parted::default() }
}

fn parted(front: Result<Front, String>, body: &str, line: usize) -> Parted<'_> {
    match front {
        Ok(front) => Parted { front, body, line, error: None },
        Err(error) => Parted { front: Front::default(), body, line, error: Some(error) },
    }
}

fn between<'a>(text: &'a str, fence: &str) -> Option<(&'a str, &'a str)> {
    let first = text.split_inclusive('\n').next()?;
    if first.trim_end() != fence || !first.ends_with('\n') {
        return None;
    }
    let mut at = first.len();
    for line in text[at..].split_inclusive('\n') {
        let end = at + line.len();
        if line.trim_end() == fence {
            return Some((&text[first.len()..at], &text[end..]));
        }
        at = end;
    }
    None
}

fn json(text: &str) -> Parted<'_> {
    let mut end = text.len().min(MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut stream = serde_json::Deserializer::from_str(&text[..end]).into_iter::<Value>();
    match stream.next() {
        Some(Ok(Value::Object(map))) => {
            let at = stream.byte_offset();
            let line = 1 + text[..at].matches('\n').count();
            Parted { front: Front(map), body: &text[at..], line, error: None }
        }
        _ => Parted { body: text, line: 1, ..Parted::default() },
    }
}

/// YAML 1.2, where `no` and `y` are texts.
fn yaml(text: &str) -> Result<Value, String> {
    // A text of 64 KiB can refer to itself often enough to keep a machine busy for seconds; front matter need not.
    let options = serde_saphyr::options! {
        strict_booleans: true,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 10_000 },
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())
}

fn from_table(table: toml::Table) -> Value {
    Value::Object(table.into_iter().map(|(key, value)| (key, from_toml(value))).collect())
}

fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(items) => Value::Array(items.into_iter().map(from_toml).collect()),
        toml::Value::Table(table) => from_table(table),
    }
}

fn first_line(error: &str) -> String {
    let line = error.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("unreadable");
    line.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_syntax_gives_the_same_tree() {
        for text in [
            "---\ntitle: A\ndate: 2024-02-29T10:00:00Z\ntags: [x, y]\nweight: 3\ndraft: true\n---\nBody\n",
            "+++\ntitle = \"A\"\ndate = 2024-02-29T10:00:00Z\ntags = [\"x\", \"y\"]\nweight = 3\ndraft = true\n+++\nBody\n",
            "{\n\"title\": \"A\", \"date\": \"2024-02-29\",\n\"tags\": [\"x\", \"y\"], \"weight\": 3,\n\"draft\": true }\n\nBody\n",
        ] {
            let parted = part(text);
            assert_eq!(parted.error, None);
            assert_eq!(parted.front.text("title").as_deref(), Some("A"), "{text}");
            assert_eq!(parted.front.day("date").as_deref(), Some("2024-02-29"));
            assert_eq!(parted.front.texts("tags"), ["x", "y"]);
            assert_eq!((parted.front.number("weight"), parted.front.flag("draft")), (Some(3), Some(true)));
            assert_eq!(parted.body.trim(), "Body");
        }
        assert_eq!(part("---\na: 1\n---\nx\n").line, 4);
        assert_eq!(part("no front\n").body, "no front\n");
        assert_eq!(part("---\nnever closed\n").body, "---\nnever closed\n");
    }

    #[test]
    fn bad_front_matter_is_said_and_the_body_stays() {
        for text in ["---\na: [\n---\nB\n", "+++\na = \n+++\nB\n", "---\n- x\n---\nB\n"] {
            let parted = part(text);
            assert!(parted.error.is_some(), "{text}");
            assert_eq!(parted.body, "B\n");
        }
        let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for key in b'b'..=b'k' {
            let (key, before) = (key as char, format!("*{}", (key - 1) as char));
            bomb.extend([
                key.to_string(),
                format!(": &{key} ["),
                vec![before; 9].join(","),
                "]\n".to_owned(),
            ]);
        }
        assert!(Front::parse(&bomb, Syntax::Yaml).is_err());
        for deep in ["[".repeat(30_000), "{a: ".repeat(10_000)] {
            assert!(Front::parse(&deep, Syntax::Yaml).is_err());
        }
        assert!(Front::parse(&format!("a = {}", "[".repeat(30_000)), Syntax::Toml).is_err());
        assert!(Front::parse(&"{\"a\":".repeat(10_000), Syntax::Json).is_err());
        assert_eq!(Front::default().day("date"), None);
    }

    #[test]
    fn days_exist() {
        let day =
            |text: &str| Front::parse(&format!("date: {text}"), Syntax::Yaml).expect("yaml").day("date");
        assert_eq!(day("2023-02-29"), None);
        assert_eq!(day("2023-13-01"), None);
        assert_eq!(day("soon, maybe"), None);
        assert_eq!(day("\"2023-1-001\""), None);
        assert_eq!(day("2023-12-31 10:00:00 +0100").as_deref(), Some("2023-12-31"));
    }
}
