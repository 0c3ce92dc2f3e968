//! Links and images of Markdown.

use std::ops::Range;

use pulldown_cmark::LinkType;

use super::{Open, Rewriter};
use crate::note::NoteKind;
use crate::path;
use crate::site::{Fragment, PAGE_SCHEME, Target};
use crate::text::Edit;

/// What a link or an image refers to, and how it is written.
#[derive(Debug)]
pub(super) struct Reference {
    kind: LinkType,
    url: String,
    title: String,
}

impl Reference {
    pub(super) fn new(kind: LinkType, url: &str, title: &str) -> Self {
        Self { kind, url: url.to_owned(), title: title.to_owned() }
    }

    /// `<https://example.org>`: its text is its address.
    pub(super) fn is_own_text(&self) -> bool {
        matches!(self.kind, LinkType::Autolink | LinkType::Email)
    }
}

/// What a link of the source is in the academy.
pub(super) enum Rewriting {
    Keep,
    To(String),
    Dead,
}

impl Rewriter<'_, '_> {
    pub(super) fn close_link(&mut self, open: &Open, reference: &Reference) {
        if reference.is_own_text() {
            return;
        }
        match self.rewritten(&reference.url, open.range.start) {
            Rewriting::Keep => {}
            Rewriting::To(url) => self.replace_tail(open, reference, &url),
            Rewriting::Dead => self.unlink(open, reference),
        }
    }

    /// Where a link leads in the academy, with notes about what it loses.
    pub(super) fn rewritten(&mut self, url: &str, at: usize) -> Rewriting {
        match self.shared.site.resolve(self.idx, url) {
            Target::Keep => Rewriting::Keep,
            Target::Page { idx, fragment } => self.page_link(idx, fragment, at),
            Target::File(source) => {
                let out = self.shared.assets.beside(&source, &self.placed.out);
                Rewriting::To(path::relative(&self.placed.out, &out))
            }
            Target::Elsewhere(url) => Rewriting::To(url),
            Target::Dead => Rewriting::Dead,
        }
    }

    fn page_link(&mut self, idx: usize, fragment: Fragment, at: usize) -> Rewriting {
        let Some(target) = self.shared.site.plan.pages.get(idx) else { return Rewriting::Dead };
        if target.page.draft && idx != self.idx {
            return Rewriting::Dead;
        }
        let is_here = idx == self.idx;
        let file = path::relative(&self.placed.out, &target.out);
        Rewriting::To(match fragment {
            Fragment::None => file,
            Fragment::Found(name) if is_here => format!("#{name}"),
            Fragment::Found(name) => format!("{file}#{name}"),
            Fragment::Lost(name) => {
                let message =
                    format!("no heading `#{name}` in `{}`; the link leads to its top", target.page.source);
                self.note(at, NoteKind::BrokenAnchor, message);
                file
            }
        })
    }

    /// Writes another address behind the text of a link or an image, which becomes an inline one.
    fn replace_tail(&mut self, open: &Open, reference: &Reference, url: &str) {
        let title = match reference.title.split_whitespace().collect::<Vec<_>>().join(" ") {
            title if title.is_empty() => String::new(),
            title => format!(" \"{}\"", title.replace('\\', "\\\\").replace('"', "\\\"")),
        };
        let Some(tail) = self.tail(open, reference.kind) else { return };
        self.edits.push(Edit::new(tail, format!("]({}{title})", written(url))));
    }

    /// What stands behind the text of a link or an image, with the bracket that closes the text.
    fn tail(&self, open: &Open, kind: LinkType) -> Option<Range<usize>> {
        let end = open.range.end;
        let marker = match kind {
            LinkType::Inline => "](",
            LinkType::Reference | LinkType::ReferenceUnknown => "][",
            // `[text]`, and `[text][]`, whose range is that of `[text]`.
            _ => {
                let empty = if self.source[end..].starts_with("[]") { 2 } else { 0 };
                return Some(end.checked_sub(1)?..end + empty);
            }
        };
        let rest = self.source.get(open.inner_end..end)?;
        Some(open.inner_end + rest.find(marker)?..end)
    }

