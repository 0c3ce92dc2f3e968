//! TOML.

use crate::lexer::{Lexer, is_word};
use crate::painter::Class;

/// What is open: an array, or a table within a line.
type Open = Vec<u8>;

pub(crate) fn read(lexer: &mut Lexer<'_, '_>) {
    let mut open = Open::new();
    // Whether a key comes next.
    let mut is_key = true;
    while !lexer.is_done() {
        match lexer.ahead(0) {
            b'\n' => {
                is_key |= open.is_empty();
                lexer.at += 1;
            }
            b' ' | b'\t' | b'\r' => lexer.at += 1,
            b'#' => lexer.paint(Class::Comment, lexer.line_end(lexer.at)),
            b'[' if is_key && open.is_empty() => header(lexer),
            b'=' => {
                lexer.paint_one(Class::Punctuation);
                is_key = false;
            }
            byte @ (b'[' | b'{') => {
                open.push(byte);
                is_key = byte == b'{';
                lexer.paint_one(Class::Punctuation);
            }
            b']' | b'}' => {
                open.pop();
                is_key = false;
                lexer.paint_one(Class::Punctuation);
            }
            b',' => {
                is_key = open.last() == Some(&b'{');
                lexer.paint_one(Class::Punctuation);
            }
            b'"' | b'\'' => text(lexer),
            b'.' if is_key => lexer.paint_one(Class::Punctuation),
            byte if is_bare(byte) && is_key => lexer.paint(Class::Attribute, lexer.end_of(lexer.at, is_bare)),
            byte if is_bare(byte) || byte == b'+' => value(lexer),
            _ => lexer.at += 1,
        }
    }
}

fn is_bare(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

/// `[table.name]` or `[[list]]`, up to the end of the line.
fn header(lexer: &mut Lexer<'_, '_>) {
    let end = lexer.line_end(lexer.at);
    while lexer.at < end {
        match lexer.ahead(0) {
            b'[' | b']' | b'.' => lexer.paint_one(Class::Punctuation),
            b'"' | b'\'' => text(lexer),
            b'#' => lexer.paint(Class::Comment, end),
            byte if is_bare(byte) => lexer.paint(Class::Type, lexer.end_of(lexer.at, is_bare)),
            _ => lexer.at += 1,
        }
    }
}

/// A number, a truth or a time.
fn value(lexer: &mut Lexer<'_, '_>) {
    let of_value = |byte: u8| is_bare(byte) || matches!(byte, b'.' | b'+' | b':');
    let mut end = lexer.end_of(lexer.at, of_value);
    let bytes = lexer.bytes;
    let word = &bytes[lexer.at..end];
    let unsigned = word.strip_prefix(b"+").or_else(|| word.strip_prefix(b"-")).unwrap_or(word);
    let is_number = matches!(unsigned, b"inf" | b"nan") || unsigned.first().is_some_and(u8::is_ascii_digit);
    let is_time = word.contains(&b':') || (word.len() == 10 && word[4] == b'-' && word[7] == b'-');
    // The day and the hour may stand apart.
    if is_time && !word.contains(&b':') && lexer.byte(end) == b' ' && lexer.byte(end + 1).is_ascii_digit() {
        end = lexer.end_of(end + 1, of_value);
    }
    let class = match word {
        _ if is_time => Class::Text,
        b"true" | b"false" => Class::Number,
        _ if is_number => Class::Number,
        _ => Class::Plain,
    };
    lexer.paint(class, end);
}

/// A text, on one line or many.
fn text(lexer: &mut Lexer<'_, '_>) {
    let quote = lexer.ahead(0);
    let is_long = lexer.ahead(1) == quote && lexer.ahead(2) == quote;
    let has_escapes = quote == b'"';
    let mut end = lexer.at + if is_long { 3 } else { 1 };
    loop {
        let byte = lexer.byte(end);
        if end >= lexer.bytes.len() || (byte == b'\n' && !is_long) {
            return lexer.paint(Class::Text, end);
        }
        if byte == quote && !is_long {
            return lexer.paint(Class::Text, end + 1);
        }
        // The text itself may end with one or two.
        let n_quotes = (0..5).take_while(|n| lexer.byte(end + n) == quote).count();
        if n_quotes >= 3 {
            return lexer.paint(Class::Text, end + n_quotes);
        }
        if byte == b'\\' && has_escapes {
            lexer.paint(Class::Text, end);
            lexer.paint(Class::Escape, escape_end(lexer));
            end = lexer.at;
        } else {
            end += 1;
        }
    }
}

fn escape_end(lexer: &Lexer<'_, '_>) -> usize {
    let n_digits = match lexer.ahead(1) {
        b'u' => 4,
        b'U' => 8,
        _ => return lexer.char_end(lexer.at + 1),
    };
    let from = lexer.at + 2;
    lexer.end_of(from, |byte| byte.is_ascii_hexdigit()).min(from + n_digits)
}
