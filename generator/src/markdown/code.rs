//! Code blocks: what stands behind the fence, and the lines.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Context;
use super::diff::{self, Kind};
use super::writer::Writer;
use crate::diagnostic::{Code, nearest};
use crate::html::{self, push_attribute, push_escaped};

/// What stands behind the fence: `rust title="src/main.rs" numbers=10 {2,4-5}`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Info {
    /// The first word, up to a comma.
    pub(super) language: String,
    pub(super) title: Option<String>,
    /// Lines to mark, from 1.
    pub(super) marked: BTreeSet<usize>,
    /// The number of the first line, when lines are numbered; 0 where the file decides.
    pub(super) numbers: Option<usize>,
    /// Whether lines start with `+`, `-` or a space.
    pub(super) is_diff: bool,
    /// A file to show, with `#region` or `:3-9` behind it.
    pub(super) file: Option<String>,
    /// Which half of a comparison it is.
    pub(super) half: Option<Half>,
}

/// Two blocks behind each other that are shown as one, with what changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Before,
    After,
}

/// The code block whose lines are being collected.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) info: Info,
    pub(super) code: String,
    pub(super) span: Range<usize>,
}

/// The most lines that one range can mark.
const MAX_MARKED: usize = 10_000;
/// What may stand behind the language.
const WORDS: [&str; 6] = ["title", "numbers", "diff", "file", "before", "after"];

impl Info {
    /// Reads an info string as far as it can be read, and gives the part that could not.
    pub(super) fn parse(text: &str) -> (Self, Option<&str>) {
        let mut info = Self::default();
        let mut rest = text.trim();
        let is_attribute = |word: &str| WORDS.iter().any(|known| word.strip_prefix(known) == Some("="));
        let first = rest.split_inclusive('=').next().unwrap_or_default();
        if !rest.starts_with('{') && !is_attribute(first) {
            let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            info.language(&word.split(',').next().unwrap_or_default().to_ascii_lowercase());
            rest = after.trim_start();
        }
        while !rest.is_empty() {
            match info.attribute(rest) {
                Some(after) => rest = after.trim_start(),
                None => return (info, Some(rest)),
            }
        }
        info.infer_from_file();
        (info, None)
    }

    /// `diff-rust` is Rust with marks at the start of its lines.
    fn language(&mut self, word: &str) {
        let inner = if word == "diff" { Some("") } else { word.strip_prefix("diff-") };
        self.is_diff = inner.is_some();
        inner.unwrap_or(word).clone_into(&mut self.language);
    }

    /// A file says by itself what language it is in, and what it is called.
    fn infer_from_file(&mut self) {
        let Some(file) = &self.file else { return };
        let path = file.split(['#', ':']).next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        self.title.get_or_insert_with(|| name.to_owned());
        if self.language.is_empty() {
            name.rsplit_once('.').map_or("", |(_, extension)| extension).clone_into(&mut self.language);
        }
    }

    /// Reads one attribute; what is left behind it.
    fn attribute<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        for (key, value) in [("title=\"", &mut self.title), ("file=\"", &mut self.file)] {
            if let Some(quoted) = text.strip_prefix(key) {
                let (found, rest) = quoted.split_once('"')?;
                *value = Some(found.to_owned());
                return Some(rest);
            }
        }
        if let Some(lines) = text.strip_prefix('{') {
            let (lines, rest) = lines.split_once('}')?;
            self.mark(lines)?;
            return Some(rest);
        }
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        match word.split_once('=') {
            None if word == "numbers" => self.numbers = Some(0),
            None if word == "diff" => self.is_diff = true,
            None if word == "before" => self.half = Some(Half::Before),
            None if word == "after" => self.half = Some(Half::After),
            Some(("numbers", first)) => {
                self.numbers = Some(first.parse().ok().filter(|first| (1..1_000_000).contains(first))?);
            }
            _ => return None,
        }
        Some(rest)
    }

    fn mark(&mut self, lines: &str) -> Option<()> {
        for range in lines.split(',').map(str::trim) {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
            if first == 0 || last < first || last - first > MAX_MARKED {
                return None;
            }
            self.marked.extend(first..=last);
        }
        Some(())
    }

    /// Starts a line, counted from 1. Its number is an attribute, so that it is not copied with the code.
    fn open_line(&self, out: &mut String, element: &str, is_changed: bool, line: usize) {
        out.push('<');
        out.push_str(element);
        out.push_str(if is_changed || self.marked.contains(&line) {
            " class=\"line marked\""
        } else {
            " class=\"line\""
        });
        if let Some(first) = self.numbers {
            push_attribute(out, "data-n", &(first.max(1) + line - 1).to_string());
        }
        out.push('>');
    }
}

