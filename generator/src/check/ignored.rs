//! Input that would be ignored without a word. A build asks this too.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::model::Academy;
use crate::source::Source;

/// Text that no page shows, and names that are one on other machines.
pub(crate) fn check(source: &Source, theme: Option<&Source>, academy: &Academy, found: &mut Vec<Diagnostic>) {
    module_texts(academy, found);
    same_names(source, found);
    if let Some(theme) = theme {
        same_names(theme, found);
    }
}

/// A module has no page: its title and summary stand in the outline of the course, its text nowhere.
fn module_texts(academy: &Academy, found: &mut Vec<Diagnostic>) {
    for text in
        academy.courses.iter().flat_map(|course| &course.modules).flat_map(|module| module.texts.values())
    {
        let body = &text.body;
        let written = body.text.source.get(body.range.clone()).unwrap_or_default();
        let start = body.range.start + (written.len() - written.trim_start().len());
        if !written.trim().is_empty() {
            let message = "text below the front matter of a module, which no page shows";
            let hint = "put it into `summary`, onto the page of the course, or into a lesson";
            found.push(
                body.text.error(Code::IgnoredText, start..body.range.end, message).hint(hint).warning(),
            );
        }
    }
}

fn same_names(source: &Source, found: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for path in source.files.keys() {
        if let Some(first) = seen.insert(path.to_lowercase(), path) {
            let message = format!("`{path}` and `{first}` differ only in capital letters");
            let hint = "rename one: on many machines both are the same file";
            found.push(source.error(path, Code::CaseCollision, message).hint(hint).warning());
        }
    }
}
