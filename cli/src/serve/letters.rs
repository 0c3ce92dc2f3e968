//! Sends what lies in the outbox, for as long as the server runs.

use std::sync::Arc;
use std::time::Duration;

use lyceum_app::App;
use lyceum_app::ports::{Clock, Platform};
use lyceum_contract::Timestamp;
use tokio::select;
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::adapters::Local;
use crate::terminal;

/// Letters in one go. After them the clock is looked at again.
const LIMIT: u32 = 100;
/// The longest pause. An idle look at the outbox is one read of an index.
const LONGEST: Duration = Duration::from_secs(5);
/// The shortest pause, so that a mistake about time cannot make a busy loop.
const SHORTEST: Duration = Duration::from_millis(50);

/// Sends letters when they are due, and right after `posted` says that there may be new ones. Never ends.
pub(super) async fn run(app: App<Local>, posted: Arc<Notify>) {
    let mut said = None;
    loop {
        let wait = match app.drain_outbox(LIMIT).await {
            Ok(drained) => {
                drained.problems.iter().for_each(|problem| terminal::complain(problem));
                said = None;
                pause(drained.next_at, app.platform().clock().now())
            }
            Err(unavailable) => {
                let line = unavailable.to_string();
                if said.as_ref() != Some(&line) {
                    terminal::complain(&format!("the outbox waits: {line}"));
                }
                said = Some(line);
                LONGEST
            }
        };
        select! {
            () = sleep(wait) => {}
            () = posted.notified() => {}
        }
    }
}

fn pause(next: Option<Timestamp>, now: Timestamp) -> Duration {
    let seconds = next.map_or(i64::MAX, |next| next.0.saturating_sub(now.0));
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0)).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_never_long_and_never_nothing() {
        let now = Timestamp(100);
        assert_eq!(pause(None, now), LONGEST);
        assert_eq!(pause(Some(Timestamp(102)), now), Duration::from_secs(2));
        assert_eq!(pause(Some(Timestamp(9_000)), now), LONGEST);
        assert_eq!(pause(Some(Timestamp(100)), now), SHORTEST);
        assert_eq!(pause(Some(Timestamp(i64::MIN)), now), SHORTEST);
    }
}
