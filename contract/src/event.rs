//! What happened, version 1: one JSON object per line (NDJSON) in `events/dt=YYYY-MM-DD/`.
//!
//! A browser sends a [`Batch`]; the app stamps time and pseudonym and stores [`Event`]s. There is no IP
//! address, no user agent and no e-mail in either. Stored at least once; the nightly job counts each id once.

use serde::{Deserialize, Serialize};

use crate::id::{CommentId, EventId, LessonId, Slug};
use crate::manifest::Language;
use crate::money::Money;
use crate::time::Timestamp;

/// The version that this crate writes and reads.
pub const VERSION: u32 = 1;
/// The most events in one batch.
pub const MAX_BATCH: usize = 50;
/// The most bytes in one batch.
pub const MAX_BATCH_BYTES: usize = 32 * 1024;

/// What a browser sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// [`VERSION`].
    pub v: u32,
    /// In the order in which they happened; at most [`MAX_BATCH`].
    pub events: Vec<Beacon>,
}

/// One event as a browser reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beacon {
    /// Chosen by the browser and kept over retries.
    pub id: EventId,
    /// How long ago it happened, by the browser's own clock, in milliseconds.
    pub age_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub what: Observation,
}

/// What a browser may report. Money, sign-in and comments are never taken from a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Observation {
    /// A page was shown.
    PageView {
        /// Path without query and fragment.
        path: String,
        /// The lesson on it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lesson: Option<LessonId>,
        /// Host of the referring site, never its path.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        referrer: Option<String>,
    },
    /// Time with the page in view and the reader active: a running maximum per page view.
    Reading {
        /// The id of the page view.
        view: EventId,
        /// The lesson that is read.
        lesson: LessonId,
        /// Active time since the page was shown, in milliseconds.
        active_ms: u64,
    },
}

/// One stored event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// [`VERSION`].
    pub v: u32,
    /// The same for every delivery of the same event.
    pub id: EventId,
    /// When it happened, by the server's clock.
    pub at: Timestamp,
    /// Pseudonym of the member; absent for a visitor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Language of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum What {
    /// Seen by a browser.
    Observed(Observation),
    /// Known to the app.
    Recorded(Record),
}

/// What only the app knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// A member signed in.
    SignIn,
    /// A checkout was started.
    Checkout {
        /// What is being bought.
        price: Slug,
    },
    /// An order was paid.
    Purchase {
        /// What was bought.
        price: Slug,
        /// What was paid.
        amount: Money,
    },
    /// A comment was posted.
    Comment {
        /// Where.
        lesson: LessonId,
        /// Which.
        comment: CommentId,
    },
}
