//! Drawings in SVG: what could run or call home is taken out, everything else stays byte for byte.

mod css;

use std::fmt;
use std::ops::Range;

use roxmltree::{Attribute, Document, Node, ParsingOptions};

const SVG: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// More elements than a drawing of a lesson has; it bounds memory.
const MAX_NODES: u32 = 500_000;
/// More attributes than an element has; the parser compares each with all others.
const MAX_ATTRIBUTES: usize = 500;
/// Elements that run, load or embed. Those of other namespaces go in any case.
const ACTIVE: [&str; 10] =
    ["script", "foreignobject", "handler", "listener", "iframe", "object", "embed", "audio", "video", "link"];

/// A drawing without anything that runs or loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clean {
    /// The file.
    pub text: String,
    /// What was taken out and is probably missed, in the order of places.
    pub removed: Vec<Removed>,
}

/// Something that was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Where it stood, in bytes of the original.
    pub place: Range<usize>,
    /// In the words of its author: `<script>`, `onclick`, `href="https://…"`.
    pub what: String,
}

/// Why a drawing cannot be used at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// Where, in bytes of the original.
    pub place: Range<usize>,
    /// What was found.
    pub why: String,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

/// Cleans a drawing. Comments, editors' notes and metadata go silently; scripts, event handlers, embedded documents
/// and everything that loads from elsewhere go with a word. A document type that defines entities is refused.
pub fn clean(source: &str) -> Result<Clean, Unusable> {
    let mut cuts = Cuts::default();
    let text = without_doctype(source, &mut cuts)?;
    if let Some(place) = crowded(&text) {
        let why = format!("an element with more than {MAX_ATTRIBUTES} attributes");
        return Err(Unusable { place, why });
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&text, options).map_err(|error| unusable(&text, &error))?;
    let root = document.root_element();
    if !root.tag_name().name().eq_ignore_ascii_case("svg") {
        let why = format!("`<{}>` where a drawing begins with `<svg>`", root.tag_name().name());
        return Err(Unusable { place: root.range().start..root.range().start + 1, why });
    }
    for node in document.descendants() {
        // What stands in something that goes, goes with it.
        if node.range().start >= cuts.end {
            cuts.node(node, &text);
        }
    }
    Ok(cuts.apply(source))
}

/// The first attribute behind the limit, in an element with too many of them.
fn crowded(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(open) = text[at..].find('<') {
        at += open;
        let skipped = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
        if let Some((_, end)) = skipped.into_iter().find(|(start, _)| text[at..].starts_with(start)) {
            at = text[at..].find(end).map_or(text.len(), |found| at + found + end.len());
            continue;
        }
        let (mut quote, mut n_attributes) = (None, 0);
        while let Some(byte) = bytes.get(at) {
            match (quote, byte) {
                (None, b'>') => break,
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'=') => n_attributes += 1,
                (Some(open), byte) if open == byte => quote = None,
                _ => {}
            }
            if n_attributes > MAX_ATTRIBUTES {
                return Some(at..at + 1);
            }
            at += 1;
        }
    }
    None
}

fn unusable(text: &str, error: &roxmltree::Error) -> Unusable {
    let position = error.pos();
    let row = usize::try_from(position.row).unwrap_or(1);
    let column = usize::try_from(position.col).unwrap_or(1);
    let line: usize = text.split_inclusive('\n').take(row.saturating_sub(1)).map(str::len).sum();
    let inner: usize = text[line..].chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
    let message = error.to_string();
    let message = message.split(" at ").next().unwrap_or_default();
    Unusable { place: line + inner..line + inner + 1, why: format!("XML that cannot be read: {message}") }
}

/// The text with the document type blanked out, so that places stay what they are. One that defines something is refused.
fn without_doctype(source: &str, cuts: &mut Cuts) -> Result<String, Unusable> {
    let Some(start) = source.find("<!DOCTYPE") else { return Ok(source.to_owned()) };
    let rest = &source[start..];
    let end = start + rest.find('>').map_or(rest.len(), |end| end + 1);
    let place = start..end;
    if source[place.clone()].contains('[') {
        let why = "a document type that defines entities of its own".to_owned();
        return Err(Unusable { place: start..start + "<!DOCTYPE".len(), why });
    }
    cuts.silently(place.clone());
    let blank: String =
        source[place.clone()].chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }).collect();
    let mut text = source.to_owned();
    // Characters of several bytes do not stand in a document type that a program wrote.
    if blank.len() == place.len() {
        text.replace_range(place, &blank);
    }
    Ok(text)
}

/// What to take out, and what to put in its place.
#[derive(Debug, Default)]
struct Cuts {
    places: Vec<(Range<usize>, String)>,
    removed: Vec<Removed>,
    /// Where the last node ends that goes as a whole.
    end: usize,
}

impl Cuts {
    fn silently(&mut self, place: Range<usize>) {
        self.places.push((place, String::new()));
    }

    fn with_word(&mut self, place: Range<usize>, what: String) {
        self.removed.push(Removed { place: place.clone(), what });
        self.silently(place);
    }

