//! Elements that begin and end: headings, lists, quotes, links and the rest of Markdown.

use std::ops::Range;

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, HeadingLevel, LinkType, Tag, TagEnd};

use super::heading::Heading;
use super::media::Image;
use super::table::Table;
use super::writer::Writer;
use crate::html::{self, push_attribute, push_escaped, push_url};
use crate::view::HeadingView;

impl Writer<'_, '_> {
    pub(super) fn start(&mut self, tag: &Tag<'_>, span: &Range<usize>) {
        match tag {
            Tag::Paragraph => self.html.push_str("<p>"),
            Tag::Heading { level, id, .. } => self.open_heading(*level, id.as_deref()),
            Tag::BlockQuote(kind) => self.open_quote(*kind),
            Tag::CodeBlock(CodeBlockKind::Indented) => self.open_code(None, span),
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => self.open_code(Some(info), span),
            Tag::List(None) => self.html.push_str("<ul>\n"),
            Tag::List(Some(1)) => self.html.push_str("<ol>\n"),
            Tag::List(Some(first)) => html::push(&mut self.html, format_args!("<ol start=\"{first}\">\n")),
            Tag::Item => {
                // The words of a list do not run into those of the list inside it.
                self.passages.gap();
                self.html.push_str("<li>");
            }
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

    pub(super) fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.end_block("</p>\n"),
            TagEnd::Heading(_) => self.close_heading(),
            TagEnd::BlockQuote(Some(_)) => self.html.push_str("</aside>\n"),
            TagEnd::BlockQuote(None) => self.html.push_str("</blockquote>\n"),
            TagEnd::CodeBlock => self.close_code(),
            TagEnd::List(false) => self.html.push_str("</ul>\n"),
            TagEnd::List(true) => self.html.push_str("</ol>\n"),
            TagEnd::Item => self.end_block("</li>\n"),
            TagEnd::Table => self.table.close(&mut self.html),
            TagEnd::TableHead => self.table.close_head(&mut self.html),
            TagEnd::TableRow => self.html.push_str("</tr>\n"),
            TagEnd::TableCell => {
                self.table.close_cell(&mut self.html);
                self.passages.gap();
            }
            TagEnd::Emphasis => self.html.push_str("</em>"),
            TagEnd::Strong => self.html.push_str("</strong>"),
            TagEnd::Strikethrough => {
                self.n_struck -= 1;
                self.html.push_str("</del>");
            }
            TagEnd::Link => {
                self.n_links = self.n_links.saturating_sub(1);
                self.html.push_str("</a>");
            }
            _ => {}
        }
    }

    fn end_block(&mut self, tag: &str) {
        self.html.push_str(tag);
        self.passages.gap();
    }

    fn open_heading(&mut self, level: HeadingLevel, id: Option<&str>) {
        let level = (level as u8).max(self.first_level);
        self.heading = Some(Heading::new(self.html.len(), level, id));
    }

    fn close_heading(&mut self) {
        let Some(heading) = self.heading.take() else { return };
        let (level, text) = (heading.level, heading.listed());
        let inner = self.html.split_off(heading.start);
        let anchor = self.anchors.name(heading.id.as_deref().unwrap_or(&heading.text));
        html::push(&mut self.html, format_args!("<h{level}"));
        push_attribute(&mut self.html, "id", &anchor);
        self.html.push('>');
        self.html.push_str(&inner);
        self.html.push_str(" <a class=\"anchor\" aria-hidden=\"true\" tabindex=\"-1\"");
        push_attribute(&mut self.html, "href", &format!("#{anchor}"));
        html::push(&mut self.html, format_args!(">#</a></h{level}>\n"));
        self.passages.start(&anchor, &text);
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
        self.open_alert(name, None);
    }

    /// A box with a title, which is the name of its kind when there is no other.
    pub(super) fn open_alert(&mut self, name: &str, title_html: Option<&str>) {
        html::push(
            &mut self.html,
            format_args!("<aside class=\"alert alert-{name}\" role=\"note\"><p class=\"alert-title\">"),
        );
        match title_html {
            Some(html) => self.html.push_str(html),
            None => push_escaped(&mut self.html, self.context.texts.get(&format!("alert_{name}"))),
        }
        self.html.push_str("</p>\n");
    }

    fn open_link(&mut self, kind: LinkType, url: &str, title: &str, span: &Range<usize>) {
        let target = if kind == LinkType::Email {
            Some(format!("mailto:{url}"))
        } else {
            self.note_link(url, span);
            self.link_target(url, span)
        };
        self.n_links += 1;
        self.html.push_str("<a");
        if let Some(target) = target {
            push_url(&mut self.html, "href", &target);
        }
        if !title.is_empty() {
            push_attribute(&mut self.html, "title", title);
        }
        self.html.push('>');
    }

    /// Writes the footnotes that were referred to, and those that they refer to.
    pub(super) fn push_footnotes(&mut self) {
        let definitions = self.definitions;
        let mut idx = 0;
        while let Some(label) = self.footnotes.label(idx).map(str::to_owned) {
            let anchor = format!("fn-{}", idx + 1);
            if idx == 0 {
                let label = self.context.texts.get("footnotes");
                self.html.push_str("<section class=\"footnotes\" role=\"doc-endnotes\"");
                push_attribute(&mut self.html, "aria-label", label);
                self.html.push_str("><ol>\n");
                self.passages.start(&anchor, label);
            }
            html::push(&mut self.html, format_args!("<li id=\"{anchor}\">"));
            self.ids.insert(anchor);
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
