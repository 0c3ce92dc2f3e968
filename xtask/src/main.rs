//! Developer automation for Lyceum: `cargo xtask <command>`.
#![allow(clippy::print_stdout, reason = "a command-line program talks on its standard output")]

mod architecture;
mod bench;
mod budgets;
mod edge;
mod fuzz;
mod prepare;
mod reading_page;
mod run;
mod test;
mod theme_docs;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

const USAGE: &str = "\
usage: cargo xtask <command>

  test [--fast]          format, lints, architecture, tests, Worker, budgets, end-to-end tests
                         --fast: without the Worker and the browser
  edge [--conformance]   build the Worker into edge-worker/build
                         --conformance: with the adapter suites, into edge-worker/build-conformance
  budgets                sizes of what a reader downloads and a Worker starts, against their limits
  theme-docs             write the tables of docs/THEME.md from the types that templates are given
  bench [--corpus DIR]   speed of pages, of the Worker and of the build, on this machine
                         --corpus: lessons to build instead of generated ones
  bench app              the session check and the gate, and the Ledger's commands beside plain SQLite
  bench builds [N]       speed and memory of builds of N lessons (1,000), beside Hugo and mdBook if they are installed
                         (or named by HUGO and MDBOOK)
  fuzz [TARGET] [--seconds N]
                         feed the parsers what nobody would write, each target or one; see fuzz/README.md
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["test"] => test::run(test::Extent::Whole),
        ["test", "--fast"] => test::run(test::Extent::Fast),
        ["edge"] => report(edge::Flavour::Product),
        ["edge", "--conformance"] => report(edge::Flavour::Conformance),
        ["budgets"] => budgets::check(),
        ["theme-docs"] => theme_docs::write(),
        ["bench"] => bench::run(None),
        ["bench", "--corpus", folder] => bench::run(Some(PathBuf::from(folder))),
        ["bench", "app"] => bench::app(),
        ["bench", "builds"] => bench::builds(bench::N_LESSONS),
        ["bench", "builds", n] => bench::builds(n.parse().context("expected a number of lessons")?),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        other => bail!("unknown command `{}`\n\n{USAGE}", other.join(" ")),
    }
}

fn report(flavour: edge::Flavour) -> Result<()> {
    let folder = edge::build(flavour)?;
    println!("{}", folder.display());
    budgets::print_worker(&folder)
}
