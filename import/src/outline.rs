//! The headings of a text: the one that is its title, and where links to each of them lead.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use lyceum_contract::anchors::Anchors;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::anchors::{Theirs, spaced, typed};
use crate::book::Dialect;
use crate::html::tags;
use crate::slug::slug;

/// Lists, quotes and emphasis may be nested this deep in an academy; a little room is left.
const MAX_DEPTH: usize = 90;

/// Where a link to a heading leads in the academy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// The title of the page: its top.
    Top,
    /// This name.
    Name(String),
}

/// The first heading, when it is the title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Title {
    pub(crate) text: String,
    pub(crate) range: Range<usize>,
    /// Whether it has a link, an image or a footnote, which a title cannot have.
    pub(crate) loses_something: bool,
}

/// What is known of a text before its links are rewritten.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    pub(crate) title: Option<Title>,
    anchors: BTreeMap<String, Anchor>,
    /// Names that the academy gives on this page.
    pub(crate) ours: BTreeSet<String>,
    /// Whether it is nested too deeply to be converted.
    pub(crate) too_deep: bool,
    /// How many levels the other headings move up, because the title was not of level 1.
    pub(crate) rises: usize,
}

impl Outline {
    /// Where `#name` of the source leads; nothing when there is no such place.
    pub(crate) fn anchor(&self, name: &str) -> Option<Anchor> {
        self.anchors.get(name).cloned()
    }
}

struct Heading {
    level: usize,
    text: String,
    id: Option<String>,
    range: Range<usize>,
    loses_something: bool,
}

/// Reads the headings. The first can become the title if nothing but HTML stands before it; `takes_title` decides by its
/// text, and by whether it is of level 1 or above all others.
pub(crate) fn read(text: &str, dialect: &Dialect, takes_title: impl Fn(&str, bool) -> bool) -> Outline {
    let mut reader = Reader::default();
    // An academy's typography decides about the names of headings.
    let options = dialect.options() | Options::ENABLE_SMART_PUNCTUATION;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        reader.add(&event, range);
        if reader.too_deep {
            return Outline { too_deep: true, ..Outline::default() };
        }
    }
    reader.finish(dialect, takes_title)
}

#[derive(Default)]
struct Reader {
    depth: usize,
    too_deep: bool,
    open: Option<Heading>,
    n_images: usize,
    headings: Vec<Heading>,
    /// Whether the first heading has only HTML before it and stands in nothing else.
    is_first: bool,
    has_text: bool,
    raw: BTreeSet<String>,
}

impl Reader {
    fn add(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(end) => self.end(*end),
            Event::Html(html) | Event::InlineHtml(html) => self.names(html),
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text(text);
            }
            Event::SoftBreak => self.text("\n"),
            Event::FootnoteReference(_) => self.lose(),
            Event::Rule => self.has_text = true,
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) {
        self.depth += 1;
        self.too_deep |= self.depth > MAX_DEPTH;
        match tag {
            Tag::Heading { level, id, .. } => {
                let id = id.as_ref().map(ToString::to_string);
                if self.headings.is_empty() {
                    self.is_first = self.depth == 1 && !self.has_text;
                }
                let level = *level as usize;
                self.open = Some(Heading { level, text: String::new(), id, range, loses_something: false });
            }
            Tag::Image { .. } => {
                self.lose();
                self.has_text |= self.open.is_none();
                self.n_images += 1;
            }
            Tag::Link { .. } => self.lose(),
            Tag::CodeBlock(_) | Tag::List(_) | Tag::BlockQuote(_) | Tag::Table(_) => self.has_text = true,
            _ => {}
        }
    }

    fn end(&mut self, end: TagEnd) {
        self.depth -= 1;
        match end {
            TagEnd::Heading(_) => {
                self.headings.extend(self.open.take());
                self.has_text = true;
            }
            TagEnd::Image => self.n_images -= 1,
            _ => {}
        }
    }

    fn lose(&mut self) {
        if let Some(heading) = &mut self.open {
            heading.loses_something = true;
        }
    }

    fn text(&mut self, text: &str) {
        match &mut self.open {
            Some(heading) if self.n_images == 0 => heading.text.push_str(text),
            Some(_) => {}
            None => self.has_text |= !text.trim().is_empty(),
        }
    }

    fn names(&mut self, html: &str) {
        for tag in tags(html) {
            let names = tag.attributes.iter().filter(|found| matches!(&*found.name, "id" | "name"));
            self.raw.extend(names.map(|found| found.value.clone()));
        }
    }

    fn finish(self, dialect: &Dialect, takes_title: impl Fn(&str, bool) -> bool) -> Outline {
        let mut outline = Outline::default();
        let level = self.headings.first().map_or(1, |first| first.level);
        let is_above = self.headings.iter().skip(1).all(|heading| heading.level > level);
        let is_top = level == 1 || is_above;
        let first = self.headings.first().filter(|_| self.is_first);
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        outline.title =
            first.filter(|heading| takes_title(&words(&heading.text), is_top)).map(|heading| Title {
                text: words(&heading.text),
                range: heading.range.clone(),
                loses_something: heading.loses_something,
            });
        outline.rises = if outline.title.is_some() && is_above { level - 1 } else { 0 };
        let mut ours = Anchors::default();
        let is_title = |idx: usize| idx == 0 && outline.title.is_some();
        let targets: Vec<Anchor> = self
            .headings
            .iter()
            .enumerate()
            .map(
                |(idx, heading)| {
                    if is_title(idx) { Anchor::Top } else { Anchor::Name(ours.name(&heading.text)) }
                },
            )
            .collect();
        for anchor in &targets {
            if let Anchor::Name(name) = anchor {
                outline.ours.insert(name.clone());
            }
        }
        outline.anchors = names(&self.headings, &targets, dialect);
        for name in self.raw {
            outline.anchors.entry(name.clone()).or_insert(Anchor::Name(name));
        }
        outline
    }
}

