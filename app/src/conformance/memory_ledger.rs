//! The Ledger as a plain model: what the SQL must agree with, reply by reply.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use lyceum_contract::id::{MemberId, OrderId};
use lyceum_contract::manifest::Language;
use lyceum_contract::{Entitlement, Timestamp};

use super::memory_doors::Doors;
use super::memory_goods::Goods;
use super::memory_offers::Redemptions;
use super::memory_outbox::{self, Outbox};
use super::memory_teams::{GiftRow, SeatRow};
use crate::ledger::{
    Account, AnswerChallenge, Answered, Assignment, AuditRow, Command, EndOneSession, EndOtherSessions,
    Grant, MailSettings, Means, Member, OpenOrder, OpenedOrder, Opening, Order, Proof, Purpose, Reason,
    ReceiveMessage, Received, Reply, SessionState, SettleOrder, Settled, Settling, SignInWithGitHub,
    SignInWithPasskey, SignedIn, StartChallenge, Started, letters, letters_with, limited, next_check,
    settlement_entry,
};
use crate::money::{self, Fact, Held, Settlement, Share};
use crate::ports::{Ledger, Unavailable};
use crate::role::StaffRole;

/// A Ledger in memory.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<Books>);

#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) members: Vec<Member>,
    /// When each became a member.
    pub(super) joined: BTreeMap<MemberId, Timestamp>,
    /// Who was erased and when, and when their comments are looked for.
    pub(super) erased: BTreeMap<MemberId, (Timestamp, Option<Timestamp>)>,
    pub(super) challenges: Vec<Asked>,
    pub(super) doors: Doors,
    pub(super) orders: Vec<Order>,
    pub(super) redemptions: Redemptions,
    pub(super) goods: Goods,
    /// When the processor is asked about an order again.
    pub(super) due: BTreeMap<OrderId, Option<Timestamp>>,
    /// Names of the processor, and the orders that they may mean.
    names: BTreeSet<(String, OrderId)>,
    /// Messages of the processor: when they came in, and whether they are done with.
    messages: BTreeMap<String, (Timestamp, bool)>,
    pub(super) outbox: Outbox,
    pub(super) seats: Vec<SeatRow>,
    /// Counts the acceptances of seats, over all teams.
    pub(super) n_acceptances: u64,
    pub(super) gifts: BTreeMap<OrderId, GiftRow>,
    /// What teams are asked to learn, with the team.
    pub(super) assignments: Vec<(OrderId, Assignment)>,
    pub(super) audit: Vec<AuditRow>,
    pub(super) roles: Vec<(MemberId, StaffRole)>,
    pub(super) grants: Vec<(MemberId, Grant)>,
}

#[derive(Debug)]
pub(super) struct Asked {
    pub(super) command: StartChallenge,
    pub(super) n_tries: i64,
    pub(super) is_used: bool,
    /// Who wants to move to the address, if it is not to sign in.
    pub(super) member: Option<MemberId>,
}

impl Ledger for MemoryLedger {
    async fn execute(&self, command: Command) -> Result<Reply, Unavailable> {
        let mut books = self.0.lock().map_err(|_| Unavailable::new("ledger", "poisoned"))?;
        Ok(books.run(command))
    }
}

