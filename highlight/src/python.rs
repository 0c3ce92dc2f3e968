//! Python.

use crate::lexer::{Lexer, MAX_DEPTH, starts_word};
use crate::painter::Class;

/// How far ahead the colon of a block is looked for.
const MAX_AHEAD: usize = 400;

struct Python<'l, 'p, 'c> {
    lexer: &'l mut Lexer<'p, 'c>,
    /// The open brackets; `d` is the parenthesis behind the name of a `def`.
    open: Vec<u8>,
    /// The last sign, `w` for a word, `k` for a keyword, `c` for `class`, `d` for `def`.
    before: u8,
    /// Whether a statement begins here.
    is_start: bool,
    /// How many brackets were open where a type began; nothing outside of types.
    types: Option<usize>,
    /// Whether this statement is a decorator.
    decorates: bool,
    /// Whether this statement is an import, where dots stand in the names of modules.
    imports: bool,
}

pub(crate) fn read(lexer: &mut Lexer<'_, '_>) {
    let mut python = python(lexer);
    while !python.lexer.is_done() {
        python.token();
    }
}

fn python<'l, 'p, 'c>(lexer: &'l mut Lexer<'p, 'c>) -> Python<'l, 'p, 'c> {
    Python {
        lexer,
        open: Vec::new(),
        before: b'\n',
        is_start: true,
        types: None,
        decorates: false,
        imports: false,
    }
}

