//! How a team is getting on: who has a seat, who was seen when, and what everybody is asked to learn.
//!
//! It tells of seats that are given or offered now. Whoever had one before is in no report any more: what a company may
//! see of a person ends with the seat.

use lyceum_contract::Timestamp;
use lyceum_contract::id::{MemberId, OrderId, SeatId};
use serde::{Deserialize, Serialize};

use super::assignments::{Assignment, assignments_of};
use super::managers::team_of;
use super::orders::Order;
use super::sql::{Row, Sql, SqlError};

/// Reads the report of a team.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadTeamReport {
    /// The team.
    pub order: OrderId,
    /// Who asks.
    pub manager: MemberId,
}

/// A team and its people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamReport {
    /// What was bought.
    pub order: Order,
    /// Who has a seat, first come first; then the invitations, oldest first.
    pub learners: Vec<TeamLearner>,
    /// What the team is asked to learn, the most urgent first.
    pub assignments: Vec<Assignment>,
}

/// Somebody with a seat, or an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamLearner {
    /// The seat.
    pub seat: SeatId,
    /// The address that was invited.
    pub email: String,
    /// Who has the seat.
    pub member: Option<MemberId>,
    /// What they want to be called.
    pub name: Option<String>,
    /// When the address was invited.
    pub invited_at: Timestamp,
    /// When the seat was taken.
    pub accepted_at: Option<Timestamp>,
    /// Whether the seat is taken but not paid for.
    pub is_beyond: bool,
    /// Their last visit as far as an open session says, a day more or less.
    pub seen_at: Option<Timestamp>,
}

impl TeamLearner {
    /// Since when they are asked to learn this; nothing when they are not.
    pub fn asked_since(&self, assignment: &Assignment) -> Option<Timestamp> {
        let since = assignment.since(&self.seat)?;
        Some(self.accepted_at.map_or(since, |accepted_at| since.max(accepted_at)))
    }
}

impl ReadTeamReport {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<TeamReport>, SqlError> {
        let Some((order, _)) = team_of(sql, &self.order, &self.manager)? else { return Ok(None) };
        let rows = sql.query(
            "SELECT seats.id, seats.email, seats.member_id, members.name, seats.invited_at, seats.accepted_at,
                 (SELECT MAX(seen_at) FROM sessions WHERE sessions.member_id = seats.member_id)
             FROM seats LEFT JOIN members ON members.id = seats.member_id WHERE seats.order_id = ?
             ORDER BY seats.place IS NULL, seats.place, seats.invited_at, seats.email",
            &[order.id.as_str().into()],
        )?;
        let mut learners = Vec::with_capacity(rows.len());
        for (row, rank) in rows.iter().zip(0..) {
            learners.push(learner(row, rank >= order.n_seats())?);
        }
        let assignments = assignments_of(sql, &order.id)?;
        Ok(Some(TeamReport { order, learners, assignments }))
    }
}

fn learner(row: &Row, is_late: bool) -> Result<TeamLearner, SqlError> {
    let accepted_at = row.optional_integer(5)?.map(Timestamp);
    Ok(TeamLearner {
        seat: row.parse(0)?,
        email: row.text(1)?.to_owned(),
        member: row.optional_text(2)?.map(str::parse).transpose().map_err(SqlError::corrupt)?,
        name: row.optional_text(3)?.map(str::to_owned),
        invited_at: Timestamp(row.integer(4)?),
        accepted_at,
        is_beyond: is_late && accepted_at.is_some(),
        seen_at: row.optional_integer(6)?.map(Timestamp),
    })
}
