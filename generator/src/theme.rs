//! The theme: templates, translations and its own assets, embedded in the program and overridden file by file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use lyceum_contract::manifest::Language;
use lyceum_media::card::{self, Font, Frame};
use tera::{ErrorKind, Kwargs, State, Tera, TeraResult, Value};

use crate::assets::fingerprinted;
use crate::diagnostic::{Code, Diagnostic, TextFile};
use crate::digest::Digest;
use crate::html::push_attribute;
use crate::minify::minified;
use crate::source::Source;
use crate::texts::Texts;
use crate::theme_files::{self, Files};

/// How to name a file of the embedded theme.
const EMBEDDED: &str = "themes/default";
/// A style sheet of which every layer's goes to the end of the main one: a look of its own costs no request.
const ADDED_STYLES: &str = "theme.css";
const MAIN_STYLES: &str = "site.css";
/// The language that a theme must have in full.
const ENGLISH: &str = "en";

/// What marks the place of a slot in a rendered shell. No text contains it: the control character is not allowed in one.
pub(crate) fn slot_marker(name: &str) -> String {
    format!("\u{1}slot:{name}\u{1}")
}

/// A theme, ready to render.
#[derive(Debug)]
pub(crate) struct Theme {
    tera: Tera,
    /// Texts of the templates, for excerpts.
    templates: BTreeMap<String, TextFile>,
    texts: BTreeMap<Language, Texts>,
    /// Content by address.
    pub(crate) assets: BTreeMap<String, Vec<u8>>,
    /// Address by the name under which templates know it.
    pub(crate) asset_urls: BTreeMap<String, String>,
    /// Of every file of the theme.
    pub(crate) digest: Digest,
}

impl Theme {
    /// Loads the embedded theme of this name with the files of `over` in place of those of the same name.
    pub(crate) fn load(
        name: &str,
        over: Option<&Source>,
        languages: &[Language],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let layers = theme_files::layers(name, over, diagnostics);
        Self::of_layers(&layers, languages, diagnostics)
    }

    fn of_layers(layers: &[Files], languages: &[Language], diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut theme = Self {
            tera: engine(),
            templates: BTreeMap::new(),
            texts: BTreeMap::new(),
            assets: BTreeMap::new(),
            asset_urls: BTreeMap::new(),
            digest: Digest::of_value(layers),
        };
        let files: BTreeMap<&String, &(PathBuf, Vec<u8>)> = layers.iter().flatten().collect();
        for (name, (path, bytes)) in &files {
            if let Some(name) = name.strip_prefix("templates/") {
                let text = TextFile::new(path, String::from_utf8_lossy(bytes));
                theme.templates.insert(name.to_owned(), text);
            } else if let Some(name) = name.strip_prefix("assets/").filter(|name| *name != ADDED_STYLES) {
                theme.add_asset(name, &minified(name, with_added_styles(name, bytes, layers)));
            }
        }
        theme.parse(diagnostics);
        theme.read_texts(layers, languages, diagnostics);
        theme
    }

    fn add_asset(&mut self, name: &str, bytes: &[u8]) {
        let url = format!("/assets/{}", fingerprinted(name, bytes));
        let key: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        self.asset_urls.insert(key, url.clone());
        self.assets.insert(url, bytes.to_vec());
    }

    /// Parses all templates together; when that fails, each alone, to find every mistake.
    fn parse(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        let all = self.templates.iter().map(|(name, text)| (name, &*text.source));
        let Err(error) = self.tera.add_raw_templates(all) else { return };
        let before = diagnostics.len();
        for (name, text) in &self.templates {
            let alone = engine().add_raw_template(name, &text.source);
            if let Err(error) = alone
                && matches!(error.kind(), ErrorKind::SyntaxError(_))
            {
                diagnostics.push(self.diagnostic(name, &error));
            }
        }
        if diagnostics.len() == before {
            diagnostics.push(self.diagnostic("base.html", &error));
        }
    }