impl Python<'_, '_, '_> {
    fn token(&mut self) {
        let byte = self.lexer.ahead(0);
        match byte {
            b' ' | b'\t' | b'\r' => self.lexer.at += 1,
            b'\n' => self.line_end(),
            b'\\' => self.lexer.at += 2,
            b'#' => self.lexer.paint(Class::Comment, self.lexer.line_end(self.lexer.at)),
            b'"' | b'\'' => self.text(self.lexer.at),
            b'0'..=b'9' => self.number(),
            b'.' if self.lexer.ahead(1).is_ascii_digit() => self.number(),
            _ if starts_word(byte) => self.word(),
            _ => self.sign(byte),
        }
    }

    fn line_end(&mut self) {
        self.lexer.at += 1;
        if self.open.is_empty() {
            (self.is_start, self.types, self.before) = (true, None, b'\n');
            (self.decorates, self.imports) = (false, false);
        }
    }

    fn number(&mut self) {
        self.lexer.paint(Class::Number, self.lexer.number_end());
        self.is_done_with(b'w');
    }

    fn is_done_with(&mut self, before: u8) {
        (self.is_start, self.before) = (false, before);
    }

    fn word(&mut self) {
        let end = self.lexer.word_end(self.lexer.at);
        let bytes = self.lexer.bytes;
        let word = &bytes[self.lexer.at..end];
        if matches!(self.lexer.byte(end), b'"' | b'\'') && is_prefix(word) {
            return self.text(end);
        }
        let (class, before) = match word {
            _ if self.before == b'.' && !self.imports => (self.member(end), b'w'),
            b"True" | b"False" | b"None" => (Class::Number, b'w'),
            b"class" => (Class::Keyword, b'c'),
            b"def" => (Class::Keyword, b'd'),
            b"and" | b"in" | b"is" | b"not" | b"or" => (Class::Punctuation, b'k'),
            b"match" | b"case" | b"print" | b"exec" | b"type" if !self.is_soft_keyword(word, end) => {
                (self.name(word, end), b'w')
            }
            _ if is_keyword(word) => (Class::Keyword, b'k'),
            _ => (self.name(word, end), if self.before == b'd' { b'd' } else { b'w' }),
        };
        self.imports |= self.is_start && matches!(word, b"import" | b"from");
        self.lexer.paint(class, end);
        self.lexer.at = end;
        self.is_done_with(before);
        if word == b"lambda" {
            self.open.push(b'l');
        }
    }

    /// What stands behind a dot.
    fn member(&self, end: usize) -> Class {
        if self.lexer.byte(self.lexer.next_on_line(end)) == b'(' || (self.decorates && self.open.is_empty()) {
            return if self.lexer.byte(end) == b'(' || !self.decorates {
                Class::Function
            } else {
                Class::Attribute
            };
        }
        Class::Attribute
    }

    /// Whether a word that may be a name is a keyword here.
    fn is_soft_keyword(&self, word: &[u8], end: usize) -> bool {
        let next = self.lexer.byte(self.lexer.next_on_line(end));
        let opens =
            starts_word(next) || next.is_ascii_digit() || matches!(next, b'"' | b'\'' | b'-' | b'*' | b'{');
        let in_brackets = matches!(next, b'(' | b'[');
        let is_name = matches!(&word[..1], b"p" | b"e");
        let is_block = || {
            let line = &self.lexer.bytes
                [end..self.lexer.find(b'\n', end, (end + MAX_AHEAD).min(self.lexer.bytes.len()))];
            line.trim_ascii_end().ends_with(b":")
        };
        self.is_start && (opens || (in_brackets && !is_name && word != b"type" && is_block()))
    }

    fn name(&self, word: &[u8], end: usize) -> Class {
        let next = self.lexer.byte(self.lexer.next_on_line(end));
        if self.before == b'd' || (self.before == b'@' && self.decorates && next != b'.') {
            return Class::Function;
        }
        if self.before == b'c' {
            return Class::Type;
        }
        if next == b'(' {
            return Class::Function;
        }
        if self.types.is_some() && !matches!(next, b'[' | b'.' | b'|') && self.before != b'|' {
            return Class::Type;
        }
        if !word[0].is_ascii_uppercase() {
            return Class::Plain;
        }
        let is_constant =
            word.len() > 1 && word.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_');
        if is_constant || word.len() == 1 { Class::Number } else { Class::Type }
    }

    fn sign(&mut self, byte: u8) {
        let next = self.lexer.ahead(1);
        match byte {
            b'(' | b'[' | b'{' => self.open_bracket(byte),
            b')' | b']' | b'}' => self.close_bracket(),
            b':' if next == b'=' => return self.operator(),
            b':' => return self.colon(),
            b',' | b';' => {
                if self.types == Some(self.open.len()) {
                    self.types = None;
                }
                self.plain();
                if byte == b';' && self.open.is_empty() {
                    self.is_start = true;
                    return self.before = b'\n';
                }
            }
            b'.' => self.plain(),
            b'@' if self.is_start => {
                self.decorates = true;
                self.plain();
            }
            b'@' | b'!' if next != b'=' => self.plain(),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^' | b'~' | b'<' | b'>' | b'=' | b'!'
            | b'@' => {
                return self.operator();
            }
            _ => self.lexer.at += 1,
        }
        self.is_done_with(byte);
    }

    /// A sign without a colour of its own.
    fn plain(&mut self) {
        if self.decorates {
            self.lexer.paint_one(Class::Function);
        } else {
            self.lexer.at += 1;
        }
    }

    fn open_bracket(&mut self, byte: u8) {
        let is_def = byte == b'(' && self.before == b'd';
        self.open.push(if is_def { b'd' } else { byte });
        self.plain();
    }

    fn close_bracket(&mut self) {
        while self.open.pop() == Some(b'l') {}
        if self.types.is_some_and(|n_open| n_open > self.open.len()) {
            self.types = None;
        }
        self.plain();
    }

    fn operator(&mut self) {
        let is_arrow = self.lexer.starts_with(b"->");
        let byte = self.lexer.ahead(0);
        if byte == b'=' && self.types == Some(self.open.len()) {
            self.types = None;
        }
        if is_arrow {
            self.types = Some(self.open.len());
        }
        self.lexer.paint(Class::Punctuation, self.lexer.at + if is_arrow { 2 } else { 1 });
        self.is_done_with(byte);
    }

    /// Begins a type, a block or neither.
    fn colon(&mut self) {
        match self.open.last() {
            Some(b'l') => drop(self.open.pop()),
            Some(b'd') => self.types = Some(self.open.len()),
            None if self.types.is_none() && self.before == b'w' && self.is_annotation() => {
                self.types = Some(0);
            }
            None => {
                self.types = None;
                self.plain();
                self.is_start = true;
                self.before = b'\n';
                return;
            }
            _ => {}
        }
        self.plain();
        self.is_done_with(b':');
    }

    /// Whether the colon here stands behind the name of a variable, not behind the head of a block.
    fn is_annotation(&self) -> bool {
        let before = &self.lexer.bytes[..self.lexer.at];
        let word = before.iter().rposition(|byte| !(crate::lexer::is_word(*byte) || *byte == b'.'));
        let start = word.map_or(0, |at| at + 1);
        let is_first = self.lexer.bytes[..start].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
        let rest = self.lexer.next_on_line(self.lexer.at + 1);
        let is_keyword = matches!(&before[start..], b"else" | b"try" | b"finally");
        matches!(is_first, None | Some(b'\n' | b';' | b':'))
            && !matches!(self.lexer.byte(rest), b'\n' | b'#' | 0)
            && !is_keyword
    }

    /// A text with its prefix; `quote` is the place of the quote.
    fn text(&mut self, quote: usize) {
        let (start, sign) = (self.lexer.at, self.lexer.byte(quote));
        let prefix = &self.lexer.bytes[start..quote];
        let has = |letter: u8| prefix.iter().any(|byte| byte.to_ascii_lowercase() == letter);
        let (is_raw, is_format) = (has(b'r'), (has(b'f') || has(b't')) && self.lexer.depth < MAX_DEPTH);
        let is_long = self.lexer.byte(quote + 1) == sign && self.lexer.byte(quote + 2) == sign;
        let mut end = quote + if is_long { 3 } else { 1 };
        loop {
            let byte = self.lexer.byte(end);
            let is_last = byte == sign
                && (!is_long || (self.lexer.byte(end + 1) == sign && self.lexer.byte(end + 2) == sign));
            if end >= self.lexer.bytes.len() || (byte == b'\n' && !is_long) {
                break self.lexer.paint(Class::Text, end);
            } else if is_last {
                break self.lexer.paint(Class::Text, end + if is_long { 3 } else { 1 });
            } else if byte == b'\\' {
                let behind = if is_raw { None } else { escape_end(self.lexer, end) };
                if let Some(behind) = behind {
                    self.lexer.paint(Class::Text, end);
                    self.lexer.paint(Class::Escape, behind);
                    end = self.lexer.at;
                } else {
                    end = self.lexer.char_end(end + 1);
                }
            } else if byte == b'{' && is_format {
                if self.lexer.byte(end + 1) == b'{' {
                    end += 2;
                    continue;
                }
                self.lexer.paint(Class::Text, end);
                self.interpolation(is_long);
                end = self.lexer.at;
            } else {
                end += 1;
            }
        }
        self.is_done_with(b'w');
    }

    /// `{value!r:>8}` in a text.
    fn interpolation(&mut self, is_long: bool) {
        self.lexer.paint_one(Class::Escape);
        self.lexer.depth += 1;
        let mut inner = python(self.lexer);
        inner.is_start = false;
        while !inner.lexer.is_done() {
            let byte = inner.lexer.ahead(0);
            let is_outside = inner.open.is_empty();
            if (byte == b'\n' && !is_long) || (is_outside && byte == b'}') {
                break;
            }
            let is_conversion = byte == b'!' && inner.lexer.ahead(1) != b'=';
            if is_outside && (is_conversion || (byte == b':' && inner.lexer.ahead(1) != b'=')) {
                format_end(inner.lexer, is_long);
                break;
            }
            inner.token();
        }
        self.lexer.depth -= 1;
        if self.lexer.ahead(0) == b'}' {
            self.lexer.paint_one(Class::Escape);
        }
    }
}

