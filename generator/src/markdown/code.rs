//! Code blocks: what stands behind the fence, and the lines.

use std::collections::BTreeSet;

use super::Context;
use crate::highlight::{Highlighter, plain};
use crate::html::{push_attribute, push_escaped};

/// What stands behind the fence: `rust title="src/main.rs" {2,4-5}`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Info {
    /// The first word, up to a comma.
    pub(super) language: String,
    pub(super) title: Option<String>,
    /// Lines to mark, from 1.
    pub(super) marked: BTreeSet<usize>,
}

/// The most lines that one range can mark.
const MAX_MARKED: usize = 10_000;

impl Info {
    /// Reads an info string. The error is the part that could not be read.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut info = Self::default();
        let mut rest = text.trim();
        if !rest.starts_with('{') && !rest.starts_with("title=") {
            let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            info.language = word.split(',').next().unwrap_or_default().to_ascii_lowercase();
            rest = after.trim_start();
        }
        while !rest.is_empty() {
            rest = info.attribute(rest).ok_or_else(|| rest.to_owned())?.trim_start();
        }
        Ok(info)
    }

    /// Reads one attribute; what is left behind it.
    fn attribute<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        if let Some(quoted) = text.strip_prefix("title=\"") {
            let (title, rest) = quoted.split_once('"')?;
            self.title = Some(title.to_owned());
            return Some(rest);
        }
        let (lines, rest) = text.strip_prefix('{')?.split_once('}')?;
        for range in lines.split(',').map(str::trim) {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
            if first == 0 || last < first || last - first > MAX_MARKED {
                return None;
            }
            self.marked.extend(first..=last);
        }
        Some(rest)
    }
}

/// Appends the block. Returns the number of its lines.
pub(super) fn push(
    out: &mut String,
    info: &Info,
    code: &str,
    context: Context<'_>,
    highlighter: &mut Highlighter,
) -> usize {
    let lines = if info.language.is_empty() { plain(code) } else { highlighter.lines(&info.language, code) };
    let title = info.title.as_deref().unwrap_or(&info.language);
    out.push_str("<figure class=\"code\">");
    if !title.is_empty() {
        out.push_str("<figcaption><span class=\"code-title\">");
        push_escaped(out, title);
        out.push_str("</span></figcaption>");
    }
    let label = match title {
        "" => context.texts.get("code_block").to_owned(),
        title => context.texts.get("code_titled").replace("{title}", title),
    };
    out.push_str("<pre tabindex=\"0\" role=\"group\"");
    push_attribute(out, "aria-label", &label);
    out.push_str("><code");
    if !info.language.is_empty() {
        push_attribute(out, "class", &format!("language-{}", info.language));
    }
    out.push('>');
    for (idx, line) in lines.iter().enumerate() {
        let marked = info.marked.contains(&(idx + 1));
        out.push_str(if marked { "<span class=\"line marked\">" } else { "<span class=\"line\">" });
        out.push_str(line);
        out.push_str("</span>\n");
    }
    out.push_str("</code></pre></figure>\n");
    lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_strings_are_read() {
        let info = Info::parse("rust,ignore title=\"src/main.rs\" {2,4-5}").expect("an info string");
        assert_eq!((&*info.language, info.title.as_deref()), ("rust", Some("src/main.rs")));
        assert_eq!(info.marked.into_iter().collect::<Vec<_>>(), [2, 4, 5]);
        assert_eq!(Info::parse("").expect("empty"), Info::default());
        assert_eq!(Info::parse("title=\"a\"").expect("no language").language, "");
        for bad in
            ["rust {0}", "rust {5-4}", "rust {a}", "rust {1", "rust title=x", "rust hl=2", "rust {1-999999}"]
        {
            assert!(Info::parse(bad).is_err(), "{bad}");
        }
    }
}
