//! Rust.

mod attribute;
mod text;
mod words;

use text::{block_comment, raw_end, text};
use words::{is_keyword, is_primitive};

use crate::lexer::{Lexer, is_word, starts_word};
use crate::painter::Class;

/// What a bracket encloses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// Statements, or fields.
    Block,
    /// The arms of a `match`.
    Match,
    /// The variants of an `enum`.
    Variants,
    /// Parentheses, brackets.
    Group,
    /// What a macro or an attribute is given.
    Tokens,
}

struct Rust<'l, 'p, 'c> {
    lexer: &'l mut Lexer<'p, 'c>,
    /// The open brackets, each with what `pattern` and `n_angles` were outside of it.
    frames: Vec<(Frame, bool, usize)>,
    /// Whether words here are matched against or declared: `Some(x)` is not a call then.
    pattern: bool,
    /// Whether the next bracket encloses what a macro is given.
    is_macro: bool,
    /// What the next brace encloses, if that is known.
    next: Option<Frame>,
    /// The last sign or keyword: what a name means depends on it.
    before: u8,
    /// Whether the parameters of a closure are being read.
    in_closure: bool,
    /// How many `<` of generic arguments are open.
    n_angles: usize,
}

pub(crate) fn read(lexer: &mut Lexer<'_, '_>) {
    let mut rust = Rust {
        lexer,
        frames: Vec::new(),
        pattern: false,
        is_macro: false,
        next: None,
        before: b';',
        in_closure: false,
        n_angles: 0,
    };
    while !rust.lexer.is_done() {
        rust.token();
    }
}

