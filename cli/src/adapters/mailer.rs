//! Who carries the mail: an SMTP server when its address is there, else the outbox page, which sends none.

use lyceum_app::ports::{Mail, Mailer, NotSent};

use super::outbox::OutboxMailer;
use super::smtp::SmtpMailer;

/// The mail of an academy on one machine.
#[derive(Debug)]
pub enum Post {
    /// Nobody: mails are kept as files and shown at `/outbox`.
    Outbox(OutboxMailer),
    /// A mail server.
    Smtp(Box<SmtpMailer>),
}

impl Mailer for Post {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        match self {
            Self::Outbox(outbox) => outbox.send(mail).await,
            Self::Smtp(smtp) => smtp.send(mail).await,
        }
    }
}
