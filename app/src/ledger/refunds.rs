//! Money that has to go back because something could not be given. Asked for once per order, and again until the
//! processor itself says that it is back: that it was asked for is no proof.

use lyceum_contract::Timestamp;
use lyceum_contract::id::OrderId;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::audit::{Actor, Entry, append};
use super::holds::is_paid;
use super::orders::{N_ORDER_COLUMNS, ORDER_COLUMNS, Order, order};
use super::sql::{Row, Sql, SqlError, Value};

const DAY_SECONDS: i64 = 86_400;
/// The pause after the first failure. It doubles with each one, up to a day; nobody's money is given up.
const FIRST_PAUSE_SECONDS: i64 = 600;

/// Why money goes back by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// The place or slot was gone, or had begun, when the money came.
    PlaceGone,
    /// The question was not answered in time.
    NotAnswered,
}

impl RefundReason {
    /// As stored, in the log, and for the processor.
    pub fn name(self) -> &'static str {
        match self {
            Self::PlaceGone => "place_gone",
            Self::NotAnswered => "not_answered",
        }
    }

    fn named(name: &str) -> Result<Self, SqlError> {
        let known = [Self::PlaceGone, Self::NotAnswered].into_iter().find(|reason| reason.name() == name);
        known.ok_or_else(|| SqlError::corrupt("the reason of a refund"))
    }
}

/// What the log says when money is to go back.
pub(crate) fn refund_entry(order: &Order, reason: RefundReason, now: Timestamp) -> Entry {
    let detail = json!({ "order": order.id, "reason": reason.name() });
    Entry::about_member(now, Actor::System, "refund.ask", &order.member, detail)
}

/// Asks for the money of an order back, once. What cost nothing needs nobody.
pub(super) fn ask(
    sql: &mut impl Sql,
    order: &Order,
    reason: RefundReason,
    now: Timestamp,
) -> Result<(), SqlError> {
    if order.is_free() || is_asked(sql, &order.id)? {
        return Ok(());
    }
    sql.query(
        "INSERT INTO refunds (order_id, reason, asked_at, due_at) VALUES (?, ?, ?, ?)",
        &[order.id.as_str().into(), reason.name().into(), now.0.into(), now.0.into()],
    )?;
    append(sql, &refund_entry(order, reason, now))
}

pub(super) fn is_asked(sql: &mut impl Sql, order: &OrderId) -> Result<bool, SqlError> {
    let rows = sql.query("SELECT 1 FROM refunds WHERE order_id = ?", &[order.as_str().into()])?;
    Ok(!rows.is_empty())
}

/// Ends asking when the processor says that the money is back, and begins again should it come to us once more.
pub(super) fn follow(sql: &mut impl Sql, order: &Order, now: Timestamp) -> Result<(), SqlError> {
    let id: Value = order.id.as_str().into();
    if is_paid(order) {
        let tomorrow = now.plus_seconds(DAY_SECONDS).0.into();
        let statement = "UPDATE refunds SET due_at = ? WHERE order_id = ? AND due_at IS NULL";
        return sql.query(statement, &[tomorrow, id]).map(drop);
    }
    sql.query("UPDATE refunds SET due_at = NULL WHERE order_id = ?", &[id]).map(drop)
}

/// An order whose money has to go back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwedRefund {
    /// The order.
    pub order: Order,
    /// Why.
    pub reason: RefundReason,
}

/// Lists the refunds that the processor is to be asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListRefunds {
    /// The time of the request.
    pub now: Timestamp,
    /// At most so many, 1 to 100.
    pub limit: u32,
}

impl ListRefunds {
    /// Those that waited longest first.
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Vec<OwedRefund>, SqlError> {
        let statement = format!(
            "SELECT {ORDER_COLUMNS}, refunds.reason FROM refunds JOIN orders ON orders.id = refunds.order_id
             WHERE refunds.due_at <= ? ORDER BY refunds.due_at, refunds.order_id LIMIT ?"
        );
        let owed = |row: &Row| {
            let reason = RefundReason::named(row.text(N_ORDER_COLUMNS)?)?;
            Ok(OwedRefund { order: order(row)?, reason })
        };
        let arguments = [self.now.0.into(), i64::from(self.limit.min(100)).into()];
        sql.query(&statement, &arguments)?.iter().map(owed).collect()
    }
}

/// Puts off a refund that is not made yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PostponeRefund {
    /// The order.
    pub order: OrderId,
    /// The time of the request.
    pub now: Timestamp,
}

/// The pause after so many tries.
pub(crate) fn refund_pause(n_tries: i64) -> i64 {
    let n_doublings = u32::try_from(n_tries).unwrap_or(0).min(16);
    (FIRST_PAUSE_SECONDS << n_doublings).min(DAY_SECONDS)
}

impl PostponeRefund {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        let id = || self.order.as_str().into();
        let rows =
            sql.query("SELECT n_tries FROM refunds WHERE order_id = ? AND due_at IS NOT NULL", &[id()])?;
        let Some(n_tries) = rows.first().map(|row| row.integer(0)).transpose()? else { return Ok(()) };
        let next = self.now.plus_seconds(refund_pause(n_tries)).0.into();
        let statement = "UPDATE refunds SET due_at = ?, n_tries = n_tries + 1 WHERE order_id = ?";
        sql.query(statement, &[next, id()]).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_day() {
        assert_eq!([0, 1, 2, 7, 8, 60].map(refund_pause), [600, 1_200, 2_400, 76_800, 86_400, 86_400]);
    }
}
