//! Whatever becomes of the processor's messages, access ends up as its final state says.
//!
//! A life is what happens to one order at the processor, step by step. A history is what of it reaches us: messages in
//! any order, several times, or not at all, to handlers that are slow, overtake each other and die. Histories run
//! through the real webhook of the real app; only the processor and its clock are ours.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use axum::body::Body;
use http::{Request, Response};
use lyceum::adapters::SqliteLedger;
use lyceum_app::App;
use lyceum_app::conformance::{MemoryLedger, Random};
use lyceum_app::ledger::{
    AcceptSeat, Actor, AddMember, Claim, Commands, GoodsPlacing, InviteToSeat, Joining, NameReference, Order,
    PlaceGoods, PlaceOrder, PostponeCheck, Purpose, ReadAccount, Redemption,
};
use lyceum_app::money::{Dispute, Progress, Refunded, Settlement, Subscription, SubscriptionStatus};
use lyceum_app::ports::{Ledger, PaymentRequest, Payments};
use lyceum_contract::id::{MemberId, OrderId, SeatId, hex};
use lyceum_contract::{Entitlement, Price, Scope, Timestamp};
use lyceum_tests::academy::Place;
use lyceum_tests::content::small_academy;
use lyceum_tests::{Academy, Scratch};

const DAY: i64 = 86_400;
/// When every life begins, and so the academy's clock.
const START: Timestamp = Timestamp(1_800_000_000);

/// What happens to one order at the processor.
struct Life {
    name: &'static str,
    price: &'static str,
    scope: &'static str,
    kind: Kind,
    /// The processor's word after each step; every step sends one message.
    steps: Vec<Settlement>,
    /// What must follow from the last one, in words of its own: scope, and the first second without access.
    end: Option<(&'static str, Timestamp)>,
}

/// How the order is bought.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// By one member, for themselves.
    Own,
    /// For nothing, by a code of a hundred percent. The processor never hears of it.
    Free,
    /// For a team of so many seats, all of them taken after the first step. `n_left` of them, those who came first, have
    /// what the life ends with.
    Team { n_seats: u32, n_left: usize },
}

const ONCE: &str = r#"{"id":"rust","amount":{"minor":4900,"currency":"USD"},"term":"once"}"#;
const HOUR: &str = r#"{"id":"hour","amount":{"minor":8000,"currency":"USD"},"term":"once"}"#;
const MONTHLY: &str =
    r#"{"id":"pro-month","amount":{"minor":1900,"currency":"USD"},"term":{"every":"month"},"trial":"P7D"}"#;
const SEATS: &str = r#"{"id":"team-month","amount":{"minor":1500,"currency":"USD"},"term":{"every":"month"},"per_seat":true}"#;
const PASS: &str = r#"{"id":"pro-90d","amount":{"minor":32800,"currency":"CNY"},"term":{"for":"P90D"}}"#;

fn day(n: i64) -> Timestamp {
    START.plus_seconds(n * DAY)
}

fn subscribed(status: SubscriptionStatus, from: i64, to: i64) -> Subscription {
    Subscription { status, period_start: day(from), period_end: day(to), ends_at: None, owed_since: None }
}

fn word(progress: Progress) -> Settlement {
    Settlement { progress, ..Settlement::default() }
}

fn running(subscription: Subscription) -> Settlement {
    word(Progress::Subscribed(subscription))
}

fn with_scope(scope: &str, settlement: Settlement) -> Settlement {
    Settlement { scope: Some(scope.parse().expect("a scope")), ..settlement }
}

