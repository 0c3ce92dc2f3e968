//! JSON, and JSON with comments.

use crate::lexer::{Lexer, starts_word};
use crate::painter::Class;

pub(crate) fn read(lexer: &mut Lexer<'_, '_>) {
    while !lexer.is_done() {
        match lexer.ahead(0) {
            b'"' | b'\'' => text(lexer),
            b'/' if lexer.ahead(1) == b'/' => lexer.paint(Class::Comment, lexer.line_end(lexer.at)),
            b'/' if lexer.ahead(1) == b'*' => lexer.paint(Class::Comment, lexer.behind(lexer.at + 2, b"*/")),
            b'-' | b'0'..=b'9' => lexer.paint(Class::Number, lexer.end_of(lexer.at, is_number)),
            byte if starts_word(byte) => word(lexer),
            _ => lexer.at += 1,
        }
    }
}

fn is_number(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-')
}

fn word(lexer: &mut Lexer<'_, '_>) {
    let end = lexer.word_end(lexer.at);
    let class = match &lexer.bytes[lexer.at..end] {
        b"true" | b"false" | b"null" => Class::Number,
        _ if lexer.byte(lexer.next_sign(end)) == b':' => Class::Attribute,
        _ => Class::Plain,
    };
    lexer.paint(class, end);
    lexer.at = end;
}

/// A key, or a text with its escapes. A text ends with its line at the latest.
fn text(lexer: &mut Lexer<'_, '_>) {
    let quote = lexer.ahead(0);
    let mut end = lexer.at + 1;
    while !matches!(lexer.byte(end), b'\n' | 0) && lexer.byte(end) != quote {
        end += if lexer.byte(end) == b'\\' { 2 } else { 1 };
    }
    let end = (end + usize::from(lexer.byte(end) == quote)).min(lexer.bytes.len());
    let is_key = lexer.byte(lexer.next_sign(end)) == b':';
    let class = if is_key { Class::Attribute } else { Class::Text };
    while lexer.at < end {
        let escape = lexer.find(b'\\', lexer.at, end);
        lexer.paint(class, escape);
        if escape < end {
            let n_digits = if lexer.ahead(1) == b'u' { 6 } else { 2 };
            lexer.paint(Class::Escape, (lexer.at + n_digits).min(end));
        }
    }
}