impl Writer<'_, '_> {
    /// Starts a code block with this info string.
    pub(super) fn open_code(&mut self, info: Option<&str>, span: &Range<usize>) {
        let (info, unread) = Info::parse(info.unwrap_or_default());
        if let Some(rest) = unread {
            let message = format!("`{rest}` behind the fence, expected {EXPECTED}");
            let word = rest.split(['=', ' ', '{']).next().unwrap_or_default();
            let hint = nearest(word, WORDS).filter(|near| *near != word).map_or_else(
                || "write ```` ```rust title=\"src/main.rs\" {2} ````".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let error = self.body.text.error(Code::BadCodeInfo, span.clone(), message);
            self.diagnostics.push(error.hint(hint));
        }
        self.code = Some(Block { info, code: String::new(), span: span.clone() });
    }

    /// Writes the block, or keeps it until its second half comes.
    pub(super) fn close_code(&mut self) {
        let Some(mut block) = self.code.take() else { return };
        if block.info.language == "mermaid" && !block.info.is_diff && block.info.file.is_none() {
            return self.push_diagram(&block);
        }
        if let Some(file) = block.info.file.take() {
            let Some(included) = self.included(&file, &block) else { return };
            block.code = included.code;
            block.info.numbers =
                block.info.numbers.map(|first| if first == 0 { included.line } else { first });
        }
        match (block.info.half, self.before.take()) {
            (Some(Half::Before), lost) => {
                self.complain_of_half(lost.as_ref());
                self.before = Some(block);
            }
            (Some(Half::After), Some(before)) => self.push_comparison(&before, &block),
            (Some(Half::After), None) => self.complain_of_half(Some(&block)),
            (None, lost) => {
                self.complain_of_half(lost.as_ref());
                self.push_block(&block);
            }
        }
    }

    /// Reports the half of a comparison that has no other half.
    pub(super) fn complain_of_half(&mut self, lost: Option<&Block>) {
        let Some(block) = lost else { return };
        let message = "half of a comparison, expected a block `before` and right behind it one `after`";
        let error = self.body.text.error(Code::BadCodeInfo, block.span.clone(), message);
        self.diagnostics.push(error.hint("write ```` ```rust before ````, then ```` ```rust after ````"));
    }

    fn push_comparison(&mut self, before: &Block, after: &Block) {
        let old = self.highlighter.lines(&before.info.language, &before.code);
        let new = self.highlighter.lines(&after.info.language, &after.code);
        let lines = diff::compared(&before.code, &after.code, &old, &new);
        self.push_lines(&after.info, &lines, &after.code);
    }

    fn push_block(&mut self, block: &Block) {
        let Block { info, code, .. } = block;
        if !info.is_diff {
            push_head(&mut self.html, info, self.context);
            let open = &mut |line: usize, out: &mut String| info.open_line(out, "span", false, line);
            let n_lines = self.highlighter.write(&mut self.html, &info.language, code, open, "</span>\n");
            return self.end_lines(n_lines, code);
        }
        let (old, new) = diff::sides(code);
        let old = self.highlighter.lines(&info.language, &old);
        let new = self.highlighter.lines(&info.language, &new);
        self.push_lines(info, &diff::marked(code, &old, &new), code);
    }

    fn push_lines(&mut self, info: &Info, lines: &[(Kind, &str)], code: &str) {
        push_head(&mut self.html, info, self.context);
        for (idx, (kind, line)) in lines.iter().enumerate() {
            let element = match kind {
                Kind::Same => "span",
                Kind::Removed => "del",
                Kind::Added => "ins",
            };
            info.open_line(&mut self.html, element, *kind != Kind::Same, idx + 1);
            html::push(&mut self.html, format_args!("{line}</{element}>\n"));
        }
        self.end_lines(lines.len(), code);
    }

    fn end_lines(&mut self, n_lines: usize, code: &str) {
        self.html.push_str("</code></pre></figure>\n");
        self.length.add_code(n_lines);
        self.passages.add_block(code);
    }
}

const EXPECTED: &str =
    "`title=\"…\"`, `file=\"…\"`, `numbers`, `diff`, `before`, `after` or lines such as `{2,4-5}`";

fn push_head(out: &mut String, info: &Info, context: Context<'_>) {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_strings_are_read() {
        let (info, rest) = Info::parse("rust,ignore title=\"src/main.rs\" {2,4-5} numbers=10 diff");
        assert_eq!((&*info.language, info.title.as_deref(), rest), ("rust", Some("src/main.rs"), None));
        assert_eq!((info.numbers, info.is_diff), (Some(10), true));
        assert_eq!(info.marked.into_iter().collect::<Vec<_>>(), [2, 4, 5]);
        assert_eq!(Info::parse(""), (Info::default(), None));
        assert_eq!(Info::parse("title=\"a\"").0.language, "");
        assert_eq!(
            (Info::parse("diff-rust").0.language, Info::parse("diff").0.is_diff),
            ("rust".into(), true)
        );
        let (info, _) = Info::parse("file=\"../src/a.rs#x\" numbers");
        assert_eq!((&*info.language, info.title.as_deref(), info.numbers), ("rs", Some("a.rs"), Some(0)));
        for bad in [
            "rust {0}",
            "rust {5-4}",
            "rust {a}",
            "rust {1",
            "rust title=x",
            "rust hl=2",
            "rust {1-999999}",
            "rust numbers=0",
            "rust numbers=x",
            "rust file=x",
        ] {
            let (info, rest) = Info::parse(bad);
            assert_eq!((&*info.language, rest.is_some()), ("rust", true), "{bad}");
        }
    }
}
