//! mdBook: `book.toml`, `SUMMARY.md` and the chapters that it lists.

mod include;
mod summary;

use std::collections::{BTreeMap, BTreeSet};

use crate::book::{Academy, Course, Dialect, Module, Page, Redirect};
use crate::folder::joined;
use crate::front::{Front, Syntax};
use crate::note::{NoteKind, Notes};
use crate::path;
use crate::rewrite::from_mathjax;
use crate::text::Text;
use crate::{Files, Read};

use include::Includes;
use summary::{Entry, Item};

/// Reads a book. Without `SUMMARY.md` there is nothing.
pub(crate) fn read(files: &Files, notes: &mut Notes) -> Read {
    let config = config(files, notes);
    let Some(src) = source_folder(files, &config) else {
        notes.general(
            NoteKind::MissingFile,
            "no `SUMMARY.md` in the folder that `book.toml` names; nothing to import",
        );
        return Read::default();
    };
    settings(&config, notes);
    let mut reader = Reader {
        files,
        notes,
        includes: Includes::new(files),
        dialect: dialect(&config),
        mathjax: config.flag("output.html.mathjax-support").unwrap_or(false),
        src: src.clone(),
        seen: BTreeSet::new(),
    };
    let modules = reader.modules();
    let mut inert: Vec<String> = reader.includes.used().map(str::to_owned).collect();
    inert.push(joined(&src, "SUMMARY.md"));
    if src.is_empty() {
        inert.extend(["book.toml", "theme/", "book/"].map(str::to_owned));
    }
    let site_url = config.text("output.html.site-url");
    let academy = Academy {
        title: config.text("book.title"),
        summary: config.text("book.description"),
        language: config.text("book.language"),
        url: site_url.clone().filter(|url| path::is_foreign(url)),
        authors: config.texts("book.authors"),
        courses: vec![Course { modules, ..Course::default() }],
        redirects: redirects(&config),
    };
    let prefix = site_url.as_deref().and_then(path::of_address);
    Read { academy, roots: vec![src], prefix, inert }
}

fn config(files: &Files, notes: &mut Notes) -> Front {
    let Some(bytes) = files.get("book.toml") else { return Front::default() };
    match Front::parse(&String::from_utf8_lossy(bytes), Syntax::Toml) {
        Ok(config) => config,
        Err(error) => {
            notes.add(
                "book.toml",
                0,
                NoteKind::FrontMatter,
                format!("cannot be read: {error}; its settings are left out"),
            );
            Front::default()
        }
    }
}

/// The folder with `SUMMARY.md`.
fn source_folder(files: &Files, config: &Front) -> Option<String> {
    let named = config.text("book.src").and_then(|src| path::join("", &src));
    let folders = named.into_iter().chain(["src".to_owned(), String::new()]);
    folders.into_iter().find(|folder| files.contains_key(&joined(folder, "SUMMARY.md")))
}

/// Says which settings have no counterpart.
fn settings(config: &Front, notes: &mut Notes) {
    let mut add = |message: String| notes.add("book.toml", 0, NoteKind::Setting, message);
    for name in config.keys("preprocessor") {
        if !["links", "index"].contains(&name.as_str()) {
            add(format!("the preprocessor `{name}` is not run; what it would replace stands in the texts"));
        }
    }
    for key in ["additional-css", "additional-js", "theme"] {
        if config.get(&format!("output.html.{key}")).is_some() {
            add(format!("`output.html.{key}` has no counterpart; the look of an academy is its theme"));
        }
    }
    for name in config.keys("output") {
        if name != "html" {
            add(format!("the output `{name}` has no counterpart"));
        }
    }
}

fn dialect(config: &Front) -> Dialect {
    let html = |key: &str| config.flag(&format!("output.html.{key}"));
    let smart = html("smart-punctuation").or_else(|| html("curly-quotes")).unwrap_or(true);
    let hidden = config.map("output.html.code.hidelines");
    Dialect {
        definition_lists: html("definition-lists").unwrap_or(true),
        heading_attributes: true,
        math: html("mathjax-support").unwrap_or(false),
        plain_punctuation: !smart,
        hides_rust: true,
        hidden_prefixes: hidden.into_iter().collect::<BTreeMap<_, _>>(),
        latin_anchors: false,
    }
}

