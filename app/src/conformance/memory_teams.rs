//! The model's part for teams and gifts.

use lyceum_contract::Timestamp;
use lyceum_contract::id::{MemberId, OrderId, SeatId};
use lyceum_contract::manifest::Language;

use super::memory_ledger::Books;
use crate::ledger::{
    AcceptGift, AcceptSeat, Actor, Gift, GiftAccepted, GiftState, GiftTo, Gifted, Given, Invitation,
    InviteToSeat, Inviting, Joining, Member, Order, Purpose, ReadInvitation, RevokeSeat, Revoking, Runs,
    Seat, SeatState, Team, TeamAccess, TeamSummary, ended_letter, gift_accepted, gift_letter, gift_state,
    has, host, invitation_letter, invitation_prefix, is_live, manager_role, max_letters, revoked, seat_entry,
    team_access,
};
use crate::money::{Fact, Share};

/// A seat, in the order of the invitations.
#[derive(Debug, Clone)]
pub(super) struct SeatRow {
    pub(super) id: SeatId,
    pub(super) order: OrderId,
    pub(super) email: String,
    pub(super) invited_at: Timestamp,
    /// Who has it, since when, and how many were accepted before.
    pub(super) taken: Option<(MemberId, Timestamp, u64)>,
    /// Whether they were told that the team's access has ended.
    is_told: bool,
}

impl SeatRow {
    pub(super) fn is_of(&self, member: &MemberId) -> bool {
        self.taken.as_ref().is_some_and(|(taken_by, ..)| taken_by == member)
    }
}

/// What is known about a gift besides its order.
#[derive(Debug, Default)]
pub(super) struct GiftRow {
    pub(super) email: Option<String>,
    pub(super) message: Option<String>,
    pub(super) language: Option<Language>,
    pub(super) taken: Option<(MemberId, Timestamp)>,
}

impl Books {
    pub(super) fn member(&self, id: &MemberId) -> Option<&Member> {
        self.members.iter().find(|member| member.id == *id)
    }

    pub(super) fn order(&self, id: &OrderId) -> Option<&Order> {
        self.orders.iter().find(|order| order.id == *id)
    }

    /// The parts that the member has in the orders of others.
    pub(super) fn shared_facts(&self, id: &MemberId) -> Vec<Fact> {
        let mut facts = Vec::new();
        for order in &self.orders {
            let gift = self.gifts.get(&order.id).and_then(|gift| gift.taken.as_ref());
            if let Some((taken_by, accepted_at)) = gift
                && taken_by == id
            {
                facts.push(Fact { order: order.clone(), share: Share::Gift { accepted_at: *accepted_at } });
            }
            let rank = self.taken_seats(&order.id).iter().position(|seat| seat.is_of(id));
            if let Some(rank) = rank.and_then(|rank| u32::try_from(rank).ok()) {
                facts.push(Fact { order: order.clone(), share: Share::Seat { rank } });
            }
        }
        facts
    }

    /// First come first.
    pub(super) fn taken_seats(&self, order: &OrderId) -> Vec<&SeatRow> {
        let mut taken: Vec<&SeatRow> =
            self.seats.iter().filter(|seat| seat.order == *order && seat.taken.is_some()).collect();
        taken.sort_by_key(|seat| seat.taken.as_ref().map(|(.., number)| *number));
        taken
    }

    /// The team, if this member bought it or is a manager of it.
    pub(super) fn own_team(&self, order: &OrderId, manager: &MemberId) -> Option<&Order> {
        self.member(manager)?;
        let runs = |order: &&Order| order.member == *manager || self.is_manager(&order.id, manager);
        self.order(order).filter(|order| order.purpose == Purpose::Team).filter(runs)
    }

    pub(super) fn is_manager(&self, team: &OrderId, member: &MemberId) -> bool {
        manager_role(team).is_some_and(|role| self.roles.contains(&(member.clone(), role)))
    }

