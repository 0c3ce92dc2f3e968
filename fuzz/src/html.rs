//! A small reader of HTML: enough to see whether every element that opens also closes, in order.

/// Elements without an end.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
    "param",
];

/// One tag of a page.
#[derive(Debug)]
struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
    is_end: bool,
    is_self_closing: bool,
}

/// Whether every element is closed in order. Pages close what HTML would let them leave open.
///
/// # Errors
/// What is wrong, with the text around it.
pub fn check_nesting(page: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    for (tag, at) in tags(page)? {
        if tag.is_end {
            let last = open.pop();
            if last != Some(tag.name) {
                return Err(format!("</{}> closes {last:?} at …{}", tag.name, around(page, at)));
            }
        } else if !tag.is_self_closing && !VOID.contains(&tag.name) {
            open.push(tag.name);
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("never closed: {open:?}")) }
}

/// An attribute that the content policy would refuse, if the page has one.
#[must_use]
pub fn handler_or_style(page: &str) -> Option<String> {
    let tags = tags(page).ok()?;
    let names = tags.into_iter().flat_map(|(tag, _)| attribute_names(tag.attributes));
    names.into_iter().find(|name| name.starts_with("on") || name == "style" || name == "srcdoc")
}

fn around(page: &str, at: usize) -> &str {
    let start = (at.saturating_sub(80)..=at).find(|at| page.is_char_boundary(*at)).unwrap_or(at);
    let end = (at + 40..page.len()).find(|at| page.is_char_boundary(*at)).unwrap_or(page.len());
    &page[start..end]
}

fn tags(page: &str) -> Result<Vec<(Tag<'_>, usize)>, String> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = page[at..].find('<') {
        let start = at + next;
        let rest = &page[start..];
        if rest.starts_with("<!--") {
            at = start + rest.find("-->").ok_or("a comment without an end")? + 3;
            continue;
        }
        if rest.starts_with("<!") {
            at = start + rest.find('>').ok_or("a declaration without an end")? + 1;
            continue;
        }
        let (tag, len) = tag(rest).ok_or_else(|| format!("no tag at …{}", around(page, start)))?;
        at = start + len;
        // Scripts hold text up to their end.
        if tag.name == "script" && !tag.is_end {
            at += page[at..].find("</script").ok_or("a script without an end")?;
        }
        found.push((tag, start));
    }
    Ok(found)
}

/// Reads the tag at the start; also its length.
fn tag(text: &str) -> Option<(Tag<'_>, usize)> {
    let is_end = text[1..].starts_with('/');
    let from = if is_end { 2 } else { 1 };
    let name_len = text[from..].find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')?;
    if name_len == 0 {
        return None;
    }
    let mut quote = None;
    let end = text[from + name_len..].char_indices().find_map(|(at, letter)| match (quote, letter) {
        (None, '>') => Some(at),
        (None, '"' | '\'') => {
            quote = Some(letter);
            None
        }
        (Some(open), letter) if open == letter => {
            quote = None;
            None
        }
        _ => None,
    })?;
    let attributes = &text[from + name_len..from + name_len + end];
    let tag = Tag {
        name: &text[from..from + name_len],
        attributes,
        is_end,
        is_self_closing: attributes.ends_with('/'),
    };
    Some((tag, from + name_len + end + 1))
}

fn attribute_names(attributes: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = attributes.trim_matches(|letter: char| letter.is_whitespace() || letter == '/');
    while !rest.is_empty() {
        let end = rest.find(|letter: char| letter == '=' || letter.is_whitespace()).unwrap_or(rest.len());
        names.push(rest[..end].to_ascii_lowercase());
        rest = rest[end..].trim_start();
        if let Some(value) = rest.strip_prefix('=') {
            let value = value.trim_start();
            let quote = value.chars().next().filter(|letter| matches!(letter, '"' | '\''));
            let len = match quote {
                Some(quote) => value[1..].find(quote).map_or(value.len(), |end| end + 2),
                None => value.find(char::is_whitespace).unwrap_or(value.len()),
            };
            rest = value[len..].trim_start();
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_seen() {
        for good in [
            "<p>a<br>b</p>",
            "<!doctype html><p><img alt=\"a>b\"></p>",
            "<script>a<b</script>",
            "<svg><path/></svg>",
        ] {
            assert_eq!(check_nesting(good), Ok(()), "{good}");
        }
        for bad in ["<p>", "</p>", "<b><i></b></i>", "<p", "<p>a < b</p>", "<script>"] {
            assert!(check_nesting(bad).is_err(), "{bad}");
        }
        assert_eq!(handler_or_style("<a href=\"onclick=x\" onClick='y'>").as_deref(), Some("onclick"));
        assert_eq!(handler_or_style("<a href=\"x style=y\" title=z>"), None);
    }
}
