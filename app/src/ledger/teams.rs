//! Teams: one order of several seats, and who has them.
//!
//! The buyer of the order runs the team, with those of `managers.rs`. A seat begins as an invitation to an address and is taken by the member with
//! that address. `place` counts acceptances; who came first stays when the team pays for fewer seats. Rows that are
//! taken back are deleted, so an invitation that we signed and that is not here was withdrawn.

use lyceum_contract::id::{MemberId, OrderId, SeatId};
use lyceum_contract::manifest::Language;
use lyceum_contract::{Timestamp, paths};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::account::{Member, entitlements_of, member_by_id};
use super::assignments::{Assignment, assignments_of, forget_seat};
use super::audit::{Actor, Entry, append};
use super::managers::{Manager, Runs, is_manager, manager_role, managers_of, revoked, team_of, teams_of};
use super::notice::{Door, Notice};
use super::orders::Order;
use super::outbox::{Letter, Recipient, enqueue};
use super::roles::take;
use super::settle::entitle;
use super::sql::{Row, Sql, SqlError};
use super::team_end::{ended_letter, has};
use crate::money::standing;
use crate::token;

const DAY_SECONDS: i64 = 86_400;
/// How many letters a team may cause in a day, for each seat that is paid. An address gets one a day at most.
const MAX_LETTERS_PER_SEAT: u32 = 3;

/// Whether what the order buys can be read at `now`, by those who have a part in it.
pub(crate) fn is_live(order: &Order, now: Timestamp) -> bool {
    standing(order.price.term, &order.settlement).until().is_some_and(|until| now < until)
}

/// The condition of [`count`] for seats that somebody has.
pub(super) const IS_TAKEN: &str = "AND member_id IS NOT NULL";

pub(super) fn count(sql: &mut impl Sql, condition: &str, order: &OrderId) -> Result<u32, SqlError> {
    let statement = format!("SELECT COUNT(*) FROM seats WHERE order_id = ? {condition}");
    let rows = sql.query(&statement, &[order.as_str().into()])?;
    let n_rows = rows.first().map_or(Ok(0), |row| row.integer(0))?;
    u32::try_from(n_rows).map_err(SqlError::corrupt)
}

/// The seat of an address in a team. The same each time, so that an invitation that is withdrawn and offered again is
/// the one in the first letter.
pub(crate) fn seat_id(order: &OrderId, email: &str) -> Option<SeatId> {
    token::hash(&["ly/seat/1", order.as_str(), email]).get(..32)?.parse().ok()
}

/// Offers a seat to an address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InviteToSeat {
    /// The team.
    pub order: OrderId,
    /// Who asks.
    pub manager: MemberId,
    /// The seat: the same for the same address in the same team.
    pub id: SeatId,
    /// The address, checked and in lower case.
    pub email: String,
    /// The language of the page, for the letter.
    pub language: Option<Language>,
    /// The time of the request.
    pub now: Timestamp,
}

/// What became of an invitation. Says nothing about who has an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inviting {
    /// The letter is on its way.
    Sent,
    /// The invitation stands, and today's letter about it was posted before.
    SentToday,
    /// This address has a seat of the team.
    Taken,
    /// Every seat that is paid has been given or offered.
    Full {
        /// How many those are.
        n_seats: u32,
    },
    /// Too many letters in a day.
    TooMany,
    /// The team gives nothing now: not paid yet, ended, or paid back.
    NotPaid,
    /// There is no such team, or somebody else runs it.
    NotYours,
}

impl InviteToSeat {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Inviting, SqlError> {
        let Some((order, _)) = team_of(sql, &self.order, &self.manager)? else {
            return Ok(Inviting::NotYours);
        };
        if !is_live(&order, self.now) {
            return Ok(Inviting::NotPaid);
        }
        let known = sql.query(
            "SELECT id, member_id FROM seats WHERE order_id = ? AND email = ?",
            &[order.id.as_str().into(), self.email.as_str().into()],
        )?;
        let seat = match known.first() {
            Some(row) if row.optional_text(1)?.is_some() => return Ok(Inviting::Taken),
            Some(row) => Some(row.parse::<SeatId>(0)?),
            None => None,
        };
        if seat.is_none() && count(sql, "", &order.id)? >= order.n_seats() {
            return Ok(Inviting::Full { n_seats: order.n_seats() });
        }
        let id = seat.as_ref().unwrap_or(&self.id);
        let manager = member_by_id(sql, &self.manager)?.ok_or_else(|| SqlError::corrupt("no manager"))?;
        let letter = invitation_letter((&order, &manager), id, &self);
        let is_posted =
            !sql.query("SELECT 1 FROM outbox WHERE id = ?", &[letter.id.as_str().into()])?.is_empty();
        if !is_posted && self.n_letters(sql)? >= max_letters(&order) {
            return Ok(Inviting::TooMany);
        }
        if seat.is_none() {
            self.insert(sql)?;
        }
        enqueue(sql, &letter)?;
        Ok(if is_posted { Inviting::SentToday } else { Inviting::Sent })
    }

