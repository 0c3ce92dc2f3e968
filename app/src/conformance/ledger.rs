//! What every Ledger must do.

use std::collections::BTreeMap;

use lyceum_contract::id::{ChallengeId, MemberId, OrderId, hex};
use lyceum_contract::{Price, Timestamp};

use super::doors;
use super::ledger_assign::{a_manager_runs_one_team, a_team_is_asked_to_learn};
use super::ledger_person::Moves;
use super::ledger_staff::{a_grant_opens_and_ends, nobody_raises_themselves, the_last_owner_stays};
use super::ledger_teams::{Shared, a_gift_is_taken_once, a_team_has_as_many_members_as_seats};
use super::memory_ledger::MemoryLedger;
use super::outbox::{self, language};
use super::random::Random;
use super::{Broken, ensure};
use crate::ledger::{
    AnswerChallenge, Answered, CloseMessage, Command, Commands, EndSession, ForgetMessages, ListDueOrders,
    MAX_ASKED, NameMember, NameReference, OpenOrder, Order, PlaceOrder, PostponeCheck, Proof, Purpose,
    ReadAccount, ReadSession, ReceiveMessage, Reply, SettleOrder, Settling, SignedIn, StartChallenge,
    Started, UnheardMessages,
};
use crate::money::{Dispute, Names, Progress, Refunded, Settlement, Subscription, SubscriptionStatus};
use crate::ports::Ledger;

/// The promises that matter most, each on a fresh address, so that the suite can run on a Ledger in use.
pub async fn ledger_keeps_its_promises<L: Ledger>(ledger: &L, seed: u64) -> Result<(), Broken> {
    let mut random = Random::new(seed);
    a_code_works_once(ledger, &mut random).await?;
    a_code_dies_after_five_tries(ledger, &mut random).await?;
    only_the_browser_that_asked_can_answer(ledger, &mut random).await?;
    a_code_lives_ten_minutes(ledger, &mut random).await?;
    an_address_gets_five_mails_an_hour(ledger, &mut random).await?;
    a_session_ends_when_it_is_ended(ledger, &mut random).await?;
    an_older_word_never_replaces_a_newer_one(ledger, &mut random).await?;
    a_message_counts_once(ledger, &mut random).await?;
    super::ledger_offers::offers_keep_their_limits(ledger, &mut random).await?;
    super::ledger_goods::goods_keep_their_promises(ledger, &mut random).await?;
    super::outbox::an_outbox_keeps_its_promises(ledger, &mut random).await?;
    doors::doors_keep_their_promises(ledger, &mut random).await?;
    nobody_raises_themselves(ledger, &mut random).await?;
    the_last_owner_stays(ledger, &mut random).await?;
    a_grant_opens_and_ends(ledger, &mut random).await?;
    a_team_has_as_many_members_as_seats(ledger, &mut random).await?;
    a_gift_is_taken_once(ledger, &mut random).await?;
    a_manager_runs_one_team(ledger, &mut random).await?;
    a_team_is_asked_to_learn(ledger, &mut random).await?;
    super::ledger_person::members_own_their_account(ledger, &mut random).await
}

pub(super) const NOW: Timestamp = Timestamp(1_800_000_000);

struct Asked {
    start: StartChallenge,
}

impl Asked {
    fn new(random: &mut Random) -> Self {
        let word = |random: &mut Random| hex(&random.bytes16());
        let start = StartChallenge {
            id: ChallengeId::from_bytes(random.bytes16()),
            email: format!("{}@example.org", word(random)),
            browser_hash: word(random),
            code_hash: word(random),
            link_hash: word(random),
            max_mails_per_hour: 1_000_000,
            now: NOW,
        };
        Self { start }
    }

    fn answer(&self, proof: Proof, random: &mut Random) -> AnswerChallenge {
        AnswerChallenge {
            id: self.start.id.clone(),
            browser_hash: self.start.browser_hash.clone(),
            proof,
            new_member: MemberId::from_bytes(random.bytes16()),
            new_pseudonym: hex(&random.bytes16()),
            opening: doors::opening(random),
            language: language(random),
            now: NOW,
        }
    }

    fn right(&self) -> Proof {
        Proof::Code(self.start.code_hash.clone())
    }
}

