//! What the processor says, recorded; and the entitlements that follow.
//!
//! The processor's word is fetched outside, between two commands. So that a slow messenger never brings back an older
//! word than is recorded, each settlement names the revision that it was fetched after: when another one came in
//! between, it is refused, and the messenger asks the processor again.

use lyceum_contract::id::{MemberId, OrderId};
use lyceum_contract::money::Term;
use lyceum_contract::{Scope, Timestamp};
use serde::{Deserialize, Serialize};

use super::announce::{PASS_NOTICE_SECONDS, letters};
use super::audit::{Actor, Entry, append};
use super::goods;
use super::holds::{CHECK_SECONDS, holds_of, limited};
use super::offers;
use super::orders::{
    N_ORDER_COLUMNS, ORDER_COLUMNS, Order, Purpose, Settled, name_order, order, order_by_id, settled,
};
use super::outbox::enqueue;
use super::roles::is_member;
use super::sql::{Sql, SqlError, Value};
use crate::money::{self, Fact, Held, Progress, Settlement, Share, SubscriptionStatus, standing};

const DAY_SECONDS: i64 = 86_400;
/// How long a payment that a bank works on may take.
const MAX_PENDING_SECONDS: i64 = 30 * DAY_SECONDS;
/// How long after the last payment money may still go back.
const MAX_DISPUTE_SECONDS: i64 = 400 * DAY_SECONDS;

/// Records what the processor says about an order, and gives or takes what follows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SettleOrder {
    /// The order.
    pub id: OrderId,
    /// The revision of the order that was known before the processor was asked.
    pub revision: i64,
    /// What the processor said.
    pub settlement: Settlement,
    /// The message that made us ask, for the audit log.
    pub message: Option<String>,
    /// The time of the request.
    pub now: Timestamp,
}

/// What became of a settlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settling {
    /// It is recorded.
    Done(Box<Settled>),
    /// Another one was recorded since: ask the processor again, knowing this order.
    Stale(Box<Order>),
    /// There is no such order.
    Gone,
}

impl SettleOrder {
    pub(super) fn run(mut self, sql: &mut impl Sql) -> Result<Settling, SqlError> {
        let Some(mut order) = order_by_id(sql, &self.id)? else { return Ok(Settling::Gone) };
        if order.revision > self.revision + 1 {
            // Whoever recorded the last word asked for it after the one before was recorded, and that was after this
            // messenger set out. So it is newer than what this one was sent for.
            return settled(sql, order, self.now, false).map(Box::new).map(Settling::Done);
        }
        if order.revision != self.revision {
            return Ok(Settling::Stale(Box::new(order)));
        }
        if !is_member(sql, &order.member)? {
            // Whoever opens a receipt reads the buyer's name on it.
            self.settlement.names.receipt_url = None;
        }
        let is_new = order.settlement != self.settlement;
        order.settlement = self.settlement;
        order.revision += 1;
        store(sql, &order, self.now)?;
        offers::follow(sql, &order, self.now)?;
        let hold = goods::follow(sql, &order, self.now)?;
        if is_new {
            for name in order.settlement.names.all() {
                name_order(sql, &order.id, name)?;
            }
            for member in beneficiaries(sql, &order)? {
                entitle(sql, &member, self.now)?;
            }
        }
        let until = given(sql, &order)?;
        if is_new {
            append(sql, &entry(&order, until, self.message.as_deref(), self.now))?;
        }
        for letter in goods::letters_with(letters(&order, until, self.now), hold.as_ref()) {
            enqueue(sql, &letter)?;
        }
        super::gifts::announce(sql, &order, self.now)?;
        super::team_end::follow(sql, &order, self.now)?;
        settled(sql, order, self.now, is_new).map(Box::new).map(Settling::Done)
    }
}

/// What the audit log says about a settlement: where it left the buyer, and which message brought it.
pub(crate) fn entry(order: &Order, until: Option<Timestamp>, message: Option<&str>, now: Timestamp) -> Entry {
    let detail = serde_json::json!({
        "order": order.id,
        "scope": order.scope_now(),
        "standing": standing(order.price.term, &order.settlement),
        "until": until,
        "message": message,
    });
    // What cost nothing has no processor.
    let actor = if order.is_free() { Actor::System } else { Actor::Processor };
    Entry::about_member(now, actor, "order.settle", &order.member, detail)
}

