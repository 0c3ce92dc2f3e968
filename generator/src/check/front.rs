//! What front matter and `lyceum.yaml` say to the checks, and the checks that look at nothing else.

use lyceum_contract::time::{Date, Days};

use super::Subject;
use super::texts::{Kind, Written};
use crate::diagnostic::{Code, Diagnostic, TextFile};
use crate::front_matter::{self, Expected, Fields};
use crate::keys;
use crate::source::Source;
use crate::yaml::{self, Node, Value};

/// `check` of `lyceum.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(super) banned_words: Vec<String>,
    pub(super) min_words: usize,
    pub(super) stale_after: Days,
    pub(super) has_license: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { banned_words: Vec::new(), min_words: 50, stale_after: Days(365), has_license: false }
    }
}

impl Settings {
    /// Reads the key `check`; what is wrong is reported among what is wrong with the site.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Self {
        let mut settings = Self::default();
        let Some(mut inner) = fields.node("check").map(|node| fields.inner(node, &keys::CHECK)) else {
            return settings;
        };
        settings.banned_words = inner.texts("banned_words").into_iter().map(|word| word.value).collect();
        let min_words = inner.parsed("min_words", Code::BadValue, min_words);
        let stale_after = inner.parsed("stale_after", Code::BadDuration, front_matter::days);
        fields.adopt(inner);
        settings.min_words = min_words.map_or(settings.min_words, |found| found.value);
        settings.stale_after = stale_after.map_or(settings.stale_after, |found| found.value);
        settings
    }

    /// What can be asked when nobody knows what the site wants: nothing.
    fn uncertain() -> Self {
        Self { min_words: 0, stale_after: Days(u32::MAX), ..Self::default() }
    }

    /// The settings of a site whose mistakes have been reported.
    pub(super) fn of_site(source: &Source) -> Self {
        let Some(text) = source.text("lyceum.yaml") else { return Self::uncertain() };
        let Ok(node) = yaml::parse(text, 0..text.source.len()) else { return Self::uncertain() };
        let has_license = entry(&node, "license").is_some();
        let mut fields = Fields::of_node(text, node, &keys::SITE, 0..0);
        Self { has_license, ..Self::read(&mut fields) }
    }
}

fn min_words(text: &str) -> Result<usize, Expected> {
    let expected =
        || Expected::hint(&"expected a number of words up to 10000", "write a whole number; `0` allows any");
    text.parse().ok().filter(|number| *number <= 10_000).ok_or_else(expected)
}

/// The value under a key of a map.
pub(super) fn entry<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let Value::Map(entries) = &node.value else { return None };
    entries.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
}

/// The front matter of a file as a tree; nothing when it cannot be read, which the build reports.
pub(super) fn head(text: &TextFile) -> Option<Node> {
    let parts = front_matter::split(text).ok()?;
    yaml::parse(text, parts.yaml).ok()
}

/// Licence, and lessons that nobody has looked at for long.
pub(super) fn check(subject: Subject<'_>, written: &[Written<'_>], found: &mut Vec<Diagnostic>) {
    let has_site = subject.source.text("lyceum.yaml").is_some();
    if has_site && !subject.settings.has_license {
        let message = "no `license`, expected the terms under which others may use the texts";
        let hint = "add `license: CC-BY-4.0`, or `license: All rights reserved`";
        found.push(subject.site_file().error(Code::MissingLicense, 0..0, message).hint(hint).warning());
    }
    let originals =
        written.iter().filter(|written| written.kind == Kind::Lesson && written.is_default_language);
    found.extend(originals.filter_map(|lesson| stale(subject, lesson)));
}

fn stale(subject: Subject<'_>, lesson: &Written<'_>) -> Option<Diagnostic> {
    let file = lesson.file();
    let head = head(file)?;
    let date = |name: &str| -> Option<(Date, &Node)> {
        let node = entry(&head, name)?;
        Some((as_text(node)?.parse().ok()?, node))
    };
    let (last, node) = [date("date"), date("updated")].into_iter().flatten().max_by_key(|(date, _)| *date)?;
    let own = entry(&head, "stale_after").and_then(as_text).and_then(|text| text.parse::<Days>().ok());
    let limit = own.unwrap_or(subject.settings.stale_after);
    let age = subject.now.date().days_since_epoch() - last.days_since_epoch();
    if age <= i64::from(limit.0) {
        return None;
    }
    let message = format!("last changed {age} days ago, expected at most {}", limit.0);
    let hint = "read it again; then set `updated`, or give it a longer `stale_after: P730D`";
    Some(file.error(Code::Stale, node.span.clone(), message).hint(hint).warning())
}

/// The text of a scalar.
pub(super) fn as_text(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}
