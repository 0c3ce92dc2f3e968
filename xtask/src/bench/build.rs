//! How long `lyceum build` takes: the sample academy, and a large corpus.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::scratch::Scratch;
use super::{corpus, median};
use crate::run::workspace_root;

const N_LESSONS: usize = 1_000;
const N_RUNS: usize = 3;

/// Builds the sample and the corpus, a few times each, into fresh folders.
pub(crate) fn run(lyceum: &Path, corpus: Option<PathBuf>) -> Result<()> {
    let scratch = Scratch::new("build")?;
    let sample = workspace_root().join("content");
    let large = match corpus {
        Some(folder) => folder,
        None => corpus::write(&scratch.path().join("corpus"), N_LESSONS)?,
    };
    println!("{:<40} {:>9}", "", "seconds");
    for (name, content) in
        [("the sample academy", sample), ("the corpus (1,000 lessons unless --corpus)", large)]
    {
        let mut seconds = Vec::new();
        for turn in 0..N_RUNS {
            seconds.push(build(lyceum, &content, &scratch.path().join(format!("{}-{turn}", seconds.len())))?);
        }
        println!("{name:<40} {:>9.3}", median(seconds));
    }
    println!("median of {N_RUNS} builds into fresh folders");
    Ok(())
}

fn build(lyceum: &Path, content: &Path, out: &Path) -> Result<f64> {
    std::fs::remove_dir_all(out).ok();
    let start = Instant::now();
    let output = Command::new(lyceum)
        .args(["build", "--content"])
        .arg(content)
        .arg("--out")
        .arg(out)
        .stdout(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", lyceum.display()))?;
    if output.status.success() {
        return Ok(start.elapsed().as_secs_f64());
    }
    bail!("`lyceum build` failed:\n{}", String::from_utf8_lossy(&output.stderr))
}
