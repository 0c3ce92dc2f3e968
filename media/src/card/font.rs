//! The fonts of the cards, and how wide their characters are.

use std::sync::OnceLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

/// A font of the cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Font {
    /// `Inter`, 500: everything small.
    Text,
    /// `Inter Display`, 600: titles.
    Title,
    /// `Noto Sans CJK SC`, 500: Chinese characters and kana, in titles too.
    Chinese,
}

impl Font {
    pub(super) const ALL: [Self; 3] = [Self::Text, Self::Title, Self::Chinese];

    pub(super) fn bytes(self) -> &'static [u8] {
        match self {
            Self::Text => include_bytes!("../../fonts/inter-medium.otf"),
            Self::Title => include_bytes!("../../fonts/inter-display-semibold.otf"),
            Self::Chinese => include_bytes!("../../fonts/noto-sans-sc-medium.otf"),
        }
    }

    fn parsed(self) -> &'static FontRef<'static> {
        static PARSED: [OnceLock<FontRef<'static>>; 3] = [const { OnceLock::new() }; 3];
        let parse = || FontRef::new(self.bytes()).expect("our own fonts can be read");
        PARSED[self as usize].get_or_init(parse)
    }

    /// The width of a character at size 1; nothing when the font lacks it.
    fn advance(self, letter: char) -> Option<f32> {
        let font = self.parsed();
        let glyph = font.charmap().map(letter)?;
        font.glyph_metrics(Size::new(1.0), LocationRef::default()).advance_width(glyph)
    }
}

/// Whether any font has the character.
pub(super) fn has(letter: char) -> bool {
    [Font::Text, Font::Chinese].into_iter().any(|font| font.parsed().charmap().map(letter).is_some())
}

/// The width of a text at size 1, without kerning: never much less than what is drawn.
pub(super) fn width(text: &str, font: Font) -> f32 {
    let one = |letter| font.advance(letter).or_else(|| Font::Chinese.advance(letter)).unwrap_or(1.0);
    text.chars().map(one).sum()
}
