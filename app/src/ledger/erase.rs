//! Members who leave.
//!
//! Orders, the audit log and the uses of codes stay for the books, under the member's id. So the row of the member stays
//! too, as an id without a person: no address, no name, no pseudonym by which events could be found. Everything else
//! that says who they were goes in one transaction. Comments lie in another store, and are looked for until none is left.

use lyceum_contract::Timestamp;
use lyceum_contract::id::{MemberId, OrderId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::account::{Member, member_by_id};
use super::assigned::{AboutAssignment, assigned_prefix};
use super::audit::{Actor, Entry, append};
use super::managers::teams_of;
use super::notice::Notice;
use super::offers::{PAGE_SECONDS, is_open};
use super::orders::{Order, Purpose, orders_of};
use super::roles::{is_last_owner, roles_of};
use super::settle::{entitle, store_settlement};
use super::sql::{Row, Sql, SqlError, Value};
use super::teams::{invitation_prefix, is_live};
use crate::money::{Progress, SubscriptionStatus};
use crate::role::Role;

/// Asks what stands in the way of erasing a member.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadErasure {
    /// Who.
    pub member: MemberId,
    /// The time of the request.
    pub now: Timestamp,
}

/// What stands in the way of erasing a member, and what has to be ended first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Nobody else owns the academy.
    pub is_last_owner: bool,
    /// Teams of theirs in which others have seats.
    pub teams: Vec<Order>,
    /// Subscriptions that may be charged again.
    pub running: Vec<Order>,
    /// Orders that can still be paid. They do not stand in the way, but nobody should pay for them afterwards.
    pub open: Vec<Order>,
}

impl Erasure {
    /// Whether the member cannot be erased now.
    pub fn is_blocked(&self) -> bool {
        self.is_last_owner || !self.teams.is_empty() || !self.running.is_empty()
    }
}

impl ReadErasure {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<Erasure>, SqlError> {
        if member_by_id(sql, &self.member)?.is_none() {
            return Ok(None);
        }
        erasure(sql, &self.member, self.now).map(Some)
    }
}

fn erasure(sql: &mut impl Sql, member: &MemberId, now: Timestamp) -> Result<Erasure, SqlError> {
    let is_owner = roles_of(sql, member)?.iter().any(|role| role.role() == Role::Owner);
    let mut found = Erasure { is_last_owner: is_owner && is_last_owner(sql)?, ..Erasure::default() };
    for order in orders_of(sql, member)? {
        if order.purpose == Purpose::Team && is_live(&order, now) && has_others(sql, &order)? {
            found.teams.push(order.clone());
        }
        if is_running(&order) {
            found.running.push(order);
        } else if is_payable(&order, now) {
            found.open.push(order);
        }
    }
    Ok(found)
}

/// Whether somebody else than the buyer has a seat.
fn has_others(sql: &mut impl Sql, order: &Order) -> Result<bool, SqlError> {
    let statement =
        "SELECT 1 FROM seats WHERE order_id = ? AND member_id IS NOT NULL AND member_id <> ? LIMIT 1";
    let arguments = [order.id.as_str().into(), order.member.as_str().into()];
    Ok(!sql.query(statement, &arguments)?.is_empty())
}

/// Whether a subscription may be charged again.
pub(crate) fn is_running(order: &Order) -> bool {
    let Progress::Subscribed(subscription) = &order.settlement.progress else { return false };
    !matches!(subscription.status, SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired)
}

/// Whether the payment page of an order may still be open.
pub(crate) fn is_payable(order: &Order, now: Timestamp) -> bool {
    is_open(order) && now < order.created_at.plus_seconds(PAGE_SECONDS)
}

/// Erases a member.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EraseMember {
    /// Who does it: the member, or the owner at the command line.
    pub by: Actor,
    /// Who.
    pub member: MemberId,
    /// The time of the request.
    pub now: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Erased {
    /// They are gone.
    Done,
    /// They are not, because of this.
    Blocked(Box<Erasure>),
    /// Whoever asked has no right to it.
    NotAllowed,
    /// There is no such member.
    NoMember,
}

