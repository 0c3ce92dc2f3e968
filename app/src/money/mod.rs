//! Money and what it gives: what the processor says about an order, where that leaves the buyer, and the
//! entitlements that follow.
//!
//! Everything here is pure. The processor's final state decides, whatever the order in which its messages came.

mod entitle;
mod settlement;
mod standing;

pub use entitle::{Fact, Held, Share, entitlements};
pub use settlement::{Dispute, Names, Progress, Refunded, Settlement, Subscription, SubscriptionStatus};
pub use standing::{GRACE_SECONDS, Standing, standing};
