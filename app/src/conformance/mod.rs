//! What every adapter must do, and the in-memory adapters that define it.
//!
//! The suites return the first broken promise as a text, so that they run in a test, in a program and inside
//! a Worker alike. The reference for the Ledger is a plain model without SQL; the reference for comments is an
//! adversarial store that is as stale, slow and moody as a global key-value store is allowed to be.

use std::fmt;

use crate::ports::Unavailable;

mod comments;
mod doors;
mod ledger;
mod ledger_assign;
mod ledger_goods;
mod ledger_offers;
mod ledger_person;
mod ledger_race;
mod ledger_staff;
mod ledger_teams;
mod memory;
mod memory_assign;
mod memory_doors;
mod memory_goods;
mod memory_ledger;
mod memory_offers;
mod memory_outbox;
mod memory_person;
mod memory_staff;
mod memory_teams;
mod outbox;
mod random;

pub use crate::webauthn::authenticator::{Answer, Authenticator};
pub use comments::{AdversarialComments, World, comment_store};
pub use ledger::{ledger_agrees_with_model, ledger_keeps_its_promises};
pub use ledger_race::{seats_are_exact_under_load, stocks_are_exact_under_load};
pub use memory::{
    Answers, ManualClock, Memory, MemoryAssets, MemoryEvents, MemoryHttp, MemoryMailer, MemoryPayments,
    SeededEntropy,
};
pub use memory_ledger::MemoryLedger;
pub use random::Random;

/// A broken promise, for people.
#[derive(Debug)]
pub struct Broken(pub String);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Unavailable> for Broken {
    fn from(unavailable: Unavailable) -> Self {
        Self(unavailable.to_string())
    }
}

/// Fails the suite with a text when the condition does not hold.
macro_rules! ensure {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err($crate::conformance::Broken(format!($($text)+)));
        }
    };
}
pub(crate) use ensure;
