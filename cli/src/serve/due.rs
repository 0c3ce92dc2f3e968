//! When a site that nobody touches has to be built again: a lesson is published, an event is over.

use std::future::pending;
use std::time::Duration;

use lyceum_app::ports::Clock;
use lyceum_contract::Timestamp;
use tokio::time::sleep;

/// The clock is looked at again after this long, because a machine that slept has waited too little.
const LONGEST: Duration = Duration::from_mins(1);

/// The next moment to build at. Each moment counts once: when a build fails then, the author has to mend it first.
#[derive(Debug, Default)]
pub(super) struct Due {
    reached: Option<Timestamp>,
}

impl Due {
    /// Ends when the site has to be built: never, when nothing will come. May be dropped and asked again at any time.
    pub(super) async fn come(&mut self, next: Option<Timestamp>, clock: &impl Clock) {
        while let Some(wait) = self.wait(next, clock.now_ms()) {
            sleep(wait).await;
            if self.has_come(next, clock.now_ms()) {
                return;
            }
        }
        pending::<()>().await;
    }

    /// How long to wait; nothing when nothing will come. `next` is the end of what the site was built for.
    fn wait(&self, next: Option<Timestamp>, now_ms: u64) -> Option<Duration> {
        let next = next.filter(|next| Some(*next) != self.reached)?;
        Some(Duration::from_millis(ms(next).saturating_sub(now_ms)).min(LONGEST))
    }

    /// Whether the moment has come, for the first time.
    fn has_come(&mut self, next: Option<Timestamp>, now_ms: u64) -> bool {
        let come = next.filter(|next| Some(*next) != self.reached && ms(*next) <= now_ms);
        self.reached = come.or(self.reached);
        come.is_some()
    }
}

fn ms(moment: Timestamp) -> u64 {
    u64::try_from(moment.0).unwrap_or_default().saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use tokio::time::timeout;

    use super::*;

    #[test]
    fn the_site_is_built_once_at_its_moment() {
        let mut due = Due::default();
        let next = Some(Timestamp(100));
        assert_eq!(due.wait(None, 0), None);
        assert_eq!(due.wait(next, 99_250), Some(Duration::from_millis(750)));
        assert_eq!(due.wait(next, 0), Some(LONGEST), "a clock may be moved meanwhile");
        assert!(!due.has_come(next, 99_999), "woken too early");
        assert_eq!(due.wait(next, 100_500), Some(Duration::ZERO), "the machine slept");
        assert!(due.has_come(next, 100_000));
        // The build failed, so the site is still the one that ends here.
        assert_eq!(due.wait(next, 100_000), None);
        assert!(!due.has_come(next, 100_001));
        let later = Some(Timestamp(200));
        assert_eq!(due.wait(later, 199_000), Some(Duration::from_secs(1)));
        assert!(due.has_come(later, 200_000));
    }

    /// Each look at it is almost a second later.
    #[derive(Default)]
    struct Ticking(AtomicU64);

    impl Clock for Ticking {
        fn now_ms(&self) -> u64 {
            self.0.fetch_add(999, Ordering::Relaxed) + 999
        }
    }

    #[tokio::test]
    async fn waiting_ends_at_the_moment_and_never_again() {
        let (clock, mut due) = (Ticking::default(), Due::default());
        due.come(Some(Timestamp(1)), &clock).await;
        assert!(clock.now_ms() > 1000);
        for next in [Some(Timestamp(1)), None] {
            assert!(timeout(Duration::ZERO, due.come(next, &clock)).await.is_err(), "{next:?}");
        }
    }
}
