//! Orders: what members wanted to buy, at which price, and what the processor said about it.

use lyceum_contract::id::{MemberId, OrderId};
use lyceum_contract::{Days, Entitlement, Money, Price, Scope, Slug, Term, Timestamp, json};
use serde::{Deserialize, Serialize};

use super::account::{Member, SessionState, entitlements_of, session_state};
use super::offers::{self, Placing, Redemption};
use super::roles::is_member;
use super::sql::{Row, Sql, SqlError};
use crate::money::{Progress, Settlement};

/// How long a payment page lives, and so how long news of it is expected at any moment.
const AWAITED_SECONDS: i64 = 86_400;
const MAX_AWAITED: i64 = 3;

/// One checkout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The order.
    pub id: OrderId,
    /// Who buys.
    pub member: MemberId,
    /// What may be read when it is paid.
    pub scope: Scope,
    /// The price as it was in git when the order was placed.
    pub price: Price,
    /// For how many people; 1 unless it is for a team.
    pub quantity: u32,
    /// Who gets what it buys.
    pub purpose: Purpose,
    /// What an offer takes off the first payment, in minor units, at most [`Order::total`] without it.
    pub discount_minor: i64,
    /// The processor's own name for the payment page, once it has one.
    pub reference: Option<String>,
    /// When it was placed.
    pub created_at: Timestamp,
    /// What the processor said last.
    pub settlement: Settlement,
    /// Counts the settlements, so that an older word never replaces a newer one.
    pub revision: i64,
}

/// Who gets what an order buys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The buyer.
    #[default]
    Own,
    /// Whoever the buyer hands it to.
    Gift,
    /// The members of the buyer's team, as many as there are seats.
    Team,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Gift => "gift",
            Self::Team => "team",
        }
    }

    fn parse(text: &str) -> Result<Self, SqlError> {
        [Self::Own, Self::Gift, Self::Team]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or_else(|| SqlError::corrupt("a purpose"))
    }
}

impl Order {
    /// What is due at first, trials aside.
    pub fn total(&self) -> Money {
        let full = self.full_total();
        Money { minor: full.minor.saturating_sub(self.discount_minor).max(0), ..full }
    }

    /// What its price comes to without an offer.
    pub fn full_total(&self) -> Money {
        let minor = self.price.amount.minor.saturating_mul(i64::from(self.quantity));
        Money { minor, currency: self.price.amount.currency }
    }

    /// Whether an offer leaves nothing to pay, so that no processor is asked. A subscription is never free: its
    /// renewals are not.
    pub fn is_free(&self) -> bool {
        self.discount_minor > 0 && self.total().minor == 0 && !matches!(self.price.term, Term::Every(_))
    }

    /// What was due last: an offer makes only the first payment of a subscription lower.
    pub fn last_charge(&self) -> Money {
        let is_renewed = matches!(&self.settlement.progress, Progress::Subscribed(subscription)
            if subscription.period_start >= self.created_at.plus_seconds(offers::PAGE_SECONDS));
        if is_renewed { self.full_total() } else { self.total() }
    }

    /// How many people may share it: as many as the processor says are paid, else as were ordered.
    pub fn n_seats(&self) -> u32 {
        self.settlement.n_seats.unwrap_or(self.quantity)
    }

    /// What it buys now: a subscriber may have changed to another price.
    pub fn scope_now(&self) -> &Scope {
        self.settlement.scope.as_ref().unwrap_or(&self.scope)
    }
}

pub(super) const ORDER_COLUMNS: &str = "orders.id, orders.member_id, orders.scope, orders.price, orders.amount_minor, \
     orders.currency, orders.term, orders.trial_days, orders.reference, orders.created_at, orders.quantity, \
     orders.purpose, orders.discount_minor, orders.settlement, orders.revision";
/// How many columns those are.
pub(super) const N_ORDER_COLUMNS: usize = 15;

pub(super) fn order(row: &Row) -> Result<Order, SqlError> {
    let trial = row.optional_integer(7)?.map(u32::try_from).transpose().map_err(SqlError::corrupt)?;
    Ok(Order {
        id: row.parse(0)?,
        member: row.parse(1)?,
        scope: row.parse(2)?,
        price: Price {
            id: row.parse::<Slug>(3)?,
            amount: Money { minor: row.integer(4)?, currency: row.parse(5)? },
            term: json::from_slice(row.text(6)?.as_bytes()).map_err(SqlError::corrupt)?,
            trial: trial.map(Days),
            per_seat: Purpose::parse(row.text(11)?)? == Purpose::Team,
        },
        reference: row.optional_text(8)?.map(str::to_owned),
        created_at: Timestamp(row.integer(9)?),
        quantity: u32::try_from(row.integer(10)?).map_err(SqlError::corrupt)?,
        purpose: Purpose::parse(row.text(11)?)?,
        discount_minor: row.integer(12)?,
        settlement: json::from_slice(row.text(13)?.as_bytes()).map_err(SqlError::corrupt)?,
        revision: row.integer(14)?,
    })
}

pub(super) fn order_by_id(sql: &mut impl Sql, id: &OrderId) -> Result<Option<Order>, SqlError> {
    let statement = format!("SELECT {ORDER_COLUMNS} FROM orders WHERE id = ?");
    sql.query(&statement, &[id.as_str().into()])?.first().map(order).transpose()
}

pub(super) fn orders_of(sql: &mut impl Sql, member: &MemberId) -> Result<Vec<Order>, SqlError> {
    let statement =
        format!("SELECT {ORDER_COLUMNS} FROM orders WHERE member_id = ? ORDER BY created_at DESC, id");
    sql.query(&statement, &[member.as_str().into()])?.iter().map(order).collect()
}

