//! What a team is asked to learn, and until when.
//!
//! An assignment names a course or a track, a day, and either everybody with a seat of the team or some of them. It keeps
//! the name that the course had then, so that nothing here needs the site. Whoever is asked is told by mail once, and
//! reminded once for each day that it was to be done by; a letter that is not true any more when it leaves is not sent.

use std::collections::BTreeMap;

use lyceum_contract::Timestamp;
use lyceum_contract::id::{AssignmentId, MemberId, OrderId, SeatId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::account::member_by_id;
use super::assigned::{letters_about, max_assigned_letters, n_letters, n_new};
use super::audit::{Actor, Entry, append};
use super::learning::{Due, Learning};
use super::managers::team_of;
use super::orders::Order;
use super::outbox::{Letter, enqueue};
use super::sql::{Row, Sql, SqlError};
use super::teams::{host, is_live};

pub(super) const SCHEMA: [&str; 5] = [
    // When whoever has the seat was told that the team's access has ended; null while it lives.
    "ALTER TABLE seats ADD COLUMN told_at INTEGER",
    // `all_since`: everybody with a seat is asked since then; null when only those in `assignees` are. Whoever made it
    // may be gone, so there is no reference.
    "CREATE TABLE assignments (
        id TEXT PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders (id), what TEXT NOT NULL, name TEXT NOT NULL,
        path TEXT NOT NULL, due_on TEXT NOT NULL, due_at INTEGER NOT NULL, made_by TEXT NOT NULL,
        created_at INTEGER NOT NULL, all_since INTEGER) STRICT",
    "CREATE INDEX assignments_by_order ON assignments (order_id, due_at)",
    "CREATE TABLE assignees (
        assignment_id TEXT NOT NULL, seat_id TEXT NOT NULL, since INTEGER NOT NULL,
        PRIMARY KEY (assignment_id, seat_id)) STRICT, WITHOUT ROWID",
    "CREATE INDEX assignees_by_seat ON assignees (seat_id)",
];

/// The most assignments of a team at a time.
pub(crate) const MAX_ASSIGNMENTS: u32 = 50;

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asked {
    /// Everybody with a seat, now and later.
    All,
    /// Those with these seats.
    Seats(Vec<SeatId>),
}

/// Asks a team to learn something by a day, or changes the day and who is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Assign {
    /// The team.
    pub order: OrderId,
    /// Who asks.
    pub manager: MemberId,
    /// The assignment: one that is there is changed.
    pub id: AssignmentId,
    /// What. Of one that is there it stays as it was.
    pub learning: Learning,
    /// By when.
    pub due: Due,
    /// Of whom.
    pub asked: Asked,
    /// The time of the request.
    pub now: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Assigning {
    /// It is so now.
    Done,
    /// None of the seats is of the team.
    Nobody,
    /// The team has as many as it may have.
    TooMany,
    /// Too many letters in a day.
    TooManyLetters,
    /// The team gives nothing now: not paid yet, ended, or paid back.
    NotPaid,
    /// There is no such team, or somebody else runs it.
    NotYours,
}

/// Something that a team is asked to learn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The assignment.
    pub id: AssignmentId,
    /// What.
    pub learning: Learning,
    /// By when.
    pub due: Due,
    /// Who asked first.
    pub made_by: MemberId,
    /// Since when all are asked; nothing when only some are.
    pub all_since: Option<Timestamp>,
    /// Since when these seats were asked by themselves.
    pub seats: BTreeMap<SeatId, Timestamp>,
}

impl Assignment {
    /// Since when whoever has this seat is asked; nothing when they are not.
    pub fn since(&self, seat: &SeatId) -> Option<Timestamp> {
        self.seats.get(seat).copied().or(self.all_since)
    }

    /// The same for others. Who was asked before is asked since then.
    pub(crate) fn ask(&mut self, asked: Asked, now: Timestamp) {
        match asked {
            Asked::All => self.all_since = self.all_since.or(Some(now)),
            Asked::Seats(seats) => {
                self.seats =
                    seats.into_iter().map(|seat| (seat.clone(), self.since(&seat).unwrap_or(now))).collect();
                self.all_since = None;
            }
        }
    }
}