impl EraseMember {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Erased, SqlError> {
        if !self.is_allowed() {
            return Ok(Erased::NotAllowed);
        }
        let Some(member) = member_by_id(sql, &self.member)? else { return Ok(Erased::NoMember) };
        let erasure = erasure(sql, &self.member, self.now)?;
        if erasure.is_blocked() {
            return Ok(Erased::Blocked(Box::new(erasure)));
        }
        // Before their roles go, which say what teams they run.
        for team in teams_run_by(sql, &member.id)? {
            for prefix in asking_prefixes(&team) {
                unsign_letters(sql, &prefix)?;
            }
        }
        unsign_named(sql, &member.email)?;
        sql.query("DELETE FROM challenges WHERE email = ?", &[member.email.as_str().into()])?;
        for statement in BY_MEMBER {
            sql.query(statement, &[member.id.as_str().into()])?;
        }
        for statement in BY_MEMBER_OR_EMAIL {
            sql.query(statement, &[member.id.as_str().into(), member.email.as_str().into()])?;
        }
        self.forget_texts(sql)?;
        self.entomb(sql)?;
        self.free_seats(sql, &member)?;
        append(sql, &self.entry())?;
        Ok(Erased::Done)
    }

    /// A member erases themselves, and the command line anybody.
    pub(crate) fn is_allowed(&self) -> bool {
        match &self.by {
            Actor::OwnerCli => true,
            Actor::Member(by) => *by == self.member,
            Actor::Processor | Actor::System => false,
        }
    }

    pub(crate) fn entry(&self) -> Entry {
        Entry::about_member(self.now, self.by.clone(), "member.erase", &self.member, json!({}))
    }

    /// What their orders say of people: the links to receipts, and letters that wait with their name in them.
    fn forget_texts(&self, sql: &mut impl Sql) -> Result<(), SqlError> {
        for mut order in orders_of(sql, &self.member)? {
            if order.settlement.names.receipt_url.take().is_some() {
                store_settlement(sql, &order)?;
            }
            match order.purpose {
                Purpose::Own => {}
                Purpose::Gift => unsign_gift_letter(sql, &order)?,
                Purpose::Team => {
                    let start = invitation_prefix(&order.id);
                    drop_waiting(sql, &start)?;
                }
            }
        }
        drop_waiting(sql, &email_changed_prefix(&self.member))
    }

    /// Leaves an id without a person.
    fn entomb(&self, sql: &mut impl Sql) -> Result<(), SqlError> {
        let (id, now): (Value, Value) = (self.member.as_str().into(), self.now.0.into());
        sql.query(
            "UPDATE members SET email = 'erased:' || id, pseudonym = 'erased:' || id, name = NULL, language = NULL,
                 mail_settings = '', created_at = ?, signed_in_at = NULL, erased_at = ?, sweep_at = ? WHERE id = ?",
            &[now.clone(), now.clone(), now, id],
        )
        .map(drop)
    }

