//! Places and slots: who holds which, so that none is ever sold twice.
//!
//! An order takes what it wants in the transaction that places it, and holds it for as long as it can be paid: a quarter
//! of an hour until the processor has named a payment page, from then on until the processor says that nobody paid. What
//! was paid is sold, and free again when all of the money went back. Money that comes for something that was let go and
//! is gone by then goes back by itself: see `refunds.rs`. Whatever happens, no more is sold than there is.

use lyceum_contract::id::{MemberId, OrderId};
use lyceum_contract::{Scope, Slug, Timestamp};
use serde::{Deserialize, Serialize};

use super::offers::{PAGE_SECONDS, UNNAMED_SECONDS, is_open};
use super::orders::{ORDER_COLUMNS, Order, order};
use super::sql::{Row, Sql, SqlError, Value};
use crate::money::{Held, Standing, standing};

const DAY_SECONDS: i64 = 86_400;
/// How long a payment page lives on which something is held. Processors allow half an hour to a day.
pub(crate) const CLAIM_SECONDS: i64 = 3_600;
/// A minute after that the processor is asked, should it not say by itself that nobody paid.
pub(crate) const CHECK_SECONDS: i64 = CLAIM_SECONDS + 60;

/// What an order takes from a stock, by the manifest of that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Which of the product's stocks: when a slot begins; 0 for the places at an event.
    pub unit: i64,
    /// How many there are; nothing for any number.
    pub places: Option<u32>,
    /// When it begins. From then on nothing is sold.
    pub starts: Timestamp,
    /// When it ends, if that is known.
    pub ends: Option<Timestamp>,
    /// Who is met, if it is one to one.
    pub instructor: Option<Slug>,
}

/// How an order has what it claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldState {
    /// It can still be paid.
    Held,
    /// It is paid.
    Sold,
    /// It was paid when it was gone already. The money goes back.
    Lost,
    /// It is let go.
    Free,
}

impl HoldState {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Held, "held"), (Self::Sold, "sold"), (Self::Lost, "lost"), (Self::Free, "free")];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("free", |(_, name)| name)
    }

    pub(super) fn named(name: &str) -> Result<Self, SqlError> {
        let known = Self::ALL.iter().find(|(_, known)| *known == name).map(|(state, _)| *state);
        known.ok_or_else(|| SqlError::corrupt("the state of a hold"))
    }
}

/// What an order holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hold {
    pub(crate) order: OrderId,
    pub(crate) scope: Scope,
    pub(crate) member: MemberId,
    pub(crate) claim: Claim,
    pub(crate) state: HoldState,
    /// Before there is a payment page: to when.
    pub(crate) held_until: Option<Timestamp>,
}

impl Hold {
    /// The hold of an order that is being placed.
    pub(crate) fn of(order: &Order, claim: Claim) -> Self {
        Self {
            order: order.id.clone(),
            scope: order.scope.clone(),
            member: order.member.clone(),
            claim,
            state: HoldState::Held,
            held_until: Some(order.created_at.plus_seconds(UNNAMED_SECONDS)),
        }
    }

    /// Whether nobody else can have it.
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        match self.state {
            HoldState::Sold => true,
            HoldState::Held => self.held_until.is_none_or(|until| now < until),
            HoldState::Lost | HoldState::Free => false,
        }
    }
}

/// What the other orders have of the same stock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Others {
    pub(crate) n_sold: u32,
    pub(crate) n_live: u32,
    /// Whether one of those that are live is the same member's.
    pub(crate) has_own: bool,
    /// Whether the money of the order itself is on its way back already.
    pub(crate) is_given_up: bool,
}

/// Whether money has come for the order and stayed.
pub(crate) fn is_paid(order: &Order) -> bool {
    matches!(standing(order.price.term, &order.settlement), Standing::Owned | Standing::Pass { .. })
}

