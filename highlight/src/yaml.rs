//! YAML.

use crate::lexer::{Lexer, is_word};
use crate::painter::Class;

struct Yaml<'l, 'p, 'c> {
    lexer: &'l mut Lexer<'p, 'c>,
    /// How many brackets and braces are open.
    n_open: usize,
    /// Where the line begins.
    line: usize,
    /// The column of the key or dash that a value on this line belongs to.
    column: usize,
}

pub(crate) fn read(lexer: &mut Lexer<'_, '_>) {
    let mut yaml = Yaml { lexer, n_open: 0, line: 0, column: 0 };
    while !yaml.lexer.is_done() {
        yaml.token();
    }
}

impl Yaml<'_, '_, '_> {
    fn token(&mut self) {
        let (byte, next) = (self.lexer.ahead(0), self.lexer.ahead(1));
        let is_first = self.lexer.at == self.line;
        let ends_word = matches!(next, b' ' | b'\t' | b'\n' | b'\r' | 0);
        match byte {
            b'\n' => {
                self.lexer.at += 1;
                self.line = self.lexer.at;
                self.column = 0;
            }
            b' ' | b'\t' | b'\r' => self.lexer.at += 1,
            b'#' => self.lexer.paint(Class::Comment, self.lexer.line_end(self.lexer.at)),
            b'%' if is_first => self.lexer.paint(Class::Attribute, self.lexer.line_end(self.lexer.at)),
            b'-' | b'.' if is_first && self.is_marker() => {
                self.lexer.paint(Class::Escape, self.lexer.at + 3);
                self.n_open = 0;
            }
            b'-' | b'?' if ends_word => {
                self.column = self.lexer.at - self.line;
                self.lexer.paint_one(Class::Punctuation);
            }
            b':' if ends_word || self.n_open > 0 => self.lexer.paint_one(Class::Punctuation),
            b'[' | b'{' => {
                self.n_open += 1;
                self.lexer.paint_one(Class::Punctuation);
            }
            b']' | b'}' | b',' if self.n_open > 0 => {
                self.n_open -= usize::from(byte != b',');
                self.lexer.paint_one(Class::Punctuation);
            }
            b'|' | b'>' if self.n_open == 0 && self.is_block() => self.block(),
            b'&' | b'*' if !ends_word => {
                self.lexer.paint_one(Class::Escape);
                let end = self.lexer.end_of(self.lexer.at, |byte| {
                    !byte.is_ascii_whitespace() && !matches!(byte, b',' | b']' | b'}')
                });
                self.lexer.paint(Class::Label, end);
            }
            b'!' => {
                let end =
                    self.lexer.end_of(self.lexer.at, |byte| !byte.is_ascii_whitespace() && byte != b',');
                self.lexer.paint(Class::Type, end);
            }
            b'"' | b'\'' => self.quoted(),
            _ => self.plain(),
        }
    }

    /// `---` or `...` on a line of its own.
    fn is_marker(&self) -> bool {
        (self.lexer.starts_with(b"---") || self.lexer.starts_with(b"..."))
            && matches!(self.lexer.ahead(3), b' ' | b'\n' | b'\r' | 0)
    }

    /// Whether a colon follows, so that what ends here is a key.
    fn is_key(&self, end: usize) -> bool {
        let colon = self.lexer.next_on_line(end);
        let ends = matches!(self.lexer.byte(colon + 1), b' ' | b'\t' | b'\n' | b'\r' | 0)
            || (self.n_open > 0
                && (matches!(self.lexer.byte(colon + 1), b',' | b'}' | b']')
                    || self.lexer.byte(end - 1) == b'"'));
        self.lexer.byte(colon) == b':' && ends
    }

    fn quoted(&mut self) {
        let (start, quote) = (self.lexer.at, self.lexer.ahead(0));
        let mut end = start + 1;
        while end < self.lexer.bytes.len() && self.lexer.bytes[end] != quote {
            end += if self.lexer.bytes[end] == b'\\' && quote == b'"' { 2 } else { 1 };
        }
        let end = (end + 1).min(self.lexer.bytes.len());
        let is_key = self.is_key(end);
        if is_key {
            self.column = start - self.line;
        }
        let class = if is_key { Class::Attribute } else { Class::Text };
        while self.lexer.at < end {
            let escape = if quote == b'"' { self.lexer.find(b'\\', self.lexer.at, end) } else { end };
            self.lexer.paint(class, escape);
            if escape < end {
                let n_digits = match self.lexer.ahead(1) {
                    b'x' => 2,
                    b'u' => 4,
                    b'U' => 8,
                    _ => 0,
                };
                self.lexer.paint(Class::Escape, (self.lexer.char_end(escape + 1) + n_digits).min(end));
            }
        }
        let line = self.lexer.bytes[start..end].iter().rposition(|byte| *byte == b'\n');
        self.line = line.map_or(self.line, |at| start + at + 1);
    }

    /// A text without quotes, up to a colon, a comment or the line end.
    fn plain(&mut self) {
        let start = self.lexer.at;
        let mut end = start;
        while end < self.lexer.bytes.len() {
            let next = self.lexer.byte(end + 1);
            match self.lexer.bytes[end] {
                b'\n' => break,
                b':' if matches!(next, b' ' | b'\t' | b'\n' | b'\r' | 0) => break,
                b':' if self.n_open > 0 && matches!(next, b',' | b'}' | b']') => break,
                b' ' | b'\t' if next == b'#' => break,
                b',' | b'[' | b']' | b'{' | b'}' if self.n_open > 0 => break,
                _ => end += 1,
            }
        }
        let bytes = self.lexer.bytes;
        let text = bytes[start..end].trim_ascii_end();
        let end = (start + text.len()).max(start + 1);
        let class = match kind(text) {
            Class::Text if self.is_key(end) => Class::Attribute,
            class => class,
        };
        if self.is_key(end) {
            self.column = start - self.line;
        }
        self.lexer.paint(class, end);
    }

    /// Whether nothing but its own signs and a comment stand behind this `|` or `>`.
    fn is_block(&self) -> bool {
        let of_head = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-');
        let head = self.lexer.end_of(self.lexer.at + 1, of_head);
        matches!(self.lexer.byte(self.lexer.next_on_line(head)), b'\n' | b'\r' | b'#' | 0)
    }

    /// `|` or `>` and the lines below it that are further in.
    fn block(&mut self) {
        let line_end = self.lexer.line_end(self.lexer.at);
        let head = self
            .lexer
            .end_of(self.lexer.at, |byte| is_word(byte) || matches!(byte, b'|' | b'>' | b'+' | b'-'));
        self.lexer.paint_one(Class::Punctuation);
        self.lexer.paint(Class::Text, head);
        let comment = self.lexer.next_on_line(head);
        if self.lexer.byte(comment) == b'#' {
            self.lexer.at = comment;
            self.lexer.paint(Class::Comment, line_end);
        }
        self.lexer.at = line_end;
        let is_top =
            self.column == 0 && self.lexer.byte(self.line) != b'-' && !starts_key(self.lexer, self.line);
        let mut end = line_end;
        while end < self.lexer.bytes.len() {
            let line = end + 1;
            let text = self.lexer.end_of(line, |byte| byte == b' ');
            let is_blank = matches!(self.lexer.byte(text), b'\n' | b'\r') || text >= self.lexer.bytes.len();
            if !is_blank && text - line <= self.column && !is_top {
                break;
            }
            end = self.lexer.line_end(line);
        }
        self.lexer.at = self.lexer.next_sign(line_end).min(end);
        self.lexer.paint(Class::Text, end);
    }
}

