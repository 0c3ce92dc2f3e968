//! Code that stands in a file of its own: the whole file, a named region, or a range of lines.

use std::collections::BTreeSet;
use std::ops::Range;

use super::code::Block;
use super::writer::Writer;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::links::IncludeError;

/// The most bytes that one text may include.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The most bytes of the files that one text includes from, each counted as often as it is named.
const MAX_READ: usize = 16 * 1024 * 1024;

/// What a block shows instead of lines of its own.
#[derive(Debug)]
pub(super) struct Included {
    pub(super) code: String,
    /// The number of its first line in the file.
    pub(super) line: usize,
}

/// Which part of the file.
#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Whole,
    Region(&'a str),
    /// From 1, the last one included.
    Lines(usize, usize),
}

/// `a.rs#region`, `a.rs:3-9`, `a.rs:3-` or `a.rs:3`.
fn split(file: &str) -> (&str, Part<'_>) {
    if let Some((path, region)) = file.split_once('#') {
        return (path, Part::Region(region));
    }
    let lines = file.rsplit_once(':').and_then(|(path, lines)| {
        let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
        let last = if last.is_empty() { Some(usize::MAX) } else { last.parse().ok() };
        Some((path, Part::Lines(first.parse().ok()?, last?)))
    });
    lines.unwrap_or((file, Part::Whole))
}

impl Writer<'_, '_> {
    /// The code that `file` names; nothing after a diagnostic.
    pub(super) fn included(&mut self, file: &str, block: &Block) -> Option<Included> {
        let found = self.read_include(file, block);
        found.map_err(|diagnostic| self.diagnostics.extend(diagnostic.map(|found| *found))).ok()
    }

    /// The error is empty where something else is reported.
    fn read_include(&mut self, file: &str, block: &Block) -> Result<Included, Option<Box<Diagnostic>>> {
        let span = self.place_in_info(file, &block.span);
        let complain = |code, message: String, hint: String| {
            Some(Box::new(self.body.text.error(code, span.clone(), message).hint(hint)))
        };
        if !block.code.trim().is_empty() {
            let message = format!("a block that shows `{file}` with lines of its own, expected none");
            return Err(complain(Code::BadInclude, message, "remove the lines, or `file`".to_owned()));
        }
        let (path, part) = split(file);
        let (path, text) = match self.context.links.include(&self.body.path, path) {
            Ok(found) => found,
            Err(IncludeError::Reported) => return Err(None),
            Err(IncludeError::Outside { folder }) => {
                let message = format!("`{path}` is outside of `{folder}`, expected a file in it");
                let hint = "copy the file to where the text is".to_owned();
                return Err(complain(Code::OutsideContent, message, hint));
            }
            Err(IncludeError::NotText) => {
                let message = format!("`{path}` is not UTF-8 text, expected code");
                return Err(complain(Code::BadInclude, message, "include a text file".to_owned()));
            }
            Err(IncludeError::Lesson) => {
                let message = format!("`{path}` is a text of the site, expected a file with code");
                return Err(complain(Code::BadInclude, message, "link to it instead".to_owned()));
            }
            Err(IncludeError::Missing { path: missing, nearest }) => {
                let message = format!("`{path}` does not exist, expected a file to include");
                let hint = nearest.map_or_else(
                    || "a relative path starts at the folder of this file".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                let error = complain(Code::BadInclude, message, hint);
                self.includes.insert(missing);
                return Err(error);
            }
        };
        self.n_read += text.len();
        if self.n_read > MAX_READ {
            let message = format!("more than {MAX_READ} bytes of files read for one text, expected fewer");
            let hint = "keep what is shown in small files of its own".to_owned();
            return Err(complain(Code::TooLarge, message, hint));
        }
        let taken = take(text, &part).map_err(|(message, hint)| complain(Code::BadInclude, message, hint))?;
        if self.n_included + taken.code.len() > MAX_BYTES {
            let message = format!("more than {MAX_BYTES} bytes included, expected fewer");
            return Err(complain(Code::TooLarge, message, "include a region of the file".to_owned()));
        }
        self.n_included += taken.code.len();
        self.includes.insert(path);
        Ok(taken)
    }

    /// Where a word stands behind the fence.
    fn place_in_info(&self, word: &str, span: &Range<usize>) -> Range<usize> {
        let source = self.body.text.source.get(span.clone()).unwrap_or_default();
        let line = source.lines().next().unwrap_or_default();
        line.find(word).map_or(span.clone(), |at| span.start + at..span.start + at + word.len())
    }
}

/// Cuts the part out of the text, without lines that mark regions and without common indentation.
fn take(text: &str, part: &Part<'_>) -> Result<Included, (String, String)> {
    let mut kept: Vec<&str> = Vec::new();
    let (mut first, mut open, mut found) = (1, false, BTreeSet::new());
    for (idx, line) in text.lines().enumerate() {
        if let Some((starts, name)) = marker(line) {
            found.insert(name);
            if *part == Part::Region(name) {
                open = starts;
            }
            continue;
        }
        let wanted = match part {
            Part::Whole => true,
            Part::Region(_) => open,
            Part::Lines(first, last) => (*first..=*last).contains(&(idx + 1)),
        };
        if wanted {
            if kept.is_empty() {
                first = idx + 1;
            }
            kept.push(line);
        }
    }
    match part {
        Part::Region(name) if !found.contains(name) => {
            let hint = nearest(name, found.iter().copied()).map_or_else(
                || format!("mark it with `// region: {name}` and `// endregion: {name}`"),
                |near| format!("did you mean `{near}`?"),
            );
            Err((format!("no region `{name}` in the file, expected one of its regions"), hint))
        }
        Part::Region(name) if open => {
            let message = format!("the region `{name}` does not end, expected `endregion: {name}`");
            Err((message, format!("write `// endregion: {name}` below it")))
        }
        Part::Lines(..) if kept.is_empty() => {
            let message = format!("no such lines, expected lines from 1 to {}", text.lines().count());
            Err((message, "a region with a name moves with the code".to_owned()))
        }
        _ => Ok(Included { code: dedented(&kept), line: first }),
    }
}

/// The name of the region that a line starts or ends, if it is a comment that does. `ANCHOR` is how mdBook says it.
fn marker(line: &str) -> Option<(bool, &str)> {
    let text = line.trim_start_matches(|letter: char| !letter.is_ascii_alphabetic());
    let words = [("region:", true), ("endregion:", false), ("ANCHOR:", true), ("ANCHOR_END:", false)];
    let (word, starts) = words.into_iter().find(|(word, _)| text.starts_with(word))?;
    if text.len() == line.trim_start().len() {
        // Without anything in front of it, it is code.
        return None;
    }
    let name = text[word.len()..].trim_start();
    let end = name.find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '-')));
    let name = &name[..end.unwrap_or(name.len())];
    // `-->` ends a comment, not a name.
    let name = name.trim_end_matches('-');
    (!name.is_empty()).then_some((starts, name))
}

