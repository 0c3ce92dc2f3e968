//! `cargo xtask fuzz`: libFuzzer on the stable compiler.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::run::{Step, target_dir, workspace_root};

/// What `cargo fuzz` passes too, but for the sanitizer, which needs a nightly compiler.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// How long a target runs when nobody says it.
const SECONDS: u32 = 600;

/// Runs one target, or all of them one after the other, each for so many seconds. New inputs go to `fuzz/found/`,
/// findings to `fuzz/artifacts/`. It ends with an error at the first finding.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let (target, seconds) = match arguments {
        [] => (None, None),
        ["--seconds", seconds] => (None, Some(seconds)),
        [target] => (Some(*target), None),
        [target, "--seconds", seconds] => (Some(*target), Some(seconds)),
        other => bail!("`fuzz {}`, expected `fuzz [TARGET] [--seconds N]`", other.join(" ")),
    };
    let seconds = seconds.map(|seconds| seconds.parse()).transpose();
    let seconds: u32 = seconds.context("the time is a number of seconds")?.unwrap_or(SECONDS);
    let known = targets()?;
    let chosen: Vec<&String> =
        known.iter().filter(|known| target.is_none_or(|target| target == known.as_str())).collect();
    if chosen.is_empty() {
        bail!(
            "no target `{}` in fuzz/targets, expected one of {}",
            target.unwrap_or_default(),
            known.join(", ")
        );
    }
    // With a target triple, the flags are not for build scripts, which could not be linked with them.
    let triple = host()?;
    Step::new("cargo", &["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--bins"])
        .args(&["--target", &triple])
        .variable("RUSTFLAGS", COVERAGE)
        .variable("CARGO_TARGET_DIR", target_dir()?)
        .run()?;
    chosen.into_iter().try_for_each(|target| feed(target, &triple, seconds))
}

/// The names of all targets, in alphabetical order.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(workspace_root().join("fuzz/targets"))? {
        let path = entry?.path();
        names.extend(path.file_stem().and_then(|name| name.to_str()).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// Runs one target that is built.
fn feed(target: &str, triple: &str, seconds: u32) -> Result<()> {
    for folder in
        [format!("fuzz/found/{target}"), format!("fuzz/corpus/{target}"), "fuzz/artifacts".to_owned()]
    {
        fs::create_dir_all(workspace_root().join(folder))?;
    }
    let program = target_dir()?.join(triple).join("release").join(target);
    let program = program.to_str().context("the target folder has a name that is text")?;
    let words = format!("fuzz/{target}.dict");
    let words = workspace_root().join(&words).is_file().then(|| format!("-dict={words}"));
    Step::new(program, &[&format!("fuzz/found/{target}"), &format!("fuzz/corpus/{target}")])
        .args(&words.iter().map(String::as_str).collect::<Vec<_>>())
        .args(&[&format!("-max_total_time={seconds}"), "-timeout=10", "-rss_limit_mb=2000"])
        .args(&[&format!("-artifact_prefix=fuzz/artifacts/{target}-")])
        // Coverage of other threads would be that of another input.
        .variable("RAYON_NUM_THREADS", "1")
        .run()
}

/// The triple of this machine.
fn host() -> Result<String> {
    let version = Step::new("rustc", &["-vV"]).output()?;
    let line = version.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).context("`rustc -vV` names no host")
}
