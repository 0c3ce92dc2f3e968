//! What members are asked to learn, and the letters about it.

use lyceum_contract::Timestamp;
use lyceum_contract::id::{AssignmentId, MemberId, OrderId, SeatId};
use lyceum_contract::manifest::Localized;
use lyceum_contract::time::Date;
use serde::{Deserialize, Serialize};

use super::account::member_by_id;
use super::assignments::{Assignment, COLUMNS, N_COLUMNS, assignment, assignments_of};
use super::learning::{Due, Learning};
use super::notice::Notice;
use super::orders::{N_ORDER_COLUMNS, ORDER_COLUMNS, Order, order};
use super::outbox::{Letter, enqueue};
use super::sql::{Row, Sql, SqlError};
use super::teams::{host, is_live};

const DAY_SECONDS: i64 = 86_400;
/// How long before the end of the day somebody is reminded: in the morning of the day before the day before.
const REMINDER_SECONDS: i64 = 3 * DAY_SECONDS - 8 * 3_600;
/// How many letters about assignments a team may cause in a day, for each seat that is paid.
const MAX_LETTERS_PER_SEAT: i64 = 10;

/// What the letters about an assignment say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutAssignment {
    /// The assignment.
    pub assignment: AssignmentId,
    /// Who asks.
    #[serde(default)]
    pub by: Option<String>,
    /// The title of what is to be learned.
    pub name: Localized,
    /// Its page, without the prefix of a language.
    pub path: String,
    /// The last day.
    pub day: Date,
}

/// Lists what a member is asked to learn.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListAssigned {
    /// Who.
    pub member: MemberId,
    /// The time of the request.
    pub now: Timestamp,
}

/// Something that a member is asked to learn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// The assignment.
    pub id: AssignmentId,
    /// What.
    pub learning: Learning,
    /// By when.
    pub due: Due,
    /// Who asks, as they want to be named.
    pub by: Option<String>,
}

impl ListAssigned {
    /// The most urgent first; nothing by a team that is not paid, or that has not paid for this member's seat.
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Vec<Assigned>, SqlError> {
        let mut found = asking(sql, &self.member, None, self.now)?;
        found.sort_by(|a, b| (a.due.ends_at, &a.id).cmp(&(b.due.ends_at, &b.id)));
        let assigned = |assignment: Assignment| {
            let by = member_by_id(sql, &assignment.made_by)?.as_ref().map(host);
            Ok(Assigned { id: assignment.id, learning: assignment.learning, due: assignment.due, by })
        };
        found.into_iter().map(assigned).collect()
    }
}

/// The last day of an assignment, if this member is asked now.
pub(super) fn day_due(
    sql: &mut impl Sql,
    id: &AssignmentId,
    member: &MemberId,
    now: Timestamp,
) -> Result<Option<Date>, SqlError> {
    Ok(asking(sql, member, Some(id), now)?.first().map(|assignment| assignment.due.day))
}

/// What asks a member now: all of it, or one assignment if it does.
fn asking(
    sql: &mut impl Sql,
    member: &MemberId,
    id: Option<&AssignmentId>,
    now: Timestamp,
) -> Result<Vec<Assignment>, SqlError> {
    let statement = format!(
        "SELECT {COLUMNS}, {ORDER_COLUMNS},
             (SELECT COUNT(*) FROM seats AS earlier WHERE earlier.order_id = seats.order_id
                 AND earlier.member_id IS NOT NULL AND earlier.place < seats.place)
         FROM seats JOIN orders ON orders.id = seats.order_id JOIN assignments ON assignments.order_id = orders.id
         WHERE seats.member_id = ? AND (? IS NULL OR assignments.id = ?) AND (assignments.all_since IS NOT NULL
             OR EXISTS (SELECT 1 FROM assignees WHERE assignment_id = assignments.id AND seat_id = seats.id))"
    );
    let id = || id.map(AssignmentId::as_str).into();
    let mut found = Vec::new();
    for row in &sql.query(&statement, &[member.as_str().into(), id(), id()])? {
        let Row(columns) = row;
        let of_order = Row(columns.get(N_COLUMNS..).unwrap_or_default().to_vec());
        let order = order(&of_order)?;
        let rank = u32::try_from(of_order.integer(N_ORDER_COLUMNS)?).map_err(SqlError::corrupt)?;
        if is_live(&order, now) && rank < order.n_seats() {
            found.push(assignment(row)?);
        }
    }
    Ok(found)
}

/// The letters to whoever has a seat: that they are asked, and a reminder, as far as they are and it is not too late.
pub(crate) fn letters_about(
    order: &OrderId,
    assignment: &Assignment,
    by: Option<&str>,
    (seat, holder): (&SeatId, &MemberId),
    now: Timestamp,
) -> Vec<Letter> {
    let Assignment { id, learning, due, .. } = assignment;
    if assignment.since(seat).is_none() || now >= due.ends_at {
        return Vec::new();
    }
    let about = AboutAssignment {
        assignment: id.clone(),
        by: by.map(str::to_owned),
        name: learning.name.clone(),
        path: learning.path.clone(),
        day: due.day,
    };
    let asked = format!("{}{id}:{seat}", assigned_prefix(order));
    let mut letters = vec![Letter::to_member(asked, holder, Notice::Assigned(about.clone()), now)];
    let due_at = due.ends_at.plus_seconds(-REMINDER_SECONDS);
    if now < due_at {
        let reminder = format!("assignment-due:{order}:{id}:{seat}:{}", due.day);
        let letter = Letter::to_member(reminder, holder, Notice::AssignmentDue(about), now);
        letters.push(Letter { due_at, ..letter });
    }
    letters
}

/// What the letters that ask are named after.
pub(crate) fn assigned_prefix(order: &OrderId) -> String {
    format!("assigned:{order}:")
}

/// The most of them in a day.
pub(crate) fn max_assigned_letters(order: &Order) -> i64 {
    i64::from(order.n_seats()) * MAX_LETTERS_PER_SEAT
}

pub(super) fn n_letters(sql: &mut impl Sql, order: &OrderId, now: Timestamp) -> Result<i64, SqlError> {
    let start = assigned_prefix(order);
    // A semicolon is the next character after a colon.
    let end = format!("assigned:{order};");
    let statement = "SELECT COUNT(*) FROM outbox WHERE id >= ? AND id < ? AND created_at > ?";
    let rows = sql.query(statement, &[start.into(), end.into(), (now.0 - DAY_SECONDS).into()])?;
    rows.first().map_or(Ok(0), |row| row.integer(0))
}

/// How many of them ask somebody who was not asked before.
pub(super) fn n_new(sql: &mut impl Sql, letters: &[Letter]) -> Result<i64, SqlError> {
    let mut n_new = 0;
    for letter in letters.iter().filter(|letter| letter.id.starts_with("assigned:")) {
        let rows = sql.query("SELECT 1 FROM outbox WHERE id = ?", &[letter.id.as_str().into()])?;
        n_new += i64::from(rows.is_empty());
    }
    Ok(n_new)
}

/// Tells somebody who takes a seat what the team is asked to learn.
pub(super) fn tell_newcomer(
    sql: &mut impl Sql,
    order: &OrderId,
    reader: (&SeatId, &MemberId),
    now: Timestamp,
) -> Result<(), SqlError> {
    for assignment in assignments_of(sql, order)? {
        let by = member_by_id(sql, &assignment.made_by)?.as_ref().map(host);
        for letter in letters_about(order, &assignment, by.as_deref(), reader, now) {
            enqueue(sql, &letter)?;
        }
    }
    Ok(())
}