fn dedented(lines: &[&str]) -> String {
    let indentation = |line: &&str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    let common = filled.map(indentation).min().unwrap_or(0);
    let mut code = String::new();
    for line in lines {
        code.push_str(line.get(common..).unwrap_or_default());
        code.push('\n');
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "use a;\n\n// region: main\nfn main() {\n    // ANCHOR: inner\n    if x {\n        y();\n    }\n    \
                        // ANCHOR_END: inner\n}\n// endregion: main\n# region: open\nz\n";

    #[test]
    fn parts_are_cut_out() {
        for (file, expected, line) in [
            ("a.rs#main", "fn main() {\n    if x {\n        y();\n    }\n}\n", 4),
            ("a.rs#inner", "if x {\n    y();\n}\n", 6),
            ("a.rs:1-2", "use a;\n\n", 1),
            ("a.rs:7", "y();\n", 7),
            ("a.rs:13-", "z\n", 13),
        ] {
            let (_, part) = split(file);
            let included = take(FILE, &part).expect(file);
            assert_eq!((included.code.as_str(), included.line), (expected, line), "{file}");
        }
        let whole = take(FILE, &Part::Whole).expect("the whole").code;
        assert!(whole.starts_with("use a;\n\nfn main()") && whole.ends_with("}\nz\n"), "{whole}");
    }

    #[test]
    fn what_is_missing_is_named() {
        for (file, message, hint) in [
            ("a.rs#mian", "no region `mian`", "did you mean `main`?"),
            ("a.rs#other", "no region `other`", "// region: other"),
            ("a.rs#open", "does not end", "endregion: open"),
            ("a.rs:40-50", "from 1 to 13", ""),
            ("a.rs:0", "from 1 to 13", ""),
        ] {
            let error = take(FILE, &split(file).1).expect_err(file);
            assert!(error.0.contains(message) && error.1.contains(hint), "{error:?}");
        }
    }

    #[test]
    fn markers_are_comments() {
        for (line, expected) in [
            ("// region: a", Some((true, "a"))),
            ("  <!-- ANCHOR_END: a-b -->", Some((false, "a-b"))),
            ("<!--region: a-->", Some((true, "a"))),
            ("-- endregion: a", Some((false, "a"))),
            ("region: eu", None),
            ("let region: X = 1;", None),
            ("// region:", None),
        ] {
            assert_eq!(marker(line), expected, "{line}");
        }
    }
}
