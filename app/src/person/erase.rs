//! Leaving: what it means, what stands in its way, and the last click.
//!
//! Payment comes first: what may be charged again is cancelled at the processor, and what can still be paid is closed.
//! When the processor does not answer, nothing is erased.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, HeaderValue, Response};
use lyceum_contract::id::MemberId;
use lyceum_contract::paths;
use maud::{Markup, html};
use serde::Deserialize;

use super::breadcrumb;
use crate::account::scope_name;
use crate::config::Config;
use crate::cookies::Cookie;
use crate::discuss::Comment;
use crate::error::AppError;
use crate::forms::Form;
use crate::ledger::{Actor, Commands, EraseMember, Erased, Erasure, Order, ReadErasure, Sweep};
use crate::mail::Draft;
use crate::page::{Fragment, Frame};
use crate::ports::{CommentKey, CommentStore, Mailer, Payments, Platform};
use crate::request::{Context, Locale, Shared};
use crate::session::{Session, Visitor};
use crate::sign_in::normalized_email;

/// Says what happens, and asks.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let Some(session) = &visitor.session else { return context.stranger(Some(locale), visitor).await };
    if let Some(response) = context.require_fresh(&frame, session, &frame.link(paths::ACCOUNT_ERASE)) {
        return Ok(response);
    }
    let erasure = context.erasure(&session.member).await?;
    Ok(frame.page(&visitor, &fragment(&frame, &erasure, None)))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Confirmation {
    #[serde(default)]
    email: String,
}

/// Erases the member, if they typed their address.
pub(crate) async fn erase<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(form): Form<Confirmation>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
    if let Some(response) = context.require_fresh(&frame, session, &frame.link(paths::ACCOUNT_ERASE)) {
        return Ok(response);
    }
    let state = context.read_session(&session.token).await?.ok_or(AppError::SignIn)?;
    let erasure = context.erasure(&session.member).await?;
    let is_right = normalized_email(&form.email).is_some_and(|email| email == state.member.email);
    if erasure.is_last_owner || !erasure.teams.is_empty() || !is_right {
        return Ok(frame.page(&visitor, &fragment(&frame, &erasure, Some("app_erase_wrong_email"))));
    }
    context.end_payments(&erasure).await?;
    let command = EraseMember {
        by: Actor::Member(session.member.clone()),
        member: session.member.clone(),
        now: context.now(),
    };
    match context.platform.ledger().erase_member(command).await? {
        Erased::Done => {
            context.after_erasure(&frame, session, &state.member.email, &headers).await;
            let gone = Visitor { session: None, set_cookies: cleared(&context.config) };
            Ok(frame.page(&gone, &farewell(&frame)))
        }
        Erased::Blocked(erasure) => {
            Ok(frame.page(&visitor, &fragment(&frame, &erasure, Some("app_erase_still_running"))))
        }
        Erased::NotAllowed | Erased::NoMember => Err(AppError::SignIn),
    }
}

impl<P: Platform> Context<P> {
    async fn erasure(&self, member: &MemberId) -> Result<Erasure, AppError> {
        let command = ReadErasure { member: member.clone(), now: self.now() };
        self.platform.ledger().read_erasure(command).await?.ok_or(AppError::SignIn)
    }

    /// Ends what may be charged or paid, and records what the processor says afterwards.
    async fn end_payments(&self, erasure: &Erasure) -> Result<(), AppError> {
        for order in &erasure.running {
            self.platform.payments().cancel(order).await?;
            self.fulfil(order.clone(), None).await?;
        }
        for order in &erasure.open {
            self.platform.payments().close(order).await?;
            self.fulfil(order.clone(), None).await?;
        }
        Ok(())
    }

    async fn is_by(&self, key: &CommentKey, member: &MemberId) -> bool {
        let found = self.platform.comments().get(key).await.ok().flatten();
        let comment = found.and_then(|body| lyceum_contract::json::from_slice::<Comment>(&body).ok());
        comment.is_some_and(|comment| comment.member == *member)
    }

