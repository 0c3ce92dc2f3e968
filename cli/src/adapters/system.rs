//! The machine's time and randomness.

use std::time::{SystemTime, UNIX_EPOCH};

use lyceum_app::ports::{Clock, Entropy, Unavailable};
use lyceum_contract::Timestamp;
use lyceum_contract::time::Date;

/// The machine's clock, moved by whole days for `--at`.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock {
    shift_ms: i64,
}

impl SystemClock {
    /// A clock that shows this day, and today's time of day.
    pub fn at(date: Date) -> Self {
        let n_days = date.days_since_epoch() - Self::default().now().date().days_since_epoch();
        Self { shift_ms: n_days * 86_400_000 }
    }
}

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX).saturating_add_signed(self.shift_ms)
    }
}

/// Randomness of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Unavailable> {
        getrandom::fill(buffer).map_err(|error| Unavailable::new("entropy", error))
    }
}

/// The moment now, whatever day `--at` shows, in milliseconds: for names of files that sort by age.
pub(crate) fn real_now() -> (u64, Timestamp) {
    let clock = SystemClock::default();
    (clock.now_ms(), clock.now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_clock_shows_the_day_and_runs_on() {
        let date: Date = "2031-02-28".parse().expect("a date");
        let real = SystemClock::default().now_ms() % 86_400_000;
        let moved = SystemClock::at(date);
        // Midnight may pass between the two lines, which makes it the next day.
        let n_days = moved.now().date().days_since_epoch() - date.days_since_epoch();
        assert!((0..=1).contains(&n_days));
        assert!(n_days == 1 || moved.now_ms() % 86_400_000 >= real);
    }

    #[test]
    fn randomness_is_not_all_the_same() {
        let (mut first, mut second) = ([0; 32], [0; 32]);
        SystemEntropy.fill(&mut first).expect("randomness");
        SystemEntropy.fill(&mut second).expect("randomness");
        assert_ne!(first, second);
    }
}