/// A target without a `/` in front starts from the folder of the old address.
fn redirects(config: &Front) -> Vec<Redirect> {
    let pairs = config.map("output.html.redirect").into_iter();
    let redirect = |(from, to): (String, String)| {
        let is_whole = to.starts_with('/') || path::is_foreign(&to);
        let joined = if is_whole { None } else { path::join(path::parent(&from), &to) };
        Redirect { file: "book.toml".to_owned(), from, to: joined.unwrap_or(to) }
    };
    pairs.map(redirect).collect()
}

struct Reader<'a> {
    files: &'a Files,
    notes: &'a mut Notes,
    includes: Includes<'a>,
    dialect: Dialect,
    mathjax: bool,
    src: String,
    /// Chapters that are listed already.
    seen: BTreeSet<String>,
}

impl Reader<'_> {
    /// Parts become modules. Without parts, each chapter with further ones below it becomes a module, and the
    /// chapters between two such modules one together. A book without both has no modules.
    fn modules(&mut self) -> Vec<Module> {
        let list = joined(&self.src, "SUMMARY.md");
        let text = read_text(self.files, &list, self.notes).unwrap_or_default();
        let items = summary::parse(&text);
        let is_flat = !items.iter().any(|item| match item {
            Item::Part(_) => true,
            Item::Chapter(entry) => entry.level > 1,
        });
        if is_flat {
            let pages = items.iter().filter_map(|item| self.page_of(item, &list)).collect();
            return vec![Module { pages, ..Module::default() }];
        }
        let mut modules: Vec<Module> = Vec::new();
        for (title, entries) in grouped(&items) {
            let pages = entries.iter().filter_map(|entry| self.page(entry, &list)).collect();
            modules.push(Module { title, summary: None, pages });
        }
        modules
    }

    fn page_of(&mut self, item: &Item, list: &str) -> Option<Page> {
        match item {
            Item::Chapter(entry) => self.page(entry, list),
            Item::Part(_) => None,
        }
    }

    fn page(&mut self, entry: &Entry, list: &str) -> Option<Page> {
        let title = entry.title.clone();
        if entry.path.is_empty() {
            let message = format!(
                "the chapter `{title}` is listed without a file; it will be a lesson when it has one"
            );
            self.notes.add(list, entry.line, NoteKind::Draft, message);
            return None;
        }
        let source = path::join(&self.src, &path::decoded(&entry.path));
        let Some(source) = source.filter(|source| self.files.contains_key(source)) else {
            let message = format!("`{}` does not exist; the chapter `{title}` is left out", entry.path);
            self.notes.add(list, entry.line, NoteKind::MissingFile, message);
            return None;
        };
        if !self.seen.insert(source.clone()) {
            let message =
                format!("`{}` is listed a second time; it is one lesson, where it stands first", entry.path);
            self.notes.add(list, entry.line, NoteKind::Choice, message);
            return None;
        }
        let text = read_text(self.files, &source, self.notes)?;
        let text = self.includes.expand(&source, &text, self.notes);
        let text = if self.mathjax { without_mathjax(&text, &self.dialect) } else { text };
        Some(Page {
            base: path::parent(&source).to_owned(),
            addresses: addresses(&source),
            title: Some(title),
            titled_by_heading: true,
            text,
            dialect: self.dialect.clone(),
            source,
            ..Page::default()
        })
    }
}

fn without_mathjax(text: &Text, dialect: &Dialect) -> Text {
    let without = Dialect { math: false, ..dialect.clone() };
    from_mathjax(text, without.options())
}

/// A text of the source with `\n` at the end of each line. What is not UTF-8 is replaced, with a note.
pub(crate) fn read_text(files: &Files, source: &str, notes: &mut Notes) -> Option<String> {
    let bytes = files.get(source)?;
    let text = String::from_utf8_lossy(bytes);
    if matches!(text, std::borrow::Cow::Owned(_)) {
        notes.add(source, 0, NoteKind::BadFile, "not UTF-8; what cannot be read became `\u{fffd}`");
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Some(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() })
}

