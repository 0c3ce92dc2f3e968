//! Writing text into HTML.

use std::fmt::{self, Write};

/// Appends text with everything escaped that could end a text or a quoted attribute.
pub(crate) fn push_escaped(out: &mut String, text: &str) {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let replacement = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(replacement);
        from = at + 1;
    }
    out.push_str(&text[from..]);
}

/// The text, escaped.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    push_escaped(&mut out, text);
    out
}

/// Appends ` name="value"`.
pub(crate) fn push_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    push_escaped(out, value);
    out.push('"');
}

/// Appends ` name="address"`. What an address does not show as it is gets percent-encoded, as CommonMark wants it.
pub(crate) fn push_url(out: &mut String, name: &str, url: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    let mut from = 0;
    for (at, letter) in url.char_indices() {
        if letter.is_ascii_alphanumeric() || "-_.+!*(),%#@?=;:/$~'".contains(letter) {
            continue;
        }
        out.push_str(&url[from..at]);
        from = at + letter.len_utf8();
        if letter == '&' {
            out.push_str("&amp;");
        } else {
            for byte in url[at..from].bytes() {
                push(out, format_args!("%{byte:02X}"));
            }
        }
    }
    out.push_str(&url[from..]);
    out.push('"');
}

/// Appends formatted text as it is.
pub(crate) fn push(out: &mut String, text: fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes all text");
}
