//! `cargo xtask bench`: how fast pages, the Worker and the build are, on this machine and in this run.
//!
//! Machines differ and are shared, so the numbers to compare are the ratios within one run: each pair is
//! measured in turns, and the middle of the turns is printed. Nothing is written but scratch files.

mod build;
mod corpus;
mod http;
mod load;
mod native;
mod peers;
mod scratch;
mod worker;

use std::path::PathBuf;

use anyhow::Result;

use crate::edge::{self, Flavour};
use crate::run::{Step, target_dir};

/// A lesson that the buyer of its course may read, and a free one of the same course, in the sample academy.
const PAID_LESSON: &str = "/courses/rust-ownership/ownership/moves/";
const FREE_LESSON: &str = "/courses/rust-ownership/values/stack-and-heap/";
/// Lessons of the generated corpus.
pub(crate) const N_LESSONS: usize = 1_000;
/// The price that opens the paid lesson.
const PRICE: &str = "rust-ownership";

/// Runs every benchmark. `corpus`: a folder of lessons to build instead of generated ones.
pub(crate) fn run(corpus: Option<PathBuf>) -> Result<()> {
    Step::new("cargo", &["build", "--release", "-p", "lyceum"]).run()?;
    let lyceum = target_dir()?.join("release/lyceum");
    let bundle = edge::build(Flavour::Product)?;
    heading("the app without a socket, and the Ledger");
    app()?;
    heading("pages, `lyceum serve`");
    native::run(&lyceum)?;
    heading("pages, the Worker on workerd");
    worker::run(&lyceum, &bundle)?;
    heading("size of the Worker");
    crate::budgets::print_worker(&bundle)?;
    heading("builds, `lyceum build`");
    build::run(&lyceum, corpus, N_LESSONS)
}

/// The session check, a lesson and the Ledger's commands, by the program in `tests/benches`: nothing here may use the
/// app itself.
pub(crate) fn app() -> Result<()> {
    Step::new("cargo", &["bench", "-p", "lyceum-tests", "--bench", "app"]).run()
}

/// Builds alone, with so many generated lessons.
pub(crate) fn builds(n_lessons: usize) -> Result<()> {
    Step::new("cargo", &["build", "--release", "-p", "lyceum"]).run()?;
    build::run(&target_dir()?.join("release/lyceum"), None, n_lessons)
}

fn heading(text: &str) {
    println!("\n== {text}");
}

/// The value in the middle; the lower of two.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median(vec![9.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(vec![4.0, 3.0]) - 3.0).abs() < f64::EPSILON);
        assert!(median(vec![]).is_nan());
    }
}