/// Whether the line that begins here has a key at its start.
fn starts_key(lexer: &Lexer<'_, '_>, line: usize) -> bool {
    !matches!(lexer.byte(line), b' ' | b'|' | b'>')
}

/// What a text without quotes is.
fn kind(text: &[u8]) -> Class {
    match text {
        b"true" | b"True" | b"TRUE" | b"false" | b"False" | b"FALSE" | b"null" | b"Null" | b"NULL" | b"~"
        | b".inf" | b".Inf" | b".INF" | b"-.inf" | b".nan" | b".NaN" | b".NAN" => Class::Number,
        _ if is_number(text) => Class::Number,
        _ => Class::Text,
    }
}

fn is_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    if let Some(digits) = digits.strip_prefix(b"0x") {
        return !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    }
    if let Some(digits) = digits.strip_prefix(b"0o") {
        return !digits.is_empty() && digits.iter().all(|byte| matches!(byte, b'0'..=b'7'));
    }
    let has_one_dot = digits.splitn(3, |byte| *byte == b'.').count() < 3;
    let mut is_exponent = false;
    let of_number = |(idx, byte): (usize, &u8)| match byte {
        b'0'..=b'9' | b'.' => true,
        b'e' | b'E' if idx > 0 && !is_exponent => {
            is_exponent = true;
            true
        }
        b'+' | b'-' => matches!(digits[idx - usize::from(idx > 0)], b'e' | b'E'),
        _ => false,
    };
    has_one_dot
        && digits.iter().any(u8::is_ascii_digit)
        && digits.iter().enumerate().all(of_number)
        && digits.first() != Some(&b'e')
}