/// The hold after the processor's word about its order.
pub(crate) fn after(hold: &Hold, order: &Order, others: Others, now: Timestamp) -> Hold {
    let places = hold.claim.places.unwrap_or(u32::MAX);
    let has_room =
        if hold.is_live(now) { others.n_sold < places } else { others.n_live < places && !others.has_own };
    let (state, held_until) = match (standing(order.price.term, &order.settlement), hold.state) {
        (Standing::Owned | Standing::Pass { .. }, HoldState::Sold) => (HoldState::Sold, None),
        (Standing::Owned | Standing::Pass { .. }, HoldState::Lost) => (HoldState::Lost, None),
        (Standing::Owned | Standing::Pass { .. }, _) => {
            // Who was not heard of before it began could not come, or was not expected.
            let is_there = has_room && now < hold.claim.starts && !others.is_given_up;
            (if is_there { HoldState::Sold } else { HoldState::Lost }, None)
        }
        (Standing::Refunded | Standing::ChargedBack | Standing::Failed, _) => (HoldState::Free, None),
        (Standing::Open, HoldState::Held) if now >= order.created_at.plus_seconds(PAGE_SECONDS) => {
            (HoldState::Free, None)
        }
        // Their part is done; a bank may take days.
        (Standing::Pending, HoldState::Held) if hold.is_live(now) => (HoldState::Held, None),
        (_, HoldState::Sold) => (HoldState::Held, None),
        (_, state) => (state, hold.held_until),
    };
    Hold { state, held_until, ..hold.clone() }
}

/// What an order gives, when it holds something: nothing unless that is sold, and for an hour with somebody until a day
/// after it.
pub(crate) fn limited(hold: Option<&Hold>, given: Held) -> Option<Held> {
    let Some(hold) = hold else { return Some(given) };
    if hold.state != HoldState::Sold {
        return None;
    }
    let end = hold.claim.ends.unwrap_or(hold.claim.starts).plus_seconds(DAY_SECONDS);
    let until = if hold.claim.instructor.is_some() { given.until.min(end) } else { given.until };
    Some(Held { until, ..given })
}

const COLUMNS: &str = "holds.order_id, holds.scope, holds.member_id, holds.unit, holds.places, holds.starts_at, \
     holds.ends_at, holds.instructor, holds.state, holds.held_until";
/// How many columns those are.
const N_COLUMNS: usize = 10;

fn hold(row: &Row) -> Result<Hold, SqlError> {
    let places = row.optional_integer(4)?.map(u32::try_from).transpose().map_err(SqlError::corrupt)?;
    let instructor = row.optional_text(7)?.map(str::parse).transpose().map_err(SqlError::corrupt)?;
    Ok(Hold {
        order: row.parse(0)?,
        scope: row.parse(1)?,
        member: row.parse(2)?,
        claim: Claim {
            unit: row.integer(3)?,
            places,
            starts: Timestamp(row.integer(5)?),
            ends: row.optional_integer(6)?.map(Timestamp),
            instructor,
        },
        state: HoldState::named(row.text(8)?)?,
        held_until: row.optional_integer(9)?.map(Timestamp),
    })
}

/// What the order holds, if it is one for places or slots.
pub(super) fn hold_of(sql: &mut impl Sql, order: &OrderId) -> Result<Option<Hold>, SqlError> {
    let statement = format!("SELECT {COLUMNS} FROM holds WHERE order_id = ?");
    sql.query(&statement, &[order.as_str().into()])?.first().map(hold).transpose()
}

/// Whatever the member's orders hold.
pub(super) fn holds_of(sql: &mut impl Sql, member: &MemberId) -> Result<Vec<Hold>, SqlError> {
    let statement = format!("SELECT {COLUMNS} FROM holds WHERE member_id = ?");
    sql.query(&statement, &[member.as_str().into()])?.iter().map(hold).collect()
}

