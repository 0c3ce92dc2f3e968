//! Where a member is signed in: a list, and ways to end what should not be in it.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Response};
use lyceum_contract::id::SessionId;
use lyceum_contract::{display, paths};
use maud::{Markup, html};
use serde::Deserialize;

use super::device::device_name;
use super::passkeys;
use crate::error::AppError;
use crate::forms::Form;
use crate::ledger::{Commands, EndOneSession, EndOtherSessions, ListSessions, Means, OpenSession};
use crate::page::{Fragment, Frame, redirect};
use crate::ports::Platform;
use crate::request::{Context, Locale, Shared};
use crate::session::token_hash;

/// Shows the list, or leads to signing in.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    context.devices(&frame, &headers, None).await
}

impl<P: Platform> Context<P> {
    /// The page of devices, with a word about what was wrong with a passkey.
    pub(super) async fn devices(
        &self,
        frame: &Frame,
        headers: &HeaderMap,
        problem: Option<&str>,
    ) -> Result<Response<Body>, AppError> {
        let visitor = self.visitor_now(headers).await?;
        let Some(session) = &visitor.session else {
            let to = frame.sign_in_link(&frame.link(paths::ACCOUNT_DEVICES));
            return Ok(redirect(&to, visitor.set_cookies));
        };
        let command = ListSessions {
            member: session.member.clone(),
            token_hash: token_hash(&session.token),
            now: self.now(),
        };
        let sessions = self.platform.ledger().list_sessions(command).await?;
        let mut passkeys = html! {};
        if let Some(party) = self.relying_party(frame) {
            let own = self.passkeys_of(&session.member).await?;
            let problem = problem.map(|problem| frame.text(problem));
            let may_change = self.is_fresh(session) && (session.withheld.is_empty() || own.is_empty());
            passkeys = passkeys::section(frame, &party, &own, (session, may_change), problem);
        }
        Ok(frame.page(&visitor, &fragment(frame, &sessions, &passkeys)))
    }
}

fn fragment(frame: &Frame, sessions: &[OpenSession], passkeys: &Markup) -> Fragment {
    let title = frame.text("app_devices_title");
    let main = html! {
        div class="narrow stack" {
            nav class="breadcrumb" aria-label=(frame.text("app_account_title")) {
                a href=(frame.link(paths::ACCOUNT)) { (frame.text("app_account_title")) }
            }
            h1 { (title) }
            section class="stack" {
                h2 { (frame.text("app_sessions")) }
                p class="muted" { (frame.text("app_sessions_lede")) }
                ul class="devices" { @for session in sessions { li { (row(frame, session)) } } }
                @if sessions.len() > 1 { (end_form(frame, OTHERS, frame.text("app_sessions_end_others"), None)) }
            }
            (passkeys)
        }
    };
    Fragment { title: title.to_owned(), main }
}

fn row(frame: &Frame, session: &OpenSession) -> Markup {
    let name = device_name(frame, &session.device);
    let means = frame.text(match session.means {
        Means::Mail => "app_means_mail",
        Means::Passkey => "app_means_passkey",
        Means::GitHub => "app_means_github",
    });
    let date = |at: lyceum_contract::Timestamp| display::date(at.date(), &frame.language);
    let facts = [("since", &*date(session.created_at)), ("seen", &date(session.seen_at)), ("means", means)];
    html! {
        div {
            strong { (name) }
            @if session.is_this { " " span class="label" { (frame.text("app_session_this")) } }
            p class="hint" { (frame.fill("app_session_facts", &facts)) }
        }
        @if !session.is_this {
            (end_form(frame, session.id.as_str(), frame.text("app_session_end"), Some(&name)))
        }
    }
}

/// What the field says when all but this session are to end.
const OTHERS: &str = "others";

fn end_form(frame: &Frame, which: &str, text: &str, what: Option<&str>) -> Markup {
    html! {
        form method="post" action=(frame.link(paths::ACCOUNT_DEVICES)) {
            input type="hidden" name="end" value=(which);
            button type="submit" class="button quiet" {
                (text) @if let Some(what) = what { span class="visually-hidden" { ": " (what) } }
            }
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct End {
    end: String,
}

/// Ends one session of the list, or all others.
pub(crate) async fn end<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(form): Form<End>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let session = visitor.session.ok_or(AppError::SignIn)?;
    let (ledger, member) = (context.platform.ledger(), session.member);
    if form.end == OTHERS {
        let token_hash = token_hash(&session.token);
        ledger.end_other_sessions(EndOtherSessions { member, token_hash }).await?;
    } else {
        let id: SessionId = form.end.parse().map_err(|_| AppError::Invalid("expected a session"))?;
        ledger.end_one_session(EndOneSession { member, id }).await?;
    }
    Ok(redirect(&frame.link(paths::ACCOUNT_DEVICES), visitor.set_cookies))
}
