//! Tags: one address for all the ways in which authors write the same one.

use std::collections::BTreeMap;

use lyceum_contract::Slug;
use lyceum_contract::manifest::Language;

use crate::claims::Place;
use crate::diagnostic::{Code, Diagnostic};
use crate::front_matter::{Expected, Fields};
use crate::model::{Article, Config, Course, LessonAt};

/// A tag where an author wrote it.
#[derive(Debug, Clone, Hash)]
pub(crate) struct TagUse {
    pub(crate) slug: Slug,
    pub(crate) written: String,
    pub(crate) place: Place,
}

/// A tag with everything that has it.
#[derive(Debug, Hash)]
pub(crate) struct Tag {
    pub(crate) slug: Slug,
    /// As it is written most often.
    written: String,
    /// Its own file, if it has one.
    pub(crate) article: Option<Article<Slug>>,
    /// Indices of published courses.
    pub(crate) courses: Vec<usize>,
    /// Published lessons in reading order.
    pub(crate) lessons: Vec<LessonAt>,
}

impl Tag {
    /// Address without the language's prefix.
    pub(crate) fn path(&self) -> String {
        format!("/tags/{}/", self.slug)
    }

    /// Everything that pages show of it besides what has it.
    pub(crate) fn names(&self) -> (&Slug, &str, Option<&Article<Slug>>) {
        (&self.slug, &self.written, self.article.as_ref())
    }

    /// What it is called, and the language of that.
    pub(crate) fn name<'a>(&'a self, language: &'a Language, config: &'a Config) -> (&'a str, &'a Language) {
        let article = self.article.as_ref().map(|article| article.text(language, config));
        article.map_or((&self.written, config.default_language()), |(text, language)| {
            (text.title.as_str(), language)
        })
    }
}

/// Reads `tags`.
pub(crate) fn read(fields: &mut Fields<'_>) -> Vec<TagUse> {
    let mut tags: Vec<TagUse> = Vec::new();
    for found in fields.texts("tags") {
        let written = found.value.clone();
        let Some(slug) = fields.read(found, Code::BadTag, "tags", slug_of) else { continue };
        let tag = TagUse { slug: slug.value, written, place: fields.located(slug.span) };
        if let Some(first) = tags.iter().find(|first| first.slug == tag.slug) {
            let message = format!("`{}` and `{}` are one tag, expected it once", first.written, tag.written);
            let warning = tag.place.error(Code::TagSpelling, message).warning();
            fields.report(warning.hint("remove one of the two"));
        } else {
            tags.push(tag);
        }
    }
    tags
}

