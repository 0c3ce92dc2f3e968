//! Removes the comments of members who are gone.
//!
//! The store of comments may show a list that is a minute old, and a removal may fail. So it is tried until a look an
//! hour after the member left finds none.

use crate::ledger::{Commands, ListSweeps, SettleSweep, Sweep};
use crate::ports::{CommentStore, Platform, Unavailable};
use crate::request::Context;

/// Comments that are removed in one go. Each costs two calls, of which a Worker has fifty on the free plan.
const COMMENTS_AT_ONCE: usize = 15;
/// Seconds after which every list shows what was posted last.
const LAST_LOOK_SECONDS: i64 = 3_600;

impl<P: Platform> Context<P> {
    /// Goes on with one of those who are due.
    pub(crate) async fn sweep_next(&self) -> Result<(), Unavailable> {
        let command = ListSweeps { now: self.now(), limit: 1 };
        for sweep in self.platform.ledger().list_sweeps(command).await? {
            self.sweep(&sweep).await?;
        }
        Ok(())
    }

    pub(super) async fn sweep(&self, sweep: &Sweep) -> Result<(), Unavailable> {
        let keys = self.platform.comments().list_of(&sweep.member).await?;
        for key in keys.iter().take(COMMENTS_AT_ONCE) {
            self.platform.comments().remove(key, &sweep.member).await?;
        }
        let now = self.now();
        let last_look = sweep.erased_at.plus_seconds(LAST_LOOK_SECONDS);
        let next_at = match (keys.len() > COMMENTS_AT_ONCE, now < last_look) {
            (true, _) => Some(now),
            (false, true) => Some(last_look),
            (false, false) => None,
        };
        let command = SettleSweep { member: sweep.member.clone(), next_at };
        self.platform.ledger().settle_sweep(command).await
    }
}
