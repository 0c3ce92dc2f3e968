//! Cookies in and out.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::config::Config;

/// The cookies that the app sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Who is signed in and what they may read.
    Session,
    /// The sign-in that this browser started.
    Challenge,
    /// Own comments of the last minutes.
    Receipts,
    /// Who has signed in with this browser before. Carries no right.
    Device,
    /// The challenge that a passkey of this browser is to answer.
    Passkey,
    /// The way to another service and back.
    GitHub,
    /// The move to another address that this browser started.
    Email,
    /// Tells scripts that somebody is signed in. Carries no right.
    Hint,
}

impl Cookie {
    /// Every cookie.
    pub(crate) const ALL: [Self; 8] = [
        Self::Session,
        Self::Challenge,
        Self::Receipts,
        Self::Device,
        Self::Passkey,
        Self::GitHub,
        Self::Email,
        Self::Hint,
    ];

    fn name(self, config: &Config) -> &'static str {
        match (self, config.is_https) {
            (Self::Session, true) => "__Host-ly_session",
            (Self::Session, false) => "ly_session",
            (Self::Challenge, true) => "__Host-ly_challenge",
            (Self::Challenge, false) => "ly_challenge",
            (Self::Receipts, true) => "__Host-ly_receipts",
            (Self::Receipts, false) => "ly_receipts",
            (Self::Device, true) => "__Host-ly_device",
            (Self::Device, false) => "ly_device",
            (Self::Passkey, true) => "__Host-ly_passkey",
            (Self::Passkey, false) => "ly_passkey",
            (Self::GitHub, true) => "__Host-ly_github",
            (Self::GitHub, false) => "ly_github",
            (Self::Email, true) => "__Host-ly_email",
            (Self::Email, false) => "ly_email",
            (Self::Hint, _) => "ly_member",
        }
    }

    /// The value that the browser sent, if any. Of several the first.
    pub(crate) fn read<'a>(self, config: &Config, headers: &'a HeaderMap) -> Option<&'a str> {
        let name = self.name(config);
        let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        pairs
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    }

    /// The header that sets it for this many seconds. `None` when the value is no cookie value.
    pub(crate) fn set(self, config: &Config, value: &str, seconds: i64) -> Option<HeaderValue> {
        let secure = if config.is_https { "; Secure" } else { "" };
        let script = if self == Self::Hint { "" } else { "; HttpOnly" };
        let name = self.name(config);
        let header = format!("{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax{script}{secure}");
        HeaderValue::from_str(&header).ok()
    }

    /// The header that takes it away.
    pub(crate) fn clear(self, config: &Config) -> Option<HeaderValue> {
        self.set(config, "", 0)
    }
}
