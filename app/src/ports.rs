//! What the app needs from the world. Each port is named after the domain and has two adapters at least:
//! one on Cloudflare, one in `lyceum serve`, and the in-memory reference of `conformance`.
//!
//! Futures are `Send`, so that the same Router runs on a native thread pool. An adapter for a platform with
//! one thread says so itself.

use std::fmt;
use std::future::Future;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Method, Response};
use lyceum_contract::event::Event;
use lyceum_contract::id::{CommentId, MemberId};
use lyceum_contract::manifest::Language;
use lyceum_contract::{LessonId, OfferCode, Timestamp};

use crate::ledger::{Command, Order, RefundReason, Reply};
use crate::money::Settlement;

/// A part of the world that does not answer. What was asked for may or may not have happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// Which port, for the log: `ledger`, `assets`, …
    pub port: &'static str,
    /// What the adapter knows, for the log. Never contains personal data or a secret.
    pub reason: String,
}

impl Unavailable {
    /// The port that does not answer, and why as far as its adapter knows.
    pub fn new(port: &'static str, reason: impl fmt::Display) -> Self {
        Self { port, reason: reason.to_string() }
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is unavailable: {}", self.port, self.reason)
    }
}

impl std::error::Error for Unavailable {}

/// The files that the generator wrote.
pub trait Assets: Send + Sync {
    /// The answer of a static file server to this request: 200 with the file, 304, or 404 with the site's
    /// page for that. Sets `content-type` and `etag`; nothing about caching.
    fn fetch(
        &self,
        request: AssetRequest,
    ) -> impl Future<Output = Result<Response<Body>, Unavailable>> + Send;

    /// The bytes of one file, by its exact path below the site's root; `None` when there is no such file.
    fn read(&self, path: &str) -> impl Future<Output = Result<Option<Bytes>, Unavailable>> + Send;
}

/// A request for a public file.
#[derive(Debug, Clone)]
pub struct AssetRequest {
    /// `GET` or `HEAD`.
    pub method: Method,
    /// Path of a page (`/courses/rust/`, its `index.html`) or of a file, checked by `SitePath`.
    pub path: String,
    /// `If-None-Match`, as it was sent.
    pub if_none_match: Option<HeaderValue>,
}

/// Members, sessions, challenges, orders and entitlements: everything that must be exact.
pub trait Ledger: Send + Sync {
    /// Runs one command as one transaction: all of it happened and is durable, or nothing of it.
    /// Callers use the typed methods of [`crate::ledger::Commands`].
    fn execute(&self, command: Command) -> impl Future<Output = Result<Reply, Unavailable>> + Send;
}

/// Comments in a store that is fast everywhere and consistent after a while.
///
/// Only blind puts of distinct keys: a key is written once and never changed. It is removed only when its author is
/// erased. A second key without a value says whose comment it is: it is put first and removed last, so that no comment
/// is ever without it.
pub trait CommentStore: Send + Sync {
    /// Stores one comment of this author, at most 24 KB. Durable when it returns.
    fn put(
        &self,
        key: &CommentKey,
        author: &MemberId,
        comment: &[u8],
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// One comment. A key that was never asked for before is found at once after its put.
    fn get(&self, key: &CommentKey) -> impl Future<Output = Result<Option<Vec<u8>>, Unavailable>> + Send;

    /// The comments of a thread as of some moment in the last minutes, oldest first.
    fn list(&self, lesson: &LessonId) -> impl Future<Output = Result<Vec<Vec<u8>>, Unavailable>> + Send;

    /// The keys of an author's comments as of some moment in the last minutes, by their text. One may be there without
    /// its comment, when its put or its removal failed in between.
    fn list_of(&self, author: &MemberId)
    -> impl Future<Output = Result<Vec<CommentKey>, Unavailable>> + Send;

    /// The comments behind these keys, in their order. One that is not seen here is left out.
    fn get_many(&self, keys: &[CommentKey])
    -> impl Future<Output = Result<Vec<Vec<u8>>, Unavailable>> + Send;

    /// Removes one comment of this author for good. Others may see it for a minute. Repeating it changes nothing.
    fn remove(
        &self,
        key: &CommentKey,
        author: &MemberId,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;
}

/// The name of one comment in its store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommentKey {
    /// The lesson whose thread it is in.
    pub lesson: LessonId,
    /// The comment.
    pub id: CommentId,
}

impl CommentKey {
    /// What all keys of one thread start with. Ends with a byte that no lesson id contains.
    pub fn prefix(lesson: &LessonId) -> String {
        format!("c:{lesson}:")
    }

