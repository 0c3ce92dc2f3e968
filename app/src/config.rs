//! What an entry point decides before the first request.

use std::fmt;

use lyceum_contract::Slug;
use lyceum_contract::seal::{InvalidKeys, KeyRing, parse_secrets};

/// The app's configuration. The same for every request.
#[derive(Debug, Clone)]
pub struct Config {
    /// The program's version, for `/healthz`.
    pub version: &'static str,
    /// Keys that open sealed pages.
    pub seal_keys: KeyRing,
    /// Keys that sign cookies.
    pub secrets: Secrets,
    /// The address that mails and the processor send people to, without a slash at the end; the site's own
    /// `url` when there is none. Never taken from a request, where anybody could choose it.
    pub origin: Option<String>,
    /// Whether the site is reached over HTTPS: cookies are then `Secure` and named `__Host-…`.
    pub is_https: bool,
    /// Mails per hour over all addresses, after which sign-in stops sending until the hour is over.
    pub max_mails_per_hour: i64,
    /// Origins to which the checkout form may lead, for example `https://checkout.stripe.com`.
    pub payment_origins: Vec<String>,
    /// Whether the processor works out the tax on each order.
    pub has_tax: bool,
    /// The app at GitHub with which people may sign in, if there is one.
    pub github: Option<GitHubApp>,
    /// Shows the site as somebody would see it. Only `lyceum serve` sets this; nothing is recorded then.
    pub preview: Option<Preview>,
}

/// An OAuth app at GitHub.
#[derive(Clone)]
pub struct GitHubApp {
    /// Its public name.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Where people go: `https://github.com`.
    pub site_url: String,
    /// Where its API is: `https://api.github.com`.
    pub api_url: String,
}

impl GitHubApp {
    /// The app at GitHub itself.
    pub fn new(client_id: String, client_secret: String) -> Self {
        let (site_url, api_url) = ("https://github.com".to_owned(), "https://api.github.com".to_owned());
        Self { client_id, client_secret, site_url, api_url }
    }

    /// The same at another address, for tests: the site there, and its API below `/api`.
    #[must_use]
    pub fn at(self, url: &str) -> Self {
        Self { site_url: url.to_owned(), api_url: format!("{url}/api"), ..self }
    }
}

impl fmt::Debug for GitHubApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHubApp").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// As whom an author looks at the own site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preview {
    /// Nobody: every paywall closed.
    Anonymous,
    /// A member with one tier.
    Tier(Slug),
    /// Somebody who may read everything.
    Owner,
}

/// Named secrets for cookies: the first signs, every one verifies.
#[derive(Clone)]
pub struct Secrets(Vec<(String, [u8; 32])>);

/// Why secrets cannot be used.
pub type InvalidSecrets = InvalidKeys;

impl Secrets {
    /// Reads `kid:hex32,kid:hex32,…`, the form of `LYCEUM_SESSION_KEYS`.
    pub fn parse(text: &str) -> Result<Self, InvalidSecrets> {
        parse_secrets(text).map(Self)
    }

    /// One secret under the name `local`, for a server that keeps its own.
    pub fn local(secret: [u8; 32]) -> Self {
        Self(vec![("local".to_owned(), secret)])
    }

    pub(crate) fn signing(&self) -> Option<(&str, &[u8; 32])> {
        self.0.first().map(|(id, secret)| (id.as_str(), secret))
    }

    pub(crate) fn find(&self, id: &str) -> Option<&[u8; 32]> {
        self.0.iter().find(|(known, _)| known == id).map(|(_, secret)| secret)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(id, _)| id)).finish()
    }
}
