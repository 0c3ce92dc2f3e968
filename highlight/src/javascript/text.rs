//! Texts and patterns.

use crate::lexer::Lexer;
use crate::painter::Class;

/// A text with its escapes. It ends with its line at the latest, unless the line end is escaped.
pub(super) fn text(lexer: &mut Lexer<'_, '_>) {
    let quote = lexer.ahead(0);
    let mut end = lexer.at + 1;
    loop {
        match lexer.byte(end) {
            b'\\' => {
                lexer.paint(Class::Text, end);
                lexer.paint(Class::Escape, escape_end(lexer));
                end = lexer.at;
            }
            byte if byte == quote => return lexer.paint(Class::Text, end + 1),
            b'\n' => return lexer.paint(Class::Text, end),
            _ if end >= lexer.bytes.len() => return lexer.paint(Class::Text, end),
            _ => end += 1,
        }
    }
}

pub(super) fn escape_end(lexer: &Lexer<'_, '_>) -> usize {
    let at = lexer.at;
    let hex = |from: usize, n: usize| lexer.end_of(from, |byte| byte.is_ascii_hexdigit()).min(from + n);
    match lexer.ahead(1) {
        b'x' => hex(at + 2, 2),
        b'u' if lexer.ahead(2) == b'{' => {
            let end = hex(at + 3, 6);
            end + usize::from(lexer.byte(end) == b'}')
        }
        b'u' => hex(at + 2, 4),
        _ => lexer.char_end(at + 1),
    }
}

/// A pattern with its flags. It ends with its line at the latest.
pub(super) fn regex(lexer: &mut Lexer<'_, '_>) {
    let (mut end, mut in_set) = (lexer.at + 1, false);
    loop {
        match lexer.byte(end) {
            b'\\' => end += 1,
            b'[' => in_set = true,
            b']' => in_set = false,
            b'/' if !in_set => return lexer.paint(Class::Text, lexer.word_end(end + 1)),
            b'\n' => return lexer.paint(Class::Text, end),
            _ if end >= lexer.bytes.len() => return lexer.paint(Class::Text, end),
            _ => {}
        }
        end += 1;
    }
}
