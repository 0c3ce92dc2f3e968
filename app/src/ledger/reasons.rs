//! Why a member may read something, as the account says it.

use lyceum_contract::Timestamp;
use lyceum_contract::id::MemberId;
use serde::{Deserialize, Serialize};

use super::sql::{Row, Sql, SqlError};

/// What gives an entitlement. Ordered as they are named when several reach as far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// An order of their own.
    Bought,
    /// A seat of a team.
    Seat,
    /// A gift.
    Gift,
    /// The academy: somebody of its staff.
    Given,
}

/// The reason for each entitlement of the member, by scope as [`super::account::entitlements_of`] lists them: of several
/// entitlements to one scope the reason of the longest.
pub(super) fn reasons_of(
    sql: &mut impl Sql,
    member: &MemberId,
    now: Timestamp,
) -> Result<Vec<Reason>, SqlError> {
    let rows = sql.query(
        "SELECT entitlements.scope, CASE orders.purpose WHEN 'own' THEN 0 WHEN 'team' THEN 1 WHEN 'gift' THEN 2 ELSE 3 END
         FROM entitlements LEFT JOIN orders ON orders.id = substr(source, 7) AND source LIKE 'order:%'
         WHERE entitlements.member_id = ? AND (until IS NULL OR until > ?)
         ORDER BY entitlements.scope, until IS NOT NULL, until DESC, 2",
        &[member.as_str().into(), now.0.into()],
    )?;
    let mut last: Option<&str> = None;
    let mut reasons = Vec::new();
    for row in &rows {
        let scope = row.text(0)?;
        if last != Some(scope) {
            reasons.push(reason(row)?);
            last = Some(scope);
        }
    }
    Ok(reasons)
}

fn reason(row: &Row) -> Result<Reason, SqlError> {
    match row.integer(1)? {
        0 => Ok(Reason::Bought),
        1 => Ok(Reason::Seat),
        2 => Ok(Reason::Gift),
        3 => Ok(Reason::Given),
        _ => Err(SqlError::corrupt("a reason that there is not")),
    }
}
