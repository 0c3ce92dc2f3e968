//! `cargo xtask test`: everything that must hold before a change is proposed, the quickest first.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::edge::{self, Flavour};
use crate::run::{Step, target_dir};
use crate::{architecture, budgets, prepare};

/// How much to test.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Without the Worker and the browser.
    Fast,
    /// Everything.
    Whole,
}

/// What became of a check.
enum Outcome {
    Passed,
    /// Not run, and why.
    Skipped(&'static str),
}

struct Check {
    name: &'static str,
    extent: Extent,
    run: fn() -> Result<Outcome>,
}

const CHECKS: [Check; 12] = [
    Check { name: "tools", extent: Extent::Fast, run: tools },
    Check { name: "format", extent: Extent::Fast, run: format },
    Check {
        name: "architecture",
        extent: Extent::Fast,
        run: || architecture::check().map(|()| Outcome::Passed),
    },
    Check { name: "lints", extent: Extent::Fast, run: lints },
    Check { name: "lints of the Worker", extent: Extent::Fast, run: worker_lints },
    Check { name: "dependencies", extent: Extent::Fast, run: dependencies },
    Check { name: "Rust tests", extent: Extent::Fast, run: rust_tests },
    Check { name: "fuzz targets", extent: Extent::Whole, run: fuzz_targets },
    Check { name: "Worker", extent: Extent::Whole, run: worker },
    Check { name: "budgets", extent: Extent::Whole, run: || budgets::check().map(|()| Outcome::Passed) },
    Check { name: "browser", extent: Extent::Whole, run: || prepare::browser().map(|()| Outcome::Passed) },
    Check { name: "end-to-end tests", extent: Extent::Whole, run: end_to_end },
];

/// Runs the checks in order; stops at the first that fails.
pub(crate) fn run(extent: Extent) -> Result<()> {
    let mut summary = Vec::new();
    for check in CHECKS.iter().filter(|check| extent == Extent::Whole || check.extent == Extent::Fast) {
        println!("\n=== {}", check.name);
        let start = Instant::now();
        let outcome = (check.run)();
        let note = match &outcome {
            Ok(Outcome::Passed) => "ok".to_owned(),
            Ok(Outcome::Skipped(reason)) => format!("skipped: {reason}"),
            Err(_) => "FAILED".to_owned(),
        };
        summary.push((check.name, note, start.elapsed()));
        if let Err(error) = outcome {
            print_summary(&summary);
            bail!("{}: {error:#}", check.name);
        }
    }
    print_summary(&summary);
    Ok(())
}

fn print_summary(summary: &[(&str, String, Duration)]) {
    println!("\n=== summary");
    for (name, note, took) in summary {
        println!("{name:<22} {:>7.1} s  {note}", took.as_secs_f64());
    }
}

fn passed(result: Result<()>) -> Result<Outcome> {
    result.map(|()| Outcome::Passed)
}

fn tools() -> Result<Outcome> {
    prepare::wasm_target()?;
    passed(prepare::node_packages())
}

fn format() -> Result<Outcome> {
    passed(Step::new("cargo", &["fmt", "--all", "--check"]).run())
}

fn lints() -> Result<Outcome> {
    let arguments =
        ["clippy", "--workspace", "--exclude", "lyceum-edge-worker", "--all-targets", "--", "-D", "warnings"];
    passed(Step::new("cargo", &arguments).run())
}

/// On its own target, with the suites that are never deployed as well.
fn worker_lints() -> Result<Outcome> {
    let arguments = ["clippy", "-p", "lyceum-edge-worker", "--target", "wasm32-unknown-unknown"];
    for features in [&[][..], &["--features", "conformance"]] {
        Step::new("cargo", &arguments).args(features).args(&["--", "-D", "warnings"]).run()?;
    }
    Ok(Outcome::Passed)
}

fn dependencies() -> Result<Outcome> {
    if !Step::new("cargo", &["deny", "--version"]).succeeds() {
        return Ok(Outcome::Skipped("cargo-deny is not installed"));
    }
    passed(Step::new("cargo", &["deny", "check", "bans", "licenses", "sources"]).run())
}

fn rust_tests() -> Result<Outcome> {
    Step::new("cargo", &["build", "-p", "lyceum"]).run()?;
    passed(Step::new("cargo", &["test", "--workspace"]).variable("LYCEUM_BIN", lyceum()?).run())
}

/// They are a workspace of their own, which nothing else compiles.
fn fuzz_targets() -> Result<Outcome> {
    let step = Step::new("cargo", &["check", "--manifest-path", "fuzz/Cargo.toml", "--bins"]);
    passed(step.variable("CARGO_TARGET_DIR", target_dir()?).run())
}

fn worker() -> Result<Outcome> {
    edge::build(Flavour::Conformance)?;
    edge::build(Flavour::Product)?;
    Ok(Outcome::Passed)
}

fn end_to_end() -> Result<Outcome> {
    let tests = Step::new("npm", &["test", "--silent"])
        .folder("tests")
        .variable("LYCEUM_BIN", lyceum()?)
        .variable("EDGE_BUILD", Flavour::Product.folder())
        .variable("EDGE_BUILD_CONFORMANCE", Flavour::Conformance.folder())
        .variable("BROWSER_BIN", prepare::browser_path().unwrap_or_default());
    passed(tests.run())
}

/// The program that `rust_tests` built.
fn lyceum() -> Result<std::path::PathBuf> {
    Ok(target_dir()?.join("debug/lyceum"))
}
