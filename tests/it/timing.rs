//! Whether somebody has an account does not show in the time that an answer takes.

use std::time::Instant;

use lyceum::adapters::SqliteLedger;
use lyceum_app::conformance::Random;
use lyceum_tests::content::small_academy;
use lyceum_tests::{Academy, Scratch};

const N_TRIES: usize = 2_000;
/// Addresses of each kind. Each gets a code less than five times an hour, so none is limited.
const N_ADDRESSES: usize = 40;
const SECONDS_BETWEEN: u64 = 20;
/// Beyond this, chance would have to do what it does once in 15,000 runs.
const MAX_Z: f64 = 4.0;
/// The same for the largest distance of the two distributions, with 2,000 values each.
const MAX_DISTANCE: f64 = 0.0704;

/// How far two samples are apart: the z of Mann and Whitney's U, and the distance of Kolmogorov and Smirnov.
fn compare(known: &[f64], unknown: &[f64]) -> (f64, f64) {
    let mut all: Vec<(f64, bool)> =
        known.iter().map(|ms| (*ms, true)).chain(unknown.iter().map(|ms| (*ms, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (n_known, n_unknown) = (as_f64(known.len()), as_f64(unknown.len()));
    let mut rank_sum = 0.0;
    let (mut seen_known, mut seen_unknown, mut distance) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (idx, (_, is_known)) in all.iter().enumerate() {
        if *is_known {
            rank_sum += as_f64(idx + 1);
            seen_known += 1.0;
        } else {
            seen_unknown += 1.0;
        }
        distance = distance.max((seen_known / n_known - seen_unknown / n_unknown).abs());
    }
    let u = rank_sum - n_known * (n_known + 1.0) / 2.0;
    let mean = n_known * n_unknown / 2.0;
    let deviation = (n_known * n_unknown * (n_known + n_unknown + 1.0) / 12.0).sqrt();
    ((u - mean) / deviation, distance)
}

fn as_f64(n: usize) -> f64 {
    f64::from(u32::try_from(n).expect("a small number"))
}

#[tokio::test]
async fn known_and_unknown_addresses_take_the_same_time() {
    let folder = Scratch::in_memory();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
    let academy = Academy::with_ledger(small_academy(), ledger);
    let address = |kind: &str, number: usize| format!("{kind}{number:02}@example.org");
    for number in 0..N_ADDRESSES {
        academy.member(&address("known", number)).await;
    }
    academy.pass(3_600);
    let app = academy.browser();
    let mut random = Random::new(7);
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for number in 0..N_TRIES {
        // A coin decides who comes first, so that neither kind always finds the caches as the other left them.
        let mut pair = [("known", &mut known), ("other", &mut unknown)];
        if random.percent(50) {
            pair.reverse();
        }
        for (kind, times) in pair {
            let mut browser = app.clone();
            let email = address(kind, number % N_ADDRESSES);
            let start = Instant::now();
            let page = browser.post("/sign-in/", &[("email", &email), ("return_to", "/")]).await;
            times.push(start.elapsed().as_secs_f64() * 1_000.0);
            assert_eq!(page.location(), Some("/sign-in/code/"));
        }
        academy.pass(SECONDS_BETWEEN);
    }
    assert_eq!(academy.place.mailer.all().len(), N_ADDRESSES + 2 * N_TRIES, "everybody gets their mail");
    let (z, distance) = compare(&known, &unknown);
    assert!(z.abs() < MAX_Z && distance < MAX_DISTANCE, "z = {z:.2}, distance = {distance:.4}");
}

/// The comparison would notice: a sample that is a tenth of its spread later is another distribution.
#[test]
fn the_comparison_sees_a_small_difference() {
    let mut random = Random::new(3);
    let mut sample = |shift: f64| -> Vec<f64> {
        let value = |random: &mut Random| f64::from(u32::try_from(random.below(1_000_000)).expect("small"));
        (0..N_TRIES).map(|_| 1.0 + value(&mut random) / 1_000_000.0 + shift).collect()
    };
    let (z, distance) = compare(&sample(0.0), &sample(0.0));
    assert!(z.abs() < MAX_Z && distance < MAX_DISTANCE, "z = {z:.2}, distance = {distance:.4}");
    let (z, distance) = compare(&sample(0.0), &sample(0.1));
    assert!(z.abs() > MAX_Z && distance > MAX_DISTANCE, "z = {z:.2}, distance = {distance:.4}");
}
