//! The ports of the app on one machine: files, SQLite, the system's clock.

pub(crate) mod disk;
pub mod folder_assets;
pub mod folder_events;
pub mod http;
mod mailer;
pub mod outbox;
mod payments;
#[cfg(test)]
pub(crate) mod scratch;
pub mod smtp;
mod smtp_url;
mod sqlite;
#[cfg(test)]
mod sqlite_audit_tests;
pub mod sqlite_comments;
pub mod sqlite_ledger;
pub mod system;
pub mod till;

use lyceum_app::ports::Platform;

pub use folder_assets::FolderAssets;
pub use folder_events::FolderEvents;
pub use http::UreqHttp;
pub use mailer::Post;
pub use outbox::OutboxMailer;
pub use payments::Processor;
pub use smtp::SmtpMailer;
pub use smtp_url::SmtpUrl;
pub use sqlite_comments::SqliteComments;
pub use sqlite_ledger::SqliteLedger;
pub use system::{SystemClock, SystemEntropy};
pub use till::Till;

/// An academy that lives on one machine.
pub struct Local {
    /// Pages and sealed pages.
    pub assets: FolderAssets,
    /// Members, sessions, orders, entitlements.
    pub ledger: SqliteLedger,
    /// Comments.
    pub comments: SqliteComments,
    /// Events.
    pub events: FolderEvents,
    /// Money.
    pub payments: Processor,
    /// Mail.
    pub mailer: Post,
    /// Time.
    pub clock: SystemClock,
    /// Randomness.
    pub entropy: SystemEntropy,
    /// Other programs.
    pub http: UreqHttp,
}

impl Platform for Local {
    type Assets = FolderAssets;
    type Ledger = SqliteLedger;
    type Comments = SqliteComments;
    type Events = FolderEvents;
    type Payments = Processor;
    type Mailer = Post;
    type Clock = SystemClock;
    type Entropy = SystemEntropy;
    type Http = UreqHttp;

    fn assets(&self) -> &FolderAssets {
        &self.assets
    }

    fn ledger(&self) -> &SqliteLedger {
        &self.ledger
    }

    fn comments(&self) -> &SqliteComments {
        &self.comments
    }

    fn events(&self) -> &FolderEvents {
        &self.events
    }

    fn payments(&self) -> &Processor {
        &self.payments
    }

    fn mailer(&self) -> &Post {
        &self.mailer
    }

    fn clock(&self) -> &SystemClock {
        &self.clock
    }

    fn entropy(&self) -> &SystemEntropy {
        &self.entropy
    }

    fn http(&self) -> &UreqHttp {
        &self.http
    }
}