/// Every name that the source's program, or a relative of it, may have given to a heading. Chosen names go first,
/// then the program's own.
fn names(headings: &[Heading], targets: &[Anchor], dialect: &Dialect) -> BTreeMap<String, Anchor> {
    let mut names = BTreeMap::new();
    let mut add = |rule: &mut dyn FnMut(&Heading) -> Option<String>| {
        for (heading, target) in headings.iter().zip(targets) {
            if let Some(name) = rule(heading) {
                names.entry(name).or_insert_with(|| target.clone());
            }
        }
    };
    add(&mut |heading| heading.id.clone());
    let latin = |given: &mut Theirs, text: &str| given.name(slug(text).unwrap_or_default());
    let mut given = Theirs::default();
    if dialect.latin_anchors {
        add(&mut |heading| heading.id.is_none().then(|| latin(&mut given, &heading.text)));
    }
    let mut given = Theirs::default();
    add(&mut |heading| heading.id.is_none().then(|| given.name(spaced(&heading.text))));
    let mut given = Theirs::default();
    add(&mut |heading| heading.id.is_none().then(|| given.name(spaced(&typed(&heading.text)))));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> Outline {
        let dialect = Dialect { heading_attributes: true, ..Dialect::default() };
        read(text, &dialect, |_, is_top| is_top)
    }

    #[test]
    fn links_find_headings_under_every_name() {
        let outline = outline(
            "<a id=\"raw\"></a>\n\n# The `Title`\n\n## `--passes`: add\n\n## Don't -- ever\n\n## Chosen {#own}\n\n## Don't -- ever\n",
        );
        assert_eq!(outline.title.as_ref().map(|title| &*title.text), Some("The Title"));
        for (name, expected) in [
            ("the-title", Anchor::Top),
            ("--passes-add", Anchor::Name("passes-add".to_owned())),
            ("dont----ever", Anchor::Name("dont-ever".to_owned())),
            ("dont--ever", Anchor::Name("dont-ever".to_owned())),
            ("dont----ever-1", Anchor::Name("dont-ever-2".to_owned())),
            ("own", Anchor::Name("chosen".to_owned())),
            ("raw", Anchor::Name("raw".to_owned())),
        ] {
            assert_eq!(outline.anchor(name), Some(expected), "{name}");
        }
        assert_eq!(outline.anchor("chosen"), None);
    }

    #[test]
    fn only_the_first_thing_is_the_title() {
        assert_eq!(outline("Text.\n\n# Heading\n").title, None);
        assert_eq!(outline("## Heading\n\n# Later\n").title, None);
        assert_eq!(outline("## One\n\n## Two\n").title, None);
        let low = outline("## Title\n\n### Below\n");
        assert_eq!((low.title.map(|title| title.text), low.rises), (Some("Title".to_owned()), 1));
        assert!(outline("# [Linked](x.md)\n").title.expect("a title").loses_something);
    }

    #[test]
    fn deep_texts_are_noticed() {
        assert!(outline(&">".repeat(10_000)).too_deep);
        assert!(!outline(&">".repeat(50)).too_deep);
    }
}
