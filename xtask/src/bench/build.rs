//! How long a build takes and how much memory, beside other generators with the same lessons.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::peers::PEERS;
use super::scratch::Scratch;
use super::{corpus, median};
use crate::run::workspace_root;

/// Above this many lessons, one run of each is enough.
const MANY: usize = 5_000;
const N_RUNS: usize = 3;

/// What one run took.
struct Cost {
    seconds: f64,
    peak_mb: f64,
}

/// Builds the sample, and the corpus with so many lessons: cold, warm without a change, warm with one lesson changed, and with
/// every other generator that is installed.
pub(crate) fn run(lyceum: &Path, corpus: Option<PathBuf>, n_lessons: usize) -> Result<()> {
    let scratch = Scratch::new("build")?;
    let sample = workspace_root().join("content");
    let is_own = corpus.is_none();
    let large = match corpus {
        Some(folder) => folder,
        None => corpus::write(&scratch.path().join("corpus"), n_lessons)?,
    };
    let n_runs = if n_lessons >= MANY { 1 } else { N_RUNS };
    println!("{:<40} {:>9} {:>9} {:>9}", "median, into fresh folders", "seconds", "peak MB", "ratio");
    let cold = |content: &Path| {
        let runs = (0..n_runs).map(|_| {
            let place = scratch.path().join("ours");
            std::fs::remove_dir_all(&place).ok();
            ours(lyceum, content, &place)
        });
        runs.collect::<Result<Vec<_>>>()
    };
    report("the sample academy", cold(&sample)?, None);
    let base = report("the corpus", cold(&large)?, None);
    let place = scratch.path().join("ours");
    report("the same, nothing changed", vec![ours(lyceum, &large, &place)?], Some(base));
    if is_own {
        let lesson = large.join("courses/course-1/03-lesson-3.md");
        let text = std::fs::read_to_string(&lesson)?;
        std::fs::write(&lesson, format!("{text}\nOne more sentence.\n"))?;
        report("the same, one lesson changed", vec![ours(lyceum, &large, &place)?], Some(base));
        for peer in PEERS {
            let folder = scratch.path().join("peer");
            std::fs::remove_dir_all(&folder).ok();
            (peer.write)(&large, &folder)?;
            let runs: Result<Vec<Cost>> = (0..n_runs)
                .map(|_| {
                    std::fs::remove_dir_all(folder.join("public")).ok();
                    std::fs::remove_dir_all(folder.join("book")).ok();
                    measured(Command::new(peer.program()).args(peer.arguments).current_dir(&folder))
                })
                .collect();
            match runs {
                Ok(runs) => _ = report(peer.name, runs, Some(base)),
                Err(error) => println!("{:<40} {error:#}", peer.name),
            }
        }
    }
    Ok(())
}

/// Prints a line and gives the median of the seconds. `base` is what the ratio is to.
fn report(name: &str, runs: Vec<Cost>, base: Option<f64>) -> f64 {
    let peak = runs.iter().map(|cost| cost.peak_mb).fold(0.0, f64::max);
    let seconds = median(runs.into_iter().map(|cost| cost.seconds).collect());
    let ratio = base.map_or(String::new(), |base| format!("{:.2} x", seconds / base));
    println!("{name:<40} {seconds:>9.3} {peak:>9.0} {ratio:>9}");
    seconds
}

fn ours(lyceum: &Path, content: &Path, place: &Path) -> Result<Cost> {
    let mut command = Command::new(lyceum);
    command.args(["build", "--content"]).arg(content).arg("--out").arg(place.join("out"));
    measured(command.arg("--cache").arg(place.join("cache")))
}

fn measured(command: &mut Command) -> Result<Cost> {
    let program = command.get_program().to_string_lossy().into_owned();
    let start = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak_kib = peak_kib.max(peak(&status_file).unwrap_or(0));
        // Fine enough for builds of a tenth of a second, and nothing beside them.
        std::thread::sleep(Duration::from_millis(2));
    };
    if !status.success() {
        bail!("{program} failed: {status}");
    }
    Ok(Cost { seconds: start.elapsed().as_secs_f64(), peak_mb: f64::from(peak_kib) / 1024.0 })
}

/// The most memory that a process had so far, in KiB; nothing where the system does not tell.
fn peak(status_file: &str) -> Option<u32> {
    let status = std::fs::read_to_string(status_file).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