    /// Takes out a whole node.
    fn whole(&mut self, node: Node<'_, '_>, what: Option<String>) {
        self.end = node.range().end;
        match what {
            Some(what) => self.with_word(node.range(), what),
            None => self.silently(node.range()),
        }
    }

    fn node(&mut self, node: Node<'_, '_>, text: &str) {
        if node.is_comment() {
            self.whole(node, None);
        } else if node.is_pi() {
            self.instruction(node);
        } else if node.is_element() {
            self.element(node, text);
        }
    }

    /// `<?xml-stylesheet?>` loads; the others are notes of editors.
    fn instruction(&mut self, node: Node<'_, '_>) {
        match node.pi() {
            Some(pi) if pi.target.eq_ignore_ascii_case("xml-stylesheet") => {
                self.whole(node, Some(format!("<?{}?>", pi.target)));
            }
            _ => self.whole(node, None),
        }
    }

    fn element(&mut self, node: Node<'_, '_>, text: &str) {
        let name = node.tag_name().name();
        match node.tag_name().namespace() {
            None | Some(SVG) if name == "metadata" => return self.whole(node, None),
            None | Some(SVG) => {}
            Some(namespace) if namespace.contains("xhtml") => {
                return self.whole(node, Some(format!("<{name}>")));
            }
            Some(_) => return self.whole(node, None),
        }
        if ACTIVE.contains(&name.to_ascii_lowercase().as_str()) || sets_something_active(node) {
            return self.whole(node, Some(format!("<{name}>")));
        }
        for attribute in node.attributes() {
            self.attribute(&attribute, text);
        }
        if name.eq_ignore_ascii_case("style") {
            self.style(node);
        }
    }

    fn attribute(&mut self, attribute: &Attribute<'_, '_>, text: &str) {
        let name = attribute.name().to_ascii_lowercase();
        let place = attribute.range();
        match attribute.namespace() {
            None | Some(XLINK) => {}
            Some(XML) if name != "base" => {}
            Some(_) => return self.silently(with_space(place, text)),
        }
        let value = attribute.value();
        let is_handler = name.starts_with("on");
        let is_link = matches!(name.as_str(), "href" | "src" | "base") && !is_local(value);
        let is_spoken = name.starts_with("aria-") || name.starts_with("data-");
        let is_style = name == "style" || (value.contains('(') && !is_spoken);
        let what = if is_handler {
            attribute.name().to_owned()
        } else if is_link || (is_style && !css::is_local(value)) {
            format!("{}=\"{}\"", attribute.name(), shortened(value))
        } else {
            return;
        };
        self.silently(with_space(place.clone(), text));
        self.removed.push(Removed { place, what });
    }

    /// The text of a style element, without what loads.
    fn style(&mut self, node: Node<'_, '_>) {
        let written: String = node.children().filter_map(|child| child.text()).collect();
        if css::is_local(&written) {
            return;
        }
        let (Some(first), Some(last)) = (node.first_child(), node.last_child()) else { return };
        let place = first.range().start..last.range().end;
        let (cleaned, what) = css::cleaned(&written);
        self.removed.push(Removed { place: place.clone(), what: shortened(&what) });
        let escaped = cleaned.replace('&', "&amp;").replace('<', "&lt;");
        self.places.push((place, escaped));
    }

    /// Cuts within cuts are part of them.
    fn apply(mut self, source: &str) -> Clean {
        self.places.sort_by_key(|(place, _)| (place.start, std::cmp::Reverse(place.end)));
        let (mut text, mut at) = (String::with_capacity(source.len()), 0);
        for (place, instead) in &self.places {
            if place.start >= at {
                text.push_str(&source[at..place.start]);
                text.push_str(instead);
                at = place.end;
            }
        }
        text.push_str(&source[at..]);
        self.removed.sort_by_key(|removed| removed.place.start);
        Clean { text, removed: self.removed }
    }
}

/// An animation that would give a link or a handler another value.
fn sets_something_active(node: Node<'_, '_>) -> bool {
    let name = node.attribute("attributeName").unwrap_or_default().to_ascii_lowercase();
    let name = name.rsplit(':').next().unwrap_or_default();
    matches!(name, "href" | "src" | "style") || name.starts_with("on")
}

/// A part of the same drawing, or pixels that it brings along.
fn is_local(link: &str) -> bool {
    let link: String =
        link.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control()).collect();
    let link = link.to_ascii_lowercase();
    let brought = ["png", "jpeg", "jpg", "gif", "webp", "avif"];
    link.is_empty()
        || link.starts_with('#')
        || brought.iter().any(|kind| link.starts_with(&format!("data:image/{kind};")))
}

/// The attribute with one space in front of it.
fn with_space(place: Range<usize>, text: &str) -> Range<usize> {
    let before = text[..place.start].chars().next_back().filter(|letter| letter.is_whitespace());
    place.start - before.map_or(0, char::len_utf8)..place.end
}

/// The first characters, for a message.
fn shortened(text: &str) -> String {
    let mut letters = text.trim().chars();
    let short: String = letters.by_ref().take(40).collect();
    if letters.next().is_some() { format!("{short}…") } else { short }
}

#[cfg(test)]
mod tests;