impl Assign {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Assigning, SqlError> {
        let Some((order, _)) = team_of(sql, &self.order, &self.manager)? else {
            return Ok(Assigning::NotYours);
        };
        if !is_live(&order, self.now) {
            return Ok(Assigning::NotPaid);
        }
        let known = assignments_of(sql, &order.id)?;
        let is_new = known.iter().all(|assignment| assignment.id != self.id);
        if is_new && is_taken(sql, &self.id)? {
            return Ok(Assigning::NotYours);
        }
        if is_new && known.len() >= MAX_ASSIGNMENTS as usize {
            return Ok(Assigning::TooMany);
        }
        let seats = seats_of(sql, &order.id)?;
        let Some(asked) = self.asked_of(&seats) else { return Ok(Assigning::Nobody) };
        let known = known.into_iter().find(|assignment| assignment.id == self.id);
        let mut assignment = known.unwrap_or_else(|| self.assignment());
        assignment.due = self.due;
        assignment.ask(asked, self.now);
        let letters = self.letters(sql, &order, &assignment, &seats)?;
        if n_letters(sql, &order.id, self.now)? + n_new(sql, &letters)? > max_assigned_letters(&order) {
            return Ok(Assigning::TooManyLetters);
        }
        store(sql, &order.id, &assignment, self.now)?;
        append(sql, &self.entry(&assignment))?;
        for letter in &letters {
            enqueue(sql, letter)?;
        }
        Ok(Assigning::Done)
    }

    /// Those of the seats that the team has; nothing when that is nobody.
    pub(crate) fn asked_of(&self, seats: &[SeatHolder]) -> Option<Asked> {
        let Asked::Seats(wanted) = &self.asked else { return Some(Asked::All) };
        let is_there = |seat: &&SeatId| seats.iter().any(|(known, _)| known == *seat);
        let found: Vec<SeatId> = wanted.iter().filter(is_there).cloned().collect();
        (!found.is_empty()).then_some(Asked::Seats(found))
    }

    /// As it is before anybody is asked.
    pub(crate) fn assignment(&self) -> Assignment {
        Assignment {
            id: self.id.clone(),
            learning: self.learning.clone(),
            due: self.due,
            made_by: self.manager.clone(),
            all_since: None,
            seats: BTreeMap::new(),
        }
    }

    fn letters(
        &self,
        sql: &mut impl Sql,
        order: &Order,
        assignment: &Assignment,
        seats: &[SeatHolder],
    ) -> Result<Vec<Letter>, SqlError> {
        let by = member_by_id(sql, &assignment.made_by)?.as_ref().map(host);
        Ok(seats
            .iter()
            .filter_map(|(seat, holder)| Some((seat, holder.as_ref()?)))
            .flat_map(|reader| letters_about(&order.id, assignment, by.as_deref(), reader, self.now))
            .collect())
    }

    pub(crate) fn entry(&self, assignment: &Assignment) -> Entry {
        let n_seats = assignment.all_since.is_none().then_some(assignment.seats.len());
        let detail = json!({
            "assignment": self.id, "what": assignment.learning.what, "due": self.due.day, "n_seats": n_seats,
        });
        entry("team.assign", (&self.manager, &self.order, self.now), detail)
    }
}

fn entry(
    action: &'static str,
    (by, order, now): (&MemberId, &OrderId, Timestamp),
    detail: serde_json::Value,
) -> Entry {
    Entry { at: now, actor: Actor::Member(by.clone()), action, subject: format!("order:{order}"), detail }
}

/// A seat, and whoever has it.
pub(crate) type SeatHolder = (SeatId, Option<MemberId>);

fn seats_of(sql: &mut impl Sql, order: &OrderId) -> Result<Vec<SeatHolder>, SqlError> {
    let statement = "SELECT id, member_id FROM seats WHERE order_id = ? ORDER BY id";
    let seat = |row: &Row| {
        let holder = row.optional_text(1)?.map(str::parse).transpose().map_err(SqlError::corrupt)?;
        Ok((row.parse(0)?, holder))
    };
    sql.query(statement, &[order.as_str().into()])?.iter().map(seat).collect()
}

fn is_taken(sql: &mut impl Sql, id: &AssignmentId) -> Result<bool, SqlError> {
    Ok(!sql.query("SELECT 1 FROM assignments WHERE id = ?", &[id.as_str().into()])?.is_empty())
}

