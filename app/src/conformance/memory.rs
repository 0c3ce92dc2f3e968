//! The other ports in memory, and a platform of them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderValue, Response, StatusCode};
use lyceum_contract::Timestamp;
use lyceum_contract::event::Event;
use lyceum_contract::money::Term;

use super::comments::{AdversarialComments, World};
use super::memory_ledger::MemoryLedger;
use super::random::Random;
use crate::ledger::{Order, RefundReason};
use crate::money::{Progress, Refunded, Settlement, Subscription, SubscriptionStatus};
use crate::ports::{
    AssetRequest, Assets, Clock, Entropy, EventSink, Forged, Http, Mail, Mailer, Message, News, NotSent,
    PaymentPage, PaymentRequest, Payments, Platform, Unavailable,
};

/// Files by their path.
#[derive(Debug, Default)]
pub struct MemoryAssets(pub BTreeMap<String, Bytes>);

impl Assets for MemoryAssets {
    async fn fetch(&self, request: AssetRequest) -> Result<Response<Body>, Unavailable> {
        let index = if request.path.ends_with('/') { "index.html" } else { "" };
        let Some(file) = self.0.get(&format!("{}{index}", request.path)) else {
            let mut response =
                Response::new(Body::from(self.0.get("/404.html").cloned().unwrap_or_default()));
            *response.status_mut() = StatusCode::NOT_FOUND;
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            return Ok(response);
        };
        let etag = HeaderValue::from_str(&format!("\"{}\"", file.len()))
            .map_err(|error| Unavailable::new("assets", error))?;
        let is_known = request.if_none_match.is_some_and(|known| known == etag);
        let mut response = Response::new(if is_known { Body::empty() } else { Body::from(file.clone()) });
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        response.headers_mut().insert(ETAG, etag);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        Ok(response)
    }

    async fn read(&self, path: &str) -> Result<Option<Bytes>, Unavailable> {
        Ok(self.0.get(path).cloned())
    }
}

/// Events in the order of their arrival.
#[derive(Debug, Default)]
pub struct MemoryEvents(Mutex<Vec<Event>>);

impl MemoryEvents {
    /// What has arrived.
    pub fn all(&self) -> Vec<Event> {
        self.0.lock().map(|events| events.clone()).unwrap_or_default()
    }
}

impl EventSink for MemoryEvents {
    async fn append(&self, events: Vec<Event>) -> Result<(), Unavailable> {
        self.0.lock().map_err(|_| Unavailable::new("events", "poisoned"))?.extend(events);
        Ok(())
    }
}

/// A mailbox that everybody can read.
#[derive(Debug, Default)]
pub struct MemoryMailer(Mutex<Vec<Mail>>);

impl MemoryMailer {
    /// Every mail, oldest first.
    pub fn all(&self) -> Vec<Mail> {
        self.0.lock().map(|mails| mails.clone()).unwrap_or_default()
    }
}

impl Mailer for MemoryMailer {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        self.0.lock().map_err(|_| Unavailable::new("mailer", "poisoned"))?.push(mail.clone());
        Ok(())
    }
}

/// A processor that believes a test.
#[derive(Debug, Default)]
pub struct MemoryPayments(Mutex<BTreeMap<String, (Term, Settlement)>>, Mutex<Vec<(String, RefundReason)>>);

impl MemoryPayments {
    /// Pays the order with this id, which was started here. A subscription then runs for 30 days.
    pub fn pay(&self, order: &str, at: Timestamp) {
        let subscription = Subscription {
            status: SubscriptionStatus::Active,
            period_start: at,
            period_end: at.plus_seconds(30 * 86_400),
            ends_at: None,
            owed_since: None,
        };
        let subscribed = Settlement { progress: Progress::Subscribed(subscription), ..Settlement::default() };
        self.change(order, |term| match term {
            Term::Every(_) => subscribed,
            Term::Once | Term::For(_) => Settlement::paid(at),
        });
    }

    /// From now on this is the processor's word about the order with this id, which was started here.
    pub fn settle(&self, order: &str, settlement: Settlement) {
        self.change(order, |_| settlement);
    }

