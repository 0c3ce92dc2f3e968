//! The model's part for tickets, hours and questions.

use std::collections::BTreeMap;

use lyceum_contract::id::{MemberId, OrderId};
use lyceum_contract::{Scope, Slug, Timestamp};

use super::memory_ledger::Books;
use crate::ledger::{
    AnswerQuestion, Answering, Booking, CHECK_SECONDS, GoodsPlacing, Hold, HoldState, LapseQuestions,
    ListBookings, ListQuestions, ListRefunds, Order, Others, OwedRefund, OwnGoods, PlaceGoods, Placing,
    PostponeRefund, Purpose, Question, QuestionState, ReadStock, RefundReason, TakenPlaces, answer_entry,
    answered_letter, answering, arrived, deadline, due_prefix, hold_after, is_open, is_paid, lapse_entry,
    lapsed_letter, letters_of_change, refund_entry, refund_pause, soon_id,
};
use crate::role::Role;

/// What is sold beyond reading.
#[derive(Debug, Default)]
pub(super) struct Goods {
    pub(super) holds: BTreeMap<OrderId, Hold>,
    questions: BTreeMap<OrderId, Question>,
    refunds: BTreeMap<OrderId, Refund>,
}

#[derive(Debug)]
struct Refund {
    reason: RefundReason,
    due_at: Option<Timestamp>,
    n_tries: i64,
}

impl Books {
    fn order_of(&self, id: &OrderId) -> Option<&Order> {
        self.orders.iter().find(|order| order.id == *id)
    }

    /// Who answers for an instructor.
    fn helpers(&self, instructor: &Slug) -> Vec<MemberId> {
        let with = |role: Role, scope: Option<&Slug>| {
            let is_one = |staff: &crate::role::StaffRole| staff.role() == role && staff.scope() == scope;
            let mut found: Vec<MemberId> =
                self.roles.iter().filter(|(_, staff)| is_one(staff)).map(|(id, _)| id.clone()).collect();
            found.sort();
            found.truncate(20);
            found
        };
        match with(Role::Instructor, Some(instructor)) {
            found if found.is_empty() => with(Role::Owner, None),
            found => found,
        }
    }

    fn others(&self, hold: &Hold, now: Timestamp) -> Others {
        let is_other = |other: &&Hold| {
            other.scope == hold.scope
                && other.claim.unit == hold.claim.unit
                && other.order != hold.order
                && other.is_live(now)
        };
        let live: Vec<&Hold> = self.goods.holds.values().filter(is_other).collect();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Others {
            n_sold: number(live.iter().filter(|other| other.state == HoldState::Sold).count()),
            n_live: number(live.len()),
            has_own: live.iter().any(|other| other.member == hold.member),
            is_given_up: self.goods.refunds.contains_key(&hold.order),
        }
    }

    pub(super) fn place_goods(&mut self, command: PlaceGoods) -> GoodsPlacing {
        let PlaceGoods { place, claim, ask } = command;
        let (order, now) = (place.order.clone(), place.order.created_at);
        if order.purpose != Purpose::Own || !matches!(order.scope, Scope::Product(_)) {
            return GoodsPlacing::Over;
        }
        let hold = claim.map(|claim| Hold::of(&order, claim));
        if let Some(hold) = &hold {
            if now >= hold.claim.starts {
                return GoodsPlacing::Over;
            }
            let others = self.others(hold, now);
            let open = self.own_open(hold, now).map(Box::new);
            if others.has_own || open.is_some() {
                return GoodsPlacing::Yours { open };
            }
            if hold.claim.places.is_some_and(|places| others.n_live >= places) {
                return GoodsPlacing::SoldOut;
            }
        }
        // The order of the steps does not matter to whoever sees only the whole.
        let id = order.id.clone();
        let question = ask.map(|ask| Question {
            order: id.clone(),
            scope: order.scope.clone(),
            member: order.member.clone(),
            name: None,
            ask,
            state: QuestionState::Placed,
            deadline: None,
            answer: None,
            answered_at: None,
        });
        let has_hold = hold.is_some();
        self.goods.holds.extend(hold.map(|hold| (id.clone(), hold)));
        self.goods.questions.extend(question.map(|question| (id.clone(), question)));
        let placing = self.place(place);
        if placing != Placing::Placed {
            self.goods.holds.remove(&id);
            self.goods.questions.remove(&id);
            return GoodsPlacing::Offer(placing);
        }
        if has_hold && !order.is_free() {
            self.due.insert(id, Some(order.created_at.plus_seconds(CHECK_SECONDS)));
        }
        GoodsPlacing::Placed
    }

    fn own_open(&self, hold: &Hold, now: Timestamp) -> Option<Order> {
        let is_own = |order: &&Order| {
            self.goods
                .holds
                .get(&order.id)
                .is_some_and(|own| own.scope == hold.scope && own.member == hold.member && own.is_live(now))
        };
        let mut own: Vec<&Order> = self.orders.iter().filter(is_own).filter(|order| is_open(order)).collect();
        own.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
        own.first().map(|order| (*order).clone())
    }