    /// The seats of a team as its page lists them: first come first, then the invitations, oldest first.
    pub(super) fn listed_seats(&self, order: &OrderId) -> Vec<&SeatRow> {
        let mut open: Vec<&SeatRow> =
            self.seats.iter().filter(|seat| seat.order == *order && seat.taken.is_none()).collect();
        open.sort_by(|a, b| (a.invited_at, &a.email).cmp(&(b.invited_at, &b.email)));
        self.taken_seats(order).into_iter().chain(open).collect()
    }

    pub(super) fn invite_to_seat(&mut self, command: &InviteToSeat) -> Inviting {
        let team = self.own_team(&command.order, &command.manager).cloned();
        let (Some(order), Some(manager)) = (team, self.member(&command.manager).cloned()) else {
            return Inviting::NotYours;
        };
        if !is_live(&order, command.now) {
            return Inviting::NotPaid;
        }
        let of_team: Vec<&SeatRow> = self.seats.iter().filter(|seat| seat.order == order.id).collect();
        let known = of_team.iter().find(|seat| seat.email == command.email);
        if known.is_some_and(|seat| seat.taken.is_some()) {
            return Inviting::Taken;
        }
        if known.is_none() && of_team.len() >= order.n_seats() as usize {
            return Inviting::Full { n_seats: order.n_seats() };
        }
        let is_known = known.is_some();
        let letter = invitation_letter((&order, &manager), &command.id, command);
        let is_posted = self.outbox.has(&letter.id);
        let n_letters = self.outbox.n_since(&invitation_prefix(&order.id), command.now.plus_seconds(-86_400));
        if !is_posted && i64::try_from(n_letters).unwrap_or(i64::MAX) >= max_letters(&order) {
            return Inviting::TooMany;
        }
        if !is_known {
            self.seats.push(SeatRow {
                id: command.id.clone(),
                order: order.id,
                email: command.email.clone(),
                invited_at: command.now,
                taken: None,
                is_told: false,
            });
        }
        self.outbox.post(letter);
        if is_posted { Inviting::SentToday } else { Inviting::Sent }
    }

    fn seat_state(
        &self,
        (seat, order): (&SeatRow, &Order),
        member: Option<&Member>,
        now: Timestamp,
    ) -> SeatState {
        let taken = self.taken_seats(&order.id);
        match member {
            Some(member) if seat.is_of(&member.id) => return SeatState::Yours,
            Some(member) if seat.taken.is_some() || seat.email != member.email => {
                return SeatState::OtherAddress;
            }
            Some(member) if taken.iter().any(|seat| seat.is_of(&member.id)) => return SeatState::AlreadyIn,
            _ => {}
        }
        if !is_live(order, now) {
            SeatState::Ended
        } else if seat.taken.is_none() && taken.len() >= order.n_seats() as usize {
            SeatState::Full
        } else {
            SeatState::Open
        }
    }

    pub(super) fn read_invitation(&self, command: &ReadInvitation) -> Option<Invitation> {
        let seat = self.seats.iter().find(|seat| seat.id == command.id)?;
        let order = self.order(&seat.order)?;
        let member = command.member.as_ref().and_then(|id| self.member(id));
        Some(Invitation {
            host: self.member(&order.member).map(host).unwrap_or_default(),
            scope: order.scope_now().clone(),
            email: seat.email.clone(),
            state: self.seat_state((seat, order), member, command.now),
        })
    }

    pub(super) fn accept_seat(&mut self, command: &AcceptSeat) -> Joining {
        let found = self.seats.iter().position(|seat| seat.id == command.id);
        let seat = found.and_then(|idx| self.seats.get(idx));
        let order = seat.and_then(|seat| self.order(&seat.order)).cloned();
        let (Some(seat), Some(order), Some(member)) = (seat, order, self.member(&command.member)) else {
            return Joining::Gone;
        };
        match self.seat_state((seat, &order), Some(member), command.now) {
            SeatState::Yours => {}
            SeatState::Open => {
                self.n_acceptances += 1;
                let taken = (command.member.clone(), command.now, self.n_acceptances);
                if let Some(seat) = found.and_then(|idx| self.seats.get_mut(idx)) {
                    seat.taken = Some(taken);
                }
                let by = (Actor::Member(command.member.clone()), &order.id, command.now);
                self.tell_newcomer(&order.id, (&command.id, &command.member), command.now);
                self.append(&seat_entry("seat.accept", by, &command.id, Some(&command.member)));
            }
            refusal => return Joining::Refused(refusal),
        }
        Joining::Joined(self.entitlements(&command.member, command.now))
    }

