//! Seats: what an invitation offers, and how it is taken.

use lyceum_contract::id::{MemberId, SeatId};
use lyceum_contract::{Entitlement, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use super::account::{Member, entitlements_of, member_by_id};
use super::assigned::tell_newcomer;
use super::audit::{Actor, append};
use super::orders::{Order, order_by_id};
use super::settle::entitle;
use super::sql::{Sql, SqlError};
use super::teams::{IS_TAKEN, count, host, is_live, seat_entry};

/// What the holder of an invitation may do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeatState {
    /// Take the seat.
    Open,
    /// Nothing: the seat is theirs.
    Yours,
    /// Nothing: it is for another address than theirs.
    OtherAddress,
    /// Nothing: they have another seat of this team.
    AlreadyIn,
    /// Nothing: every seat that is paid is taken.
    Full,
    /// Nothing: the team gives nothing now.
    Ended,
}

/// An invitation and everything that decides about it.
struct Invited {
    order: Order,
    email: String,
    member: Option<MemberId>,
}

fn invited(sql: &mut impl Sql, id: &SeatId) -> Result<Option<Invited>, SqlError> {
    let statement = "SELECT order_id, email, member_id FROM seats WHERE id = ?";
    let rows = sql.query(statement, &[id.as_str().into()])?;
    let Some(row) = rows.first() else { return Ok(None) };
    let order =
        order_by_id(sql, &row.parse(0)?)?.ok_or_else(|| SqlError::corrupt("a seat without a team"))?;
    let member = row.optional_text(2)?.map(str::parse).transpose().map_err(SqlError::corrupt)?;
    Ok(Some(Invited { order, email: row.text(1)?.to_owned(), member }))
}

impl Invited {
    /// What this member may do with it; nobody is somebody whose address is not known yet.
    fn state(
        &self,
        sql: &mut impl Sql,
        member: Option<&Member>,
        now: Timestamp,
    ) -> Result<SeatState, SqlError> {
        if let Some(member) = member {
            if self.member.as_ref() == Some(&member.id) {
                return Ok(SeatState::Yours);
            }
            if self.member.is_some() || member.email != self.email {
                return Ok(SeatState::OtherAddress);
            }
            let condition = "SELECT 1 FROM seats WHERE order_id = ? AND member_id = ?";
            let arguments = [self.order.id.as_str().into(), member.id.as_str().into()];
            if !sql.query(condition, &arguments)?.is_empty() {
                return Ok(SeatState::AlreadyIn);
            }
        }
        if !is_live(&self.order, now) {
            return Ok(SeatState::Ended);
        }
        let n_taken = count(sql, IS_TAKEN, &self.order.id)?;
        let is_full = self.member.is_none() && n_taken >= self.order.n_seats();
        Ok(if is_full { SeatState::Full } else { SeatState::Open })
    }
}

/// Reads an invitation. Changes nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadInvitation {
    /// The seat.
    pub id: SeatId,
    /// Who looks, if they are signed in.
    pub member: Option<MemberId>,
    /// The time of the request.
    pub now: Timestamp,
}

/// What an invitation offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Who invites.
    pub host: String,
    /// What can be read with the seat.
    pub scope: Scope,
    /// The address that was invited.
    pub email: String,
    /// What whoever looks may do.
    pub state: SeatState,
}

impl ReadInvitation {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<Invitation>, SqlError> {
        let Some(seat) = invited(sql, &self.id)? else { return Ok(None) };
        let member = self.member.map(|id| member_by_id(sql, &id)).transpose()?.flatten();
        let state = seat.state(sql, member.as_ref(), self.now)?;
        let manager = member_by_id(sql, &seat.order.member)?;
        let host = manager.as_ref().map(host).unwrap_or_default();
        Ok(Some(Invitation { host, scope: seat.order.scope_now().clone(), email: seat.email, state }))
    }
}

/// Takes the seat of an invitation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AcceptSeat {
    /// The seat.
    pub id: SeatId,
    /// Who takes it.
    pub member: MemberId,
    /// The time of the request.
    pub now: Timestamp,
}

/// What became of an acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Joining {
    /// The seat is theirs, since now or since before; this is what they may read.
    Joined(Vec<Entitlement>),
    /// Why not.
    Refused(SeatState),
    /// The invitation was withdrawn.
    Gone,
}

impl AcceptSeat {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Joining, SqlError> {
        let (seat, member) = (invited(sql, &self.id)?, member_by_id(sql, &self.member)?);
        let (Some(seat), Some(member)) = (seat, member) else { return Ok(Joining::Gone) };
        match seat.state(sql, Some(&member), self.now)? {
            SeatState::Yours => {}
            SeatState::Open => self.take(sql, &seat.order)?,
            refusal => return Ok(Joining::Refused(refusal)),
        }
        entitlements_of(sql, &self.member, self.now).map(Joining::Joined)
    }

    fn take(&self, sql: &mut impl Sql, order: &Order) -> Result<(), SqlError> {
        sql.query(
            "UPDATE seats SET member_id = ?, accepted_at = ?,
                 place = (SELECT COALESCE(MAX(earlier.place), 0) + 1 FROM seats AS earlier WHERE earlier.order_id = ?)
             WHERE id = ?",
            &[
                self.member.as_str().into(),
                self.now.0.into(),
                order.id.as_str().into(),
                self.id.as_str().into(),
            ],
        )?;
        entitle(sql, &self.member, self.now)?;
        tell_newcomer(sql, &order.id, (&self.id, &self.member), self.now)?;
        let by = Actor::Member(self.member.clone());
        append(sql, &seat_entry("seat.accept", (by, &order.id, self.now), &self.id, Some(&self.member)))
    }
}
