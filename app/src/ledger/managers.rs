//! Who runs a team: whoever bought its seats, and those whom the buyer names.
//!
//! A manager has the role `team-manager:<order>`, which the command line gives and takes like every other role. The buyer
//! names people who have a seat: an address without one is answered alike whether it has an account or not.

use lyceum_contract::Timestamp;
use lyceum_contract::id::{MemberId, OrderId};
use serde::{Deserialize, Serialize};

use super::account::member_by_email;
use super::audit::{Actor, append};
use super::orders::{ORDER_COLUMNS, Order, Purpose, order, order_by_id, orders_of};
use super::roles::{GrantRole, RevokeRole, give, has_role, is_member, take};
use super::sql::{Row, Sql, SqlError};
use crate::role::{Role, StaffRole};

/// By which right somebody runs a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Runs {
    /// They bought it. Whoever did always runs it.
    Buyer,
    /// The buyer, or the academy, made them a manager.
    Manager,
}

/// The role of the managers of a team.
pub(crate) fn manager_role(team: &OrderId) -> Option<StaffRole> {
    StaffRole::new(Role::TeamManager, team.as_str().parse().ok())
}

/// The team with this order and by which right this member runs it; nothing for everybody else.
pub(super) fn team_of(
    sql: &mut impl Sql,
    id: &OrderId,
    member: &MemberId,
) -> Result<Option<(Order, Runs)>, SqlError> {
    let Some(order) = order_by_id(sql, id)?.filter(|order| order.purpose == Purpose::Team) else {
        return Ok(None);
    };
    // Whoever was erased runs nothing.
    if !is_member(sql, member)? {
        return Ok(None);
    }
    if order.member == *member {
        return Ok(Some((order, Runs::Buyer)));
    }
    Ok(is_manager(sql, id, member)?.then_some((order, Runs::Manager)))
}

pub(super) fn is_manager(sql: &mut impl Sql, team: &OrderId, member: &MemberId) -> Result<bool, SqlError> {
    manager_role(team).map_or(Ok(false), |role| has_role(sql, member, &role))
}

/// The teams that a member runs, whether they are paid or not, newest first.
pub(super) fn teams_of(sql: &mut impl Sql, member: &MemberId) -> Result<Vec<Order>, SqlError> {
    if !is_member(sql, member)? {
        return Ok(Vec::new());
    }
    let statement = format!(
        "SELECT {ORDER_COLUMNS} FROM roles JOIN orders ON orders.id = roles.scope
         WHERE roles.member_id = ? AND roles.role = 'team-manager' AND orders.member_id <> roles.member_id"
    );
    let managed = sql.query(&statement, &[member.as_str().into()])?;
    let mut teams = orders_of(sql, member)?;
    for row in &managed {
        teams.push(order(row)?);
    }
    teams.retain(|order| order.purpose == Purpose::Team);
    teams.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
    Ok(teams)
}

/// Names somebody with a seat a manager of the team, or takes that back. The buyer's right alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NameManager {
    /// The team.
    pub order: OrderId,
    /// Who asks.
    pub buyer: MemberId,
    /// Whom, by the address of their account.
    pub email: String,
    /// Whether they are to be one from now on.
    pub is_manager: bool,
    /// The time of the request.
    pub now: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Naming {
    /// It is so now.
    Done,
    /// It was so before.
    Unchanged,
    /// Nobody with this address has a seat, so nobody can be named.
    NoSeat,
    /// There is no such team, or somebody else bought it.
    NotYours,
}

impl NameManager {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Naming, SqlError> {
        let team = team_of(sql, &self.order, &self.buyer)?;
        let (Some((order, Runs::Buyer)), Some(role)) = (team, manager_role(&self.order)) else {
            return Ok(Naming::NotYours);
        };
        // The buyer needs no role to run what is theirs.
        let member = member_by_email(sql, &self.email)?.filter(|member| member.id != order.member);
        let Some(member) = member else { return Ok(Naming::NoSeat) };
        match (self.is_manager, has_role(sql, &member.id, &role)?) {
            (true, true) => Ok(Naming::Unchanged),
            (false, false) if has_seat(sql, &order.id, &member.id)? => Ok(Naming::Unchanged),
            (false, false) => Ok(Naming::NoSeat),
            (true, false) if !has_seat(sql, &order.id, &member.id)? => Ok(Naming::NoSeat),
            (true, false) => {
                give(sql, &member.id, &role, self.now)?;
                append(sql, &self.granted(&member.id, role).entry())?;
                Ok(Naming::Done)
            }
            (false, true) => {
                take(sql, &member.id, &role)?;
                append(sql, &self.revoked(&member.id, role).entry())?;
                Ok(Naming::Done)
            }
        }
    }

    /// The log says the same as when the academy gives the role.
    pub(crate) fn granted(&self, member: &MemberId, role: StaffRole) -> GrantRole {
        let (by, reason) = (Actor::Member(self.buyer.clone()), NAMED.to_owned());
        GrantRole { by, member: member.clone(), role, reason, now: self.now }
    }

    pub(crate) fn revoked(&self, member: &MemberId, role: StaffRole) -> RevokeRole {
        revoked(&self.buyer, member, role, self.now)
    }
}

/// Why, in the log.
const NAMED: &str = "by whoever runs the team";

/// What is logged when somebody who runs a team takes the role of a manager back.
pub(crate) fn revoked(by: &MemberId, member: &MemberId, role: StaffRole, now: Timestamp) -> RevokeRole {
    let (by, reason) = (Actor::Member(by.clone()), NAMED.to_owned());
    RevokeRole { by, member: member.clone(), role, reason, now }
}

fn has_seat(sql: &mut impl Sql, team: &OrderId, member: &MemberId) -> Result<bool, SqlError> {
    let statement = "SELECT 1 FROM seats WHERE order_id = ? AND member_id = ?";
    Ok(!sql.query(statement, &[team.as_str().into(), member.as_str().into()])?.is_empty())
}

/// Somebody whom the buyer or the academy made a manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manager {
    /// Their address.
    pub email: String,
    /// What they want to be called.
    pub name: Option<String>,
}

/// The managers of a team besides its buyer, by address.
pub(super) fn managers_of(sql: &mut impl Sql, team: &OrderId) -> Result<Vec<Manager>, SqlError> {
    let rows = sql.query(
        "SELECT members.email, members.name FROM roles JOIN members ON members.id = roles.member_id
         WHERE roles.role = 'team-manager' AND roles.scope = ? ORDER BY members.email",
        &[team.as_str().into()],
    )?;
    let manager = |row: &Row| {
        Ok(Manager { email: row.text(0)?.to_owned(), name: row.optional_text(1)?.map(str::to_owned) })
    };
    rows.iter().map(manager).collect()
}
