//! The session: a signed cookie that carries what its member may read.
//!
//! The cookie is believed for ten minutes, so that a lesson costs no storage read. After that, and whenever
//! it says no, the Ledger is asked. Everything but reading asks the Ledger each time.

use http::{HeaderMap, HeaderValue};
use lyceum_contract::id::MemberId;
use lyceum_contract::{Access, Entitlement, Timestamp};
use serde::{Deserialize, Serialize};

use crate::config::{Config, Preview};
use crate::cookies::Cookie;
use crate::fulfil::Looked;
use crate::gate::{Decision, Reader, decide, reader_of};
use crate::ledger::{Commands, ReadSession, SessionState};
use crate::ports::{Clock, Platform, Unavailable};
use crate::request::Context;
use crate::role::StaffRole;
use crate::token::{self, Purpose};

/// Seconds for which the cookie's entitlements are believed.
const BELIEVED_SECONDS: i64 = 600;
/// Seconds after which a "no" is asked again, so that a purchase made elsewhere shows.
const DENIAL_SECONDS: i64 = 30;
/// Seconds for which the browser keeps the cookie.
const COOKIE_SECONDS: i64 = 60 * 86_400;
/// Browsers refuse a cookie of more than 4,096 bytes, name and attributes included. What does not fit is
/// asked for when it is needed.
pub(crate) const MAX_COOKIE_BYTES: usize = 3_800;

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Proves the session to the Ledger, which knows its hash.
    #[serde(rename = "t")]
    pub(crate) token: String,
    #[serde(rename = "m")]
    pub(crate) member: MemberId,
    #[serde(rename = "s")]
    pub(crate) pseudonym: String,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(rename = "e")]
    pub(crate) entitlements: Vec<Entitlement>,
    /// For reading only: whatever changes something asks the Ledger.
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) roles: Vec<StaffRole>,
    /// Roles that wait for a passkey. Only as the Ledger said in this request.
    #[serde(skip)]
    pub(crate) withheld: Vec<StaffRole>,
    /// Whether entitlements or roles were left out for want of space.
    #[serde(rename = "p", default)]
    pub(crate) is_partial: bool,
    /// Whether a payment may have been made that we have not heard of: then a "no" is asked again each time.
    #[serde(rename = "b", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_buying: bool,
    /// When the Ledger said all this.
    #[serde(rename = "i")]
    pub(crate) as_of: Timestamp,
    /// When the member last proved who they are. Only as the Ledger said in this request, never from a cookie.
    #[serde(skip)]
    pub(crate) proved_at: Option<Timestamp>,
}

impl Session {
    pub(crate) fn new(token: String, state: SessionState, now: Timestamp) -> Self {
        let SessionState { member, entitlements, roles, withheld, proved_at, awaited } = state;
        let (member, pseudonym, name) = (member.id, member.pseudonym, member.name);
        Self {
            token,
            member,
            pseudonym,
            name,
            entitlements,
            roles,
            withheld,
            is_partial: false,
            is_buying: !awaited.is_empty(),
            as_of: now,
            proved_at: Some(proved_at),
        }
    }

    /// The cookies that keep the session in the browser.
    pub(crate) fn cookies(&self, config: &Config) -> Vec<HeaderValue> {
        let session =
            self.signed(config).and_then(|value| Cookie::Session.set(config, &value, COOKIE_SECONDS));
        let hint = Cookie::Hint.set(config, "1", COOKIE_SECONDS);
        session.into_iter().chain(hint).collect()
    }

    /// The session as a cookie's value, with as many entitlements and roles as fit.
    fn signed(&self, config: &Config) -> Option<String> {
        let mut fitting = self.clone();
        loop {
            let value = token::sign(&config.secrets, Purpose::Session, &fitting)?;
            let is_bare = fitting.entitlements.is_empty() && fitting.roles.is_empty();
            if value.len() <= MAX_COOKIE_BYTES || is_bare {
                return Some(value);
            }
            fitting.is_partial = true;
            fitting.entitlements.truncate(fitting.entitlements.len() * 3 / 4);
            fitting.roles.truncate(fitting.roles.len() * 3 / 4);
        }
    }

    /// The cookies that end it in the browser.
    pub(crate) fn clear(config: &Config) -> Vec<HeaderValue> {
        [Cookie::Session, Cookie::Hint].iter().filter_map(|cookie| cookie.clear(config)).collect()
    }

    fn from_cookie(config: &Config, headers: &HeaderMap) -> Option<Self> {
        token::verify(&config.secrets, Purpose::Session, Cookie::Session.read(config, headers)?)
    }

    fn age(&self, now: Timestamp) -> i64 {
        // A cookie from the future is as old as can be: then the Ledger decides.
        let age = now.0.saturating_sub(self.as_of.0);
        if age < 0 { i64::MAX } else { age }
    }
}

/// Hash under which the Ledger knows a session's token.
pub(crate) fn token_hash(token: &str) -> String {
    token::hash(&["ly/session/1", token])
}

/// Who sent the request, and the cookies that the response must carry.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visitor {
    pub(crate) session: Option<Session>,
    pub(crate) set_cookies: Vec<HeaderValue>,
}