    /// The refunds that were made, the oldest first: each order, and why.
    pub fn refunds(&self) -> Vec<(String, RefundReason)> {
        self.1.lock().map(|refunds| refunds.clone()).unwrap_or_default()
    }

    fn change(&self, order: &str, settlement: impl FnOnce(Term) -> Settlement) {
        if let Ok(mut started) = self.0.lock()
            && let Some((term, known)) = started.get_mut(order)
        {
            *known = settlement(*term);
        }
    }
}

impl Payments for MemoryPayments {
    async fn start(&self, payment: &PaymentRequest) -> Result<PaymentPage, Unavailable> {
        let order = &payment.order;
        let mut started = self.0.lock().map_err(|_| Unavailable::new("payments", "poisoned"))?;
        started.entry(order.id.to_string()).or_insert((order.price.term, Settlement::default()));
        let reference = format!("ref_{}", order.id);
        Ok(PaymentPage { url: format!("https://pay.example/{}", payment.order.id), reference })
    }

    async fn close(&self, order: &Order) -> Result<(), Unavailable> {
        let mut started = self.0.lock().map_err(|_| Unavailable::new("payments", "poisoned"))?;
        if let Some((_, known)) = started.get_mut(order.id.as_str())
            && known.progress == Progress::Open
        {
            known.progress = Progress::Failed;
        }
        Ok(())
    }

    async fn refund(&self, order: &Order, reason: RefundReason) -> Result<(), Unavailable> {
        let mut started = self.0.lock().map_err(|_| Unavailable::new("payments", "poisoned"))?;
        let Some((_, known)) = started.get_mut(order.id.as_str()) else {
            return Err(Unavailable::new("payments", "no such order"));
        };
        if !known.is_bought() {
            return Err(Unavailable::new("payments", "nothing was paid"));
        }
        if known.refunded != Refunded::Fully {
            known.refunded = Refunded::Fully;
            let mut refunds = self.1.lock().map_err(|_| Unavailable::new("payments", "poisoned"))?;
            refunds.push((order.id.to_string(), reason));
        }
        Ok(())
    }

    async fn cancel(&self, order: &Order) -> Result<(), Unavailable> {
        let mut started = self.0.lock().map_err(|_| Unavailable::new("payments", "poisoned"))?;
        if let Some((_, known)) = started.get_mut(order.id.as_str())
            && let Progress::Subscribed(subscription) = &mut known.progress
        {
            subscription.status = SubscriptionStatus::Canceled;
        }
        Ok(())
    }

    async fn settlement(&self, order: &Order) -> Result<Settlement, Unavailable> {
        let started = self.0.lock().map_err(|_| Unavailable::new("payments", "poisoned"))?;
        Ok(started.get(order.id.as_str()).map(|(_, settlement)| settlement.clone()).unwrap_or_default())
    }

    fn message(&self, signature: &str, body: &[u8], _: Timestamp) -> Result<Message, Forged> {
        let text = std::str::from_utf8(body).map_err(|_| Forged("not text"))?;
        if signature != "the processor" {
            return Err(Forged("not the processor"));
        }
        // `<order>` or `<order> <number>`, when there is more to say about it than once.
        let order = text.split(' ').next().unwrap_or_default();
        let (id, kind) = (format!("evt_{text}"), "something".to_owned());
        Ok(Message { id, kind, names: vec![order.to_owned()], customer: None, charge: None })
    }

    async fn owners(&self, _: &Message) -> Result<Vec<String>, Unavailable> {
        Ok(Vec::new())
    }

    async fn news(&self, _: Timestamp, _: Option<&str>) -> Result<News, Unavailable> {
        Ok(News { messages: Vec::new(), next: None })
    }

    async fn manage(&self, customer: &str, _: &str) -> Result<String, Unavailable> {
        Ok(format!("https://pay.example/customers/{customer}"))
    }
}