    /// Gives back their seats, withdraws invitations to their address, and dissolves their teams, in which nobody else
    /// reads anything.
    fn free_seats(&self, sql: &mut impl Sql, member: &Member) -> Result<(), SqlError> {
        let id: Value = self.member.as_str().into();
        let own =
            sql.query("SELECT order_id, place FROM seats WHERE member_id = ?", std::slice::from_ref(&id))?;
        let statement = "SELECT member_id FROM seats WHERE member_id IS NOT NULL AND member_id <> ?
             AND order_id IN (SELECT id FROM orders WHERE member_id = ?)";
        let mut others = members(&sql.query(statement, &[id.clone(), id.clone()])?)?;
        let gone = "seats WHERE member_id = ? OR (email = ? AND member_id IS NULL)
             OR order_id IN (SELECT id FROM orders WHERE member_id = ?)";
        let arguments = [id.clone(), member.email.as_str().into(), id.clone()];
        // The name of a seat is a hash of its address.
        sql.query(&format!("DELETE FROM assignees WHERE seat_id IN (SELECT id FROM {gone})"), &arguments)?;
        sql.query(&format!("DELETE FROM {gone}"), &arguments)?;
        // Somebody else may have taken a seat when the address was theirs.
        let statement = "UPDATE seats SET email = 'erased:' || ? WHERE email = ?";
        sql.query(statement, &[id, member.email.as_str().into()])?;
        for seat in &own {
            let statement =
                "SELECT member_id FROM seats WHERE order_id = ? AND place > ? AND member_id IS NOT NULL";
            let later = sql.query(statement, &[seat.text(0)?.into(), seat.integer(1)?.into()])?;
            others.extend(members(&later)?);
        }
        for other in &others {
            entitle(sql, other, self.now)?;
        }
        Ok(())
    }
}

/// What is theirs by their id alone.
const BY_MEMBER: [&str; 9] = [
    // What they asked for at other addresses still counts against the mails of an hour, but leads nowhere.
    "UPDATE challenges SET used_at = COALESCE(used_at, created_at), member_id = NULL WHERE member_id = ?",
    "DELETE FROM sessions WHERE member_id = ?",
    "DELETE FROM passkeys WHERE member_id = ?",
    "DELETE FROM identities WHERE member_id = ?",
    "DELETE FROM roles WHERE member_id = ?",
    "DELETE FROM entitlements WHERE member_id = ?",
    "DELETE FROM wrong_codes WHERE member_id = ?",
    // A paid question that waits goes on waiting, and is paid back at its deadline.
    "UPDATE questions SET question = '', answer = NULL WHERE member_id = ?",
    "UPDATE gifts SET email = NULL, message = NULL, language = NULL
         WHERE order_id IN (SELECT id FROM orders WHERE member_id = ?)",
];

/// What is theirs by their id or by their address.
const BY_MEMBER_OR_EMAIL: [&str; 2] = [
    "DELETE FROM outbox WHERE member_id = ? OR email = ?",
    "UPDATE gifts SET email = NULL, message = NULL, language = NULL WHERE member_id = ? OR email = ?",
];

fn members(rows: &[Row]) -> Result<Vec<MemberId>, SqlError> {
    rows.iter().map(|row| row.parse(0)).collect()
}

/// Drops letters that wait and whose ids start with this, which ends with a colon.
fn drop_waiting(sql: &mut impl Sql, prefix: &str) -> Result<(), SqlError> {
    // A semicolon is the next character after a colon.
    let end = format!("{};", prefix.trim_end_matches(':'));
    let statement = "DELETE FROM outbox WHERE id >= ? AND id < ? AND next_at IS NOT NULL";
    sql.query(statement, &[prefix.into(), end.into()]).map(drop)
}

/// What the letters to old addresses of a member are named after.
pub(crate) fn email_changed_prefix(member: &MemberId) -> String {
    format!("email-changed:{member}:")
}

/// A gift that was paid arrives, but says no longer from whom.
fn unsign_gift_letter(sql: &mut impl Sql, order: &Order) -> Result<(), SqlError> {
    let id = format!("gift:{}", order.id);
    let rows = sql
        .query("SELECT id, notice FROM outbox WHERE id = ? AND notice IS NOT NULL", &[id.as_str().into()])?;
    rows.iter().try_for_each(|row| unsign(sql, row))
}

/// The teams that they bought or are managers of, and those for which they asked somebody to learn something.
fn teams_run_by(sql: &mut impl Sql, member: &MemberId) -> Result<Vec<OrderId>, SqlError> {
    let mut teams: Vec<OrderId> = teams_of(sql, member)?.into_iter().map(|order| order.id).collect();
    let statement = "SELECT DISTINCT order_id FROM assignments WHERE made_by = ?";
    for row in &sql.query(statement, &[member.as_str().into()])? {
        teams.push(row.parse(0)?);
    }
    teams.sort();
    teams.dedup();
    Ok(teams)
}

