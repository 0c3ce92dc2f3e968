//! Who is what to the academy.

use lyceum_contract::id::MemberId;

use super::sql::{Sql, SqlError};
use crate::role::StaffRole;

/// A scope is a course, or the team of a team manager; empty when the role counts everywhere.
pub(super) const SCHEMA: [&str; 2] = [
    "CREATE TABLE roles (
        member_id TEXT NOT NULL REFERENCES members (id), role TEXT NOT NULL, scope TEXT NOT NULL,
        created_at INTEGER NOT NULL, PRIMARY KEY (member_id, role, scope)) STRICT, WITHOUT ROWID",
    "CREATE INDEX roles_by_role ON roles (role, scope)",
];

/// What the member is, in the order of the names. A role that this program does not know counts for nothing.
pub(super) fn roles_of(sql: &mut impl Sql, member: &MemberId) -> Result<Vec<StaffRole>, SqlError> {
    let rows = sql.query(
        "SELECT CASE scope WHEN '' THEN role ELSE role || ':' || scope END AS text FROM roles
         WHERE member_id = ? ORDER BY text",
        &[member.as_str().into()],
    )?;
    let mut roles = Vec::with_capacity(rows.len());
    for row in &rows {
        roles.extend(row.text(0)?.parse());
    }
    Ok(roles)
}