    /// What the keys that say whose comments they are start with.
    pub fn prefix_of(author: &MemberId) -> String {
        format!("m:{author}:")
    }

    /// The key that says whose comment it is: `m:<member id>:<lesson id>:<comment id>`.
    pub fn of(&self, author: &MemberId) -> String {
        format!("{}{}:{}", Self::prefix_of(author), self.lesson, self.id)
    }

    /// Reads such a key of this author.
    pub fn read_of(author: &MemberId, key: &str) -> Option<Self> {
        let (lesson, id) = key.strip_prefix(&Self::prefix_of(author))?.rsplit_once(':')?;
        Some(Self { lesson: lesson.parse().ok()?, id: id.parse().ok()? })
    }
}

impl fmt::Display for CommentKey {
    /// The key as stored: `c:<lesson id>:<comment id>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::prefix(&self.lesson), self.id)
    }
}

/// Where events go. At least once: a failed append may have stored some of them.
pub trait EventSink: Send + Sync {
    /// Stores the events. Durable when it returns.
    fn append(&self, events: Vec<Event>) -> impl Future<Output = Result<(), Unavailable>> + Send;
}

/// The payment processor: the only one who says what was paid.
pub trait Payments: Send + Sync {
    /// Opens a payment page for the order. Repeating it for the same order charges nobody twice.
    fn start(
        &self,
        payment: &PaymentRequest,
    ) -> impl Future<Output = Result<PaymentPage, Unavailable>> + Send;

    /// Closes the payment page of an order, so that nobody can pay on it any more. What was paid before stays paid:
    /// ask for the settlement afterwards.
    fn close(&self, order: &Order) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Sends all of an order's money back that is not back yet. Repeating it sends nothing twice. What has become of the
    /// order, the settlement says afterwards.
    fn refund(
        &self,
        order: &Order,
        reason: RefundReason,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Ends the subscription of an order now, so that nothing is charged any more. Nothing happens when it has none, or
    /// when it has ended: ask for the settlement afterwards.
    fn cancel(&self, order: &Order) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// What the processor says about the order now. Asks the processor each time.
    fn settlement(&self, order: &Order) -> impl Future<Output = Result<Settlement, Unavailable>> + Send;

    /// The message in a body that the processor itself has sent, not long ago. `signature` is the header that says so.
    /// Costs no call.
    fn message(&self, signature: &str, body: &[u8], now: Timestamp) -> Result<Message, Forged>;

    /// More names by which we may know the order of a message, when its own name none that we know.
    fn owners(&self, message: &Message) -> impl Future<Output = Result<Vec<String>, Unavailable>> + Send;

    /// The messages since this time, the newest first, a hundred at once: those after the one with the id `after`.
    fn news(
        &self,
        since: Timestamp,
        after: Option<&str>,
    ) -> impl Future<Output = Result<News, Unavailable>> + Send;

    /// A page of the processor on which the buyer changes cards, cancels, and finds invoices.
    fn manage(
        &self,
        customer: &str,
        return_url: &str,
    ) -> impl Future<Output = Result<String, Unavailable>> + Send;
}

/// What the processor is told.
#[derive(Debug, Clone)]
pub struct PaymentRequest {
    /// What is being bought, at the price in git at this moment.
    pub order: Order,
    /// The code of the offer that makes the first payment lower, if one does.
    pub offer: Option<OfferCode>,
    /// What the buyer sees on the payment page.
    pub description: String,
    /// Prefilled on the payment page.
    pub email: String,
    /// The processor's name for the buyer, when they have bought before.
    pub customer: Option<String>,
    /// The language of the payment page.
    pub language: Language,
    /// Whether the processor works out the tax.
    pub has_tax: bool,
    /// When the payment page ends, half an hour to a day from now; nothing for the processor's own time.
    pub expires_at: Option<Timestamp>,
    /// Where the processor sends the buyer afterwards.
    pub return_url: String,
    /// Where the processor sends a buyer who gave up.
    pub cancel_url: String,
}

/// A payment page that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentPage {
    /// Where to send the buyer.
    pub url: String,
    /// The processor's own name for this payment page.
    pub reference: String,
}

