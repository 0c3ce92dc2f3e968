//! Comments and texts.

use crate::lexer::{Lexer, is_word};
use crate::painter::Class;

/// A comment that may hold others.
pub(super) fn block_comment(lexer: &mut Lexer<'_, '_>) {
    let (mut end, mut n_open) = (lexer.at + 2, 1);
    while n_open > 0 && end < lexer.bytes.len() {
        match (lexer.byte(end), lexer.byte(end + 1)) {
            (b'/', b'*') => (n_open, end) = (n_open + 1, end + 2),
            (b'*', b'/') => (n_open, end) = (n_open - 1, end + 2),
            _ => end += 1,
        }
    }
    lexer.paint(Class::Comment, end);
}

/// A text or a character from the letters before its quote to the end, with its escapes.
pub(super) fn text(lexer: &mut Lexer<'_, '_>, quote: usize) {
    let end = lexer.quoted_end(quote);
    while lexer.at < end {
        let escape = lexer.find(b'\\', lexer.at, end);
        lexer.paint(Class::Text, escape);
        if escape < end {
            lexer.paint(Class::Escape, escape_end(lexer).min(end));
        }
    }
}

fn escape_end(lexer: &Lexer<'_, '_>) -> usize {
    let at = lexer.at;
    match lexer.ahead(1) {
        b'x' => at + 4,
        b'u' if lexer.ahead(2) == b'{' => {
            let digits = lexer.end_of(at + 3, is_word);
            digits + usize::from(lexer.byte(digits) == b'}')
        }
        _ => lexer.char_end(at + 1),
    }
}

/// Behind the quote and the hashes that end a raw text.
pub(super) fn raw_end(lexer: &Lexer<'_, '_>, at: usize, n_hashes: usize) -> usize {
    let mut at = at;
    loop {
        let quote = lexer.end_of(at, |byte| byte != b'"');
        let hashes = lexer.end_of(quote + 1, |byte| byte == b'#');
        if quote >= lexer.bytes.len() {
            return quote;
        }
        if hashes - quote > n_hashes {
            return quote + 1 + n_hashes;
        }
        at = hashes;
    }
}
