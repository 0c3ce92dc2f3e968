//! Style sheets and scripts of a theme without what only their authors read: comments, indents, spaces.
//!
//! Nothing is renamed or rewritten, so that the tokens stay what they were. Whatever is not plain enough to be sure of it is
//! published as it is: that costs bytes and breaks nothing. `/*! … */` stays, because licences stand there.

mod css;
mod js;

use std::borrow::Cow;

/// The bytes to publish for a file of a theme.
pub(crate) fn minified<'a>(name: &str, bytes: Cow<'a, [u8]>) -> Cow<'a, [u8]> {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    let Ok(text) = std::str::from_utf8(&bytes) else { return bytes };
    let short = match extension {
        Some("css") => css::minify(text),
        Some("js" | "mjs") => js::minify(text),
        _ => None,
    };
    short.map_or(bytes, |text| Cow::Owned(text.into_bytes()))
}

/// What stood between two tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    Nothing,
    /// A comment, which parts two words without being a space.
    Comment,
    Space,
    /// At least one line break.
    Line,
}

/// Reads on in a text.
#[derive(Debug)]
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// The next `len` bytes, which end between two characters.
    fn take(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(len);
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let len = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        self.take(len)
    }

    /// Takes everything up to the end of `mark`; nothing when it does not come.
    fn take_through(&mut self, mark: &str) -> Option<&'a str> {
        let len = self.rest.find(mark)? + mark.len();
        Some(self.take(len))
    }

    /// Takes a text in quotes, the first of which is next; nothing when its line ends before it.
    fn take_string(&mut self) -> Option<&'a str> {
        let quote = self.peek()?;
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((idx, c)) = chars.next() {
            match c {
                '\\' => drop(chars.next()),
                '\n' | '\r' => return None,
                _ if c == quote => return Some(self.take(idx + c.len_utf8())),
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme_files::default_file;

    #[test]
    fn every_file_of_the_theme_gets_shorter() {
        for name in ["site.css", "pages.css", "search.css", "site.js", "search.js", "passkey.js"] {
            let source = default_file(&format!("assets/{name}"));
            let short = minified(name, Cow::Borrowed(source.as_bytes()));
            assert!(short.len() * 100 < source.len() * 97, "{name}: {} of {}", short.len(), source.len());
        }
        for (name, bytes) in [("a.svg", &b"<svg> </svg>"[..]), ("a.css", b"a{ } \xff"), ("a.js", b"a  = /b")]
        {
            assert_eq!(&*minified(name, Cow::Borrowed(bytes)), bytes, "{name}");
        }
    }
}
