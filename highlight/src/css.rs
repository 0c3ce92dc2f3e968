//! CSS, with nesting; SCSS and Less by their common part.

use crate::lexer::{Lexer, is_word};
use crate::painter::Class;

pub(crate) fn read(lexer: &mut Lexer<'_, '_>) {
    while !lexer.is_done() {
        match lexer.ahead(0) {
            byte if byte.is_ascii_whitespace() => lexer.at += 1,
            b'{' | b'}' | b';' => lexer.paint_one(Class::Punctuation),
            b'@' => at_rule(lexer),
            b'/' if is_comment(lexer) => comment(lexer),
            _ => {
                let (end, is_rule) = part_end(lexer);
                if is_rule { selector(lexer, end) } else { declaration(lexer, end) }
            }
        }
    }
}

fn is_comment(lexer: &Lexer<'_, '_>) -> bool {
    lexer.ahead(0) == b'/' && lexer.ahead(1) == b'*'
}

fn comment(lexer: &mut Lexer<'_, '_>) {
    lexer.paint(Class::Comment, lexer.behind(lexer.at + 2, b"*/"));
}

/// Where this part ends, and whether a brace follows, so that it is a selector.
fn part_end(lexer: &Lexer<'_, '_>) -> (usize, bool) {
    let (mut at, mut n_open) = (lexer.at, 0_usize);
    loop {
        match lexer.byte(at) {
            b'{' => return (at, true),
            b';' if n_open == 0 => return (at, false),
            b'}' => return (at, false),
            b'(' => n_open += 1,
            b')' => n_open = n_open.saturating_sub(1),
            b'"' | b'\'' => at = text_end(lexer, at) - 1,
            b'\\' => at += 1,
            b'/' if lexer.byte(at + 1) == b'*' => at = lexer.behind(at + 2, b"*/") - 1,
            _ if at >= lexer.bytes.len() => return (lexer.bytes.len(), false),
            _ => {}
        }
        at += 1;
    }
}

/// Behind the text that begins here, which ends with its line at the latest.
fn text_end(lexer: &Lexer<'_, '_>, at: usize) -> usize {
    let quote = lexer.byte(at);
    let mut end = at + 1;
    while end < lexer.bytes.len() && !matches!(lexer.bytes[end], b'\n') && lexer.bytes[end] != quote {
        end += if lexer.bytes[end] == b'\\' { 2 } else { 1 };
    }
    (end + usize::from(lexer.byte(end) == quote)).min(lexer.bytes.len())
}

fn is_name(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'-' | b'\\')
}

/// Whether a name begins here: `-webkit-box`, not `-1`.
fn starts_name(lexer: &Lexer<'_, '_>) -> bool {
    let byte = lexer.ahead(0);
    let next = lexer.ahead(1);
    (is_name(byte) && !byte.is_ascii_digit() && byte != b'-')
        || (byte == b'-' && is_name(next) && !next.is_ascii_digit())
}

fn name_end(lexer: &Lexer<'_, '_>, at: usize) -> usize {
    lexer.end_of(at, is_name)
}

fn selector(lexer: &mut Lexer<'_, '_>, end: usize) {
    while lexer.at < end {
        match lexer.ahead(0) {
            b'.' | b'#' => {
                lexer.paint_one(Class::Punctuation);
                lexer.paint(Class::Attribute, name_end(lexer, lexer.at).min(end));
            }
            b':' => {
                let n_colons = lexer.end_of(lexer.at, |byte| byte == b':') - lexer.at;
                lexer.paint(Class::Punctuation, lexer.at + n_colons);
                lexer.paint(Class::Attribute, name_end(lexer, lexer.at).min(end));
            }
            b'[' => attribute(lexer, end),
            b'>' | b'+' | b'~' | b',' | b'(' | b')' | b'|' => lexer.paint_one(Class::Punctuation),
            b'*' | b'&' => lexer.paint_one(Class::Type),
            b'"' | b'\'' => lexer.paint(Class::Text, text_end(lexer, lexer.at).min(end)),
            b'/' if is_comment(lexer) => comment(lexer),
            b'0'..=b'9' => number(lexer, end),
            b'-' if !starts_name(lexer) => lexer.paint_one(Class::Punctuation),
            _ if starts_name(lexer) => {
                let name = name_end(lexer, lexer.at).min(end);
                let class = match &lexer.bytes[lexer.at..name] {
                    b"from" | b"to" => Class::Keyword,
                    _ => Class::Type,
                };
                lexer.paint(class, name);
            }
            _ => lexer.at += 1,
        }
    }
}

/// `[type="text" i]` in a selector.
fn attribute(lexer: &mut Lexer<'_, '_>, end: usize) {
    lexer.at += 1;
    lexer.paint(Class::Attribute, name_end(lexer, lexer.at).min(end));
    while lexer.at < end && lexer.ahead(0) != b']' {
        match lexer.ahead(0) {
            b'=' | b'^' | b'|' | b'~' | b'$' | b'*' => lexer.paint_one(Class::Punctuation),
            b'"' | b'\'' => lexer.paint(Class::Text, text_end(lexer, lexer.at).min(end)),
            _ if starts_name(lexer) => lexer.paint(Class::Text, name_end(lexer, lexer.at).min(end)),
            _ => lexer.at += 1,
        }
    }
}

/// `property: values`.
fn declaration(lexer: &mut Lexer<'_, '_>, end: usize) {
    if starts_name(lexer) || matches!(lexer.ahead(0), b'$' | b'*') {
        let name = name_end(lexer, lexer.at + 1);
        let is_property = lexer.byte(lexer.next_sign(name)) == b':';
        lexer.paint(if is_property { Class::Attribute } else { Class::Plain }, name);
        lexer.at = name;
    }
    values(lexer, end);
}