    pub(super) fn revoke_seat(&mut self, command: &RevokeSeat) -> Revoking {
        let Some(order) = self.own_team(&command.order, &command.manager).cloned() else {
            return Revoking::NotYours;
        };
        let is_it = |seat: &SeatRow| seat.id == command.seat && seat.order == command.order;
        let Some(idx) = self.seats.iter().position(is_it) else { return Revoking::Gone };
        let member = self.seats.get(idx).and_then(|seat| seat.taken.clone()).map(|(member, ..)| member);
        let is_managers = member.as_ref().is_some_and(|member| self.is_manager(&order.id, member));
        let is_own = member.as_ref() == Some(&command.manager);
        let is_above = is_managers || member.as_ref() == Some(&order.member);
        if is_above && !is_own && order.member != command.manager {
            return Revoking::BuyerOnly;
        }
        let before = member.as_ref().map(|member| self.entitlements(member, command.now));
        self.seats.remove(idx);
        self.forget_seat(&command.seat);
        let by = (Actor::Member(command.manager.clone()), &order.id, command.now);
        self.append(&seat_entry("seat.revoke", by, &command.seat, member.as_ref()));
        if let (Some(member), Some(role)) = (&member, manager_role(&order.id).filter(|_| is_managers)) {
            self.roles.retain(|held| *held != (member.clone(), role.clone()));
            self.append(&revoked(&command.manager, member, role, command.now).entry());
        }
        if let (Some(member), Some(before)) = (member, before) {
            let after = self.entitlements(&member, command.now);
            if has(&before, &order) && !has(&after, &order) {
                let buyer = self.member(&order.member).map(host);
                self.outbox.post(ended_letter(&order, (&command.seat, &member), buyer, command.now));
            }
        }
        Revoking::Done
    }

    pub(super) fn read_team(&self, order: &OrderId, manager: &MemberId) -> Option<Team> {
        let order = self.own_team(order, manager)?;
        let seat = |(rank, seat): (usize, &SeatRow)| Seat {
            id: seat.id.clone(),
            email: seat.email.clone(),
            name: seat.taken.as_ref().and_then(|(id, ..)| self.member(id)?.name.clone()),
            account: seat
                .taken
                .as_ref()
                .filter(|(id, ..)| *id != order.member)
                .and_then(|(id, ..)| Some(self.member(id)?.email.clone())),
            invited_at: seat.invited_at,
            accepted_at: seat.taken.as_ref().map(|(_, at, _)| *at),
            is_beyond: seat.taken.is_some() && rank >= order.n_seats() as usize,
        };
        let seats = self.listed_seats(&order.id).into_iter().enumerate().map(seat).collect();
        let runs = if order.member == *manager { Runs::Buyer } else { Runs::Manager };
        let (managers, assignments) = (self.managers_of(&order.id), self.assignments_of(&order.id));
        Some(Team { order: order.clone(), runs, seats, managers, assignments })
    }

    pub(super) fn list_teams(&self, member: &MemberId) -> Vec<TeamSummary> {
        let mut teams: Vec<Order> =
            self.orders.iter().filter(|order| self.own_team(&order.id, member).is_some()).cloned().collect();
        teams.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
        let teams = teams.into_iter().filter(|order| order.settlement.is_bought());
        let summary = |order: Order| {
            let n_seats = self.seats.iter().filter(|seat| seat.order == order.id).count();
            let n_taken = self.taken_seats(&order.id).len();
            let number = |n| u32::try_from(n).unwrap_or(u32::MAX);
            TeamSummary { order, n_taken: number(n_taken), n_invited: number(n_seats - n_taken) }
        };
        teams.map(summary).collect()
    }

