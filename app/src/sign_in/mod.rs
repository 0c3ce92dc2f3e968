//! Signing in with a mailed code or link. There are no passwords.
//!
//! The browser that asks keeps a secret in a cookie, and only that browser can answer. So a link that a mail
//! scanner follows, or that somebody else opens, signs nobody in. The answers are the same for every address,
//! because an address becomes a member only when its code comes back.

pub(crate) mod confirm;
mod device;
pub(crate) mod devices;
mod email;
pub(crate) mod email_change;
pub(crate) mod github;
pub(crate) mod link;
mod open;
pub(crate) mod passkey;
pub(crate) mod passkeys;
mod random;

use std::slice;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderMap, Response};
use lyceum_contract::id::{ChallengeId, MemberId, hex};
use lyceum_contract::paths;
use maud::html;
use serde::{Deserialize, Serialize};

use crate::address::is_same_site;
use crate::checkout::policy_with_form_targets;
use crate::cookies::Cookie;
use crate::error::AppError;
use crate::forms::{Form, Query};
use crate::ledger::{
    AnswerChallenge, Answered, Commands, EndSession, Proof, SignedIn, StartChallenge, Started,
};
use crate::mail::{Button, Draft};
use crate::page::{Fragment, Frame, ROBOTS, redirect};
use crate::ports::{Mail, Mailer, Platform, Unavailable};
use crate::request::{Context, Locale, Shared};
use crate::session::{Session, Visitor, token_hash};
use crate::token::{self, Purpose};
use crate::webauthn::RelyingParty;

pub use email::normalized_email;

/// Seconds for which the browser keeps the challenge.
const CHALLENGE_SECONDS: i64 = 600;

#[derive(Debug, Deserialize)]
pub(crate) struct Ask {
    #[serde(default)]
    return_to: String,
}

/// The page that asks for an address.
pub(crate) async fn ask<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(ask): Query<Ask>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_by_cookie(&headers);
    if visitor.session.is_some() {
        return Ok(redirect(&return_to(&frame, &ask.return_to), []));
    }
    let asked = Asked { email: "", return_to: &ask.return_to, error: None };
    let mut response = context.ask_page(&frame, &visitor, asked);
    if ask.return_to.is_empty() {
        // The one page of the app that people search for by name.
        response.headers_mut().remove(ROBOTS);
    }
    Ok(response)
}

/// What stands in the form that asks for an address.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    email: &'a str,
    return_to: &'a str,
    error: Option<&'a str>,
}

/// The ways in besides mail.
struct Ways {
    party: Option<RelyingParty>,
    has_github: bool,
}

impl<P: Platform> Context<P> {
    fn ways(&self, frame: &Frame) -> Ways {
        Ways { party: self.relying_party(frame), has_github: self.config.github.is_some() }
    }

    /// The page that asks for an address.
    fn ask_page(&self, frame: &Frame, visitor: &Visitor, asked: Asked<'_>) -> Response<Body> {
        let mut response = frame.page(visitor, &ask_fragment(frame, &self.ways(frame), asked));
        if let Some(github) = &self.config.github {
            let policy = policy_with_form_targets(slice::from_ref(&github.site_url));
            response.headers_mut().extend(policy.map(|policy| (CONTENT_SECURITY_POLICY, policy)));
        }
        response
    }
}

fn ask_fragment(frame: &Frame, ways: &Ways, asked: Asked<'_>) -> Fragment {
    let described_by = if asked.error.is_some() { "email-error email-hint" } else { "email-hint" };
    let title = frame.text("app_sign_in_title");
    let main = html! {
        div class="narrow stack" {
            h1 { (title) }
            p { (frame.text("app_sign_in_lede")) }
            form class="form" method="post" action=(frame.link(paths::SIGN_IN)) {
                @if let Some(error) = asked.error { p class="error" role="alert" id="email-error" { (error) } }
                label for="email" { (frame.text("app_email")) }
                input id="email" name="email" type="email" autocomplete="email" required maxlength="254"
                    value=(asked.email) aria-describedby=(described_by)
                    aria-invalid=[asked.error.map(|_| "true")];
                p class="hint" id="email-hint" { (frame.text("app_email_hint")) }
                input type="hidden" name="return_to" value=(asked.return_to);
                button type="submit" class="button" { (frame.text("app_send_code")) }
            }
            (passkey::sign_in_form(frame, ways.party.as_ref(), asked.return_to))
            @if ways.has_github {
                form class="form" method="post" action=(frame.link(paths::SIGN_IN_GITHUB)) {
                    input type="hidden" name="return_to" value=(asked.return_to);
                    button type="submit" class="button quiet" { (frame.text("app_github_sign_in")) }
                }
            }
        }
    };
    Fragment { title: title.to_owned(), main }
}

