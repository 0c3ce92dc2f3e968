//! Links and images.

use std::ops::Range;

use super::writer::Writer;
use crate::diagnostic::Code;
use crate::html::{push_attribute, push_url};
use crate::links::{DeadLink, Destination};

/// What an image needs besides its address.
#[derive(Debug, Default)]
pub(super) struct Image {
    pub(super) url: String,
    pub(super) title: String,
    pub(super) alt: String,
    pub(super) span: Range<usize>,
    /// Images between the brackets of this one, which are only text.
    pub(super) n_nested: usize,
}

impl Writer<'_, '_> {
    /// Appends an image: a figure when `alone` in its paragraph and with a title.
    pub(super) fn push_image(&mut self, image: &Image, alone: bool) {
        let (url, dimensions) = self.image_source(&image.url, &image.span);
        let as_figure = alone && !image.title.is_empty();
        if as_figure {
            self.html.push_str("<figure>");
        }
        self.html.push_str("<img");
        push_url(&mut self.html, "src", &url);
        push_attribute(&mut self.html, "alt", &image.alt);
        if let Some((width, height)) = dimensions {
            push_attribute(&mut self.html, "width", &width.to_string());
            push_attribute(&mut self.html, "height", &height.to_string());
        }
        if !as_figure && !image.title.is_empty() {
            push_attribute(&mut self.html, "title", &image.title);
        }
        self.html.push_str(" loading=\"lazy\" decoding=\"async\">");
        if as_figure {
            self.html.push_str("<figcaption>");
            crate::html::push_escaped(&mut self.html, &image.title);
            self.html.push_str("</figcaption></figure>\n");
        }
    }

    fn image_source(&mut self, link: &str, span: &Range<usize>) -> (String, Option<(u32, u32)>) {
        let assets = self.context.links.assets;
        match self.resolve(link, span, Code::BrokenImage) {
            Destination::Asset { path, url } | Destination::Static { path, url } => {
                (url, assets.dimensions(&path))
            }
            Destination::Page(url) => {
                let message = format!("`{link}` is a page, expected an image");
                let error = self.body.text.error(Code::BrokenImage, span.clone(), message);
                self.diagnostics.push(error.hint("write a link without the `!`"));
                (url, None)
            }
            Destination::AsWritten => (link.to_owned(), assets.dimensions_of_static(link)),
            Destination::Broken | Destination::Hidden => (link.to_owned(), None),
        }
    }

    /// The address for a link, and the asset noted if it leads to one.
    ///
    /// Nothing when it leads to something that is not published yet: the words stay, and become a link with it.
    pub(super) fn link_target(&mut self, link: &str, span: &Range<usize>) -> Option<String> {
        match self.resolve(link, span, Code::BrokenLink) {
            Destination::Page(url) | Destination::Asset { url, .. } | Destination::Static { url, .. } => {
                Some(url)
            }
            Destination::AsWritten | Destination::Broken => Some(link.to_owned()),
            Destination::Hidden => {
                let message = format!("`{link}` is not published yet, so these words are no link");
                let place = self.place_of(link, span);
                let warning = self.body.text.error(Code::NotPublished, place, message).warning();
                let hint = "nothing to do if it will be in time; else remove the link";
                self.diagnostics.push(warning.hint(hint));
                None
            }
        }
    }

    pub(super) fn resolve(&mut self, link: &str, span: &Range<usize>, code: Code) -> Destination {
        let resolved = self.context.links.resolve(&self.body.path, link, self.context.language);
        let error = match resolved {
            Ok(destination) => {
                if let Destination::Asset { path, .. } = &destination {
                    self.assets.insert(path.clone());
                }
                return destination;
            }
            Err(error) => error,
        };
        let span = self.place_of(link, span);
        let diagnostic = match error {
            DeadLink::Outside => {
                let message = format!("`{link}` leads out of the content folder, expected a file in it");
                let hint = "copy the file into the content folder, or link to its address on the web";
                self.body.text.error(Code::OutsideContent, span, message).hint(hint)
            }
            DeadLink::Missing { nearest } => {
                let message = format!("`{link}` does not exist, expected a file in the content folder");
                let hint = nearest.map_or_else(
                    || "a relative link starts at the folder of this file".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.body.text.error(code, span, message).hint(hint)
            }
        };
        self.diagnostics.push(diagnostic);
        Destination::Broken
    }

    /// Where the address itself stands within the link, so that the arrow points at it.
    pub(super) fn place_of(&self, link: &str, span: &Range<usize>) -> Range<usize> {
        let source = self.body.text.source.get(span.clone()).unwrap_or_default();
        match source.rfind(link) {
            Some(at) => span.start + at..span.start + at + link.len(),
            None => span.clone(),
        }
    }
}
