//! One trial for each member and product.
//!
//! Whether an order has free days is decided when it is placed, because the payment page says so. An order that is placed
//! and not heard of may still become the trial, so until it is closed or too old to be paid there is no second one.

use super::offers::{PAGE_SECONDS, Placing, UNNAMED_SECONDS, is_open};
use super::orders::{Order, Purpose, orders_of};
use super::sql::{Sql, SqlError};
use crate::money::{Progress, SubscriptionStatus};

/// Why an order with a trial cannot be placed, if so.
pub(super) fn refusal(sql: &mut impl Sql, order: &Order) -> Result<Option<Placing>, SqlError> {
    if order.price.trial.is_none() {
        return Ok(None);
    }
    let mut others = orders_of(sql, &order.member)?;
    others.retain(|other| other.scope == order.scope && other.purpose != Purpose::Gift);
    if others.iter().any(|other| other.settlement.is_bought()) {
        return Ok(Some(Placing::TrialUsed));
    }
    let awaited =
        others.into_iter().find(|other| other.price.trial.is_some() && may_become_one(other, order));
    Ok(awaited.map(|other| Placing::TrialOpen { open: Some(other).filter(is_open).map(Box::new) }))
}

/// Whether an order that nobody has bought may still be when `order` is placed.
fn may_become_one(other: &Order, order: &Order) -> bool {
    match &other.settlement.progress {
        Progress::Open => {
            let seconds = if other.reference.is_some() { PAGE_SECONDS } else { UNNAMED_SECONDS };
            order.created_at < other.created_at.plus_seconds(seconds)
        }
        Progress::Pending => true,
        Progress::Subscribed(subscription) => subscription.status == SubscriptionStatus::Incomplete,
        Progress::Failed | Progress::Paid { .. } => false,
    }
}
