//! What Lyceum's programs say to each other.
//!
//! Every format that crosses a program boundary is defined here once: identifiers, money, access rules,
//! the manifest that the generator writes and the app reads, the events that the app writes and the
//! nightly job reads, the insights that flow back, and the sealed page. There is no I/O in this crate.
//!
//! Two rules hold for all of them. What people write is strict: an unknown key or value is an error. What
//! programs write is tolerant: an unknown field is ignored, so that an old worker reads a newer site.

pub mod access;
pub mod anchors;
pub mod catalogue;
pub mod display;
pub mod event;
pub mod goods;
pub mod headers;
pub mod id;
pub mod insight;
pub mod json;
pub mod link;
pub mod manifest;
pub mod media_type;
pub mod money;
pub mod offer;
pub mod paths;
pub mod seal;
pub mod search;
pub mod time;
pub mod zone;

pub use access::{Access, Entitlement, Scope};
pub use goods::Goods;
pub use id::{LessonId, Slug};
pub use money::{Currency, Money, Price, Term};
pub use offer::{Offer, OfferCode, Reduction};
pub use time::{Days, Timestamp};
pub use zone::TimeZone;
