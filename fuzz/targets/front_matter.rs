//! Any bytes as `lyceum.yaml` and as the head of a lesson. A byte 0xFF stands between the two.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lyceum_fuzz::academy::{SITE, build, check_outcome};

fuzz_target!(|bytes: &[u8]| {
    let (site, lesson) = match bytes.iter().position(|byte| *byte == 0xFF) {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (SITE.as_bytes(), bytes),
    };
    check_outcome(&build(site, lesson));
});
