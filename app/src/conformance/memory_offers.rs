//! The model's part for codes.

use std::collections::BTreeMap;

use lyceum_contract::id::{MemberId, OrderId};
use lyceum_contract::{OfferCode, Timestamp};

use super::memory_ledger::Books;
use crate::ledger::{
    CodeTried, MAX_WRONG, Order, PAGE_SECONDS, PlaceOrder, Placing, Purpose, Redemption, SettleOrder,
    TryCode, UNNAMED_SECONDS, Use, WRONG_SECONDS, free_entry, is_open, next_check, use_after,
};
use crate::money::{Progress, Settlement, SubscriptionStatus};

/// Which orders use which codes, and who typed wrong ones.
#[derive(Debug, Default)]
pub(super) struct Redemptions {
    /// Each with the time to which it is held; nothing for good.
    held: BTreeMap<OrderId, (OfferCode, MemberId, Option<Timestamp>)>,
    pub(super) wrong: Vec<(MemberId, Timestamp)>,
}

impl Redemptions {
    /// The code that an order uses.
    pub(super) fn code_of(&self, order: &OrderId) -> Option<OfferCode> {
        self.held.get(order).map(|(code, ..)| code.clone())
    }
}

impl Books {
    pub(super) fn place(&mut self, command: PlaceOrder) -> Placing {
        let PlaceOrder { order, redemption } = command;
        if let Some(refusal) = self.trial_refusal(&order) {
            return refusal;
        }
        if let Some(redemption) = &redemption {
            let (n_all, own) = self.uses(redemption, &order.member, order.created_at);
            let open = own.iter().find(|order| is_open(order)).cloned().map(Box::new);
            if own.len() >= redemption.per_member as usize {
                return Placing::OfferUsedByYou { open };
            }
            if redemption.limit.is_some_and(|limit| n_all >= limit as usize) {
                return Placing::OfferUsedUp { open };
            }
        }
        self.due.insert(order.id.clone(), next_check(&order, order.created_at));
        self.orders.push(order.clone());
        if let Some(redemption) = redemption {
            let until = order.created_at.plus_seconds(UNNAMED_SECONDS);
            let held = (redemption.code.clone(), order.member.clone(), Some(until));
            self.redemptions.held.insert(order.id.clone(), held);
            if order.is_free() {
                self.append(&free_entry(&order, &redemption));
                let (revision, settlement) = (order.revision, Settlement::paid(order.created_at));
                let now = order.created_at;
                self.settle(SettleOrder { id: order.id, revision, settlement, message: None, now });
            }
        }
        Placing::Placed
    }

    /// A trial is refused to whoever has bought the same, or may yet get it as a trial.
    fn trial_refusal(&self, order: &Order) -> Option<Placing> {
        order.price.trial?;
        let same = self.orders_of(&order.member).into_iter();
        let same = same.filter(|other| other.scope == order.scope && other.purpose != Purpose::Gift);
        let same: Vec<Order> = same.collect();
        if same.iter().any(|other| other.settlement.is_bought()) {
            return Some(Placing::TrialUsed);
        }
        let age = |other: &Order| order.created_at.0 - other.created_at.0;
        let waits = |other: &&Order| {
            other.price.trial.is_some()
                && match &other.settlement.progress {
                    Progress::Open if other.reference.is_some() => age(other) < PAGE_SECONDS,
                    Progress::Open => age(other) < UNNAMED_SECONDS,
                    // Not bought, so the first payment has not come; when it never will, it is no trial.
                    Progress::Subscribed(first) => first.status != SubscriptionStatus::IncompleteExpired,
                    Progress::Pending => true,
                    _ => false,
                }
        };
        let found = same.iter().find(waits)?;
        Some(Placing::TrialOpen { open: is_open(found).then(|| Box::new(found.clone())) })
    }

    /// How many orders use the code, and those of this member, the newest first.
    fn uses(&self, redemption: &Redemption, member: &MemberId, now: Timestamp) -> (usize, Vec<Order>) {
        let live = |(_, (code, _, until)): &(&OrderId, &(OfferCode, MemberId, Option<Timestamp>))| {
            *code == redemption.code && until.is_none_or(|until| now < until)
        };
        let all: Vec<_> = self.redemptions.held.iter().filter(live).collect();
        let is_own = |order: &&Order| all.iter().any(|(id, (_, own, _))| **id == order.id && own == member);
        let mut own: Vec<Order> = self.orders.iter().filter(is_own).cloned().collect();
        own.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
        (all.len(), own)
    }

    pub(super) fn keep_use(&mut self, order: &OrderId) {
        self.redemptions.held.entry(order.clone()).and_modify(|(_, _, until)| *until = None);
    }

    pub(super) fn follow_use(&mut self, order: &Order, now: Timestamp) {
        match use_after(order, now) {
            Use::Kept => self.keep_use(&order.id),
            Use::AsBefore => {}
            Use::Freed => {
                if let Some((_, _, until @ None)) = self.redemptions.held.get_mut(&order.id) {
                    *until = Some(now);
                }
            }
        }
    }

    pub(super) fn try_code(&mut self, command: TryCode) -> CodeTried {
        let TryCode { member, redemption, now } = command;
        let recent = |(who, at): &&(MemberId, Timestamp)| *who == member && at.0 > now.0 - WRONG_SECONDS;
        let n_wrong = self.redemptions.wrong.iter().filter(recent).count();
        if i64::try_from(n_wrong).is_ok_and(|n_wrong| n_wrong >= MAX_WRONG) {
            return CodeTried::TooMany;
        }
        let Some(redemption) = redemption else {
            self.redemptions.wrong.push((member, now));
            return CodeTried::Wrong;
        };
        let (n_all, own) = self.uses(&redemption, &member, now);
        let n_open = own.iter().filter(|order| is_open(order)).count();
        if own.len() - n_open >= redemption.per_member as usize {
            CodeTried::UsedByYou
        } else if redemption.limit.is_some_and(|limit| n_all - n_open >= limit as usize) {
            CodeTried::UsedUp
        } else {
            CodeTried::Open
        }
    }
}
