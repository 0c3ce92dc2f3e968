//! Orders for tickets, hours and answers: placed together with what they take, and followed by it.

use lyceum_contract::id::MemberId;
use lyceum_contract::{Scope, Timestamp};
use serde::{Deserialize, Serialize};

use super::goods_letters::{booked, booking_ended, booking_soon, lost, soon_id, with_booking};
use super::holds::{self, Booking, Claim, Hold, HoldState, after, bookings_of, hold_of};
use super::offers::Placing;
use super::orders::{Order, PlaceOrder, Purpose};
use super::outbox::{Letter, enqueue, withdraw};
use super::questions::{self, Ask, Question, questions_of};
use super::refunds::{self, RefundReason};
use super::roles::helpers;
use super::sql::{Sql, SqlError};

/// Records an order for something of which there may be only so many, or with a question.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlaceGoods {
    /// The order, as for everything else. For the buyer alone.
    pub place: PlaceOrder,
    /// What it takes from a stock.
    pub claim: Option<Claim>,
    /// What is asked with it.
    pub ask: Option<Ask>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum GoodsPlacing {
    /// It is placed, and holds what it takes.
    Placed,
    /// It is not: others have everything.
    SoldOut,
    /// It is not: the member has one.
    Yours {
        /// The order by which they do, when it is not paid: whoever closes its payment page frees it.
        open: Option<Box<Order>>,
    },
    /// It is not: it has begun.
    Over,
    /// It is not, because of its code.
    Offer(Placing),
}

impl PlaceGoods {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<GoodsPlacing, SqlError> {
        let Self { place, claim, ask } = self;
        let order = place.order.clone();
        if order.purpose != Purpose::Own || !matches!(order.scope, Scope::Product(_)) {
            return Ok(GoodsPlacing::Over);
        }
        let hold = claim.map(|claim| Hold::of(&order, claim));
        if let Some(hold) = &hold
            && let Some(refusal) = refusal(sql, hold, order.created_at)?
        {
            return Ok(refusal);
        }
        let placing = place.run_with(sql, |sql| {
            if let Some(hold) = &hold {
                holds::insert(sql, hold)?;
            }
            ask.map_or(Ok(()), |ask| questions::insert(sql, &order, &ask))
        })?;
        Ok(if placing == Placing::Placed { GoodsPlacing::Placed } else { GoodsPlacing::Offer(placing) })
    }
}

/// Why an order that is to be placed cannot have what it claims, if so.
fn refusal(sql: &mut impl Sql, hold: &Hold, now: Timestamp) -> Result<Option<GoodsPlacing>, SqlError> {
    if hold.claim.starts <= now {
        return Ok(Some(GoodsPlacing::Over));
    }
    let others = holds::others(sql, hold, now)?;
    let open = holds::own_open(sql, hold, now)?.map(Box::new);
    if others.has_own || open.is_some() {
        return Ok(Some(GoodsPlacing::Yours { open }));
    }
    let is_full = hold.claim.places.is_some_and(|places| others.n_live >= places);
    Ok(is_full.then_some(GoodsPlacing::SoldOut))
}

/// What an order holds after the processor's word about it, with all that follows but access and its letters.
pub(super) fn follow(sql: &mut impl Sql, order: &Order, now: Timestamp) -> Result<Option<Hold>, SqlError> {
    if !matches!(order.scope, Scope::Product(_)) {
        return Ok(None);
    }
    questions::follow(sql, order, now)?;
    refunds::follow(sql, order, now)?;
    let Some(before) = hold_of(sql, &order.id)? else { return Ok(None) };
    let others = holds::others(sql, &before, now)?;
    let hold = after(&before, order, others, now);
    if hold == before {
        return Ok(Some(hold));
    }
    holds::store(sql, &hold)?;
    if hold.state == HoldState::Lost && before.state != HoldState::Lost {
        refunds::ask(sql, order, RefundReason::PlaceGone, now)?;
    }
    for letter in changed(sql, (&before, &hold), now)? {
        enqueue(sql, &letter)?;
    }
    if before.state == HoldState::Sold && hold.state != HoldState::Sold {
        withdraw(sql, &soon_id(&order.id), now)?;
    }
    Ok(Some(hold))
}

/// The letters about a hold that has changed, besides those about its order.
fn changed(
    sql: &mut impl Sql,
    (before, hold): (&Hold, &Hold),
    now: Timestamp,
) -> Result<Vec<Letter>, SqlError> {
    let helpers = match &hold.claim.instructor {
        Some(instructor) => helpers(sql, instructor)?,
        None => Vec::new(),
    };
    Ok(letters_of_change((before, hold), &helpers, now))
}

/// The same, when it is known who is met.
pub(crate) fn letters_of_change(
    (before, hold): (&Hold, &Hold),
    helpers: &[MemberId],
    now: Timestamp,
) -> Vec<Letter> {
    match (before.state, hold.state) {
        (HoldState::Sold, HoldState::Sold) => Vec::new(),
        (_, HoldState::Sold) => {
            let booked = helpers.iter().map(|helper| booked(hold, helper, now));
            booked.chain(booking_soon(hold, now)).collect()
        }
        (HoldState::Sold, _) => {
            helpers.iter().filter_map(|helper| booking_ended(hold, helper, now)).collect()
        }
        (HoldState::Held | HoldState::Free, HoldState::Lost) => vec![lost(hold, now)],
        _ => Vec::new(),
    }
}

/// The letters about an order, as they are when it holds something.
pub(crate) fn letters_with(letters: Vec<Letter>, hold: Option<&Hold>) -> Vec<Letter> {
    let Some(hold) = hold else { return letters };
    letters.into_iter().filter_map(|letter| with_booking(letter, hold)).collect()
}

/// Reads what a member has booked and asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadGoods {
    /// Who.
    pub member: MemberId,
}

/// What a member has booked and asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnGoods {
    /// Places and slots that they paid for, the last to begin first.
    pub bookings: Vec<Booking>,
    /// Questions that they paid for, the newest deadline first.
    pub questions: Vec<Question>,
}

impl ReadGoods {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<OwnGoods, SqlError> {
        let bookings = bookings_of(sql, &self.member)?;
        Ok(OwnGoods { bookings, questions: questions_of(sql, &self.member)? })
    }
}

/// The tables of holds and refunds.
pub(super) const SCHEMA: [&str; 6] = [
    // A stock is a product and a unit of it. See `holds.rs` for the states.
    "CREATE TABLE holds (
        order_id TEXT PRIMARY KEY REFERENCES orders (id), scope TEXT NOT NULL, unit INTEGER NOT NULL,
        member_id TEXT NOT NULL, places INTEGER, starts_at INTEGER NOT NULL, ends_at INTEGER, instructor TEXT,
        state TEXT NOT NULL, held_until INTEGER) STRICT",
    "CREATE INDEX holds_by_unit ON holds (scope, unit)",
    "CREATE INDEX holds_by_member ON holds (member_id)",
    "CREATE INDEX holds_by_start ON holds (state, starts_at)",
    // `due_at` is when the processor is asked again; null when it said that the money is back.
    "CREATE TABLE refunds (
        order_id TEXT PRIMARY KEY REFERENCES orders (id), reason TEXT NOT NULL, asked_at INTEGER NOT NULL,
        due_at INTEGER, n_tries INTEGER NOT NULL DEFAULT 0) STRICT",
    "CREATE INDEX refunds_by_due_at ON refunds (due_at) WHERE due_at IS NOT NULL",
];