    fn insert(&self, sql: &mut impl Sql) -> Result<(), SqlError> {
        sql.query(
            "INSERT INTO seats (id, order_id, email, invited_at) VALUES (?, ?, ?, ?)",
            &[
                self.id.as_str().into(),
                self.order.as_str().into(),
                self.email.as_str().into(),
                self.now.0.into(),
            ],
        )
        .map(drop)
    }

    /// The letters of the last day.
    fn n_letters(&self, sql: &mut impl Sql) -> Result<i64, SqlError> {
        let start = invitation_prefix(&self.order);
        // A semicolon is the next character after a colon.
        let end = format!("team-invitation:{};", self.order);
        let since = self.now.0 - DAY_SECONDS;
        let statement = "SELECT COUNT(*) FROM outbox WHERE id >= ? AND id < ? AND created_at > ?";
        let rows = sql.query(statement, &[start.into(), end.into(), since.into()])?;
        rows.first().map_or(Ok(0), |row| row.integer(0))
    }
}

/// What the letters that invite to a team are named after.
pub(crate) fn invitation_prefix(order: &OrderId) -> String {
    format!("team-invitation:{order}:")
}

/// The most letters that a team may cause in a day.
pub(crate) fn max_letters(order: &Order) -> i64 {
    i64::from(order.n_seats()) * i64::from(MAX_LETTERS_PER_SEAT)
}

/// The letter of today about an invitation.
pub(crate) fn invitation_letter(
    (order, manager): (&Order, &Member),
    id: &SeatId,
    command: &InviteToSeat,
) -> Letter {
    let door = Door { page: paths::TEAM_JOIN.to_owned(), id: id.to_string() };
    let day = command.now.0.div_euclid(DAY_SECONDS);
    Letter {
        id: format!("{}{id}:{day}", invitation_prefix(&order.id)),
        to: Recipient::Address { email: command.email.clone(), language: command.language.clone() },
        notice: Notice::TeamInvitation { team: host(manager), door },
        created_at: command.now,
        due_at: command.now,
    }
}

/// Who invites. The address is the part that nobody can make up.
pub(crate) fn host(manager: &Member) -> String {
    match &manager.name {
        Some(name) => format!("{name} ({})", manager.email),
        None => manager.email.clone(),
    }
}

/// What the log says about a seat: about its member, or about the team when nobody had it.
pub(crate) fn seat_entry(
    action: &'static str,
    (by, order, now): (Actor, &OrderId, Timestamp),
    seat: &SeatId,
    member: Option<&MemberId>,
) -> Entry {
    let detail = json!({ "order": order.as_str(), "seat": seat.as_str() });
    match member {
        Some(member) => Entry::about_member(now, by, action, member, detail),
        None => Entry { at: now, actor: by, action, subject: format!("order:{order}"), detail },
    }
}

/// Takes a seat back, or an invitation that nobody has accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RevokeSeat {
    /// The team.
    pub order: OrderId,
    /// Who asks.
    pub manager: MemberId,
    /// Which.
    pub seat: SeatId,
    /// The time of the request.
    pub now: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Revoking {
    /// The seat is free, and whoever had it has it no more. A manager who had it runs the team no more.
    Done,
    /// A manager has it, and another one asks: that is for the buyer.
    BuyerOnly,
    /// There is no such seat in the team.
    Gone,
    /// There is no such team, or somebody else runs it.
    NotYours,
}

impl RevokeSeat {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Revoking, SqlError> {
        let Some((order, runs)) = team_of(sql, &self.order, &self.manager)? else {
            return Ok(Revoking::NotYours);
        };
        let key = [self.seat.as_str().into(), order.id.as_str().into()];
        let statement = "SELECT member_id, place FROM seats WHERE id = ? AND order_id = ?";
        let rows = sql.query(statement, &key)?;
        let Some(row) = rows.first() else { return Ok(Revoking::Gone) };
        let member: Option<MemberId> =
            row.optional_text(0)?.map(str::parse).transpose().map_err(SqlError::corrupt)?;
        let is_managers = match &member {
            Some(member) => is_manager(sql, &order.id, member)?,
            None => false,
        };
        let is_above = is_managers || member.as_ref() == Some(&order.member);
        if runs == Runs::Manager && is_above && member.as_ref() != Some(&self.manager) {
            return Ok(Revoking::BuyerOnly);
        }
        let before = match &member {
            Some(member) => entitlements_of(sql, member, self.now)?,
            None => Vec::new(),
        };
        sql.query("DELETE FROM seats WHERE id = ? AND order_id = ?", &key)?;
        forget_seat(sql, &self.seat)?;
        let by = Actor::Member(self.manager.clone());
        append(sql, &seat_entry("seat.revoke", (by, &order.id, self.now), &self.seat, member.as_ref()))?;
        if let Some(member) = &member {
            if let Some(role) = manager_role(&order.id).filter(|_| is_managers) {
                take(sql, member, &role)?;
                append(sql, &revoked(&self.manager, member, role, self.now).entry())?;
            }
            entitle(sql, member, self.now)?;
            self.entitle_later_ones(sql, row)?;
            let after = entitlements_of(sql, member, self.now)?;
            if has(&before, &order) && !has(&after, &order) {
                let buyer = member_by_id(sql, &order.member)?.as_ref().map(host);
                enqueue(sql, &ended_letter(&order, (&self.seat, member), buyer, self.now))?;
            }
        }
        Ok(Revoking::Done)
    }

