//! Code blocks: what stands behind the fence, and hidden lines.

use std::ops::Range;

use pulldown_cmark::CodeBlockKind;

use super::{Kind, Rewriter, info_of};
use crate::note::NoteKind;
use crate::text::Edit;

/// The most lines that one range can mark.
const MAX_MARKED: usize = 10_000;

/// A code block while its lines come in.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// What hidden lines start with.
    hidden: Option<Hidden>,
}

#[derive(Debug)]
enum Hidden {
    /// `# ` and `#` alone; `##` is one `#` that is shown.
    Rust,
    Prefix(String),
}

impl Rewriter<'_, '_> {
    pub(super) fn open_code(&mut self, kind: &CodeBlockKind<'_>, range: &Range<usize>) -> Block {
        let Some(info) = info_of(kind) else { return Block::default() };
        let cleaned = Info::read(info);
        let written = cleaned.written();
        if written != info.trim() {
            self.replace_info(range, &written);
        }
        if !cleaned.lost.is_empty() {
            let message =
                format!("`{}` behind the fence has no counterpart; left out", cleaned.lost.join(" "));
            self.note(range.start, NoteKind::CodeInfo, message);
        }
        let dialect = &self.placed.page.dialect;
        let own = cleaned.words.iter().find_map(|word| word.strip_prefix("hidelines="));
        let hidden = if dialect.hides_rust && cleaned.language == "rust" {
            Some(Hidden::Rust)
        } else {
            let prefix = own.map(str::to_owned).filter(|_| dialect.hides_rust);
            let prefix = prefix.or_else(|| dialect.hidden_prefixes.get(&cleaned.language).cloned());
            prefix.filter(|prefix| !prefix.is_empty()).map(Hidden::Prefix)
        };
        Block { hidden }
    }

    fn replace_info(&mut self, range: &Range<usize>, written: &str) {
        let block = &self.source[range.clone()];
        let line = block.split('\n').next().unwrap_or_default();
        let fence = line.len() - line.trim_start_matches(['`', '~']).len();
        self.edits.push(Edit::new(range.start + fence..range.start + line.len(), written));
    }

    /// Takes hidden lines out, with whatever stands before them in a list or quote.
    pub(super) fn code_lines(&mut self, range: Range<usize>) {
        let Some(Kind::Code(Block { hidden: Some(hidden) })) = self.open.last().map(|open| &open.kind) else {
            return;
        };
        let mut edits = Vec::new();
        let mut at = range.start;
        for line in self.source[range].split_inclusive('\n') {
            let start = self.source[..at].rfind('\n').map_or(0, |newline| newline + 1);
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            match hidden.verdict(line.trim_end_matches('\n')) {
                Verdict::Shown => {}
                Verdict::Hidden => edits.push(Edit::new(start..at + line.len(), "")),
                Verdict::Escaped => edits.push(Edit::new(at + indent..at + indent + 1, "")),
            }
            at += line.len();
        }
        self.n_hidden += edits.iter().filter(|edit| edit.range.len() > 1).count();
        self.edits.append(&mut edits);
    }
}

enum Verdict {
    Shown,
    Hidden,
    /// Shown without its first letter.
    Escaped,
}

impl Hidden {
    fn verdict(&self, line: &str) -> Verdict {
        let line = line.trim_end_matches('\r').trim_start();
        match self {
            Self::Prefix(prefix) if line.starts_with(prefix.as_str()) => Verdict::Hidden,
            Self::Rust if line == "#" || line.starts_with("# ") => Verdict::Hidden,
            Self::Rust if line.starts_with("##") => Verdict::Escaped,
            Self::Prefix(_) | Self::Rust => Verdict::Shown,
        }
    }
}

/// What stands behind a fence.
#[derive(Debug, Default)]
struct Info {
    language: String,
    words: Vec<String>,
    title: Option<String>,
    marked: Vec<String>,
    lost: Vec<String>,
}