pub(super) fn insert(sql: &mut impl Sql, hold: &Hold) -> Result<(), SqlError> {
    let claim = &hold.claim;
    sql.query(
        "INSERT INTO holds (order_id, scope, member_id, unit, places, starts_at, ends_at, instructor, state, held_until)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &[
            hold.order.as_str().into(),
            hold.scope.to_string().into(),
            hold.member.as_str().into(),
            claim.unit.into(),
            claim.places.map(i64::from).into(),
            claim.starts.0.into(),
            claim.ends.map(|ends| ends.0).into(),
            claim.instructor.as_ref().map(Slug::as_str).into(),
            hold.state.name().into(),
            hold.held_until.map(|until| until.0).into(),
        ],
    )?;
    let due = "UPDATE orders SET due_at = created_at + ? WHERE id = ?";
    sql.query(due, &[CHECK_SECONDS.into(), hold.order.as_str().into()]).map(drop)
}

pub(super) fn store(sql: &mut impl Sql, hold: &Hold) -> Result<(), SqlError> {
    let until: Value = hold.held_until.map(|until| until.0).into();
    let arguments = [hold.state.name().into(), until, hold.order.as_str().into()];
    sql.query("UPDATE holds SET state = ?, held_until = ? WHERE order_id = ?", &arguments).map(drop)
}

/// From now on the processor's word alone ends the hold: there is a page on which the order can be paid.
pub(super) fn keep(sql: &mut impl Sql, order: &OrderId) -> Result<(), SqlError> {
    let statement = "UPDATE holds SET held_until = NULL WHERE order_id = ? AND state = 'held'";
    sql.query(statement, &[order.as_str().into()]).map(drop)
}

const LIVE: &str =
    "(holds.state = 'sold' OR holds.state = 'held' AND (held_until IS NULL OR held_until > ?))";

/// What the other orders have of the same stock now.
pub(super) fn others(sql: &mut impl Sql, hold: &Hold, now: Timestamp) -> Result<Others, SqlError> {
    let statement = format!(
        "SELECT COUNT(*), COALESCE(SUM(state = 'sold'), 0), COALESCE(SUM(member_id = ?), 0) FROM holds
         WHERE scope = ? AND unit = ? AND order_id <> ? AND {LIVE}"
    );
    let arguments = [
        hold.member.as_str().into(),
        hold.scope.to_string().into(),
        hold.claim.unit.into(),
        hold.order.as_str().into(),
        now.0.into(),
    ];
    let rows = sql.query(&statement, &arguments)?;
    let Some(row) = rows.first() else { return Ok(Others::default()) };
    let number = |column| u32::try_from(row.integer(column)?).map_err(SqlError::corrupt);
    let is_given_up = super::refunds::is_asked(sql, &hold.order)?;
    Ok(Others { n_live: number(0)?, n_sold: number(1)?, has_own: number(2)? > 0, is_given_up })
}

/// The member's order that holds something of the same product and can still be paid, if it is that and no more. One at
/// a time, or one member could hold every slot of a product without ever paying.
pub(super) fn own_open(sql: &mut impl Sql, hold: &Hold, now: Timestamp) -> Result<Option<Order>, SqlError> {
    let statement = format!(
        "SELECT {ORDER_COLUMNS} FROM holds JOIN orders ON orders.id = holds.order_id
         WHERE holds.scope = ? AND holds.member_id = ? AND {LIVE}
         ORDER BY orders.created_at DESC, orders.id"
    );
    let arguments = [hold.scope.to_string().into(), hold.member.as_str().into(), now.0.into()];
    let own: Vec<Order> = sql.query(&statement, &arguments)?.iter().map(order).collect::<Result<_, _>>()?;
    Ok(own.into_iter().find(is_open))
}

/// Asks what of a product is taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadStock {
    /// The product's scope.
    pub scope: Scope,
    /// Who asks: what only they hold and have not paid does not count, because they may order it again.
    pub member: MemberId,
    /// The time of the request.
    pub now: Timestamp,
}

/// How much of one stock is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Which stock, as in [`Claim::unit`].
    pub unit: i64,
    /// By how many orders.
    pub n_taken: u32,
    /// Whether one of them is the asking member's own.
    pub is_yours: bool,
}

