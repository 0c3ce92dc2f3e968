//! An entitled lesson on the Worker against a JavaScript worker that does the same check, and a plain file.

use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::http::get;
use super::load::{Target, compare};
use super::scratch::Server;
use super::{PAID_LESSON, PRICE};
use crate::run::Step;

pub(crate) fn run(binary: &Path, bundle: &Path) -> Result<()> {
    let step = Step::new("node", &["workerd/bench.mjs"])
        .folder("tests")
        .variable("LYCEUM_BIN", binary)
        .variable("EDGE_BUILD", bundle)
        .variable("BENCH_LESSON", PAID_LESSON)
        .variable("BENCH_PRICE", PRICE);
    let mut server = Server(step.spawn()?);
    let mut line = String::new();
    BufReader::new(server.0.stdout.as_mut().context("no output")?).read_line(&mut line)?;
    let ready: Value = serde_json::from_str(&line).context("workerd/bench.mjs did not get ready")?;
    compare(&[
        target("Lyceum: entitled lesson", &ready["lyceum"])?,
        target("Hono: HMAC cookie, then a file", &ready["hono"])?,
        target("no worker: a file of that size", &ready["file"])?,
    ])?;
    let start = |name: &str| ready[name]["start_ms"].as_f64().unwrap_or(f64::NAN);
    let (lyceum, hono, file) = (start("lyceum"), start("hono"), start("file"));
    println!(
        "process start to first answer: Lyceum {lyceum:.0} ms, Hono {hono:.0} ms, no worker {file:.0} ms"
    );
    Ok(())
}

fn target(name: &'static str, ready: &Value) -> Result<Target> {
    let text = |field: &str| ready[field].as_str().with_context(|| format!("{name}: no {field}"));
    let authority = text("url")?.trim_start_matches("http://").to_owned();
    let request = get(&authority, text("path")?, ready["cookie"].as_str().unwrap_or_default());
    Ok(Target { name, authority, request })
}
