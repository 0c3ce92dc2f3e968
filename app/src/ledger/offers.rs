//! Codes that members redeem: how often each may be used, and how often a member may guess.
//!
//! An order with a code holds one of its uses. It holds it from the moment when it is placed; until the processor has
//! named a payment page for a quarter of an hour, with a page until the processor says that nobody paid on it. What was
//! bought keeps its use for good, also when the money goes back: otherwise one code buys again and again.
//! So there are never more orders than the offer allows, neither paid ones nor ones that can still be paid.

use lyceum_contract::id::{MemberId, OrderId};
use lyceum_contract::{OfferCode, Timestamp};
use serde::{Deserialize, Serialize};

use super::audit::{self, Actor, Entry};
use super::orders::{ORDER_COLUMNS, Order, order};
use super::settle::SettleOrder;
use super::sql::{Sql, SqlError};
use crate::money::{Progress, Settlement, SubscriptionStatus};

/// How long an order without a payment page holds a code. The processor answers within a minute, or never.
pub(crate) const UNNAMED_SECONDS: i64 = 900;
/// After this age an order that the processor calls open gives its code back: payment pages live for 24 hours.
pub(crate) const PAGE_SECONDS: i64 = 25 * 3_600;
/// How many wrong codes a member may try in 24 hours.
pub(crate) const MAX_WRONG: i64 = 20;
pub(crate) const WRONG_SECONDS: i64 = 86_400;

/// A code that an order uses, and how often it may be used: by the manifest of that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redemption {
    /// The offer's code.
    pub code: OfferCode,
    /// By how many orders; nothing for any number.
    pub limit: Option<u32>,
    /// By how many orders of one member.
    pub per_member: u32,
}

/// What became of an order that was to be placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Placing {
    /// It is placed, and what costs nothing is bought.
    Placed,
    /// It is not: as many orders have the code as may have it.
    OfferUsedUp {
        /// An order of this member that has the code and was not paid: whoever closes its payment page frees it.
        open: Option<Box<Order>>,
    },
    /// It is not: as many orders of this member have the code as may have it.
    OfferUsedByYou {
        /// As above.
        open: Option<Box<Order>>,
    },
    /// It is not: another order of this member may yet become the trial, and one is all there is.
    TrialOpen {
        /// That order, when closing its payment page ends the wait.
        open: Option<Box<Order>>,
    },
    /// It is not: this member has had what it tries.
    TrialUsed,
}

/// What the orders of a member and of everybody have of a code.
struct Uses {
    n_all: u32,
    n_own: u32,
    /// Those of the member's own that nobody has paid, the newest first.
    open: Vec<Order>,
}

fn uses(
    sql: &mut impl Sql,
    redemption: &Redemption,
    member: &MemberId,
    now: Timestamp,
) -> Result<Uses, SqlError> {
    let statement = format!(
        "SELECT {ORDER_COLUMNS} FROM redemptions JOIN orders ON orders.id = redemptions.order_id
         WHERE redemptions.offer = ? AND redemptions.member_id = ? AND (held_until IS NULL OR held_until > ?)
         ORDER BY orders.created_at DESC, orders.id"
    );
    let rows =
        sql.query(&statement, &[redemption.code.as_str().into(), member.as_str().into(), now.0.into()])?;
    let own: Vec<Order> = rows.iter().map(order).collect::<Result<_, _>>()?;
    let statement =
        "SELECT COUNT(*) FROM redemptions WHERE offer = ? AND (held_until IS NULL OR held_until > ?)";
    let n_all = if redemption.limit.is_some() {
        let rows = sql.query(statement, &[redemption.code.as_str().into(), now.0.into()])?;
        rows.first().map_or(Ok(0), |row| row.integer(0))?
    } else {
        0
    };
    let n_own = u32::try_from(own.len()).map_err(SqlError::corrupt)?;
    let n_all = u32::try_from(n_all).map_err(SqlError::corrupt)?;
    Ok(Uses { n_all, n_own, open: own.into_iter().filter(is_open).collect() })
}

/// Whether the order has a payment page on which nobody has paid, as far as we know.
pub(crate) fn is_open(order: &Order) -> bool {
    order.reference.is_some() && order.settlement.progress == Progress::Open
}

/// Why an order that is to be placed cannot have the code, if so.
pub(super) fn refusal(
    sql: &mut impl Sql,
    redemption: &Redemption,
    order: &Order,
) -> Result<Option<Placing>, SqlError> {
    let uses = uses(sql, redemption, &order.member, order.created_at)?;
    let open = uses.open.into_iter().next().map(Box::new);
    Ok(if uses.n_own >= redemption.per_member {
        Some(Placing::OfferUsedByYou { open })
    } else if redemption.limit.is_some_and(|limit| uses.n_all >= limit) {
        Some(Placing::OfferUsedUp { open })
    } else {
        None
    })
}