fn life(
    name: &'static str,
    (price, scope): (&'static str, &'static str),
    steps: Vec<Settlement>,
    end: Option<(&'static str, Timestamp)>,
) -> Life {
    Life { name, price, scope, kind: Kind::Own, steps, end }
}

fn lives() -> Vec<Life> {
    let mut lives = payments();
    lives.extend(subscriptions());
    lives.extend(changed_subscriptions());
    lives.extend(slots());
    lives.extend(teams());
    let for_good = Some(("course:rust", Timestamp::FOREVER));
    let free = life("a code of a hundred percent", (ONCE, "course:rust"), Vec::new(), for_good);
    lives.push(Life { kind: Kind::Free, ..free });
    lives
}

/// Seats that are all taken, and given back or not paid any more.
fn teams() -> Vec<Life> {
    use SubscriptionStatus as Status;
    let of = |n_seats: u32, settlement: Settlement| Settlement { n_seats: Some(n_seats), ..settlement };
    let first = |n_seats| of(n_seats, running(subscribed(Status::Active, 0, 30)));
    let second = |n_seats| of(n_seats, running(subscribed(Status::Active, 30, 60)));
    let team = |name, n_left, steps, end| {
        let life = life(name, (SEATS, "tier:team"), steps, end);
        Life { kind: Kind::Team { n_seats: 5, n_left }, ..life }
    };
    let until = |n| Some(("tier:team", day(n)));
    vec![
        team("seats, 5 to 3", 3, vec![first(5), first(3), second(3)], until(60 + 7)),
        team("seats, 5 to 3 to 4", 4, vec![first(5), first(3), first(4), second(4)], until(60 + 7)),
        team(
            "seats refunded",
            0,
            vec![first(5), first(3), Settlement { refunded: Refunded::Fully, ..first(3) }],
            None,
        ),
    ]
}

fn payments() -> Vec<Life> {
    let course = (ONCE, "course:rust");
    let paid = || Settlement::paid(day(0));
    let refunded = |refunded| Settlement { refunded, ..paid() };
    let disputed = |dispute| Settlement { dispute, ..paid() };
    let for_good = Some(("course:rust", Timestamp::FOREVER));
    vec![
        life("one-off", course, vec![Settlement::default(), paid()], for_good),
        life("never paid", course, vec![Settlement::default(), word(Progress::Failed)], None),
        life(
            "a bank that pays after two days",
            course,
            vec![word(Progress::Pending), word(Progress::Pending), Settlement::paid(day(2))],
            for_good,
        ),
        life(
            "a bank that does not pay",
            course,
            vec![word(Progress::Pending), word(Progress::Pending), word(Progress::Failed)],
            None,
        ),
        life(
            "refunded in two parts",
            course,
            vec![paid(), refunded(Refunded::Partly { minor: 1_000 }), refunded(Refunded::Fully)],
            None,
        ),
        life("refunded in part", course, vec![paid(), refunded(Refunded::Partly { minor: 1_000 })], for_good),
        life("dispute lost", course, vec![paid(), disputed(Dispute::Open), disputed(Dispute::Lost)], None),
        life("dispute won", course, vec![paid(), disputed(Dispute::Open), disputed(Dispute::Won)], for_good),
        life(
            "pass",
            (PASS, "tier:pro"),
            vec![Settlement::default(), word(Progress::Pending), Settlement::paid(day(1))],
            Some(("tier:pro", day(91))),
        ),
    ]
}

/// Of each slot there is one, and nobody else wants these.
fn slots() -> Vec<Life> {
    let hour = (HOUR, "product:hour");
    let paid = || Settlement::paid(day(0));
    let refunded = |refunded| Settlement { refunded, ..paid() };
    let booked = Some(("product:hour", SLOT_ENDS.plus_seconds(DAY)));
    vec![
        life("a slot", hour, vec![Settlement::default(), word(Progress::Pending), paid()], booked),
        life("a slot that a bank refuses", hour, vec![word(Progress::Pending), word(Progress::Failed)], None),
        life(
            "a slot, and a refund that fails",
            hour,
            vec![paid(), refunded(Refunded::Fully), refunded(Refunded::Nothing)],
            booked,
        ),
        life(
            "a slot, refunded in parts",
            hour,
            vec![paid(), refunded(Refunded::Partly { minor: 1_000 }), refunded(Refunded::Fully)],
            None,
        ),
    ]
}

const SLOT_ENDS: Timestamp = Timestamp(START.0 + 10 * DAY + 2_700);

/// A slot in ten days, another one each time.
fn slot(random: &mut Random) -> Claim {
    let unit = i64::try_from(random.below(1 << 50)).expect("small");
    let (starts, ends) = (SLOT_ENDS.plus_seconds(-2_700), Some(SLOT_ENDS));
    Claim { unit, places: Some(1), starts, ends, instructor: "ada".parse().ok() }
}

fn subscriptions() -> Vec<Life> {
    use SubscriptionStatus as Status;
    let monthly = (MONTHLY, "tier:pro");
    let trial = || running(subscribed(Status::Trialing, 0, 7));
    let first = || running(subscribed(Status::Active, 7, 37));
    let second = || running(subscribed(Status::Active, 37, 67));
    let owed = |status| Subscription { owed_since: Some(day(37)), ..subscribed(status, 37, 67) };
    let pro_until = |n| Some(("tier:pro", day(n)));
    vec![
        life(
            "trial, then renewals",
            monthly,
            vec![trial(), trial(), first(), first(), second()],
            pro_until(67 + 7),
        ),
        life(
            "past due, then paid",
            monthly,
            vec![trial(), first(), running(owed(Status::PastDue)), running(owed(Status::PastDue)), second()],
            pro_until(67 + 7),
        ),
        life("past due", monthly, vec![trial(), first(), running(owed(Status::PastDue))], pro_until(37 + 7)),
        life(
            "unpaid",
            monthly,
            vec![trial(), first(), running(owed(Status::PastDue)), running(owed(Status::Unpaid))],
            None,
        ),
        life(
            "given up by the processor",
            monthly,
            vec![trial(), first(), running(owed(Status::PastDue)), running(owed(Status::Canceled))],
            pro_until(37),
        ),
    ]
}

/// Subscriptions that their subscribers change.
fn changed_subscriptions() -> Vec<Life> {
    use SubscriptionStatus as Status;
    let monthly = (MONTHLY, "tier:pro");
    let trial = || running(subscribed(Status::Trialing, 0, 7));
    let first = || running(subscribed(Status::Active, 7, 37));
    let second = || running(subscribed(Status::Active, 37, 67));
    let ending = |status| Subscription { ends_at: Some(day(37)), ..subscribed(status, 7, 37) };
    let pro_until = |n| Some(("tier:pro", day(n)));
    vec![
        life(
            "cancelled to the end of the period",
            monthly,
            vec![trial(), first(), running(ending(Status::Active)), running(ending(Status::Canceled))],
            pro_until(37),
        ),
        life(
            "cancelled, and thought better of it",
            monthly,
            vec![trial(), first(), running(ending(Status::Active)), first(), second()],
            pro_until(67 + 7),
        ),
        life(
            "paused and resumed",
            monthly,
            vec![trial(), running(subscribed(Status::Paused, 7, 37)), first()],
            pro_until(37 + 7),
        ),
        life(
            "first payment missing",
            monthly,
            vec![
                running(subscribed(Status::Incomplete, 0, 30)),
                running(subscribed(Status::IncompleteExpired, 0, 30)),
            ],
            None,
        ),
        life(
            "upgrade",
            monthly,
            vec![trial(), first(), with_scope("tier:team", first()), with_scope("tier:team", second())],
            Some(("tier:team", day(67 + 7))),
        ),
        life(
            "upgrade and downgrade",
            monthly,
            vec![first(), with_scope("tier:team", first()), first()],
            pro_until(37 + 7),
        ),
        life(
            "renewal refunded",
            monthly,
            vec![first(), second(), Settlement { refunded: Refunded::Fully, ..second() }],
            None,
        ),
    ]
}

/// A message before those of the history: that a team has paid.
const FIRST: usize = 98;
/// The message about the last step.
const LAST: usize = 99;

type Answer = Pin<Box<dyn Future<Output = Response<Body>>>>;

/// One order at one academy, and the handlers that are at work on it.
struct Run<'a, L: Ledger + 'static> {
    academy: &'a Academy<L>,
    app: App<Place<L>>,
    /// Who bought it.
    member: MemberId,
    /// Who has its seats, in the order in which they came.
    seats: Vec<MemberId>,
    order: OrderId,
    /// Which message each of them has, and what it will answer.
    at_work: Vec<(usize, Answer)>,
    /// Messages that the processor has to repeat.
    refused: Vec<usize>,
}

impl<'a, L: Ledger + 'static> Run<'a, L> {
    async fn begin(academy: &'a Academy<L>, life: &Life, random: &mut Random) -> Self {
        let ledger = &academy.place.ledger;
        let (member, _) = add_member(academy, random).await;
        let price: Price = serde_json::from_str(life.price).expect("a price");
        let (quantity, purpose) = match life.kind {
            Kind::Own | Kind::Free => (1, Purpose::Own),
            Kind::Team { n_seats, .. } => (n_seats, Purpose::Team),
        };
        let order = Order {
            id: OrderId::from_bytes(random.bytes16()),
            member: member.clone(),
            scope: life.scope.parse().expect("a scope"),
            discount_minor: if life.kind == Kind::Free { price.amount.minor } else { 0 },
            price,
            quantity,
            purpose,
            reference: None,
            created_at: academy.now(),
            settlement: Settlement::default(),
            revision: 0,
        };
        let id = order.id.clone();
        let code = Redemption { code: "FREE-100".parse().expect("a code"), limit: None, per_member: 1 };
        let redemption = Some(code).filter(|_| life.kind == Kind::Free);
        let place = PlaceOrder { order: order.clone(), redemption };
        if life.price == HOUR {
            let command = PlaceGoods { place, claim: Some(slot(random)), ask: None };
            assert_eq!(ledger.place_goods(command).await.expect("a Ledger"), GoodsPlacing::Placed);
        } else {
            ledger.place_order(place).await.expect("placed");
        }
        if life.kind != Kind::Free {
            let page = academy.place.payments.start(&request(order)).await.expect("a page");
            let name = NameReference { order: id.clone(), reference: page.reference };
            ledger.name_reference(name).await.expect("named");
        }
        let (app, at_work, refused) = (academy.app_at(0), Vec::new(), Vec::new());
        let mut run = Self { academy, app, member, seats: Vec::new(), order: id, at_work, refused };
        if let Kind::Team { n_seats, .. } = life.kind {
            run.take_seats(&life.steps[0], n_seats, random).await;
        }
        run
    }

    /// The seats are paid, and everybody who was invited takes one.
    async fn take_seats(&mut self, paid: &Settlement, n_seats: u32, random: &mut Random) {
        self.advance(paid);
        self.deliver(FIRST);
        self.finish(random);
        let (academy, now) = (self.academy, self.academy.now());
        for _ in 0..n_seats {
            let id = SeatId::from_bytes(random.bytes16());
            let (member, email) = add_member(academy, random).await;
            let invite = InviteToSeat {
                order: self.order.clone(),
                manager: self.member.clone(),
                id: id.clone(),
                email,
                language: None,
                now,
            };
            academy.place.ledger.invite_to_seat(invite).await.expect("a Ledger");
            let accept = AcceptSeat { id, member: member.clone(), now };
            let joined = academy.place.ledger.accept_seat(accept).await.expect("a Ledger");
            assert!(matches!(joined, Joining::Joined(_)), "{joined:?}");
            self.seats.push(member);
        }
    }

    /// The processor has come to this step.
    fn advance(&self, settlement: &Settlement) {
        self.academy.place.payments.settle(self.order.as_str(), settlement.clone());
    }

    /// A message arrives.
    fn deliver(&mut self, message: usize) {
        let request = Request::post("/webhooks/stripe").header("stripe-signature", "the processor");
        let request = request.body(Body::from(format!("{} {message}", self.order))).expect("a request");
        let app = self.app.clone();
        self.at_work.push((message, Box::pin(async move { app.respond(request).await })));
    }

    /// Lets one handler go on until it waits for the processor, or is done.
    fn work(&mut self, handler: usize) {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(response) = self.at_work[handler].1.as_mut().poll(&mut context) {
            // A handler that others overtook again and again gives up; the processor then repeats the message.
            let status = response.status().as_u16();
            assert!(matches!(status, 200 | 503), "{status}");
            let (message, _) = self.at_work.swap_remove(handler);
            if status == 503 {
                self.refused.push(message);
            }
        }
    }

    /// Lets all handlers come to their end, in this order.
    fn finish(&mut self, random: &mut Random) {
        while !self.at_work.is_empty() {
            let handler = below(random, self.at_work.len());
            self.work(handler);
        }
    }

    /// The nightly look at the processor's books.
    async fn look_at_the_books(&self) {
        let due = PostponeCheck { id: self.order.clone(), until: Timestamp(0) };
        self.academy.place.ledger.postpone_check(due).await.expect("due at once");
        let mut look = Box::pin(self.app.reconcile(100));
        let mut context = Context::from_waker(Waker::noop());
        let found = loop {
            if let Poll::Ready(found) = look.as_mut().poll(&mut context) {
                break found.expect("a look at the books");
            }
        };
        assert_eq!(found.n_failed, 0, "{found}");
    }

    async fn entitlements(&self, member: &MemberId, now: Timestamp) -> Vec<Entitlement> {
        let command = ReadAccount { member: member.clone(), now };
        let account = self.academy.place.ledger.read_account(command).await.expect("a Ledger");
        account.expect("a member").entitlements
    }

    async fn check(&self, life: &Life, history: &str) {
        match life.kind {
            Kind::Own | Kind::Free => self.check_member(&self.member, life, life.end, history).await,
            Kind::Team { n_left, .. } => {
                for (place, member) in self.seats.iter().enumerate() {
                    let end = life.end.filter(|_| place < n_left);
                    self.check_member(member, life, end, &format!("{history}, seat {place}")).await;
                }
            }
        }
    }

    async fn check_member(
        &self,
        member: &MemberId,
        life: &Life,
        end: Option<(&str, Timestamp)>,
        history: &str,
    ) {
        // Before anything ends: what ends when is part of the answer.
        let found = self.entitlements(member, START).await;
        let expected = end.map(|(scope, until)| {
            let scope: Scope = scope.parse().expect("a scope");
            Entitlement { scope, until }
        });
        assert_eq!(found, Vec::from_iter(expected.clone()), "{}: {history}", life.name);
        if let Some(Entitlement { until, .. }) = expected.filter(|held| held.until != Timestamp::FOREVER) {
            assert_eq!(self.entitlements(member, until.plus_seconds(-1)).await.len(), 1, "{}", life.name);
            assert_eq!(self.entitlements(member, until).await.len(), 0, "{}", life.name);
        }
    }
}

