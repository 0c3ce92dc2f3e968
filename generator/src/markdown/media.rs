//! Links and images.

use std::ops::Range;

use lyceum_media::Format;

use super::page_links::MAX_HINTS;
use super::writer::Writer;
use crate::assets::variant_url;
use crate::diagnostic::Code;
use crate::html::{push, push_attribute, push_url};
use crate::links::{DeadLink, Destination};
use crate::picture::{File, Picture, Plan};

/// Width of a column of text in pixels of the page. An image that is no wider has one size.
const COLUMN: u32 = 608;
/// The same for browsers: a column, or the whole width of a small screen.
const SIZES: &str = "(min-width: 42rem) 38rem, 100vw";
/// How much HTML may stand before an image that is seen without scrolling.
const TOP_BYTES: usize = 1_500;

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

/// An image as it can be shown.
struct Found<'a> {
    url: String,
    dimensions: Option<(u32, u32)>,
    picture: Option<&'a Picture>,
}

impl<'a> Writer<'a, '_> {
    /// Appends an image: a figure when `alone` in its paragraph and with a title.
    pub(super) fn push_image(&mut self, image: &Image, alone: bool) {
        let found = self.image_source(&image.url, &image.span);
        let as_figure = alone && !image.title.is_empty();
        if as_figure {
            self.html.push_str("<figure>");
        }
        let picture = found.picture.filter(|picture| !picture.plan.variants.is_empty());
        if let Some(picture) = picture {
            self.html.push_str("<picture>");
            push_sources(&mut self.html, &picture.plan, &found.url);
        }
        self.push_img(image, &found, as_figure);
        if picture.is_some() {
            self.html.push_str("</picture>");
        }
        if as_figure {
            self.html.push_str("<figcaption>");
            crate::html::push_escaped(&mut self.html, &image.title);
            self.html.push_str("</figcaption></figure>\n");
        }
    }

    fn push_img(&mut self, image: &Image, found: &Found<'_>, as_figure: bool) {
        self.html.push_str("<img");
        push_url(&mut self.html, "src", &found.url);
        push_attribute(&mut self.html, "alt", &image.alt);
        if let Some((width, height)) = found.dimensions {
            push_attribute(&mut self.html, "width", &width.to_string());
            push_attribute(&mut self.html, "height", &height.to_string());
        }
        if !as_figure && !image.title.is_empty() {
            push_attribute(&mut self.html, "title", &image.title);
        }
        if let Some(tone) = found.picture.and_then(|picture| picture.plan.tone.as_deref()) {
            push_attribute(&mut self.html, "data-tone", tone);
        }
        self.html.push_str(if self.is_at_top() {
            " decoding=\"async\">"
        } else {
            " loading=\"lazy\" decoding=\"async\">"
        });
        self.n_images += 1;
    }

    /// Whether this is the first image and most likely to be seen at once, so that waiting for it is a loss.
    fn is_at_top(&self) -> bool {
        self.n_images == 0 && self.html.len() < TOP_BYTES
    }

    fn image_source(&mut self, link: &str, span: &Range<usize>) -> Found<'a> {
        let assets = self.context.links.assets;
        let (url, dimensions) = match self.resolve(link, span, Code::BrokenImage) {
            Destination::Asset { path, url } => {
                let (dimensions, picture) = (assets.dimensions(&path), assets.picture(&path));
                return Found { url, dimensions, picture };
            }
            Destination::Static { path, url } => (url, assets.dimensions(&path)),
            Destination::Page(url) => {
                let message = format!("`{link}` is a page, expected an image");
                let error = self.body.text.error(Code::BrokenImage, span.clone(), message);
                self.diagnostics.push(error.hint("write a link without the `!`"));
                (url, None)
            }
            Destination::AsWritten => (link.to_owned(), assets.dimensions_of_static(link)),
            Destination::Broken | Destination::Hidden => (link.to_owned(), None),
        };
        Found { url, dimensions, picture: None }
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
            Destination::Hidden => None,
        }
    }

    pub(super) fn resolve(&mut self, link: &str, span: &Range<usize>, code: Code) -> Destination {
        let resolved = self.context.links.resolve(&self.body.path, link, self.context.language);
        let error = match resolved {
            Ok(destination) => {
                if let Destination::Asset { path, .. } = &destination {
                    self.assets.insert(path.clone());
                }
                if destination == Destination::Hidden {
                    self.warn_hidden(link, span);
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
            DeadLink::Missing { path } => {
                let message = format!("`{link}` does not exist, expected a file in the content folder");
                self.n_dead += 1;
                let is_looked_for = self.n_dead <= MAX_HINTS;
                let near =
                    is_looked_for.then(|| self.context.links.nearest(&self.body.path, &path)).flatten();
                let hint = near.map_or_else(
                    || "a relative link starts at the folder of this file".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.body.text.error(code, span, message).hint(hint)
            }
        };
        self.diagnostics.push(diagnostic);
        Destination::Broken
    }

    fn warn_hidden(&mut self, link: &str, span: &Range<usize>) {
        let message = format!("`{link}` is not published yet, so these words are no link");
        let place = self.place_of(link, span);
        let warning = self.body.text.error(Code::NotPublished, place, message).warning();
        let hint = "nothing to do if it will be in time; else remove the link";
        self.diagnostics.push(warning.hint(hint));
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

/// One source for each format, the best first.
fn push_sources(html: &mut String, plan: &Plan, url: &str) {
    for format in [Format::Avif, Format::WebP] {
        let files: Vec<&File> = plan.of_format(format).collect();
        if files.is_empty() {
            continue;
        }
        push(html, format_args!("<source type=\"{}\"", format.media_type()));
        if let [only] = files.as_slice() {
            push_attribute(html, "srcset", &variant_url(url, only));
        } else {
            let choice = |file: &&File| format!("{} {}w", variant_url(url, file), file.width);
            push_attribute(html, "srcset", &files.iter().map(choice).collect::<Vec<_>>().join(", "));
            push_attribute(html, "sizes", &sizes(plan.fallback.width));
        }
        html.push('>');
    }
}

fn sizes(width: u32) -> String {
    if width < COLUMN { format!("{width}px") } else { SIZES.to_owned() }
}
