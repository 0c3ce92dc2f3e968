//! Just enough of HTML to find tags and their attributes in a text.

use std::ops::Range;

/// A tag of an element, opening or closing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    /// In lower case.
    pub(crate) name: String,
    pub(crate) range: Range<usize>,
    pub(crate) is_end: bool,
    pub(crate) attributes: Vec<Attribute>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// In lower case.
    pub(crate) name: String,
    /// With character references as they are written.
    pub(crate) value: String,
    /// From the first letter of the name to the end of the value, quotes included.
    pub(crate) range: Range<usize>,
}

impl Tag {
    /// The value of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

/// All tags outside of comments, in order. What is no whole tag is skipped. Cost: linear.
pub(crate) fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(found) = html.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + found;
        let rest = &html[start..];
        if rest.starts_with("<!--") {
            let Some(end) = rest.find("-->") else { break };
            at = start + end + 3;
            continue;
        }
        at = match tag(html, start) {
            Some(tag) => {
                let end = tag.range.end;
                tags.push(tag);
                end
            }
            None => start + 1,
        };
    }
    tags
}

fn tag(html: &str, start: usize) -> Option<Tag> {
    let bytes = html.as_bytes();
    let is_end = bytes.get(start + 1) == Some(&b'/');
    let mut at = start + 1 + usize::from(is_end);
    if !bytes.get(at)?.is_ascii_alphabetic() {
        return None;
    }
    let name_end = end_of(bytes, at, |byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let name = html[at..name_end].to_ascii_lowercase();
    at = name_end;
    let mut attributes = Vec::new();
    loop {
        at = end_of(bytes, at, |byte| byte.is_ascii_whitespace() || byte == b'/');
        match bytes.get(at)? {
            b'>' => return Some(Tag { name, range: start..at + 1, is_end, attributes }),
            // Another tag begins: this one never ends.
            b'<' => return None,
            _ => {
                let attribute = attribute(html, at)?;
                at = attribute.range.end;
                attributes.push(attribute);
            }
        }
    }
}

fn attribute(html: &str, start: usize) -> Option<Attribute> {
    let bytes = html.as_bytes();
    let name_end = end_of(bytes, start + 1, |byte| {
        !byte.is_ascii_whitespace() && !matches!(byte, b'=' | b'>' | b'/' | b'<')
    });
    let name = html.get(start..name_end)?.to_ascii_lowercase();
    let equals = end_of(bytes, name_end, |byte| byte.is_ascii_whitespace());
    if bytes.get(equals) != Some(&b'=') {
        return Some(Attribute { name, value: String::new(), range: start..name_end });
    }
    let value = end_of(bytes, equals + 1, |byte| byte.is_ascii_whitespace());
    let first = *bytes.get(value)?;
    let (inner, end) = if matches!(first, b'"' | b'\'') {
        let end = end_of(bytes, value + 1, |byte| byte != first);
        bytes.get(end)?;
        (value + 1..end, end + 1)
    } else {
        let is_value = |byte: u8| !byte.is_ascii_whitespace() && !matches!(byte, b'>' | b'<');
        let end = end_of(bytes, value, is_value);
        (value..end, end)
    };
    Some(Attribute { name, value: html.get(inner)?.to_owned(), range: start..end })
}

/// The first place from `at` on whose byte is not of the kind.
fn end_of(bytes: &[u8], at: usize, is_of_kind: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| !is_of_kind(*byte)).unwrap_or(rest.len())
}

/// `&amp;` and the four other references that people write in attributes.
pub(crate) fn unescaped(text: &str) -> String {
    let quoted = text.replace("&quot;", "\"").replace("&#39;", "'");
    quoted.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_with_their_attributes() {
        let html = "<p><!-- <img> --><IMG\n alt='a > b' src=x.png hidden /></p> 1 < 2 <a href=\"y\">";
        let found = tags(html);
        let names: Vec<_> = found.iter().map(|tag| (&*tag.name, tag.is_end)).collect();
        assert_eq!(names, [("p", false), ("img", false), ("p", true), ("a", false)]);
        let image = &found[1];
        assert_eq!(image.get("alt").map(|found| &*found.value), Some("a > b"));
        assert_eq!(image.get("src").map(|found| &html[found.range.clone()]), Some("src=x.png"));
        assert!(image.get("hidden").is_some());
        for broken in ["<a href=\"x", "<", "</", "<a <b", "<!-- <a>", "<a b=", "<é>", "<a é=ü>"] {
            assert!(tags(broken).len() <= 1, "{broken}");
        }
        assert_eq!(unescaped("a &amp;lt; &quot;b&quot;"), "a &lt; \"b\"");
    }
}