async fn add_member<L: Ledger + 'static>(academy: &Academy<L>, random: &mut Random) -> (MemberId, String) {
    let name = hex(&random.bytes16());
    let email = format!("{name}@example.org");
    let command = AddMember {
        email: email.clone(),
        new_member: MemberId::from_bytes(random.bytes16()),
        new_pseudonym: name,
        now: academy.now(),
        by: Actor::OwnerCli,
    };
    let member = academy.place.ledger.add_member(command).await.expect("a Ledger").expect("a member");
    (member.id, email)
}

fn request(order: Order) -> PaymentRequest {
    PaymentRequest {
        order,
        offer: None,
        description: "x".to_owned(),
        email: "x@example.org".to_owned(),
        customer: None,
        language: "en".parse().expect("a language"),
        has_tax: false,
        expires_at: None,
        return_url: "https://academy.example/".to_owned(),
        cancel_url: "https://academy.example/".to_owned(),
    }
}

fn below(random: &mut Random, n: usize) -> usize {
    usize::try_from(random.below(n as u64)).expect("small")
}

/// An academy for some hundred histories. The model looks through its lists from the start, so it must not grow old.
fn fresh() -> Academy {
    let academy = Academy::with_ledger(small_academy(), MemoryLedger::default());
    academy.place.payments.set_slow();
    academy
}

