//! `cargo xtask budgets`: what a reader downloads and what a Worker starts, against their limits.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::edge::Flavour;
use crate::reading_page;

/// Bytes of the Worker's WASM after gzip: it is loaded and compiled at every cold start.
const MAX_WASM: usize = 820 * 1024;
/// Bytes of all style sheets of a reading page after gzip.
const MAX_CSS: usize = 8 * 1_000;
/// Bytes of all scripts of a reading page after gzip.
const MAX_JS: usize = 4 * 1_000;
/// Bytes of the style sheet that only lists, landing pages and pages of the app load, after gzip.
const MAX_PAGES_CSS: usize = 4 * 1_000;
/// Bytes of the script of the search after gzip; it is loaded when somebody searches.
const MAX_SEARCH: usize = 15 * 1_000;
/// Bytes of the script for passkeys after gzip; pages of the app alone load it.
const MAX_PASSKEYS: usize = 2 * 1_000;
/// Bytes of the largest lesson page after gzip, without what the author wrote.
const MAX_CHROME: usize = 3 * 1_000;
/// Requests of a lesson page, itself included, without its own images.
const MAX_REQUESTS: usize = 4;

struct Budget {
    name: &'static str,
    bytes: usize,
    gzip: usize,
    limit: usize,
}

/// Prints the sizes and fails when one is over its limit.
pub(crate) fn check() -> Result<()> {
    let wasm = Flavour::Product.folder().join("index_bg.wasm");
    let mut budgets = Vec::new();
    if wasm.exists() {
        budgets.push(Budget::of("Worker (WASM)", &[wasm], MAX_WASM)?);
    } else {
        println!("the Worker is not built: `cargo xtask edge`");
    }
    let site = reading_page::build_sample()?;
    let (of_pages, faults) = pages(&site)?;
    budgets.extend(of_pages);
    print_table(&budgets);
    let over = budgets.iter().filter(|budget| budget.gzip > budget.limit);
    let faults: Vec<String> =
        over.map(|budget| format!("over budget: {}", budget.name)).chain(faults).collect();
    if faults.is_empty() { Ok(()) } else { bail!("{}", faults.join("\n")) }
}

/// What is measured on the lessons of a built site, and what is wrong with them besides their sizes.
fn pages(site: &Path) -> Result<(Vec<Budget>, Vec<String>)> {
    let lessons = reading_page::lessons(site)?;
    let mut chrome = Budget { name: "lesson: chrome", bytes: 0, gzip: 0, limit: MAX_CHROME };
    let (mut asked, mut faults) = (BTreeSet::new(), Vec::new());
    for html in &lessons {
        let frame = reading_page::chrome(html);
        let gzip = gzip_len(frame.as_bytes())?;
        if gzip > chrome.gzip {
            chrome = Budget { bytes: frame.len(), gzip, ..chrome };
        }
        let requests = reading_page::requests(html);
        if requests.len() + 1 > MAX_REQUESTS {
            faults.push(format!(
                "{} requests for a lesson, at most {MAX_REQUESTS}: {requests:?}",
                requests.len() + 1
            ));
        }
        asked.extend(requests);
    }
    faults.extend(
        asked.iter().filter(|url| !url.starts_with("/assets/")).map(|url| format!("a lesson asks for {url}")),
    );
    let of_lessons = |extension: &str| {
        let urls =
            asked.iter().filter(|url| Path::new(url).extension().is_some_and(|found| found == extension));
        urls.map(|url| site.join(url.trim_start_matches('/'))).collect::<Vec<_>>()
    };
    let assets = site.join("assets");
    for font in ["woff2", "woff", "ttf", "otf"] {
        faults.extend(files(&assets, font)?.iter().map(|file| format!("a font: {}", file.display())));
    }
    let named = |name: &str, extension: &str| -> Result<Vec<PathBuf>> {
        let starts =
            |path: &PathBuf| path.file_name().is_some_and(|found| found.to_string_lossy().starts_with(name));
        Ok(files(&assets, extension)?.into_iter().filter(starts).collect())
    };
    let mut budgets = vec![
        Budget::of("lesson: style sheets", &of_lessons("css"), MAX_CSS)?,
        Budget::of("lesson: scripts", &of_lessons("js"), MAX_JS)?,
        chrome,
        Budget::of("lists: style sheet", &named("pages.", "css")?, MAX_PAGES_CSS)?,
    ];
    let passkeys = named("passkey.", "js")?;
    if !passkeys.is_empty() {
        budgets.push(Budget::of("passkeys: script", &passkeys, MAX_PASSKEYS)?);
    }
    let search = named("search.", "js")?;
    if !search.is_empty() {
        budgets.push(Budget::of("search: script", &search, MAX_SEARCH)?);
    }
    println!("a lesson is {} requests without its images", asked.len() + 1);
    Ok((budgets, faults))
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
