//! `{{#include}}` and its relatives, carried out as mdBook does, within bounds.

use std::collections::BTreeSet;

use crate::Files;
use crate::note::{NoteKind, Notes};
use crate::path;
use crate::text::Text;

/// Includes within includes, as deep as mdBook goes.
const MAX_DEPTH: usize = 10;
/// The most bytes of a chapter with everything that it includes.
const MAX_CHAPTER: usize = 4 * 1024 * 1024;
/// The most bytes that are read for includes of a whole book, files counted each time.
const MAX_WORK: usize = 64 * 1024 * 1024;
/// What looking at one command costs at least, in the same measure.
const COMMAND_WORK: usize = 2048;
/// The most bytes of one command.
const MAX_COMMAND: usize = 4 * 1024;

/// Carries out the includes of a book.
pub(super) struct Includes<'a> {
    files: &'a Files,
    used: BTreeSet<String>,
    n_work: usize,
}

/// A command between `{{` and `}}`.
struct Command<'t> {
    /// Where it ends, from its start.
    length: usize,
    name: &'t str,
    /// The first word behind the name.
    first: &'t str,
    rest: &'t str,
}

/// Which lines of a file.
#[derive(Debug, PartialEq, Eq)]
enum Lines<'t> {
    /// From the first, counted from 0, to the one before the second.
    Range(usize, usize),
    Anchor(&'t str),
}

struct Chapter<'c> {
    source: &'c str,
    notes: &'c mut Notes,
    out: Text,
    n_bytes: usize,
    /// A place in the chapter's own text, and its line.
    counted: (usize, usize),
    /// Nothing more is included.
    is_full: bool,
}

impl<'a> Includes<'a> {
    pub(super) fn new(files: &'a Files) -> Self {
        Self { files, used: BTreeSet::new(), n_work: 0 }
    }

    /// Files that were included.
    pub(super) fn used(&self) -> impl Iterator<Item = &str> {
        self.used.iter().map(String::as_str)
    }

    /// The text of a chapter with what it includes.
    pub(super) fn expand(&mut self, source: &str, text: &str, notes: &mut Notes) -> Text {
        let mut chapter =
            Chapter { source, notes, out: Text::default(), n_bytes: 0, counted: (0, 1), is_full: false };
        self.add(&mut chapter, text, path::parent(source), None, 0);
        chapter.out
    }

    /// Appends a text. `line` is the place of the include that it comes from; nothing for the chapter itself.
    fn add(&mut self, chapter: &mut Chapter<'_>, text: &str, base: &str, line: Option<usize>, depth: usize) {
        let (mut at, mut from, mut n_lines, mut counted) = (0, 0, 0, 0);
        while let Some(found) = text[at..].find("{{").filter(|_| !chapter.is_full) {
            let start = at + found;
            n_lines += text[counted..start].matches('\n').count();
            counted = start;
            let here = line.unwrap_or(n_lines + 1);
            if let Some(length) = escaped(text, start) {
                chapter.push(text, from..start - 1, line);
                from = start;
                at = start + length;
                continue;
            }
            let Some(command) = command(&text[start..]) else {
                at = start + 1;
                continue;
            };
            at = start + command.length;
            chapter.push(text, from..start, line);
            from = start;
            if self.run(chapter, &command, base, here, depth) {
                from = at;
            }
        }
        chapter.push(text, from..text.len(), line);
    }

    /// Carries out one command. Returns false when it has to stay as it is.
    fn run(
        &mut self,
        chapter: &mut Chapter<'_>,
        command: &Command<'_>,
        base: &str,
        line: usize,
        depth: usize,
    ) -> bool {
        let (name, bounds) = command.first.split_once(':').unwrap_or((command.first, ""));
        let (wanted, bounds) = match command.name {
            "include" | "rustdoc_include" => (name, bounds),
            "playground" | "playpen" => (command.first, ""),
            "title" => {
                let message = format!("the window title `{}` is left out", command.all().trim());
                chapter.note(line, NoteKind::Setting, message);
                return true;
            }
            other => {
                let message =
                    format!("`{{{{#{other} …}}}}` is a command of a preprocessor; it stays as it was");
                chapter.note(line, NoteKind::Shortcode, message);
                return false;
            }
        };
        self.n_work += COMMAND_WORK;
        if self.n_work > MAX_WORK {
            chapter.note(
                line,
                NoteKind::Include,
                "too many includes for one book; they stay as they were from here on",
            );
            chapter.is_full = true;
            return false;
        }
        let (path, text) = match self.file(wanted, base, depth) {
            Ok(found) => found,
            Err(reason) => {
                chapter.note(
                    line,
                    NoteKind::Include,
                    format!("`{wanted}` {reason}; the include stays as it was"),
                );
                return false;
            }
        };
        let folder = path::parent(&path).to_owned();
        let lines = Lines::read(bounds);
        let included = match command.name {
            "include" => lines.taken(&text),
            "rustdoc_include" => lines.shown(&text),
            _ => playground(&text, command.rest),
        };
        if chapter.n_bytes + included.len() > MAX_CHAPTER {
            let message = format!(
                "`{wanted}` would make the chapter larger than {MAX_CHAPTER} bytes; includes from here on stay as they were"
            );
            chapter.note(line, NoteKind::Include, message);
            chapter.is_full = true;
            return false;
        }
        self.used.insert(path);
        self.add(chapter, &included, &folder, Some(line), depth + 1);
        true
    }

