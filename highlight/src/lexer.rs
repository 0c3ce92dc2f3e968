//! What all languages share: a place in the code, and the colours painted so far.

use crate::painter::{Class, Painter};

/// The deepest nesting of languages and strings in each other that is coloured. Below it everything is one string.
pub(crate) const MAX_DEPTH: usize = 32;

/// A place in the code. Whatever is passed over without a colour stays plain.
pub(crate) struct Lexer<'p, 'c> {
    pub(crate) bytes: &'c [u8],
    pub(crate) at: usize,
    pub(crate) depth: usize,
    painter: &'p mut Painter<'c>,
}

impl<'p, 'c> Lexer<'p, 'c> {
    pub(crate) fn new(code: &'c str, painter: &'p mut Painter<'c>) -> Self {
        Self { bytes: code.as_bytes(), at: 0, depth: 0, painter }
    }

    /// The byte so far ahead; 0 behind the end.
    #[inline]
    pub(crate) fn ahead(&self, n: usize) -> u8 {
        self.byte(self.at + n)
    }

    /// The byte at this place; 0 behind the end.
    #[inline]
    pub(crate) fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        self.at >= self.bytes.len()
    }

    #[inline]
    pub(crate) fn starts_with(&self, text: &[u8]) -> bool {
        self.bytes[self.at.min(self.bytes.len())..].starts_with(text)
    }

    /// Colours everything up to `end` and goes there.
    #[inline]
    pub(crate) fn paint(&mut self, class: Class, end: usize) {
        let end = self.boundary(end.min(self.bytes.len()));
        self.painter.token(class, self.at, end);
        self.at = end;
    }

    /// Colours what lies between, which must be behind everything coloured before.
    #[inline]
    pub(crate) fn paint_from(&mut self, class: Class, start: usize) {
        self.at = self.boundary(self.at.min(self.bytes.len()));
        self.painter.token(class, start, self.at);
    }

    /// Colours the next byte, or the whole character that it begins.
    #[inline]
    pub(crate) fn paint_one(&mut self, class: Class) {
        self.paint(class, self.char_end(self.at));
    }

    /// This place, or behind the character that it is inside of.
    #[inline]
    fn boundary(&self, at: usize) -> usize {
        self.end_of(at, |byte| byte & 0xC0 == 0x80)
    }

    /// Where the character at this place ends.
    #[inline]
    pub(crate) fn char_end(&self, at: usize) -> usize {
        self.end_of(at + 1, |byte| byte & 0xC0 == 0x80)
    }

    /// Where the word at this place ends: letters, digits, `_` and everything beyond ASCII.
    #[inline]
    pub(crate) fn word_end(&self, at: usize) -> usize {
        self.end_of(at, is_word)
    }

    /// Where the number at this place ends: `0x1f`, `1_000.5e-3`, with letters behind it as part of it.
    pub(crate) fn number_end(&self) -> usize {
        let mut end = self.word_end(self.at);
        if self.ahead(0) == b'0' && matches!(self.ahead(1), b'x' | b'X' | b'b' | b'o') {
            return end;
        }
        if self.byte(end) == b'.' {
            end = self.word_end(end + 1);
        }
        if matches!(self.byte(end - 1), b'e' | b'E') && matches!(self.byte(end), b'+' | b'-') {
            end = self.word_end(end + 1);
        }
        end
    }

    /// The first place from `at` whose byte does not fulfil this.
    #[inline]
    pub(crate) fn end_of(&self, at: usize, of: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        at + rest.iter().position(|byte| !of(*byte)).unwrap_or(rest.len())
    }

    /// The first place from `at` with this byte, `end` at the latest.
    #[inline]
    pub(crate) fn find(&self, byte: u8, at: usize, end: usize) -> usize {
        let rest = self.bytes.get(at..end).unwrap_or_default();
        at + rest.iter().position(|found| *found == byte).unwrap_or(rest.len())
    }

    /// The next place with a byte that is neither blank nor a line end.
    #[inline]
    pub(crate) fn next_sign(&self, at: usize) -> usize {
        self.end_of(at, |byte| byte.is_ascii_whitespace())
    }

    /// The next place with a byte that is not blank, on this line.
    #[inline]
    pub(crate) fn next_on_line(&self, at: usize) -> usize {
        self.end_of(at, |byte| byte == b' ' || byte == b'\t')
    }

    /// Where the line ends: the place of the line feed, or the end.
    #[inline]
    pub(crate) fn line_end(&self, at: usize) -> usize {
        self.end_of(at, |byte| byte != b'\n')
    }

    /// Where `text` is found next, behind it; the end when it is not.
    pub(crate) fn behind(&self, at: usize, text: &[u8]) -> usize {
        let mut at = at;
        while let Some(found) = self.bytes.get(at..).and_then(|rest| rest.iter().position(|b| *b == text[0]))
        {
            at += found;
            if self.bytes[at..].starts_with(text) {
                return at + text.len();
            }
            at += 1;
        }
        self.bytes.len()
    }

    /// Where a quoted text on one line or many ends, with `\` as escape, behind the quote; `at` is the opening one.
    pub(crate) fn quoted_end(&self, at: usize) -> usize {
        let quote = self.byte(at);
        let mut at = at + 1;
        while at < self.bytes.len() && self.bytes[at] != quote {
            at += if self.bytes[at] == b'\\' { 2 } else { 1 };
        }
        (at + 1).min(self.bytes.len())
    }

    /// Reads another language up to `end`, then goes on with this one.
    pub(crate) fn within(&mut self, end: usize, read: impl FnOnce(&mut Self)) {
        let whole = self.bytes;
        self.bytes = &whole[..end.min(whole.len())];
        read(self);
        self.at = self.bytes.len();
        self.bytes = whole;
    }
}

/// Letters, digits, `_` and everything beyond ASCII.
#[inline]
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// What a word can begin with.
#[inline]
pub(crate) fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}
