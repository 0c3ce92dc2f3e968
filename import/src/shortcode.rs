//! Shortcodes of Hugo and Zola: the common ones are converted, the others stay in sight as code.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::note::{NoteKind, Notes};
use crate::site::PAGE_SCHEME;
use crate::text::{Edit, Text};

/// The most bytes of one shortcode.
const MAX_BYTES: usize = 4 * 1024;

/// A shortcode in a text.
struct Shortcode<'t> {
    range: Range<usize>,
    written: &'t str,
    name: &'t str,
    is_end: bool,
    /// Without names, in order.
    values: Vec<String>,
    named: BTreeMap<String, String>,
}

/// Converts the shortcodes of Hugo: `{{< name … >}}` and `{{% name … %}}`.
pub(crate) fn hugo(text: &Text, file: &str, notes: &mut Notes) -> Text {
    let source = text.as_str();
    if !source.contains("{{<") && !source.contains("{{%") {
        return text.clone();
    }
    let code = code_ranges(source);
    let mut converter = Converter { text, file, notes, code: &code, edits: Vec::new(), ends: Vec::new() };
    let mut at = 0;
    while let Some(found) = source[at..].find("{{") {
        let start = at + found;
        at = match bracketed(source, start, &[("{{<", ">}}"), ("{{%", "%}}")]) {
            Some(inner) => {
                let range = start..inner.end + 3;
                converter.hugo(range.clone(), &source[inner]);
                range.end
            }
            None => start + 2,
        };
    }
    let edits = converter.edits;
    text.edited(edits)
}

/// Converts the shortcodes of Zola: `{{ name(…) }}` and `{% name(…) %} … {% end %}`.
pub(crate) fn zola(text: &Text, file: &str, notes: &mut Notes) -> Text {
    let source = text.as_str();
    if !source.contains("{{") && !source.contains("{%") {
        return text.clone();
    }
    let code = code_ranges(source);
    let mut converter = Converter { text, file, notes, code: &code, edits: Vec::new(), ends: Vec::new() };
    let mut at = 0;
    while let Some(found) = source[at..].find('{') {
        let start = at + found;
        at = match bracketed(source, start, &[("{{", "}}"), ("{%", "%}")]) {
            Some(inner) => {
                let range = start..inner.end + 2;
                converter.zola(range.clone(), &source[inner]);
                range.end
            }
            None => start + 1,
        };
    }
    let edits = converter.edits;
    text.edited(edits)
}

/// What stands between two brackets, the first of which begins here.
fn bracketed(source: &str, start: usize, brackets: &[(&str, &str)]) -> Option<Range<usize>> {
    let rest = &source[start..];
    let (open, close) = brackets.iter().find(|(open, _)| rest.starts_with(open))?;
    let window = &rest.as_bytes()[open.len()..rest.len().min(MAX_BYTES)];
    let end = window.windows(close.len()).position(|found| found == close.as_bytes())?;
    Some(start + open.len()..start + open.len() + end)
}

fn code_ranges(source: &str) -> Vec<Range<usize>> {
    let events = Parser::new_ext(source, Options::empty()).into_offset_iter();
    let is_code = |event: &Event<'_>| matches!(event, Event::Start(Tag::CodeBlock(_)) | Event::Code(_));
    events.filter(|(event, _)| is_code(event)).map(|(_, range)| range).collect()
}

struct Converter<'t, 'n> {
    text: &'t Text,
    file: &'n str,
    notes: &'n mut Notes,
    code: &'n [Range<usize>],
    edits: Vec<Edit>,
    /// What the ends of the open shortcodes become.
    ends: Vec<(String, String)>,
}

impl Converter<'_, '_> {
    fn hugo(&mut self, range: Range<usize>, inner: &str) {
        let source = self.text.as_str();
        let trimmed = inner.trim();
        if let Some(shown) = trimmed.strip_prefix("/*").and_then(|rest| rest.strip_suffix("*/")) {
            // Escaped: what the page shows is the shortcode itself.
            let (open, close) = (&source[range.start..range.start + 3], &source[range.end - 3..range.end]);
            let shown = format!("{open} {} {close}", shown.trim());
            return self.literal(range, &shown);
        }
        let trimmed = trimmed.trim_end_matches('/').trim_end();
        let (is_end, trimmed) =
            trimmed.strip_prefix('/').map_or((false, trimmed), |rest| (true, rest.trim_start()));
        let name_end = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
        let (name, rest) = trimmed.split_at(name_end);
        let (values, named) = arguments(rest);
        let shortcode = Shortcode { written: &source[range.clone()], range, name, is_end, values, named };
        if shortcode.is_end {
            return self.end(&shortcode);
        }
        match shortcode.name {
            "ref" | "relref" if self.is_in_link(&shortcode) => self.page_reference(&shortcode),
            "figure" => self.figure(&shortcode),
            "highlight" => self.highlight(&shortcode),
            _ => self.other(&shortcode),
        }
    }

