//! Gifts: an order that somebody else than the buyer gets, once.
//!
//! The link of a gift is for whoever has it: the buyer may hand it on in person. A gift without a row is one of which
//! nothing was said yet.

use lyceum_contract::id::{MemberId, OrderId};
use lyceum_contract::manifest::Language;
use lyceum_contract::money::Term;
use lyceum_contract::{Entitlement, Scope, Timestamp, paths};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::account::{Member, entitlements_of, member_by_id};
use super::audit::{Actor, Entry, append};
use super::notice::{Door, Notice};
use super::orders::{Order, Purpose, order_by_id, orders_of};
use super::outbox::{Letter, Recipient, enqueue};
use super::settle::entitle;
use super::sql::{Row, Sql, SqlError};
use crate::money::standing;

/// Says for whom a gift is. The first word counts once the letter was posted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GiftTo {
    /// The order.
    pub order: OrderId,
    /// Who asks.
    pub buyer: MemberId,
    /// Where the letter goes, checked and in lower case; nothing when the buyer hands the link on.
    pub email: Option<String>,
    /// What the buyer writes.
    pub message: Option<String>,
    /// The language of the page, for the letter.
    pub language: Option<Language>,
    /// The time of the request.
    pub now: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gifted {
    /// Recorded; the letter is posted when the order is paid.
    Done,
    /// The letter was posted, or somebody has the gift.
    TooLate,
    /// There is no such gift, or somebody else bought it.
    NotYours,
}

impl GiftTo {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Gifted, SqlError> {
        let order = order_by_id(sql, &self.order)?
            .filter(|order| order.purpose == Purpose::Gift && order.member == self.buyer);
        let (Some(order), Some(_)) = (order, member_by_id(sql, &self.buyer)?) else {
            return Ok(Gifted::NotYours);
        };
        let row = gift_row(sql, &order.id)?;
        if row.member.is_some() || (row.email.is_some() && is_given(&order)) {
            return Ok(Gifted::TooLate);
        }
        sql.query(
            "INSERT INTO gifts (order_id, email, message, language) VALUES (?, ?, ?, ?) ON CONFLICT (order_id)
             DO UPDATE SET email = excluded.email, message = excluded.message, language = excluded.language",
            &[
                order.id.as_str().into(),
                self.email.into(),
                self.message.into(),
                self.language.as_ref().map(Language::as_str).into(),
            ],
        )?;
        announce(sql, &order, self.now)?;
        Ok(Gifted::Done)
    }
}

/// Whether the order can be given to somebody: paid, and not paid back. A pass begins when it is accepted, so time does
/// not end it before.
fn is_given(order: &Order) -> bool {
    standing(order.price.term, &order.settlement).until().is_some()
}

/// What is known about a gift besides its order.
#[derive(Debug, Default)]
struct GiftRow {
    email: Option<String>,
    message: Option<String>,
    language: Option<Language>,
    member: Option<MemberId>,
    accepted_at: Option<Timestamp>,
}

fn gift_row(sql: &mut impl Sql, order: &OrderId) -> Result<GiftRow, SqlError> {
    let statement = "SELECT email, message, language, member_id, accepted_at FROM gifts WHERE order_id = ?";
    let rows = sql.query(statement, &[order.as_str().into()])?;
    let read = |row: &Row| {
        let text = |column| row.optional_text(column).map(|text| text.map(str::to_owned));
        Ok(GiftRow {
            email: text(0)?,
            message: text(1)?,
            language: row.optional_text(2)?.and_then(|language| language.parse().ok()),
            member: row.optional_text(3)?.map(str::parse).transpose().map_err(SqlError::corrupt)?,
            accepted_at: row.optional_integer(4)?.map(Timestamp),
        })
    };
    rows.first().map_or(Ok(GiftRow::default()), read)
}

/// Posts the letter to the recipient, if the order is a gift that is paid and has an address.
pub(super) fn announce(sql: &mut impl Sql, order: &Order, now: Timestamp) -> Result<(), SqlError> {
    if order.purpose != Purpose::Gift || !is_given(order) {
        return Ok(());
    }
    let row = gift_row(sql, &order.id)?;
    let (Some(email), None) = (row.email, row.member) else { return Ok(()) };
    let giver = member_by_id(sql, &order.member)?;
    let gift = Given { email, message: row.message, language: row.language };
    enqueue(sql, &gift_letter((order, giver.as_ref()), gift, now))
}

/// What the buyer said about the recipient.
pub(crate) struct Given {
    pub(crate) email: String,
    pub(crate) message: Option<String>,
    pub(crate) language: Option<Language>,
}

/// The one letter about a gift.
pub(crate) fn gift_letter((order, giver): (&Order, Option<&Member>), to: Given, now: Timestamp) -> Letter {
    let door = Door { page: paths::GIFT.to_owned(), id: order.id.to_string() };
    let from = giver.map(|giver| giver.name.clone().unwrap_or_else(|| giver.email.clone()));
    Letter {
        id: format!("gift:{}", order.id),
        to: Recipient::Address { email: to.email, language: to.language },
        notice: Notice::GiftReceived { from, message: to.message, scope: order.scope.clone(), door },
        created_at: now,
        due_at: now,
    }
}