    /// Leaves the text of a link that leads nowhere, with the address in a comment, which is never published.
    fn unlink(&mut self, open: &Open, reference: &Reference) {
        let url = reference.url.strip_prefix(PAGE_SCHEME).unwrap_or(&reference.url);
        let message = format!("`{url}` does not exist in the source; the link became its text");
        self.note(open.range.start, NoteKind::BrokenLink, message);
        let start = open.range.start;
        let Some(tail) = self.tail(open, reference.kind) else { return };
        let text = if open.inner_start.is_none() { code(url) } else { String::new() };
        self.edits.push(Edit::new(start..start + 1, text));
        self.edits.push(Edit::new(tail, comment("link", url)));
    }

    pub(super) fn close_image(&mut self, open: &Open, reference: &Reference) {
        let url = &reference.url;
        if path::is_foreign(url) && !url.starts_with(PAGE_SCHEME) {
            let message = format!(
                "`{url}` is an image of another site, which an academy does not show; copy it beside the lesson"
            );
            return self.note(open.range.start, NoteKind::RemoteImage, message);
        }
        match self.image(url) {
            Some(url) => self.replace_tail(open, reference, &url),
            None if url.starts_with('/') => {
                let message =
                    format!("`{url}` does not exist in the source; the image is kept as it was written");
                self.note(open.range.start, NoteKind::BrokenImage, message);
            }
            None => self.drop_image(open, reference),
        }
    }

    /// The new address of an image, if it is a file of the source.
    pub(super) fn image(&mut self, url: &str) -> Option<String> {
        match self.shared.site.resolve(self.idx, url) {
            Target::File(source) => {
                let out = self.shared.assets.beside(&source, &self.placed.out);
                Some(path::relative(&self.placed.out, &out))
            }
            Target::Elsewhere(url) => Some(url),
            _ => None,
        }
    }

    /// Leaves the text of an image that does not exist.
    fn drop_image(&mut self, open: &Open, reference: &Reference) {
        let url = &reference.url;
        let message = format!("`{url}` does not exist in the source; the image became its text");
        self.note(open.range.start, NoteKind::BrokenImage, message);
        let start = open.range.start;
        let Some(tail) = self.tail(open, reference.kind) else { return };
        let text = if open.inner_start.is_none() { code(url) } else { String::new() };
        self.edits.push(Edit::new(start..start + 2, text));
        self.edits.push(Edit::new(tail, comment("image", url)));
    }
}

/// An address between the parentheses of a link.
pub(super) fn written(url: &str) -> String {
    let is_plain = |byte: u8| byte > b' ' && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'\\' | 0x7f);
    if url.bytes().all(is_plain) {
        return url.to_owned();
    }
    let mut out = String::new();
    for letter in url.chars() {
        match letter {
            letter if letter.is_ascii() && !is_plain(letter as u8) => {
                out.extend(percent(letter as u8));
            }
            letter => out.push(letter),
        }
    }
    out
}

/// `%20` for a space.
fn percent(byte: u8) -> [char; 3] {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0').to_ascii_uppercase();
    ['%', digit(byte >> 4), digit(byte & 15)]
}

/// A comment that nothing around it can be hurt by.
pub(super) fn comment(what: &str, url: &str) -> String {
    let safe = url.replace("--", "%2D%2D").replace('>', "%3E").replace('|', "%7C").replace(['\n', '\r'], " ");
    format!("<!-- {what}: {safe} -->")
}

/// A text as inline code.
pub(super) fn code(text: &str) -> String {
    let ticks = "`".repeat(text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0) + 1);
    format!("{ticks} {} {ticks}", text.replace('\n', " "))
}