/// What the browser that asked keeps.
#[derive(Debug, Serialize, Deserialize)]
struct Challenge {
    id: ChallengeId,
    secret: String,
    email: String,
    return_to: String,
}

impl Challenge {
    fn from_cookie<P: Platform>(context: &Context<P>, headers: &HeaderMap) -> Option<Self> {
        let cookie = Cookie::Challenge.read(&context.config, headers)?;
        token::verify(&context.config.secrets, Purpose::Challenge, cookie)
    }

    /// A mailed secret is bound to the challenge and to the browser, so a stolen Ledger gives neither.
    fn hash(&self, kind: &str, mailed: &str) -> String {
        token::hash(&["ly/challenge/1", kind, self.id.as_str(), &self.secret, mailed])
    }

    fn browser_hash(&self) -> String {
        token::hash(&["ly/browser/1", self.id.as_str(), &self.secret])
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Send {
    email: String,
    #[serde(default)]
    return_to: String,
}

/// Sends a code, or seems to: the answer is the same for every address.
pub(crate) async fn send<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Form(form): Form<Send>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let Some(email) = normalized_email(&form.email) else {
        let error = Some(frame.text("app_email_invalid"));
        let asked = Asked { email: &form.email, return_to: &form.return_to, error };
        return Ok(context.ask_page(&frame, &Visitor::default(), asked));
    };
    let return_to = return_to(&frame, &form.return_to);
    context.send_code(&frame, email, return_to).await
}

impl<P: Platform> Context<P> {
    /// Starts a challenge for this address, mails its code, and leads to the page that takes it.
    async fn send_code(
        &self,
        frame: &Frame,
        email: String,
        return_to: String,
    ) -> Result<Response<Body>, AppError> {
        let id = ChallengeId::from_bytes(self.random()?);
        let challenge = Challenge { id, secret: self.secret()?, email, return_to };
        let (code, link_secret) = (self.code()?, self.secret()?);
        let started = self.start_challenge(&challenge, &code, &link_secret).await?;
        match started {
            Started::Send => {
                let mail = mail(frame, self.config.origin.as_deref(), &challenge, &code, &link_secret);
                self.platform.mailer().send(&mail).await?;
            }
            Started::Limited => {}
            Started::Paused => return Err(Unavailable::new("mailer", "too many codes in one hour").into()),
        }
        let cookie = token::sign(&self.config.secrets, Purpose::Challenge, &challenge);
        let cookie = cookie.and_then(|value| Cookie::Challenge.set(&self.config, &value, CHALLENGE_SECONDS));
        Ok(redirect(&frame.link(paths::SIGN_IN_CODE), cookie))
    }
}

fn mail(frame: &Frame, origin: Option<&str>, challenge: &Challenge, code: &str, link_secret: &str) -> Mail {
    let address = frame.absolute(origin, paths::SIGN_IN_LINK);
    let link = format!("{address}#{}.{link_secret}.{code}", challenge.id);
    let values = [("code", code), ("site", frame.site_title())];
    let button = Button { label: frame.text("app_link_continue").to_owned(), url: link };
    let draft = Draft::new(frame, ("app_mail_subject", "app_mail_text"), &values, Some(&button));
    draft.into_mail(origin, &challenge.email, &format!("code:{}", challenge.id))
}

/// The page that asks for the code.
pub(crate) async fn code_page<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    match Challenge::from_cookie(&context, &headers) {
        Some(challenge) => Ok(frame.page(&Visitor::default(), &code_fragment(&frame, &challenge, None))),
        None => Ok(redirect(&frame.link(paths::SIGN_IN), [])),
    }
}