    pub(super) fn keep_hold(&mut self, order: &OrderId) {
        if let Some(hold) = self.goods.holds.get_mut(order)
            && hold.state == HoldState::Held
        {
            hold.held_until = None;
        }
    }

    /// What the order holds after the processor's word.
    pub(super) fn follow_goods(&mut self, order: &Order, now: Timestamp) -> Option<Hold> {
        if !matches!(order.scope, Scope::Product(_)) {
            return None;
        }
        self.follow_question(order, now);
        if let Some(refund) = self.goods.refunds.get_mut(&order.id) {
            let tomorrow = now.plus_seconds(86_400);
            refund.due_at = is_paid(order).then(|| refund.due_at.unwrap_or(tomorrow));
        }
        let before = self.goods.holds.get(&order.id)?.clone();
        let hold = hold_after(&before, order, self.others(&before, now), now);
        if hold == before {
            return Some(hold);
        }
        self.goods.holds.insert(order.id.clone(), hold.clone());
        if hold.state == HoldState::Lost && before.state != HoldState::Lost {
            self.ask_refund(order, RefundReason::PlaceGone, now);
        }
        let helpers = hold.claim.instructor.as_ref().map(|who| self.helpers(who)).unwrap_or_default();
        for letter in letters_of_change((&before, &hold), &helpers, now) {
            self.outbox.post(letter);
        }
        if before.state == HoldState::Sold && hold.state != HoldState::Sold {
            self.outbox.withdraw(&soon_id(&order.id));
        }
        Some(hold)
    }

    fn follow_question(&mut self, order: &Order, now: Timestamp) {
        let Some(question) = self.goods.questions.get_mut(&order.id) else { return };
        let state = question.state.after(order);
        if state == question.state {
            return;
        }
        let end = question.deadline.unwrap_or_else(|| deadline(order, question.ask.within_seconds, now));
        (question.state, question.deadline) = (state, Some(end));
        if state != QuestionState::Open {
            return self.outbox.withdraw(&due_prefix(&order.id));
        }
        let instructor = question.ask.instructor.clone();
        for helper in self.helpers(&instructor) {
            for letter in arrived(order, &helper, end, now) {
                self.outbox.post(letter);
            }
        }
    }

    fn ask_refund(&mut self, order: &Order, reason: RefundReason, now: Timestamp) {
        if order.is_free() || self.goods.refunds.contains_key(&order.id) {
            return;
        }
        let refund = Refund { reason, due_at: Some(now), n_tries: 0 };
        self.goods.refunds.insert(order.id.clone(), refund);
        self.append(&refund_entry(order, reason, now));
    }

    pub(super) fn read_stock(&self, command: &ReadStock) -> Vec<TakenPlaces> {
        let mut taken: BTreeMap<i64, TakenPlaces> = BTreeMap::new();
        for hold in self.goods.holds.values() {
            let is_own = hold.member == command.member;
            let is_open = self.order_of(&hold.order).is_some_and(is_open);
            if hold.scope != command.scope || !hold.is_live(command.now) || (is_own && is_open) {
                continue;
            }
            let unit = hold.claim.unit;
            let entry = taken.entry(unit).or_insert(TakenPlaces { unit, n_taken: 0, is_yours: false });
            entry.n_taken += 1;
            entry.is_yours |= is_own;
        }
        taken.into_values().collect()
    }

    fn booking(&self, hold: &Hold) -> Option<Booking> {
        let member = self.members.iter().find(|member| member.id == hold.member)?;
        Some(Booking {
            order: hold.order.clone(),
            scope: hold.scope.clone(),
            member: member.id.clone(),
            name: member.name.clone(),
            email: member.email.clone(),
            claim: hold.claim.clone(),
            state: hold.state,
        })
    }

    fn question(&self, question: &Question) -> Question {
        let member = self.members.iter().find(|member| member.id == question.member);
        Question { name: member.and_then(|member| member.name.clone()), ..question.clone() }
    }

    pub(super) fn read_question(&self, order: &OrderId) -> Option<Question> {
        self.goods.questions.get(order).map(|question| self.question(question))
    }

    pub(super) fn read_goods(&self, member: &MemberId) -> OwnGoods {
        let is_shown =
            |hold: &&Hold| hold.member == *member && matches!(hold.state, HoldState::Sold | HoldState::Lost);
        let mut bookings: Vec<Booking> =
            self.goods.holds.values().filter(is_shown).filter_map(|hold| self.booking(hold)).collect();
        bookings.sort_by(|a, b| (b.claim.starts, &a.order).cmp(&(a.claim.starts, &b.order)));
        bookings.truncate(200);
        let is_asked =
            |question: &&Question| question.member == *member && question.state != QuestionState::Placed;
        let questions = self.goods.questions.values().filter(is_asked);
        let mut questions: Vec<Question> = questions.map(|question| self.question(question)).collect();
        latest_first(&mut questions);
        questions.truncate(100);
        OwnGoods { bookings, questions }
    }

