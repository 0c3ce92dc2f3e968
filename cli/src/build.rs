//! `lyceum build`: content in, static files out.

use std::mem::ManuallyDrop;
use std::process::ExitCode;
use std::time::Instant;

use lyceum_app::ports::Clock;
use lyceum_generator::{Diagnostic, Failed, Options, Place, Report, Session};
use serde::Serialize;

use crate::adapters::system::SystemClock;
use crate::arguments::{Build, Format};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::terminal::{self, Ink};
use crate::{cache, diagnostics, keys};

/// What a build made and what it found.
#[derive(Debug, Default, Serialize)]
struct Summary {
    pages: usize,
    sealed: usize,
    bytes: u64,
    /// Files that are new, different or gone.
    written: usize,
    duration_ms: u128,
    warnings: Vec<Diagnostic>,
    errors: Vec<Diagnostic>,
}

/// Builds the site and reports. With an error in the content nothing is published and the exit code is 1.
pub(crate) fn run(arguments: &Build) -> Result<ExitCode, Failure> {
    let keys = keys::seal_keys()?;
    let started = Instant::now();
    let progress = Progress::new(arguments.format == Format::Human && Ink::of_stderr().is_on);
    let options = Options {
        content: &arguments.content,
        theme: arguments.theme.as_deref(),
        keys: &keys,
        now: SystemClock::default().now(),
        drafts: false,
        live_reload: false,
    };
    // The process is about to end, and the system takes back memory faster than anybody gives it.
    let mut session = ManuallyDrop::new(Session::new(place(arguments)));
    let built = session.build(&options, &progress);
    progress.finish();
    let summary = match built {
        Ok(built) => {
            if let Some(error) = &built.cache_error {
                terminal::complain(&format!("note: nothing is remembered for the next build: {error}"));
            }
            let written = built.changes.written.len() + built.changes.removed.len();
            Summary { warnings: built.warnings, written, ..totals(&built.report.unwrap_or_default()) }
        }
        Err(Failed::Content(found)) => {
            let (errors, warnings) = found.into_iter().partition(Diagnostic::is_error);
            Summary { warnings, errors, ..Summary::default() }
        }
        Err(Failed::Interrupted) => return Err(Failure::new("the build was interrupted")),
        Err(Failed::Output(error)) => return Err(Failure::at("cannot write", &arguments.out, error)),
    };
    let summary = Summary { duration_ms: started.elapsed().as_millis(), ..summary };
    match arguments.format {
        Format::Json => report_json(&summary)?,
        Format::Human => report(&summary, arguments, keys::is_development(&keys)),
    }
    if arguments.timings {
        terminal::complain(&format!("\n{}", progress.table()));
    }
    Ok(if summary.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn place(arguments: &Build) -> Place {
    let cache = arguments.cache.clone().or_else(cache::default_folder).filter(|_| !arguments.no_cache);
    Place {
        content: arguments.content.clone(),
        theme: arguments.theme.clone(),
        out: arguments.out.clone(),
        cache,
        is_watched: false,
        program: cache::program(),
    }
}

fn totals(report: &Report) -> Summary {
    Summary { pages: report.pages, sealed: report.sealed, bytes: report.bytes, ..Summary::default() }
}

fn report_json(summary: &Summary) -> Result<(), Failure> {
    terminal::say(&serde_json::to_string(summary).map_err(Failure::new)?);
    Ok(())
}

fn report(summary: &Summary, arguments: &Build, is_development: bool) {
    let ink = Ink::of_stderr();
    let found: Vec<Diagnostic> = summary.warnings.iter().chain(&summary.errors).cloned().collect();
    if !found.is_empty() {
        terminal::complain(&diagnostics::render(&found, ink));
        terminal::complain("");
    }
    if !summary.errors.is_empty() {
        let counted = diagnostics::count(&found);
        terminal::complain(&format!("{}: {counted}; nothing was published", ink.red("error")));
        terminal::complain(&diagnostics::pointer(&found));
        return;
    }
    let ink = Ink::of_stdout();
    let size = bytes(summary.bytes);
    let out = arguments.out.display().to_string();
    let Summary { pages, sealed, duration_ms, written, .. } = summary;
    terminal::say(&format!(
        "Built {pages} pages ({sealed} sealed), {size}, in {duration_ms} ms into {}, {written} files changed",
        ink.bold(&out)
    ));
    if is_development {
        terminal::complain(
            "note: sealed with the development key, which everybody has; set LYCEUM_SEAL_KEYS before you deploy",
        );
    }
}

/// A size as people read it, in powers of 1,000.
pub(crate) fn bytes(number: u64) -> String {
    let (unit, name) = match number {
        0..1_000 => return format!("{number} B"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    format!("{}.{} {name}", number / unit, number % unit * 10 / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (number, expected) in
            [(999, "999 B"), (1_000, "1.0 kB"), (1_999_999, "1.9 MB"), (3_200_000_000, "3.2 GB"), (0, "0 B")]
        {
            assert_eq!(bytes(number), expected);
        }
    }
}