/// Orders that were sent to the processor within the last day, and not heard of since.
pub(super) fn awaited_orders(
    sql: &mut impl Sql,
    member: &MemberId,
    now: Timestamp,
) -> Result<Vec<Order>, SqlError> {
    let statement = format!(
        "SELECT {ORDER_COLUMNS} FROM orders WHERE member_id = ? AND created_at > ? AND reference IS NOT NULL
             AND settlement = ? ORDER BY created_at DESC, id LIMIT {MAX_AWAITED}"
    );
    let untouched = serde_json::to_string(&Settlement::default()).map_err(SqlError::corrupt)?;
    let arguments = [member.as_str().into(), (now.0 - AWAITED_SECONDS).into(), untouched.into()];
    sql.query(&statement, &arguments)?.iter().map(order).collect()
}

/// Records an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlaceOrder {
    /// The order, open and without a reference.
    pub order: Order,
    /// The code that makes it cheaper, if one does.
    #[serde(default)]
    pub redemption: Option<Redemption>,
}

impl PlaceOrder {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Placing, SqlError> {
        self.run_with(sql, |_| Ok(()))
    }

    /// With something that belongs to the order and has to be there before it is settled.
    pub(super) fn run_with<S: Sql>(
        self,
        sql: &mut S,
        add: impl FnOnce(&mut S) -> Result<(), SqlError>,
    ) -> Result<Placing, SqlError> {
        let Self { order, redemption } = self;
        if !is_member(sql, &order.member)? {
            return Err(SqlError::corrupt("an order of nobody"));
        }
        if let Some(refusal) = super::trials::refusal(sql, &order)? {
            return Ok(refusal);
        }
        let Some(redemption) = redemption else {
            insert(sql, &order)?;
            return add(sql).map(|()| Placing::Placed);
        };
        if let Some(refusal) = offers::refusal(sql, &redemption, &order)? {
            return Ok(refusal);
        }
        insert(sql, &order)?;
        add(sql)?;
        offers::hold(sql, &redemption, &order)?;
        if order.is_free() {
            offers::settle_free(sql, &order, &redemption)?;
        }
        Ok(Placing::Placed)
    }
}

fn insert(sql: &mut impl Sql, order: &Order) -> Result<(), SqlError> {
    let price = &order.price;
    let term = serde_json::to_string(&price.term).map_err(SqlError::corrupt)?;
    let settlement = serde_json::to_string(&order.settlement).map_err(SqlError::corrupt)?;
    sql.query(
        "INSERT INTO orders (id, member_id, scope, price, amount_minor, currency, term, trial_days, created_at, quantity,
             purpose, discount_minor, settlement, due_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &[
            order.id.as_str().into(),
            order.member.as_str().into(),
            order.scope.to_string().into(),
            price.id.as_str().into(),
            price.amount.minor.into(),
            price.amount.currency.code().into(),
            term.into(),
            price.trial.map(|days| i64::from(days.0)).into(),
            order.created_at.0.into(),
            i64::from(order.quantity).into(),
            order.purpose.as_str().into(),
            order.discount_minor.into(),
            settlement.into(),
            super::settle::next_check(order, order.created_at).map(|at| at.0).into(),
        ],
    )
    .map(drop)
}

/// Records the processor's name for the payment page of an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NameReference {
    /// The order.
    pub order: OrderId,
    /// The processor's name for its payment page.
    pub reference: String,
}

impl NameReference {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        let arguments = [self.reference.as_str().into(), self.order.as_str().into()];
        sql.query("UPDATE orders SET reference = ? WHERE id = ?", &arguments)?;
        name_order(sql, &self.order, &self.reference)?;
        super::holds::keep(sql, &self.order)?;
        offers::keep(sql, &self.order)
    }
}

/// Remembers that the processor may mean this order by this name. Names of orders that do not exist are dropped.
pub(super) fn name_order(sql: &mut impl Sql, order: &OrderId, name: &str) -> Result<(), SqlError> {
    sql.query(
        "INSERT INTO order_names (name, order_id) SELECT ?, id FROM orders WHERE id = ? ON CONFLICT DO NOTHING",
        &[name.into(), order.as_str().into()],
    )
    .map(drop)
}

/// Looks up an order on behalf of a browser: who is signed in there, and the order when it is theirs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenOrder {
    /// Hash of the token in the browser's cookie.
    pub token_hash: String,
    /// The order.
    pub id: OrderId,
    /// The time of the request.
    pub now: Timestamp,
}

/// Who asks, and their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedOrder {
    /// Who is signed in.
    pub session: Box<SessionState>,
    /// The order; nothing when there is none or it is somebody else's.
    pub order: Option<Order>,
}

impl OpenOrder {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<OpenedOrder>, SqlError> {
        let Some(session) = session_state(sql, &self.token_hash, self.now)? else { return Ok(None) };
        let order = order_by_id(sql, &self.id)?.filter(|order| order.member == session.member.id);
        Ok(Some(OpenedOrder { session: Box::new(session), order }))
    }
}

/// What a buyer has after something about an order became known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The order with its settlement.
    pub order: Order,
    /// The buyer; once they are erased, an id and nothing else.
    pub member: Member,
    /// What the buyer may read now.
    pub entitlements: Vec<Entitlement>,
    /// Whether anything was new.
    pub is_new: bool,
}

pub(super) fn settled(
    sql: &mut impl Sql,
    order: Order,
    now: Timestamp,
    is_new: bool,
) -> Result<Settled, SqlError> {
    let member = super::account::member_by_id(sql, &order.member)?;
    let member = member.unwrap_or_else(|| Member::erased(&order.member));
    let entitlements = entitlements_of(sql, &order.member, now)?;
    Ok(Settled { order, member, entitlements, is_new })
}
