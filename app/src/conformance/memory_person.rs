//! The model's part for what members do with their own account: take a copy, move, leave.

use lyceum_contract::Timestamp;
use lyceum_contract::id::{MemberId, OrderId, SeatId};

use super::memory_ledger::Books;
use super::memory_teams::SeatRow;
use crate::ledger::{
    ChangeEmail, ChangeStarted, EmailChanged, EraseMember, Erased, Erasure, Identity, ListPasskeys,
    ListSessions, ListSweeps, Member, OfferedSeat, OwnGift, OwnOrder, OwnSeat, Person, PersonPage, PersonRow,
    Purpose, ReadPerson, ReadPersonPage, Recipient, Section, SentLetter, StartEmailChange, Sweep,
    WRONG_SECONDS, asking_prefixes, email_changed_prefix, invitation_prefix, is_live, is_payable, is_running,
    member_subject, unsigned,
};
use crate::role::Role;

impl Books {
    pub(super) fn read_person(&self, command: &ReadPerson) -> Option<Person> {
        let ReadPerson { member: id, token_hash, now } = command.clone();
        let member = self.member(&id)?.clone();
        let is_recent = |(who, at): &&(MemberId, Timestamp)| *who == id && at.0 > now.0 - WRONG_SECONDS;
        let n_wrong_codes = self.redemptions.wrong.iter().filter(is_recent).count();
        Some(Person {
            created_at: self.joined.get(&id).copied().unwrap_or(Timestamp(0)),
            roles: self.roles_of(&id),
            entitlements: self.entitlements(&id, now),
            grants: self.grants_of(&id),
            sessions: self.doors.list(&ListSessions { member: id.clone(), token_hash, now }),
            passkeys: self.doors.passkeys(&ListPasskeys { member: id.clone() }),
            identities: self.identities_of(&id),
            seats: self.seats_of(&member),
            gifts: self.gifts_to(&member),
            n_wrong_codes: i64::try_from(n_wrong_codes).unwrap_or(i64::MAX),
            member,
        })
    }

    fn identities_of(&self, id: &MemberId) -> Vec<Identity> {
        let own = self.doors.identities.iter().filter(|(_, member, _)| member == id);
        let mut own: Vec<Identity> = own
            .map(|(subject, _, created_at)| Identity {
                provider: "github".to_owned(),
                subject: subject.clone(),
                created_at: *created_at,
            })
            .collect();
        own.sort_by(|a, b| a.subject.cmp(&b.subject));
        own
    }

    fn seats_of(&self, member: &Member) -> Vec<OwnSeat> {
        let is_own = |seat: &&super::memory_teams::SeatRow| match &seat.taken {
            Some((taken_by, ..)) => *taken_by == member.id,
            None => seat.email == member.email,
        };
        let mut own: Vec<OwnSeat> = self
            .seats
            .iter()
            .filter(is_own)
            .map(|seat| OwnSeat {
                order: seat.order.clone(),
                email: seat.email.clone(),
                invited_at: seat.invited_at,
                accepted_at: seat.taken.as_ref().map(|(_, at, _)| *at),
            })
            .collect();
        own.sort_by(|a, b| (&a.order, &a.email).cmp(&(&b.order, &b.email)));
        own
    }

    fn gifts_to(&self, member: &Member) -> Vec<OwnGift> {
        let mut own = Vec::new();
        for (order, gift) in &self.gifts {
            let is_own = match &gift.taken {
                Some((taken_by, _)) => *taken_by == member.id,
                None => gift.email.as_ref() == Some(&member.email),
            };
            let scope = self.orders.iter().find(|known| known.id == *order).map(|order| order.scope.clone());
            if let (true, Some(scope)) = (is_own, scope) {
                own.push(OwnGift {
                    order: order.clone(),
                    scope,
                    // To whom it was sent before it was passed on, is not theirs to know.
                    email: gift.email.clone().filter(|email| *email == member.email),
                    message: gift.message.clone(),
                    accepted_at: gift.taken.as_ref().map(|(_, at)| *at),
                });
            }
        }
        own
    }

    /// Everything, sorted and then cut.
    pub(super) fn read_person_page(&self, command: &ReadPersonPage) -> PersonPage {
        let mut rows = match command.section {
            Section::Orders => self.own_orders(&command.member),
            Section::Seats => self.offered_seats(&command.member),
            Section::Letters => self.letters_to(&command.member),
            Section::Log => {
                let rows =
                    self.log_of(&command.member).into_iter().filter(|row| row.seq > command.after_seq());
                return command.page(rows.map(PersonRow::Log).take(501).collect());
            }
        };
        rows.retain(|row| row.key() > command.after);
        rows.sort_by_key(PersonRow::key);
        command.page(rows)
    }