fn code_fragment(frame: &Frame, challenge: &Challenge, error: Option<&str>) -> Fragment {
    let title = frame.text("app_code_title");
    let main = html! {
        div class="narrow stack" {
            h1 { (title) }
            p { (frame.fill("app_code_lede", &[("email", &challenge.email)])) }
            form class="form" method="post" action=(frame.link(paths::SIGN_IN_CODE)) {
                @if let Some(error) = error { p class="error" role="alert" id="code-error" { (error) } }
                label for="code" { (frame.text("app_code")) }
                input type="text" id="code" class="code-input" name="code" inputmode="numeric" autocomplete="one-time-code"
                    pattern="[0-9]{6}" maxlength="6" required
                    aria-describedby=[error.map(|_| "code-error")] aria-invalid=[error.map(|_| "true")];
                button type="submit" class="button" { (frame.text("app_code_submit")) }
            }
            p { a href=(frame.link(paths::SIGN_IN)) { (frame.text("app_code_again")) } }
        }
    };
    Fragment { title: title.to_owned(), main }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Code {
    code: String,
}

/// Signs in with the code that was typed.
pub(crate) async fn answer_code<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(form): Form<Code>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let Some(challenge) = Challenge::from_cookie(&context, &headers) else {
        return Ok(redirect(&frame.link(paths::SIGN_IN), []));
    };
    let digits: String = form.code.chars().filter(char::is_ascii_digit).take(7).collect();
    let proof = Proof::Code(challenge.hash("code", &digits));
    context.answer(&frame, &headers, &challenge, proof).await
}

/// Ends the session, here and in the Ledger.
pub(crate) async fn sign_out<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    if let Some(session) = context.visitor_by_cookie(&headers).session {
        context.platform.ledger().end_session(EndSession { token_hash: token_hash(&session.token) }).await?;
    }
    Ok(redirect(&frame.link("/"), Session::clear(&context.config)))
}

impl<P: Platform> Context<P> {
    async fn start_challenge(
        &self,
        challenge: &Challenge,
        code: &str,
        link: &str,
    ) -> Result<Started, Unavailable> {
        let command = StartChallenge {
            id: challenge.id.clone(),
            email: challenge.email.clone(),
            browser_hash: challenge.browser_hash(),
            code_hash: challenge.hash("code", code),
            link_hash: challenge.hash("link", link),
            max_mails_per_hour: self.config.max_mails_per_hour,
            now: self.now(),
        };
        self.platform.ledger().start_challenge(command).await
    }

    async fn answer(
        &self,
        frame: &Frame,
        headers: &HeaderMap,
        challenge: &Challenge,
        proof: Proof,
    ) -> Result<Response<Body>, AppError> {
        let (token, opening) = self.opening(headers)?;
        let command = AnswerChallenge {
            id: challenge.id.clone(),
            browser_hash: challenge.browser_hash(),
            proof,
            new_member: MemberId::from_bytes(self.random()?),
            new_pseudonym: hex(&self.random::<16>()?),
            opening,
            language: frame.language.clone(),
            now: self.now(),
        };
        match self.platform.ledger().answer_challenge(command).await? {
            Answered::SignedIn { member, entitlements } => {
                let signed_in = SignedIn { member, entitlements };
                let cleared = Cookie::Challenge.clear(&self.config);
                Ok(self.signed_in(headers, token, signed_in, &challenge.return_to, cleared).await)
            }
            Answered::Wrong { n_left } => {
                let error = frame.fill("app_code_wrong", &[("n", &n_left.to_string())]);
                Ok(frame.page(&Visitor::default(), &code_fragment(frame, challenge, Some(&error))))
            }
            Answered::Gone => {
                let error = Some(frame.text("app_code_gone"));
                let asked = Asked { email: &challenge.email, return_to: &challenge.return_to, error };
                Ok(self.ask_page(frame, &Visitor::default(), asked))
            }
        }
    }
}

/// Where to go after signing in: an address of this site, or the account page.
pub(crate) fn return_to(frame: &Frame, wanted: &str) -> String {
    if is_same_site(wanted) { wanted.to_owned() } else { frame.link(paths::ACCOUNT) }
}