/// The end of what the order gives its buyer now.
fn given(sql: &mut impl Sql, order: &Order) -> Result<Option<Timestamp>, SqlError> {
    let rows = sql.query(
        "SELECT until FROM entitlements WHERE member_id = ? AND source = ?",
        &[order.member.as_str().into(), source(&order.id).into()],
    )?;
    let until = rows.first().map(|row| row.optional_integer(0)).transpose()?;
    Ok(until.map(|until| until.map_or(Timestamp::FOREVER, Timestamp)))
}

/// What an entitlement names as its reason.
fn source(order: &OrderId) -> String {
    format!("order:{order}")
}

/// Replaces what is stored as the processor's word, without a new revision: something in it is forgotten.
pub(super) fn store_settlement(sql: &mut impl Sql, order: &Order) -> Result<(), SqlError> {
    let settlement = serde_json::to_string(&order.settlement).map_err(SqlError::corrupt)?;
    let arguments = [settlement.into(), order.id.as_str().into()];
    sql.query("UPDATE orders SET settlement = ? WHERE id = ?", &arguments).map(drop)
}

fn store(sql: &mut impl Sql, order: &Order, now: Timestamp) -> Result<(), SqlError> {
    let settlement = serde_json::to_string(&order.settlement).map_err(SqlError::corrupt)?;
    let arguments = [
        settlement.into(),
        order.revision.into(),
        next_check(order, now).map(|at| at.0).into(),
        order.id.as_str().into(),
    ];
    sql.query("UPDATE orders SET settlement = ?, revision = ?, due_at = ? WHERE id = ?", &arguments).map(drop)
}

/// When the processor is asked about an order without being told to; never again when nothing can change any more.
///
/// A day later for what is alive. What was paid long ago can only be taken back, and is asked about less and less
/// often, at an eighth of its age, but once in 30 days.
pub(crate) fn next_check(order: &Order, now: Timestamp) -> Option<Timestamp> {
    let is_over = |since: Timestamp, seconds: i64| now >= since.plus_seconds(seconds);
    let of_age = |since: Timestamp| {
        let age = now.0.saturating_sub(since.0);
        now.plus_seconds((age / 8).clamp(DAY_SECONDS, 30 * DAY_SECONDS))
    };
    let tomorrow = Some(now.plus_seconds(DAY_SECONDS));
    match &order.settlement.progress {
        Progress::Failed | Progress::Open if is_over(order.created_at, 3 * DAY_SECONDS) => None,
        Progress::Pending if is_over(order.created_at, MAX_PENDING_SECONDS) => None,
        // What there are few of is held by it: its payment page closes after an hour, and somebody waits for the place.
        Progress::Open if is_scarce(order) && now < order.created_at.plus_seconds(2 * CHECK_SECONDS) => {
            Some(order.created_at.plus_seconds(CHECK_SECONDS).max(now.plus_seconds(600)))
        }
        Progress::Open | Progress::Pending | Progress::Failed => tomorrow,
        Progress::Paid { at } if is_over(*at, MAX_DISPUTE_SECONDS) => None,
        Progress::Paid { at } => {
            let pass_notice = match order.price.term {
                Term::For(days) => Some(at.plus_seconds(days.seconds() - PASS_NOTICE_SECONDS)),
                Term::Once | Term::Every(_) => None,
            };
            // Those with a seat are told on the day when the pass of their team ends.
            let team_end = standing(order.price.term, &order.settlement)
                .until()
                .filter(|until| order.purpose == Purpose::Team && *until != Timestamp::FOREVER);
            let moments = [pass_notice, team_end].into_iter().flatten().filter(|moment| now < *moment);
            moments.chain([of_age(*at)]).min()
        }
        Progress::Subscribed(subscription) => match subscription.status {
            SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired
                if is_over(subscription.period_end, MAX_DISPUTE_SECONDS) =>
            {
                None
            }
            SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired => {
                Some(of_age(subscription.period_end))
            }
            _ => tomorrow,
        },
    }
}

fn is_scarce(order: &Order) -> bool {
    matches!(order.scope, Scope::Product(_))
}

/// Everybody whose access hangs on the order.
fn beneficiaries(sql: &mut impl Sql, order: &Order) -> Result<Vec<MemberId>, SqlError> {
    let statement = match order.purpose {
        Purpose::Own => return Ok(vec![order.member.clone()]),
        Purpose::Gift => "SELECT member_id FROM gifts WHERE order_id = ? AND member_id IS NOT NULL",
        Purpose::Team => "SELECT member_id FROM seats WHERE order_id = ? AND member_id IS NOT NULL",
    };
    let rows = sql.query(statement, &[order.id.as_str().into()])?;
    rows.iter().map(|row| row.parse(0)).collect()
}