impl Info {
    /// Reads the ways of several programs: `rust,ignore`, `go {hl_lines=[2,"4-5"]}`, `toml,hl_lines=2-3,name=a.toml`.
    fn read(text: &str) -> Self {
        let mut info = Self::default();
        let (plain, braces) = match text.split_once('{') {
            Some((plain, rest)) => (plain, rest.trim_end().trim_end_matches('}')),
            None => (text, ""),
        };
        let mut words = plain.split([' ', '\t', ',']).filter(|word| !word.is_empty());
        if let Some(language) = words.next() {
            language.clone_into(&mut info.language);
        }
        for word in words {
            info.word(word);
        }
        info.braces(braces);
        if !info.language.chars().all(is_plain) {
            let language = std::mem::take(&mut info.language);
            info.lost.push(language);
        }
        info
    }

    fn word(&mut self, word: &str) {
        let value = |key: &str| word.strip_prefix(key).and_then(|rest| rest.strip_prefix('='));
        let is_range = |text: &str| text.starts_with(|letter: char| letter.is_ascii_digit());
        if let Some(lines) = value("hl_lines") {
            self.mark(lines);
        } else if let Some(name) = value("name").or_else(|| value("title")) {
            let name = name.trim_matches('"');
            self.title = (!name.is_empty() && !name.contains('"')).then(|| name.to_owned());
        } else if is_range(word) && !self.marked.is_empty() {
            self.mark(word);
        } else if word.chars().all(is_plain) {
            self.words.push(word.to_owned());
        } else {
            self.lost.push(word.to_owned());
        }
    }

    fn braces(&mut self, text: &str) {
        let lines = text.split_once("hl_lines=").map(|(_, rest)| rest);
        let list = lines.map(|rest| rest.trim_start_matches('[').split(']').next().unwrap_or_default());
        for range in list.unwrap_or_default().split(',') {
            self.mark(range.trim().trim_matches('"'));
        }
        if !text.trim().is_empty() && self.marked.is_empty() {
            self.lost.push(format!("{{{text}}}"));
        }
    }

    fn mark(&mut self, range: &str) {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        if let (Ok(first), Ok(last)) = (first.trim().parse::<usize>(), last.trim().parse::<usize>())
            && first > 0
            && (first..first + MAX_MARKED).contains(&last)
        {
            let one = first == last;
            self.marked.push(if one { first.to_string() } else { format!("{first}-{last}") });
        }
    }

    /// As an academy reads it. Words behind the language have no effect there and stay for the next program.
    fn written(&self) -> String {
        let mut out = self.language.clone();
        // Without a language the first word would be taken for one.
        for word in self.words.iter().filter(|_| !self.language.is_empty()) {
            out.push(',');
            out.push_str(word);
        }
        if let Some(title) = &self.title {
            out.extend([" title=\"", title, "\""]);
        }
        if !self.marked.is_empty() {
            out.extend([" {", &self.marked.join(","), "}"]);
        }
        out.trim_start().to_owned()
    }
}

fn is_plain(letter: char) -> bool {
    letter.is_alphanumeric()
        || matches!(letter, '_' | '-' | '.' | '+' | '#' | '=' | '~' | '!' | '/' | ':' | '*' | '@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_strings_of_every_program_are_read() {
        for (info, expected) in [
            ("rust", "rust"),
            ("rust,ignore,does_not_compile", "rust,ignore,does_not_compile"),
            ("rust ignore", "rust,ignore"),
            ("rust, editable", "rust,editable"),
            ("", ""),
            ("{.rust}", ""),
            ("go {linenos=table,hl_lines=[8,\"15-17\"]}", "go {8,15-17}"),
            ("toml,hl_lines=3-5 9,name=a.toml", "toml title=\"a.toml\" {3-5,9}"),
            ("rust {0}", "rust"),
            ("mermaid", "mermaid"),
            ("text title=\"x\"", "text title=\"x\""),
            ("c++", "c++"),
            ("x hl_lines=9-1", "x"),
        ] {
            assert_eq!(Info::read(info).written(), expected, "{info}");
        }
        assert_eq!(Info::read("{.rust}").lost, ["{.rust}"]);
    }
}
