//! Diagnostics as people read them: the place in the file, an excerpt, and what to do.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use lyceum_generator::Diagnostic;

use crate::terminal::Ink;

/// All of them, one after the other, with an empty line between two.
pub(crate) fn render(diagnostics: &[Diagnostic], ink: Ink) -> String {
    let renderer = if ink.is_on { Renderer::styled() } else { Renderer::plain() };
    let texts: Vec<String> = diagnostics.iter().map(|diagnostic| render_one(diagnostic, &renderer)).collect();
    texts.join("\n\n")
}

/// How many there are of each kind: `2 errors and 1 warning`.
pub(crate) fn count(diagnostics: &[Diagnostic]) -> String {
    let n_errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let several = |number: usize, noun: &str| match number {
        0 => None,
        1 => Some(format!("1 {noun}")),
        _ => Some(format!("{number} {noun}s")),
    };
    let parts = [several(n_errors, "error"), several(diagnostics.len() - n_errors, "warning")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

/// A name of a file without what a terminal would obey. The renderer does this for texts, not for paths.
fn harmless(path: &str) -> String {
    let is_order = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    path.chars().map(|letter| if is_order(letter) { '\u{FFFD}' } else { letter }).collect()
}

/// Where the first of them is explained; not empty when there is one.
pub(crate) fn pointer(diagnostics: &[Diagnostic]) -> String {
    let first = diagnostics.iter().find(|found| found.is_error()).or(diagnostics.first());
    first.map(|found| format!("`lyceum check --explain {}` says more", found.code)).unwrap_or_default()
}

fn render_one(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = if diagnostic.is_error() { Level::ERROR } else { Level::WARNING };
    let path = harmless(&diagnostic.file.display().to_string());
    let title = level.primary_title(&diagnostic.message).id(diagnostic.code.to_string());
    let is_whole_file = diagnostic.span == (0..0);
    let group = if diagnostic.source.is_empty() || is_whole_file {
        title.element(Origin::path(path))
    } else {
        let label = diagnostic.label.as_deref();
        let annotation = AnnotationKind::Primary.span(diagnostic.span.clone()).label(label);
        title.element(Snippet::source(&*diagnostic.source).path(path).annotation(annotation))
    };
    let hint = diagnostic.hint.as_ref().map(|hint| Group::with_title(Level::HELP.primary_title(hint)));
    let report: Vec<Group<'_>> = std::iter::once(group).chain(hint).collect();
    renderer.render(&report)
}

#[cfg(test)]
mod tests {
    use lyceum_generator::{Code, Severity};

    use super::*;

    fn diagnostic(source: &str, found: &str) -> Diagnostic {
        let start = source.find(found).expect("in the source");
        let before = &source[..start];
        Diagnostic {
            code: Code::UnknownAccess,
            severity: Severity::Error,
            file: "content/courses/rust/02-ownership.md".into(),
            line: before.lines().count(),
            column: before.chars().rev().take_while(|letter| *letter != '\n').count() + 1,
            source: source.into(),
            span: start..start + found.len(),
            message: format!("unknown access `{found}`"),
            label: Some("expected `free`, `members`, `paid` or a tier name".into()),
            hint: Some("did you mean `paid`?".into()),
        }
    }

    #[track_caller]
    fn check(diagnostic: &Diagnostic, expected: &str) {
        assert_eq!(render(std::slice::from_ref(diagnostic), Ink { is_on: false }), expected);
    }

    #[test]
    fn the_caret_stands_under_what_was_found() {
        let expected = "\
error[L012]: unknown access `payd`
 --> content/courses/rust/02-ownership.md:3:9
  |
3 | access: payd
  |         ^^^^ expected `free`, `members`, `paid` or a tier name
  |
help: did you mean `paid`?";
        check(&diagnostic("---\ntitle: Moves\naccess: payd\n---\n", "payd"), expected);
    }

    #[test]
    fn the_caret_stands_right_under_wide_letters() {
        let expected = "\
error[L012]: unknown access `付費`
 --> content/courses/rust/02-ownership.md:2:11
  |
2 | 标题: x # 见 付費
  |              ^^^^ expected `free`, `members`, `paid` or a tier name
  |
help: did you mean `paid`?";
        check(&diagnostic("---\n标题: x # 见 付費\n---\n", "付費"), expected);
    }

    #[test]
    fn a_whole_file_has_no_excerpt() {
        let mut whole = diagnostic("---\n", "");
        whole.severity = Severity::Warning;
        check(
            &whole,
            "warning[L012]: unknown access ``\n--> content/courses/rust/02-ownership.md\n |\nhelp: did you mean `paid`?",
        );
    }

    #[test]
    fn nothing_in_a_file_reaches_the_terminal_as_a_command() {
        let rendered = render(&[diagnostic("a\n\u{1b}[31m\u{202e}x\n", "x")], Ink { is_on: false });
        assert!(!rendered.contains(['\u{1b}', '\u{202e}']), "{rendered:?}");
    }

    #[test]
    fn a_name_of_a_file_is_no_command_either() {
        let mut named = diagnostic("a\nx\n", "x");
        named.file = "content/\u{1b}[31m\u{202e}dm.md".into();
        let rendered = render(&[named], Ink { is_on: false });
        assert!(!rendered.contains(['\u{1b}', '\u{202e}']), "{rendered:?}");
    }

    #[test]
    fn counts_are_in_words() {
        let error = diagnostic("a", "a");
        let warning = Diagnostic { severity: Severity::Warning, ..error.clone() };
        assert_eq!(count(&[error.clone(), warning.clone(), error]), "2 errors and 1 warning");
        assert_eq!(count(&[warning]), "1 warning");
        assert_eq!(count(&[]), "");
    }
}