/// What whoever has the link may do with a gift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GiftState {
    /// Take it.
    Open,
    /// Nothing: it is theirs.
    Yours,
    /// Nothing: somebody else has it.
    Taken,
    /// Nothing: it is not paid yet.
    NotPaid,
    /// Nothing: the money went back.
    Ended,
}

/// What this member may do with the gift that `taken_by` has.
pub(crate) fn gift_state(order: &Order, taken_by: Option<&MemberId>, member: Option<&MemberId>) -> GiftState {
    if !order.settlement.is_bought() {
        return GiftState::NotPaid;
    }
    if !is_given(order) {
        return GiftState::Ended;
    }
    match taken_by {
        None => GiftState::Open,
        Some(taken_by) if Some(taken_by) == member => GiftState::Yours,
        Some(_) => GiftState::Taken,
    }
}

/// Takes a gift.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AcceptGift {
    /// The order.
    pub order: OrderId,
    /// Who takes it.
    pub member: MemberId,
    /// The time of the request.
    pub now: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum GiftAccepted {
    /// It is theirs, since now or since before; this is what they may read.
    Accepted(Vec<Entitlement>),
    /// Why not.
    Refused(GiftState),
    /// There is no such gift.
    Gone,
}

impl AcceptGift {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<GiftAccepted, SqlError> {
        let order = order_by_id(sql, &self.order)?.filter(|order| order.purpose == Purpose::Gift);
        let (Some(order), Some(_)) = (order, member_by_id(sql, &self.member)?) else {
            return Ok(GiftAccepted::Gone);
        };
        let row = gift_row(sql, &order.id)?;
        match gift_state(&order, row.member.as_ref(), Some(&self.member)) {
            GiftState::Yours => {}
            GiftState::Open => self.take(sql)?,
            refusal => return Ok(GiftAccepted::Refused(refusal)),
        }
        entitlements_of(sql, &self.member, self.now).map(GiftAccepted::Accepted)
    }

    fn take(&self, sql: &mut impl Sql) -> Result<(), SqlError> {
        sql.query(
            "INSERT INTO gifts (order_id, member_id, accepted_at) VALUES (?, ?, ?) ON CONFLICT (order_id)
             DO UPDATE SET member_id = excluded.member_id, accepted_at = excluded.accepted_at",
            &[self.order.as_str().into(), self.member.as_str().into(), self.now.0.into()],
        )?;
        entitle(sql, &self.member, self.now)?;
        append(sql, &gift_accepted(self))
    }
}

pub(crate) fn gift_accepted(command: &AcceptGift) -> Entry {
    let by = Actor::Member(command.member.clone());
    let detail = json!({ "order": command.order.as_str() });
    Entry::about_member(command.now, by, "gift.accept", &command.member, detail)
}

/// Reads a gift. Changes nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadGift {
    /// The order.
    pub order: OrderId,
    /// Who looks, if they are signed in.
    pub member: Option<MemberId>,
}

/// A gift as whoever has its link sees it. The buyer is among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gift {
    /// The order.
    pub order: OrderId,
    /// Who bought it.
    pub buyer: MemberId,
    /// What they want to be called.
    pub giver: Option<String>,
    /// Where the letter went. For the buyer's eyes.
    pub email: Option<String>,
    /// What the buyer wrote.
    pub message: Option<String>,
    /// What it opens.
    pub scope: Scope,
    /// For how long.
    pub term: Term,
    /// What whoever looks may do.
    pub state: GiftState,
    /// When it was taken.
    pub accepted_at: Option<Timestamp>,
}

impl ReadGift {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<Gift>, SqlError> {
        let order = order_by_id(sql, &self.order)?.filter(|order| order.purpose == Purpose::Gift);
        order.map(|order| gift(sql, &order, self.member.as_ref())).transpose()
    }
}

fn gift(sql: &mut impl Sql, order: &Order, member: Option<&MemberId>) -> Result<Gift, SqlError> {
    let row = gift_row(sql, &order.id)?;
    let giver = member_by_id(sql, &order.member)?;
    Ok(Gift {
        order: order.id.clone(),
        buyer: order.member.clone(),
        giver: giver.map(|giver| giver.name.unwrap_or(giver.email)),
        state: gift_state(order, row.member.as_ref(), member),
        email: row.email,
        message: row.message,
        scope: order.scope.clone(),
        term: order.price.term,
        accepted_at: row.accepted_at,
    })
}

/// Lists the gifts that a member bought.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListGifts {
    /// Who.
    pub member: MemberId,
}

impl ListGifts {
    /// Newest first; those that were never paid are left out.
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Vec<Gift>, SqlError> {
        let mut gifts = Vec::new();
        for order in orders_of(sql, &self.member)? {
            if order.purpose == Purpose::Gift && order.settlement.is_bought() {
                gifts.push(gift(sql, &order, Some(&self.member))?);
            }
        }
        Ok(gifts)
    }
}