impl Books {
    #[expect(clippy::too_many_lines, reason = "an arm for each command")]
    fn run(&mut self, command: Command) -> Reply {
        match command {
            Command::StartChallenge(command) => Reply::StartChallenge(self.start_challenge(command)),
            Command::AnswerChallenge(command) => Reply::AnswerChallenge(self.answer_challenge(command)),
            Command::ReadSession(command) => {
                Reply::ReadSession(self.read_session(&command.token_hash, command.now))
            }
            Command::EndSession(command) => {
                self.doors.end(|_, opening| opening.token_hash == command.token_hash);
                Reply::EndSession(())
            }
            Command::ListSessions(command) => Reply::ListSessions(self.doors.list(&command)),
            Command::EndOneSession(EndOneSession { member, id }) => {
                self.doors.end(|of, opening| *of == member && opening.id == id);
                Reply::EndOneSession(())
            }
            Command::EndOtherSessions(EndOtherSessions { member, token_hash }) => {
                self.doors.end(|of, opening| *of == member && opening.token_hash != token_hash);
                Reply::EndOtherSessions(())
            }
            Command::StartCeremony(command) => Reply::StartCeremony(self.doors.start(command)),
            Command::TakeCeremony(command) => Reply::TakeCeremony(self.doors.take(&command)),
            Command::AddPasskey(command) => Reply::AddPasskey(self.doors.add(command)),
            Command::ListPasskeys(command) => Reply::ListPasskeys(self.doors.passkeys(&command)),
            Command::RemovePasskey(command) => Reply::RemovePasskey(self.doors.remove(&command)),
            Command::SignInWithPasskey(command) => {
                Reply::SignInWithPasskey(self.sign_in_with_passkey(command))
            }
            Command::SignInWithGitHub(command) => Reply::SignInWithGitHub(self.sign_in_with_github(command)),
            Command::NameMember(command) => {
                if let Some(member) = self.members.iter_mut().find(|member| member.id == command.member) {
                    member.name = command.name;
                }
                Reply::NameMember(())
            }
            Command::ReadAccount(command) => {
                Reply::ReadAccount(self.read_account(&command.member, command.now))
            }
            Command::PlaceOrder(command) => Reply::PlaceOrder(self.place(command)),
            Command::TryCode(command) => Reply::TryCode(self.try_code(command)),
            Command::NameReference(command) => {
                if let Some(order) = self.orders.iter_mut().find(|order| order.id == command.order) {
                    order.reference = Some(command.reference.clone());
                    self.names.insert((command.reference, command.order.clone()));
                    self.keep_use(&command.order);
                    self.keep_hold(&command.order);
                }
                Reply::NameReference(())
            }
            Command::OpenOrder(command) => Reply::OpenOrder(self.open_order(&command)),
            Command::SettleOrder(command) => Reply::SettleOrder(self.settle(command)),
            Command::ListDueOrders(command) => {
                Reply::ListDueOrders(self.due_orders(command.now, command.limit))
            }
            Command::PostponeCheck(command) => {
                if let Some(Some(due)) = self.due.get_mut(&command.id) {
                    *due = command.until;
                }
                Reply::PostponeCheck(())
            }
            Command::ReceiveMessage(command) => Reply::ReceiveMessage(self.receive(command)),
            Command::CloseMessage(command) => {
                self.messages.entry(command.id).and_modify(|(_, is_done)| *is_done = true);
                Reply::CloseMessage(())
            }
            Command::UnheardMessages(command) => {
                let is_done = |id: &String| self.messages.get(id).is_some_and(|(_, is_done)| *is_done);
                let asked = command.ids.into_iter().take(100);
                Reply::UnheardMessages(asked.filter(|id| !is_done(id)).collect())
            }
            Command::ForgetMessages(command) => {
                self.messages.retain(|_, (received_at, _)| *received_at >= command.before);
                Reply::ForgetMessages(())
            }
            Command::PostLetter(command) => {
                self.outbox.post(command.letter);
                Reply::PostLetter(())
            }
            Command::TakeLetters(command) => {
                let asked = self.asked_now(command.now);
                Reply::TakeLetters(self.outbox.take(&command, &self.members, &asked))
            }
            Command::SettleLetter(command) => {
                self.outbox.settle(&command);
                Reply::SettleLetter(())
            }
            Command::ChooseLanguage(command) => {
                if let Some(member) = self.members.iter_mut().find(|member| member.id == command.member) {
                    member.language = Some(command.language);
                }
                Reply::ChooseLanguage(())
            }
            Command::SetTopic(command) => {
                memory_outbox::set_topic(&command, &mut self.members);
                Reply::SetTopic(())
            }
            Command::GrantRole(command) => Reply::GrantRole(self.grant_role(&command)),
            Command::RevokeRole(command) => Reply::RevokeRole(self.revoke_role(&command)),
            Command::ListStaff(command) => Reply::ListStaff(self.list_staff(&command)),
            Command::GrantAccess(command) => Reply::GrantAccess(self.grant_access(command)),
            Command::RevokeAccess(command) => Reply::RevokeAccess(self.revoke_access(&command)),
            Command::AddMember(command) => Reply::AddMember(self.add_member(command)),
            Command::FindMembers(command) => Reply::FindMembers(self.find_members(&command)),
            Command::ReadMember(command) => Reply::ReadMember(self.read_member(&command)),
            Command::InviteToSeat(command) => Reply::InviteToSeat(self.invite_to_seat(&command)),
            Command::ReadInvitation(command) => Reply::ReadInvitation(self.read_invitation(&command)),
            Command::AcceptSeat(command) => Reply::AcceptSeat(self.accept_seat(&command)),
            Command::RevokeSeat(command) => Reply::RevokeSeat(self.revoke_seat(&command)),
            Command::ReadTeam(command) => Reply::ReadTeam(self.read_team(&command.order, &command.manager)),
            Command::ListTeams(command) => Reply::ListTeams(self.list_teams(&command.member)),
            Command::NameManager(command) => Reply::NameManager(self.name_manager(&command)),
            Command::Assign(command) => Reply::Assign(self.assign(&command)),
            Command::WithdrawAssignment(command) => Reply::WithdrawAssignment(self.withdraw(&command)),
            Command::ListAssigned(command) => {
                Reply::ListAssigned(self.list_assigned(&command.member, command.now))
            }
            Command::ReadTeamReport(command) => {
                Reply::ReadTeamReport(self.read_team_report(&command.order, &command.manager))
            }
            Command::GiftTo(command) => Reply::GiftTo(self.gift_to(command)),
            Command::AcceptGift(command) => Reply::AcceptGift(self.accept_gift(&command)),
            Command::ReadGift(command) => {
                Reply::ReadGift(self.read_gift(&command.order, command.member.as_ref()))
            }
            Command::ListGifts(command) => Reply::ListGifts(self.list_gifts(&command.member)),
            Command::PlaceGoods(command) => Reply::PlaceGoods(self.place_goods(command)),
            Command::ReadStock(command) => Reply::ReadStock(self.read_stock(&command)),
            Command::ReadGoods(command) => Reply::ReadGoods(self.read_goods(&command.member)),
            Command::ListBookings(command) => Reply::ListBookings(self.list_bookings(&command)),
            Command::ListQuestions(command) => Reply::ListQuestions(self.list_questions(&command)),
            Command::ReadQuestion(command) => Reply::ReadQuestion(self.read_question(&command.order)),
            Command::AnswerQuestion(command) => Reply::AnswerQuestion(self.answer_question(&command)),
            Command::LapseQuestions(command) => Reply::LapseQuestions(self.lapse_questions(&command)),
            Command::ListRefunds(command) => Reply::ListRefunds(self.list_refunds(&command)),
            Command::PostponeRefund(command) => {
                self.postpone_refund(&command);
                Reply::PostponeRefund(())
            }
            Command::ReadPerson(command) => Reply::ReadPerson(self.read_person(&command)),
            Command::ReadPersonPage(command) => Reply::ReadPersonPage(self.read_person_page(&command)),
            Command::StartEmailChange(command) => Reply::StartEmailChange(self.start_email_change(command)),
            Command::ChangeEmail(command) => Reply::ChangeEmail(self.change_email(&command)),
            Command::ReadErasure(command) => {
                Reply::ReadErasure(self.read_erasure(&command.member, command.now))
            }
            Command::EraseMember(command) => Reply::EraseMember(self.erase_member(&command)),
            Command::ListSweeps(command) => Reply::ListSweeps(self.list_sweeps(&command)),
            Command::SettleSweep(command) => {
                if let Some((_, next_at)) = self.erased.get_mut(&command.member) {
                    *next_at = command.next_at;
                }
                Reply::SettleSweep(())
            }
            Command::ReadAudit(command) => Reply::ReadAudit(self.read_audit(&command)),
            Command::VerifyAudit(command) => Reply::VerifyAudit(self.verify_audit(&command)),
        }
    }