/// Goes to the brace that ends a format, past formats in it.
fn format_end(lexer: &mut Lexer<'_, '_>, is_long: bool) {
    let mut n_open = 0;
    while !lexer.is_done() && (is_long || lexer.ahead(0) != b'\n') {
        match lexer.ahead(0) {
            b'{' => n_open += 1,
            b'}' if n_open == 0 => return,
            b'}' => n_open -= 1,
            b'"' | b'\'' => return,
            _ => {}
        }
        lexer.at += 1;
    }
}

/// Where the escape at this place ends; nothing when Python leaves the backslash as it is.
fn escape_end(lexer: &Lexer<'_, '_>, at: usize) -> Option<usize> {
    let digits = |n: usize, from: usize| {
        let end = lexer.end_of(from, |byte| byte.is_ascii_hexdigit()).min(from + n);
        (end == from + n).then_some(end)
    };
    match lexer.byte(at + 1) {
        b'u' => digits(4, at + 2),
        b'U' => digits(8, at + 2),
        b'x' => digits(2, at + 2),
        b'0'..=b'7' => Some(lexer.end_of(at + 1, |byte| matches!(byte, b'0'..=b'7')).min(at + 4)),
        b'N' if lexer.byte(at + 2) == b'{' => {
            let end =
                lexer.end_of(at + 3, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-'));
            (lexer.byte(end) == b'}').then_some(end + 1)
        }
        b'\n' | b'\\' | b'\'' | b'"' | b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' => Some(at + 2),
        _ => None,
    }
}

fn is_prefix(word: &[u8]) -> bool {
    word.len() <= 2
        && word.iter().all(|byte| matches!(byte.to_ascii_lowercase(), b'r' | b'b' | b'u' | b'f' | b't'))
}

#[rustfmt::skip]
fn is_keyword(word: &[u8]) -> bool {
    matches!(
        word,
        b"as" | b"assert" | b"async" | b"await" | b"break" | b"class" | b"continue" | b"def" | b"del" | b"elif"
        | b"else" | b"except" | b"exec" | b"finally" | b"for" | b"from" | b"global" | b"if" | b"import" | b"lambda"
        | b"nonlocal" | b"pass" | b"print" | b"raise" | b"return" | b"try" | b"while" | b"with" | b"yield"
        | b"match" | b"case" | b"type"
    )
}
