//! HTML in a text: images become Markdown, links get the addresses of the academy, the rest stays.

use std::ops::Range;

use super::links::{Rewriting, comment, written};
use super::{Kind, Open, Rewriter};
use crate::html::{Tag, tags, unescaped};
use crate::note::NoteKind;
use crate::path;
use crate::site::Target;
use crate::text::Edit;

/// What ends the free preview of a lesson; a text from elsewhere does not mean it.
const MARKER: &str = "preview-ends";

/// Where HTML stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Inline,
    /// In a block of its own, in no list or quote.
    Block,
    /// In a block within something else, whose lines start with what that needs.
    InnerBlock,
}

impl Rewriter<'_, '_> {
    /// A line of a block: the block is handled when it ends.
    pub(super) fn html_line(&mut self, range: Range<usize>) {
        if self.open.len() > 1 {
            return self.raw(range, Place::InnerBlock);
        }
        if let Some(Open { kind: Kind::Html { html }, .. }) = self.open.last_mut() {
            html.end = html.end.max(range.end);
        }
    }

    pub(super) fn close_html(&mut self, html: Range<usize>) {
        if !html.is_empty() && !self.only_images(&html) {
            self.raw(html, Place::Block);
        }
    }

    /// Handles what of a piece of HTML means something else in an academy.
    pub(super) fn raw(&mut self, range: Range<usize>, place: Place) {
        self.disarm(&range);
        let html = &self.source[range.clone()];
        for tag in tags(html) {
            let at = range.start + tag.range.start;
            self.warn(&tag, at);
            if tag.is_end {
                continue;
            }
            if tag.name == "img" {
                self.raw_image(&tag, range.start, place);
            } else {
                self.raw_links(&tag, range.start);
            }
        }
    }

