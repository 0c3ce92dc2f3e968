//! The access state machine: where an order leaves its buyer. `docs/ACCESS.md` shows it to owners and members.

use lyceum_contract::Timestamp;
use lyceum_contract::money::Term;
use serde::{Deserialize, Serialize};

use super::settlement::{Dispute, Progress, Refunded, Settlement, Subscription, SubscriptionStatus};

/// Seconds for which access goes on after a renewal was due and no money came: 7 days.
///
/// The same days cover a renewal whose message was lost, so that nobody who paid stands before a closed door.
pub const GRACE_SECONDS: i64 = 7 * 86_400;

/// Where an order leaves its buyer. The first thing that members, owners and `explain` are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Not paid.
    Open,
    /// The bank takes its time.
    Pending,
    /// The payment failed, or was never made.
    Failed,
    /// Bought and kept for good.
    Owned,
    /// A pass; when it ends depends on the passes before it.
    Pass {
        /// When it was paid.
        paid_at: Timestamp,
        /// For how long, in seconds.
        seconds: i64,
    },
    /// In the free days.
    Trial {
        /// When the first charge is due.
        ends: Timestamp,
    },
    /// Paid, and renewed at that time.
    Active {
        /// When the next payment is due.
        renews: Timestamp,
    },
    /// Paid, and cancelled to the end of the period.
    Ending {
        /// The first second without access.
        at: Timestamp,
    },
    /// A renewal failed; access goes on for the days of grace.
    PastDue {
        /// The first second without access.
        until: Timestamp,
    },
    /// Cancelled, with access to the end of what was paid.
    Ended {
        /// The first second without access.
        at: Timestamp,
    },
    /// The first payment of a subscription has not come.
    Incomplete,
    /// Renewals failed for good.
    Unpaid,
    /// Stopped for a while.
    Paused,
    /// All the money went back.
    Refunded,
    /// The buyer's bank took the money back.
    ChargedBack,
}

/// Where the settlement of an order with this term leaves its buyer.
pub fn standing(term: Term, settlement: &Settlement) -> Standing {
    if !settlement.is_bought() {
        return unbought(&settlement.progress);
    }
    match (settlement.refunded, settlement.dispute) {
        (_, Dispute::Lost) => return Standing::ChargedBack,
        (Refunded::Fully, _) => return Standing::Refunded,
        _ => {}
    }
    match (&settlement.progress, term) {
        (Progress::Subscribed(subscription), _) => of_subscription(subscription),
        (Progress::Paid { at }, Term::For(days)) => Standing::Pass { paid_at: *at, seconds: days.seconds() },
        (Progress::Paid { .. }, Term::Once) => Standing::Owned,
        // One payment never opens something for good whose price is due at every step.
        _ => Standing::Incomplete,
    }
}

fn unbought(progress: &Progress) -> Standing {
    match progress {
        Progress::Pending => Standing::Pending,
        Progress::Failed => Standing::Failed,
        Progress::Subscribed(_) => Standing::Incomplete,
        Progress::Open | Progress::Paid { .. } => Standing::Open,
    }
}

fn of_subscription(subscription: &Subscription) -> Standing {
    let Subscription { status, period_start, period_end, ends_at, owed_since } = *subscription;
    match (status, ends_at) {
        (SubscriptionStatus::Trialing | SubscriptionStatus::Active, Some(at)) => Standing::Ending { at },
        (SubscriptionStatus::Trialing, None) => Standing::Trial { ends: period_end },
        (SubscriptionStatus::Active, None) => Standing::Active { renews: period_end },
        (SubscriptionStatus::PastDue, _) => {
            let until = owed_since.unwrap_or(period_start).plus_seconds(GRACE_SECONDS);
            // Who cancelled while they owed gets no more days than they would have had.
            Standing::PastDue { until: ends_at.map_or(until, |at| until.min(at)) }
        }
        // What was paid is kept to its end; of a period that was never paid nothing is.
        (SubscriptionStatus::Canceled, _) => {
            let paid_to = if owed_since.is_some() { period_start } else { period_end };
            Standing::Ended { at: ends_at.map_or(paid_to, |at| paid_to.min(at)) }
        }
        (SubscriptionStatus::Unpaid, _) => Standing::Unpaid,
        (SubscriptionStatus::Paused, _) => Standing::Paused,
        (
            SubscriptionStatus::Incomplete
            | SubscriptionStatus::IncompleteExpired
            | SubscriptionStatus::Unknown,
            _,
        ) => Standing::Incomplete,
    }
}

