//! Everything that the Ledger knows of one member, for their own copy.
//!
//! What may be long comes in pages, each of which is one command.

use lyceum_contract::id::{MemberId, OrderId};
use lyceum_contract::{Entitlement, OfferCode, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use super::account::{Member, entitlements_of, member_by_id};
use super::audit::{AuditRow, member_subject};
use super::grants::{Grant, grants_of};
use super::offers::WRONG_SECONDS;
use super::orders::{N_ORDER_COLUMNS, ORDER_COLUMNS, Order, order};
use super::passkeys::{ListPasskeys, Passkey};
use super::roles::roles_of;
use super::sessions::{ListSessions, OpenSession};
use super::sql::{Row, Sql, SqlError, Value};
use crate::role::StaffRole;

/// Reads what is known of a member, except for what may be long.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadPerson {
    /// Who.
    pub member: MemberId,
    /// Hash of the token of the browser that asks.
    pub token_hash: String,
    /// The time of the request.
    pub now: Timestamp,
}

/// What is known of a member, except for what may be long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub member: Member,
    /// When they became one.
    pub created_at: Timestamp,
    /// What they are to the academy.
    pub roles: Vec<StaffRole>,
    /// What they may read now.
    pub entitlements: Vec<Entitlement>,
    /// What staff gave them, ended ones among them.
    pub grants: Vec<Grant>,
    /// Where they are signed in.
    pub sessions: Vec<OpenSession>,
    /// Their passkeys.
    pub passkeys: Vec<Passkey>,
    /// Their accounts at other services.
    pub identities: Vec<Identity>,
    /// Seats that they have or could take.
    pub seats: Vec<OwnSeat>,
    /// Gifts that they took or that were sent to their address.
    pub gifts: Vec<OwnGift>,
    /// How many wrong codes they typed within a day.
    pub n_wrong_codes: i64,
}

/// An account at another service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The service.
    pub provider: String,
    /// The number of the account there.
    pub subject: String,
    /// Since when it is linked.
    pub created_at: Timestamp,
}

/// A seat in the team of somebody else, or in the own one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSeat {
    /// The team.
    pub order: OrderId,
    /// The address that was invited.
    pub email: String,
    /// When.
    pub invited_at: Timestamp,
    /// When the seat was taken; nothing for an open invitation.
    pub accepted_at: Option<Timestamp>,
}

/// A gift as its recipient knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnGift {
    /// The order.
    pub order: OrderId,
    /// What it opens.
    pub scope: Scope,
    /// Where the letter went.
    pub email: Option<String>,
    /// What the giver wrote.
    pub message: Option<String>,
    /// When it was taken.
    pub accepted_at: Option<Timestamp>,
}

impl ReadPerson {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<Person>, SqlError> {
        let Some(member) = member_by_id(sql, &self.member)? else { return Ok(None) };
        let id: Value = member.id.as_str().into();
        let rows = sql.query(
            "SELECT created_at, (SELECT COUNT(*) FROM wrong_codes WHERE member_id = members.id AND at > ?)
             FROM members WHERE id = ?",
            &[(self.now.0 - WRONG_SECONDS).into(), id.clone()],
        )?;
        let row = rows.first().ok_or_else(|| SqlError::corrupt("the member is missing"))?;
        let (created_at, n_wrong_codes) = (Timestamp(row.integer(0)?), row.integer(1)?);
        let roles = roles_of(sql, &member.id)?;
        let entitlements = entitlements_of(sql, &member.id, self.now)?;
        let grants = grants_of(sql, &member.id)?;
        let Self { token_hash, now, .. } = self;
        let sessions = ListSessions { member: member.id.clone(), token_hash, now }.run(sql)?;
        let passkeys = ListPasskeys { member: member.id.clone() }.run(sql)?;
        let statement = "SELECT provider, subject, created_at FROM identities WHERE member_id = ?
             ORDER BY provider, subject";
        let identities = sql.query(statement, &[id])?.iter().map(identity).collect::<Result<_, _>>()?;
        let (seats, gifts) = (seats_of(sql, &member)?, gifts_to(sql, &member)?);
        Ok(Some(Person {
            member,
            created_at,
            roles,
            entitlements,
            grants,
            sessions,
            passkeys,
            identities,
            seats,
            gifts,
            n_wrong_codes,
        }))
    }
}

fn identity(row: &Row) -> Result<Identity, SqlError> {
    let (provider, subject) = (row.text(0)?.to_owned(), row.text(1)?.to_owned());
    Ok(Identity { provider, subject, created_at: Timestamp(row.integer(2)?) })
}

