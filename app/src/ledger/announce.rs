//! What a buyer has to be told about an order, as a function of where it stands.
//!
//! Each letter is about one fact and named after it, so looking at the same order twice tells nothing twice, and a
//! message that was lost is made good by whoever looks next.

use lyceum_contract::{Money, Timestamp};

use super::notice::Notice;
use super::orders::{Order, Purpose};
use super::outbox::Letter;
use crate::money::{Dispute, Progress, Refunded, Standing, SubscriptionStatus, standing};

const DAY_SECONDS: i64 = 86_400;
/// How long before its first charge a trial is announced to end.
const TRIAL_NOTICE_SECONDS: i64 = 3 * DAY_SECONDS;
/// How long before its end a pass is.
pub(super) const PASS_NOTICE_SECONDS: i64 = 7 * DAY_SECONDS;
/// How old news may be. What an older Ledger or a long outage left behind is no news any more.
const NEWS_SECONDS: i64 = 30 * DAY_SECONDS;

/// The letters to the buyer about an order as it stands at `now`. `until`: the end of what a pass gives, after the
/// passes before it.
pub(crate) fn letters(order: &Order, until: Option<Timestamp>, now: Timestamp) -> Vec<Letter> {
    let is_recent = now < order.created_at.plus_seconds(NEWS_SECONDS);
    let mut letters = Vec::new();
    let mut tell = |fact: String, notice: Notice| {
        letters.push(Letter::to_member(fact, &order.member, notice, now));
    };
    if order.settlement.is_bought() && is_recent {
        tell(format!("order-paid:{}", order.id), Notice::order_paid(order, paid_at(order).unwrap_or(now)));
    }
    if let Some((fact, notice)) = money_back(order) {
        tell(fact, notice);
    }
    if let Some((fact, notice)) = of_standing(order, until, now) {
        tell(fact, notice);
    }
    letters
}

fn paid_at(order: &Order) -> Option<Timestamp> {
    match &order.settlement.progress {
        Progress::Paid { at } => Some(*at),
        Progress::Subscribed(subscription) => Some(subscription.period_start),
        Progress::Open | Progress::Pending | Progress::Failed => None,
    }
}

/// What went back. Each amount is a fact of its own, because refunds come in pieces.
fn money_back(order: &Order) -> Option<(String, Notice)> {
    let settlement = &order.settlement;
    let payment = settlement.names.payment.as_deref().unwrap_or("payment");
    let (scope, purpose) = (order.scope_now().clone(), order.purpose);
    if settlement.dispute == Dispute::Lost {
        return Some((
            format!("dispute-lost:{}:{payment}", order.id),
            Notice::DisputeLost { scope, purpose },
        ));
    }
    let (minor, is_full) = match settlement.refunded {
        Refunded::Nothing => return None,
        Refunded::Partly { minor } => (minor, false),
        Refunded::Fully => (order.last_charge().minor, true),
    };
    let amount = Money { minor, currency: order.price.amount.currency };
    let fact = format!("refunded:{}:{payment}:{minor}", order.id);
    Some((fact, Notice::Refunded { scope, amount, is_full, purpose }))
}

fn of_standing(order: &Order, until: Option<Timestamp>, now: Timestamp) -> Option<(String, Notice)> {
    let (id, scope, purpose) = (&order.id, order.scope_now().clone(), order.purpose);
    let is_near = |at: Timestamp, seconds: i64| now >= at.plus_seconds(-seconds) && now < at;
    let is_over = |at: Timestamp| now >= at && now < at.plus_seconds(NEWS_SECONDS);
    match standing(order.price.term, &order.settlement) {
        Standing::Trial { ends } if is_near(ends, TRIAL_NOTICE_SECONDS) => {
            let charge = Some(order.total()).filter(|_| order.settlement.scope.is_none());
            Some((format!("trial-ending:{id}:{}", ends.0), Notice::TrialEnding { scope, at: ends, charge }))
        }
        Standing::PastDue { until } if now < until => Some((
            format!("payment-failed:{id}:{}", until.0),
            Notice::PaymentFailed { scope, until, purpose },
        )),
        Standing::Ended { at } if is_over(at) => {
            Some((format!("access-ended:{id}:{}", at.0), Notice::AccessEnded { scope, purpose }))
        }
        Standing::Unpaid | Standing::Paused => {
            let at = stopped_at(order)?;
            is_over(at)
                .then(|| (format!("access-ended:{id}:{}", at.0), Notice::AccessEnded { scope, purpose }))
        }
        Standing::Pass { paid_at, seconds } => {
            // The pass of a team ends for all at once, whether the buyer has a seat or not.
            let of_team = Some(paid_at.plus_seconds(seconds)).filter(|_| purpose == Purpose::Team);
            let at = of_team.or(until)?;
            is_near(at, PASS_NOTICE_SECONDS)
                .then(|| (format!("pass-ending:{id}:{}", at.0), Notice::PassEnding { scope, at, purpose }))
        }
        _ => None,
    }
}

/// Since when a subscription that nobody pays for gives nothing.
fn stopped_at(order: &Order) -> Option<Timestamp> {
    let Progress::Subscribed(subscription) = &order.settlement.progress else { return None };
    let is_stopped = matches!(subscription.status, SubscriptionStatus::Unpaid | SubscriptionStatus::Paused);
    is_stopped.then_some(subscription.owed_since.unwrap_or(subscription.period_start))
}