/// Every order of every choice of the messages of a life, three deliveries each, after the life is over.
#[tokio::test]
async fn any_choice_of_messages_in_any_order_leads_to_the_final_state() {
    let mut random = Random::new(4);
    let mut n_histories = 0;
    for life in lives() {
        let mut academy = fresh();
        for order in arrangements(life.steps.len()) {
            if n_histories % 200 == 0 {
                academy = fresh();
            }
            let mut run = Run::begin(&academy, &life, &mut random).await;
            for step in &life.steps {
                run.advance(step);
            }
            for message in &order {
                for _ in 0..3 {
                    run.deliver(*message);
                    run.finish(&mut random);
                }
            }
            if order.is_empty() {
                run.look_at_the_books().await;
            }
            run.check(&life, &format!("{order:?}")).await;
            n_histories += 1;
        }
    }
    let expected = lives().iter().map(|life| arrangements(life.steps.len()).len()).sum::<usize>();
    assert!(n_histories == expected && expected > 1_000, "{n_histories} of {expected}");
}

/// Every ordered choice of `0..n`, the empty one included.
fn arrangements(n: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    let mut longest = all.clone();
    for _ in 0..n {
        longest = longest
            .iter()
            .flat_map(|chosen: &Vec<usize>| {
                let free = (0..n).filter(|idx| !chosen.contains(idx));
                free.map(|idx| [chosen.as_slice(), &[idx]].concat()).collect::<Vec<_>>()
            })
            .collect();
        all.extend(longest.iter().cloned());
    }
    all
}