    /// Turns an error of the engine into a diagnostic at the place in the template.
    fn diagnostic(&self, template: &str, error: &tera::Error) -> Diagnostic {
        let (name, place, message) = match error.kind() {
            ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
                (report.filename(), Some(report.span()), report.message().to_owned())
            }
            other => (template, None, other.to_string()),
        };
        let missing = TextFile::new(&PathBuf::from(EMBEDDED).join("templates").join(name), "");
        let text = self.templates.get(name).or_else(|| self.templates.get(template)).unwrap_or(&missing);
        let span = place.map_or(0..0, |span| {
            let start = offset(&text.source, span.start_line, span.start_col);
            start..offset(&text.source, span.end_line, span.end_col).max(start + 1)
        });
        let mut letters = message.trim().trim_end_matches('.').chars();
        let first = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
        let message = format!("the template cannot be rendered: {first}{}", letters.as_str());
        let hint = "see the data and functions that templates have in the theme handbook";
        text.error(Code::Template, span, message).hint(hint)
    }

    /// Renders a template.
    pub(crate) fn render(&self, template: &str, context: &tera::Context) -> Result<String, Box<Diagnostic>> {
        self.tera.render(template, context).map_err(|error| Box::new(self.diagnostic(template, &error)))
    }

    /// The names of all templates, in alphabetical order.
    #[cfg(test)]
    pub(crate) fn template_names(&self) -> impl Iterator<Item = &str> {
        self.templates.keys().map(String::as_str)
    }

    /// The text of a template, to point into.
    pub(crate) fn template(&self, name: &str) -> Option<&TextFile> {
        self.templates.get(name)
    }

    /// The texts in a language of the site.
    pub(crate) fn texts(&self, language: &Language) -> &Texts {
        self.texts.get(language).expect("texts are read for every language of the site")
    }

    /// The texts of a layer go before those of earlier ones, key by key.
    fn read_texts(&mut self, layers: &[Files], languages: &[Language], diagnostics: &mut Vec<Diagnostic>) {
        let english = translation(layers, ENGLISH, diagnostics).unwrap_or_default();
        for language in languages {
            let tag = language.as_str();
            let own =
                if tag == ENGLISH { Some(english.clone()) } else { translation(layers, tag, diagnostics) };
            let mut texts = own.unwrap_or_else(|| without_translation(language, layers, diagnostics));
            let missing: Vec<&String> = english.keys().filter(|key| !texts.contains_key(*key)).collect();
            let file = layers.iter().rev().find_map(|files| files.get(&translation_path(tag)));
            if let (Some(first), Some((path, bytes))) = (missing.first(), file) {
                let message =
                    format!("{} texts are missing, the first is `{first}`; English is used", missing.len());
                let text = TextFile::new(path, String::from_utf8_lossy(bytes));
                diagnostics
                    .push(text.error(Code::MissingText, 0..1, message).hint("translate them").warning());
            }
            for (key, text) in &english {
                texts.entry(key.clone()).or_insert_with(|| text.clone());
            }
            self.texts.insert(language.clone(), Texts(texts));
        }
    }
}

/// The bytes of an asset; the main style sheet with what the layers add to it.
fn with_added_styles<'a>(name: &str, bytes: &'a [u8], layers: &[Files]) -> Cow<'a, [u8]> {
    let mut whole = Cow::Borrowed(bytes);
    if name == MAIN_STYLES {
        for (_, added) in layers.iter().filter_map(|files| files.get(&format!("assets/{ADDED_STYLES}"))) {
            whole.to_mut().push(b'\n');
            whole.to_mut().extend_from_slice(added);
        }
    }
    whole
}