    fn file(&mut self, wanted: &str, base: &str, depth: usize) -> Result<(String, String), String> {
        if depth >= MAX_DEPTH {
            return Err(format!("is included {MAX_DEPTH} levels deep, perhaps by itself"));
        }
        let path = if wanted.starts_with('/') { None } else { path::join(base, wanted) };
        let path = path.ok_or("is outside of the imported folder")?;
        let bytes = self.files.get(&path).ok_or("does not exist")?;
        self.n_work += bytes.len();
        let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8")?;
        Ok((path, text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()))
    }
}

impl Chapter<'_> {
    fn push(&mut self, text: &str, range: std::ops::Range<usize>, line: Option<usize>) {
        let Some(part) = text.get(range.clone()) else { return };
        self.n_bytes += part.len();
        if let Some(line) = line {
            return self.out.push(part, line, false);
        }
        let (at, line) = self.counted;
        let line = line + text.get(at..range.start).map_or(0, |passed| passed.matches('\n').count());
        self.counted = (range.start, line);
        self.out.push(part, line, true);
    }

    fn note(&mut self, line: usize, kind: NoteKind, message: impl Into<String>) {
        self.notes.add(self.source, line, kind, message);
    }
}

impl Command<'_> {
    fn all(&self) -> String {
        format!("{} {}", self.first, self.rest)
    }
}

/// The length of an escaped command whose `{{` stands here behind a backslash.
fn escaped(text: &str, start: usize) -> Option<usize> {
    if start == 0 || text.as_bytes()[start - 1] != b'\\' || !text[start..].starts_with("{{#") {
        return None;
    }
    let line = text[start..].split('\n').next()?;
    let end = line.get(..line.len().min(MAX_COMMAND)).unwrap_or(line).rfind("}}")?;
    Some(end + 2)
}

/// Reads `{{#name first rest}}`.
fn command(text: &str) -> Option<Command<'_>> {
    let inner = text.strip_prefix("{{")?;
    let window = &inner.as_bytes()[..inner.len().min(MAX_COMMAND)];
    let end = window.iter().position(|byte| *byte == b'}')?;
    if inner.as_bytes().get(end + 1) != Some(&b'}') {
        return None;
    }
    let words = inner[..end].trim_start().strip_prefix('#')?;
    let (name, rest) = words.split_once(char::is_whitespace)?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let (first, rest) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
    is_name.then_some(Command { length: end + 4, name, first, rest }).filter(|_| !first.is_empty())
}

fn playground(text: &str, attributes: &str) -> String {
    let attributes: Vec<&str> = attributes.split_whitespace().collect();
    let comma = if attributes.is_empty() { "" } else { "," };
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    format!("```rust{comma}{}\n{text}{newline}```\n", attributes.join(","))
}

impl<'t> Lines<'t> {
    /// Reads `3`, `3:9`, `:9`, `3:` or the name of an anchor; everything without any of them.
    fn read(bounds: &'t str) -> Self {
        let mut parts = bounds.splitn(3, ':');
        let first = parts.next().unwrap_or_default();
        let end = parts.next().map(str::parse::<usize>);
        let start = match first.parse::<usize>() {
            Ok(number) => Some(number.saturating_sub(1)),
            Err(_) if first.is_empty() => None,
            Err(_) => return Self::Anchor(first),
        };
        match (start, end) {
            (start, Some(Ok(end))) => Self::Range(start.unwrap_or(0), end),
            (Some(start), None) => Self::Range(start, start.saturating_add(1)),
            (start, _) => Self::Range(start.unwrap_or(0), usize::MAX),
        }
    }

    /// These lines alone. Lines that only mark an anchor are left out when an anchor is asked for.
    fn taken(&self, text: &str) -> String {
        let lines: Vec<&str> = match self {
            Self::Range(start, end) => text.lines().take(*end).skip(*start).collect(),
            Self::Anchor(name) => {
                let behind = text.lines().skip_while(|line| marked(line, "ANCHOR:") != Some(*name)).skip(1);
                let within = behind.take_while(|line| marked(line, "ANCHOR_END:") != Some(*name));
                within.filter(|line| !is_mark(line)).collect()
            }
        };
        lines.join("\n")
    }

