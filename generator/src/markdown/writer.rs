//! Writes events as HTML: the state of a text, and everything within a line.

use std::collections::BTreeSet;
use std::ops::Range;

use lyceum_contract::anchors::Anchors;
use pulldown_cmark::{Event, Tag, TagEnd};

use super::autolink::may_have_address;
use super::blocks::Opened;
use super::code::Block;
use super::directive::Directives;
use super::footnotes::Footnotes;
use super::heading::Heading;
use super::media::Image;
use super::parse::{Definitions, Placed};
use super::passages::Passages;
use super::table::Table;
use super::{Context, Length, PageLink, Part, Quiz, Rendered};
use crate::diagnostic::{Code, Diagnostic};
use crate::highlight::Highlighter;
use crate::html::{self, push_attribute, push_escaped};
use crate::math;
use crate::model::Body;
use crate::view::HeadingView;

/// The state of one text.
pub(super) struct Writer<'a, 'd> {
    pub(super) body: &'a Body,
    pub(super) context: Context<'a>,
    pub(super) diagnostics: &'d mut Vec<Diagnostic>,
    pub(super) html: String,
    pub(super) assets: BTreeSet<String>,
    /// Whether addresses that stand by themselves become links.
    pub(super) links_addresses: bool,
    /// How many links are open.
    pub(super) n_links: usize,
    /// The level of `#`.
    pub(super) first_level: u8,
    pub(super) highlighter: &'d mut Highlighter,
    pub(super) definitions: &'d Definitions<'a>,
    pub(super) directives: &'d Directives,
    pub(super) headings: Vec<HeadingView>,
    pub(super) anchors: Anchors,
    /// Every `id` that is no heading's.
    pub(super) ids: BTreeSet<String>,
    /// Links to places on this page.
    pub(super) places: Vec<(String, Range<usize>)>,
    pub(super) page_links: Vec<PageLink>,
    /// How many links have led to no file.
    pub(super) n_dead: usize,
    /// How many diagrams have been drawn.
    pub(super) n_diagrams: usize,
    pub(super) footnotes: Footnotes,
    pub(super) length: Length,
    pub(super) passages: Passages,
    pub(super) includes: BTreeSet<String>,
    /// Bytes of code from files.
    pub(super) n_included: usize,
    /// Bytes of the files that have been read for it.
    pub(super) n_read: usize,
    pub(super) quizzes: Vec<Quiz>,
    pub(super) table: Table,
    pub(super) heading: Option<Heading>,
    /// How many strikethroughs are open.
    pub(super) n_struck: usize,
    /// The code block whose lines are being collected.
    pub(super) code: Option<Block>,
    /// The first half of a comparison.
    pub(super) before: Option<Block>,
    /// The blocks that are open.
    pub(super) blocks: Vec<Opened>,
    /// How many groups of tabs there are.
    pub(super) n_tabs: usize,
    /// The image whose text is being collected.
    pub(super) image: Option<Image>,
    /// How many images have been written.
    pub(super) n_images: usize,
    /// Whether the open paragraph is written without `<p>`.
    pub(super) bare: bool,
}

impl<'a, 'd> Writer<'a, 'd> {
    pub(super) fn new(
        body: &'a Body,
        context: Context<'a>,
        highlighter: &'d mut Highlighter,
        diagnostics: &'d mut Vec<Diagnostic>,
        definitions: &'d Definitions<'a>,
        directives: &'d Directives,
    ) -> Self {
        Self {
            body,
            context,
            diagnostics,
            html: String::with_capacity(body.range.len() * 2),
            assets: BTreeSet::new(),
            links_addresses: true,
            n_links: 0,
            first_level: 2,
            highlighter,
            definitions,
            directives,
            headings: Vec::new(),
            anchors: Anchors::default(),
            ids: BTreeSet::new(),
            places: Vec::new(),
            page_links: Vec::new(),
            n_dead: 0,
            n_diagrams: 0,
            footnotes: Footnotes::default(),
            length: Length::default(),
            passages: Passages::default(),
            includes: BTreeSet::new(),
            n_included: 0,
            n_read: 0,
            quizzes: Vec::new(),
            table: Table::default(),
            heading: None,
            n_struck: 0,
            code: None,
            before: None,
            blocks: Vec::new(),
            n_tabs: 0,
            image: None,
            n_images: 0,
            bare: false,
        }
    }

    /// What has been written so far, with its own footnotes. Writing goes on as if nothing had happened.
    pub(super) fn part_so_far(&mut self) -> Part {
        let (end, footnotes, assets) = (self.html.len(), self.footnotes.clone(), self.assets.clone());
        let (length, passages, quiet) = (self.length, self.passages.clone(), self.noted());
        self.push_footnotes();
        let part = Part {
            html: self.html.clone(),
            headings: self.headings.clone(),
            length: self.length,
            assets: self.assets.clone(),
            passages: std::mem::replace(&mut self.passages, passages).finish(),
        };
        self.html.truncate(end);
        (self.footnotes, self.assets, self.length) = (footnotes, assets, length);
        self.forget(quiet);
        part
    }

    /// How much has been noted; footnotes of the preview are written once more with the whole.
    fn noted(&self) -> [usize; 3] {
        [self.places.len(), self.page_links.len(), self.diagnostics.len()]
    }

    fn forget(&mut self, [n_places, n_links, n_diagnostics]: [usize; 3]) {
        self.places.truncate(n_places);
        self.page_links.truncate(n_links);
        self.diagnostics.truncate(n_diagnostics);
    }