/// `Type systems` → `type-systems`, `C++` → `cplusplus`, `C#` → `csharp`.
fn slug_of(text: &str) -> Result<Slug, Expected> {
    let mut slug = String::new();
    for letter in text.chars() {
        match letter {
            '+' => slug.push_str("plus"),
            '#' => slug.push_str("sharp"),
            '\'' | '’' => {}
            letter if letter.is_ascii_alphanumeric() => slug.push(letter.to_ascii_lowercase()),
            letter if letter.is_alphanumeric() => return Err(no_address()),
            _ if slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.trim_matches('-').parse().map_err(|_| no_address())
}

fn no_address() -> Expected {
    let hint = "write it in `a-z` and `0-9`, and what readers see in `tags/<tag>.md` and its translations";
    Expected::hint(&"expected a tag that gives an address", hint)
}

/// All tags of published courses and lessons, by address. `described` are the files in `tags/`, `all` every use,
/// published or not.
pub(crate) fn collect(
    described: Vec<Article<Slug>>,
    courses: &[Course],
    all: &[TagUse],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Tag> {
    let written = spellings(all, diagnostics);
    let mut tags: BTreeMap<&Slug, Tag> = BTreeMap::new();
    let tag = |slug: &Slug| Tag {
        slug: slug.clone(),
        written: written.get(slug).cloned().unwrap_or_default(),
        article: None,
        courses: Vec::new(),
        lessons: Vec::new(),
    };
    for (idx, course) in courses.iter().enumerate() {
        for used in &course.tags {
            tags.entry(&used.slug).or_insert_with_key(|slug| tag(slug)).courses.push(idx);
        }
        for (at, lesson) in course.lessons_at(idx) {
            for used in &lesson.tags {
                tags.entry(&used.slug).or_insert_with_key(|slug| tag(slug)).lessons.push(at);
            }
        }
    }
    for article in described {
        if !written.contains_key(&article.id) {
            diagnostics.push(unused(&article));
        } else if let Some(tag) = tags.get_mut(&article.id) {
            tag.article = Some(article);
        }
    }
    tags.into_values().collect()
}

fn unused(article: &Article<Slug>) -> Diagnostic {
    let text = article.texts.values().next().map(|text| &text.body.text);
    let text = text.expect("the reader gives every article a text in the default language");
    let message = format!("nothing has the tag `{}`, which this file describes", article.id);
    text.error(Code::UnusedTag, 0..0, message).warning().hint("use the tag, or remove the file")
}

/// The most frequent spelling of each tag, the first of equals. Others are warnings, and so are plurals of tags that
/// exist in the singular.
fn spellings(all: &[TagUse], diagnostics: &mut Vec<Diagnostic>) -> BTreeMap<Slug, String> {
    let mut counted: BTreeMap<&Slug, Vec<(&TagUse, usize)>> = BTreeMap::new();
    for used in all {
        let forms = counted.entry(&used.slug).or_default();
        match forms.iter_mut().find(|(first, _)| first.written == used.written) {
            Some((_, n)) => *n += 1,
            None => forms.push((used, 1)),
        }
    }
    let mut written = BTreeMap::new();
    for (slug, forms) in &counted {
        let most = forms.iter().map(|(_, n)| *n).max().unwrap_or_default();
        let Some((best, _)) = forms.iter().find(|(_, n)| *n == most) else { continue };
        for (other, _) in forms.iter().filter(|(other, _)| other.written != best.written) {
            let message = format!("the tag `{}` is `{}` elsewhere", other.written, best.written);
            let warning = other.place.error(Code::TagSpelling, message).warning();
            diagnostics.push(warning.hint(format!("write `{}` everywhere", best.written)));
        }
        written.insert((*slug).clone(), best.written.clone());
    }
    for (slug, forms) in &counted {
        let singular = singulars(slug.as_str()).into_iter().find_map(|form| {
            let slug: Slug = form.parse().ok()?;
            written.get(&slug)
        });
        if let (Some(singular), Some((used, _))) = (singular, forms.first()) {
            let message = format!("the tag `{}` beside the tag `{singular}`", used.written);
            let warning = used.place.error(Code::TagSpelling, message).warning();
            diagnostics.push(warning.hint("if they mean the same, write one of them everywhere"));
        }
    }
    written
}

/// Words of which this may be the plural: `lifetimes` → `lifetime`.
fn singulars(plural: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(stem) = plural.strip_suffix("ies") {
        found.push(format!("{stem}y"));
    }
    if let Some(stem) = plural.strip_suffix("es") {
        found.push(stem.to_owned());
    }
    if let Some(stem) = plural.strip_suffix('s') {
        found.push(stem.to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_gives_one_address_however_it_is_written() {
        for (text, expected) in [
            ("rust", Some("rust")),
            ("Rust", Some("rust")),
            ("Type systems", Some("type-systems")),
            ("type_systems", Some("type-systems")),
            ("C++", Some("cplusplus")),
            ("C#", Some("csharp")),
            ("Node.js", Some("node-js")),
            ("Gauß", None),
            ("数据", None),
            ("--", None),
            ("../x", Some("x")),
        ] {
            let found = slug_of(text).ok();
            assert_eq!(found.as_ref().map(Slug::as_str), expected, "{text}");
        }
    }
}
