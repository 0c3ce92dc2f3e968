//! When a lesson opens: days after the learner got the course, a date for everyone, and what must be finished first.

use lyceum_contract::Slug;
use lyceum_contract::manifest::Requirement;
use lyceum_contract::time::Days;

use crate::claims::Place;
use crate::diagnostic::Code;
use crate::front_matter::{self, Expected, Fields, Located};
use crate::keys;
use crate::links;
use crate::release::Moment;
use crate::yaml::Value;
use crate::zone::Zone;

/// What one file says.
#[derive(Debug, Clone, Default, Hash)]
pub(crate) struct Schedule {
    pub(crate) after: Option<Days>,
    pub(crate) on: Option<Moment>,
    pub(crate) requires: Vec<Requires>,
}

/// One entry of `requires`, as it is written.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Requires {
    pub(crate) target: Target,
    /// Of a quiz: the percent that are needed.
    pub(crate) score: Option<u8>,
    pub(crate) written: String,
    pub(crate) place: Place,
}

/// What an entry refers to, before it is known whether that exists.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Course(Slug),
    /// A lesson's id or address, without slashes at the ends and without `courses/`.
    Lesson(String),
    /// A file, by its path in the content folder.
    File(String),
}

/// When a lesson opens after all files above it have spoken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Opening {
    pub(crate) after: Option<Days>,
    pub(crate) on: Option<Moment>,
    /// In the order of course, module and lesson; each once.
    pub(crate) requires: Vec<Requirement>,
}

impl Schedule {
    /// Reads the keys of one file, which lies at `path` in the content folder.
    pub(crate) fn read(fields: &mut Fields<'_>, path: &str, zone: &Zone) -> Self {
        let after = fields.parsed("after", Code::BadDuration, front_matter::days).map(|days| days.value);
        let on = Moment::read(fields, "on", zone);
        let mut requires = Vec::new();
        for node in fields.list("requires").unwrap_or_default() {
            if matches!(node.value, Value::Map(_)) {
                requires.extend(quiz(fields, node, path));
            } else if let Some(found) = fields.as_text(node, "requires") {
                requires.extend(thing(fields, found, path));
            }
        }
        Self { after, on, requires }
    }
}

fn thing(fields: &mut Fields<'_>, found: Located<String>, path: &str) -> Option<Requires> {
    let written = found.value.clone();
    let target = fields.read(found, Code::BadValue, "requires", |text| target(text, path))?;
    let place = fields.located(target.span);
    Some(Requires { target: target.value, score: None, written, place })
}

fn quiz(fields: &mut Fields<'_>, node: crate::yaml::Node, path: &str) -> Option<Requires> {
    let mut entry = fields.inner(node, &keys::QUIZ);
    let found = entry.text("quiz");
    let score = entry.parsed("score", Code::BadValue, percent);
    let requires = found.and_then(|found| {
        let written = found.value.clone();
        let target = entry.read(found, Code::BadValue, "quiz", |text| lesson_target(text, path))?;
        let place = entry.located(target.span);
        Some(Requires { target: target.value, score: Some(score?.value), written, place })
    });
    fields.adopt(entry);
    requires
}

fn percent(text: &str) -> Result<u8, Expected> {
    let expected = || Expected::hint(&"expected 1 to 100 percent", "write a whole number without `%`");
    text.parse().ok().filter(|percent| (1..=100).contains(percent)).ok_or_else(expected)
}

fn target(text: &str, path: &str) -> Result<Target, Expected> {
    match text.parse() {
        Ok(slug) => Ok(Target::Course(slug)),
        Err(_) => lesson_target(text, path),
    }
}

fn lesson_target(text: &str, path: &str) -> Result<Target, Expected> {
    let hint = "write a course's slug, a lesson's `course/module/lesson`, or the path of its file";
    if text.strip_suffix(".md").is_some() {
        let file = links::join(path, text);
        return file
            .map(Target::File)
            .ok_or_else(|| Expected::hint(&"expected a file of the content folder", hint));
    }
    let inner = text.trim_matches('/');
    let inner = inner.strip_prefix("courses/").unwrap_or(inner);
    match inner.parse::<lyceum_contract::LessonId>() {
        Ok(_) => Ok(Target::Lesson(inner.to_owned())),
        Err(_) => Err(Expected::hint(&"expected a course or a lesson", hint)),
    }
}