    /// Everything.
    pub(super) fn finish(mut self) -> Rendered {
        self.push_footnotes();
        let lost = self.before.take();
        self.complain_of_half(lost.as_ref());
        let mut anchors = std::mem::take(&mut self.ids);
        anchors.extend(self.headings.iter().map(|heading| heading.anchor.clone()));
        self.check_places(&anchors);
        let whole = Part {
            html: self.html,
            headings: self.headings,
            length: self.length,
            assets: self.assets,
            passages: self.passages.finish(),
        };
        Rendered {
            preview: None,
            whole,
            still_to_come: Vec::new(),
            includes: self.includes,
            anchors,
            page_links: self.page_links,
            quizzes: self.quizzes,
        }
    }

    pub(super) fn write(&mut self, events: &[Placed<'_>]) {
        let mut idx = 0;
        while let Some((event, span)) = events.get(idx) {
            let rest = &events[idx..];
            idx += match event {
                Event::Start(Tag::Paragraph) if stands_alone(rest) => {
                    self.bare = true;
                    1
                }
                Event::End(TagEnd::Paragraph) if self.bare => {
                    self.bare = false;
                    1
                }
                Event::Rule => self.rule(rest),
                Event::Text(text) if may_have_address(text) && self.links_here() => {
                    self.autolinked(rest).unwrap_or_else(|| {
                        self.event(event, span);
                        1
                    })
                }
                _ => {
                    self.event(event, span);
                    1
                }
            };
        }
    }

    /// Whether an address that stands by itself becomes a link.
    fn links_here(&self) -> bool {
        self.links_addresses
            && self.n_links == 0
            && self.code.is_none()
            && self.image.is_none()
            && self.heading.is_none()
    }

    fn event(&mut self, event: &Event<'_>, span: &Range<usize>) {
        if self.image.is_some() {
            return self.image_event(event);
        }
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::End(tag) => self.end(*tag),
            Event::Text(text) => self.text(text),
            Event::Code(code) => self.inline_code(code),
            Event::InlineMath(tex) => self.math(tex, false, span),
            Event::DisplayMath(tex) => self.math(tex, true, span),
            Event::Html(html) | Event::InlineHtml(html) => self.raw(html, span),
            Event::FootnoteReference(label) => {
                self.footnotes.push_reference(label, &mut self.html, &mut self.ids);
            }
            Event::SoftBreak => self.text("\n"),
            Event::HardBreak => {
                self.html.push_str("<br>\n");
                self.passages.gap();
            }
            Event::Rule => {}
            Event::TaskListMarker(done) => self.task(*done),
        }
    }

    /// Between the brackets of an image everything is its text.
    fn image_event(&mut self, event: &Event<'_>) {
        let Some(image) = &mut self.image else { return };
        match event {
            Event::Start(Tag::Image { .. }) => image.n_nested += 1,
            Event::End(TagEnd::Image) if image.n_nested > 0 => image.n_nested -= 1,
            Event::End(TagEnd::Image) => {
                if let Some(image) = self.image.take() {
                    self.passages.add(&image.alt);
                    self.push_image(&image, self.bare);
                }
            }
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                image.alt.push_str(text);
            }
            Event::SoftBreak | Event::HardBreak => image.alt.push(' '),
            _ => {}
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if let Some(block) = &mut self.code {
            return block.code.push_str(text);
        }
        self.note_text(text);
        self.length.add_text(text);
        push_escaped(&mut self.html, text);
    }

    /// Text that a heading and a search must know.
    fn note_text(&mut self, text: &str) {
        match &mut self.heading {
            Some(heading) => heading.add(text, self.n_struck > 0),
            None => self.passages.add(text),
        }
    }

    fn inline_code(&mut self, code: &str) {
        self.note_text(code);
        self.length.add_text(code);
        self.html.push_str("<code>");
        push_escaped(&mut self.html, code);
        self.html.push_str("</code>");
    }

    fn math(&mut self, tex: &str, display: bool, span: &Range<usize>) {
        self.note_text(tex);
        let element = if self.bare { "div" } else { "span" };
        match math::render(tex, display) {
            Ok(mathml) if display => {
                html::push(
                    &mut self.html,
                    format_args!("<{element} class=\"math-display\" tabindex=\"0\" role=\"group\""),
                );
                push_attribute(&mut self.html, "aria-label", self.context.texts.get("math"));
                html::push(&mut self.html, format_args!(">{mathml}</{element}>\n"));
                self.passages.gap();
            }
            Ok(mathml) => self.html.push_str(&mathml),
            Err(reason) => {
                let message = format!("the formula cannot be read: {reason}");
                let error = self.body.text.error(Code::BadMath, span.clone(), message);
                self.diagnostics.push(error.hint("write a dollar sign that is no formula as `\\$`"));
            }
        }
    }

    fn task(&mut self, done: bool) {
        let (checked, key) = if done { (" checked", "task_done") } else { ("", "task_open") };
        self.html.push_str("<input type=\"checkbox\" disabled");
        self.html.push_str(checked);
        push_attribute(&mut self.html, "aria-label", self.context.texts.get(key));
        self.html.push_str("> ");
    }

    pub(super) fn complain(
        &mut self,
        code: Code,
        span: &Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.diagnostics.push(self.body.text.error(code, span.clone(), message).hint(hint));
    }
}

/// Whether a paragraph holds nothing but one formula on a line of its own, or one image with a title.
fn stands_alone(events: &[Placed<'_>]) -> bool {
    match events.get(1).map(|(event, _)| event) {
        Some(Event::DisplayMath(_)) => matches!(events.get(2), Some((Event::End(TagEnd::Paragraph), _))),
        Some(Event::Start(Tag::Image { title, .. })) if !title.is_empty() => {
            let end = events.iter().position(|(event, _)| matches!(event, Event::End(TagEnd::Image)));
            let after = end.and_then(|end| events.get(end + 1));
            matches!(after, Some((Event::End(TagEnd::Paragraph), _)))
        }
        _ => false,
    }
}
