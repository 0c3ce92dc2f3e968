//! Attributes: `#[derive(Debug)]`.

use super::Rust;
use super::text::text;
use super::words::{is_keyword, is_primitive};
use crate::lexer::starts_word;
use crate::painter::Class;

impl Rust<'_, '_, '_> {
    /// `#[...]`, which colours what is in it.
    pub(super) fn is_attribute(&mut self) -> bool {
        let bracket = self.lexer.at + if self.lexer.ahead(1) == b'!' { 2 } else { 1 };
        if self.lexer.byte(bracket) != b'[' {
            return false;
        }
        self.lexer.paint(Class::Attribute, bracket);
        self.lexer.paint(Class::Punctuation, bracket + 1);
        let mut n_open = 1;
        while n_open > 0 && !self.lexer.is_done() {
            let byte = self.lexer.ahead(0);
            match byte {
                b'[' | b'(' | b'{' => n_open += 1,
                b']' | b')' | b'}' => n_open -= 1,
                _ => {}
            }
            self.in_attribute(byte);
        }
        self.before = b';';
        true
    }

    fn in_attribute(&mut self, byte: u8) {
        match byte {
            b'[' | b'(' | b'{' | b']' | b')' | b'}' | b',' | b':' | b'.' | b';' => {
                self.lexer.paint_one(Class::Punctuation);
            }
            b'"' => text(self.lexer, self.lexer.at),
            b'/' if self.lexer.ahead(1) == b'/' => {
                self.lexer.paint(Class::Comment, self.lexer.line_end(self.lexer.at));
            }
            b'r' | b'b' | b'c' if self.prefixed() => {}
            b'0'..=b'9' => self.number(),
            b' ' | b'\n' | b'\t' | b'\r' => self.lexer.at += 1,
            _ if starts_word(byte) => {
                let end = self.lexer.word_end(self.lexer.at);
                let class = match &self.lexer.bytes[self.lexer.at..end] {
                    b"true" | b"false" => Class::Number,
                    word if word[0].is_ascii_uppercase() => Class::Type,
                    word if is_primitive(word) => Class::Type,
                    word if is_keyword(word) => Class::Keyword,
                    _ => Class::Attribute,
                };
                self.lexer.paint(class, end);
            }
            _ => self.lexer.paint_one(Class::Attribute),
        }
    }
}