async fn ask<L: Ledger>(ledger: &L, random: &mut Random) -> Result<Asked, Broken> {
    let asked = Asked::new(random);
    let started = ledger.start_challenge(asked.start.clone()).await?;
    ensure!(started == Started::Send, "a first code is not sent: {started:?}");
    Ok(asked)
}

pub(super) async fn sign_in<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(MemberId, String), Broken> {
    let asked = ask(ledger, random).await?;
    let answer = asked.answer(asked.right(), random);
    let session_hash = answer.opening.token_hash.clone();
    match ledger.answer_challenge(answer).await? {
        Answered::SignedIn { member, .. } => Ok((member.id, session_hash)),
        other => Err(Broken(format!("the right code does not sign in: {other:?}"))),
    }
}

async fn a_code_works_once<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let asked = ask(ledger, random).await?;
    let first = ledger.answer_challenge(asked.answer(asked.right(), random)).await?;
    ensure!(matches!(first, Answered::SignedIn { .. }), "the right code does not sign in: {first:?}");
    let link = Proof::Link(asked.start.link_hash.clone());
    for proof in [asked.right(), link] {
        let again = ledger.answer_challenge(asked.answer(proof, random)).await?;
        ensure!(again == Answered::Gone, "a used challenge answers {again:?}");
    }
    Ok(())
}

async fn a_code_dies_after_five_tries<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let asked = ask(ledger, random).await?;
    let wrong = Proof::Code("wrong".to_owned());
    for n_left in (0..5).rev() {
        let answered = ledger.answer_challenge(asked.answer(wrong.clone(), random)).await?;
        let expected = if n_left == 0 { Answered::Gone } else { Answered::Wrong { n_left } };
        ensure!(answered == expected, "expected {expected:?}, got {answered:?}");
    }
    let late = ledger.answer_challenge(asked.answer(asked.right(), random)).await?;
    ensure!(late == Answered::Gone, "the right code works after five wrong ones: {late:?}");
    Ok(())
}

async fn only_the_browser_that_asked_can_answer<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let asked = ask(ledger, random).await?;
    let mut elsewhere = asked.answer(Proof::Link(asked.start.link_hash.clone()), random);
    "another browser".clone_into(&mut elsewhere.browser_hash);
    let answered = ledger.answer_challenge(elsewhere).await?;
    ensure!(answered == Answered::Gone, "another browser gets {answered:?}");
    let here = ledger.answer_challenge(asked.answer(asked.right(), random)).await?;
    ensure!(
        matches!(here, Answered::SignedIn { .. }),
        "another browser's try was held against this one: {here:?}"
    );
    Ok(())
}

async fn a_code_lives_ten_minutes<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let asked = ask(ledger, random).await?;
    let mut late = asked.answer(asked.right(), random);
    late.now = NOW.plus_seconds(600);
    let answered = ledger.answer_challenge(late).await?;
    ensure!(answered == Answered::Gone, "a code of ten minutes ago gets {answered:?}");
    let mut in_time = asked.answer(asked.right(), random);
    in_time.now = NOW.plus_seconds(599);
    let answered = ledger.answer_challenge(in_time).await?;
    ensure!(matches!(answered, Answered::SignedIn { .. }), "a code of 599 seconds ago gets {answered:?}");
    Ok(())
}

async fn an_address_gets_five_mails_an_hour<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let first = ask(ledger, random).await?.start;
    for n_before in 1..7 {
        let again = StartChallenge { id: ChallengeId::from_bytes(random.bytes16()), ..first.clone() };
        let started = ledger.start_challenge(again).await?;
        let expected = if n_before < 5 { Started::Send } else { Started::Limited };
        ensure!(started == expected, "mail {} to one address: {started:?}", n_before + 1);
    }
    Ok(())
}

async fn a_session_ends_when_it_is_ended<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (member, token_hash) = sign_in(ledger, random).await?;
    let read = |now| ReadSession { token_hash: token_hash.clone(), now };
    let open = ledger.read_session(read(NOW)).await?;
    ensure!(open.is_some_and(|state| state.member.id == member), "a new session is not open");
    let forgotten = ledger.read_session(read(NOW.plus_seconds(61 * 86_400))).await?;
    ensure!(forgotten.is_none(), "a session is open 61 days after the last visit");
    ledger.end_session(EndSession { token_hash: token_hash.clone() }).await?;
    let ended = ledger.read_session(read(NOW)).await?;
    ensure!(ended.is_none(), "an ended session is open");
    Ok(())
}