    fn own_orders(&self, id: &MemberId) -> Vec<PersonRow> {
        let own = self.orders.iter().filter(|order| order.member == *id);
        let with_gift = own.map(|order| {
            let gift = self.gifts.get(&order.id);
            PersonRow::Order(Box::new(OwnOrder {
                code: self.redemptions.code_of(&order.id),
                gift_email: gift.and_then(|gift| gift.email.clone()),
                gift_message: gift.and_then(|gift| gift.message.clone()),
                gift_accepted_at: gift.and_then(|gift| gift.taken.as_ref().map(|(_, at)| *at)),
                order: order.clone(),
            }))
        });
        with_gift.collect()
    }

    fn offered_seats(&self, id: &MemberId) -> Vec<PersonRow> {
        let is_own = |seat: &&super::memory_teams::SeatRow| {
            self.orders.iter().any(|order| order.id == seat.order && order.member == *id)
        };
        let own = self.seats.iter().filter(is_own).map(|seat| {
            PersonRow::Seat(OfferedSeat {
                id: seat.id.to_string(),
                order: seat.order.clone(),
                email: seat.email.clone(),
                invited_at: seat.invited_at,
                accepted_at: seat.taken.as_ref().map(|(_, at, _)| *at),
            })
        });
        own.collect()
    }

    fn letters_to(&self, id: &MemberId) -> Vec<PersonRow> {
        let to = Recipient::Member(id.clone());
        let own = self.outbox.0.iter().filter(|posted| posted.letter.to == to).map(|posted| {
            PersonRow::Letter(SentLetter {
                id: posted.letter.id.clone(),
                kind: posted.letter.notice.kind().to_owned(),
                created_at: posted.letter.created_at,
                sent_at: posted.sent_at,
            })
        });
        own.collect()
    }

    fn log_of(&self, id: &MemberId) -> Vec<crate::ledger::AuditRow> {
        let subject = member_subject(id);
        self.audit.iter().filter(|row| row.subject == subject || row.actor == subject).cloned().collect()
    }

    pub(super) fn start_email_change(&mut self, command: StartEmailChange) -> ChangeStarted {
        let (id, email) = (command.challenge.id.clone(), command.challenge.email.clone());
        let started = self.start_challenge(command.challenge);
        if let Some(asked) = self.challenges.iter_mut().find(|asked| asked.command.id == id) {
            asked.member = Some(command.member);
        }
        ChangeStarted { started, is_taken: self.has_account(&email) }
    }

    fn has_account(&self, email: &str) -> bool {
        self.members.iter().any(|member| member.email == email)
    }

    pub(super) fn change_email(&mut self, command: &ChangeEmail) -> EmailChanged {
        let Some(member) = self.member(&command.member).cloned() else { return EmailChanged::Gone };
        let asked = self.challenges.iter_mut().find(|asked| {
            asked.command.id == command.id
                && asked.command.browser_hash == command.browser_hash
                && asked.member.as_ref() == Some(&command.member)
                && !asked.is_used
                && asked.n_tries < 5
                && asked.command.now > command.now.plus_seconds(-600)
        });
        let Some(asked) = asked else { return EmailChanged::Gone };
        if asked.command.code_hash != command.code_hash {
            asked.n_tries += 1;
            let n_left = 5 - asked.n_tries;
            return if n_left == 0 { EmailChanged::Gone } else { EmailChanged::Wrong { n_left } };
        }
        let email = asked.command.email.clone();
        if self.has_account(&email) {
            return EmailChanged::Gone;
        }
        for asked in &mut self.challenges {
            let is_theirs =
                asked.command.email == member.email || asked.member.as_ref() == Some(&command.member);
            asked.is_used |= is_theirs;
        }
        if let Some(known) = self.members.iter_mut().find(|known| known.id == member.id) {
            known.email = email;
        }
        self.doors.end(|of, opening| *of == member.id && opening.token_hash != command.token_hash);
        self.append(&command.entry());
        self.outbox.post(command.letter(&member));
        EmailChanged::Done
    }

    pub(super) fn read_erasure(&self, id: &MemberId, now: Timestamp) -> Option<Erasure> {
        self.member(id)?;
        let owners = self.roles.iter().filter(|(_, role)| role.role() == Role::Owner);
        let owners: Vec<&MemberId> = owners.map(|(owner, _)| owner).collect();
        let orders = self.orders_of(id);
        let has_others = |order: &crate::ledger::Order| {
            self.seats.iter().any(|seat| {
                seat.order == order.id && seat.taken.as_ref().is_some_and(|(taken_by, ..)| taken_by != id)
            })
        };
        let teams = orders
            .iter()
            .filter(|order| order.purpose == Purpose::Team && is_live(order, now) && has_others(order));
        Some(Erasure {
            is_last_owner: owners == [id],
            teams: teams.cloned().collect(),
            running: orders.iter().filter(|order| is_running(order)).cloned().collect(),
            open: orders.iter().filter(|order| is_payable(order, now)).cloned().collect(),
        })
    }