/// By team, then by address.
fn seats_of(sql: &mut impl Sql, member: &Member) -> Result<Vec<OwnSeat>, SqlError> {
    let rows = sql.query(
        "SELECT order_id, email, invited_at, accepted_at FROM seats
         WHERE member_id = ? OR (email = ? AND member_id IS NULL) ORDER BY order_id, email",
        &[member.id.as_str().into(), member.email.as_str().into()],
    )?;
    let seat = |row: &Row| {
        Ok(OwnSeat {
            order: row.parse(0)?,
            email: row.text(1)?.to_owned(),
            invited_at: Timestamp(row.integer(2)?),
            accepted_at: row.optional_integer(3)?.map(Timestamp),
        })
    };
    rows.iter().map(seat).collect()
}

/// By order.
fn gifts_to(sql: &mut impl Sql, member: &Member) -> Result<Vec<OwnGift>, SqlError> {
    let rows = sql.query(
        "SELECT gifts.order_id, orders.scope, CASE WHEN gifts.email = ? THEN gifts.email END, gifts.message,
             gifts.accepted_at
         FROM gifts JOIN orders ON orders.id = gifts.order_id
         WHERE gifts.member_id = ? OR (gifts.email = ? AND gifts.member_id IS NULL) ORDER BY gifts.order_id",
        &[member.email.as_str().into(), member.id.as_str().into(), member.email.as_str().into()],
    )?;
    let gift = |row: &Row| {
        Ok(OwnGift {
            order: row.parse(0)?,
            scope: row.parse(1)?,
            email: row.optional_text(2)?.map(str::to_owned),
            message: row.optional_text(3)?.map(str::to_owned),
            accepted_at: row.optional_integer(4)?.map(Timestamp),
        })
    };
    rows.iter().map(gift).collect()
}

/// What may be long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Section {
    /// What the member ordered.
    Orders,
    /// Seats that the member offered to others.
    Seats,
    /// Mails to the member.
    Letters,
    /// What the audit log says about the member, and of what they did.
    Log,
}

/// Reads one page of something that may be long.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadPersonPage {
    /// Who.
    pub member: MemberId,
    /// Of what.
    pub section: Section,
    /// The key of the last row that is known; empty for the first page.
    pub after: String,
    /// The most rows; never more than 500.
    pub limit: i64,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonPage {
    /// The rows, by their keys.
    pub rows: Vec<PersonRow>,
    /// The key after which to go on; nothing when this was the last page.
    pub next: Option<String>,
}

/// One row of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PersonRow {
    /// An order.
    Order(Box<OwnOrder>),
    /// A seat that was offered to somebody.
    Seat(OfferedSeat),
    /// A mail.
    Letter(SentLetter),
    /// Something that was done.
    Log(AuditRow),
}

/// An order with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnOrder {
    /// The order.
    pub order: Order,
    /// The code that made it cheaper.
    pub code: Option<OfferCode>,
    /// Of a gift: the address of whom it is for.
    pub gift_email: Option<String>,
    /// Of a gift: what the member wrote.
    pub gift_message: Option<String>,
    /// Of a gift: when it was taken.
    pub gift_accepted_at: Option<Timestamp>,
}

/// A seat that was offered to an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedSeat {
    /// Its key.
    pub id: String,
    /// The team.
    pub order: OrderId,
    /// The address, as the member typed it.
    pub email: String,
    /// When.
    pub invited_at: Timestamp,
    /// When it was taken.
    pub accepted_at: Option<Timestamp>,
}

/// A mail that was sent or is to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentLetter {
    /// Its key.
    pub id: String,
    /// What kind of mail.
    pub kind: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When the mail server took it.
    pub sent_at: Option<Timestamp>,
}

impl PersonRow {
    /// What rows are sorted by, and pages cut at.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Order(own) => own.order.id.to_string(),
            Self::Seat(seat) => seat.id.clone(),
            Self::Letter(letter) => letter.id.clone(),
            Self::Log(row) => row.seq.to_string(),
        }
    }
}

/// The most rows of one page.
const MAX_ROWS: i64 = 500;

impl ReadPersonPage {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<PersonPage, SqlError> {
        let rows = match self.section {
            Section::Orders => self.orders(sql)?,
            Section::Seats => self.seats(sql)?,
            Section::Letters => self.letters(sql)?,
            Section::Log => self.log(sql)?,
        };
        Ok(self.page(rows))
    }

