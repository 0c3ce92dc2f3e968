//! Moving to another address: a code there, a notice to the old one, and every other session ends.
//!
//! The answer says nothing about who has an account. When somebody has one with the new address, the mail that goes
//! there says so, and has no code.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Response};
use lyceum_contract::id::{ChallengeId, MemberId};
use lyceum_contract::paths;
use maud::html;
use serde::{Deserialize, Serialize};

use super::{CHALLENGE_SECONDS, Code, email::normalized_email};
use crate::cookies::Cookie;
use crate::error::AppError;
use crate::forms::Form;
use crate::ledger::{
    ChangeEmail, ChangeStarted, Commands, EmailChanged, StartChallenge, StartEmailChange, Started,
};
use crate::mail::Draft;
use crate::page::{Fragment, Frame, redirect, set_cookies};
use crate::ports::{Mail, Mailer, Platform, Unavailable};
use crate::request::{Context, Locale, Shared};
use crate::session::{Session, Visitor, token_hash};
use crate::token::{self, Purpose};

/// What the browser that asked keeps.
#[derive(Debug, Serialize, Deserialize)]
struct Move {
    id: ChallengeId,
    secret: String,
    member: MemberId,
    email: String,
}

impl Move {
    fn from_cookie<P: Platform>(
        context: &Context<P>,
        headers: &HeaderMap,
        member: &MemberId,
    ) -> Option<Self> {
        let cookie = Cookie::Email.read(&context.config, headers)?;
        let kept: Option<Self> = token::verify(&context.config.secrets, Purpose::Email, cookie);
        kept.filter(|kept| kept.member == *member)
    }

    fn hash(&self, kind: &str, mailed: &str) -> String {
        token::hash(&["ly/email/1", kind, self.id.as_str(), &self.secret, mailed])
    }
}

/// Asks for the new address.
pub(crate) async fn ask<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let Some(session) = &visitor.session else { return context.stranger(Some(locale), visitor).await };
    if let Some(response) = context.require_fresh(&frame, session, &frame.link(paths::ACCOUNT_EMAIL)) {
        return Ok(response);
    }
    context.email_page(&frame, &visitor, session, ("", None)).await
}

#[derive(Debug, Deserialize)]
pub(crate) struct NewAddress {
    #[serde(default)]
    email: String,
}

/// Mails a code to the new address, or seems to.
pub(crate) async fn send<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(form): Form<NewAddress>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
    if let Some(response) = context.require_fresh(&frame, session, &frame.link(paths::ACCOUNT_EMAIL)) {
        return Ok(response);
    }
    let state = context.read_session(&session.token).await?.ok_or(AppError::SignIn)?;
    let problem = match normalized_email(&form.email) {
        None => "app_email_invalid",
        Some(email) if email == state.member.email => "app_email_change_same",
        Some(email) => return context.start_move(&frame, session, email).await,
    };
    context.email_page(&frame, &visitor, session, (&form.email, Some(problem))).await
}

impl<P: Platform> Context<P> {
    async fn email_page(
        &self,
        frame: &Frame,
        visitor: &Visitor,
        session: &Session,
        (typed, problem): (&str, Option<&str>),
    ) -> Result<Response<Body>, AppError> {
        let state = self.read_session(&session.token).await?.ok_or(AppError::SignIn)?;
        Ok(frame.page(visitor, &ask_fragment(frame, &state.member.email, typed, problem)))
    }

    async fn start_move(
        &self,
        frame: &Frame,
        session: &Session,
        email: String,
    ) -> Result<Response<Body>, AppError> {
        let (id, secret) = (ChallengeId::from_bytes(self.random()?), self.secret()?);
        let kept = Move { id, secret, member: session.member.clone(), email };
        let (code, unused) = (self.code()?, self.secret()?);
        let challenge = StartChallenge {
            id: kept.id.clone(),
            email: kept.email.clone(),
            browser_hash: kept.hash("browser", ""),
            code_hash: kept.hash("code", &code),
            link_hash: kept.hash("link", &unused),
            max_mails_per_hour: self.config.max_mails_per_hour,
            now: self.now(),
        };
        let command = StartEmailChange { member: session.member.clone(), challenge };
        let ChangeStarted { started, is_taken } = self.platform.ledger().start_email_change(command).await?;
        match started {
            Started::Send => {
                let mail = mail(frame, self.config.origin.as_deref(), &kept, (&code, is_taken));
                self.platform.mailer().send(&mail).await?;
            }
            Started::Limited => {}
            Started::Paused => return Err(Unavailable::new("mailer", "too many codes in one hour").into()),
        }
        let cookie = token::sign(&self.config.secrets, Purpose::Email, &kept);
        let cookie = cookie.and_then(|value| Cookie::Email.set(&self.config, &value, CHALLENGE_SECONDS));
        Ok(redirect(&frame.link(paths::ACCOUNT_EMAIL_CODE), cookie))
    }
}

