//! Orders, and the entitlements that paid orders give.

use lyceum_contract::id::{MemberId, OrderId};
use lyceum_contract::money::{Interval, Term};
use lyceum_contract::{Days, Entitlement, Money, Price, Scope, Slug, Timestamp, json};
use serde::{Deserialize, Serialize};

use super::account::entitlements_of;
use super::sql::{Row, Sql, SqlError, Value};

/// One checkout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The order.
    pub id: OrderId,
    /// Who buys.
    pub member: MemberId,
    /// What they may read when it is paid.
    pub scope: Scope,
    /// The price as it was in git when the order was placed.
    pub price: Price,
    /// The processor's own name for the payment, once it has one.
    pub reference: Option<String>,
    /// When it was placed.
    pub created_at: Timestamp,
    /// Whether it is paid.
    pub state: OrderState,
}

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderState {
    /// Not paid as far as we know.
    Open,
    /// Paid, and turned into an entitlement.
    Paid {
        /// When we learned it.
        at: Timestamp,
    },
}

const ORDER_COLUMNS: &str = "id, member_id, scope, price, amount_minor, currency, term, trial_days, reference, \
                             created_at, paid_at";

fn order(row: &Row) -> Result<Order, SqlError> {
    let trial = row.optional_integer(7)?.map(u32::try_from).transpose().map_err(SqlError::corrupt)?;
    let state =
        row.optional_integer(10)?.map_or(OrderState::Open, |at| OrderState::Paid { at: Timestamp(at) });
    Ok(Order {
        id: row.parse(0)?,
        member: row.parse(1)?,
        scope: row.parse(2)?,
        price: Price {
            id: row.parse::<Slug>(3)?,
            amount: Money { minor: row.integer(4)?, currency: row.parse(5)? },
            term: json::from_slice(row.text(6)?.as_bytes()).map_err(SqlError::corrupt)?,
            trial: trial.map(Days),
        },
        reference: row.optional_text(8)?.map(str::to_owned),
        created_at: Timestamp(row.integer(9)?),
        state,
    })
}

fn order_by_id(sql: &mut impl Sql, id: &OrderId) -> Result<Option<Order>, SqlError> {
    let statement = format!("SELECT {ORDER_COLUMNS} FROM orders WHERE id = ?");
    sql.query(&statement, &[id.as_str().into()])?.first().map(order).transpose()
}

pub(super) fn orders_of(sql: &mut impl Sql, member: &MemberId) -> Result<Vec<Order>, SqlError> {
    let statement =
        format!("SELECT {ORDER_COLUMNS} FROM orders WHERE member_id = ? ORDER BY created_at DESC, id");
    sql.query(&statement, &[member.as_str().into()])?.iter().map(order).collect()
}

/// Records an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlaceOrder {
    /// The order, open and without a reference.
    pub order: Order,
}

impl PlaceOrder {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        let Order { id, member, scope, price, created_at, .. } = self.order;
        let term = serde_json::to_string(&price.term).map_err(SqlError::corrupt)?;
        sql.query(
            "INSERT INTO orders (id, member_id, scope, price, amount_minor, currency, term, trial_days, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            &[
                id.as_str().into(),
                member.as_str().into(),
                scope.to_string().into(),
                price.id.as_str().into(),
                price.amount.minor.into(),
                price.amount.currency.code().into(),
                term.into(),
                price.trial.map(|days| i64::from(days.0)).into(),
                created_at.0.into(),
            ],
        )
        .map(drop)
    }
}

/// Records the processor's name for an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NameReference {
    /// The order.
    pub order: OrderId,
    /// The processor's name for its payment.
    pub reference: String,
}

impl NameReference {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        let arguments = [self.reference.into(), self.order.as_str().into()];
        sql.query("UPDATE orders SET reference = ? WHERE id = ?", &arguments).map(drop)
    }
}

/// Looks an order up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FindOrder {
    /// The order.
    pub id: OrderId,
}

impl FindOrder {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<Order>, SqlError> {
        order_by_id(sql, &self.id)
    }
}

/// Gives the buyer what a paid order promises. Repeating it changes nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FulfilOrder {
    /// The order that the processor calls paid.
    pub id: OrderId,
    /// End of the paid period of a subscription, by the processor.
    pub period_end: Option<Timestamp>,
    /// The time of the request.
    pub now: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fulfilment {
    /// The order, now paid.
    pub order: Order,
    /// What the buyer may read now.
    pub entitlements: Vec<Entitlement>,
    /// Whether this command was the one that fulfilled it.
    pub is_first: bool,
}

impl FulfilOrder {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<Fulfilment>, SqlError> {
        let Some(mut order) = order_by_id(sql, &self.id)? else { return Ok(None) };
        let is_first = order.state == OrderState::Open;
        if is_first {
            let arguments = [self.now.0.into(), self.id.as_str().into()];
            sql.query("UPDATE orders SET paid_at = ? WHERE id = ?", &arguments)?;
            order.state = OrderState::Paid { at: self.now };
            let until = self.until(sql, &order)?;
            sql.query(
                "INSERT INTO entitlements (member_id, scope, until, source, created_at) VALUES (?, ?, ?, ?, ?)",
                &[
                    order.member.as_str().into(),
                    order.scope.to_string().into(),
                    until.map_or(Value::Null, |until| until.0.into()),
                    format!("order:{}", order.id).into(),
                    self.now.0.into(),
                ],
            )?;
        }
        let entitlements = entitlements_of(sql, &order.member, self.now)?;
        Ok(Some(Fulfilment { order, entitlements, is_first }))
    }

    /// The end of what the order gives; `None` when it is kept for good.
    fn until(&self, sql: &mut impl Sql, order: &Order) -> Result<Option<Timestamp>, SqlError> {
        match order.price.term {
            Term::Once => Ok(None),
            // The processor's word counts. Without it, the shortest period that the interval can mean.
            Term::Every(interval) => Ok(Some(self.period_end.unwrap_or_else(|| {
                let days = match interval {
                    Interval::Month => 28,
                    Interval::Year => 365,
                };
                self.now.plus_seconds(days * 86_400)
            }))),
            Term::For(days) => {
                // A second pass starts where the first ends, so that nobody loses days by buying early.
                let held = entitlements_of(sql, &order.member, self.now)?;
                let end = held.iter().filter(|held| held.scope == order.scope).map(|held| held.until).max();
                let start = end.filter(|end| *end != Timestamp::FOREVER).unwrap_or(self.now);
                Ok(Some(start.plus_seconds(days.seconds())))
            }
        }
    }
}
