//! An academy in memory: one Ledger, one till, one mailbox, and as many places on earth as a test needs.

use std::fmt;
use std::future::poll_fn;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;

use axum::body::Body;
use bytes::Bytes;
use http::Response;
use lyceum_app::conformance::{
    AdversarialComments, ManualClock, MemoryAssets, MemoryEvents, MemoryHttp, MemoryLedger, MemoryMailer,
    MemoryPayments, SeededEntropy, World,
};
use lyceum_app::ledger::{Command, Order, RefundReason, Reply};
use lyceum_app::money::Settlement;
use lyceum_app::ports::{
    AssetRequest, Assets, Clock, CommentKey, CommentStore, Entropy, EventSink, Forged, Http, Ledger, Mail,
    Mailer, Message, News, NotSent, PaymentPage, PaymentRequest, Payments, Platform, Unavailable,
};
use lyceum_app::{App, Config, Secrets};
use lyceum_contract::event::Event;
use lyceum_contract::id::MemberId;
use lyceum_contract::{LessonId, Timestamp};

use crate::browser::{Browser, Page};
use crate::content::{Files, keys};

/// A port that several places share, that can be made to fail, and that counts.
pub struct Port<T>(Arc<Inner<T>>);

struct Inner<T> {
    adapter: T,
    is_down: AtomicBool,
    is_slow: AtomicBool,
    n_calls: AtomicU64,
    /// Calls until it stops answering.
    n_left: AtomicU64,
}

impl<T> Port<T> {
    /// The adapter behind a port.
    pub fn new(adapter: T) -> Self {
        Self(Arc::new(Inner {
            adapter,
            is_down: AtomicBool::new(false),
            is_slow: AtomicBool::new(false),
            n_calls: AtomicU64::new(0),
            n_left: AtomicU64::new(u64::MAX),
        }))
    }

    /// From now on what the processor says about an order arrives only when the asking future is polled again. Nobody
    /// wakes it.
    pub fn set_slow(&self) {
        self.0.is_slow.store(true, Ordering::SeqCst);
    }

    /// Stops answering, or starts again.
    pub fn set_down(&self, is_down: bool) {
        self.0.is_down.store(is_down, Ordering::SeqCst);
        self.0.n_left.store(u64::MAX, Ordering::SeqCst);
    }

    /// Answers so many calls more, and then stops answering.
    pub fn fail_after(&self, n_calls: u64) {
        self.0.n_left.store(n_calls, Ordering::SeqCst);
    }

    /// How often it was asked.
    pub fn n_calls(&self) -> u64 {
        self.0.n_calls.load(Ordering::SeqCst)
    }

    fn ask(&self, port: &'static str) -> Result<&T, Unavailable> {
        self.0.n_calls.fetch_add(1, Ordering::SeqCst);
        let is_used_up = self.0.n_left.fetch_sub(1, Ordering::SeqCst) == 0;
        if is_used_up {
            self.0.is_down.store(true, Ordering::SeqCst);
        }
        if self.0.is_down.load(Ordering::SeqCst) {
            return Err(Unavailable::new(port, "the test switched it off"));
        }
        Ok(&self.0.adapter)
    }
}

impl<T> Clone for Port<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for Port<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.adapter
    }
}

impl<T> fmt::Debug for Port<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Port({} calls)", self.n_calls())
    }
}

impl<T: Assets> Assets for Port<T> {
    async fn fetch(&self, request: AssetRequest) -> Result<Response<Body>, Unavailable> {
        self.ask("assets")?.fetch(request).await
    }

    async fn read(&self, path: &str) -> Result<Option<Bytes>, Unavailable> {
        self.ask("assets")?.read(path).await
    }
}

impl<T: Ledger> Ledger for Port<T> {
    async fn execute(&self, command: Command) -> Result<Reply, Unavailable> {
        self.ask("ledger")?.execute(command).await
    }
}

impl<T: CommentStore> CommentStore for Port<T> {
    async fn put(&self, key: &CommentKey, author: &MemberId, comment: &[u8]) -> Result<(), Unavailable> {
        self.ask("comments")?.put(key, author, comment).await
    }

    async fn list_of(&self, author: &MemberId) -> Result<Vec<CommentKey>, Unavailable> {
        self.ask("comments")?.list_of(author).await
    }

    async fn get_many(&self, keys: &[CommentKey]) -> Result<Vec<Vec<u8>>, Unavailable> {
        self.ask("comments")?.get_many(keys).await
    }

    async fn remove(&self, key: &CommentKey, author: &MemberId) -> Result<(), Unavailable> {
        self.ask("comments")?.remove(key, author).await
    }

    async fn get(&self, key: &CommentKey) -> Result<Option<Vec<u8>>, Unavailable> {
        self.ask("comments")?.get(key).await
    }

    async fn list(&self, lesson: &LessonId) -> Result<Vec<Vec<u8>>, Unavailable> {
        self.ask("comments")?.list(lesson).await
    }
}

