//! HTML that authors wrote: passed on as it is, but its links lead where links of Markdown lead, and what the content
//! policy of the site refuses is reported.

use std::ops::Range;

use super::writer::Writer;
use crate::diagnostic::Code;
use crate::html::push_url;
use crate::links::Destination;

/// Elements that the policy refuses, or that change the page around the text.
const REFUSED: [&str; 9] = ["script", "style", "iframe", "frame", "object", "embed", "base", "link", "meta"];

/// An attribute of a tag. Places are in the text that was read.
#[derive(Debug, PartialEq, Eq)]
struct Attribute<'a> {
    name: &'a str,
    value: &'a str,
    /// Of name and value together.
    place: Range<usize>,
}

impl Writer<'_, '_> {
    /// Appends HTML.
    pub(super) fn raw(&mut self, html: &str, span: &Range<usize>) {
        let mut at = 0;
        let mut from = 0;
        while let Some(open) = html[at..].find('<').map(|found| at + found) {
            let Some((name, attributes, end)) = tag(html, open) else {
                at = open + 1;
                continue;
            };
            self.check_tag(name, &attributes, span);
            for attribute in &attributes {
                if let Some(url) = self.rewritten(name, attribute, span) {
                    self.html.push_str(html[from..attribute.place.start].trim_end());
                    push_url(&mut self.html, attribute.name, &url);
                    from = attribute.place.end;
                }
            }
            at = end;
        }
        self.html.push_str(&html[from..]);
    }

    fn check_tag(&mut self, name: &str, attributes: &[Attribute<'_>], span: &Range<usize>) {
        if let Some(name) = REFUSED.iter().find(|known| name.eq_ignore_ascii_case(known)) {
            let message = format!("`<{name}>` in the text, which the site's content policy refuses");
            self.warn_unsafe(span, message);
        }
        for Attribute { name, value, .. } in attributes {
            let name = name.to_ascii_lowercase();
            if name == "id" {
                self.ids.insert((*value).to_owned());
            } else if name == "style" || (name.starts_with("on") && name.len() > 2) {
                let message =
                    format!("an attribute `{name}` in the text, which the site's content policy refuses");
                self.warn_unsafe(span, message);
            }
        }
    }

    /// The address that an attribute must have instead of what is written; nothing where it may stay.
    fn rewritten(&mut self, name: &str, attribute: &Attribute<'_>, span: &Range<usize>) -> Option<String> {
        let (name, key) = (name.to_ascii_lowercase(), attribute.name.to_ascii_lowercase());
        let code = match (name.as_str(), key.as_str()) {
            ("a" | "area", "href") => Code::BrokenLink,
            ("img" | "video" | "audio" | "source" | "track", "src") | ("video", "poster") => {
                Code::BrokenImage
            }
            _ => return None,
        };
        let link = attribute.value.replace("&amp;", "&");
        if code == Code::BrokenLink {
            self.note_link(&link, span);
        }
        match self.resolve(&link, span, code) {
            Destination::Page(url) | Destination::Asset { url, .. } | Destination::Static { url, .. } => {
                Some(url)
            }
            Destination::AsWritten | Destination::Broken => None,
            // The name of a file that is not published yet stays out of the page.
            Destination::Hidden => Some("#".to_owned()),
        }
    }

    pub(super) fn warn_unsafe(&mut self, span: &Range<usize>, message: String) {
        let warning = self.body.text.error(Code::RawScript, span.clone(), message).warning();
        let hint = "put behaviour and looks into the theme, or the file into `static/`";
        self.diagnostics.push(warning.hint(hint));
    }
}

/// Reads the start tag at `open`: its name, its attributes, and where it ends. Nothing when none is there.
fn tag(html: &str, open: usize) -> Option<(&str, Vec<Attribute<'_>>, usize)> {
    let bytes = html.as_bytes();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    if !bytes.get(open + 1)?.is_ascii_alphabetic() {
        return None;
    }
    let mut at = open + 1 + bytes[open + 1..].iter().take_while(|byte| is_name(byte)).count();
    let name = &html[open + 1..at];
    let mut attributes = Vec::new();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'>' => return Some((name, attributes, at + 1)),
            b'/' | b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            _ => {
                let attribute = attribute(html, at);
                at = attribute.place.end.max(at + 1);
                attributes.push(attribute);
            }
        }
    }
    // A tag that does not end is read by browsers to the end of the text.
    Some((name, attributes, html.len()))
}

fn attribute(html: &str, start: usize) -> Attribute<'_> {
    let bytes = html.as_bytes();
    let until = |from: usize, stop: &[u8]| {
        bytes[from..].iter().position(|byte| stop.contains(byte)).map_or(html.len(), |n| from + n)
    };
    let spaces =
        |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let name_end = until(start, b" \t\n\r=>/").max(start + 1).min(html.len());
    let name_end = (name_end..=html.len()).find(|at| html.is_char_boundary(*at)).unwrap_or(html.len());
    let name = &html[start..name_end];
    let equals = spaces(name_end);
    if bytes.get(equals) != Some(&b'=') {
        return Attribute { name, value: "", place: start..name_end };
    }
    let from = spaces(equals + 1);
    if let Some(quote @ (b'"' | b'\'')) = bytes.get(from) {
        let end = until(from + 1, &[*quote]);
        let place = start..(end + 1).min(html.len());
        return Attribute { name, value: &html[from + 1..end], place };
    }
    let end = until(from, b" \t\n\r>");
    Attribute { name, value: &html[from..end], place: start..end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read() {
        for (html, expected) in [
            ("<a href=\"x.md\" id=y>", "a href=x.md id=y"),
            ("<img\n  src='a b.png' alt>", "img src=a b.png alt="),
            ("<a-b c = \"d>e\">", "a-b c=d>e"),
            ("<br/>", "br"),
            ("<a =é=x>", "a == é=x"),
            ("<a href=\"x", "a href=x"),
        ] {
            let (name, attributes, _) = tag(html, 0).expect(html);
            let shown: Vec<String> = std::iter::once(name.to_owned())
                .chain(attributes.iter().map(|attribute| format!("{}={}", attribute.name, attribute.value)))
                .collect();
            assert_eq!(shown.join(" "), expected, "{html}");
        }
        assert!(tag("< a>", 0).is_none() && tag("</a>", 0).is_none() && tag("<", 0).is_none());
    }
}
