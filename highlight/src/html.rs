//! HTML and XML, with the styles and scripts in it.

use crate::lexer::{Lexer, is_word};
use crate::painter::Class;
use crate::{css, javascript, json};

pub(crate) fn read(lexer: &mut Lexer<'_, '_>) {
    while !lexer.is_done() {
        lexer.at = lexer.end_of(lexer.at, |byte| byte != b'<');
        let next = lexer.ahead(1);
        if lexer.starts_with(b"<!--") {
            lexer.paint(Class::Comment, lexer.behind(lexer.at + 4, b"-->"));
        } else if lexer.starts_with(b"<![CDATA[") {
            lexer.paint(Class::Text, lexer.behind(lexer.at, b"]]>"));
        } else if next == b'!' || next == b'?' {
            let end = lexer.end_of(lexer.at, |byte| byte != b'>');
            lexer.paint(Class::Number, end);
            lexer.paint(Class::Punctuation, end + 1);
        } else if next.is_ascii_alphabetic() || (next == b'/' && lexer.ahead(2).is_ascii_alphabetic()) {
            tag(lexer);
        } else {
            lexer.at += 1;
        }
    }
}

fn is_name(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'-' | b':' | b'.')
}

fn tag(lexer: &mut Lexer<'_, '_>) {
    let is_end = lexer.ahead(1) == b'/';
    lexer.paint(Class::Punctuation, lexer.at + if is_end { 2 } else { 1 });
    let name = lexer.at..lexer.end_of(lexer.at, is_name);
    lexer.paint(Class::Type, name.end);
    let attributes = lexer.at;
    while !lexer.is_done() {
        match lexer.ahead(0) {
            b'>' => {
                lexer.paint_one(Class::Punctuation);
                break;
            }
            b'/' if lexer.ahead(1) == b'>' => return lexer.paint(Class::Punctuation, lexer.at + 2),
            b'<' => return,
            b'=' => value(lexer),
            byte if byte.is_ascii_whitespace() || matches!(byte, b'/' | b'"' | b'\'') => lexer.at += 1,
            _ => lexer.paint(Class::Attribute, lexer.end_of(lexer.at, is_attribute)),
        }
    }
    let bytes = lexer.bytes;
    if !is_end {
        raw(lexer, &bytes[name], &bytes[attributes..lexer.at]);
    }
}

fn is_attribute(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !matches!(byte, b'>' | b'<' | b'/' | b'=' | b'"' | b'\'')
}

/// `="value"`.
fn value(lexer: &mut Lexer<'_, '_>) {
    lexer.at = lexer.next_sign(lexer.at + 1);
    let quote = lexer.ahead(0);
    let end = match quote {
        b'"' | b'\'' => lexer.end_of(lexer.at + 1, |byte| byte != quote) + 1,
        _ => lexer.end_of(lexer.at, |byte| !byte.is_ascii_whitespace() && !matches!(byte, b'>' | b'<')),
    };
    lexer.paint(Class::Text, end);
}

/// What is in an element that holds another language.
fn raw(lexer: &mut Lexer<'_, '_>, name: &[u8], attributes: &[u8]) {
    let read = if name.eq_ignore_ascii_case(b"style") {
        css::read
    } else if !name.eq_ignore_ascii_case(b"script") {
        return;
    } else if contains(attributes, b"json") {
        json::read
    } else {
        javascript::read
    };
    let mut end = lexer.at;
    loop {
        end = lexer.end_of(end, |byte| byte != b'<');
        let rest = &lexer.bytes[end..];
        let closes = rest.get(1) == Some(&b'/')
            && rest.get(2..2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
        if rest.is_empty() || closes {
            break;
        }
        end += 1;
    }
    lexer.within(end, read);
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