fn store(
    sql: &mut impl Sql,
    order: &OrderId,
    assignment: &Assignment,
    now: Timestamp,
) -> Result<(), SqlError> {
    let Assignment { id, learning, due, made_by, all_since, seats } = assignment;
    let name = serde_json::to_string(&learning.name).map_err(SqlError::corrupt)?;
    sql.query(
        "INSERT INTO assignments (id, order_id, what, name, path, due_on, due_at, made_by, created_at, all_since)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
         SET due_on = excluded.due_on, due_at = excluded.due_at, all_since = excluded.all_since",
        &[
            id.as_str().into(),
            order.as_str().into(),
            learning.what.to_string().into(),
            name.into(),
            learning.path.as_str().into(),
            due.day.to_string().into(),
            due.ends_at.0.into(),
            made_by.as_str().into(),
            now.0.into(),
            all_since.map(|since| since.0).into(),
        ],
    )?;
    sql.query("DELETE FROM assignees WHERE assignment_id = ?", &[id.as_str().into()])?;
    for (seat, since) in seats {
        sql.query(
            "INSERT INTO assignees (assignment_id, seat_id, since) VALUES (?, ?, ?)",
            &[id.as_str().into(), seat.as_str().into(), since.0.into()],
        )?;
    }
    Ok(())
}

pub(super) const COLUMNS: &str = "assignments.id, assignments.what, assignments.name, assignments.path, assignments.due_on, \
     assignments.due_at, assignments.made_by, assignments.all_since";

/// How many columns those are.
pub(super) const N_COLUMNS: usize = 8;

pub(super) fn assignment(row: &Row) -> Result<Assignment, SqlError> {
    Ok(Assignment {
        id: row.parse(0)?,
        learning: learning(row)?,
        due: Due { day: row.parse(4)?, ends_at: Timestamp(row.integer(5)?) },
        made_by: row.parse(6)?,
        all_since: row.optional_integer(7)?.map(Timestamp),
        seats: BTreeMap::new(),
    })
}

fn learning(row: &Row) -> Result<Learning, SqlError> {
    let name = serde_json::from_str(row.text(2)?).map_err(SqlError::corrupt)?;
    Ok(Learning { what: row.parse(1)?, name, path: row.text(3)?.to_owned() })
}

/// What the team is asked to learn, the most urgent first.
pub(super) fn assignments_of(sql: &mut impl Sql, order: &OrderId) -> Result<Vec<Assignment>, SqlError> {
    let statement = format!("SELECT {COLUMNS} FROM assignments WHERE order_id = ? ORDER BY due_at, id");
    let rows = sql.query(&statement, &[order.as_str().into()])?;
    let mut found: Vec<Assignment> = rows.iter().map(assignment).collect::<Result<_, _>>()?;
    let rows = sql.query(
        "SELECT assignees.assignment_id, assignees.seat_id, assignees.since FROM assignments
         JOIN assignees ON assignees.assignment_id = assignments.id WHERE assignments.order_id = ?",
        &[order.as_str().into()],
    )?;
    for row in &rows {
        let id = row.text(0)?;
        if let Some(assignment) = found.iter_mut().find(|assignment| assignment.id.as_str() == id) {
            assignment.seats.insert(row.parse(1)?, Timestamp(row.integer(2)?));
        }
    }
    Ok(found)
}

/// Nobody is asked any more by a seat that was taken back.
pub(super) fn forget_seat(sql: &mut impl Sql, seat: &SeatId) -> Result<(), SqlError> {
    sql.query("DELETE FROM assignees WHERE seat_id = ?", &[seat.as_str().into()]).map(drop)
}

/// Withdraws what a team is asked to learn.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WithdrawAssignment {
    /// The team.
    pub order: OrderId,
    /// Who asks.
    pub manager: MemberId,
    /// Which.
    pub id: AssignmentId,
    /// The time of the request.
    pub now: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Withdrawing {
    /// Nobody is asked any more.
    Done,
    /// There is no such assignment in the team.
    Gone,
    /// There is no such team, or somebody else runs it.
    NotYours,
}

impl WithdrawAssignment {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Withdrawing, SqlError> {
        if team_of(sql, &self.order, &self.manager)?.is_none() {
            return Ok(Withdrawing::NotYours);
        }
        let key = [self.id.as_str().into(), self.order.as_str().into()];
        let found = sql.query("SELECT 1 FROM assignments WHERE id = ? AND order_id = ?", &key)?;
        if found.is_empty() {
            return Ok(Withdrawing::Gone);
        }
        sql.query("DELETE FROM assignees WHERE assignment_id = ?", &[self.id.as_str().into()])?;
        sql.query("DELETE FROM assignments WHERE id = ? AND order_id = ?", &key)?;
        append(sql, &self.entry())?;
        Ok(Withdrawing::Done)
    }

    pub(crate) fn entry(&self) -> Entry {
        let detail = json!({ "assignment": self.id });
        entry("team.withdraw", (&self.manager, &self.order, self.now), detail)
    }
}