/// Makes the member's entitlements what their orders, gifts and seats say. What the owner granted stays. Who was erased
/// has none.
pub(super) fn entitle(sql: &mut impl Sql, member: &MemberId, now: Timestamp) -> Result<(), SqlError> {
    let mut held =
        if is_member(sql, member)? { money::entitlements(&facts(sql, member)?) } else { Vec::new() };
    if held.iter().any(|held| matches!(held.scope, Scope::Product(_))) {
        let holds = holds_of(sql, member)?;
        let of = |given: &Held| holds.iter().find(|hold| hold.order == given.order);
        held = held.into_iter().filter_map(|given| limited(of(&given), given)).collect();
    }
    sql.query(
        "DELETE FROM entitlements WHERE member_id = ? AND source LIKE 'order:%'",
        &[member.as_str().into()],
    )?;
    for held in held {
        let until = if held.until == Timestamp::FOREVER { Value::Null } else { held.until.0.into() };
        sql.query(
            "INSERT INTO entitlements (member_id, scope, until, source, created_at) VALUES (?, ?, ?, ?, ?)",
            &[
                member.as_str().into(),
                held.scope.to_string().into(),
                until,
                source(&held.order).into(),
                now.0.into(),
            ],
        )?;
    }
    Ok(())
}

/// The orders that give the member something or may do so.
pub(super) fn facts(sql: &mut impl Sql, member: &MemberId) -> Result<Vec<Fact>, SqlError> {
    let id = || [member.as_str().into()];
    let own = format!("SELECT {ORDER_COLUMNS} FROM orders WHERE member_id = ? AND purpose = 'own'");
    let own = sql.query(&own, &id())?;
    let mut facts = Vec::with_capacity(own.len());
    for row in &own {
        facts.push(Fact { order: order(row)?, share: Share::Own });
    }
    let gifts = format!(
        "SELECT {ORDER_COLUMNS}, gifts.accepted_at FROM gifts JOIN orders ON orders.id = gifts.order_id
         WHERE gifts.member_id = ?"
    );
    for row in &sql.query(&gifts, &id())? {
        let accepted_at = Timestamp(row.integer(N_ORDER_COLUMNS)?);
        facts.push(Fact { order: order(row)?, share: Share::Gift { accepted_at } });
    }
    let seats = format!(
        "SELECT {ORDER_COLUMNS}, (SELECT COUNT(*) FROM seats AS earlier WHERE earlier.order_id = seats.order_id
             AND earlier.member_id IS NOT NULL AND earlier.place < seats.place)
         FROM seats JOIN orders ON orders.id = seats.order_id WHERE seats.member_id = ?"
    );
    for row in &sql.query(&seats, &id())? {
        let rank = u32::try_from(row.integer(N_ORDER_COLUMNS)?).map_err(SqlError::corrupt)?;
        facts.push(Fact { order: order(row)?, share: Share::Seat { rank } });
    }
    Ok(facts)
}

/// Finds orders that the processor has not been asked about for long enough. What cost nothing has no processor, but
/// its letters come in time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListDueOrders {
    /// The time of the request.
    pub now: Timestamp,
    /// At most so many, 1 to 100.
    pub limit: u32,
}

impl ListDueOrders {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Vec<Order>, SqlError> {
        let statement = format!(
            "SELECT {ORDER_COLUMNS} FROM orders WHERE due_at <= ? AND (reference IS NOT NULL
                 OR discount_minor >= amount_minor * quantity AND term NOT LIKE '{{\"every\"%')
             ORDER BY due_at, id LIMIT ?"
        );
        let arguments = [self.now.0.into(), i64::from(self.limit.min(100)).into()];
        sql.query(&statement, &arguments)?.iter().map(order).collect()
    }
}

/// Puts off asking about an order, because the processor did not answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PostponeCheck {
    /// The order.
    pub id: OrderId,
    /// When to ask again.
    pub until: Timestamp,
}

impl PostponeCheck {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        let arguments = [self.until.0.into(), self.id.as_str().into()];
        sql.query("UPDATE orders SET due_at = ? WHERE id = ? AND due_at IS NOT NULL", &arguments).map(drop)
    }
}