/// The second of two messengers comes too late, and is told so.
async fn an_older_word_never_replaces_a_newer_one<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let (member, token_hash) = sign_in(ledger, random).await?;
    let order = order(&member, random);
    ledger.place_order(PlaceOrder { order: order.clone(), redemption: None }).await?;
    let settle = |revision, settlement| SettleOrder {
        id: order.id.clone(),
        revision,
        settlement,
        message: None,
        now: NOW,
    };
    let (paid, taken_back) = (bought(), Settlement { refunded: Refunded::Fully, ..bought() });
    let first = ledger.settle_order(settle(0, paid.clone())).await?;
    let Settling::Done(first) = first else { return Err(Broken(format!("a first word is {first:?}"))) };
    ensure!(first.is_new && first.entitlements.len() == 1, "what was paid opens {:?}", first.entitlements);
    let slow = ledger.settle_order(settle(0, Settlement::default())).await?;
    ensure!(
        matches!(slow, Settling::Stale(ref known) if known.revision == 1),
        "a slow messenger got {slow:?}"
    );
    let again = ledger.settle_order(settle(1, paid.clone())).await?;
    ensure!(matches!(again, Settling::Done(ref again) if !again.is_new), "the same word is news: {again:?}");
    let last = ledger.settle_order(settle(2, taken_back)).await?;
    ensure!(
        matches!(last, Settling::Done(ref last) if last.entitlements.is_empty()),
        "money that went back leaves {last:?}"
    );
    let state = ledger.read_session(ReadSession { token_hash, now: NOW }).await?;
    ensure!(
        state.is_some_and(|state| state.entitlements.is_empty()),
        "the session keeps what was taken back"
    );
    Ok(())
}

async fn a_message_counts_once<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (member, _) = sign_in(ledger, random).await?;
    let order = order(&member, random);
    ledger.place_order(PlaceOrder { order: order.clone(), redemption: None }).await?;
    let id = format!("evt_{}", hex(&random.bytes16()));
    let receive =
        ReceiveMessage { id: id.clone(), kind: "paid".into(), names: vec![order.id.to_string()], now: NOW };
    for _ in 0..2 {
        let received = ledger.receive_message(receive.clone()).await?;
        ensure!(!received.is_done && received.orders == [order.clone()], "before it is done: {received:?}");
    }
    let ids = vec![format!("evt_{}", hex(&random.bytes16())), id.clone()];
    let unheard = UnheardMessages { ids: ids.clone() };
    ensure!(ledger.unheard_messages(unheard.clone()).await? == ids, "what is under way counts as done");
    ledger.close_message(CloseMessage { id: id.clone(), now: NOW }).await?;
    let received = ledger.receive_message(receive.clone()).await?;
    ensure!(received.is_done && received.orders.is_empty(), "after it was done: {received:?}");
    let left = ledger.unheard_messages(unheard).await?;
    ensure!(ids.starts_with(&left) && left.len() == 1, "what is done is asked for again");
    let many = (0..150).map(|number| format!("evt_of_nobody_{number}")).collect();
    let n_asked = ledger.unheard_messages(UnheardMessages { ids: many }).await?.len();
    ensure!(n_asked == MAX_ASKED, "{n_asked} messages are asked about at once");
    // Forgotten is what came in before, not what came in then.
    ledger.forget_messages(ForgetMessages { before: NOW }).await?;
    ensure!(ledger.receive_message(receive.clone()).await?.is_done, "a message is forgotten too soon");
    ledger.forget_messages(ForgetMessages { before: Timestamp(NOW.0 + 1) }).await?;
    ensure!(!ledger.receive_message(receive).await?.is_done, "an old message is remembered");
    Ok(())
}

/// A settlement that opens what any price sells by the month.
pub(super) fn bought() -> Settlement {
    let subscription = Subscription {
        status: SubscriptionStatus::Active,
        period_start: NOW,
        period_end: NOW.plus_seconds(30 * 86_400),
        ends_at: None,
        owed_since: None,
    };
    Settlement { progress: Progress::Subscribed(subscription), ..Settlement::default() }
}