/// Other paths that links write: the page, and the folder for the file that stands for its folder.
fn addresses(source: &str) -> Vec<String> {
    let folder = path::parent(source);
    let mut addresses = vec![joined(folder, &format!("{}.html", path::stem(source)))];
    let stem = path::stem(source).to_ascii_lowercase();
    if stem == "readme" || stem == "index" {
        addresses.extend([joined(folder, "index.md"), joined(folder, "index.html"), folder.to_owned()]);
    }
    addresses
}

/// Titles of modules and what is in each, in reading order.
fn grouped(items: &[Item]) -> Vec<(String, Vec<&Entry>)> {
    let mut groups: Vec<(String, Vec<&Entry>)> = Vec::new();
    // Chapters that belong to no part and have nothing below them.
    let mut loose: Vec<&Entry> = Vec::new();
    let mut part: Option<String> = None;
    let mut idx = 0;
    while let Some(item) = items.get(idx) {
        idx += 1;
        let entry = match item {
            Item::Part(title) => {
                close(&mut loose, part.replace(title.clone()), &mut groups);
                continue;
            }
            Item::Chapter(entry) => entry,
        };
        let n_below = items[idx..].iter().take_while(|item| is_below(item)).count();
        if entry.level == 0 && part.is_some() && !loose.iter().any(|entry| entry.level == 0) {
            close(&mut loose, part.take(), &mut groups);
        }
        if part.is_none() && entry.level == 1 && n_below > 0 {
            close(&mut loose, None, &mut groups);
            let below = items[idx..idx + n_below].iter().filter_map(Item::entry);
            groups.push((entry.title.clone(), std::iter::once(entry).chain(below).collect()));
            idx += n_below;
            continue;
        }
        loose.push(entry);
    }
    close(&mut loose, part, &mut groups);
    groups
}

fn is_below(item: &Item) -> bool {
    item.entry().is_some_and(|entry| entry.level > 1)
}

/// Ends a group. Without a title it is called after what it has.
fn close<'a>(loose: &mut Vec<&'a Entry>, title: Option<String>, groups: &mut Vec<(String, Vec<&'a Entry>)>) {
    let entries = std::mem::take(loose);
    let named = match entries.as_slice() {
        [] => return,
        [only] => only.title.clone(),
        [first, .., last] => format!("{} – {}", first.title, last.title),
    };
    groups.push((title.unwrap_or(named), entries));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(summary: &str) -> Vec<(String, Vec<String>)> {
        let items = summary::parse(summary);
        let titles = |entries: Vec<&Entry>| entries.iter().map(|entry| entry.title.clone()).collect();
        grouped(&items).into_iter().map(|(title, entries)| (title, titles(entries))).collect()
    }

    #[track_caller]
    fn check(summary: &str, expected: &[(&str, &[&str])]) {
        let groups = groups(summary);
        let found: Vec<(&str, Vec<&str>)> = groups
            .iter()
            .map(|(title, entries)| (title.as_str(), entries.iter().map(String::as_str).collect()))
            .collect();
        let expected: Vec<(&str, Vec<&str>)> =
            expected.iter().map(|(title, entries)| (*title, entries.to_vec())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn parts_become_modules() {
        check(
            "# Summary\n\n[Pre](p.md)\n\n# One\n\n- [A](a.md)\n  - [B](b.md)\n- [C](c.md)\n\n# Two\n\n- [D](d.md)\n\n---\n\n[X](x.md)\n[Y](y.md)\n",
            &[("Pre", &["Pre"]), ("One", &["A", "B", "C"]), ("Two", &["D"]), ("X – Y", &["X", "Y"])],
        );
    }

    #[test]
    fn chapters_with_chapters_become_modules() {
        check(
            "[Foreword](f.md)\n[Intro](i.md)\n\n- [A](a.md)\n- [B](b.md)\n  - [B1](b1.md)\n    - [B11](b11.md)\n- [C](c.md)\n\n[Z](z.md)\n",
            &[
                ("Foreword – A", &["Foreword", "Intro", "A"]),
                ("B", &["B", "B1", "B11"]),
                ("C – Z", &["C", "Z"]),
            ],
        );
    }
}