impl Standing {
    /// The first second without access by this order alone; nothing when it gives no access at all.
    ///
    /// For a pass on its own; [`super::entitlements`] lets a second pass begin where the first ends.
    pub fn until(self) -> Option<Timestamp> {
        match self {
            Self::Owned => Some(Timestamp::FOREVER),
            Self::Pass { paid_at, seconds } => Some(paid_at.plus_seconds(seconds)),
            Self::Trial { ends: due } | Self::Active { renews: due } => Some(due.plus_seconds(GRACE_SECONDS)),
            Self::Ending { at: until } | Self::PastDue { until } | Self::Ended { at: until } => Some(until),
            Self::Open
            | Self::Pending
            | Self::Failed
            | Self::Incomplete
            | Self::Unpaid
            | Self::Paused
            | Self::Refunded
            | Self::ChargedBack => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use lyceum_contract::Days;
    use lyceum_contract::money::Interval;

    use super::*;

    const MONTHLY: Term = Term::Every(Interval::Month);
    const START: Timestamp = Timestamp(1_000_000);
    const END: Timestamp = Timestamp(3_000_000);

    fn subscribed(status: SubscriptionStatus) -> Subscription {
        Subscription { status, period_start: START, period_end: END, ends_at: None, owed_since: None }
    }

    #[track_caller]
    fn check(subscription: Subscription, expected: Standing, until: Option<Timestamp>) {
        let settlement = Settlement { progress: Progress::Subscribed(subscription), ..Settlement::default() };
        let found = standing(MONTHLY, &settlement);
        assert_eq!((found, found.until()), (expected, until));
    }

    #[test]
    fn the_published_table_of_subscriptions() {
        use SubscriptionStatus as Status;
        let grace = |from: Timestamp| Some(from.plus_seconds(7 * 86_400));
        check(subscribed(Status::Trialing), Standing::Trial { ends: END }, grace(END));
        check(subscribed(Status::Active), Standing::Active { renews: END }, grace(END));
        for status in [Status::Trialing, Status::Active] {
            let ending = Subscription { ends_at: Some(END), ..subscribed(status) };
            check(ending, Standing::Ending { at: END }, Some(END));
        }
        let until = START.plus_seconds(7 * 86_400);
        check(subscribed(Status::PastDue), Standing::PastDue { until }, Some(until));
        let owed = Subscription { owed_since: Some(END), ..subscribed(Status::PastDue) };
        let until = END.plus_seconds(7 * 86_400);
        check(owed, Standing::PastDue { until }, Some(until));
        check(subscribed(Status::Canceled), Standing::Ended { at: END }, Some(END));
        let owing = Subscription { owed_since: Some(START), ..subscribed(Status::Canceled) };
        check(owing, Standing::Ended { at: START }, Some(START));
        check(subscribed(Status::Incomplete), Standing::Incomplete, None);
        check(subscribed(Status::IncompleteExpired), Standing::Incomplete, None);
        check(subscribed(Status::Unpaid), Standing::Unpaid, None);
        check(subscribed(Status::Paused), Standing::Paused, None);
        check(subscribed(Status::Unknown), Standing::Incomplete, None);
    }

    #[test]
    fn money_that_went_back_opens_nothing() {
        for progress in [
            Progress::Paid { at: START },
            Progress::Subscribed(subscribed(SubscriptionStatus::Active)),
            Progress::Subscribed(subscribed(SubscriptionStatus::Canceled)),
        ] {
            for (refunded, dispute, expected) in [
                (Refunded::Fully, Dispute::None, Standing::Refunded),
                (Refunded::Nothing, Dispute::Lost, Standing::ChargedBack),
                (Refunded::Fully, Dispute::Lost, Standing::ChargedBack),
            ] {
                let settlement =
                    Settlement { progress: progress.clone(), refunded, dispute, ..Settlement::default() };
                let found = standing(Term::Once, &settlement);
                assert_eq!((found, found.until()), (expected, None), "{settlement:?}");
            }
        }
    }

    #[test]
    fn some_money_back_and_an_open_or_won_dispute_change_nothing() {
        for (refunded, dispute) in [
            (Refunded::Partly { minor: 1 }, Dispute::None),
            (Refunded::Nothing, Dispute::Open),
            (Refunded::Nothing, Dispute::Won),
        ] {
            let settlement = Settlement { refunded, dispute, ..Settlement::paid(START) };
            assert_eq!(standing(Term::Once, &settlement), Standing::Owned);
        }
    }

    #[test]
    fn one_payment_opens_what_its_term_says() {
        let paid = Settlement::paid(START);
        assert_eq!(standing(Term::Once, &paid).until(), Some(Timestamp::FOREVER));
        let pass = standing(Term::For(Days(90)), &paid);
        assert_eq!(pass.until(), Some(START.plus_seconds(90 * 86_400)));
        assert_eq!(standing(MONTHLY, &paid).until(), None);
        for progress in [Progress::Open, Progress::Pending, Progress::Failed] {
            let settlement = Settlement { progress, ..Settlement::default() };
            assert_eq!(standing(Term::Once, &settlement).until(), None);
        }
    }
}