#[expect(clippy::expect_used, reason = "the texts are right here")]
pub(super) fn order(member: &MemberId, random: &mut Random) -> Order {
    const PRICES: [&str; 4] = [
        r#"{"id":"course","amount":{"minor":4900,"currency":"USD"},"term":"once"}"#,
        r#"{"id":"month","amount":{"minor":1900,"currency":"USD"},"term":{"every":"month"},"trial":"P7D"}"#,
        r#"{"id":"year","amount":{"minor":19000,"currency":"EUR"},"term":{"every":"year"}}"#,
        r#"{"id":"pass","amount":{"minor":32800,"currency":"CNY"},"term":{"for":"P90D"}}"#,
    ];
    let text = PRICES.get(usize::try_from(random.below(4)).unwrap_or(0)).copied().unwrap_or_default();
    let price: Price = serde_json::from_str(text).expect("the prices above are prices");
    let scope = if price.id.as_str() == "course" { "course:rust" } else { "tier:pro" };
    Order {
        id: OrderId::from_bytes(random.bytes16()),
        member: member.clone(),
        scope: scope.parse().expect("the scopes above are scopes"),
        price,
        quantity: 1,
        purpose: Purpose::Own,
        discount_minor: 0,
        reference: None,
        created_at: NOW,
        settlement: Settlement::default(),
        revision: 0,
    }
}

/// Runs a random history of `n_commands` against the Ledger and the model, and compares every reply.
///
/// The Ledger must be fresh: the model starts empty.
pub async fn ledger_agrees_with_model<L: Ledger>(
    ledger: &L,
    seed: u64,
    n_commands: usize,
) -> Result<(), Broken> {
    let model = MemoryLedger::default();
    let mut history = History { random: Random::new(seed), now: NOW, ..History::default() };
    for step in 0..n_commands {
        let command = history.next();
        let expected = model.execute(command.clone()).await?;
        history.learn(&expected);
        let found = ledger.execute(command.clone()).await?;
        let (expected, found) = (format!("{expected:?}"), format!("{found:?}"));
        ensure!(
            expected == found,
            "seed {seed}, step {step}: {command:?}\nexpected {expected}\nfound    {found}"
        );
    }
    Ok(())
}

/// Draws commands that mostly refer to things that exist.
pub(super) struct History {
    pub(super) random: Random,
    pub(super) now: Timestamp,
    asked: Vec<Asked>,
    members: Vec<MemberId>,
    sessions: Vec<String>,
    orders: Vec<OrderId>,
    revisions: BTreeMap<OrderId, i64>,
    letters: Vec<String>,
    doors: doors::Seen,
    pub(super) shared: Shared,
    /// Orders of tickets, hours and questions.
    pub(super) goods: Vec<OrderId>,
    pub(super) moves: Moves,
    /// Who was erased.
    pub(super) gone: Vec<MemberId>,
}

impl Default for History {
    fn default() -> Self {
        Self {
            random: Random::new(0),
            now: NOW,
            asked: vec![],
            members: vec![],
            sessions: vec![],
            orders: vec![],
            revisions: BTreeMap::new(),
            letters: vec![],
            doors: doors::Seen::default(),
            shared: Shared::default(),
            goods: vec![],
            moves: Moves::default(),
            gone: vec![],
        }
    }
}

