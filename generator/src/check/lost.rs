//! Things that nothing leads to.

use std::collections::BTreeSet;

use super::Subject;
use crate::diagnostic::{Code, Diagnostic};

/// An instructor whom no course names.
pub(super) fn check(subject: Subject<'_>, found: &mut Vec<Diagnostic>) {
    let named: BTreeSet<_> = subject.academy.courses.iter().flat_map(|course| &course.instructors).collect();
    let default = subject.academy.config.default_language();
    for person in subject.academy.instructors.iter().filter(|person| !named.contains(&person.id)) {
        let Some(text) = person.texts.get(default) else { continue };
        let message = format!("no course names the instructor `{}`", person.id);
        let hint = format!("add `instructors: [{}]` to a course, or remove the file", person.id);
        found.push(text.body.text.error(Code::Orphan, 0..0, message).hint(hint).warning());
    }
}