    fn zola(&mut self, range: Range<usize>, inner: &str) {
        let source = self.text.as_str();
        let written = &source[range.clone()];
        let trimmed = inner.trim();
        if let Some(shown) = trimmed.strip_prefix("/*").and_then(|rest| rest.strip_suffix("*/")) {
            let shown = format!("{} {} {}", &written[..2], shown.trim(), &written[written.len() - 2..]);
            return self.literal(range, &shown);
        }
        let is_end = written.starts_with("{%") && trimmed == "end";
        let (name, rest) = trimmed.split_once('(').unwrap_or((trimmed, ""));
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_end && (!is_name || !rest.ends_with(')')) {
            return;
        }
        let rest = rest.trim_end_matches(')').replace(',', " ");
        let (values, named) = arguments(&rest);
        let shortcode = Shortcode { range, written, name, is_end, values, named };
        if is_end { self.end(&shortcode) } else { self.other(&shortcode) }
    }

    /// Something that is to be seen as it is: in code it is seen anyway.
    fn literal(&mut self, range: Range<usize>, shown: &str) {
        let shown = if self.is_code(&range) { shown.to_owned() } else { as_code(shown) };
        self.edits.push(Edit::new(range, shown));
    }

    fn is_code(&self, range: &Range<usize>) -> bool {
        let after = self.code.partition_point(|code| code.start <= range.start);
        after.checked_sub(1).is_some_and(|idx| self.code[idx].end >= range.end)
    }

    fn is_in_link(&self, shortcode: &Shortcode<'_>) -> bool {
        let before = self.text.as_str()[..shortcode.range.start].chars().next_back();
        matches!(before, Some('(' | '"' | '\'' | '<' | '=')) && shortcode.first("path").is_some()
    }

    fn page_reference(&mut self, shortcode: &Shortcode<'_>) {
        let page = shortcode.first("path").unwrap_or_default();
        let page: String =
            page.chars().map(|letter| if letter.is_whitespace() { '-' } else { letter }).collect();
        let safe = page.replace('(', "%28").replace(')', "%29").replace('"', "%22");
        self.edits.push(Edit::new(shortcode.range.clone(), format!("{PAGE_SCHEME}{safe}")));
    }

    fn figure(&mut self, shortcode: &Shortcode<'_>) {
        let Some(source) = shortcode.first("src") else { return self.other(shortcode) };
        let get = |key: &str| shortcode.named.get(key).cloned().unwrap_or_default();
        let caption = [get("title"), get("caption"), get("attr")];
        let caption: Vec<String> = caption.into_iter().filter(|text| !text.is_empty()).collect();
        let caption = caption.join(" – ").replace('"', "\\\"");
        let title = if caption.is_empty() { String::new() } else { format!(" \"{caption}\"") };
        let alt = get("alt").replace(['[', ']'], "");
        let source: String = source
            .chars()
            .map(|letter| if letter == ' ' { "%20".to_owned() } else { letter.to_string() })
            .collect();
        let image = format!("![{alt}]({source}{title})");
        let link = get("link");
        let image = if link.is_empty() { image } else { format!("[{image}]({link})") };
        self.edits.push(Edit::new(shortcode.range.clone(), image));
    }

    fn highlight(&mut self, shortcode: &Shortcode<'_>) {
        let language: String = shortcode.first("lang").unwrap_or_default();
        let language: String = language
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric() || "+-#".contains(*letter))
            .collect();
        let options = shortcode.values.get(1).filter(|options| !options.contains(['{', '}', '`', '\n']));
        let options = options.map(|options| format!(" {{{options}}}")).unwrap_or_default();
        let source = self.text.as_str();
        let starts_line = source[shortcode.range.end..].starts_with('\n');
        let newline = if starts_line { "" } else { "\n" };
        self.edits.push(Edit::new(shortcode.range.clone(), format!("````{language}{options}{newline}")));
        self.ends.push((shortcode.name.to_owned(), "````".to_owned()));
    }

    fn end(&mut self, shortcode: &Shortcode<'_>) {
        let last = self.ends.last().filter(|(name, _)| name == shortcode.name || shortcode.name == "end");
        if last.is_some()
            && let Some((_, end)) = self.ends.pop()
        {
            let source = self.text.as_str();
            let newline = if source[..shortcode.range.start].ends_with('\n') { "" } else { "\n" };
            self.edits.push(Edit::new(shortcode.range.clone(), format!("{newline}{end}")));
        } else {
            self.kept(shortcode);
        }
    }

    /// Videos and the like become links; everything else stays in sight.
    fn other(&mut self, shortcode: &Shortcode<'_>) {
        let id = shortcode.first("id");
        let link = match (shortcode.name, &id) {
            ("youtube", Some(id)) => {
                Some(format!("[YouTube](https://www.youtube.com/watch?v={})", plain(id)))
            }
            ("vimeo", Some(id)) => Some(format!("[Vimeo](https://vimeo.com/{})", plain(id))),
            _ => None,
        };
        let Some(link) = link.filter(|_| !self.is_code(&shortcode.range)) else {
            return self.kept(shortcode);
        };
        let message = format!("the shortcode `{}` became a link", shortcode.name);
        self.note(shortcode, message);
        self.edits.push(Edit::new(shortcode.range.clone(), link));
    }

    fn kept(&mut self, shortcode: &Shortcode<'_>) {
        let message = format!("the shortcode `{}` has no counterpart; it stays in sight", shortcode.name);
        self.note(shortcode, message);
        self.literal(shortcode.range.clone(), shortcode.written);
    }

    fn note(&mut self, shortcode: &Shortcode<'_>, message: String) {
        let line = self.text.line_at(shortcode.range.start);
        self.notes.add(self.file, line, NoteKind::Shortcode, message);
    }
}