impl History {
    fn next(&mut self) -> Command {
        let steps = [1, 30, 300, 3_600, 86_400, 30 * 86_400];
        let step = pick(&mut self.random, &steps).copied().unwrap_or(1);
        self.now = self.now.plus_seconds(if self.random.percent(70) { 1 } else { step });
        if self.random.percent(20) {
            return self.next_of_staff();
        }
        if self.random.percent(25) {
            return self.next_of_teams();
        }
        if self.random.percent(25) {
            return self.next_of_goods();
        }
        if self.random.percent(10) {
            return self.next_of_person();
        }
        match self.random.below(23) {
            0 | 1 => Command::StartChallenge(self.start()),
            2 | 3 => Command::AnswerChallenge(self.answer()),
            4 => Command::ReadSession(ReadSession { token_hash: self.session(), now: self.now }),
            5 if self.random.percent(20) => Command::EndSession(EndSession { token_hash: self.session() }),
            5 => Command::NameMember(NameMember { member: self.member(), name: Some("Ada".to_owned()) }),
            6 => self.place(),
            7 | 8 => Command::SettleOrder(self.settle()),
            9 => Command::NameReference(NameReference { order: self.order(), reference: self.name() }),
            10 => self.ask_about_orders(),
            11 => {
                let names = (0..self.random.below(4)).map(|_| self.name()).collect();
                Command::ReceiveMessage(ReceiveMessage {
                    id: self.message(),
                    kind: "x".into(),
                    names,
                    now: self.now,
                })
            }
            12 if self.random.percent(30) => Command::UnheardMessages(UnheardMessages {
                ids: (0..self.random.below(6)).map(|_| self.message()).collect(),
            }),
            12 if self.random.percent(10) => {
                let before = Timestamp(self.now.0 - 86_400);
                Command::ForgetMessages(ForgetMessages { before })
            }
            12 => Command::CloseMessage(CloseMessage { id: self.message(), now: self.now }),
            13..=15 => self.mail(),
            16..=21 => self.door(),
            _ => Command::ReadAccount(ReadAccount { member: self.member(), now: self.now }),
        }
    }

    fn start(&mut self) -> StartChallenge {
        let mut asked = Asked::new(&mut self.random);
        asked.start.email = format!("m{}@example.org", self.random.below(4));
        asked.start.max_mails_per_hour = 12;
        asked.start.now = self.now;
        let start = asked.start.clone();
        self.asked.push(asked);
        start
    }

    fn answer(&mut self) -> AnswerChallenge {
        let n_recent = 3.min(self.asked.len());
        let recent = self.asked.get(self.asked.len() - n_recent..).unwrap_or_default();
        let fallback = Asked::new(&mut self.random);
        let asked = pick(&mut self.random, recent).unwrap_or(&fallback);
        let proof = match self.random.below(4) {
            0 => Proof::Code("wrong".to_owned()),
            1 => Proof::Link(asked.start.link_hash.clone()),
            _ => asked.right(),
        };
        let mut answer = asked.answer(proof, &mut self.random);
        answer.now = self.now;
        let session = self.session();
        answer.opening = self.doors.opening(&mut self.random, &self.members, &session);
        self.sessions.push(answer.opening.token_hash.clone());
        answer
    }

    /// Orders are placed by members who exist; the schema's foreign key guards the rest.
    fn place(&mut self) -> Command {
        match pick(&mut self.random, &self.members).cloned() {
            Some(member) => {
                let order = Order { created_at: self.now, ..order(&member, &mut self.random) };
                let order = self.shared.draw(order, &mut self.random);
                self.orders.push(order.id.clone());
                Command::PlaceOrder(self.redeem(order))
            }
            None => self.ask_about_orders(),
        }
    }

    fn ask_about_orders(&mut self) -> Command {
        let now = self.now;
        match self.random.below(6) {
            4 | 5 => Command::TryCode(self.try_code()),
            0 => Command::PostponeCheck(PostponeCheck { id: self.order(), until: now.plus_seconds(3_600) }),
            1 => Command::ListDueOrders(ListDueOrders { now, limit: 3 }),
            _ => Command::OpenOrder(OpenOrder { token_hash: self.session(), id: self.order(), now }),
        }
    }

    fn learn(&mut self, reply: &Reply) {
        self.shared.learn(reply);
        self.learn_of_persons(reply);
        if let Reply::AddMember(Some(member)) = reply {
            self.members.push(member.id.clone());
        }
        match reply {
            Reply::AnswerChallenge(Answered::SignedIn { member, .. })
            | Reply::SignInWithGitHub(SignedIn { member, .. }) => {
                self.members.push(member.id.clone());
                self.shared.met(member);
            }
            Reply::SettleOrder(Settling::Done(settled)) => {
                self.revisions.insert(settled.order.id.clone(), settled.order.revision);
            }
            _ => {}
        }
        if let Reply::TakeLetters(taken) = reply {
            self.letters.extend(taken.letters.iter().map(|letter| letter.id.clone()));
        }
    }