/// What letters that ask a team to learn something are named after.
pub(crate) fn asking_prefixes(team: &OrderId) -> [String; 2] {
    [assigned_prefix(team), format!("assignment-due:{team}:")]
}

/// Letters that wait and whose ids start with this, which ends with a colon, say no longer from whom they are.
fn unsign_letters(sql: &mut impl Sql, prefix: &str) -> Result<(), SqlError> {
    let end = format!("{};", prefix.trim_end_matches(':'));
    let statement = "SELECT id, notice FROM outbox WHERE id >= ? AND id < ? AND notice IS NOT NULL";
    let rows = sql.query(statement, &[prefix.into(), end.into()])?;
    rows.iter().try_for_each(|row| unsign(sql, row))
}

/// The same for every letter that waits and names this address.
fn unsign_named(sql: &mut impl Sql, email: &str) -> Result<(), SqlError> {
    let statement = "SELECT id, notice FROM outbox WHERE next_at IS NOT NULL AND instr(notice, ?) > 0";
    let rows = sql.query(statement, &[email.into()])?;
    rows.iter().try_for_each(|row| unsign(sql, row))
}

fn unsign(sql: &mut impl Sql, row: &Row) -> Result<(), SqlError> {
    let notice = lyceum_contract::json::from_slice::<Notice>(row.text(1)?.as_bytes()).ok().map(unsigned);
    let notice =
        notice.map(|notice| serde_json::to_string(&notice)).transpose().map_err(SqlError::corrupt)?;
    sql.query("UPDATE outbox SET notice = ? WHERE id = ?", &[notice.into(), row.text(0)?.into()]).map(drop)
}

/// A notice without the words and the name of whoever gives or asks.
pub(crate) fn unsigned(notice: Notice) -> Notice {
    match notice {
        Notice::GiftReceived { scope, door, .. } => {
            Notice::GiftReceived { from: None, message: None, scope, door }
        }
        Notice::TeamInvitation { door, .. } => Notice::TeamInvitation { team: String::new(), door },
        Notice::SeatEnded { scope, .. } => Notice::SeatEnded { scope, host: None },
        Notice::Assigned(about) => Notice::Assigned(AboutAssignment { by: None, ..about }),
        Notice::AssignmentDue(about) => Notice::AssignmentDue(AboutAssignment { by: None, ..about }),
        other => other,
    }
}

/// Lists erased members whose comments have to be looked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListSweeps {
    /// The time.
    pub now: Timestamp,
    /// At most so many, 1 to 100.
    pub limit: u32,
}

/// Somebody whose comments have to be looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// Who.
    pub member: MemberId,
    /// When they were erased.
    pub erased_at: Timestamp,
}

impl ListSweeps {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Vec<Sweep>, SqlError> {
        let statement = "SELECT id, erased_at FROM members WHERE sweep_at <= ? AND erased_at IS NOT NULL
             ORDER BY sweep_at, id LIMIT ?";
        let rows = sql.query(statement, &[self.now.0.into(), i64::from(self.limit.min(100)).into()])?;
        rows.iter()
            .map(|row| Ok(Sweep { member: row.parse(0)?, erased_at: Timestamp(row.integer(1)?) }))
            .collect()
    }
}

/// Says when the comments of an erased member are looked for again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SettleSweep {
    /// Who.
    pub member: MemberId,
    /// When; nothing when none can be left.
    pub next_at: Option<Timestamp>,
}

impl SettleSweep {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        let arguments = [self.next_at.map(|at| at.0).into(), self.member.as_str().into()];
        sql.query("UPDATE members SET sweep_at = ? WHERE id = ? AND erased_at IS NOT NULL", &arguments)
            .map(drop)
    }
}