    pub(super) fn start_challenge(&mut self, command: StartChallenge) -> Started {
        let is_recent = |asked: &&Asked| asked.command.created_within_hour_of(command.now);
        let recent: Vec<&Asked> = self.challenges.iter().filter(is_recent).collect();
        let n_all = i64::try_from(recent.len()).unwrap_or(i64::MAX);
        let n_same = recent.iter().filter(|asked| asked.command.email == command.email).count();
        if n_all >= command.max_mails_per_hour {
            return Started::Paused;
        }
        if n_same >= 5 {
            return Started::Limited;
        }
        self.challenges.push(Asked { command, n_tries: 0, is_used: false, member: None });
        Started::Send
    }

    fn answer_challenge(&mut self, command: AnswerChallenge) -> Answered {
        let now = command.now;
        let asked = self.challenges.iter_mut().find(|asked| {
            asked.command.id == command.id
                && asked.command.browser_hash == command.browser_hash
                && !asked.is_used
                && asked.member.is_none()
                && asked.n_tries < 5
                && asked.command.now > now.plus_seconds(-600)
        });
        let Some(asked) = asked else { return Answered::Gone };
        let is_right = match &command.proof {
            Proof::Code(hash) => *hash == asked.command.code_hash,
            Proof::Link(hash) => *hash == asked.command.link_hash,
        };
        if !is_right {
            asked.n_tries += 1;
            let n_left = 5 - asked.n_tries;
            return if n_left == 0 { Answered::Gone } else { Answered::Wrong { n_left } };
        }
        asked.is_used = true;
        let email = asked.command.email.clone();
        self.joined.entry(command.new_member.clone()).or_insert(now);
        let member = self.member_for(email, command.new_member, command.new_pseudonym, command.language);
        let SignedIn { member, entitlements } = self.open(member, command.opening, Means::Mail, now);
        Answered::SignedIn { member, entitlements }
    }

