//! Writes events as HTML.

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, LinkType, Tag, TagEnd};

use super::anchors::Anchors;
use super::code::{self, Info};
use super::footnotes::Footnotes;
use super::heading::Heading;
use super::media::Image;
use super::parse::{Definitions, Placed};
use super::table::Table;
use super::{Context, Length, Part};
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
    highlighter: &'d mut Highlighter,
    definitions: &'d Definitions<'a>,
    headings: Vec<HeadingView>,
    anchors: Anchors,
    footnotes: Footnotes,
    length: Length,
    table: Table,
    heading: Option<Heading>,
    /// How many strikethroughs are open.
    n_struck: usize,
    /// The code block whose lines are being collected.
    code: Option<(Info, String)>,
    /// The image whose text is being collected.
    image: Option<Image>,
    /// Whether the open paragraph is written without `<p>`.
    bare: bool,
}

impl<'a, 'd> Writer<'a, 'd> {
    pub(super) fn new(
        body: &'a Body,
        context: Context<'a>,
        highlighter: &'d mut Highlighter,
        diagnostics: &'d mut Vec<Diagnostic>,
        definitions: &'d Definitions<'a>,
    ) -> Self {
        Self {
            body,
            context,
            diagnostics,
            html: String::with_capacity(body.range.len() * 2),
            assets: BTreeSet::new(),
            highlighter,
            definitions,
            headings: Vec::new(),
            anchors: Anchors::default(),
            footnotes: Footnotes::default(),
            length: Length::default(),
            table: Table::default(),
            heading: None,
            n_struck: 0,
            code: None,
            image: None,
            bare: false,
        }
    }

    /// What has been written so far, with its own footnotes. Writing goes on as if nothing had happened.
    pub(super) fn part_so_far(&mut self) -> Part {
        let (end, footnotes, assets) = (self.html.len(), self.footnotes.clone(), self.assets.clone());
        let length = self.length;
        self.push_footnotes();
        let part = Part {
            html: self.html.clone(),
            headings: self.headings.clone(),
            length: self.length,
            assets: self.assets.clone(),
        };
        self.html.truncate(end);
        (self.footnotes, self.assets, self.length) = (footnotes, assets, length);
        part
    }

    /// Everything.
    pub(super) fn finish(mut self) -> Part {
        self.push_footnotes();
        Part { html: self.html, headings: self.headings, length: self.length, assets: self.assets }
    }