/// Holds one use of the code for an order that was placed in this transaction.
pub(super) fn hold(sql: &mut impl Sql, redemption: &Redemption, order: &Order) -> Result<(), SqlError> {
    sql.query(
        "INSERT INTO redemptions (order_id, offer, member_id, held_until) VALUES (?, ?, ?, ?)",
        &[
            order.id.as_str().into(),
            redemption.code.as_str().into(),
            order.member.as_str().into(),
            order.created_at.plus_seconds(UNNAMED_SECONDS).0.into(),
        ],
    )
    .map(drop)
}

/// What the log says of an order that cost nothing.
pub(crate) fn free_entry(order: &Order, redemption: &Redemption) -> Entry {
    Entry {
        at: order.created_at,
        actor: Actor::Member(order.member.clone()),
        action: "order.free",
        subject: format!("order:{}", order.id),
        detail: serde_json::json!({ "offer": redemption.code, "price": order.price.id, "scope": order.scope }),
    }
}

/// Settles an order that costs nothing, in the transaction that placed it. There is nobody else to ask.
pub(super) fn settle_free(
    sql: &mut impl Sql,
    order: &Order,
    redemption: &Redemption,
) -> Result<(), SqlError> {
    audit::append(sql, &free_entry(order, redemption))?;
    let (id, now) = (order.id.clone(), order.created_at);
    let command =
        SettleOrder { id, revision: order.revision, settlement: Settlement::paid(now), message: None, now };
    command.run(sql).map(drop)
}

/// From now on the processor's word alone frees the code: there is a page on which the order can be paid.
pub(super) fn keep(sql: &mut impl Sql, order: &OrderId) -> Result<(), SqlError> {
    let statement = "UPDATE redemptions SET held_until = NULL WHERE order_id = ?";
    sql.query(statement, &[order.as_str().into()]).map(drop)
}

/// Frees or keeps the code of an order after the processor's word about it.
pub(super) fn follow(sql: &mut impl Sql, order: &Order, now: Timestamp) -> Result<(), SqlError> {
    match use_after(order, now) {
        Use::Kept => keep(sql, &order.id),
        Use::AsBefore => Ok(()),
        Use::Freed => {
            let statement = "UPDATE redemptions SET held_until = ? WHERE order_id = ? AND held_until IS NULL";
            sql.query(statement, &[now.0.into(), order.id.as_str().into()]).map(drop)
        }
    }
}

/// What an order does with its use of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Kept,
    AsBefore,
    Freed,
}

pub(crate) fn use_after(order: &Order, now: Timestamp) -> Use {
    match order.settlement.progress {
        Progress::Failed => Use::Freed,
        Progress::Open if now >= order.created_at.plus_seconds(PAGE_SECONDS) => Use::Freed,
        Progress::Open => Use::AsBefore,
        // A subscription whose first payment never came was not bought, and never will be.
        Progress::Subscribed(ref subscription)
            if subscription.status == SubscriptionStatus::IncompleteExpired =>
        {
            Use::Freed
        }
        Progress::Pending | Progress::Paid { .. } | Progress::Subscribed(_) => Use::Kept,
    }
}

/// Asks whether a member may use a code now, and counts wrong ones.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TryCode {
    /// Who.
    pub member: MemberId,
    /// The code, when it is one of the site's; nothing for a wrong one.
    pub redemption: Option<Redemption>,
    /// The time of the request.
    pub now: Timestamp,
}

/// Whether a code may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CodeTried {
    /// It may.
    Open,
    /// As many orders have it as may have it.
    UsedUp,
    /// As many orders of this member have it as may have it.
    UsedByYou,
    /// It is none.
    Wrong,
    /// After too many wrong ones, whatever it is.
    TooMany,
}

impl TryCode {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<CodeTried, SqlError> {
        let (member, since) = (self.member.as_str(), self.now.0 - WRONG_SECONDS);
        let statement = "SELECT COUNT(*) FROM wrong_codes WHERE member_id = ? AND at > ?";
        let rows = sql.query(statement, &[member.into(), since.into()])?;
        if rows.first().map_or(Ok(0), |row| row.integer(0))? >= MAX_WRONG {
            return Ok(CodeTried::TooMany);
        }
        let Some(redemption) = &self.redemption else {
            // Older ones count no more, so that a member has at most as many rows as they have tries.
            let old = "DELETE FROM wrong_codes WHERE member_id = ? AND at <= ?";
            sql.query(old, &[member.into(), since.into()])?;
            let statement = "INSERT INTO wrong_codes (member_id, at) VALUES (?, ?)";
            sql.query(statement, &[member.into(), self.now.0.into()])?;
            return Ok(CodeTried::Wrong);
        };
        let Uses { n_all, n_own, open } = uses(sql, redemption, &self.member, self.now)?;
        let n_open = u32::try_from(open.len()).map_err(SqlError::corrupt)?;
        // Who went back from the payment page may go there again: the new order frees the old one.
        Ok(if n_own.saturating_sub(n_open) >= redemption.per_member {
            CodeTried::UsedByYou
        } else if redemption.limit.is_some_and(|limit| n_all.saturating_sub(n_open) >= limit) {
            CodeTried::UsedUp
        } else {
            CodeTried::Open
        })
    }
}
