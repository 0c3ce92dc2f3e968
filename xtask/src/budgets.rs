//! `cargo xtask budgets`: what a reader downloads and what a Worker starts, against their limits.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::edge::Flavour;
use crate::run::workspace_root;

/// Bytes of the Worker's WASM after gzip: it is loaded and compiled at every cold start.
const MAX_WASM: usize = 400 * 1024;
/// Bytes of all style sheets of a page after gzip.
const MAX_CSS: usize = 8 * 1_000;
/// Bytes of all scripts of a reading page after gzip.
const MAX_JS: usize = 4 * 1_000;

struct Budget {
    name: &'static str,
    bytes: usize,
    gzip: usize,
    limit: usize,
}

/// Prints the sizes and fails when one is over its limit.
pub(crate) fn check() -> Result<()> {
    let theme = workspace_root().join("themes/default/assets");
    let wasm = Flavour::Product.folder().join("index_bg.wasm");
    let mut budgets = Vec::new();
    if wasm.exists() {
        budgets.push(Budget::of("Worker (WASM)", &[wasm], MAX_WASM)?);
    } else {
        println!("the Worker is not built: `cargo xtask edge`");
    }
    budgets.push(Budget::of("theme: style sheets", &files(&theme, "css")?, MAX_CSS)?);
    budgets.push(Budget::of("theme: scripts", &files(&theme, "js")?, MAX_JS)?);
    print_table(&budgets);
    let over: Vec<&str> =
        budgets.iter().filter(|budget| budget.gzip > budget.limit).map(|budget| budget.name).collect();
    if over.is_empty() { Ok(()) } else { bail!("over budget: {}", over.join(", ")) }
}

/// Prints the size of a bundle, of whichever flavour.
pub(crate) fn print_worker(folder: &Path) -> Result<()> {
    let worker = Budget::of("Worker (WASM)", &[folder.join("index_bg.wasm")], MAX_WASM)?;
    println!("{}: {} bytes, {} after gzip", worker.name, worker.bytes, worker.gzip);
    Ok(())
}

impl Budget {
    fn of(name: &'static str, files: &[PathBuf], limit: usize) -> Result<Self> {
        let mut budget = Self { name, bytes: 0, gzip: 0, limit };
        for file in files {
            let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            budget.bytes += bytes.len();
            budget.gzip += gzip_len(&bytes)?;
        }
        Ok(budget)
    }
}

fn print_table(budgets: &[Budget]) {
    println!("{:<22} {:>10} {:>10} {:>10}", "", "bytes", "gzip", "limit");
    for Budget { name, bytes, gzip, limit } in budgets {
        let verdict = if gzip > limit { "OVER" } else { "ok" };
        println!("{name:<22} {bytes:>10} {gzip:>10} {limit:>10}  {verdict}");
    }
}

/// The files below the folder that end with `.extension`.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn gzip_len(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}
