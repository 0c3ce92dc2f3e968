//! `cargo xtask fuzz`: libFuzzer on the stable compiler.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::run::{Step, target_dir, workspace_root};

/// What `cargo fuzz` passes too, but for the sanitizer, which needs a nightly compiler.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Runs one target for so many seconds. New inputs go to `fuzz/found/`, findings to `fuzz/artifacts/`.
pub(crate) fn run(target: &str, seconds: &str) -> Result<()> {
    let seconds: u32 = seconds.parse().context("the time is a number of seconds")?;
    if !workspace_root().join(format!("fuzz/targets/{target}.rs")).is_file() {
        bail!("no target `{target}` in fuzz/targets");
    }
    // With a target triple, the flags are not for build scripts, which could not be linked with them.
    let triple = host()?;
    Step::new("cargo", &["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--bin", target])
        .args(&["--target", &triple])
        .variable("RUSTFLAGS", COVERAGE)
        .variable("CARGO_TARGET_DIR", target_dir()?)
        .run()?;
    for folder in
        [format!("fuzz/found/{target}"), format!("fuzz/corpus/{target}"), "fuzz/artifacts".to_owned()]
    {
        fs::create_dir_all(workspace_root().join(folder))?;
    }
    let program = target_dir()?.join(&triple).join("release").join(target);
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