/// Something happened at the processor. A hint: what it is now, the processor is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The processor's id of the message: the same in every delivery.
    pub id: String,
    /// The processor's word for what happened, such as `charge.refunded`.
    pub kind: String,
    /// Names of what it happened to: an order, a subscription, a payment.
    pub names: Vec<String>,
    /// The buyer it happened to.
    pub customer: Option<String>,
    /// The charge it happened to.
    pub charge: Option<String>,
}

/// A body that is not the processor's, or not of now. For the log: never contains any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forged(pub &'static str);

/// Some messages of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The newest first.
    pub messages: Vec<Message>,
    /// The processor's name of the place behind which it goes on; nothing when there are no older ones.
    pub next: Option<String>,
}

/// Sends mail.
pub trait Mailer: Send + Sync {
    /// Hands one mail over. Accepted for delivery when it returns. Says yes or no within half a minute.
    fn send(&self, mail: &Mail) -> impl Future<Output = Result<(), NotSent>> + Send;
}

/// Why a mail was not accepted. The reasons are for the log: they name no person and hold no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSent {
    /// This mail will never be accepted.
    Refused(String),
    /// This mail is not accepted now. Others may be.
    Deferred(String),
    /// No mail is accepted now. This one may have been.
    Unavailable(Unavailable),
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reason) => write!(f, "refused for good: {reason}"),
            Self::Deferred(reason) => write!(f, "put off: {reason}"),
            Self::Unavailable(unavailable) => write!(f, "not sent: {unavailable}"),
        }
    }
}

impl From<Unavailable> for NotSent {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

/// One mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as a page: complete, with styles in its elements, loading nothing.
    pub html: String,
    /// Where one POST ends mails of this kind (RFC 8058); nothing for what is always sent.
    pub list_unsubscribe: Option<String>,
    /// `<text>@<host>`. A repetition of a mail has the same.
    pub message_id: String,
}

/// Time.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_ms(&self) -> u64;

    /// The same in whole seconds.
    fn now(&self) -> Timestamp {
        Timestamp(i64::try_from(self.now_ms() / 1_000).unwrap_or(i64::MAX))
    }
}

/// Randomness fit for secrets.
pub trait Entropy: Send + Sync {
    /// Fills the buffer, or says that no randomness is to be had. Then nothing secret may be made.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Unavailable>;
}

/// Requests to other programs, for the adapters that talk to a processor or a mail service.
pub trait Http: Send + Sync {
    /// Sends one request and reads the whole answer. An answer with a bad status is an answer.
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, Unavailable>> + Send;
}

/// One adapter of each port: what an entry point wires together.
pub trait Platform: Send + Sync + 'static {
    /// Pages and sealed pages.
    type Assets: Assets;
    /// What must be exact.
    type Ledger: Ledger;
    /// Comments.
    type Comments: CommentStore;
    /// Events.
    type Events: EventSink;
    /// Money.
    type Payments: Payments;
    /// Mail.
    type Mailer: Mailer;
    /// Time.
    type Clock: Clock;
    /// Randomness.
    type Entropy: Entropy;
    /// Other programs that the app itself asks: who somebody is.
    type Http: Http;

    /// Pages and sealed pages.
    fn assets(&self) -> &Self::Assets;
    /// What must be exact.
    fn ledger(&self) -> &Self::Ledger;
    /// Comments.
    fn comments(&self) -> &Self::Comments;
    /// Events.
    fn events(&self) -> &Self::Events;
    /// Money.
    fn payments(&self) -> &Self::Payments;
    /// Mail.
    fn mailer(&self) -> &Self::Mailer;
    /// Time.
    fn clock(&self) -> &Self::Clock;
    /// Randomness.
    fn entropy(&self) -> &Self::Entropy;
    /// Other programs.
    fn http(&self) -> &Self::Http;
}