    /// Makes sure that no comment is taken for the end of the preview, and none for a misspelt one.
    fn disarm(&mut self, range: &Range<usize>) {
        let html = &self.source[range.clone()];
        for (at, _) in html.match_indices(MARKER) {
            let hyphen = range.start + at + "preview".len();
            self.edits.push(Edit::new(hyphen..hyphen + 1, " "));
        }
        let Some(inner) = html.trim().strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")) else {
            return;
        };
        let inner = inner.trim();
        let is_near = (8..=16).contains(&inner.len()) && !inner.contains(char::is_whitespace);
        if is_near && inner.contains("view") && !inner.contains(MARKER) {
            let start = range.start + html.find("<!--").unwrap_or(0) + 4;
            self.edits.push(Edit::new(start..start, " comment:"));
        }
    }

    fn warn(&mut self, tag: &Tag, at: usize) {
        let is_active =
            matches!(&*tag.name, "script" | "style" | "iframe" | "object" | "embed" | "form" | "link");
        if is_active && !tag.is_end {
            let message =
                format!("`<{}>` is kept, but an academy's content policy does not run or show it", tag.name);
            self.note(at, NoteKind::ActiveHtml, message);
        }
        let handler =
            tag.attributes.iter().find(|found| found.name == "style" || found.name.starts_with("on"));
        if let Some(handler) = handler {
            let message = format!(
                "`{}` of `<{}>` is kept, but an academy's content policy refuses it",
                handler.name, tag.name
            );
            self.note(at, NoteKind::ActiveHtml, message);
        }
    }

    /// A block with nothing but images, perhaps centred and linked: images of Markdown, each a paragraph.
    fn only_images(&mut self, range: &Range<usize>) -> bool {
        let html = &self.source[range.clone()];
        let found = tags(html);
        let is_frame = |tag: &Tag| matches!(&*tag.name, "p" | "div" | "center" | "br" | "picture" | "span");
        if !found.iter().any(|tag| tag.name == "img")
            || !found.iter().all(|tag| tag.name == "img" || is_frame(tag))
        {
            return false;
        }
        let mut at = 0;
        let mut between = String::new();
        for tag in &found {
            between.push_str(&html[at..tag.range.start]);
            at = tag.range.end;
        }
        between.push_str(&html[at..]);
        if !between.trim().is_empty() {
            return false;
        }
        let images: Vec<&Tag> = found.iter().filter(|tag| tag.name == "img").collect();
        let mut lines = Vec::new();
        for image in images {
            let Some(markdown) = self.markdown_image(image, range.start + image.range.start) else {
                return false;
            };
            lines.push(markdown);
        }
        self.edits.push(Edit::new(range.clone(), format!("{}\n\n", lines.join("\n\n"))));
        true
    }

    fn raw_image(&mut self, tag: &Tag, start: usize, place: Place) {
        let at = start + tag.range.start;
        let Some(markdown) = self.markdown_image(tag, at) else { return };
        let range = at..start + tag.range.end;
        let written = match place {
            Place::Inline => markdown,
            // A blank line ends the HTML, so that Markdown is read again.
            Place::Block => format!("\n\n{markdown}\n\n"),
            Place::InnerBlock => {
                let prefix = self.prefix(at);
                format!("\n{prefix}\n{prefix}{markdown}\n{prefix}\n{prefix}")
            }
        };
        self.edits.push(Edit::new(range, written));
    }

    /// What a new line needs in front to stay in the lists and quotes that this line is in.
    fn prefix(&self, at: usize) -> String {
        let line = self.source[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let before = &self.source[line..at];
        let markers =
            before.len() - before.trim_start_matches([' ', '>', '-', '*', '+', '.', ')', '\t']).len();
        before[..markers].chars().map(|letter| if letter == '>' { '>' } else { ' ' }).collect()
    }

    /// An `<img>` as Markdown; nothing when it is kept.
    fn markdown_image(&mut self, tag: &Tag, at: usize) -> Option<String> {
        let url = unescaped(tag.get("src")?.value.trim());
        let value = |name: &str| tag.get(name).map(|found| unescaped(&found.value));
        let alt = escaped_text(&value("alt").unwrap_or_default());
        if path::is_foreign(&url) {
            let message = format!(
                "`{url}` is an image of another site, which an academy does not show; copy it beside the lesson"
            );
            self.note(at, NoteKind::RemoteImage, message);
            return None;
        }
        let Some(new) = self.image(&url) else {
            let message = format!("`{url}` does not exist in the source; the image became its text");
            self.note(at, NoteKind::BrokenImage, message);
            return Some(format!("{alt}&nbsp;{}", comment("image", &url)));
        };
        let lost = tag.attributes.iter().filter(|found| !matches!(&*found.name, "src" | "alt" | "title"));
        let lost: Vec<String> = lost.map(|found| format!("`{}`", found.name)).collect();
        if !lost.is_empty() {
            let message = format!("an HTML image became a Markdown image, without its {}", lost.join(", "));
            self.note(at, NoteKind::HtmlImage, message);
        }
        let title = value("title").map(|title| escaped_text(&title).replace('"', "\\\""));
        let title = title.map(|title| format!(" \"{title}\"")).unwrap_or_default();
        Some(format!("![{alt}]({}{title})", written(&new)))
    }

    /// Addresses in attributes: no build rewrites them, so they are whole addresses of the academy.
    fn raw_links(&mut self, tag: &Tag, start: usize) {
        for name in ["href", "src", "poster", "data"] {
            let Some(attribute) = tag.get(name) else { continue };
            let url = unescaped(attribute.value.trim());
            let at = start + attribute.range.start;
            let range = at..start + attribute.range.end;
            match self.raw_address(&url, at) {
                Rewriting::Keep => {}
                Rewriting::To(new) => {
                    let new = new.replace('&', "&amp;").replace('"', "&quot;");
                    self.edits.push(Edit::new(range, format!("{name}=\"{new}\"")));
                }
                Rewriting::Dead => {
                    let message = format!(
                        "`{url}` does not exist in the source; `{name}` of `<{}>` became `data-{name}`",
                        tag.name
                    );
                    self.note(at, NoteKind::BrokenLink, message);
                    self.edits.push(Edit::new(at..at, "data-"));
                }
            }
        }
    }

    fn raw_address(&mut self, url: &str, at: usize) -> Rewriting {
        match self.shared.site.resolve(self.idx, url) {
            Target::Page { idx, .. } => {
                let target = self.shared.site.plan.pages.get(idx);
                let Some(address) = target.filter(|page| !page.page.draft).map(|page| page.address.clone())
                else {
                    return Rewriting::Dead;
                };
                match self.rewritten(url, at) {
                    Rewriting::To(new) if idx == self.idx && new.starts_with('#') => Rewriting::To(new),
                    Rewriting::To(new) => {
                        let fragment = new.find('#').map(|hash| new[hash..].to_owned()).unwrap_or_default();
                        Rewriting::To(format!("{address}{fragment}"))
                    }
                    other => other,
                }
            }
            Target::File(source) if self.shared.is_free => {
                let out = self.shared.assets.public(&source, &self.placed.course);
                Rewriting::To(format!("/{}", out.trim_start_matches("static/")))
            }
            // Beside the text, where the build closes the file to those to whom it closes the text.
            Target::File(_) => self.rewritten(url, at),
            Target::Elsewhere(url) => Rewriting::To(url),
            Target::Keep => Rewriting::Keep,
            Target::Dead => Rewriting::Dead,
        }
    }
}

/// A text as Markdown that reads like it.
fn escaped_text(text: &str) -> String {
    let mut out = String::new();
    for letter in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        if matches!(letter, '\\' | '[' | ']' | '*' | '_' | '`' | '<' | '>' | '$' | '~' | '|' | '&') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}
