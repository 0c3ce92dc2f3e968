//! Who is what to the academy, and the commands that change it.

use lyceum_contract::id::MemberId;
use lyceum_contract::{Slug, Timestamp};
use serde::{Deserialize, Serialize};

use super::account::{MEMBER_COLUMNS, Member, N_MEMBER_COLUMNS, member};
use super::audit::{Actor, Entry, append};
use super::sql::{Row, Sql, SqlError, Value};
use crate::role::{Role, StaffRole};

/// A scope is a course, or the team of a team manager; empty when the role counts everywhere.
pub(super) const SCHEMA: [&str; 2] = [
    "CREATE TABLE roles (
        member_id TEXT NOT NULL REFERENCES members (id), role TEXT NOT NULL, scope TEXT NOT NULL,
        created_at INTEGER NOT NULL, PRIMARY KEY (member_id, role, scope)) STRICT, WITHOUT ROWID",
    "CREATE INDEX roles_by_role ON roles (role, scope)",
];

/// A role as one text.
const ROLE_TEXT: &str = "CASE roles.scope WHEN '' THEN roles.role ELSE roles.role || ':' || roles.scope END";
/// The most rows of a list of staff.
const MAX_STAFF: i64 = 1_000;

/// What the member is, in the order of the names. A role that this program does not know counts for nothing.
pub(super) fn roles_of(sql: &mut impl Sql, member: &MemberId) -> Result<Vec<StaffRole>, SqlError> {
    let statement = format!("SELECT {ROLE_TEXT} AS text FROM roles WHERE member_id = ? ORDER BY text");
    let rows = sql.query(&statement, &[member.as_str().into()])?;
    let mut roles = Vec::with_capacity(rows.len());
    for row in &rows {
        roles.extend(row.text(0)?.parse());
    }
    Ok(roles)
}

/// Who answers for an instructor: the members with that role, or the owners where nobody has it.
pub(super) fn helpers(sql: &mut impl Sql, instructor: &Slug) -> Result<Vec<MemberId>, SqlError> {
    let statement = "SELECT member_id FROM roles WHERE role = ? AND scope = ? ORDER BY member_id LIMIT 20";
    let mut found = sql.query(statement, &["instructor".into(), instructor.as_str().into()])?;
    if found.is_empty() {
        found = sql.query(statement, &["owner".into(), "".into()])?;
    }
    found.iter().map(|row| row.parse(0)).collect()
}

/// What became of something that staff wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// It is so now.
    Done,
    /// It was so before; nothing was recorded.
    Unchanged,
    /// Whoever asked has no right to it, as the Ledger knows them.
    NotAllowed,
    /// There is no such member.
    NoMember,
    /// The last owner stays.
    LastOwner,
}

/// Whether somebody may run the academy: everybody at the command line, and members who are an owner, or an admin where
/// no owner is needed. What programs do by themselves is no reason to change a right.
pub(super) fn may_run(sql: &mut impl Sql, by: &Actor, needs_owner: bool) -> Result<bool, SqlError> {
    let member = match by {
        Actor::OwnerCli => return Ok(true),
        Actor::Processor | Actor::System => return Ok(false),
        Actor::Member(member) => member,
    };
    let roles = roles_of(sql, member)?;
    let runs = |role: &StaffRole| match role.role() {
        Role::Owner => true,
        Role::Admin => !needs_owner,
        _ => false,
    };
    Ok(roles.iter().any(runs))
}

pub(super) fn is_member(sql: &mut impl Sql, id: &MemberId) -> Result<bool, SqlError> {
    let statement = "SELECT 1 FROM members WHERE id = ? AND erased_at IS NULL";
    Ok(!sql.query(statement, &[id.as_str().into()])?.is_empty())
}

/// Whether there is one owner at most.
pub(super) fn is_last_owner(sql: &mut impl Sql) -> Result<bool, SqlError> {
    Ok(sql.query("SELECT 1 FROM roles WHERE role = 'owner' LIMIT 2", &[])?.len() < 2)
}

/// Gives a member a role. Owners and admins are made by owners only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GrantRole {
    /// Who gives it.
    pub by: Actor,
    /// Who gets it.
    pub member: MemberId,
    /// What.
    pub role: StaffRole,
    /// Why, for the log: no names or addresses.
    pub reason: String,
    /// The time of the request.
    pub now: Timestamp,
}