    /// How many rows a page has.
    pub(crate) fn size(&self) -> i64 {
        self.limit.clamp(1, MAX_ROWS)
    }

    /// The page of these rows, of which there may be one too many.
    pub(crate) fn page(&self, mut rows: Vec<PersonRow>) -> PersonPage {
        let size = usize::try_from(self.size()).unwrap_or(1);
        let has_more = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| has_more).map(PersonRow::key);
        PersonPage { rows, next }
    }

    /// The number of the row in the log after which the page begins.
    pub(crate) fn after_seq(&self) -> i64 {
        self.after.parse().unwrap_or(0)
    }

    fn id(&self) -> Value {
        self.member.as_str().into()
    }

    /// One more than the page has, so that its end is known.
    fn arguments(&self) -> [Value; 3] {
        [self.id(), self.after.as_str().into(), (self.size() + 1).into()]
    }

    fn orders(&self, sql: &mut impl Sql) -> Result<Vec<PersonRow>, SqlError> {
        let statement = format!(
            "SELECT {ORDER_COLUMNS}, redemptions.offer, gifts.email, gifts.message, gifts.accepted_at FROM orders
             LEFT JOIN redemptions ON redemptions.order_id = orders.id LEFT JOIN gifts ON gifts.order_id = orders.id
             WHERE orders.member_id = ? AND orders.id > ? ORDER BY orders.id LIMIT ?"
        );
        let own = |row: &Row| {
            let text = |column| row.optional_text(N_ORDER_COLUMNS + column);
            let code = text(0)?.map(str::parse).transpose().map_err(SqlError::corrupt)?;
            let (gift_email, gift_message) = (text(1)?.map(str::to_owned), text(2)?.map(str::to_owned));
            let gift_accepted_at = row.optional_integer(N_ORDER_COLUMNS + 3)?.map(Timestamp);
            let order = order(row)?;
            Ok(PersonRow::Order(Box::new(OwnOrder {
                order,
                code,
                gift_email,
                gift_message,
                gift_accepted_at,
            })))
        };
        sql.query(&statement, &self.arguments())?.iter().map(own).collect()
    }

    fn seats(&self, sql: &mut impl Sql) -> Result<Vec<PersonRow>, SqlError> {
        let statement = "SELECT seats.id, seats.order_id, seats.email, seats.invited_at, seats.accepted_at
             FROM seats JOIN orders ON orders.id = seats.order_id
             WHERE orders.member_id = ? AND seats.id > ? ORDER BY seats.id LIMIT ?";
        let seat = |row: &Row| {
            Ok(PersonRow::Seat(OfferedSeat {
                id: row.text(0)?.to_owned(),
                order: row.parse(1)?,
                email: row.text(2)?.to_owned(),
                invited_at: Timestamp(row.integer(3)?),
                accepted_at: row.optional_integer(4)?.map(Timestamp),
            }))
        };
        sql.query(statement, &self.arguments())?.iter().map(seat).collect()
    }

    fn letters(&self, sql: &mut impl Sql) -> Result<Vec<PersonRow>, SqlError> {
        let statement = "SELECT id, kind, created_at, sent_at FROM outbox
             WHERE member_id = ? AND id > ? ORDER BY id LIMIT ?";
        let letter = |row: &Row| {
            Ok(PersonRow::Letter(SentLetter {
                id: row.text(0)?.to_owned(),
                kind: row.text(1)?.to_owned(),
                created_at: Timestamp(row.integer(2)?),
                sent_at: row.optional_integer(3)?.map(Timestamp),
            }))
        };
        sql.query(statement, &self.arguments())?.iter().map(letter).collect()
    }

    /// Two looks at two indexes, because one look at both would read the whole log.
    fn log(&self, sql: &mut impl Sql) -> Result<Vec<PersonRow>, SqlError> {
        let statement = "SELECT seq, at, actor, action, subject, detail, hash FROM audit WHERE seq IN (
                 SELECT seq FROM audit WHERE subject = ? AND seq > ?
                 UNION SELECT seq FROM audit WHERE actor = ? AND seq > ? ORDER BY seq LIMIT ?)
             ORDER BY seq";
        let subject: Value = member_subject(&self.member).into();
        let after: Value = self.after_seq().into();
        let arguments = [subject.clone(), after.clone(), subject, after, (self.size() + 1).into()];
        let rows = sql.query(statement, &arguments)?;
        rows.iter().map(|row| AuditRow::read(row).map(PersonRow::Log)).collect()
    }
}