    /// What does not hold up the answer: comments, which are looked for again later, and a last mail. It is not put into
    /// the outbox, where the address would lie.
    async fn after_erasure(&self, frame: &Frame, session: &Session, email: &str, headers: &HeaderMap) {
        let member = session.member.clone();
        for key in self.recent_keys(headers) {
            // The receipts are the browser's, in which somebody else may have been signed in before.
            if self.is_by(&key, &member).await {
                let _ = self.platform.comments().remove(&key, &member).await;
            }
        }
        let _ = self.sweep(&Sweep { member: member.clone(), erased_at: self.now() }).await;
        let values = [("site", frame.site_title())];
        let draft = Draft::new(frame, ("app_mail_erased_subject", "app_mail_erased"), &values, None);
        let mail = draft.into_mail(self.config.origin.as_deref(), email, &format!("erased:{member}"));
        let _ = self.platform.mailer().send(&mail).await;
    }
}

/// Takes away every cookie that we set.
fn cleared(config: &Config) -> Vec<HeaderValue> {
    Cookie::ALL.iter().filter_map(|cookie| cookie.clear(config)).collect()
}

fn fragment(frame: &Frame, erasure: &Erasure, problem: Option<&str>) -> Fragment {
    let title = frame.text("app_erase_title");
    let main = html! {
        div class="narrow stack" {
            (breadcrumb(frame))
            h1 { (title) }
            @if erasure.is_last_owner {
                p class="error" role="alert" { (frame.text("app_erase_last_owner")) }
            } @else if !erasure.teams.is_empty() {
                (teams(frame, &erasure.teams))
            } @else {
                (consequences(frame, erasure))
                (form(frame, problem))
            }
            p { a href=(frame.link(paths::ACCOUNT)) { (frame.text("app_erase_keep")) } }
        }
    };
    Fragment { title: title.to_owned(), main }
}

/// Why a buyer of seats has to see to the people first.
fn teams(frame: &Frame, teams: &[Order]) -> Markup {
    html! {
        div class="error stack" role="alert" {
            p { (frame.text("app_erase_teams")) }
            @for order in teams {
                p {
                    a href=(format!("{}?order={}", frame.link(paths::TEAM), order.id)) {
                        (frame.text("app_erase_team")) ": " (scope_text(frame, order))
                    }
                }
            }
        }
    }
}

/// The name of what an order gives, without a link of its own.
fn scope_text(frame: &Frame, order: &Order) -> String {
    let product = frame.site.manifest.products.iter().find(|product| product.scope == *order.scope_now());
    match product {
        Some(product) => product.name.get(&frame.language, &frame.site.default_language).to_owned(),
        None => order.scope_now().to_string(),
    }
}

const CONSEQUENCES: [&str; 5] =
    ["app_erase_access", "app_erase_data", "app_erase_comments", "app_erase_orders", "app_erase_again"];

fn consequences(frame: &Frame, erasure: &Erasure) -> Markup {
    html! {
        p { (frame.text("app_erase_lede")) }
        @if !erasure.running.is_empty() {
            div class="card stack" {
                p { strong { (frame.text("app_erase_running")) } }
                @for order in &erasure.running { p { (scope_name(frame, order.scope_now())) } }
            }
        }
        div class="prose" {
            ul {
                @for key in CONSEQUENCES { li { (frame.text(key)) } }
            }
        }
        p {
            (frame.text("app_erase_export")) " "
            a href=(frame.link(paths::ACCOUNT_EXPORT)) download { (frame.text("app_export_link")) }
        }
    }
}

fn form(frame: &Frame, problem: Option<&str>) -> Markup {
    let described_by = if problem.is_some() { "email-error" } else { "email-hint" };
    html! {
        form class="form" method="post" action=(frame.link(paths::ACCOUNT_ERASE)) {
            @if let Some(problem) = problem {
                p class="error" role="alert" id="email-error" { (frame.text(problem)) }
            }
            label for="email" { (frame.text("app_erase_type")) }
            input type="email" id="email" name="email" autocomplete="off" required maxlength="254"
                aria-describedby=(described_by) aria-invalid=[problem.map(|_| "true")];
            p class="hint" id="email-hint" { (frame.text("app_erase_final")) }
            button type="submit" class="button" { (frame.text("app_erase_do")) }
        }
    }
}

fn farewell(frame: &Frame) -> Fragment {
    let title = frame.text("app_erased_title");
    let main = html! {
        div class="narrow stack" {
            h1 { (title) }
            p { (frame.text("app_erased")) }
            p { a href=(frame.link("/")) { (frame.text("app_home")) } }
        }
    };
    Fragment { title: title.to_owned(), main }
}