    fn open(&mut self, member: Member, opening: Opening, means: Means, now: Timestamp) -> SignedIn {
        if let Some(letter) = self.doors.open(&member.id, opening, means, now) {
            self.outbox.post(letter);
        }
        let entitlements = self.entitlements(&member.id, now);
        SignedIn { member, entitlements }
    }

    fn sign_in_with_passkey(&mut self, command: SignInWithPasskey) -> Option<SignedIn> {
        let id = self.doors.use_passkey(&command)?;
        let member = self.members.iter().find(|member| member.id == id)?.clone();
        Some(self.open(member, command.opening, Means::Passkey, command.now))
    }

    fn sign_in_with_github(&mut self, command: SignInWithGitHub) -> SignedIn {
        let linked = self.doors.identities.iter().find(|(subject, ..)| *subject == command.subject);
        let linked =
            linked.and_then(|(_, id, _)| self.members.iter().find(|member| member.id == *id)).cloned();
        let member = linked.unwrap_or_else(|| {
            let SignInWithGitHub { email, new_member, new_pseudonym, language, .. } = command.clone();
            self.joined.entry(new_member.clone()).or_insert(command.now);
            let member = self.member_for(email, new_member, new_pseudonym, language);
            self.doors.identities.push((command.subject.clone(), member.id.clone(), command.now));
            member
        });
        self.open(member, command.opening, Means::GitHub, command.now)
    }

