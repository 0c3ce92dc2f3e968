//! The model's part for managers of teams, and for what teams are asked to learn.

use lyceum_contract::Timestamp;
use lyceum_contract::id::{MemberId, OrderId, SeatId};

use super::memory_ledger::Books;
use super::memory_outbox::AskedNow;
use super::memory_teams::SeatRow;
use crate::ledger::{
    Assign, Assigned, Assigning, Assignment, Letter, MAX_ASSIGNMENTS, Manager, NameManager, Naming,
    TeamLearner, TeamReport, WithdrawAssignment, Withdrawing, assigned_prefix, host, is_live, letters_about,
    manager_role, max_assigned_letters,
};

impl Books {
    pub(super) fn name_manager(&mut self, command: &NameManager) -> Naming {
        let is_buyers =
            self.own_team(&command.order, &command.buyer).is_some_and(|order| order.member == command.buyer);
        let Some(role) = manager_role(&command.order).filter(|_| is_buyers) else { return Naming::NotYours };
        let member = self.members.iter().find(|member| member.email == command.email);
        let Some(member) = member.map(|member| member.id.clone()).filter(|id| *id != command.buyer) else {
            return Naming::NoSeat;
        };
        let has_seat = self.taken_seats(&command.order).iter().any(|seat| seat.is_of(&member));
        let held = (member.clone(), role.clone());
        let is_one = self.roles.contains(&held);
        if !is_one && !has_seat {
            return Naming::NoSeat;
        }
        if is_one == command.is_manager {
            return Naming::Unchanged;
        }
        if command.is_manager {
            self.roles.push(held);
            self.append(&command.granted(&member, role).entry());
        } else {
            self.roles.retain(|known| *known != held);
            self.append(&command.revoked(&member, role).entry());
        }
        Naming::Done
    }

    pub(super) fn managers_of(&self, team: &OrderId) -> Vec<Manager> {
        let is_one = |(_, role): &&(MemberId, _)| Some(role) == manager_role(team).as_ref();
        let found = self.roles.iter().filter(is_one).filter_map(|(id, _)| self.member(id));
        let mut managers: Vec<Manager> =
            found.map(|member| Manager { email: member.email.clone(), name: member.name.clone() }).collect();
        managers.sort_by(|a, b| a.email.cmp(&b.email));
        managers
    }

    pub(super) fn assignments_of(&self, team: &OrderId) -> Vec<Assignment> {
        let of_team = self.assignments.iter().filter(|(order, _)| order == team);
        let mut found: Vec<Assignment> = of_team.map(|(_, assignment)| assignment.clone()).collect();
        found.sort_by(|a, b| (a.due.ends_at, &a.id).cmp(&(b.due.ends_at, &b.id)));
        found
    }

    pub(super) fn assign(&mut self, command: &Assign) -> Assigning {
        let Some(order) = self.own_team(&command.order, &command.manager).cloned() else {
            return Assigning::NotYours;
        };
        if !is_live(&order, command.now) {
            return Assigning::NotPaid;
        }
        let known = self.assignments.iter().find(|(_, assignment)| assignment.id == command.id).cloned();
        if known.as_ref().is_some_and(|(team, _)| *team != order.id) {
            return Assigning::NotYours;
        }
        if known.is_none() && self.assignments_of(&order.id).len() >= MAX_ASSIGNMENTS as usize {
            return Assigning::TooMany;
        }
        let seats = self.seats.iter().filter(|seat| seat.order == order.id);
        let seats: Vec<_> =
            seats.map(|seat| (seat.id.clone(), seat.taken.as_ref().map(|(id, ..)| id.clone()))).collect();
        let Some(asked) = command.asked_of(&seats) else { return Assigning::Nobody };
        let mut assignment = known.map_or_else(|| command.assignment(), |(_, assignment)| assignment);
        assignment.due = command.due;
        assignment.ask(asked, command.now);
        let holders = seats.iter().filter_map(|(seat, holder)| Some((seat, holder.as_ref()?)));
        let letters: Vec<Letter> =
            holders.flat_map(|reader| self.letters_of(&order.id, &assignment, reader, command.now)).collect();
        let prefix = assigned_prefix(&order.id);
        let is_new = |letter: &&Letter| letter.id.starts_with(&prefix) && !self.outbox.has(&letter.id);
        let n_new = letters.iter().filter(is_new).count();
        let n_all = self.outbox.n_since(&prefix, command.now.plus_seconds(-86_400)) + n_new;
        if i64::try_from(n_all).unwrap_or(i64::MAX) > max_assigned_letters(&order) {
            return Assigning::TooManyLetters;
        }
        self.append(&command.entry(&assignment));
        self.assignments.retain(|(_, known)| known.id != command.id);
        self.assignments.push((order.id, assignment));
        for letter in letters {
            self.outbox.post(letter);
        }
        Assigning::Done
    }