/// A language that the theme does not speak: everything falls back to English but its name.
fn without_translation(
    language: &Language,
    layers: &[Files],
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, String> {
    let path = translation_path(language.as_str());
    if !layers.iter().any(|files| files.contains_key(&path)) {
        let message = format!("the theme has no texts in `{language}`; English is used");
        let file = TextFile::new(&PathBuf::from(EMBEDDED).join(&path), "");
        let hint = format!("add `{path}` to a theme folder");
        diagnostics.push(file.error(Code::MissingText, 0..0, message).hint(hint).warning());
    }
    BTreeMap::from([("language_name".to_owned(), language.to_string())])
}

fn translation_path(tag: &str) -> String {
    format!("translations/{tag}.json")
}

/// Reads the texts of a language in all layers; nothing when no layer has any that can be read.
fn translation(
    layers: &[Files],
    tag: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<BTreeMap<String, String>> {
    let mut texts = None;
    for (path, bytes) in layers.iter().filter_map(|files| files.get(&translation_path(tag))) {
        match serde_json::from_slice::<BTreeMap<String, String>>(bytes) {
            Ok(own) => texts.get_or_insert_with(BTreeMap::new).extend(own),
            Err(error) => {
                let text = TextFile::new(path, String::from_utf8_lossy(bytes));
                let at = offset(&text.source, error.line().max(1), error.column().saturating_sub(1));
                let message = format!("the translation cannot be read: {error}");
                let hint = "write one flat map from key to text";
                diagnostics.push(text.error(Code::Template, at..at + 1, message).hint(hint));
            }
        }
    }
    texts
}

/// Byte offset of a line from 1 and a column of characters from 0.
fn offset(source: &str, line: usize, column: usize) -> usize {
    let start: usize = source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let inner: usize = source[start..].chars().take(column).map(char::len_utf8).sum();
    start + inner
}

fn engine() -> Tera {
    let mut tera = Tera::new();
    tera.autoescape_on([".html", ".svg"]);
    tera.register_filter("fill", |text: String, values: Kwargs, _: &State| fill(text, &values));
    tera.register_filter("plural", |text: String, values: Kwargs, _: &State| plural(&text, &values));
    tera.register_filter("lang", |language: Value, _: Kwargs, _: &State| lang(&language));
    tera.register_filter("fit", |text: String, values: Kwargs, _: &State| fit(&text, &values));
    tera.register_filter("written", |text: String, _: Kwargs, _: &State| written(text));
    tera.register_function("slot", |values: Kwargs, _: &State| slot(&values));
    tera
}

/// `{{ t.price | fill(name=tier.name) }}`: puts values into the braces of a text.
fn fill(mut text: String, values: &Kwargs) -> TeraResult<String> {
    for (name, value) in values.iter() {
        let name = name.as_str().unwrap_or_default();
        if value.is_undefined() {
            return Err(tera::Error::message(format!("`fill` got no value for `{name}`")));
        }
        text = text.replace(&format!("{{{name}}}"), &value.to_string());
    }
    Ok(text)
}

/// `{{ t.lessons | plural(n=3) }}`: picks from `{n} lesson|{n} lessons`, the first for one, else the last.
fn plural(text: &str, values: &Kwargs) -> TeraResult<String> {
    let n = values.must_get::<u64>("n")?;
    let form = if n == 1 { text.split('|').next() } else { text.rsplit('|').next() };
    fill(form.unwrap_or_default().to_owned(), values)
}

/// `<p{{ course.language | lang }}>`: ` lang="zh"` for a tag, nothing for a text in the page's own language.
fn lang(language: &Value) -> TeraResult<Value> {
    match language.as_str() {
        Some(tag) => {
            let mut out = String::new();
            push_attribute(&mut out, "lang", tag);
            Ok(Value::safe_string(&out))
        }
        None if language.is_none() => Ok(Value::safe_string("")),
        None => Err(tera::Error::message("`lang` got no language")),
    }
}

/// `{{ card.title | fit(width=1024, lines=3, largest=92, smallest=58) }}`: `size` and `lines` of a text that fits; no lines
/// when the fonts cannot write it. With `font="text"` for the letters of small texts.
fn fit(text: &str, values: &Kwargs) -> TeraResult<Value> {
    let font = match values.get::<String>("font")?.as_deref() {
        None | Some("title") => Font::Title,
        Some("text") => Font::Text,
        Some(other) => {
            let message = format!("unknown font `{other}`, expected `title` or `text`");
            return Err(tera::Error::message(message));
        }
    };
    let frame = Frame {
        width: values.must_get::<f32>("width")?,
        n_lines: values.must_get::<usize>("lines")?,
        largest: values.must_get::<f32>("largest")?,
        smallest: values.must_get::<f32>("smallest")?,
    };
    let fitted = card::fit(if card::can_write(text) { text } else { "" }, font, frame);
    Ok(Value::from_serializable(&BTreeMap::from([
        ("size", Value::from_serializable(&fitted.size)),
        ("lines", Value::from_serializable(&fitted.lines)),
    ])))
}

/// `{{ t.lessons | written }}`: the text, or nothing when the fonts of cards cannot write it.
fn written(text: String) -> String {
    if card::can_write(&text) { text } else { String::new() }
}

/// `{{ slot(name="main") }}`: a hole that the app fills.
fn slot(values: &Kwargs) -> TeraResult<Value> {
    let name = values.must_get::<String>("name")?;
    if !matches!(name.as_str(), "title" | "account" | "main" | "languages") {
        let message = format!("unknown slot `{name}`, expected `title`, `account`, `main` or `languages`");
        return Err(tera::Error::message(message));
    }
    Ok(Value::safe_string(&slot_marker(&name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(files: &[(&str, &str)], languages: &[&str]) -> (Theme, Vec<String>) {
        let files = files.iter().map(|(name, text)| {
            ((*name).to_owned(), (PathBuf::from("theme").join(name), text.as_bytes().to_vec()))
        });
        let languages: Vec<Language> = languages.iter().map(|tag| tag.parse().expect("a tag")).collect();
        let mut diagnostics = Vec::new();
        let theme = Theme::of_layers(&[files.collect()], &languages, &mut diagnostics);
        let shown = diagnostics
            .iter()
            .map(|found| format!("{} {}:{}:{}", found.code, found.file.display(), found.line, found.column));
        (theme, shown.collect())
    }

    fn render(template: &str) -> Result<String, (usize, usize, String)> {
        let (theme, found) = load(&[("templates/a.html", template)], &[]);
        assert_eq!(found, Vec::<String>::new());
        let result = theme.render("a.html", &tera::Context::new());
        result.map_err(|error| (error.line, error.column, error.message))
    }

    #[test]
    fn texts_are_filled_and_escaped() {
        assert_eq!(render("{{ 'by {name}' | fill(name='<b>') }}").as_deref(), Ok("by &lt;b&gt;"));
        for (n, expected) in [(0, "0 days"), (1, "1 day"), (2, "2 days")] {
            let text = render(&format!("{{{{ '{{n}} day|{{n}} days' | plural(n={n}) }}}}"));
            assert_eq!(text.as_deref(), Ok(expected));
        }
        assert_eq!(render("{{ '{n} 天' | plural(n=1) }}").as_deref(), Ok("1 天"));
    }

    #[test]
    fn languages_are_marked_where_they_are_foreign() {
        assert_eq!(render("<p{{ 'zh' | lang }}{{ none | lang }}>").as_deref(), Ok("<p lang=\"zh\">"));
        assert!(render("{{ 1 | lang }}").is_err());
    }

    #[test]
    fn mistakes_point_into_the_template() {
        let (line, column, message) = render("<p>\n  {{ nothing }}").expect_err("undefined");
        assert_eq!((line, column), (2, 6), "{message}");
        let (_, _, message) = render("{{ slot(name='foot') }}").expect_err("unknown slot");
        assert!(message.contains("unknown slot `foot`"), "{message}");
        let broken = [("templates/a.html", "{% if %}"), ("templates/b.html", "x\n{{ }}")];
        let (_, found) = load(&broken, &[]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[1].starts_with("L040 theme/templates/b.html:2:"), "{found:?}");
    }

    fn in_memory(files: &[(&str, &str)]) -> Source {
        Source::from_files(std::path::Path::new("mine"), files.iter().copied())
    }

    #[test]
    fn a_folder_changes_one_word_and_one_rule() {
        let over = in_memory(&[
            ("translations/en.json", r#"{"next":"Onwards"}"#),
            ("assets/theme.css", ":root { --accent: red; }"),
        ]);
        let (mut found, english) = (Vec::new(), "en".parse().expect("a tag"));
        let theme = Theme::load("default", Some(&over), std::slice::from_ref(&english), &mut found);
        assert_eq!(found, []);
        let texts = theme.texts(&english);
        assert_eq!((texts.get("next"), texts.get("previous")), ("Onwards", "Previous"));
        let styles = String::from_utf8_lossy(&theme.assets[&theme.asset_urls["site_css"]]);
        assert!(styles.starts_with(":root{") && styles.ends_with(":root{--accent:red}"), "{styles}");
        assert!(!theme.asset_urls.contains_key("theme_css"));
    }

    #[test]
    fn missing_texts_fall_back_to_english() {
        let files =
            [("translations/en.json", r#"{"a":"A","b":"B"}"#), ("translations/zh.json", r#"{"a":"甲"}"#)];
        let (theme, found) = load(&files, &["en", "zh", "fr"]);
        let zh = theme.texts(&"zh".parse().expect("a tag"));
        assert_eq!((zh.get("a"), zh.get("b")), ("甲", "B"));
        assert_eq!(
            found,
            ["L041 theme/translations/zh.json:1:1", "L041 themes/default/translations/fr.json:1:1"]
        );
    }
}