    fn member_for(&mut self, email: String, id: MemberId, pseudonym: String, language: Language) -> Member {
        if let Some(known) = self.members.iter_mut().find(|member| member.email == email) {
            // Whom staff entered has not said yet which language they read.
            known.language.get_or_insert(language);
            return known.clone();
        }
        let mail_settings = MailSettings::default();
        let member = Member { id, email, pseudonym, name: None, language: Some(language), mail_settings };
        self.members.push(member.clone());
        member
    }

    fn read_session(&mut self, token_hash: &str, now: Timestamp) -> Option<SessionState> {
        let (id, proved_at, means) = self.doors.visit(token_hash, now)?;
        let member = self.members.iter().find(|member| member.id == id)?.clone();
        let entitlements = self.entitlements(&id, now);
        let (roles, withheld) = StaffRole::counting(self.roles_of(&id), means == Means::Passkey);
        let is_awaited = |order: &&Order| {
            order.member == id
                && order.created_at > now.plus_seconds(-86_400)
                && order.reference.is_some()
                && order.settlement == Settlement::default()
        };
        let mut awaited: Vec<Order> = self.orders.iter().filter(is_awaited).cloned().collect();
        awaited.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
        awaited.truncate(3);
        Some(SessionState { member, entitlements, roles, withheld, proved_at, awaited })
    }

    pub(super) fn read_account(&self, id: &MemberId, now: Timestamp) -> Option<Account> {
        let member = self.members.iter().find(|member| member.id == *id)?.clone();
        let entitlements = self.entitlements(id, now);
        let reasons = self.reasons(id, now);
        Some(Account { member, entitlements, reasons, orders: self.orders_of(id) })
    }

    /// What the member ordered, newest first.
    pub(super) fn orders_of(&self, id: &MemberId) -> Vec<Order> {
        let mut orders: Vec<Order> =
            self.orders.iter().filter(|order| order.member == *id).cloned().collect();
        orders.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
        orders
    }

    /// What each order gives the member.
    fn held(&self, id: &MemberId) -> Vec<Held> {
        if self.erased.contains_key(id) {
            return Vec::new();
        }
        let is_own = |order: &&Order| order.member == *id && order.purpose == Purpose::Own;
        let own = self.orders.iter().filter(is_own);
        let own = own.map(|order| Fact { order: order.clone(), share: Share::Own });
        let facts: Vec<Fact> = own.chain(self.shared_facts(id)).collect();
        let held = money::entitlements(&facts).into_iter();
        held.filter_map(|held| limited(self.goods.holds.get(&held.order), held)).collect()
    }

    /// The longest live entitlement of each scope, by the scope's text.
    pub(super) fn entitlements(&self, id: &MemberId, now: Timestamp) -> Vec<Entitlement> {
        let mut longest: BTreeMap<String, Entitlement> = BTreeMap::new();
        let given =
            self.grants.iter().filter(|(member, _)| member == id).map(|(_, grant)| grant.entitlement());
        let bought =
            self.held(id).into_iter().map(|held| Entitlement { scope: held.scope, until: held.until });
        for granted in bought.chain(given).filter(|granted| now < granted.until) {
            let known = longest.entry(granted.scope.to_string()).or_insert_with(|| granted.clone());
            known.until = known.until.max(granted.until);
        }
        longest.into_values().collect()
    }

    /// The reason of the longest live entitlement of each scope, by the scope's text.
    fn reasons(&self, id: &MemberId, now: Timestamp) -> Vec<Reason> {
        let mut found: Vec<(String, Reverse<Timestamp>, Reason)> = Vec::new();
        for (_, grant) in self.grants.iter().filter(|(member, _)| member == id) {
            let Entitlement { scope, until } = grant.entitlement();
            found.push((scope.to_string(), Reverse(until), Reason::Given));
        }
        for held in self.held(id) {
            let order = self.orders.iter().find(|order| order.id == held.order);
            let reason = match order.map(|order| order.purpose) {
                Some(Purpose::Own) => Reason::Bought,
                Some(Purpose::Team) => Reason::Seat,
                Some(Purpose::Gift) => Reason::Gift,
                None => Reason::Given,
            };
            found.push((held.scope.to_string(), Reverse(held.until), reason));
        }
        found.retain(|(_, Reverse(until), _)| now < *until);
        found.sort();
        found.dedup_by(|later, first| later.0 == first.0);
        found.into_iter().map(|(_, _, reason)| reason).collect()
    }

