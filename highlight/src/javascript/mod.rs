//! JavaScript and TypeScript, with JSX.

mod element;
mod text;
mod words;

use text::{escape_end, regex, text};
use words::{is_control, is_keyword, is_primitive, is_typed_keyword};

use crate::lexer::{Lexer, MAX_DEPTH, is_word, starts_word};
use crate::painter::Class;

/// How far ahead an arrow is looked for.
const MAX_AHEAD: usize = 240;

/// What a bracket encloses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    Block,
    Object,
    Class,
    Group,
}

pub(crate) struct Script<'l, 'p, 'c> {
    pub(crate) lexer: &'l mut Lexer<'p, 'c>,
    frames: Vec<Frame>,
    /// The last sign; `w` for a word or a value, `k` for a keyword that a value follows, `}` for the end of a block.
    before: u8,
    /// Whether the next brace opens a class.
    is_class: bool,
    is_typed: bool,
    /// Whether this is the name behind `new`.
    is_new: bool,
}

pub(crate) fn read(lexer: &mut Lexer<'_, '_>) {
    script(lexer, false).run();
}

pub(crate) fn read_typed(lexer: &mut Lexer<'_, '_>) {
    script(lexer, true).run();
}

fn script<'l, 'p, 'c>(lexer: &'l mut Lexer<'p, 'c>, is_typed: bool) -> Script<'l, 'p, 'c> {
    Script { lexer, frames: Vec::new(), before: b';', is_class: false, is_typed, is_new: false }
}

