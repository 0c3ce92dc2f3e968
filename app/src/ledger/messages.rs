//! The processor's messages: each is acted upon once, and the log says what became of it.

use lyceum_contract::Timestamp;
use serde::{Deserialize, Serialize};

use super::orders::{ORDER_COLUMNS, Order, order};
use super::sql::{Sql, SqlError};

/// The most names that one message is looked up by.
pub const MAX_NAMES: usize = 16;
/// The most orders that one message is about: those of one customer.
const MAX_ORDERS: i64 = 50;

/// Notes that a message came in, and finds the orders that it may mean.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReceiveMessage {
    /// The processor's id of the message.
    pub id: String,
    /// The processor's word for what happened, such as `charge.refunded`.
    pub kind: String,
    /// Names of orders, payments, subscriptions and customers in it; of more than [`MAX_NAMES`] the first.
    pub names: Vec<String>,
    /// The time of the request.
    pub now: Timestamp,
}

/// What is known about a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// Whether it was acted upon before.
    pub is_done: bool,
    /// The orders that it may mean.
    pub orders: Vec<Order>,
}

impl ReceiveMessage {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Received, SqlError> {
        sql.query(
            "INSERT INTO messages (id, kind, received_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
            &[self.id.as_str().into(), self.kind.into(), self.now.0.into()],
        )?;
        let rows =
            sql.query("SELECT 1 FROM messages WHERE id = ? AND done_at IS NOT NULL", &[self.id.into()])?;
        if !rows.is_empty() {
            return Ok(Received { is_done: true, orders: Vec::new() });
        }
        Ok(Received { is_done: false, orders: named(sql, &self.names)? })
    }
}

/// The orders with one of these names, their own ids included.
fn named(sql: &mut impl Sql, names: &[String]) -> Result<Vec<Order>, SqlError> {
    let names = names.get(..names.len().min(MAX_NAMES)).unwrap_or_default();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let places = vec!["?"; names.len()].join(", ");
    let statement = format!(
        "SELECT {ORDER_COLUMNS} FROM orders WHERE id IN (SELECT order_id FROM order_names WHERE name IN ({places}))
             OR id IN ({places}) ORDER BY created_at DESC, id LIMIT {MAX_ORDERS}"
    );
    let arguments: Vec<_> = names.iter().chain(names).map(|name| name.as_str().into()).collect();
    sql.query(&statement, &arguments)?.iter().map(order).collect()
}

/// Notes that a message was acted upon, or that there was nothing to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CloseMessage {
    /// The processor's id of the message.
    pub id: String,
    /// The time of the request.
    pub now: Timestamp,
}

impl CloseMessage {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        close(sql, &self.id, self.now)
    }
}

pub(super) fn close(sql: &mut impl Sql, id: &str, now: Timestamp) -> Result<(), SqlError> {
    let arguments = [now.0.into(), id.into()];
    sql.query("UPDATE messages SET done_at = ? WHERE id = ? AND done_at IS NULL", &arguments).map(drop)
}

/// Which of these messages were not acted upon yet, so that a look back over thousands asks once for a hundred.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UnheardMessages {
    /// The processor's ids; of more than [`MAX_ASKED`] the first.
    pub ids: Vec<String>,
}

/// The most messages that are asked about at once: as many arguments as a statement takes everywhere.
pub const MAX_ASKED: usize = 100;

impl UnheardMessages {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Vec<String>, SqlError> {
        let ids = self.ids.get(..self.ids.len().min(MAX_ASKED)).unwrap_or_default();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let places = vec!["?"; ids.len()].join(", ");
        let statement = format!("SELECT id FROM messages WHERE id IN ({places}) AND done_at IS NOT NULL");
        let arguments: Vec<_> = ids.iter().map(|id| id.as_str().into()).collect();
        let rows = sql.query(&statement, &arguments)?;
        let heard = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
        Ok(ids.iter().filter(|id| !heard.contains(&id.as_str())).cloned().collect())
    }
}

/// Forgets messages that the processor itself no longer repeats or lists.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ForgetMessages {
    /// Those that came in before this time.
    pub before: Timestamp,
}

impl ForgetMessages {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        sql.query("DELETE FROM messages WHERE received_at < ?", &[self.before.0.into()]).map(drop)
    }
}