    fn open_order(&mut self, command: &OpenOrder) -> Option<OpenedOrder> {
        let session = self.read_session(&command.token_hash, command.now)?;
        let mine = |order: &&Order| order.id == command.id && order.member == session.member.id;
        let order = self.orders.iter().find(mine).cloned();
        Some(OpenedOrder { session: Box::new(session), order })
    }

    pub(super) fn settle(&mut self, command: SettleOrder) -> Settling {
        let Some(order) = self.orders.iter_mut().find(|order| order.id == command.id) else {
            return Settling::Gone;
        };
        if order.revision == command.revision + 1 || order.revision < command.revision {
            return Settling::Stale(Box::new(order.clone()));
        }
        if order.revision > command.revision {
            let order = order.clone();
            return self.settled(order, command.now, false);
        }
        let mut settlement = command.settlement;
        if self.erased.contains_key(&order.member) {
            settlement.names.receipt_url = None;
        }
        let is_new = order.settlement != settlement;
        order.settlement = settlement;
        order.revision += 1;
        let order = order.clone();
        self.due.insert(order.id.clone(), next_check(&order, command.now));
        self.follow_use(&order, command.now);
        let claimed = self.follow_goods(&order, command.now);
        if is_new {
            self.names.extend(order.settlement.names.all().map(|name| (name.to_owned(), order.id.clone())));
        }
        let held = self.held(&order.member);
        let until = held.into_iter().find(|held| held.order == order.id).map(|held| held.until);
        if is_new {
            self.append(&settlement_entry(&order, until, command.message.as_deref(), command.now));
        }
        for letter in letters_with(letters(&order, until, command.now), claimed.as_ref()) {
            self.outbox.post(letter);
        }
        self.announce_gift(&order, command.now);
        self.follow_team(&order, command.now);
        self.settled(order, command.now, is_new)
    }

    fn settled(&self, order: Order, now: Timestamp, is_new: bool) -> Settling {
        let known = self.members.iter().find(|member| member.id == order.member).cloned();
        let member = known.unwrap_or_else(|| Member::erased(&order.member));
        let entitlements = self.entitlements(&member.id, now);
        Settling::Done(Box::new(Settled { order, member, entitlements, is_new }))
    }

    fn due_orders(&self, now: Timestamp, limit: u32) -> Vec<Order> {
        let due = |order: &Order| self.due.get(&order.id).copied().flatten().filter(|due| *due <= now);
        let mut found: Vec<(Timestamp, &Order)> = self
            .orders
            .iter()
            .filter(|order| order.reference.is_some() || order.is_free())
            .filter_map(|order| Some((due(order)?, order)))
            .collect();
        found.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
        found.into_iter().take(limit as usize).map(|(_, order)| order.clone()).collect()
    }

    fn receive(&mut self, command: ReceiveMessage) -> Received {
        if self.messages.entry(command.id).or_insert((command.now, false)).1 {
            return Received { is_done: true, orders: Vec::new() };
        }
        let means = |order: &&Order| {
            command.names.iter().any(|name| {
                name == order.id.as_str() || self.names.contains(&(name.clone(), order.id.clone()))
            })
        };
        let mut orders: Vec<Order> = self.orders.iter().filter(means).cloned().collect();
        orders.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
        Received { is_done: false, orders }
    }
}

impl StartChallenge {
    fn created_within_hour_of(&self, now: Timestamp) -> bool {
        self.now > now.plus_seconds(-3_600)
    }
}