impl Shortcode<'_> {
    /// The argument of this name, or the first without a name.
    fn first(&self, name: &str) -> Option<String> {
        self.named.get(name).or_else(|| self.values.first()).filter(|value| !value.is_empty()).cloned()
    }
}

/// `"a b" key="c" d` → two values and a name with its value.
fn arguments(text: &str) -> (Vec<String>, BTreeMap<String, String>) {
    let (mut values, mut named) = (Vec::new(), BTreeMap::new());
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let name_end = rest.find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '-')));
        let name = name_end.filter(|end| *end > 0 && rest[*end..].trim_start().starts_with('='));
        let name = name.map(|end| rest[..end].to_owned());
        if let Some(name) = &name {
            rest = rest[name.len()..].trim_start().trim_start_matches('=').trim_start();
        }
        let quote = rest.chars().next().filter(|letter| matches!(letter, '"' | '\'' | '`'));
        let (value, after) = match quote {
            Some(quote) => rest[1..].split_once(quote).unwrap_or((&rest[1..], "")),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        match name {
            Some(name) => drop(named.insert(name, value.to_owned())),
            None => values.push(value.to_owned()),
        }
        rest = after.trim_start();
    }
    (values, named)
}

fn plain(id: &str) -> String {
    id.chars().filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-')).collect()
}

fn as_code(text: &str) -> String {
    let ticks = "`".repeat(text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0) + 1);
    format!("{ticks} {} {ticks}", text.replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(convert: fn(&Text, &str, &mut Notes) -> Text, source: &str, expected: &str, n_notes: usize) {
        let mut notes = Notes::default();
        let converted = convert(&Text::of_file(source, 1), "a.md", &mut notes);
        assert_eq!((converted.as_str(), notes.finish().len()), (expected, n_notes));
    }

    #[test]
    fn shortcodes_of_hugo() {
        check(hugo, "[a]({{< ref \"x.md#b\" >}})", "[a](lyceum-page:x.md#b)", 0);
        check(hugo, "[a]({{< relref path=\"/x\" >}})", "[a](lyceum-page:/x)", 0);
        check(
            hugo,
            "{{< figure src=\"a b.png\" alt=\"A\" caption=\"C 'x'\" >}}",
            "![A](a%20b.png \"C 'x'\")",
            0,
        );
        check(
            hugo,
            "{{< highlight go \"linenos=1\" >}}\nx := 1\n{{< /highlight >}}\n",
            "````go {linenos=1}\nx := 1\n````\n",
            0,
        );
        check(
            hugo,
            "{{< youtube w7Ft2ymGmfc >}}",
            "[YouTube](https://www.youtube.com/watch?v=w7Ft2ymGmfc)",
            1,
        );
        check(hugo, "{{% tip %}}\n**x**\n{{% /tip %}}", "` {{% tip %}} `\n**x**\n` {{% /tip %}} `", 2);
        check(hugo, "`{{</* x */>}}` {{</* y */>}}", "`{{< x >}}` ` {{< y >}} `", 0);
        check(hugo, "{{< x", "{{< x", 0);
    }

    #[test]
    fn shortcodes_of_zola() {
        check(zola, "{{ youtube(id=\"abc\") }}", "[YouTube](https://www.youtube.com/watch?v=abc)", 1);
        check(
            zola,
            "{% quote(author=\"A\") %}\nx\n{% end %}",
            "` {% quote(author=\"A\") %} `\nx\n` {% end %} `",
            2,
        );
        check(zola, "{{/* x() */}}", "` {{ x() }} `", 0);
        check(zola, "{{ page.title }} {x} {", "{{ page.title }} {x} {", 0);
    }
}