    /// Mostly from a messenger who knows the order as it is.
    fn settle(&mut self) -> SettleOrder {
        let id = self.order();
        self.settle_one(id)
    }

    pub(super) fn settle_one(&mut self, id: OrderId) -> SettleOrder {
        let known = self.revisions.get(&id).copied().unwrap_or(0);
        let off = i64::try_from(self.random.below(4)).unwrap_or(0);
        let revision = if self.random.percent(85) { known } else { known + 1 - off };
        let message = self.random.percent(30).then(|| self.message());
        SettleOrder { id, revision, settlement: self.settlement(), message, now: self.now }
    }

    fn settlement(&mut self) -> Settlement {
        use SubscriptionStatus as Status;
        const STATUSES: [Status; 7] = [
            Status::Trialing,
            Status::Active,
            Status::PastDue,
            Status::Unpaid,
            Status::Paused,
            Status::Canceled,
            Status::Incomplete,
        ];
        let now = self.now;
        let day = |n: u64| now.plus_seconds(86_400 * i64::try_from(n).unwrap_or(0));
        let status = pick(&mut self.random, &STATUSES).copied().unwrap_or(Status::Active);
        let subscription = Subscription {
            status,
            period_start: now,
            period_end: day(30 + self.random.below(300)),
            ends_at: self.random.percent(30).then(|| day(20)),
            owed_since: self.random.percent(30).then_some(now),
        };
        let progress = match self.random.below(6) {
            0 => Progress::Open,
            1 => Progress::Failed,
            2 | 3 => Progress::Paid { at: now },
            _ => Progress::Subscribed(subscription),
        };
        let (refunds, disputes) = (
            [Refunded::Nothing, Refunded::Nothing, Refunded::Partly { minor: 5 }, Refunded::Fully],
            [Dispute::None, Dispute::None, Dispute::Open, Dispute::Won, Dispute::Lost],
        );
        Settlement {
            progress,
            refunded: pick(&mut self.random, &refunds).copied().unwrap_or_default(),
            dispute: pick(&mut self.random, &disputes).copied().unwrap_or_default(),
            scope: self.random.percent(10).then(|| "tier:team".parse().ok()).flatten(),
            n_seats: self.random.percent(30).then(|| 1 + u32::try_from(self.random.below(4)).unwrap_or(0)),
            names: Names { customer: self.random.percent(50).then(|| self.name()), ..Names::default() },
        }
    }

    fn name(&mut self) -> String {
        format!("name_{}", self.random.below(8))
    }

    fn message(&mut self) -> String {
        format!("evt_{}", self.random.below(20))
    }

    fn door(&mut self) -> Command {
        let session = self.session();
        let command = doors::command(&mut self.doors, &mut self.random, &self.members, &session, self.now);
        match &command {
            Command::SignInWithGitHub(command) => self.sessions.push(command.opening.token_hash.clone()),
            Command::SignInWithPasskey(command) => self.sessions.push(command.opening.token_hash.clone()),
            _ => {}
        }
        command
    }

    fn mail(&mut self) -> Command {
        let member = self.member();
        outbox::command(&mut self.random, &member, self.now, &self.letters)
    }

    pub(super) fn member(&mut self) -> MemberId {
        let unknown = MemberId::from_bytes(self.random.bytes16());
        pick(&mut self.random, &self.members).cloned().unwrap_or(unknown)
    }

    pub(super) fn is_known(&self, member: &MemberId) -> bool {
        self.members.contains(member)
    }

    pub(super) fn forget_member(&mut self, member: &MemberId) {
        self.members.retain(|known| known != member);
    }

    pub(super) fn session(&mut self) -> String {
        pick(&mut self.random, &self.sessions).cloned().unwrap_or_default()
    }

    fn order(&mut self) -> OrderId {
        let unknown = OrderId::from_bytes(self.random.bytes16());
        pick(&mut self.random, &self.orders).cloned().unwrap_or(unknown)
    }
}

pub(super) fn pick<'a, T>(random: &mut Random, from: &'a [T]) -> Option<&'a T> {
    from.get(usize::try_from(random.below(from.len() as u64)).unwrap_or(0))
}
