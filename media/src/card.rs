//! Social cards: an SVG with text, drawn as a small PNG with fonts that come along.

mod font;
mod palette;
mod wrap;

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, ImageHrefResolver, Options, Tree, fontdb};

pub use font::Font;
pub use wrap::{Fitted, Frame, fit};

/// Pixels from left to right.
pub const WIDTH: u32 = 1200;
/// Pixels from top to bottom.
pub const HEIGHT: u32 = 630;
/// Part of every address of a card. It changes whenever the same drawing would give other bytes.
pub const CARD: u32 = 1;

/// Why a drawing gives no card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undrawable(pub String);

/// Whether the fonts have every character of a text. What they lack would be an empty box.
pub fn can_write(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || font::has(letter))
}

/// Draws an SVG of 1200 × 630 as a PNG with at most 256 colours. It knows the families `Inter` (500),
/// `Inter Display` (600) and `Noto Sans CJK SC` (500), never those of the machine, and loads nothing.
/// Cost: some milliseconds.
pub fn draw(svg: &str) -> Result<Vec<u8>, Undrawable> {
    let options = Options {
        font_family: "Inter".to_owned(),
        fontdb: fonts(),
        image_href_resolver: ImageHrefResolver {
            resolve_string: Box::new(|_, _| None),
            ..ImageHrefResolver::default()
        },
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|error| Undrawable(error.to_string()))?;
    let mut pixels = Pixmap::new(WIDTH, HEIGHT).ok_or_else(|| Undrawable("no memory".to_owned()))?;
    let size = tree.size();
    let (across, down) =
        (f64::from(WIDTH) / f64::from(size.width()), f64::from(HEIGHT) / f64::from(size.height()));
    #[expect(clippy::cast_possible_truncation, reason = "a scale near 1")]
    let scale = across.min(down) as f32;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    palette::png(pixels.data(), WIDTH, HEIGHT).map_err(|error| Undrawable(error.to_string()))
}

fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let load = || {
        let mut fonts = fontdb::Database::new();
        for font in Font::ALL {
            fonts.load_font_source(fontdb::Source::Binary(Arc::new(font.bytes())));
        }
        for family in
            [usvg::fontdb::Database::set_sans_serif_family, usvg::fontdb::Database::set_serif_family]
        {
            family(&mut fonts, "Inter");
        }
        Arc::new(fonts)
    };
    Arc::clone(FONTS.get_or_init(load))
}

#[cfg(test)]
mod tests;
