//! `lyceum check`: everything that a build finds, and what a careful editor would.

use std::process::ExitCode;
use std::time::Instant;

use lyceum_app::ports::Clock;
use lyceum_generator::check::{Checked, Environment};
use lyceum_generator::{Code, Diagnostic, Options};
use serde::Serialize;

use crate::adapters::system::SystemClock;
use crate::arguments::{Check, Format};
use crate::external::{self, Reach};
use crate::failure::Failure;
use crate::terminal::{self, Ink};
use crate::{diagnostics, keys};

/// The documentation of all codes.
const DOCS: &str = include_str!("../../docs/DIAGNOSTICS.md");

/// The same shape as that of `lyceum build`, with what was looked at besides.
#[derive(Debug, Default, Serialize)]
struct Summary {
    pages: usize,
    sealed: usize,
    bytes: u64,
    duration_ms: u128,
    external_links: usize,
    warnings: Vec<Diagnostic>,
    errors: Vec<Diagnostic>,
}

/// Checks and reports. The exit code is 1 with an error, and with a warning when `--strict` is given.
pub(crate) fn run(arguments: &Check) -> Result<ExitCode, Failure> {
    if let Some(code) = &arguments.explain {
        return explain(code);
    }
    let started = Instant::now();
    let mut checked = look(arguments)?;
    let links = std::mem::take(&mut checked.external);
    if arguments.external {
        let reach = if arguments.allow_loopback { Reach::Loopback } else { Reach::Public };
        checked.found.extend(external::check(&links, reach));
    }
    let (errors, warnings) = checked.found.into_iter().partition(Diagnostic::is_error);
    let sizes = checked.report.map(|report| (report.pages, report.sealed, report.bytes)).unwrap_or_default();
    let summary = Summary {
        pages: sizes.0,
        sealed: sizes.1,
        bytes: sizes.2,
        duration_ms: started.elapsed().as_millis(),
        external_links: links.len(),
        warnings,
        errors,
    };
    match arguments.format {
        Format::Json => terminal::say(&serde_json::to_string(&summary).map_err(Failure::new)?),
        Format::Human => report(&summary, arguments),
    }
    let is_fine = summary.errors.is_empty() && (summary.warnings.is_empty() || !arguments.strict);
    Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn look(arguments: &Check) -> Result<Checked, Failure> {
    let keys = keys::seal_keys()?;
    let options = Options {
        content: &arguments.content,
        theme: arguments.theme.as_deref(),
        keys: &keys,
        now: SystemClock::default().now(),
        live_reload: false,
        drafts: false,
    };
    let has_payment_key = keys::variable("STRIPE_SECRET_KEY")?.is_some();
    let environment = arguments.launch.then_some(Environment { has_payment_key });
    Ok(lyceum_generator::check::check(&options, environment))
}

fn report(summary: &Summary, arguments: &Check) {
    let ink = Ink::of_stderr();
    let found: Vec<Diagnostic> = summary.warnings.iter().chain(&summary.errors).cloned().collect();
    if !found.is_empty() {
        terminal::complain(&diagnostics::render(&found, ink));
        terminal::complain("");
        terminal::complain(&diagnostics::pointer(&found));
    }
    let ink = Ink::of_stdout();
    let counted =
        if found.is_empty() { "nothing to complain about".to_owned() } else { diagnostics::count(&found) };
    let asked = if arguments.external { " asked" } else { " not asked, see `--external`" };
    let links = match summary.external_links {
        0 => String::new(),
        1 => format!("; 1 link to another site{asked}"),
        number => format!("; {number} links to other sites{asked}"),
    };
    let content = arguments.content.display().to_string();
    terminal::say(&format!("Checked {} pages of {}: {counted}{links}", summary.pages, ink.bold(&content)));
}

/// Prints the section of the documentation about one code.
fn explain(code: &str) -> Result<ExitCode, Failure> {
    let wanted = code.to_uppercase();
    let known = Code::ALL.iter().find(|known| known.to_string() == wanted);
    let section = known.and_then(|known| section(DOCS, &known.to_string()));
    let Some(section) = section else {
        return Err(Failure::new(format_args!("no diagnostic `{code}`"))
            .hint("codes are written `L011`; `docs/DIAGNOSTICS.md` lists them all"));
    };
    terminal::say(section.trim());
    Ok(ExitCode::SUCCESS)
}

/// From the heading of the code to the next heading of the same level.
fn section<'d>(docs: &'d str, code: &str) -> Option<&'d str> {
    let start = docs.find(&format!("\n### {code}\n"))? + 1;
    let rest = &docs[start..];
    let end = rest[4..].find("\n### ").map_or(rest.len(), |end| end + 4);
    let chapter = rest[4..end].find("\n## What ").map_or(end, |end| end + 4);
    rest.get(..chapter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let docs = "# All\n\n### L001\n\nOne.\n\n### L002\n\nTwo.\n\n## Not a chapter\n\n## What else\n\n### L003\n\nThree.\n";
        assert_eq!(section(docs, "L001").map(str::trim), Some("### L001\n\nOne."));
        assert_eq!(section(docs, "L002").map(str::trim), Some("### L002\n\nTwo.\n\n## Not a chapter"));
        assert_eq!(section(docs, "L003").map(str::trim), Some("### L003\n\nThree."));
        assert_eq!(section(docs, "L004"), None);
    }

    #[test]
    fn every_code_can_be_explained() {
        for code in Code::ALL {
            assert!(
                section(DOCS, &code.to_string()).is_some_and(|text| text.contains(code.about())),
                "{code}"
            );
        }
        assert!(explain("L999").is_err());
    }
}