impl<P: Platform> Context<P> {
    /// Whether the browser sent something that may be a session. Costs nothing; decides nothing.
    pub(crate) fn may_be_signed_in(&self, headers: &HeaderMap) -> bool {
        self.config.preview.is_some() || Cookie::Session.read(&self.config, headers).is_some()
    }

    /// The visitor by the cookie alone, for what shows nothing but a name. Costs no storage read.
    pub(crate) fn visitor_by_cookie(&self, headers: &HeaderMap) -> Visitor {
        let session = Session::from_cookie(&self.config, headers);
        let believed = session.filter(|session| session.age(self.now()) < COOKIE_SECONDS);
        Visitor { session: believed, set_cookies: Vec::new() }
    }

    /// The visitor as the Ledger knows them now. For everything but reading.
    pub(crate) async fn visitor_now(&self, headers: &HeaderMap) -> Result<Visitor, Unavailable> {
        match Session::from_cookie(&self.config, headers) {
            Some(session) => self.refresh(session).await,
            None => Ok(Visitor::default()),
        }
    }

    /// Decides about one text, of this course if it is part of one. Asks the Ledger only when the cookie is old or
    /// says no.
    pub(crate) async fn admit(
        &self,
        (access, course): (&Access, Option<&str>),
        headers: &HeaderMap,
    ) -> Result<(Decision, Visitor), Unavailable> {
        let now = self.now();
        if let Some(preview) = &self.config.preview {
            return Ok((
                decide(access, preview_reader(preview, &self.preview_held), now),
                Visitor::default(),
            ));
        }
        let Some(session) = Session::from_cookie(&self.config, headers) else {
            return Ok((decide(access, Reader::Anonymous, now), Visitor::default()));
        };
        let reader = reader_of(&session.entitlements, &session.roles, (access, course));
        let decision = decide(access, reader, now);
        let age = session.age(now);
        let denied =
            decision != Decision::Serve && (session.is_partial || session.is_buying || age >= DENIAL_SECONDS);
        if age < BELIEVED_SECONDS && !denied {
            return Ok((decision, Visitor { session: Some(session), set_cookies: Vec::new() }));
        }
        let token = session.token.clone();
        let mut state = self.read_session(&token).await?;
        if let Some(state) = &mut state
            && decide(access, reader_of(&state.entitlements, &state.roles, (access, course)), now)
                != Decision::Serve
        {
            self.hear_of_payments(state).await;
        }
        let decision = match &state {
            Some(state) => {
                decide(access, reader_of(&state.entitlements, &state.roles, (access, course)), now)
            }
            None => decide(access, Reader::Anonymous, now),
        };
        Ok((decision, self.visitor_of(token, state)))
    }

    /// The visitor as the gate sees them, for texts under this rule in any course.
    pub(crate) fn reader<'a>(&'a self, visitor: &'a Visitor, access: &Access) -> Reader<'a> {
        match (&self.config.preview, &visitor.session) {
            (Some(preview), _) => preview_reader(preview, &self.preview_held),
            (None, Some(session)) => reader_of(&session.entitlements, &session.roles, (access, None)),
            (None, None) => Reader::Anonymous,
        }
    }

    async fn refresh(&self, session: Session) -> Result<Visitor, Unavailable> {
        let state = self.read_session(&session.token).await?;
        Ok(self.visitor_of(session.token, state))
    }

    /// Asks the processor about payments that nobody told us of, so that whoever paid and closed the page is in at once.
    async fn hear_of_payments(&self, state: &mut SessionState) {
        for order in std::mem::take(&mut state.awaited) {
            match self.look(order.clone(), &state.member).await {
                Ok(Looked::News(settled)) => state.entitlements = settled.entitlements,
                Ok(Looked::Known(_)) => state.awaited.push(order),
                // Who cannot be asked says nothing, and nothing opens no door. The reader waits for that once, not on
                // every page: what is no longer awaited is asked about when the "no" is half a minute old.
                Err(_) => {
                    state.awaited.clear();
                    return;
                }
            }
        }
    }

    pub(crate) async fn read_session(&self, token: &str) -> Result<Option<SessionState>, Unavailable> {
        let command = ReadSession { token_hash: token_hash(token), now: self.now() };
        self.platform.ledger().read_session(command).await
    }

    fn visitor_of(&self, token: String, state: Option<SessionState>) -> Visitor {
        match state {
            Some(state) => {
                let session = Session::new(token, state, self.now());
                Visitor { set_cookies: session.cookies(&self.config), session: Some(session) }
            }
            None => Visitor { session: None, set_cookies: Session::clear(&self.config) },
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.platform.clock().now()
    }
}

fn preview_reader<'a>(preview: &Preview, held: &'a [Entitlement]) -> Reader<'a> {
    match preview {
        Preview::Anonymous => Reader::Anonymous,
        Preview::Owner => Reader::Owner,
        Preview::Tier(_) => Reader::Member(held),
    }
}

/// What the previewed member holds.
pub(crate) fn preview_entitlements(preview: Option<&Preview>) -> Vec<Entitlement> {
    match preview {
        Some(Preview::Tier(tier)) => {
            let scope = lyceum_contract::Scope::Tier(tier.clone());
            vec![Entitlement { scope, until: Timestamp::FOREVER }]
        }
        _ => Vec::new(),
    }
}
