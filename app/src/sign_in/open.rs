//! Opens the session of somebody who has proved who they are, and asks for that proof again when it is old.

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Response};
use lyceum_contract::event::{Record, What};
use lyceum_contract::id::SessionId;
use lyceum_contract::paths;

use super::device::{Remembered, label};
use crate::address::query_value;
use crate::ledger::{Opening, SessionState, SignedIn};
use crate::page::{Frame, redirect};
use crate::ports::{Platform, Unavailable};
use crate::request::Context;
use crate::session::{Session, token_hash};

/// Seconds for which a proof is good enough for what needs a fresh one.
const FRESH_SECONDS: i64 = 600;

impl<P: Platform> Context<P> {
    /// A token for the browser, and the session that it will open.
    pub(super) fn opening(&self, headers: &HeaderMap) -> Result<(String, Opening), Unavailable> {
        let token = self.secret()?;
        let opening = Opening {
            id: SessionId::from_bytes(self.random()?),
            token_hash: token_hash(&token),
            device: label(headers),
            known: Remembered::from_cookie(&self.config, headers).members,
            replaces: self.visitor_by_cookie(headers).session.map(|session| token_hash(&session.token)),
        };
        Ok((token, opening))
    }

    /// The answer to somebody whose session is open: on to where they wanted to go, with its cookies and these.
    pub(super) async fn signed_in(
        &self,
        headers: &HeaderMap,
        token: String,
        signed_in: SignedIn,
        return_to: &str,
        cookies: impl IntoIterator<Item = HeaderValue>,
    ) -> Response<Body> {
        let SignedIn { member, entitlements } = signed_in;
        self.record(&member.pseudonym, What::Recorded(Record::SignIn)).await;
        let remembered = Remembered::from_cookie(&self.config, headers).with(&self.config, &member.id);
        let now = self.now();
        // Roles are not known yet, so that a "no" is asked again at once.
        let (roles, withheld, awaited) = Default::default();
        let state = SessionState { member, entitlements, roles, withheld, proved_at: now, awaited };
        let session = Session { is_partial: true, ..Session::new(token, state, now) };
        let own = session.cookies(&self.config).into_iter().chain(remembered);
        redirect(return_to, own.chain(cookies))
    }

    /// Where to go first when the member has not proved within the last ten minutes who they are; `back` is the page
    /// that they come back to. `None` when they have, as the Ledger said in this request: a cookie alone never counts.
    pub(crate) fn require_fresh(
        &self,
        frame: &Frame,
        session: &Session,
        back: &str,
    ) -> Option<Response<Body>> {
        (!self.is_fresh(session)).then(|| redirect(&confirm_link(frame, back), []))
    }

    /// Whether the member has proved within the last ten minutes who they are.
    pub(crate) fn is_fresh(&self, session: &Session) -> bool {
        session.proved_at.is_some_and(|proved_at| {
            let age = self.now().0.saturating_sub(proved_at.0);
            (0..FRESH_SECONDS).contains(&age)
        })
    }
}

/// The page that asks for the proof again.
pub(super) fn confirm_link(frame: &Frame, back: &str) -> String {
    format!("{}?return_to={}", frame.link(paths::SIGN_IN_CONFIRM), query_value(back))
}