    fn letters_of(
        &self,
        team: &OrderId,
        assignment: &Assignment,
        reader: (&SeatId, &MemberId),
        now: Timestamp,
    ) -> Vec<Letter> {
        let by = self.member(&assignment.made_by).map(host);
        letters_about(team, assignment, by.as_deref(), reader, now)
    }

    pub(super) fn tell_newcomer(&mut self, team: &OrderId, reader: (&SeatId, &MemberId), now: Timestamp) {
        for assignment in self.assignments_of(team) {
            for letter in self.letters_of(team, &assignment, reader, now) {
                self.outbox.post(letter);
            }
        }
    }

    pub(super) fn forget_seat(&mut self, seat: &SeatId) {
        for (_, assignment) in &mut self.assignments {
            assignment.seats.remove(seat);
        }
    }

    pub(super) fn withdraw(&mut self, command: &WithdrawAssignment) -> Withdrawing {
        if self.own_team(&command.order, &command.manager).is_none() {
            return Withdrawing::NotYours;
        }
        let n_before = self.assignments.len();
        self.assignments.retain(|(team, known)| *team != command.order || known.id != command.id);
        if self.assignments.len() == n_before {
            return Withdrawing::Gone;
        }
        self.append(&command.entry());
        Withdrawing::Done
    }

    /// The seats that are taken and paid, and which assignments ask whoever has them.
    fn asking(&self, now: Timestamp) -> impl Iterator<Item = (&MemberId, &Assignment)> {
        let live = self.assignments.iter().filter_map(move |(team, assignment)| {
            let order = self.order(team).filter(|order| is_live(order, now))?;
            Some((order, assignment))
        });
        live.flat_map(move |(order, assignment)| {
            let paid = self.taken_seats(&order.id).into_iter().take(order.n_seats() as usize);
            let asked = paid.filter(|seat| assignment.since(&seat.id).is_some());
            asked.filter_map(move |seat: &SeatRow| Some((&seat.taken.as_ref()?.0, assignment)))
        })
    }

    pub(super) fn asked_now(&self, now: Timestamp) -> AskedNow {
        let asked = self.asking(now);
        asked.map(|(member, found)| ((member.clone(), found.id.clone()), found.due.day)).collect()
    }

    pub(super) fn list_assigned(&self, member: &MemberId, now: Timestamp) -> Vec<Assigned> {
        let own = self.asking(now).filter(|(asked, _)| *asked == member);
        let mut found: Vec<Assigned> = own
            .map(|(_, assignment)| Assigned {
                id: assignment.id.clone(),
                learning: assignment.learning.clone(),
                due: assignment.due,
                by: self.member(&assignment.made_by).map(host),
            })
            .collect();
        found.sort_by(|a, b| (a.due.ends_at, &a.id).cmp(&(b.due.ends_at, &b.id)));
        found
    }

    pub(super) fn read_team_report(&self, order: &OrderId, manager: &MemberId) -> Option<TeamReport> {
        let order = self.own_team(order, manager)?;
        let learner = |(rank, seat): (usize, &SeatRow)| {
            let member = seat.taken.as_ref().map(|(id, ..)| id);
            TeamLearner {
                seat: seat.id.clone(),
                email: seat.email.clone(),
                member: member.cloned(),
                name: member.and_then(|id| self.member(id)?.name.clone()),
                invited_at: seat.invited_at,
                accepted_at: seat.taken.as_ref().map(|(_, at, _)| *at),
                is_beyond: seat.taken.is_some() && rank >= order.n_seats() as usize,
                seen_at: member.and_then(|id| self.doors.seen_at(id)),
            }
        };
        let learners = self.listed_seats(&order.id).into_iter().enumerate().map(learner).collect();
        let assignments = self.assignments_of(&order.id);
        Some(TeamReport { order: order.clone(), learners, assignments })
    }
}