impl<T: EventSink> EventSink for Port<T> {
    async fn append(&self, events: Vec<Event>) -> Result<(), Unavailable> {
        self.ask("events")?.append(events).await
    }
}

impl<T: Payments> Payments for Port<T> {
    async fn start(&self, payment: &PaymentRequest) -> Result<PaymentPage, Unavailable> {
        self.ask("payments")?.start(payment).await
    }

    async fn close(&self, order: &Order) -> Result<(), Unavailable> {
        self.ask("payments")?.close(order).await
    }

    async fn refund(&self, order: &Order, reason: RefundReason) -> Result<(), Unavailable> {
        self.ask("payments")?.refund(order, reason).await
    }

    async fn cancel(&self, order: &Order) -> Result<(), Unavailable> {
        self.ask("payments")?.cancel(order).await
    }

    async fn settlement(&self, order: &Order) -> Result<Settlement, Unavailable> {
        let settlement = self.ask("payments")?.settlement(order).await;
        if self.0.is_slow.load(Ordering::SeqCst) {
            let mut is_first = true;
            poll_fn(|_| if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }).await;
        }
        settlement
    }

    fn message(&self, signature: &str, body: &[u8], now: Timestamp) -> Result<Message, Forged> {
        self.0.adapter.message(signature, body, now)
    }

    async fn owners(&self, message: &Message) -> Result<Vec<String>, Unavailable> {
        self.ask("payments")?.owners(message).await
    }

    async fn news(&self, since: Timestamp, after: Option<&str>) -> Result<News, Unavailable> {
        self.ask("payments")?.news(since, after).await
    }

    async fn manage(&self, customer: &str, return_url: &str) -> Result<String, Unavailable> {
        self.ask("payments")?.manage(customer, return_url).await
    }
}

impl<T: Mailer> Mailer for Port<T> {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        self.ask("mailer")?.send(mail).await
    }
}

impl<T: Clock> Clock for Port<T> {
    fn now_ms(&self) -> u64 {
        self.0.adapter.now_ms()
    }
}

impl<T: Entropy> Entropy for Port<T> {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Unavailable> {
        self.ask("entropy")?.fill(buffer)
    }
}

impl<T: Http> Http for Port<T> {
    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Unavailable> {
        self.ask("http")?.send(request).await
    }
}

/// The adapters at one place on earth. Only comments differ from place to place.
#[derive(Debug)]
pub struct Place<L> {
    /// Pages and sealed pages.
    pub assets: Port<MemoryAssets>,
    /// What must be exact.
    pub ledger: Port<L>,
    /// Comments as this place sees them.
    pub comments: Port<AdversarialComments>,
    /// Events.
    pub events: Port<MemoryEvents>,
    /// Money.
    pub payments: Port<MemoryPayments>,
    /// Mail.
    pub mailer: Port<MemoryMailer>,
    /// Time.
    pub clock: Port<ManualClock>,
    /// Randomness.
    pub entropy: Port<SeededEntropy>,
    /// Other programs.
    pub http: Port<MemoryHttp>,
}

impl<L> Clone for Place<L> {
    fn clone(&self) -> Self {
        Self {
            assets: self.assets.clone(),
            ledger: self.ledger.clone(),
            comments: self.comments.clone(),
            events: self.events.clone(),
            payments: self.payments.clone(),
            mailer: self.mailer.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            http: self.http.clone(),
        }
    }
}

impl<L: Ledger + 'static> Platform for Place<L> {
    type Assets = Port<MemoryAssets>;
    type Ledger = Port<L>;
    type Comments = Port<AdversarialComments>;
    type Events = Port<MemoryEvents>;
    type Payments = Port<MemoryPayments>;
    type Mailer = Port<MemoryMailer>;
    type Clock = Port<ManualClock>;
    type Entropy = Port<SeededEntropy>;
    type Http = Port<MemoryHttp>;

    fn assets(&self) -> &Self::Assets {
        &self.assets
    }
    fn ledger(&self) -> &Self::Ledger {
        &self.ledger
    }
    fn comments(&self) -> &Self::Comments {
        &self.comments
    }
    fn events(&self) -> &Self::Events {
        &self.events
    }
    fn payments(&self) -> &Self::Payments {
        &self.payments
    }
    fn mailer(&self) -> &Self::Mailer {
        &self.mailer
    }
    fn clock(&self) -> &Self::Clock {
        &self.clock
    }
    fn entropy(&self) -> &Self::Entropy {
        &self.entropy
    }
    fn http(&self) -> &Self::Http {
        &self.http
    }
}

/// A visitor of an [`Academy`].
pub type Visitor<L = MemoryLedger> = Browser<App<Place<L>>>;

/// An academy and the world around it.
#[derive(Debug)]
pub struct Academy<L = MemoryLedger> {
    /// The adapters where browsers are by default.
    pub place: Place<L>,
    /// The store of comments behind every place.
    pub world: Arc<World>,
    /// What the entry point decided.
    pub config: Config,
}