/// A clock that a test sets.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that shows this time, in milliseconds since 1970.
    pub fn new(now_ms: u64) -> Self {
        Self(AtomicU64::new(now_ms))
    }

    /// Lets time pass.
    pub fn advance_ms(&self, by_ms: u64) {
        self.0.fetch_add(by_ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Randomness that repeats.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<Random>);

impl SeededEntropy {
    /// The same seed gives the same bytes.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(Random::new(seed)))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Unavailable> {
        let mut random = self.0.lock().map_err(|_| Unavailable::new("entropy", "poisoned"))?;
        for chunk in buffer.chunks_mut(8) {
            chunk.iter_mut().zip(random.next_u64().to_be_bytes()).for_each(|(to, from)| *to = from);
        }
        Ok(())
    }
}

/// A whole platform in memory.
#[derive(Debug)]
pub struct Memory {
    /// Pages and sealed pages.
    pub assets: MemoryAssets,
    /// What must be exact.
    pub ledger: MemoryLedger,
    /// Comments, as one location sees them.
    pub comments: AdversarialComments,
    /// Events.
    pub events: MemoryEvents,
    /// Money.
    pub payments: MemoryPayments,
    /// Mail.
    pub mailer: MemoryMailer,
    /// Time.
    pub clock: ManualClock,
    /// Randomness.
    pub entropy: SeededEntropy,
    /// Other programs.
    pub http: MemoryHttp,
}

/// What another program answers; nothing when it does not.
pub type Answers = dyn Fn(http::Request<Vec<u8>>) -> Option<Response<Vec<u8>>> + Send + Sync;

/// Other programs, played by the test. Nobody answers until it says who.
#[derive(Default)]
pub struct MemoryHttp(Mutex<Option<Box<Answers>>>);

impl MemoryHttp {
    /// From now on this answers.
    pub fn answer_with(
        &self,
        answers: impl Fn(http::Request<Vec<u8>>) -> Option<Response<Vec<u8>>> + Send + Sync + 'static,
    ) {
        if let Ok(mut current) = self.0.lock() {
            *current = Some(Box::new(answers));
        }
    }
}

impl std::fmt::Debug for MemoryHttp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryHttp")
    }
}

impl Http for MemoryHttp {
    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Unavailable> {
        let nobody = || Unavailable::new("http", "nobody answers");
        let answers = self.0.lock().map_err(|_| nobody())?;
        answers.as_ref().and_then(|answers| answers(request)).ok_or_else(nobody)
    }
}

impl Memory {
    /// A platform that serves these files from one location of this world.
    pub fn new(files: BTreeMap<String, Bytes>, world: &Arc<World>, location: u32) -> Self {
        Self {
            assets: MemoryAssets(files),
            ledger: MemoryLedger::default(),
            comments: world.at(location),
            events: MemoryEvents::default(),
            payments: MemoryPayments::default(),
            mailer: MemoryMailer::default(),
            clock: ManualClock::new(1_800_000_000_000),
            entropy: SeededEntropy::new(u64::from(location)),
            http: MemoryHttp::default(),
        }
    }
}

impl Platform for Memory {
    type Assets = MemoryAssets;
    type Ledger = MemoryLedger;
    type Comments = AdversarialComments;
    type Events = MemoryEvents;
    type Payments = MemoryPayments;
    type Mailer = MemoryMailer;
    type Clock = ManualClock;
    type Entropy = SeededEntropy;
    type Http = MemoryHttp;

    fn assets(&self) -> &MemoryAssets {
        &self.assets
    }
    fn ledger(&self) -> &MemoryLedger {
        &self.ledger
    }
    fn comments(&self) -> &AdversarialComments {
        &self.comments
    }
    fn events(&self) -> &MemoryEvents {
        &self.events
    }
    fn payments(&self) -> &MemoryPayments {
        &self.payments
    }
    fn mailer(&self) -> &MemoryMailer {
        &self.mailer
    }
    fn clock(&self) -> &ManualClock {
        &self.clock
    }
    fn entropy(&self) -> &SeededEntropy {
        &self.entropy
    }
    fn http(&self) -> &MemoryHttp {
        &self.http
    }
}
