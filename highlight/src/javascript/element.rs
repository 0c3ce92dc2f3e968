//! Elements among the code.

use super::Script;
use crate::lexer::{MAX_DEPTH, is_word};
use crate::painter::Class;

impl Script<'_, '_, '_> {
    pub(super) fn is_tag(&self) -> bool {
        let next = self.lexer.ahead(1);
        let word = self.word_end(self.lexer.at + 1);
        let is_generic =
            matches!(self.lexer.byte(word), b',') || self.lexer.bytes[word..].starts_with(b" extends ");
        (next.is_ascii_alphabetic() || next == b'>') && !is_generic
    }

    /// An element with all that is in it.
    pub(super) fn element(&mut self) {
        let mut n_open = 0_usize;
        loop {
            let closes = self.lexer.ahead(1) == b'/';
            let is_empty = self.tag();
            match (closes, is_empty) {
                (true, _) => n_open = n_open.saturating_sub(1),
                (false, false) => n_open += 1,
                (false, true) => {}
            }
            if n_open == 0 {
                break;
            }
            while !self.lexer.is_done() && self.lexer.ahead(0) != b'<' {
                if self.lexer.ahead(0) == b'{' && self.lexer.depth < MAX_DEPTH {
                    self.lexer.paint_one(Class::Punctuation);
                    self.embedded(Class::Punctuation);
                } else {
                    self.lexer.at += 1;
                }
            }
            if self.lexer.is_done() {
                break;
            }
        }
        self.before = b'w';
    }

    /// One tag. Whether it has no end tag.
    fn tag(&mut self) -> bool {
        let n_bytes = if self.lexer.ahead(1) == b'/' { 2 } else { 1 };
        self.lexer.paint(Class::Punctuation, self.lexer.at + n_bytes);
        let name = |byte: u8| is_word(byte) || matches!(byte, b'-' | b'.' | b':');
        let class = Class::Type;
        self.lexer.paint(class, self.lexer.end_of(self.lexer.at, name));
        while !self.lexer.is_done() {
            match self.lexer.ahead(0) {
                b'>' => {
                    self.lexer.paint_one(Class::Punctuation);
                    return false;
                }
                b'/' if self.lexer.ahead(1) == b'>' => {
                    self.lexer.paint(Class::Punctuation, self.lexer.at + 2);
                    return true;
                }
                b'=' => self.lexer.paint_one(Class::Punctuation),
                b'"' | b'\'' => {
                    let quote = self.lexer.ahead(0);
                    let end = self.lexer.end_of(self.lexer.at + 1, |byte| byte != quote);
                    self.lexer.paint(Class::Text, end + 1);
                }
                b'{' if self.lexer.depth < MAX_DEPTH => {
                    self.lexer.paint_one(Class::Punctuation);
                    self.embedded(Class::Punctuation);
                }
                b'<' => return true,
                byte if name(byte) => {
                    self.lexer.paint(Class::Attribute, self.lexer.end_of(self.lexer.at, name));
                }
                _ => self.lexer.at += 1,
            }
        }
        true
    }
}