impl Academy {
    /// An academy with these pages, whose Ledger is the model.
    pub fn of(files: &Files) -> Self {
        Self::with_ledger(files, MemoryLedger::default())
    }
}

impl<L: Ledger + 'static> Academy<L> {
    /// An academy with these pages and this Ledger, where no write of a comment fails.
    pub fn with_ledger(files: &Files, ledger: L) -> Self {
        let world = World::new(1, 0);
        let place = Place {
            assets: Port::new(MemoryAssets(files.clone())),
            ledger: Port::new(ledger),
            comments: Port::new(world.at(0)),
            events: Port::new(MemoryEvents::default()),
            payments: Port::new(MemoryPayments::default()),
            mailer: Port::new(MemoryMailer::default()),
            clock: Port::new(ManualClock::new(1_800_000_000_000)),
            entropy: Port::new(SeededEntropy::new(1)),
            http: Port::new(MemoryHttp::default()),
        };
        Self { place, world, config: config() }
    }

    /// The same over another store of comments.
    #[must_use]
    pub fn in_world(mut self, world: Arc<World>) -> Self {
        self.place.comments = Port::new(world.at(0));
        self.world = world;
        self
    }

    /// The app as it runs at a place. Place 0 is where browsers are by default.
    pub fn app_at(&self, location: u32) -> App<Place<L>> {
        let mut place = self.place.clone();
        if location != 0 {
            place.comments = Port::new(self.world.at(location));
        }
        App::new(place, self.config.clone())
    }

    /// A new browser.
    pub fn browser(&self) -> Visitor<L> {
        self.browser_at(0)
    }

    /// A new browser at a place.
    pub fn browser_at(&self, location: u32) -> Visitor<L> {
        Browser::new(self.app_at(location))
    }

    /// Lets time pass, for the clock and for the store of comments alike.
    pub fn pass(&self, seconds: u64) {
        self.place.clock.advance_ms(seconds * 1_000);
        self.world.advance_ms(seconds * 1_000);
    }

    /// Lets days pass, with a visit now and then, so that the browser stays signed in.
    pub async fn pass_days(&self, days: u64, browser: &mut Visitor<L>) {
        for _ in 0..days / 30 {
            self.pass(30 * 86_400);
            browser.open("/account/").await;
        }
        self.pass(days % 30 * 86_400);
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.place.clock.now()
    }

    /// The newest mail to an address.
    pub fn mail_to(&self, email: &str) -> Mail {
        let mails = self.place.mailer.all();
        mails.into_iter().rev().find(|mail| mail.to == email).unwrap_or_else(|| panic!("no mail to {email}"))
    }

    /// A browser in which this address has signed in with the code that was mailed.
    pub async fn member(&self, email: &str) -> Visitor<L> {
        let mut browser = self.browser();
        self.sign_in(&mut browser, email).await;
        browser
    }

    /// Signs in with the code that is mailed.
    pub async fn sign_in(&self, browser: &mut Visitor<L>, email: &str) -> Page {
        let asked = browser.open("/sign-in/").await.form("/sign-in/").fill("email", email);
        let code_page = browser.submit(&asked).await;
        let code = code_in(&self.mail_to(email));
        browser.submit(&code_page.form("/sign-in/code/").fill("code", &code)).await
    }

    /// A browser in which this address has signed in and bought a price.
    pub async fn buyer(&self, email: &str, price: &str) -> Visitor<L> {
        let mut browser = self.member(email).await;
        self.buy(&mut browser, price).await;
        browser
    }

    /// Buys a price: order, payment, way back. The page that the buyer comes back to.
    pub async fn buy(&self, browser: &mut Visitor<L>, price: &str) -> Page {
        let order = self.order(browser, price).await;
        self.place.payments.pay(&order, self.now());
        browser.open(&format!("/checkout/return/?order={order}")).await
    }

    /// Places an order and stops before the payment. The order's id.
    pub async fn order(&self, browser: &mut Visitor<L>, price: &str) -> String {
        let order_page = browser.open(&format!("/checkout/?price={price}")).await;
        let pay_page = browser.submit(&order_page.form("/checkout/")).await;
        let address = pay_page.location().expect("an order leads to the processor").to_owned();
        address.strip_prefix("https://pay.example/").expect("the processor's address").to_owned()
    }
}

/// The configuration of every academy in the tests.
pub fn config() -> Config {
    Config {
        version: "0.0.0-test",
        seal_keys: keys(),
        secrets: Secrets::local([9; 32]),
        origin: None,
        is_https: true,
        max_mails_per_hour: 1_000,
        payment_origins: vec!["https://pay.example".to_owned()],
        has_tax: false,
        github: None,
        preview: None,
    }
}

/// The six digits in a mail.
pub fn code_in(mail: &Mail) -> String {
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    mail.text.lines().find(is_code).expect("a mail with a code").to_owned()
}

/// The link in a mail.
pub fn link_in(mail: &Mail) -> String {
    mail.text.lines().find(|line| line.starts_with("http")).expect("a mail with a link").to_owned()
}