    pub(super) fn list_bookings(&self, command: &ListBookings) -> Vec<Booking> {
        let is_one = |hold: &&Hold| {
            let is_with = |instructors: &Vec<Slug>| {
                hold.claim.instructor.as_ref().is_some_and(|who| instructors.contains(who))
            };
            hold.state == HoldState::Sold
                && hold.claim.starts.0 > command.now.0 - 86_400
                && command.instructors.as_ref().is_none_or(is_with)
        };
        let mut bookings: Vec<Booking> =
            self.goods.holds.values().filter(is_one).filter_map(|hold| self.booking(hold)).collect();
        bookings.sort_by(|a, b| (a.claim.starts, &a.order).cmp(&(b.claim.starts, &b.order)));
        bookings
    }

    pub(super) fn list_questions(&self, command: &ListQuestions) -> Vec<Question> {
        let is_to = |question: &&Question| {
            let instructors = command.instructors.as_ref();
            instructors.is_none_or(|instructors| instructors.contains(&question.ask.instructor))
        };
        let all = self.goods.questions.values().filter(is_to).map(|question| self.question(question));
        let all = all.filter(|question| question.state != QuestionState::Placed);
        let (mut open, mut closed): (Vec<_>, Vec<_>) =
            all.partition(|question| question.state == QuestionState::Open);
        open.sort_by(|a, b| (a.deadline, &a.order).cmp(&(b.deadline, &b.order)));
        latest_first(&mut closed);
        closed.truncate(50);
        open.extend(closed);
        open
    }

    pub(super) fn answer_question(&mut self, command: &AnswerQuestion) -> Answering {
        let Some(question) = self.goods.questions.get_mut(&command.order) else { return Answering::Gone };
        let answering = answering(question.state, question.deadline, command.now);
        if answering == Answering::Done {
            question.state = QuestionState::Answered;
            (question.answer, question.answered_at) = (Some(command.answer.clone()), Some(command.now));
            let question = question.clone();
            self.outbox.withdraw(&due_prefix(&command.order));
            self.append(&answer_entry(command, &question.member));
            self.outbox.post(answered_letter(&question, command.now));
        }
        answering
    }

    /// What an erased member asked and was answered.
    pub(super) fn forget_questions(&mut self, id: &MemberId) {
        for question in self.goods.questions.values_mut().filter(|question| question.member == *id) {
            question.ask.text = String::new();
            question.answer = None;
        }
    }

    pub(super) fn lapse_questions(&mut self, command: &LapseQuestions) -> u32 {
        let is_due = |question: &&Question| {
            question.state == QuestionState::Open
                && question.deadline.is_some_and(|deadline| deadline <= command.now)
        };
        let mut due: Vec<(Option<Timestamp>, OrderId)> = self
            .goods
            .questions
            .values()
            .filter(is_due)
            .map(|question| (question.deadline, question.order.clone()))
            .collect();
        due.sort();
        due.truncate(command.limit as usize);
        for (_, id) in &due {
            let Some(order) = self.order_of(id).cloned() else { continue };
            if let Some(question) = self.goods.questions.get_mut(id) {
                question.state = QuestionState::Lapsed;
            }
            self.append(&lapse_entry(&order, command.now));
            self.outbox.post(lapsed_letter(&order, command.now));
            self.ask_refund(&order, RefundReason::NotAnswered, command.now);
        }
        u32::try_from(due.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn list_refunds(&self, command: &ListRefunds) -> Vec<OwedRefund> {
        let due = |refund: &Refund| refund.due_at.filter(|due| *due <= command.now);
        let mut found: Vec<(Timestamp, &OrderId, &Refund)> =
            self.goods.refunds.iter().filter_map(|(id, refund)| Some((due(refund)?, id, refund))).collect();
        found.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        let owed = found.into_iter().take(command.limit as usize).filter_map(|(_, id, refund)| {
            Some(OwedRefund { order: self.order_of(id)?.clone(), reason: refund.reason })
        });
        owed.collect()
    }

    pub(super) fn postpone_refund(&mut self, command: &PostponeRefund) {
        if let Some(refund) = self.goods.refunds.get_mut(&command.order)
            && refund.due_at.is_some()
        {
            refund.due_at = Some(command.now.plus_seconds(refund_pause(refund.n_tries)));
            refund.n_tries += 1;
        }
    }
}

fn latest_first(questions: &mut [Question]) {
    questions.sort_by(|a, b| (b.deadline, &a.order).cmp(&(a.deadline, &b.order)));
}