impl Rust<'_, '_, '_> {
    fn token(&mut self) {
        let byte = self.lexer.ahead(0);
        match byte {
            b' ' | b'\n' | b'\t' | b'\r' => return self.lexer.at += 1,
            b'/' if self.lexer.ahead(1) == b'/' => {
                return self.lexer.paint(Class::Comment, self.lexer.line_end(self.lexer.at));
            }
            b'/' if self.lexer.ahead(1) == b'*' => return block_comment(self.lexer),
            b'"' => text(self.lexer, self.lexer.at),
            b'\'' => self.quote(),
            b'0'..=b'9' => self.number(),
            b'r' | b'b' | b'c' if self.prefixed() => {}
            b'#' if self.is_attribute() => return,
            _ if starts_word(byte) => return self.word(),
            _ => return self.sign(byte),
        }
        self.before = b'x';
    }

    /// A lifetime, a label or a character.
    fn quote(&mut self) {
        let lexer = &mut *self.lexer;
        let word = lexer.word_end(lexer.at + 1);
        let behind = lexer.char_end(lexer.at + 1);
        if lexer.ahead(1) == b'\\' || lexer.byte(behind) == b'\'' {
            text(lexer, lexer.at);
        } else if word > lexer.at + 1 {
            lexer.paint(Class::Label, word);
        } else {
            lexer.at += 1;
        }
    }

    fn number(&mut self) {
        let mut end = self.lexer.word_end(self.lexer.at);
        let digits = &self.lexer.bytes[self.lexer.at..end];
        let is_decimal = !digits.starts_with(b"0x") && !digits.starts_with(b"0b");
        if self.lexer.byte(end) == b'.' && self.before != b'.' && is_decimal {
            let after = self.lexer.byte(end + 1);
            if after.is_ascii_digit() {
                end = self.lexer.word_end(end + 1);
            } else if after != b'.' && !starts_word(after) {
                end += 1;
            }
        }
        if is_decimal
            && matches!(self.lexer.byte(end - 1), b'e' | b'E')
            && matches!(self.lexer.byte(end), b'+' | b'-')
        {
            end = self.lexer.word_end(end + 1);
        }
        // `pair.0` names a field.
        self.lexer.paint(Class::Number, end);
    }

    /// Texts with a letter before the quote: raw, bytes, C. Whether it was one.
    fn prefixed(&mut self) -> bool {
        let mut quote = self.lexer.at + 1;
        if self.lexer.byte(quote) == b'r' && self.lexer.ahead(0) != b'r' {
            quote += 1;
        }
        let is_raw = self.lexer.byte(quote - 1) == b'r';
        let n_hashes = if is_raw { self.lexer.end_of(quote, |byte| byte == b'#') - quote } else { 0 };
        quote += n_hashes;
        match self.lexer.byte(quote) {
            b'"' if is_raw => {
                let end = raw_end(self.lexer, quote + 1, n_hashes);
                self.lexer.paint(Class::Text, end);
                true
            }
            b'"' | b'\'' if n_hashes == 0 && self.lexer.ahead(0) != b'r' => {
                text(self.lexer, quote);
                true
            }
            _ => false,
        }
    }

    fn word(&mut self) {
        let start = self.lexer.at;
        let end = self.lexer.word_end(start);
        let bytes = self.lexer.bytes;
        let word = &bytes[start..end];
        if word == b"r" && self.lexer.byte(end) == b'#' && starts_word(self.lexer.byte(end + 1)) {
            let name = end + 1;
            let end = self.lexer.word_end(name);
            return self.paint_name(&bytes[name..end], end);
        }
        if (self.before != b'.' || word == b"await") && self.keyword(word, end) {
            return;
        }
        let after = self.lexer.byte(end);
        if after == b'!'
            && self.lexer.byte(end + 1) != b'='
            && matches!(self.lexer.byte(self.lexer.next_sign(end + 1)), b'(' | b'[' | b'{')
        {
            self.lexer.paint(Class::Function, end + 1);
            self.is_macro = true;
            self.before = b'!';
            return;
        }
        self.paint_name(word, end);
    }

    fn paint_name(&mut self, word: &[u8], end: usize) {
        let class = self.name(word, end);
        self.lexer.paint(class, end);
        self.lexer.at = end;
        self.before = if class == Class::Type { b'T' } else { b'x' };
    }

    /// Colours a keyword and takes note of what it announces. Whether it was one.
    fn keyword(&mut self, word: &[u8], end: usize) -> bool {
        let next = self.lexer.next_sign(end);
        let class = match word {
            b"true" | b"false" => Class::Number,
            b"macro_rules" if self.lexer.byte(end) == b'!' => {
                self.lexer.paint(Class::Keyword, end + 1);
                self.is_macro = true;
                self.before = b'k';
                return true;
            }
            b"union" | b"raw" | b"default" | b"gen" if !starts_word(self.lexer.byte(next)) => return false,
            b"self" => Class::Keyword,
            _ if is_keyword(word) => Class::Keyword,
            _ => return false,
        };
        let is_pointer = self.before == b'*';
        self.lexer.paint(class, end);
        self.before = b'k';
        match word {
            b"match" => self.next = Some(Frame::Match),
            b"enum" => self.next = Some(Frame::Variants),
            b"let" | b"for" => self.pattern = true,
            b"in" | b"if" | b"while" => self.pattern = false,
            b"fn" => self.before = b'f',
            b"struct" | b"trait" | b"type" | b"impl" => self.before = b'T',
            b"mut" | b"const" if is_pointer => self.before = b'T',
            b"pub" => self.before = b'm',
            b"self" | b"true" | b"false" | b"super" | b"crate" => self.before = b'x',
            _ => {}
        }
        true
    }

    fn name(&self, word: &[u8], end: usize) -> Class {
        let next = self.lexer.next_sign(end);
        let in_tokens = matches!(self.frames.last(), Some((Frame::Tokens, ..)));
        let (sign, after) = (self.lexer.byte(next), self.lexer.byte(next + 1));
        let turbofish =
            sign == b':' && after == b':' && self.lexer.byte(self.lexer.next_sign(next + 2)) == b'<';
        if self.before == b'f' {
            return Class::Function;
        }
        if (is_primitive(word) && self.before != b'.') || (self.before == b'T' && sign != b':') {
            return Class::Type;
        }
        if word[0].is_ascii_uppercase() {
            let is_call = sign == b'(' && !self.pattern && !in_tokens && self.before != b'T';
            return if is_call && !matches!(word, b"Fn" | b"FnMut" | b"FnOnce") {
                Class::Function
            } else {
                Class::Type
            };
        }
        if sign == b'(' || (turbofish && !self.pattern) {
            return Class::Function;
        }
        if self.before == b'.' {
            return Class::Attribute;
        }
        let is_field = sign == b':'
            && after != b':'
            && !in_tokens
            && matches!(self.before, b'{' | b',' | b')' | b';' | b'm')
            && matches!(self.frames.last(), Some((Frame::Block, ..)));
        if is_field { Class::Attribute } else { Class::Plain }
    }

    fn sign(&mut self, byte: u8) {
        match byte {
            b'(' | b'[' | b'{' => self.open(byte),
            b')' | b']' | b'}' => self.close(byte),
            b',' | b';' => self.end_of_part(byte),
            b'.' if self.lexer.ahead(1) == b'.' => {
                self.lexer.at = self.lexer.end_of(self.lexer.at, |byte| byte == b'.');
                self.before = b'x';
            }
            b':' | b'.' => {
                let n_bytes = if byte == b':' && self.lexer.ahead(1) == b':' { 2 } else { 1 };
                self.lexer.paint(Class::Punctuation, self.lexer.at + n_bytes);
                self.before = byte;
            }
            b'<' => self.less(),
            b'>' => self.greater(),
            b'=' => self.equals(),
            b'-' if self.lexer.ahead(1) == b'>' => {
                self.lexer.at += 2;
                self.before = b'T';
            }
            b'&' | b'*' if self.lexer.ahead(1) != b'=' && self.lexer.ahead(1) != byte => {
                self.lexer.paint_one(Class::Punctuation);
                self.before = byte;
            }
            b'|' if self.in_closure || matches!(self.before, b'(' | b',' | b'=' | b'k' | b'{') => {
                // `|| value` has no parameters.
                self.in_closure = !self.in_closure && self.lexer.ahead(1) != b'|';
                self.pattern = self.in_closure;
                self.lexer.at += if self.lexer.ahead(1) == b'|' { 2 } else { 1 };
                self.before = byte;
            }
            b'&' | b'|' if self.lexer.ahead(1) == byte => {
                self.lexer.at += 2;
                self.before = byte;
            }
            _ => {
                self.lexer.at += 1;
                self.before = byte;
            }
        }
    }

    fn open(&mut self, byte: u8) {
        let is_macro = std::mem::take(&mut self.is_macro);
        let announced = if byte == b'{' && !is_macro { self.next.take() } else { None };
        let in_tokens = matches!(self.frames.last(), Some((Frame::Tokens, ..)));
        let frame = match announced {
            _ if in_tokens || is_macro => Frame::Tokens,
            Some(frame) => frame,
            None if byte == b'{' => Frame::Block,
            None => Frame::Group,
        };
        self.frames.push((frame, self.pattern, self.n_angles));
        self.pattern = matches!(frame, Frame::Match | Frame::Variants) || self.pattern;
        self.lexer.paint_one(Class::Punctuation);
        self.before = byte;
        self.n_angles = 0;
    }

    fn close(&mut self, byte: u8) {
        if let Some((_, pattern, n_angles)) = self.frames.pop() {
            (self.pattern, self.n_angles) = (pattern, n_angles);
        }
        self.lexer.paint_one(Class::Punctuation);
        self.before = byte;
        if byte == b'}' {
            self.n_angles = 0;
            let next = self.lexer.next_sign(self.lexer.at);
            let goes_on = matches!(self.lexer.byte(next), b'.' | b'?' | b',' | b')')
                || self.lexer.bytes[next.min(self.lexer.bytes.len())..].starts_with(b"else");
            match self.frames.last() {
                Some((Frame::Variants, ..)) => self.pattern = true,
                Some((Frame::Match, ..)) if !goes_on => self.pattern = true,
                Some((Frame::Block, ..)) | None => self.pattern = false,
                _ => {}
            }
        }
    }

    /// `,` or `;`.
    fn end_of_part(&mut self, byte: u8) {
        self.lexer.paint_one(Class::Punctuation);
        self.before = byte;
        let in_match = matches!(self.frames.last(), Some((Frame::Match, ..)));
        if byte == b',' && in_match && self.n_angles == 0 {
            self.pattern = true;
        } else if byte == b';' {
            self.pattern = false;
            self.n_angles = 0;
        }
    }

    fn less(&mut self) {
        let is_generic = matches!(self.before, b'T' | b':' | b'f')
            || (self.before == b'x'
                && is_word(self.lexer.byte(self.lexer.at.wrapping_sub(1)))
                && self.lexer.ahead(1) != b' '
                && self.lexer.ahead(1) != b'<'
                && self.lexer.ahead(1) != b'=');
        if is_generic {
            self.n_angles += 1;
            self.lexer.paint_one(Class::Punctuation);
            self.before = b'<';
        } else {
            self.lexer.at += if self.lexer.ahead(1) == b'<' { 2 } else { 1 };
            self.before = b'o';
        }
    }

    fn greater(&mut self) {
        if self.n_angles > 0 {
            self.n_angles -= 1;
            self.lexer.paint_one(Class::Punctuation);
            self.before = b'>';
        } else {
            self.lexer.at += 1;
            self.before = b'o';
        }
    }

    fn equals(&mut self) {
        let after = self.lexer.ahead(1);
        self.lexer.at += if matches!(after, b'=' | b'>') { 2 } else { 1 };
        if after != b'=' {
            self.pattern = false;
        }
        self.before = b'=';
    }
}