impl Script<'_, '_, '_> {
    fn run(&mut self) {
        if self.lexer.starts_with(b"#!") {
            self.lexer.at = self.lexer.line_end(self.lexer.at);
        }
        while !self.lexer.is_done() {
            self.token();
        }
    }

    fn token(&mut self) {
        let byte = self.lexer.ahead(0);
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => return self.lexer.at += 1,
            b'/' if self.lexer.ahead(1) == b'/' => {
                return self.lexer.paint(Class::Comment, self.lexer.line_end(self.lexer.at));
            }
            b'/' if self.lexer.ahead(1) == b'*' => {
                return self.lexer.paint(Class::Comment, self.lexer.behind(self.lexer.at + 2, b"*/"));
            }
            b'"' | b'\'' => text(self.lexer),
            b'`' => self.template(),
            b'0'..=b'9' => self.number(),
            b'.' if self.lexer.ahead(1).is_ascii_digit() => self.number(),
            b'/' if self.expects_value() => regex(self.lexer),
            _ if starts_word(byte) || byte == b'$' => return self.word(),
            _ => return self.sign(byte),
        }
        self.before = b'w';
    }

    /// Whether a value comes next, so that `/` begins a pattern.
    fn expects_value(&self) -> bool {
        !matches!(self.before, b'w' | b')' | b']' | b'o')
    }

    fn number(&mut self) {
        self.lexer.paint(Class::Number, self.lexer.number_end());
    }

    fn word_end(&self, at: usize) -> usize {
        self.lexer.end_of(at, |byte| is_word(byte) || byte == b'$')
    }

    fn word(&mut self) {
        let end = self.word_end(self.lexer.at);
        let bytes = self.lexer.bytes;
        let word = &bytes[self.lexer.at..end];
        let next = self.lexer.next_sign(end);
        let sign = self.lexer.byte(next);
        let in_fields = matches!(self.frames.last(), Some(Frame::Object | Frame::Class));
        let is_statement = sign == b'(' && is_control(word);
        let may_be_key = in_fields
            && !is_statement
            && matches!(self.before, b'{' | b',' | b';' | b'}' | b'm' | b'*' | b'w');
        let (class, before) = if self.before == b'.' {
            (self.member(next), b'w')
        } else if may_be_key && self.is_key(sign, next) {
            (self.key(sign, next), b'w')
        } else if let Some(found) = self.keyword(word, next) {
            found
        } else {
            (self.name(word, next), b'w')
        };
        self.lexer.paint(class, end);
        self.lexer.at = end;
        self.before = before;
    }

    /// Whether the word before `next` names a field, given what follows it.
    fn is_key(&self, sign: u8, next: usize) -> bool {
        let in_class = self.frames.last() == Some(&Frame::Class);
        match sign {
            b':' | b'(' => true,
            b'=' => in_class && self.lexer.byte(next + 1) != b'=',
            b';' | b'}' | b'!' => in_class,
            b'?' => self.is_typed && self.lexer.byte(next + 1) != b'.' && in_class,
            b'<' => self.is_typed && in_class,
            _ => false,
        }
    }

    fn key(&self, sign: u8, next: usize) -> Class {
        let is_function = match sign {
            b'(' | b'<' => true,
            b':' => !self.is_typed && self.is_function(next + 1),
            _ => false,
        };
        if is_function { Class::Function } else { Class::Attribute }
    }

    fn member(&self, next: usize) -> Class {
        let is_function = match self.lexer.byte(next) {
            b'(' => !self.is_new,
            b'`' => true,
            b'?' => self.lexer.bytes[next..].starts_with(b"?.("),
            b'=' => self.is_function(next + 1),
            _ => false,
        };
        if is_function { Class::Function } else { Class::Attribute }
    }

    /// The class of a keyword, and what it leaves behind it.
    fn keyword(&mut self, word: &[u8], next: usize) -> Option<(Class, u8)> {
        let sign = self.lexer.byte(next);
        let before_name =
            starts_word(sign) || matches!(sign, b'[' | b'#' | b'*' | b'"' | b'\'' | b'$' | b'{');
        let found = match word {
            b"true" | b"false" | b"null" | b"undefined" => (Class::Number, b'w'),
            b"this" | b"super" => (Class::Keyword, b'w'),
            b"class" => {
                self.is_class = true;
                (Class::Keyword, b'k')
            }
            b"get" | b"set" | b"static" if before_name => (Class::Keyword, b'm'),
            b"async" if before_name || sign == b'(' => (Class::Keyword, b'm'),
            b"of" if matches!(self.before, b'w' | b']' | b'o' | b'}') && sign != b';' => {
                (Class::Keyword, b'k')
            }
            b"as" | b"from" if before_name && matches!(self.before, b'w' | b'}' | b'*' | b'o') => {
                (Class::Keyword, b'k')
            }
            b"get" | b"set" | b"static" | b"async" | b"of" | b"as" | b"from" | b"target" => return None,
            b"function" => (Class::Keyword, b'f'),
            b"new" => {
                self.is_new = true;
                (Class::Keyword, b'n')
            }
            _ if is_keyword(word) => (Class::Keyword, b'k'),
            b"interface" | b"enum" if self.is_typed && before_name => {
                self.is_class = true;
                (Class::Keyword, b'k')
            }
            _ if self.is_typed && before_name && is_typed_keyword(word) => (Class::Keyword, b'm'),
            _ => return None,
        };
        Some(found)
    }

    fn name(&self, word: &[u8], next: usize) -> Class {
        let sign = self.lexer.byte(next);
        if self.is_typed && is_primitive(word) && sign != b'(' {
            return Class::Type;
        }
        let is_short = self.frames.last() == Some(&Frame::Object)
            && matches!(self.before, b'{' | b',')
            && matches!(sign, b',' | b'}');
        if !is_short && matches!(word, b"arguments" | b"module" | b"console" | b"window" | b"document") {
            return Class::Keyword;
        }
        let is_loud = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
        if word.len() > 1 && !word[0].is_ascii_digit() && word.iter().all(is_loud) {
            return Class::Number;
        }
        if word[0].is_ascii_uppercase() {
            return Class::Type;
        }
        let is_call = matches!(sign, b'(' | b'`') && self.before != b'n';
        let is_function = || sign == b'=' && self.is_function(next + 1);
        if self.before == b'f' || is_call || is_function() { Class::Function } else { Class::Plain }
    }

    /// Whether a function stands at this place: an arrow, or the word.
    fn is_function(&self, at: usize) -> bool {
        let mut at = self.lexer.next_sign(at);
        let end = (at + MAX_AHEAD).min(self.lexer.bytes.len());
        let rest = &self.lexer.bytes[at.min(end)..end];
        if rest.starts_with(b"async") && !rest.get(5).is_some_and(|byte| is_word(*byte)) {
            at = self.lexer.next_sign(at + 5);
        }
        let rest = &self.lexer.bytes[at.min(end)..end];
        if rest.starts_with(b"function") && !rest.get(8).is_some_and(|byte| is_word(*byte)) {
            return true;
        }
        let mut behind = self.word_end(at);
        if self.lexer.byte(at) == b'(' {
            let mut n_open = 0_usize;
            let close = rest.iter().position(|byte| {
                match byte {
                    b'(' | b'[' | b'{' => n_open += 1,
                    b')' | b']' | b'}' => n_open -= 1,
                    _ => {}
                }
                n_open == 0
            });
            let Some(close) = close else { return false };
            behind = at + close + 1;
        }
        let next = self.lexer.next_sign(behind);
        behind > at && self.lexer.byte(next) == b'=' && self.lexer.byte(next + 1) == b'>'
    }

    fn sign(&mut self, byte: u8) {
        let next = self.lexer.ahead(1);
        match byte {
            b'(' | b'[' | b'{' => self.open(byte),
            b')' | b']' | b'}' => self.close(byte),
            b'?' if next == b'.' && !self.lexer.ahead(2).is_ascii_digit() => {
                self.lexer.paint(Class::Punctuation, self.lexer.at + 2);
                self.before = b'.';
            }
            b'?' if next == b'?' => self.operator(2),
            b'.' if next == b'.' => {
                self.lexer.at = self.lexer.end_of(self.lexer.at, |byte| byte == b'.');
                self.before = b',';
            }
            b';' | b'.' | b',' => {
                self.lexer.paint_one(Class::Punctuation);
                self.before = byte;
            }
            b'+' | b'-' if next == byte => {
                // Behind a value it is one more, and still a value.
                let before = self.before;
                self.operator(2);
                self.before = if before == b'w' { b'o' } else { b'+' };
            }
            b'<' if self.expects_value() && self.is_tag() => self.element(),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'=' | b'!' | b'~' | b'^' | b'&' | b'|' => {
                self.operator(1);
            }
            b'#' if starts_word(next) => {
                self.lexer.at = self.word_end(self.lexer.at + 1);
                self.before = b'w';
            }
            b'@' => {
                let end = self.word_end(self.lexer.at + 1);
                self.lexer.at = end;
                self.before = b';';
            }
            _ => {
                self.lexer.at += 1;
                self.before = byte;
            }
        }
    }

    fn operator(&mut self, n_bytes: usize) {
        let byte = self.lexer.ahead(0);
        let is_arrow = byte == b'=' && self.lexer.ahead(1) == b'>';
        let is_generator = byte == b'*' && self.before == b'f';
        self.lexer.paint(Class::Punctuation, self.lexer.at + if is_arrow { 2 } else { n_bytes });
        self.before = match byte {
            _ if is_arrow => b'>',
            _ if is_generator => b'f',
            _ => byte,
        };
    }

    fn open(&mut self, byte: u8) {
        let frame = match byte {
            b'{' if std::mem::take(&mut self.is_class) => Frame::Class,
            b'{' if matches!(self.before, b')' | b';' | b'{' | b'}' | b'>' | b'e') => Frame::Block,
            b'{' if self.before == b'w' && self.frames.last() != Some(&Frame::Object) => Frame::Block,
            b'{' => Frame::Object,
            _ => Frame::Group,
        };
        self.frames.push(frame);
        self.is_new = false;
        self.lexer.paint_one(Class::Punctuation);
        self.before = byte;
    }

    fn close(&mut self, byte: u8) {
        let frame = self.frames.pop();
        self.lexer.paint_one(Class::Punctuation);
        self.before = if frame == Some(Frame::Object) { b'o' } else { byte };
    }

    fn template(&mut self) {
        let mut end = self.lexer.at + 1;
        loop {
            match self.lexer.byte(end) {
                _ if end >= self.lexer.bytes.len() => return self.lexer.paint(Class::Text, end),
                b'`' => return self.lexer.paint(Class::Text, end + 1),
                b'\\' => {
                    self.lexer.paint(Class::Text, end);
                    self.lexer.paint(Class::Escape, escape_end(self.lexer));
                    end = self.lexer.at;
                }
                b'$' if self.lexer.byte(end + 1) == b'{' && self.lexer.depth < MAX_DEPTH => {
                    self.lexer.paint(Class::Text, end);
                    self.lexer.paint(Class::Escape, end + 2);
                    self.embedded(Class::Escape);
                    end = self.lexer.at;
                }
                _ => end += 1,
            }
        }
    }

    /// Code up to the brace that closes it, which gets this class.
    fn embedded(&mut self, class: Class) {
        self.lexer.depth += 1;
        let mut inner = script(self.lexer, self.is_typed);
        inner.before = b'(';
        while !inner.lexer.is_done() && (inner.lexer.ahead(0) != b'}' || !inner.frames.is_empty()) {
            inner.token();
        }
        self.lexer.depth -= 1;
        if !self.lexer.is_done() {
            self.lexer.paint_one(class);
        }
    }
}
