//! The Ledger as a plain model: what the SQL must agree with, reply by reply.

use std::collections::BTreeMap;
use std::sync::Mutex;

use lyceum_contract::id::MemberId;
use lyceum_contract::money::{Interval, Term};
use lyceum_contract::{Entitlement, Scope, Timestamp};

use crate::ledger::{
    Account, AnswerChallenge, Answered, Command, FulfilOrder, Fulfilment, Member, Order, OrderState, Proof,
    Reply, SessionState, StartChallenge, Started,
};
use crate::ports::{Ledger, Unavailable};

/// A Ledger in memory.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<Books>);

#[derive(Debug, Default)]
struct Books {
    members: Vec<Member>,
    challenges: Vec<Asked>,
    /// Token hash to member and last visit.
    sessions: BTreeMap<String, (MemberId, Timestamp)>,
    orders: Vec<Order>,
    granted: Vec<(MemberId, Entitlement)>,
}

#[derive(Debug)]
struct Asked {
    command: StartChallenge,
    n_tries: i64,
    is_used: bool,
}

impl Ledger for MemoryLedger {
    async fn execute(&self, command: Command) -> Result<Reply, Unavailable> {
        let mut books = self.0.lock().map_err(|_| Unavailable::new("ledger", "poisoned"))?;
        Ok(books.run(command))
    }
}

impl Books {
    fn run(&mut self, command: Command) -> Reply {
        match command {
            Command::StartChallenge(command) => Reply::StartChallenge(self.start_challenge(command)),
            Command::AnswerChallenge(command) => Reply::AnswerChallenge(self.answer_challenge(command)),
            Command::ReadSession(command) => {
                Reply::ReadSession(self.read_session(&command.token_hash, command.now))
            }
            Command::EndSession(command) => {
                self.sessions.remove(&command.token_hash);
                Reply::EndSession(())
            }
            Command::NameMember(command) => {
                if let Some(member) = self.members.iter_mut().find(|member| member.id == command.member) {
                    member.name = command.name;
                }
                Reply::NameMember(())
            }
            Command::ReadAccount(command) => {
                Reply::ReadAccount(self.read_account(&command.member, command.now))
            }
            Command::PlaceOrder(command) => {
                self.orders.push(command.order);
                Reply::PlaceOrder(())
            }
            Command::NameReference(command) => {
                if let Some(order) = self.orders.iter_mut().find(|order| order.id == command.order) {
                    order.reference = Some(command.reference);
                }
                Reply::NameReference(())
            }
            Command::FindOrder(command) => {
                Reply::FindOrder(self.orders.iter().find(|order| order.id == command.id).cloned())
            }
            Command::FulfilOrder(command) => Reply::FulfilOrder(self.fulfil(&command)),
        }
    }

    fn start_challenge(&mut self, command: StartChallenge) -> Started {
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
        self.challenges.push(Asked { command, n_tries: 0, is_used: false });
        Started::Send
    }

    fn answer_challenge(&mut self, command: AnswerChallenge) -> Answered {
        let now = command.now;
        let asked = self.challenges.iter_mut().find(|asked| {
            asked.command.id == command.id
                && asked.command.browser_hash == command.browser_hash
                && !asked.is_used
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
        let member = self.member_for(email, &command);
        self.sessions.insert(command.session_hash, (member.id.clone(), now));
        let entitlements = self.entitlements(&member.id, now);
        Answered::SignedIn { member, entitlements }
    }

    fn member_for(&mut self, email: String, command: &AnswerChallenge) -> Member {
        if let Some(known) = self.members.iter().find(|member| member.email == email) {
            return known.clone();
        }
        let (id, pseudonym) = (command.new_member.clone(), command.new_pseudonym.clone());
        let member = Member { id, email, pseudonym, name: None };
        self.members.push(member.clone());
        member
    }

    fn read_session(&mut self, token_hash: &str, now: Timestamp) -> Option<SessionState> {
        let (id, seen_at) = self.sessions.get_mut(token_hash)?;
        if *seen_at <= now.plus_seconds(-60 * 86_400) {
            return None;
        }
        if *seen_at < now.plus_seconds(-86_400) {
            *seen_at = now;
        }
        let id = id.clone();
        let member = self.members.iter().find(|member| member.id == id)?.clone();
        let entitlements = self.entitlements(&id, now);
        Some(SessionState { member, entitlements })
    }

    fn read_account(&self, id: &MemberId, now: Timestamp) -> Option<Account> {
        let member = self.members.iter().find(|member| member.id == *id)?.clone();
        let mut orders: Vec<Order> =
            self.orders.iter().filter(|order| order.member == *id).cloned().collect();
        orders.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
        Some(Account { member, entitlements: self.entitlements(id, now), orders })
    }

    /// The longest live entitlement of each scope, by the scope's text.
    fn entitlements(&self, id: &MemberId, now: Timestamp) -> Vec<Entitlement> {
        let mut longest: BTreeMap<String, Entitlement> = BTreeMap::new();
        for (_, granted) in
            self.granted.iter().filter(|(member, granted)| member == id && now < granted.until)
        {
            let held = longest.entry(granted.scope.to_string()).or_insert_with(|| granted.clone());
            held.until = held.until.max(granted.until);
        }
        longest.into_values().collect()
    }

    fn fulfil(&mut self, command: &FulfilOrder) -> Option<Fulfilment> {
        let mut order = self.orders.iter().find(|order| order.id == command.id)?.clone();
        let is_first = order.state == OrderState::Open;
        if is_first {
            let until = self.until(&order.scope, order.price.term, &order.member, command);
            self.granted.push((order.member.clone(), Entitlement { scope: order.scope.clone(), until }));
            order.state = OrderState::Paid { at: command.now };
            let stored = self.orders.iter_mut().find(|stored| stored.id == command.id)?;
            stored.state = order.state;
        }
        let entitlements = self.entitlements(&order.member, command.now);
        Some(Fulfilment { order, entitlements, is_first })
    }

    fn until(&self, scope: &Scope, term: Term, member: &MemberId, command: &FulfilOrder) -> Timestamp {
        let later = |days: i64| command.now.plus_seconds(days * 86_400);
        match term {
            Term::Once => Timestamp::FOREVER,
            Term::Every(Interval::Month) => command.period_end.unwrap_or(later(28)),
            Term::Every(Interval::Year) => command.period_end.unwrap_or(later(365)),
            Term::For(days) => {
                let held =
                    self.entitlements(member, command.now).into_iter().find(|held| held.scope == *scope);
                let end = held.map(|held| held.until).filter(|until| *until != Timestamp::FOREVER);
                end.unwrap_or(command.now).plus_seconds(days.seconds())
            }
        }
    }
}

impl StartChallenge {
    fn created_within_hour_of(&self, now: Timestamp) -> bool {
        self.now > now.plus_seconds(-3_600)
    }
}
