//! Who runs a team: the buyer, and those with a seat whom the buyer names.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Response};
use lyceum_contract::id::OrderId;
use lyceum_contract::paths;
use maud::{Markup, html};
use serde::Deserialize;

use crate::error::AppError;
use crate::forms::Form;
use crate::ledger::{Commands, Manager, NameManager, Naming, Runs, Seat, Team};
use crate::page::Frame;
use crate::ports::Platform;
use crate::request::{Locale, Shared};
use crate::team::said;

/// What the page of a team says about who runs it.
pub(crate) fn section(frame: &Frame, team: &Team) -> Markup {
    html! {
        section class="stack" {
            h2 { (frame.text("app_managers_title")) }
            @match team.runs {
                Runs::Manager => p { (frame.text("app_managers_you")) },
                Runs::Buyer => {
                    p { (frame.text("app_managers_lede")) }
                    (managers(frame, team))
                    (name_form(frame, team))
                }
            }
        }
    }
}

fn managers(frame: &Frame, team: &Team) -> Markup {
    html! {
        @if !team.managers.is_empty() {
            ul class="rows" { @for manager in &team.managers { (row(frame, &team.order.id, manager)) } }
        }
    }
}

fn row(frame: &Frame, order: &OrderId, manager: &Manager) -> Markup {
    html! {
        li {
            span { (manager.name.as_ref().unwrap_or(&manager.email)) }
            span class="length" { (frame.text("app_managers_is")) }
            @if manager.name.is_some() { span class="row-note" { (manager.email) } }
            form class="row-note actions" method="post" action=(frame.link(paths::TEAM_MANAGERS)) {
                input type="hidden" name="order" value=(order);
                input type="hidden" name="email" value=(manager.email);
                button type="submit" class="button quiet" { (frame.text("app_managers_remove")) }
            }
        }
    }
}

fn name_form(frame: &Frame, team: &Team) -> Markup {
    let is_one = |account: &str| team.managers.iter().any(|manager| manager.email == account);
    let candidate = |seat: &&Seat| seat.account.as_deref().is_some_and(|account| !is_one(account));
    let candidates: Vec<&Seat> = team.seats.iter().filter(candidate).collect();
    if candidates.is_empty() {
        return html! { p class="hint" { (frame.text("app_managers_no_seats")) } };
    }
    html! {
        form class="form" method="post" action=(frame.link(paths::TEAM_MANAGERS)) {
            input type="hidden" name="order" value=(team.order.id);
            input type="hidden" name="manager" value="1";
            label for="manager" { (frame.text("app_managers_who")) }
            select id="manager" name="email" {
                @for seat in candidates {
                    @let account = seat.account.as_deref().unwrap_or_default();
                    option value=(account) {
                        @if let Some(name) = &seat.name { (name) " (" (account) ")" } @else { (account) }
                    }
                }
            }
            button type="submit" class="button quiet" { (frame.text("app_managers_name")) }
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Change {
    order: String,
    email: String,
    /// Not empty to name somebody.
    #[serde(default)]
    manager: String,
}

/// Names a manager, or removes one.
pub(crate) async fn change<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(form): Form<Change>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
    let order: OrderId = form.order.parse().map_err(|_| AppError::NotFound)?;
    let is_manager = !form.manager.is_empty();
    let (buyer, now) = (session.member.clone(), context.now());
    let command = NameManager { order: order.clone(), buyer, email: form.email, is_manager, now };
    let word = match context.platform.ledger().name_manager(command).await? {
        Naming::Done | Naming::Unchanged if is_manager => "named",
        Naming::Done | Naming::Unchanged => "unnamed",
        Naming::NoSeat => "no-seat",
        Naming::NotYours => return Err(AppError::NotFound),
    };
    Ok(said(&frame, &order, word, visitor.set_cookies))
}
