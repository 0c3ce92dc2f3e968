//! How fast code is coloured, on one core, beside tree-sitter in the same run: `cargo bench -p lyceum-highlight`.
//!
//! The code is that of `tests/code/`, repeated. Each pair is measured in turns, and the best of the turns counts.

#![allow(clippy::print_stdout, reason = "a bench for the terminal")]

#[path = "../tests/oracle/mod.rs"]
mod oracle;

use std::time::{Duration, Instant};

const CODE: [(&str, &str); 10] = [
    ("rust", include_str!("../tests/code/rust.rs")),
    ("python", include_str!("../tests/code/python.py")),
    ("javascript", include_str!("../tests/code/javascript.js")),
    ("bash", include_str!("../tests/code/bash.sh")),
    ("json", include_str!("../tests/code/json.json")),
    ("toml", include_str!("../tests/code/toml.toml")),
    ("sql", include_str!("../tests/code/sql.sql")),
    ("html", include_str!("../tests/code/html.html")),
    ("css", include_str!("../tests/code/css.css")),
    ("yaml", include_str!("../tests/code/yaml.yaml")),
];
const N_BYTES: usize = 1 << 20;
const N_TURNS: usize = 5;

fn main() {
    let mut oracle = oracle::Oracle::new(false);
    println!("{:<12} {:>10} {:>14} {:>8} {:>12}", "", "MB/s", "tree-sitter", "times", "HTML/code");
    for (language, code) in CODE {
        // Blocks of the size that lessons have: each begins anew.
        let n_blocks = N_BYTES / code.len();
        let (mut ours, mut theirs, mut n_html) = (Duration::MAX, Duration::MAX, 0);
        let mut html = String::new();
        for _ in 0..N_TURNS {
            ours = ours.min(timed(n_blocks, || {
                html.clear();
                lyceum_highlight::write(&mut html, language, code, &mut |_, _| {}, "\n");
                n_html = html.len();
            }));
            theirs = theirs.min(timed(n_blocks / 16, || drop(oracle.classes(language, code))));
        }
        let ours = speed(n_blocks * code.len(), ours);
        let theirs = speed(n_blocks / 16 * code.len(), theirs);
        let growth = ratio(n_html, code.len());
        println!("{language:<12} {ours:>10.1} {theirs:>14.2} {:>8.0} {growth:>12.2}", ours / theirs);
    }
    println!("best of {N_TURNS} turns, one core; tree-sitter without writing HTML");
}

fn timed(n_blocks: usize, mut work: impl FnMut()) -> Duration {
    let start = Instant::now();
    (0..n_blocks).for_each(|_| work());
    start.elapsed()
}

fn speed(n_bytes: usize, time: Duration) -> f64 {
    ratio(n_bytes, 1_000_000) / time.as_secs_f64()
}

#[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
fn ratio(n: usize, of: usize) -> f64 {
    n as f64 / of as f64
}