    pub(super) fn erase_member(&mut self, command: &EraseMember) -> Erased {
        let id = &command.member;
        if !command.is_allowed() {
            return Erased::NotAllowed;
        }
        let Some(member) = self.member(id).cloned() else { return Erased::NoMember };
        let erasure = self.read_erasure(id, command.now).unwrap_or_default();
        if erasure.is_blocked() {
            return Erased::Blocked(Box::new(erasure));
        }
        self.unsign_asks(&member);
        self.members.retain(|known| known.id != *id);
        self.erased.insert(id.clone(), (command.now, Some(command.now)));
        self.challenges.retain(|asked| asked.command.email != member.email);
        for asked in self.challenges.iter_mut().filter(|asked| asked.member.as_ref() == Some(id)) {
            (asked.is_used, asked.member) = (true, None);
        }
        self.doors.forget(id);
        self.roles.retain(|(of, _)| of != id);
        self.grants.retain(|(of, _)| of != id);
        self.redemptions.wrong.retain(|(of, _)| of != id);
        self.forget_shared(&member);
        self.append(&command.entry());
        Erased::Done
    }

    /// Letters that ask a team of theirs to learn something say no longer from whom.
    fn unsign_asks(&mut self, member: &Member) {
        let id = &member.id;
        let is_theirs = |order: &OrderId| {
            self.own_team(order, id).is_some()
                || self.assignments.iter().any(|(of, asked)| of == order && asked.made_by == *id)
        };
        let teams = self.orders.iter().map(|order| &order.id).filter(|order| is_theirs(order));
        let prefixes: Vec<String> = teams.flat_map(asking_prefixes).collect();
        for posted in &mut self.outbox.0 {
            let is_named =
                serde_json::to_string(&posted.letter.notice).is_ok_and(|text| text.contains(&member.email));
            let is_ask = prefixes.iter().any(|prefix| posted.letter.id.starts_with(prefix.as_str()));
            if posted.next_at.is_some() && (is_ask || is_named) {
                posted.letter.notice = unsigned(posted.letter.notice.clone());
            }
        }
        self.forget_questions(id);
    }

    /// Seats, gifts and letters.
    fn forget_shared(&mut self, member: &Member) {
        let own: Vec<_> = self.orders_of(&member.id).into_iter().map(|order| order.id).collect();
        let is_gone = |seat: &SeatRow| {
            own.contains(&seat.order)
                || seat.is_of(&member.id)
                || (seat.taken.is_none() && seat.email == member.email)
        };
        let gone: Vec<SeatId> =
            self.seats.iter().filter(|seat| is_gone(seat)).map(|seat| seat.id.clone()).collect();
        self.seats.retain(|seat| !is_gone(seat));
        for seat in &gone {
            self.forget_seat(seat);
        }
        for seat in self.seats.iter_mut().filter(|seat| seat.email == member.email) {
            seat.email = format!("erased:{}", member.id);
        }
        for (order, gift) in &mut self.gifts {
            let is_to = gift.email.as_ref() == Some(&member.email)
                || gift.taken.as_ref().is_some_and(|(taken_by, _)| *taken_by == member.id);
            if own.contains(order) || is_to {
                (gift.email, gift.message, gift.language) = (None, None, None);
            }
        }
        let prefixes: Vec<String> =
            own.iter().map(invitation_prefix).chain([email_changed_prefix(&member.id)]).collect();
        self.outbox.0.retain(|posted| {
            let is_waiting = posted.next_at.is_some();
            let is_to = match &posted.letter.to {
                Recipient::Member(to) => *to == member.id,
                Recipient::Address { email, .. } => is_waiting && *email == member.email,
            };
            let is_named = prefixes.iter().any(|prefix| posted.letter.id.starts_with(prefix.as_str()));
            !(is_to || (is_waiting && is_named))
        });
        for posted in &mut self.outbox.0 {
            if own.iter().any(|order| posted.letter.id == format!("gift:{order}")) {
                posted.letter.notice = unsigned(posted.letter.notice.clone());
            }
        }
        for order in self.orders.iter_mut().filter(|order| order.member == member.id) {
            order.settlement.names.receipt_url = None;
        }
    }

    pub(super) fn list_sweeps(&self, command: &ListSweeps) -> Vec<Sweep> {
        let due = self.erased.iter().filter_map(|(id, (erased_at, next_at))| {
            let next_at = next_at.filter(|next_at| *next_at <= command.now)?;
            Some((next_at, Sweep { member: id.clone(), erased_at: *erased_at }))
        });
        let mut due: Vec<(Timestamp, Sweep)> = due.collect();
        due.sort_by(|a, b| (a.0, &a.1.member).cmp(&(b.0, &b.1.member)));
        due.into_iter().take(command.limit.min(100) as usize).map(|(_, sweep)| sweep).collect()
    }
}