impl GrantRole {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Change, SqlError> {
        if !may_run(sql, &self.by, self.role.needs_owner())? {
            return Ok(Change::NotAllowed);
        }
        if !is_member(sql, &self.member)? {
            return Ok(Change::NoMember);
        }
        if roles_of(sql, &self.member)?.contains(&self.role) {
            return Ok(Change::Unchanged);
        }
        give(sql, &self.member, &self.role, self.now)?;
        append(sql, &self.entry())?;
        Ok(Change::Done)
    }

    pub(crate) fn entry(&self) -> Entry {
        entry("role.grant", (&self.by, &self.member, self.now), &self.role, &self.reason)
    }
}

/// Takes a role away. The last owner stays one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RevokeRole {
    /// Who takes it.
    pub by: Actor,
    /// Who loses it.
    pub member: MemberId,
    /// What.
    pub role: StaffRole,
    /// Why, for the log: no names or addresses.
    pub reason: String,
    /// The time of the request.
    pub now: Timestamp,
}

impl RevokeRole {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Change, SqlError> {
        if !may_run(sql, &self.by, self.role.needs_owner())? {
            return Ok(Change::NotAllowed);
        }
        if !is_member(sql, &self.member)? {
            return Ok(Change::NoMember);
        }
        if !roles_of(sql, &self.member)?.contains(&self.role) {
            return Ok(Change::Unchanged);
        }
        if self.role.role() == Role::Owner && is_last_owner(sql)? {
            return Ok(Change::LastOwner);
        }
        take(sql, &self.member, &self.role)?;
        append(sql, &self.entry())?;
        Ok(Change::Done)
    }

    pub(crate) fn entry(&self) -> Entry {
        entry("role.revoke", (&self.by, &self.member, self.now), &self.role, &self.reason)
    }
}

/// Records a role that the member does not have.
pub(super) fn give(
    sql: &mut impl Sql,
    member: &MemberId,
    role: &StaffRole,
    now: Timestamp,
) -> Result<(), SqlError> {
    let [member, role, scope] = key(member, role);
    sql.query(
        "INSERT INTO roles (member_id, role, scope, created_at) VALUES (?, ?, ?, ?)",
        &[member, role, scope, now.0.into()],
    )
    .map(drop)
}

pub(super) fn take(sql: &mut impl Sql, member: &MemberId, role: &StaffRole) -> Result<(), SqlError> {
    let statement = "DELETE FROM roles WHERE member_id = ? AND role = ? AND scope = ?";
    sql.query(statement, &key(member, role)).map(drop)
}

pub(super) fn has_role(sql: &mut impl Sql, member: &MemberId, role: &StaffRole) -> Result<bool, SqlError> {
    let statement = "SELECT 1 FROM roles WHERE member_id = ? AND role = ? AND scope = ?";
    Ok(!sql.query(statement, &key(member, role))?.is_empty())
}

fn key(member: &MemberId, role: &StaffRole) -> [Value; 3] {
    let scope = role.scope().map_or("", |scope| scope.as_str());
    [member.as_str().into(), role.role().name().into(), scope.into()]
}

fn entry(
    action: &'static str,
    (by, member, now): (&Actor, &MemberId, Timestamp),
    role: &StaffRole,
    reason: &str,
) -> Entry {
    let detail = serde_json::json!({ "role": role.to_string(), "reason": reason });
    Entry::about_member(now, by.clone(), action, member, detail)
}

/// Lists everybody who has a role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListStaff {
    /// Only who has a role in this course or team.
    pub scope: Option<String>,
}

/// Somebody with a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMember {
    /// Who.
    pub member: Member,
    /// What.
    pub role: StaffRole,
}

impl ListStaff {
    /// One row for each role, by address, then role.
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Vec<StaffMember>, SqlError> {
        let statement = format!(
            "SELECT {MEMBER_COLUMNS}, {ROLE_TEXT} AS text FROM roles JOIN members ON members.id = roles.member_id
             WHERE ? IS NULL OR roles.scope = ? ORDER BY members.email, text LIMIT ?"
        );
        let scope = Value::from(self.scope);
        let rows = sql.query(&statement, &[scope.clone(), scope, MAX_STAFF.into()])?;
        let staff = |row: &Row| Ok(StaffMember { member: member(row)?, role: row.parse(N_MEMBER_COLUMNS)? });
        rows.iter().map(staff).collect()
    }
}