/// One random history: steps, deliveries, slow and dying handlers, all mixed; a look at the books at the end.
async fn random_history<L: Ledger + 'static>(academy: &Academy<L>, life: &Life, seed: u64) {
    let mut random = Random::new(seed);
    let mut run = Run::begin(academy, life, &mut random).await;
    let mut n_steps = 0;
    let mut n_deliveries = 0;
    while n_steps < life.steps.len() || (n_deliveries < 3 * life.steps.len() && random.percent(80)) {
        match random.below(8) {
            0 | 1 if n_steps < life.steps.len() => {
                run.advance(&life.steps[n_steps]);
                n_steps += 1;
            }
            2 | 3 if n_steps > 0 => {
                let message = below(&mut random, n_steps);
                run.deliver(message);
                n_deliveries += 1;
            }
            // A handler dies in the middle: its machine was switched off.
            4 if !run.at_work.is_empty() && random.percent(20) => {
                let handler = below(&mut random, run.at_work.len());
                drop(run.at_work.swap_remove(handler));
            }
            _ if !run.at_work.is_empty() => {
                let handler = below(&mut random, run.at_work.len());
                run.work(handler);
            }
            _ => {}
        }
    }
    // Half of the time the last message gets through, while others are still at work and come to their end after it;
    // else the books are looked at.
    if random.percent(50) {
        run.refused.push(LAST);
    }
    let is_told = run.refused.contains(&LAST);
    while run.refused.contains(&LAST) {
        run.refused.clear();
        run.deliver(LAST);
        run.finish(&mut random);
    }
    run.finish(&mut random);
    if !is_told {
        run.look_at_the_books().await;
    }
    run.check(life, &format!("seed {seed}")).await;
}

#[tokio::test]
async fn a_hundred_thousand_histories_lead_to_the_final_state() {
    let lives = lives();
    let per_life = 100_000_u64.div_ceil(lives.len() as u64);
    for (number, life) in (0_u64..).zip(&lives) {
        let mut academy = fresh();
        for idx in 0..per_life {
            if idx % 100 == 0 {
                academy = fresh();
            }
            random_history(&academy, life, number << 32 | idx).await;
        }
    }
}

#[tokio::test]
async fn histories_lead_to_the_final_state_on_disk_too() {
    for (number, life) in (0_u64..).zip(&lives()) {
        let folder = Scratch::new();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
        let academy = Academy::with_ledger(small_academy(), ledger);
        for idx in 0..10 {
            random_history(&academy, life, number << 32 | idx).await;
        }
    }
}