    /// Whoever came later moves up, and may have a seat that is paid for now.
    fn entitle_later_ones(&self, sql: &mut impl Sql, seat: &Row) -> Result<(), SqlError> {
        let later = sql.query(
            "SELECT member_id FROM seats WHERE order_id = ? AND member_id IS NOT NULL AND place > ? ORDER BY place",
            &[self.order.as_str().into(), seat.integer(1)?.into()],
        )?;
        for row in &later {
            entitle(sql, &row.parse(0)?, self.now)?;
        }
        Ok(())
    }
}

/// Reads a team.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadTeam {
    /// The team.
    pub order: OrderId,
    /// Who asks.
    pub manager: MemberId,
}

/// A team as its manager sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// What was bought.
    pub order: Order,
    /// By which right whoever asks runs it.
    pub runs: Runs,
    /// Who has a seat, first come first; then the invitations, oldest first.
    pub seats: Vec<Seat>,
    /// Who runs it besides the buyer, by address.
    pub managers: Vec<Manager>,
    /// What it is asked to learn, the most urgent first.
    pub assignments: Vec<Assignment>,
}

/// One seat of a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The seat.
    pub id: SeatId,
    /// The address that was invited.
    pub email: String,
    /// The name of whoever has it.
    pub name: Option<String>,
    /// The address of their account, by which the buyer makes them a manager; nothing for the buyer, who runs the team.
    pub account: Option<String>,
    /// When the address was invited.
    pub invited_at: Timestamp,
    /// When it was taken; nothing for an open invitation.
    pub accepted_at: Option<Timestamp>,
    /// Whether it is taken but not paid for, because the team gave seats back.
    pub is_beyond: bool,
}

/// How far the seats of a team are used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamSummary {
    /// What was bought.
    pub order: Order,
    /// How many seats are taken.
    pub n_taken: u32,
    /// How many invitations wait.
    pub n_invited: u32,
}

impl ReadTeam {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<Team>, SqlError> {
        let Some((order, runs)) = team_of(sql, &self.order, &self.manager)? else { return Ok(None) };
        let rows = sql.query(
            "SELECT seats.id, seats.email, members.name, seats.invited_at, seats.accepted_at,
                 CASE WHEN seats.member_id <> ? THEN members.email END
             FROM seats LEFT JOIN members ON members.id = seats.member_id WHERE seats.order_id = ?
             ORDER BY seats.place IS NULL, seats.place, seats.invited_at, seats.email",
            &[order.member.as_str().into(), order.id.as_str().into()],
        )?;
        let mut seats = Vec::with_capacity(rows.len());
        for (row, rank) in rows.iter().zip(0..) {
            seats.push(seat(row, rank >= order.n_seats())?);
        }
        let managers = managers_of(sql, &order.id)?;
        let assignments = assignments_of(sql, &order.id)?;
        Ok(Some(Team { order, runs, seats, managers, assignments }))
    }
}

fn seat(row: &Row, is_late: bool) -> Result<Seat, SqlError> {
    let accepted_at = row.optional_integer(4)?.map(Timestamp);
    Ok(Seat {
        id: row.parse(0)?,
        email: row.text(1)?.to_owned(),
        name: row.optional_text(2)?.map(str::to_owned),
        account: row.optional_text(5)?.map(str::to_owned),
        invited_at: Timestamp(row.integer(3)?),
        accepted_at,
        is_beyond: is_late && accepted_at.is_some(),
    })
}

/// Lists the teams that a member runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListTeams {
    /// Who.
    pub member: MemberId,
}

impl ListTeams {
    /// Those that were bought, newest first.
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Vec<TeamSummary>, SqlError> {
        let mut teams = Vec::new();
        for order in teams_of(sql, &self.member)? {
            if order.settlement.is_bought() {
                let n_taken = count(sql, IS_TAKEN, &order.id)?;
                let n_invited = count(sql, "AND member_id IS NULL", &order.id)?;
                teams.push(TeamSummary { order, n_taken, n_invited });
            }
        }
        Ok(teams)
    }
}