impl ReadStock {
    /// By unit; those of which nothing is taken are left out.
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Vec<Taken>, SqlError> {
        let statement = format!(
            "SELECT unit, COUNT(*), SUM(holds.member_id = ?) FROM holds JOIN orders ON orders.id = holds.order_id
             WHERE holds.scope = ? AND {LIVE} AND NOT (holds.member_id = ? AND reference IS NOT NULL
                 AND json_extract(settlement, '$.progress') = 'open') GROUP BY unit ORDER BY unit"
        );
        let member: Value = self.member.as_str().into();
        let arguments = [member.clone(), self.scope.to_string().into(), self.now.0.into(), member];
        let taken = |row: &Row| {
            let n_taken = u32::try_from(row.integer(1)?).map_err(SqlError::corrupt)?;
            Ok(Taken { unit: row.integer(0)?, n_taken, is_yours: row.integer(2)? > 0 })
        };
        sql.query(&statement, &arguments)?.iter().map(taken).collect()
    }
}

/// A place or slot that somebody has bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// The order.
    pub order: OrderId,
    /// The product.
    pub scope: Scope,
    /// Whose it is.
    pub member: MemberId,
    /// What they want to be called.
    pub name: Option<String>,
    /// Their address, so that they can be met.
    pub email: String,
    /// What it is.
    pub claim: Claim,
    /// Whether it stands.
    pub state: HoldState,
}

fn booking(row: &Row) -> Result<Booking, SqlError> {
    let Hold { order, scope, member, claim, state, .. } = hold(row)?;
    let name = row.optional_text(N_COLUMNS)?.map(str::to_owned);
    Ok(Booking { order, scope, member, name, email: row.text(N_COLUMNS + 1)?.to_owned(), claim, state })
}

const OF_MEMBERS: &str = "FROM holds JOIN members ON members.id = holds.member_id";

/// What a member has booked, and what they paid for and did not get; the last to begin first.
pub(super) fn bookings_of(sql: &mut impl Sql, member: &MemberId) -> Result<Vec<Booking>, SqlError> {
    let statement = format!(
        "SELECT {COLUMNS}, members.name, members.email {OF_MEMBERS}
         WHERE holds.member_id = ? AND state IN ('sold', 'lost') ORDER BY starts_at DESC, order_id LIMIT 200"
    );
    sql.query(&statement, &[member.as_str().into()])?.iter().map(booking).collect()
}

/// Lists what is booked and not over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListBookings {
    /// With whom; nothing for everything that is sold, events among it.
    pub instructors: Option<Vec<Slug>>,
    /// The time of the request.
    pub now: Timestamp,
}

/// The most instructors that one request asks about.
pub(super) const MAX_INSTRUCTORS: usize = 40;

impl ListBookings {
    /// The next to begin first. What began within the last day is among it.
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Vec<Booking>, SqlError> {
        let (condition, instructors) = by_instructor("holds.instructor", self.instructors.as_deref());
        let statement = format!(
            "SELECT {COLUMNS}, members.name, members.email {OF_MEMBERS}
             WHERE state = 'sold' AND starts_at > ? AND {condition} ORDER BY starts_at, order_id LIMIT 500"
        );
        let mut arguments = vec![(self.now.0 - DAY_SECONDS).into()];
        arguments.extend(instructors);
        sql.query(&statement, &arguments)?.iter().map(booking).collect()
    }
}

/// The condition that a column names one of these instructors, and its arguments.
pub(super) fn by_instructor(column: &str, instructors: Option<&[Slug]>) -> (String, Vec<Value>) {
    let Some(instructors) = instructors else { return ("1".to_owned(), Vec::new()) };
    let known = instructors.get(..instructors.len().min(MAX_INSTRUCTORS)).unwrap_or_default();
    let places = vec!["?"; known.len()].join(", ");
    (format!("{column} IN ({places})"), known.iter().map(|slug| slug.as_str().into()).collect())
}
