//! The load generator: a few connections, each asking again as soon as it was answered.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::http::Connection;
use super::median;

const N_CONNECTIONS: usize = 8;
const N_TURNS: usize = 5;
const TURN: Duration = Duration::from_secs(2);
const WARM_UP: Duration = Duration::from_millis(500);

/// One request, over and over.
pub(crate) struct Target {
    /// For the table.
    pub(crate) name: &'static str,
    pub(crate) authority: String,
    pub(crate) request: Vec<u8>,
}

/// What one turn measured.
struct Turn {
    per_second: f64,
    p99_ms: f64,
    bytes: usize,
}

/// Measures the targets in turns and prints a table with the ratio to the last of them.
pub(crate) fn compare(targets: &[Target]) -> Result<()> {
    for target in targets {
        measure(target, WARM_UP).with_context(|| target.name)?;
    }
    let mut turns: Vec<Vec<Turn>> = targets.iter().map(|_| Vec::new()).collect();
    for _ in 0..N_TURNS {
        for (target, turns) in targets.iter().zip(&mut turns) {
            turns.push(measure(target, TURN).with_context(|| target.name)?);
        }
    }
    let speed = |turns: &[Turn]| median(turns.iter().map(|turn| turn.per_second).collect());
    let last = turns.last().map_or(f64::NAN, |turns| speed(turns));
    println!("{:<40} {:>11} {:>9} {:>8} {:>8}", "", "requests/s", "p99 ms", "bytes", "ratio");
    for (target, turns) in targets.iter().zip(&turns) {
        let p99_ms = median(turns.iter().map(|turn| turn.p99_ms).collect());
        let bytes = turns.first().map_or(0, |turn| turn.bytes);
        println!(
            "{:<40} {:>11.0} {p99_ms:>9.2} {bytes:>8} {:>7.2}x",
            target.name,
            speed(turns),
            speed(turns) / last
        );
    }
    println!(
        "{N_CONNECTIONS} connections, {N_TURNS} turns of {} s; ratio of requests/s to the last line",
        TURN.as_secs()
    );
    Ok(())
}

fn measure(target: &Target, duration: Duration) -> Result<Turn> {
    let start = Instant::now();
    let results: Vec<Result<(Vec<Duration>, usize)>> = thread::scope(|scope| {
        let workers: Vec<_> =
            (0..N_CONNECTIONS).map(|_| scope.spawn(|| one_connection(target, start + duration))).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|_| bail!("a connection's thread panicked")))
            .collect()
    });
    let took = start.elapsed();
    let mut latencies = Vec::new();
    let mut bytes = 0;
    for result in results {
        let (more, len) = result?;
        latencies.extend(more);
        bytes = len;
    }
    latencies.sort_unstable();
    let p99 = latencies.get(latencies.len() * 99 / 100).context("not one answer")?;
    #[expect(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
    let per_second = latencies.len() as f64 / took.as_secs_f64();
    Ok(Turn { per_second, p99_ms: p99.as_secs_f64() * 1_000.0, bytes })
}

/// Latencies until the deadline, and the length of the body. Every answer must be 200 and equally long.
fn one_connection(target: &Target, deadline: Instant) -> Result<(Vec<Duration>, usize)> {
    let mut connection = Connection::open(&target.authority)?;
    let mut latencies = Vec::new();
    let mut len = None;
    while Instant::now() < deadline {
        let start = Instant::now();
        let response = connection.exchange(&target.request)?;
        latencies.push(start.elapsed());
        let expected = *len.get_or_insert(response.body.len());
        if response.status != 200 || response.body.len() != expected {
            bail!(
                "status {} with {} bytes, expected 200 with {expected}",
                response.status,
                response.body.len()
            );
        }
    }
    Ok((latencies, len.unwrap_or(0)))
}
