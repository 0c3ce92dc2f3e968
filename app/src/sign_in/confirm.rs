//! Asks a member once more who they are, before something that a found or stolen session must not do.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Response};
use lyceum_contract::id::MemberId;
use lyceum_contract::paths;
use maud::html;

use super::passkey::PasskeyForm;
use super::{Ask, return_to};
use crate::error::AppError;
use crate::forms::{Form, Query};
use crate::page::{Fragment, Frame, redirect};
use crate::ports::{Platform, Unavailable};
use crate::request::{Context, Locale, Shared};
use crate::session::Session;
use crate::webauthn::RelyingParty;

/// The page with the ways to prove it: a passkey, if the member has one, and a mailed code.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(ask): Query<Ask>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let back = return_to(&frame, &ask.return_to);
    let Some(session) = &visitor.session else {
        return Ok(redirect(&frame.sign_in_link(&back), visitor.set_cookies));
    };
    let Some(email) = context.email_of(session).await? else { return Err(AppError::SignIn) };
    let has_passkey = !context.passkeys_of(&session.member).await?.is_empty();
    let party = context.relying_party(&frame).filter(|_| has_passkey);
    Ok(frame.page(&visitor, &confirm_fragment(&frame, party.as_ref(), &email, &back, None)))
}

pub(super) fn confirm_fragment(
    frame: &Frame,
    party: Option<&RelyingParty>,
    email: &str,
    back: &str,
    error: Option<&str>,
) -> Fragment {
    let title = frame.text("app_confirm_title");
    let way_back = html! { input type="hidden" name="return_to" value=(back); };
    let main = html! {
        div class="narrow stack" {
            h1 { (title) }
            p { (frame.text("app_confirm_lede")) }
            @if let Some(error) = error { p class="error" role="alert" { (error) } }
            @if let Some(party) = party {
                (PasskeyForm {
                    act: "get",
                    start: paths::SIGN_IN_PASSKEY_START,
                    action: paths::SIGN_IN_PASSKEY,
                    button: frame.text("app_passkey_use"),
                    class: "button",
                    party,
                }.html(frame, &html! { (way_back) input type="hidden" name="confirm" value="yes"; }))
            }
            form class="form" method="post" action=(frame.link(paths::SIGN_IN_CONFIRM)) {
                (way_back)
                button type="submit" class=(if party.is_some() { "button quiet" } else { "button" }) {
                    (frame.fill("app_confirm_code", &[("email", email)]))
                }
            }
        }
    };
    Fragment { title: title.to_owned(), main }
}

/// Mails a code to the member's own address. Who answers it opens a new session in place of this one.
pub(crate) async fn send<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(ask): Form<Ask>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let session = context.visitor_now(&headers).await?.session.ok_or(AppError::SignIn)?;
    let email = context.email_of(&session).await?.ok_or(AppError::SignIn)?;
    context.send_code(&frame, email, return_to(&frame, &ask.return_to)).await
}

impl<P: Platform> Context<P> {
    async fn email_of(&self, session: &Session) -> Result<Option<String>, Unavailable> {
        Ok(self.read_session(&session.token).await?.map(|state| state.member.email))
    }

    /// The address of the member who confirms who they are, if they are still signed in.
    pub(super) async fn confirming(
        &self,
        headers: &HeaderMap,
        member: &MemberId,
    ) -> Result<Option<String>, Unavailable> {
        let session = self.visitor_by_cookie(headers).session.filter(|session| session.member == *member);
        match session {
            Some(session) => self.email_of(&session).await,
            None => Ok(None),
        }
    }
}
