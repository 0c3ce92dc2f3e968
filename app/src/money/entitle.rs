//! Entitlements as a function of what members have bought, were given and were let into.

use std::collections::BTreeMap;

use lyceum_contract::{Scope, Timestamp};

use super::standing::{Standing, standing};
use crate::ledger::Order;

/// One order, and what this member has to do with it.
#[derive(Debug, Clone)]
pub struct Fact {
    /// The order with its settlement.
    pub order: Order,
    /// How the member comes to it.
    pub share: Share,
}

/// How a member comes to what an order buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// They bought it for themselves.
    Own,
    /// It was given to them.
    Gift {
        /// When they accepted it: a pass begins then.
        accepted_at: Timestamp,
    },
    /// They have a seat.
    Seat {
        /// How many seats of the team were taken before theirs and still are.
        rank: u32,
    },
}

/// What one order gives the member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What may be read.
    pub scope: Scope,
    /// The first second at which it has ended; [`Timestamp::FOREVER`] for what is kept for good.
    pub until: Timestamp,
    /// The order that it comes from.
    pub order: lyceum_contract::id::OrderId,
}

/// What these orders give, each at most once.
///
/// A second pass for the same thing begins where the first ends, in the order in which they were paid, so that nobody
/// loses days by buying early. The result depends on the facts alone: not on their order, not on the time.
/// Cost: O(n log n).
pub fn entitlements(facts: &[Fact]) -> Vec<Held> {
    let mut held = Vec::new();
    let mut passes: BTreeMap<Scope, Vec<(Timestamp, i64, &Fact)>> = BTreeMap::new();
    for fact in facts {
        let settlement = &fact.order.settlement;
        if !has_seat(fact) {
            continue;
        }
        let scope = settlement.scope.as_ref().unwrap_or(&fact.order.scope);
        match standing(fact.order.price.term, settlement) {
            Standing::Pass { paid_at, seconds } => {
                let from = match fact.share {
                    Share::Gift { accepted_at } => paid_at.max(accepted_at),
                    Share::Own | Share::Seat { .. } => paid_at,
                };
                passes.entry(scope.clone()).or_default().push((from, seconds, fact));
            }
            other => held.extend(other.until().map(|until| Held {
                scope: scope.clone(),
                until,
                order: fact.order.id.clone(),
            })),
        }
    }
    for (scope, mut passes) in passes {
        passes.sort_by(|a, b| (a.0, &a.2.order.id).cmp(&(b.0, &b.2.order.id)));
        let mut end = Timestamp(i64::MIN);
        for (from, seconds, fact) in passes {
            end = from.max(end).plus_seconds(seconds);
            held.push(Held { scope: scope.clone(), until: end, order: fact.order.id.clone() });
        }
    }
    held.sort_by(|a, b| a.order.cmp(&b.order));
    held
}

/// Whether the team has paid for this many seats. Who came first stays, when seats are given back.
fn has_seat(fact: &Fact) -> bool {
    match fact.share {
        Share::Own | Share::Gift { .. } => true,
        Share::Seat { rank } => rank < fact.order.n_seats(),
    }
}
