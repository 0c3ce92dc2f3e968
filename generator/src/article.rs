//! Reads a Markdown file with its translations: what is words in each of them, what is structure in the original.

use std::collections::{BTreeMap, BTreeSet};

use lyceum_contract::Slug;
use lyceum_contract::manifest::Language;

use crate::changes::{self, Change};
use crate::claims::Found;
use crate::diagnostic::Code;
use crate::front_matter::{Expected, Fields};
use crate::keys::{self, Table};
use crate::layout::Entry;
use crate::markdown::punctuated;
use crate::model::{Body, Config, Link, Text, Translations};
use crate::source::{Content, Source};

/// What a file is checked against: the site's own file, and the names of other files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) source: &'a Source,
    pub(crate) config: &'a Config,
    /// Slugs of all files in `instructors/`.
    pub(crate) instructors: &'a BTreeSet<Slug>,
}

/// Two tables: of the original and of its translations.
pub(crate) type Tables = (&'static Table, &'static Table);

impl<'a> Known<'a> {
    /// Reads the original with `structure` and all translations. Nothing when there is no original to read.
    pub(crate) fn read<T>(
        self,
        entry: &Entry,
        tables: Tables,
        found: &mut Found,
        structure: impl FnOnce(&mut Fields<'a>, &mut Found) -> T,
    ) -> Option<(T, Translations)> {
        let Some(path) = entry.original.as_deref() else {
            self.report_lost(entry, found);
            return None;
        };
        let text = self.source.text(path)?;
        let (mut fields, range) = Fields::of_file(text, tables.0);
        let said = structure(&mut fields, found);
        let body = Body { path: path.to_owned(), text: text.clone(), range };
        let original = read_text(&mut fields, body, None, None);
        // A slip in the original is one mistake, not also one of each translation.
        let changes = fields.is_clean().then_some(original.changes.as_slice());
        fields.finish(&mut found.diagnostics);
        let mut texts = BTreeMap::new();
        for (language, path) in &entry.translations {
            let translated = self.translation(language, path, (&original, changes), tables.1, found);
            texts.extend(translated.map(|text| (language.clone(), Box::new(text))));
        }
        texts.insert(self.config.default_language().clone(), Box::new(original));
        Some((said, texts))
    }

    fn translation(
        self,
        language: &Language,
        path: &str,
        (original, changes): (&Text, Option<&[Change]>),
        table: &'static Table,
        found: &mut Found,
    ) -> Option<Text> {
        if !self.check_language(language, path, found) {
            return None;
        }
        let text = self.source.text(path)?;
        let (mut fields, range) = Fields::of_file(text, table);
        let body = Body { path: path.to_owned(), text: text.clone(), range };
        let text = read_text(&mut fields, body, Some(original), changes);
        fields.finish(&mut found.diagnostics);
        Some(text)
    }

    fn check_language(self, language: &Language, path: &str, found: &mut Found) -> bool {
        let languages = &self.config.languages;
        let (message, hint) = if language == self.config.default_language() {
            (
                "a file for the default language with its tag, expected it without",
                format!("remove `.{language}`"),
            )
        } else if languages.contains(language) {
            return true;
        } else {
            let hint = format!("add `{language}` to `languages` in `lyceum.yaml`, or rename the file");
            ("a language that is not in `languages`", hint)
        };
        if self.config.is_certain {
            let message = format!("`{language}`: {message}");
            found.diagnostics.push(self.source.error(path, Code::UnknownLanguage, message).hint(hint));
        }
        false
    }

    fn report_lost(self, entry: &Entry, found: &mut Found) {
        for (language, path) in &entry.translations {
            let original = path.replace(&format!(".{language}.md"), ".md");
            if matches!(self.source.files.get(&original), Some(Content::Broken)) {
                continue;
            }
            let message = format!("a translation of `{original}`, which does not exist");
            let error = self.source.error(path, Code::LostTranslation, message);
            let hint = "write the text in the default language first, or rename this file";
            found.diagnostics.push(error.hint(hint));
        }
    }
}

/// Reads what is text in any kind of file. Only the name of a person is the same in every language.
/// `changes` are those of the original, if they are known.
fn read_text(
    fields: &mut Fields<'_>,
    body: Body,
    original: Option<&Text>,
    changes: Option<&[Change]>,
) -> Text {
    let mut value = |name: &str| fields.text(name).map(|found| punctuated(&found.value));
    let title = value("title").or_else(|| value("name"));
    let (summary, role, location) = (value("summary"), value("role"), value("location"));
    let outcomes = texts(fields, "outcomes");
    let title = title.or_else(|| original.map(|text| text.title.clone())).unwrap_or_default();
    Text {
        title,
        summary,
        outcomes,
        role,
        credentials: texts(fields, "credentials"),
        links: links(fields),
        location,
        disclaimer: fields.text("disclaimer").map(|found| punctuated(&found.value)),
        changes: changes::read(fields, changes),
        body,
    }
}

fn texts(fields: &mut Fields<'_>, name: &str) -> Vec<String> {
    fields.texts(name).into_iter().map(|found| punctuated(&found.value)).collect()
}

fn links(fields: &mut Fields<'_>) -> Vec<Link> {
    let mut links = Vec::new();
    for mut entry in fields.maps("links", &keys::LINK) {
        let title = entry.text("title").map(|title| punctuated(&title.value));
        let url = entry.parsed("url", Code::BadValue, url).map(|url| url.value);
        links.extend(title.zip(url).map(|(title, url)| Link { title, url }));
        fields.adopt(entry);
    }
    links
}

fn url(text: &str) -> Result<String, Expected> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let is_plain = |letter: char| !letter.is_whitespace() && !letter.is_control() && !"<>\"".contains(letter);
    if rest.contains('.') && rest.chars().all(is_plain) {
        return Ok(text.to_owned());
    }
    Err(Expected::hint(&"expected an address such as `https://example.org/`", "write the whole address"))
}