    /// All lines, the others hidden.
    fn shown(&self, text: &str) -> String {
        let mut lines: Vec<String> = Vec::new();
        let mut is_within = false;
        for (idx, line) in text.lines().enumerate() {
            match self {
                Self::Range(start, end) => is_within = (*start..*end).contains(&idx),
                Self::Anchor(name) if is_within && marked(line, "ANCHOR_END:") == Some(*name) => {
                    is_within = false;
                }
                Self::Anchor(name) if !is_within && marked(line, "ANCHOR:") == Some(*name) => {
                    is_within = true;
                    continue;
                }
                Self::Anchor(_) => {}
            }
            if matches!(self, Self::Anchor(_)) && is_mark(line) {
                continue;
            }
            lines.push(if is_within { line.to_owned() } else { format!("# {line}") });
        }
        lines.join("\n")
    }
}

fn is_mark(line: &str) -> bool {
    marked(line, "ANCHOR:").is_some() || marked(line, "ANCHOR_END:").is_some()
}

/// The name behind a mark in a line.
fn marked<'l>(line: &'l str, mark: &str) -> Option<&'l str> {
    let behind = line.split_once(mark)?.1.trim_start();
    let end = behind.find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '-')));
    Some(&behind[..end.unwrap_or(behind.len())]).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "use x;\n// ANCHOR: all\nfn main() {\n    // ANCHOR: inner\n    one();\n    // ANCHOR_END: inner\n}\n// ANCHOR_END: all\n";

    fn expanded(files: &[(&str, &str)], text: &str) -> (String, Vec<String>) {
        let files: Files =
            files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        let mut notes = Notes::default();
        let out = Includes::new(&files).expand("src/a.md", text, &mut notes);
        (out.into_string(), notes.finish().iter().map(ToString::to_string).collect())
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let files =
            [("code/x.rs", CODE), ("src/part.md", "P {{#include sub/q.md}}"), ("src/sub/q.md", "Q\n")];
        let (found, notes) = expanded(&files, text);
        assert_eq!((found.as_str(), notes), (expected, Vec::new()));
    }

    #[test]
    fn files_are_included() {
        check("a {{#include part.md}} b", "a P Q b");
        check("{{#include ../code/x.rs:1}}", "use x;");
        check("{{#include ../code/x.rs:7:}}", "}\n// ANCHOR_END: all");
        check("{{#include ../code/x.rs::1}}", "use x;");
        check("{{#include ../code/x.rs:3:5}}", "fn main() {\n    // ANCHOR: inner\n    one();");
        check("{{#include ../code/x.rs:inner}}", "    one();");
        check("{{ #include ../code/x.rs:all }}", "fn main() {\n    one();\n}");
        check("{{#rustdoc_include ../code/x.rs:inner}}", "# use x;\n# fn main() {\n    one();\n# }");
        check(
            "{{#rustdoc_include ../code/x.rs:1:1}}",
            &format!("use x;\n# {}", CODE.lines().skip(1).collect::<Vec<_>>().join("\n# ")),
        );
        check("{{#playground sub/q.md editable no_run}}", "```rust,editable,no_run\nQ\n```\n");
        check("\\{{#include part.md}} x\n{{{#include ../code/x.rs:1}}}", "{{#include part.md}} x\n{use x;}");
        check("{{ plain }} {{#", "{{ plain }} {{#");
    }

    #[test]
    fn what_cannot_be_included_stays() {
        for (text, reason) in [
            ("{{#include ../../etc/passwd}}", "is outside of the imported folder"),
            ("{{#include /etc/passwd}}", "is outside of the imported folder"),
            ("{{#include nothing.md}}", "does not exist"),
            ("{{#include bad.bin}}", "is not UTF-8"),
        ] {
            let files: Files = [("src/bad.bin".to_owned(), vec![0xff])].into();
            let mut notes = Notes::default();
            let out = Includes::new(&files).expand("src/a.md", &format!("x\n{text}"), &mut notes);
            assert_eq!(out.as_str(), format!("x\n{text}"));
            let note = notes.finish().remove(0).to_string();
            assert!(note.starts_with("src/a.md:2: ") && note.contains(reason), "{note}");
        }
    }

    #[test]
    fn circles_end() {
        let fan = "x {{#include fan.md}}".repeat(40);
        let (text, notes) = expanded(&[("src/fan.md", &fan)], "{{#include fan.md}}");
        assert!(text.len() <= MAX_CHAPTER + 1_000_000 && !notes.is_empty());
        let (_, notes) = expanded(&[("src/b.md", "{{#include b.md}}")], "{{#include b.md}}");
        assert_eq!(notes.len(), 1, "{notes:?}");
        let (text, _) = expanded(&[], &"{{#a ".repeat(100_000));
        assert_eq!(text.len(), 500_000);
    }

    #[test]
    fn titles_and_strangers_are_noted() {
        let (text, notes) = expanded(&[], "{{#title My Page}}\n\n{{#quiz ../q.toml}}\n");
        assert_eq!(text, "\n\n{{#quiz ../q.toml}}\n");
        assert_eq!(notes.len(), 2);
        assert!(notes[0].contains("`My Page`") && notes[1].starts_with("src/a.md:3: "), "{notes:?}");
    }
}
