//! Tells those with a seat that what the team paid for has ended, and whom to ask.

use lyceum_contract::id::{MemberId, SeatId};
use lyceum_contract::{Entitlement, Timestamp};

use super::account::{entitlements_of, member_by_id};
use super::notice::Notice;
use super::orders::{Order, Purpose};
use super::outbox::{Letter, enqueue};
use super::sql::{Row, Sql, SqlError};
use super::teams::{host, is_live};
use crate::money::standing;

/// How old news may be: what a long outage left behind is no news any more.
const NEWS_SECONDS: i64 = 30 * 86_400;

/// What happened to the access that a team's order gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TeamAccess {
    /// It is there, so an end will be news.
    Lives,
    /// It ended not long ago.
    HasJustEnded,
    /// There was none, or it ended long ago: nobody is told.
    IsOver,
}

pub(crate) fn team_access(order: &Order, now: Timestamp) -> TeamAccess {
    if is_live(order, now) {
        return TeamAccess::Lives;
    }
    let ended_at = standing(order.price.term, &order.settlement).until();
    let is_news = ended_at.is_none_or(|at| now < at.plus_seconds(NEWS_SECONDS));
    if order.settlement.is_bought() && is_news { TeamAccess::HasJustEnded } else { TeamAccess::IsOver }
}

/// Brings the seats of a team up to date with what became of its order: each end is told once to whoever could read
/// until then and has it by nothing else. To be called after the entitlements were.
pub(super) fn follow(sql: &mut impl Sql, order: &Order, now: Timestamp) -> Result<(), SqlError> {
    if order.purpose != Purpose::Team {
        return Ok(());
    }
    let id = [order.id.as_str().into()];
    let access = team_access(order, now);
    if access == TeamAccess::Lives {
        let statement = "UPDATE seats SET told_at = NULL WHERE order_id = ? AND told_at IS NOT NULL";
        return sql.query(statement, &id).map(drop);
    }
    let statement = "SELECT id, member_id, told_at FROM seats WHERE order_id = ? AND member_id IS NOT NULL ORDER BY place";
    let holders = sql.query(statement, &id)?;
    let buyer = member_by_id(sql, &order.member)?.as_ref().map(host);
    for (row, rank) in holders.iter().zip(0..) {
        if row.optional_integer(2)?.is_some() {
            continue;
        }
        let (seat, member) = holder(row)?;
        let arguments = [now.0.into(), seat.as_str().into()];
        sql.query("UPDATE seats SET told_at = ? WHERE id = ?", &arguments)?;
        let held = entitlements_of(sql, &member, now)?;
        if access == TeamAccess::HasJustEnded && rank < order.n_seats() && !has(&held, order) {
            enqueue(sql, &ended_letter(order, (&seat, &member), buyer.clone(), now))?;
        }
    }
    Ok(())
}

fn holder(row: &Row) -> Result<(SeatId, MemberId), SqlError> {
    Ok((row.parse(0)?, row.parse(1)?))
}

/// Whether somebody may read what the order buys.
pub(crate) fn has(held: &[Entitlement], order: &Order) -> bool {
    held.iter().any(|held| held.scope == *order.scope_now())
}

/// Tells somebody that what they could read with a seat has ended.
pub(crate) fn ended_letter(
    order: &Order,
    (seat, member): (&SeatId, &MemberId),
    host: Option<String>,
    now: Timestamp,
) -> Letter {
    let notice = Notice::SeatEnded { scope: order.scope_now().clone(), host };
    Letter::to_member(format!("seat-ended:{seat}:{}", now.0), member, notice, now)
}