fn values(lexer: &mut Lexer<'_, '_>, end: usize) {
    while lexer.at < end {
        match lexer.ahead(0) {
            b'"' | b'\'' => lexer.paint(Class::Text, text_end(lexer, lexer.at).min(end)),
            b'/' if is_comment(lexer) => comment(lexer),
            b'#' => lexer.paint(Class::Text, name_end(lexer, lexer.at + 1).min(end)),
            b'!' => {
                let word = lexer.next_sign(lexer.at + 1);
                lexer.paint(Class::Keyword, name_end(lexer, word).min(end));
            }
            b'0'..=b'9' => number(lexer, end),
            b'.' | b'+' | b'-' if is_number(lexer) => number(lexer, end),
            b':' | b',' | b'(' | b')' | b'+' | b'*' | b'/' | b'=' | b'>' | b'~' | b'.' => {
                lexer.paint_one(Class::Punctuation);
            }
            b'-' if !starts_name(lexer) => lexer.paint_one(Class::Punctuation),
            b'<' => lexer.at += 1,
            _ if starts_name(lexer) => word(lexer, end),
            _ => lexer.at += 1,
        }
    }
}

fn is_number(lexer: &Lexer<'_, '_>) -> bool {
    let next = lexer.ahead(1);
    next.is_ascii_digit() || (lexer.ahead(0) != b'.' && next == b'.' && lexer.ahead(2).is_ascii_digit())
}

fn word(lexer: &mut Lexer<'_, '_>, end: usize) {
    let name = name_end(lexer, lexer.at).min(end);
    let bytes = lexer.bytes;
    let is_call = lexer.byte(name) == b'(';
    let word = &bytes[lexer.at..name];
    let class = match word {
        b"and" | b"or" | b"not" | b"only" => Class::Punctuation,
        _ if is_call => Class::Function,
        _ => Class::Plain,
    };
    lexer.paint(class, name);
    lexer.at = name;
    let rest = lexer.next_sign(name + 1);
    let is_bare_address = is_call && word == b"url" && !matches!(lexer.byte(rest), b'"' | b'\'');
    if is_bare_address {
        lexer.paint_one(Class::Punctuation);
        lexer.at = lexer.find(b')', lexer.at, end);
    }
}

/// A number, and its unit.
fn number(lexer: &mut Lexer<'_, '_>, end: usize) {
    let mut digits = lexer.end_of(lexer.at + 1, |byte| byte.is_ascii_digit());
    if lexer.byte(digits) == b'.' && lexer.byte(digits + 1).is_ascii_digit() {
        digits = lexer.end_of(digits + 1, |byte| byte.is_ascii_digit());
    }
    let has_exponent = matches!(lexer.byte(digits), b'e' | b'E')
        && (lexer.byte(digits + 1).is_ascii_digit() || lexer.byte(digits + 1) == b'-');
    if has_exponent {
        digits = lexer.end_of(digits + 2, |byte| byte.is_ascii_digit());
    }
    lexer.paint(Class::Number, digits.min(end));
    let unit = if lexer.ahead(0) == b'%' {
        lexer.at + 1
    } else {
        lexer.end_of(lexer.at, |byte| byte.is_ascii_alphabetic())
    };
    lexer.paint(Class::Type, unit.min(end));
}

/// `@media` and its like, up to the brace or the semicolon.
fn at_rule(lexer: &mut Lexer<'_, '_>) {
    let name = name_end(lexer, lexer.at + 1);
    let bytes = lexer.bytes;
    let rule = &bytes[lexer.at + 1..name];
    let (end, _) = part_end(lexer);
    lexer.paint(Class::Keyword, name);
    if rule.ends_with(b"keyframes") || matches!(rule, b"layer" | b"property" | b"container" | b"page") {
        lexer.at = lexer.next_sign(name).min(end);
        if starts_name(lexer) && lexer.at < end {
            lexer.at = name_end(lexer, lexer.at).min(end);
        }
    }
    let mut n_open = 0_usize;
    while lexer.at < end {
        match lexer.ahead(0) {
            b'(' => n_open += 1,
            b')' => n_open = n_open.saturating_sub(1),
            _ if n_open > 0 && starts_name(lexer) => {
                let name = name_end(lexer, lexer.at).min(end);
                let is_feature =
                    matches!(lexer.byte(lexer.next_sign(name)), b':' | b')' | b'<' | b'>' | b'=');
                if is_feature && lexer.byte(lexer.at.wrapping_sub(1)) == b'(' {
                    lexer.paint(Class::Attribute, name);
                    continue;
                }
            }
            _ => {}
        }
        let one = (lexer.at + 1).max(step(lexer, end)).min(end);
        values(lexer, one);
    }
}

/// Where the next word or sign ends.
fn step(lexer: &Lexer<'_, '_>, end: usize) -> usize {
    match lexer.ahead(0) {
        b'"' | b'\'' => text_end(lexer, lexer.at),
        b'/' if is_comment(lexer) => lexer.behind(lexer.at + 2, b"*/"),
        b'0'..=b'9' | b'.' | b'-' | b'+' => {
            lexer.end_of(lexer.at + 1, |byte| is_word(byte) || matches!(byte, b'.' | b'%'))
        }
        _ if starts_name(lexer) => {
            let name = name_end(lexer, lexer.at);
            if lexer.bytes[lexer.at..name] == *b"url" { lexer.find(b')', name, end) } else { name }
        }
        _ => lexer.at + 1,
    }
}
