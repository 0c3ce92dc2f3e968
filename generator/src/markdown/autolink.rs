//! Web addresses that stand in a text by themselves become links, as readers of Markdown expect since GitHub.

use pulldown_cmark::Event;

use super::parse::Placed;
use super::writer::Writer;
use crate::html::{push_escaped, push_url};

/// Where an address can begin. The last one is on the web as well.
const STARTS: [&str; 3] = ["https://", "http://", "www."];

/// Whether it is worth looking for an address. Cheap, because it is asked of every text.
pub(super) fn may_have_address(text: &str) -> bool {
    text.contains("://") || text.contains("www.")
}

impl Writer<'_, '_> {
    /// Writes the text at the start of these events with its first address as a link. Returns how many events that
    /// takes, and nothing where there is no address. The parser cuts texts at letters such as `_`, so an address may
    /// reach over several of them: the source says where it ends.
    pub(super) fn autolinked(&mut self, events: &[Placed<'_>]) -> Option<usize> {
        let source = &self.body.text.source;
        let (Event::Text(text), span) = events.first()? else { return None };
        let texts = events.iter().take_while(|(event, _)| matches!(event, Event::Text(_)));
        // Escapes and typographic quotes have other lengths than their source; an address has none in front of it then.
        if source.get(span.clone()) != Some(text) {
            return None;
        }
        let at = start(text)?;
        let first = span.start + at;
        let (mut limit, mut piece) = (span.end, &source[first..span.end]);
        for (_, next) in texts.clone().skip(1) {
            // Each piece is looked at once: an address that never ends must not cost more than its length.
            let is_over = piece.contains([' ', '\n']) || limit > first + MAX_BYTES;
            if next.start != limit || is_over {
                break;
            }
            (limit, piece) = (next.end, &source[next.clone()]);
        }
        let address = address(&source[first..limit])?;
        let end = first + address.len();
        let body = self.body;
        let n_taken = texts.take_while(|(_, span)| span.start < end).count();
        let (last, last_span) = &events[n_taken - 1];
        self.text(&text[..at]);
        self.push_address(&body.text.source[first..end]);
        let rest = &body.text.source[end..last_span.end.max(end)];
        let is_as_written =
            matches!(last, Event::Text(last) if **last == body.text.source[last_span.clone()]);
        if n_taken == 1 || is_as_written {
            self.text_with_addresses(rest);
        } else if !rest.is_empty() {
            self.text(rest);
        }
        Some(n_taken)
    }

    /// What is behind an address may have another one.
    fn text_with_addresses(&mut self, text: &str) {
        let mut rest = text;
        while let Some((at, address)) = start(rest).and_then(|at| Some((at, address(&rest[at..])?))) {
            self.text(&rest[..at]);
            self.push_address(address);
            rest = &rest[at + address.len()..];
        }
        self.text(rest);
    }

    fn push_address(&mut self, written: &str) {
        let address = written.replace("&amp;", "&");
        self.html.push_str("<a");
        if written.starts_with("www.") {
            push_url(&mut self.html, "href", &format!("https://{address}"));
        } else {
            push_url(&mut self.html, "href", &address);
        }
        self.html.push('>');
        push_escaped(&mut self.html, &address);
        self.html.push_str("</a>");
        self.passages.add(&address);
        self.length.add_text(&address);
    }
}

/// The most bytes of an address.
const MAX_BYTES: usize = 1_000;

/// Where the first address may begin: not within a word.
fn start(text: &str) -> Option<usize> {
    let within_word =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '.' | '-' | '@');
    // In one pass up to the first: to look for each start by itself would read the rest of the text for every address.
    let mut first_letters = text.match_indices(['h', 'w']).map(|(at, _)| at);
    first_letters.find(|at| {
        STARTS.iter().any(|start| text[*at..].starts_with(start))
            && !text[..*at].chars().next_back().is_some_and(within_word)
    })
}

/// The address that a text begins with: up to white space, `<` or a letter of another script, without the punctuation
/// that belongs to the sentence.
fn address(text: &str) -> Option<&str> {
    let end = text
        .find(|letter: char| !letter.is_ascii_graphic() || matches!(letter, '<' | '"' | '`' | '\\' | '|'));
    let mut address = &text[..end.unwrap_or(text.len()).min(MAX_BYTES)];
    let mut n_open = address.matches('(').count();
    let mut n_closed = address.matches(')').count();
    while let Some(last) = address.chars().next_back() {
        let is_sentence = matches!(last, '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '*' | '_' | '~' | '(')
            || (last == ')' && n_closed > n_open);
        if !is_sentence {
            break;
        }
        n_open -= usize::from(last == '(');
        n_closed -= usize::from(last == ')');
        address = &address[..address.len() - 1];
    }
    let host = STARTS.iter().find_map(|start| address.strip_prefix(start))?;
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let is_host =
        host.bytes().all(allowed) && host.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    (is_host && (host.contains('.') || host == "localhost" || address.starts_with("www."))).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_where_readers_would_say() {
        for (text, expected) in [
            ("see https://a.example/b_c-d?e=1#f.", Some("https://a.example/b_c-d?e=1#f")),
            ("(http://a.example/b_(c))", Some("http://a.example/b_(c)")),
            ("www.a.example, and", Some("www.a.example")),
            ("请看https://a.example/b。然后", Some("https://a.example/b")),
            ("https://a.example/))))", Some("https://a.example/")),
            ("xhttps://a.example", None),
            ("https://a", None),
            ("https:///a.b", None),
            ("http://localhost:8000/", Some("http://localhost:8000/")),
        ] {
            assert_eq!(start(text).and_then(|at| address(&text[at..])), expected, "{text}");
        }
    }
}