    pub(super) fn write(&mut self, events: &[Placed<'_>]) {
        for (idx, (event, span)) in events.iter().enumerate() {
            let alone = || stands_alone(&events[idx..]);
            match event {
                Event::Start(Tag::Paragraph) if alone() => self.bare = true,
                Event::End(TagEnd::Paragraph) if self.bare => self.bare = false,
                _ => self.event(event, span),
            }
        }
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
            Event::FootnoteReference(label) => self.footnotes.push_reference(label, &mut self.html),
            Event::SoftBreak => self.text("\n"),
            Event::HardBreak => self.html.push_str("<br>\n"),
            Event::Rule => self.html.push_str("<hr>\n"),
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

    fn text(&mut self, text: &str) {
        if let Some((_, code)) = &mut self.code {
            return code.push_str(text);
        }
        if let Some(heading) = &mut self.heading {
            heading.add(text, self.n_struck > 0);
        }
        self.length.add_text(text);
        push_escaped(&mut self.html, text);
    }

    fn inline_code(&mut self, code: &str) {
        if let Some(heading) = &mut self.heading {
            heading.add(code, self.n_struck > 0);
        }
        self.length.add_text(code);
        self.html.push_str("<code>");
        push_escaped(&mut self.html, code);
        self.html.push_str("</code>");
    }

    fn math(&mut self, tex: &str, display: bool, span: &Range<usize>) {
        if let Some(heading) = &mut self.heading {
            heading.add(tex, self.n_struck > 0);
        }
        let element = if self.bare { "div" } else { "span" };
        match math::render(tex, display) {
            Ok(mathml) if display => {
                html::push(
                    &mut self.html,
                    format_args!("<{element} class=\"math-display\" tabindex=\"0\" role=\"group\""),
                );
                push_attribute(&mut self.html, "aria-label", self.context.texts.get("math"));
                html::push(&mut self.html, format_args!(">{mathml}</{element}>\n"));
            }
            Ok(mathml) => self.html.push_str(&mathml),
            Err(reason) => {
                let message = format!("the formula cannot be read: {reason}");
                let error = self.body.text.error(Code::BadMath, span.clone(), message);
                self.diagnostics.push(error.hint("write a dollar sign that is no formula as `\\$`"));
            }
        }
    }

    fn raw(&mut self, html: &str, span: &Range<usize>) {
        if html.to_ascii_lowercase().contains("<script") {
            let message = "a script in the text, which the site's content policy does not run";
            let warning = self.body.text.error(Code::RawScript, span.clone(), message).warning();
            self.diagnostics.push(warning.hint("put behaviour into the theme, or the file into `static/`"));
        }
        self.html.push_str(html);
    }

    fn task(&mut self, done: bool) {
        let (checked, key) = if done { (" checked", "task_done") } else { ("", "task_open") };
        self.html.push_str("<input type=\"checkbox\" disabled");
        self.html.push_str(checked);
        push_attribute(&mut self.html, "aria-label", self.context.texts.get(key));
        self.html.push_str("> ");
    }

    fn start(&mut self, tag: &Tag<'_>, span: &Range<usize>) {
        match tag {
            Tag::Paragraph => self.html.push_str("<p>"),
            Tag::Heading { level, .. } => self.open_heading(*level),
            Tag::BlockQuote(kind) => self.open_quote(*kind),
            Tag::CodeBlock(kind) => self.open_code(kind, span),
            Tag::List(None) => self.html.push_str("<ul>\n"),
            Tag::List(Some(1)) => self.html.push_str("<ol>\n"),
            Tag::List(Some(first)) => html::push(&mut self.html, format_args!("<ol start=\"{first}\">\n")),
            Tag::Item => self.html.push_str("<li>"),
            Tag::Table(alignments) => {
                self.table = Table::open(alignments.clone(), &mut self.html, self.context);
            }
            Tag::TableHead => self.table.open_head(&mut self.html),
            Tag::TableRow => self.table.open_row(&mut self.html),
            Tag::TableCell => self.table.open_cell(&mut self.html),
            Tag::Emphasis => self.html.push_str("<em>"),
            Tag::Strong => self.html.push_str("<strong>"),
            Tag::Strikethrough => {
                self.n_struck += 1;
                self.html.push_str("<del>");
            }
            Tag::Link { link_type, dest_url, title, .. } => self.open_link(*link_type, dest_url, title, span),
            Tag::Image { dest_url, title, .. } => {
                let (url, title) = (dest_url.to_string(), title.to_string());
                self.image = Some(Image { url, title, alt: String::new(), span: span.clone(), n_nested: 0 });
            }
            // HTML blocks are their content; the others are switched off or taken out before.
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.html.push_str("</p>\n"),
            TagEnd::Heading(_) => self.close_heading(),
            TagEnd::BlockQuote(Some(_)) => self.html.push_str("</aside>\n"),
            TagEnd::BlockQuote(None) => self.html.push_str("</blockquote>\n"),
            TagEnd::CodeBlock => self.close_code(),
            TagEnd::List(false) => self.html.push_str("</ul>\n"),
            TagEnd::List(true) => self.html.push_str("</ol>\n"),
            TagEnd::Item => self.html.push_str("</li>\n"),
            TagEnd::Table => self.table.close(&mut self.html),
            TagEnd::TableHead => self.table.close_head(&mut self.html),
            TagEnd::TableRow => self.html.push_str("</tr>\n"),
            TagEnd::TableCell => self.table.close_cell(&mut self.html),
            TagEnd::Emphasis => self.html.push_str("</em>"),
            TagEnd::Strong => self.html.push_str("</strong>"),
            TagEnd::Strikethrough => {
                self.n_struck -= 1;
                self.html.push_str("</del>");
            }
            TagEnd::Link => self.html.push_str("</a>"),
            _ => {}
        }
    }

    fn open_heading(&mut self, level: HeadingLevel) {
        // The title of the page is its only heading of level 1.
        let level = (level as u8).max(2);
        self.heading = Some(Heading::new(self.html.len(), level));
    }

    fn close_heading(&mut self) {
        let Some(heading) = self.heading.take() else { return };
        let (level, text) = (heading.level, heading.listed());
        let inner = self.html.split_off(heading.start);
        let anchor = self.anchors.name(&heading.text);
        html::push(&mut self.html, format_args!("<h{level}"));
        push_attribute(&mut self.html, "id", &anchor);
        self.html.push('>');
        self.html.push_str(&inner);
        self.html.push_str(" <a class=\"anchor\" aria-hidden=\"true\" tabindex=\"-1\"");
        push_attribute(&mut self.html, "href", &format!("#{anchor}"));
        html::push(&mut self.html, format_args!(">#</a></h{level}>\n"));
        self.headings.push(HeadingView { level, anchor, text });
    }

    fn open_quote(&mut self, kind: Option<BlockQuoteKind>) {
        let name = match kind {
            None => return self.html.push_str("<blockquote>\n"),
            Some(BlockQuoteKind::Note) => "note",
            Some(BlockQuoteKind::Tip) => "tip",
            Some(BlockQuoteKind::Important) => "important",
            Some(BlockQuoteKind::Warning) => "warning",
            Some(BlockQuoteKind::Caution) => "caution",
        };
        html::push(
            &mut self.html,
            format_args!("<aside class=\"alert alert-{name}\" role=\"note\"><p class=\"alert-title\">"),
        );
        push_escaped(&mut self.html, self.context.texts.get(&format!("alert_{name}")));
        self.html.push_str("</p>\n");
    }

    fn open_code(&mut self, kind: &CodeBlockKind<'_>, span: &Range<usize>) {
        let info = match kind {
            CodeBlockKind::Indented => Info::default(),
            CodeBlockKind::Fenced(info) => Info::parse(info).unwrap_or_else(|rest| {
                let message =
                    format!("`{rest}` behind the fence, expected `title=\"…\"` or lines such as `{{2,4-5}}`");
                let error = self.body.text.error(Code::BadCodeInfo, span.clone(), message);
                self.diagnostics.push(error.hint("write ```` ```rust title=\"src/main.rs\" {2} ````"));
                Info::default()
            }),
        };
        self.code = Some((info, String::new()));
    }

    fn close_code(&mut self) {
        if let Some((info, code)) = self.code.take() {
            let n_lines = code::push(&mut self.html, &info, &code, self.context, self.highlighter);
            self.length.add_code(n_lines);
        }
    }

    fn open_link(&mut self, kind: LinkType, url: &str, title: &str, span: &Range<usize>) {
        let target = match kind {
            LinkType::Email => format!("mailto:{url}"),
            _ => self.link_target(url, span),
        };
        self.html.push_str("<a");
        push_attribute(&mut self.html, "href", &target);
        if !title.is_empty() {
            push_attribute(&mut self.html, "title", title);
        }
        self.html.push('>');
    }

    /// Writes the footnotes that were referred to, and those that they refer to.
    fn push_footnotes(&mut self) {
        let definitions = self.definitions;
        let mut idx = 0;
        while let Some(label) = self.footnotes.label(idx).map(str::to_owned) {
            if idx == 0 {
                self.html.push_str("<section class=\"footnotes\" role=\"doc-endnotes\"");
                push_attribute(&mut self.html, "aria-label", self.context.texts.get("footnotes"));
                self.html.push_str("><ol>\n");
            }
            html::push(&mut self.html, format_args!("<li id=\"fn-{}\">", idx + 1));
            if let Some(events) = definitions.get(&label) {
                self.write(events);
            }
            let back = self.footnotes.back_links(idx, self.context.texts);
            let paragraph = self.html.ends_with("</p>\n");
            let at = self.html.len() - if paragraph { "</p>\n".len() } else { 0 };
            self.html.insert_str(at, &back);
            self.html.push_str("</li>\n");
            idx += 1;
        }
        if idx > 0 {
            self.html.push_str("</ol></section>\n");
        }
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
