//! Texts and expansions.

use super::{Frame, bash, read};
use crate::lexer::{Lexer, MAX_DEPTH, starts_word};
use crate::painter::Class;

/// A text or an expansion. Whether one stands here.
pub(super) fn part(lexer: &mut Lexer<'_, '_>) -> bool {
    match lexer.ahead(0) {
        b'"' => text(lexer, b'"', 1),
        b'\'' => {
            let end = lexer.end_of(lexer.at + 1, |byte| byte != b'\'');
            lexer.paint(Class::Text, end + 1);
        }
        b'`' if lexer.depth < MAX_DEPTH => {
            let end = lexer.end_of(lexer.at + 1, |byte| byte != b'`');
            lexer.at += 1;
            lexer.depth += 1;
            lexer.within(end, read);
            lexer.depth -= 1;
            lexer.at = (end + 1).min(lexer.bytes.len());
        }
        b'$' => return dollar(lexer),
        _ => return false,
    }
    true
}

/// A text in which expansions have their own colours.
fn text(lexer: &mut Lexer<'_, '_>, quote: u8, n_quotes: usize) {
    let mut end = lexer.at + n_quotes;
    while end < lexer.bytes.len() {
        match lexer.byte(end) {
            byte if byte == quote => return lexer.paint(Class::Text, end + 1),
            b'\\' => end += 2,
            b'$' | b'`' if lexer.depth < MAX_DEPTH => {
                lexer.paint(Class::Text, end);
                if !part(lexer) {
                    lexer.paint_one(Class::Text);
                }
                end = lexer.at;
            }
            _ => end += 1,
        }
    }
    lexer.paint(Class::Text, end);
}

/// `$name`, `${name}`, `$(commands)` or `$((sum))`. Whether one stands here.
fn dollar(lexer: &mut Lexer<'_, '_>) -> bool {
    let next = lexer.ahead(1);
    match next {
        b'(' if lexer.depth < MAX_DEPTH => commands(lexer),
        b'{' if lexer.depth < MAX_DEPTH => expansion(lexer),
        b'\'' => {
            let end = lexer.quoted_end(lexer.at + 1);
            lexer.paint(Class::Text, end);
        }
        b'?' | b'$' | b'!' | b'#' | b'@' | b'*' | b'-' | b'0'..=b'9' => {
            lexer.paint_one(Class::Punctuation);
            lexer.paint_one(Class::Attribute);
        }
        _ if starts_word(next) => {
            lexer.paint_one(Class::Punctuation);
            lexer.paint(Class::Attribute, lexer.word_end(lexer.at));
        }
        _ => return false,
    }
    true
}

fn commands(lexer: &mut Lexer<'_, '_>) {
    let is_sum = lexer.ahead(2) == b'(';
    lexer.at += if is_sum { 3 } else { 2 };
    lexer.depth += 1;
    let mut inner = bash(lexer);
    if is_sum {
        inner.frames.push(Frame::Sum);
        inner.is_command = false;
    }
    loop {
        let is_outside = inner.frames.len() == usize::from(is_sum) && !inner.in_patterns;
        if inner.lexer.is_done() || (is_outside && inner.lexer.ahead(0) == b')') {
            break;
        }
        inner.token();
    }
    lexer.depth -= 1;
    let n_bytes = if is_sum && lexer.ahead(1) == b')' { 2 } else { 1 };
    lexer.at = (lexer.at + n_bytes).min(lexer.bytes.len());
}

/// `${name:-default}`.
fn expansion(lexer: &mut Lexer<'_, '_>) {
    lexer.at += 2;
    lexer.at = lexer.end_of(lexer.at, |byte| matches!(byte, b'#' | b'!'));
    let name = match lexer.ahead(0) {
        b'@' | b'*' | b'?' | b'-' | b'$' => lexer.at + 1,
        _ => lexer.word_end(lexer.at),
    };
    lexer.paint(Class::Attribute, name);
    lexer.depth += 1;
    while !lexer.is_done() && lexer.ahead(0) != b'}' {
        match lexer.ahead(0) {
            b'\\' => lexer.at = lexer.char_end(lexer.at + 1),
            b'"' | b'\'' | b'$' | b'`' if part(lexer) => {}
            _ => lexer.at += 1,
        }
    }
    lexer.depth -= 1;
    lexer.at = (lexer.at + 1).min(lexer.bytes.len());
}

/// The lines of a here-document and the word that ends it.
pub(super) fn document_body(lexer: &mut Lexer<'_, '_>, word: &[u8], may_indent: bool, is_literal: bool) {
    let mut line = lexer.at;
    let end = loop {
        let end = lexer.line_end(line);
        let text = &lexer.bytes[line..end];
        let text = if may_indent { text.trim_ascii_start() } else { text };
        if text == word || end >= lexer.bytes.len() {
            break if text == word { line } else { end };
        }
        line = end + 1;
    };
    if is_literal {
        lexer.paint(Class::Text, end);
    } else {
        lexer.within(end, |lexer| text(lexer, 0, 0));
    }
    lexer.at = lexer.next_on_line(end);
    if lexer.bytes[lexer.at..].starts_with(word) {
        lexer.paint(Class::Text, lexer.at + word.len());
    }
}
