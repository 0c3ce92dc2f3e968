//! Blocks between `::: name` and `:::`.

use std::ops::Range;

use pulldown_cmark::Event;

use super::directive::Directive;
use super::inline;
use super::parse::Placed;
use super::writer::Writer;
use crate::diagnostic::Code;
use crate::html::{self, push_attribute};

/// A block whose end has not been written.
#[derive(Debug)]
pub(super) enum Opened {
    /// Number of the group, and the tabs so far.
    Tabs { group: usize, n_tabs: usize },
    /// What ends it.
    Plain(&'static str),
    /// A figure with its caption.
    Figure { caption_html: String },
    /// A player: where its transcript begins in the output.
    Player { from: usize, span: Range<usize>, caption_html: String },
}

/// The events of a block up to the line that closes it.
pub(super) type Inner<'e, 'a> = &'e [Placed<'a>];

impl Writer<'_, '_> {
    /// Writes a break, or what a line of structure stands for. Returns how many events that takes.
    pub(super) fn rule(&mut self, events: &[Placed<'_>]) -> usize {
        let directives = self.directives;
        let Some((directive, span)) = events.first().and_then(|(_, span)| directives.at(span)) else {
            self.html.push_str("<hr>\n");
            return 1;
        };
        match directive {
            Directive::Open { name, rest, .. } => {
                let body = self.body;
                let (name, rest) = (&body.text.source[name.clone()], rest.clone());
                if matches!(name, "quiz" | "survey" | "challenge") {
                    return self.form(name, rest, span, events);
                }
                self.open_block(name, rest, span, events);
            }
            Directive::Close { .. } => self.close_block(),
            Directive::Part { label } => self.tab(label),
            Directive::Answer { .. } => {}
        }
        1
    }

    /// The events between the line that opens a block and the one that closes it.
    pub(super) fn inner<'e, 'b>(&self, events: &'e [Placed<'b>]) -> Inner<'e, 'b> {
        let mut depth = 0_usize;
        for (idx, (event, span)) in events.iter().enumerate() {
            match self.directives.at(span).filter(|_| *event == Event::Rule) {
                Some((Directive::Open { .. }, _)) => depth += 1,
                Some((Directive::Close { .. }, _)) => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return &events[1..idx.max(1)];
            }
        }
        &events[1..]
    }

    fn open_block(&mut self, name: &str, rest: Range<usize>, span: &Range<usize>, events: &[Placed<'_>]) {
        let body = self.body;
        let title = &body.text.source[rest.clone()];
        let (title_html, plain) = inline::line(title);
        self.passages.gap();
        self.passages.add(&plain);
        self.passages.gap();
        let shown = (!title.is_empty()).then_some(title_html.as_str());
        let opened = match name {
            "note" | "tip" | "important" | "warning" | "caution" => {
                self.open_alert(name, shown);
                Opened::Plain("</aside>\n")
            }
            "details" | "solution" => {
                self.open_details(name, shown);
                Opened::Plain("</details>\n")
            }
            "problem" => {
                self.html.push_str("<section class=\"alert alert-important problem\">");
                self.push_title(self.context.texts.get("problem"), shown);
                Opened::Plain("</section>\n")
            }
            "figure" => {
                if title.is_empty() {
                    let hint = "write it behind the name: `::: figure What it shows`";
                    self.complain(Code::BadBlock, span, "a figure without a caption, expected one", hint);
                }
                self.html.push_str("<figure>\n");
                Opened::Figure { caption_html: title_html }
            }
            "tabs" => {
                self.n_tabs += 1;
                self.html.push_str("<div class=\"tabs\" role=\"group\"");
                let label = if plain.is_empty() { self.context.texts.get("tabs") } else { plain.as_str() };
                push_attribute(&mut self.html, "aria-label", label);
                self.html.push_str(">\n");
                self.expect_part(events);
                Opened::Tabs { group: self.n_tabs, n_tabs: 0 }
            }
            _ => self.open_player(name, rest, span),
        };
        self.blocks.push(opened);
    }

    /// A title of a block: what it is, and what it is called.
    pub(super) fn push_title(&mut self, kind: &str, title_html: Option<&str>) {
        self.html.push_str("<p class=\"alert-title\">");
        html::push_escaped(&mut self.html, kind);
        if let Some(title) = title_html {
            self.html.push_str(self.context.texts.get("block_separator"));
            self.html.push_str(title);
        }
        self.html.push_str("</p>\n");
    }

    fn open_details(&mut self, name: &str, title_html: Option<&str>) {
        self.html.push_str("<details><summary>");
        match title_html {
            Some(title) => self.html.push_str(title),
            None => html::push_escaped(&mut self.html, self.context.texts.get(name)),
        }
        self.html.push_str("</summary>\n");
    }

    /// Tabs begin with a tab.
    fn expect_part(&mut self, events: &[Placed<'_>]) {
        let Some((event, span)) = events.get(1) else { return };
        if *event != Event::Rule || self.directives.at(span).is_none() {
            let message = "text in front of the first tab, expected a line such as `== Linux`";
            self.complain(Code::BadBlock, &span.clone(), message, "move it above the block");
        }
    }

    /// A tab is a button and its panel. Which one is shown is a matter of the style sheet alone: without it, and on
    /// paper, they stand one below the other.
    fn tab(&mut self, label: &Range<usize>) {
        let Some(Opened::Tabs { group, n_tabs }) = self.blocks.last_mut() else { return };
        let (group, is_first) = (*group, *n_tabs == 0);
        *n_tabs += 1;
        let (label_html, plain) = inline::line(&self.body.text.source[label.clone()]);
        if !is_first {
            self.html.push_str("</div>\n");
        }
        let checked = if is_first { " checked" } else { "" };
        html::push(
            &mut self.html,
            format_args!(
                "<label><input type=\"radio\" name=\"tabs-{group}\"{checked}> {label_html}</label><div>\n"
            ),
        );
        self.passages.gap();
        self.passages.add(&plain);
        self.passages.gap();
    }

    fn close_block(&mut self) {
        self.passages.gap();
        match self.blocks.pop() {
            Some(Opened::Tabs { n_tabs, .. }) => {
                self.html.push_str(if n_tabs > 0 { "</div>\n</div>\n" } else { "</div>\n" });
            }
            Some(Opened::Plain(end)) => self.html.push_str(end),
            Some(Opened::Figure { caption_html }) => {
                html::push(
                    &mut self.html,
                    format_args!("<figcaption>{caption_html}</figcaption></figure>\n"),
                );
            }
            Some(Opened::Player { from, span, caption_html }) => {
                self.close_player(from, &span, &caption_html);
            }
            None => {}
        }
    }
}