    /// Tells those with a seat of an end, once.
    pub(super) fn follow_team(&mut self, order: &Order, now: Timestamp) {
        if order.purpose != Purpose::Team {
            return;
        }
        let access = team_access(order, now);
        if access == TeamAccess::Lives {
            let of_team = self.seats.iter_mut().filter(|seat| seat.order == order.id);
            return of_team.for_each(|seat| seat.is_told = false);
        }
        let taken = self.taken_seats(&order.id).into_iter().cloned();
        let untold: Vec<(usize, SeatRow)> = taken.enumerate().filter(|(_, seat)| !seat.is_told).collect();
        for (rank, seat) in untold {
            let Some((member, ..)) = &seat.taken else { continue };
            let held = self.entitlements(member, now);
            let buyer = self.member(&order.member).map(host);
            if access == TeamAccess::HasJustEnded && rank < order.n_seats() as usize && !has(&held, order) {
                self.outbox.post(ended_letter(order, (&seat.id, member), buyer, now));
            }
            let told = self.seats.iter_mut().filter(|known| known.id == seat.id);
            told.for_each(|seat| seat.is_told = true);
        }
    }

    pub(super) fn gift_to(&mut self, command: GiftTo) -> Gifted {
        let is_it = |order: &&Order| {
            order.id == command.order && order.member == command.buyer && order.purpose == Purpose::Gift
        };
        let order = self.orders.iter().find(is_it).cloned();
        let (Some(order), Some(_)) = (order, self.member(&command.buyer)) else { return Gifted::NotYours };
        let row = self.gifts.entry(order.id.clone()).or_default();
        let is_given = gift_state(&order, None, None) == GiftState::Open;
        if row.taken.is_some() || (row.email.is_some() && is_given) {
            return Gifted::TooLate;
        }
        (row.email, row.message, row.language) = (command.email, command.message, command.language);
        self.announce_gift(&order, command.now);
        Gifted::Done
    }

    pub(super) fn announce_gift(&mut self, order: &Order, now: Timestamp) {
        let Some(row) = self.gifts.get(&order.id) else { return };
        if gift_state(order, None, None) != GiftState::Open || row.taken.is_some() {
            return;
        }
        if let Some(email) = row.email.clone() {
            let to = Given { email, message: row.message.clone(), language: row.language.clone() };
            let letter = gift_letter((order, self.member(&order.member)), to, now);
            self.outbox.post(letter);
        }
    }

    pub(super) fn accept_gift(&mut self, command: &AcceptGift) -> GiftAccepted {
        let gift = self.read_gift(&command.order, Some(&command.member));
        let (Some(gift), Some(_)) = (gift, self.member(&command.member)) else { return GiftAccepted::Gone };
        match gift.state {
            GiftState::Yours => {}
            GiftState::Open => {
                let row = self.gifts.entry(command.order.clone()).or_default();
                row.taken = Some((command.member.clone(), command.now));
                self.append(&gift_accepted(command));
            }
            refusal => return GiftAccepted::Refused(refusal),
        }
        GiftAccepted::Accepted(self.entitlements(&command.member, command.now))
    }

    pub(super) fn read_gift(&self, order: &OrderId, member: Option<&MemberId>) -> Option<Gift> {
        let order = self.order(order).filter(|order| order.purpose == Purpose::Gift)?;
        let (none, giver) = (GiftRow::default(), self.member(&order.member));
        let row = self.gifts.get(&order.id).unwrap_or(&none);
        Some(Gift {
            order: order.id.clone(),
            buyer: order.member.clone(),
            giver: giver.map(|giver| giver.name.clone().unwrap_or_else(|| giver.email.clone())),
            email: row.email.clone(),
            message: row.message.clone(),
            scope: order.scope.clone(),
            term: order.price.term,
            state: gift_state(order, row.taken.as_ref().map(|(id, _)| id), member),
            accepted_at: row.taken.as_ref().map(|(_, at)| *at),
        })
    }

    pub(super) fn list_gifts(&self, member: &MemberId) -> Vec<Gift> {
        let orders = self.orders_of(member).into_iter().filter(|order| order.settlement.is_bought());
        orders.filter_map(|order| self.read_gift(&order.id, Some(member))).collect()
    }
}
