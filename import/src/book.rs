//! What every kind of source is read into: courses with modules with pages, texts not yet converted.

use std::collections::BTreeMap;

use pulldown_cmark::Options;

use crate::text::Text;

/// An academy before it is written.
#[derive(Debug, Default)]
pub(crate) struct Academy {
    pub(crate) title: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) language: Option<String>,
    /// Where the source says it is published, if it is a whole address.
    pub(crate) url: Option<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) courses: Vec<Course>,
    /// Old addresses and where they should lead: to a page's address in the source.
    pub(crate) redirects: Vec<Redirect>,
}

/// An old address that leads elsewhere.
#[derive(Debug)]
pub(crate) struct Redirect {
    /// Where the source says so.
    pub(crate) file: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

#[derive(Debug, Default)]
pub(crate) struct Course {
    pub(crate) title: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) tags: Vec<String>,
    /// The landing page's text, if the source has one.
    pub(crate) intro: Option<Page>,
    pub(crate) modules: Vec<Module>,
}

impl Course {
    /// A landing page is open to everybody. Where the lessons are not, its text becomes the first of them.
    pub(crate) fn close_intro(&mut self) {
        let Some(intro) = self.intro.take() else { return };
        match self.modules.first_mut() {
            Some(module) => module.pages.insert(0, intro),
            None => self.modules.push(Module { pages: vec![intro], ..Module::default() }),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) title: String,
    pub(crate) summary: Option<String>,
    pub(crate) pages: Vec<Page>,
}

/// A chapter, page or section text.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Path in the imported folder.
    pub(crate) source: String,
    /// The folder that relative links start from.
    pub(crate) base: String,
    /// A second folder that they may start from: the page's address, where each page is a folder.
    pub(crate) address_base: Option<String>,
    /// Paths that links write for this page, without a `/` in front.
    pub(crate) addresses: Vec<String>,
    /// What the source calls it, besides its own heading.
    pub(crate) title: Option<String>,
    /// Whether the first heading says the title better than `title`.
    pub(crate) titled_by_heading: bool,
    pub(crate) summary: Option<String>,
    pub(crate) date: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) draft: bool,
    pub(crate) text: Text,
    pub(crate) dialect: Dialect,
}

/// How the source's program reads Markdown.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of other programs, each independent of the others"
)]
pub(crate) struct Dialect {
    pub(crate) definition_lists: bool,
    pub(crate) heading_attributes: bool,
    /// Whether `$` is mathematics.
    pub(crate) math: bool,
    /// Whether `--` and `...` stay as they are typed.
    pub(crate) plain_punctuation: bool,
    /// Whether Rust code has hidden lines.
    pub(crate) hides_rust: bool,
    /// What hidden lines of other languages start with.
    pub(crate) hidden_prefixes: BTreeMap<String, String>,
    /// Whether bases of anchors are written with Latin letters only.
    pub(crate) latin_anchors: bool,
}

impl Dialect {
    /// The parser's options for a text of this dialect.
    pub(crate) fn options(&self) -> Options {
        let mut options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_GFM;
        options.set(Options::ENABLE_DEFINITION_LIST, self.definition_lists);
        options.set(Options::ENABLE_HEADING_ATTRIBUTES, self.heading_attributes);
        options.set(Options::ENABLE_MATH, self.math);
        options
    }
}