fn mail(frame: &Frame, origin: Option<&str>, kept: &Move, (code, is_taken): (&str, bool)) -> Mail {
    let texts = if is_taken {
        ("app_mail_email_taken_subject", "app_mail_email_taken")
    } else {
        ("app_mail_email_code_subject", "app_mail_email_code")
    };
    let values = [("code", code), ("site", frame.site_title())];
    Draft::new(frame, texts, &values, None).into_mail(origin, &kept.email, &format!("code:{}", kept.id))
}

fn ask_fragment(frame: &Frame, email: &str, typed: &str, problem: Option<&str>) -> Fragment {
    let described_by = if problem.is_some() { "email-error email-hint" } else { "email-hint" };
    let title = frame.text("app_email_change_title");
    let main = html! {
        div class="narrow stack" {
            nav class="breadcrumb" aria-label=(frame.text("app_account_title")) {
                a href=(frame.link(paths::ACCOUNT)) { (frame.text("app_account_title")) }
            }
            h1 { (title) }
            p { (frame.fill("app_email_change_lede", &[("email", email)])) }
            form class="form" method="post" action=(frame.link(paths::ACCOUNT_EMAIL)) {
                @if let Some(problem) = problem {
                    p class="error" role="alert" id="email-error" { (frame.text(problem)) }
                }
                label for="email" { (frame.text("app_email_change_new")) }
                input type="email" id="email" name="email" autocomplete="email" required maxlength="254"
                    value=(typed) aria-describedby=(described_by) aria-invalid=[problem.map(|_| "true")];
                p class="hint" id="email-hint" { (frame.text("app_email_change_hint")) }
                button type="submit" class="button" { (frame.text("app_send_code")) }
            }
        }
    };
    Fragment { title: title.to_owned(), main }
}

/// Asks for the code.
pub(crate) async fn code_page<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let Some(session) = &visitor.session else { return context.stranger(Some(locale), visitor).await };
    match Move::from_cookie(&context, &headers, &session.member) {
        Some(kept) => Ok(frame.page(&visitor, &code_fragment(&frame, &kept, None))),
        None => Ok(redirect(&frame.link(paths::ACCOUNT_EMAIL), visitor.set_cookies)),
    }
}

fn code_fragment(frame: &Frame, kept: &Move, error: Option<&str>) -> Fragment {
    let title = frame.text("app_code_title");
    let main = html! {
        div class="narrow stack" {
            h1 { (title) }
            p { (frame.fill("app_code_lede", &[("email", &kept.email)])) }
            form class="form" method="post" action=(frame.link(paths::ACCOUNT_EMAIL_CODE)) {
                @if let Some(error) = error { p class="error" role="alert" id="code-error" { (error) } }
                label for="code" { (frame.text("app_code")) }
                input type="text" id="code" class="code-input" name="code" inputmode="numeric"
                    autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" required
                    aria-describedby=[error.map(|_| "code-error")] aria-invalid=[error.map(|_| "true")];
                button type="submit" class="button" { (frame.text("app_email_change_do")) }
            }
            p { a href=(frame.link(paths::ACCOUNT_EMAIL)) { (frame.text("app_code_again")) } }
        }
    };
    Fragment { title: title.to_owned(), main }
}

/// Moves the member, if the code is right.
pub(crate) async fn answer<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(form): Form<Code>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
    let Some(kept) = Move::from_cookie(&context, &headers, &session.member) else {
        return Ok(redirect(&frame.link(paths::ACCOUNT_EMAIL), visitor.set_cookies));
    };
    let digits: String = form.code.chars().filter(char::is_ascii_digit).take(7).collect();
    let command = ChangeEmail {
        member: session.member.clone(),
        id: kept.id.clone(),
        browser_hash: kept.hash("browser", ""),
        code_hash: kept.hash("code", &digits),
        token_hash: token_hash(&session.token),
        now: context.now(),
    };
    match context.platform.ledger().change_email(command).await? {
        EmailChanged::Done => {
            let mut response = redirect(&frame.link(paths::ACCOUNT), visitor.set_cookies);
            set_cookies(response.headers_mut(), Cookie::Email.clear(&context.config));
            Ok(response)
        }
        EmailChanged::Wrong { n_left } => {
            let error = frame.fill("app_code_wrong", &[("n", &n_left.to_string())]);
            Ok(frame.page(&visitor, &code_fragment(&frame, &kept, Some(&error))))
        }
        EmailChanged::Gone => {
            context.email_page(&frame, &visitor, session, (&kept.email, Some("app_code_gone"))).await
        }
    }
}
