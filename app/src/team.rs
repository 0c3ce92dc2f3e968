//! Teams, as those who run them see them: who has one, who is invited, and what is paid.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Response};
use lyceum_contract::id::{OrderId, SeatId};
use lyceum_contract::{Timestamp, display, paths};
use maud::{Markup, html};
use serde::Deserialize;

use crate::account::{scope_name, standing_text};
use crate::error::AppError;
use crate::forms::{Form, Query};
use crate::ledger::{
    Commands, InviteToSeat, Inviting, ListTeams, ReadTeam, RevokeSeat, Revoking, Seat, Team, TeamSummary,
    is_live, seat_id,
};
use crate::page::{Fragment, Frame, redirect};
use crate::ports::Platform;
use crate::request::{Context, Locale, Shared};
use crate::session::Session;
use crate::sign_in::normalized_email;
use crate::{team_assign, team_managers};

#[derive(Debug, Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    order: String,
    #[serde(default)]
    said: String,
}

/// The team that is asked for; without one the only team, or a list of all.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(which): Query<Which>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let Some(session) = &visitor.session else { return context.stranger(Some(locale), visitor).await };
    let teams = match which.order.as_str() {
        "" => context.platform.ledger().list_teams(ListTeams { member: session.member.clone() }).await?,
        _ => Vec::new(),
    };
    let main = match (which.order.as_str(), teams.as_slice()) {
        ("", []) => none(&frame),
        ("", [only]) => {
            let team = context.team(session, only.order.id.as_str()).await?;
            page(&frame, &team, &Tried::after(&which.said), context.now())
        }
        ("", several) => list(&frame, several),
        (order, _) => {
            let team = context.team(session, order).await?;
            page(&frame, &team, &Tried::after(&which.said), context.now())
        }
    };
    Ok(frame.page(&visitor, &fragment(&frame, main)))
}

impl<P: Platform> Context<P> {
    /// A team that the member runs; nothing is there for anybody else.
    pub(crate) async fn team(&self, session: &Session, order: &str) -> Result<Team, AppError> {
        let order = order.parse().map_err(|_| AppError::NotFound)?;
        let command = ReadTeam { order, manager: session.member.clone() };
        self.platform.ledger().read_team(command).await?.ok_or(AppError::NotFound)
    }
}

fn fragment(frame: &Frame, main: Markup) -> Fragment {
    Fragment { title: frame.text("app_team_title").to_owned(), main }
}

pub(crate) fn address(frame: &Frame, order: &OrderId) -> String {
    frame.link(&format!("{}?order={order}", paths::TEAM))
}

fn none(frame: &Frame) -> Markup {
    html! {
        div class="narrow stack" {
            h1 { (frame.text("app_team_title")) }
            p class="empty" { (frame.text("app_team_none")) }
            p { a href=(frame.link("/")) { (frame.text("app_home")) } }
        }
    }
}

fn list(frame: &Frame, teams: &[TeamSummary]) -> Markup {
    html! {
        div class="narrow stack" {
            h1 { (frame.text("app_teams_title")) }
            dl class="facts" {
                @for team in teams {
                    dt {
                        a href=(address(frame, &team.order.id)) {
                            (display::date(team.order.created_at.date(), &frame.language))
                        }
                    }
                    dd { (scope_name(frame, team.order.scope_now())) ": " (used(frame, team)) }
                }
            }
        }
    }
}

fn used(frame: &Frame, team: &TeamSummary) -> String {
    let (taken, paid) = (team.n_taken.to_string(), team.order.n_seats().to_string());
    frame.fill("app_team_used", &[("taken", &taken), ("paid", &paid)])
}

/// What was tried on the page, and what came of it.
#[derive(Debug, Default)]
struct Tried {
    email: String,
    /// Keys of texts.
    notice: Option<&'static str>,
    error: Option<&'static str>,
}

impl Tried {
    /// What the address says of the form before.
    fn after(said: &str) -> Self {
        let known = [
            ("sent", "app_team_sent"),
            ("today", "app_team_sent_today"),
            ("freed", "app_team_freed"),
            ("buyer", "app_team_buyer_only"),
            ("named", "app_team_named"),
            ("unnamed", "app_team_unnamed"),
            ("no-seat", "app_managers_none"),
            ("asked", "app_team_asked"),
            ("withdrawn", "app_team_withdrawn"),
        ];
        let notice = known.iter().find(|(word, _)| *word == said).map(|(_, key)| *key);
        Self { notice, ..Self::default() }
    }
}

fn page(frame: &Frame, team: &Team, tried: &Tried, now: Timestamp) -> Markup {
    let order = &team.order;
    let (n_seats, is_live) = (order.n_seats(), is_live(order, now));
    let n_taken = team.seats.iter().filter(|seat| seat.accepted_at.is_some()).count();
    let n_beyond = team.seats.iter().filter(|seat| seat.is_beyond).count();
    let is_full = team.seats.len() >= n_seats as usize;
    let report = frame.link(&format!("{}?order={}", paths::TEAM_REPORT, order.id));
    html! {
        div class="narrow stack" {
            h1 { (frame.text("app_team_title")) }
            @if let Some(key) = tried.notice { p class="notice" role="status" { (frame.text(key)) } }
            dl class="facts" {
                dt { (frame.text("app_order_what")) } dd { (scope_name(frame, order.scope_now())) }
                dt { (frame.text("app_team_paid")) } dd { (n_seats) }
                dt { (frame.text("app_team_taken")) } dd { (n_taken) }
                dt { (frame.text("app_team_invited")) } dd { (team.seats.len() - n_taken) }
                dt { (frame.text("app_order_state")) } dd { (standing_text(frame, order)) }
            }
            @if !is_live { p class="notice" { (frame.text("app_team_ended")) } }
            @if is_live && n_beyond > 0 {
                p class="notice" {
                    (frame.fill("app_team_beyond", &[("n", &n_beyond.to_string()), ("paid", &n_seats.to_string())]))
                }
            }
            section class="stack" {
                h2 { (frame.text("app_team_people")) }
                (people(frame, team))
            }
            @if is_live {
                section class="stack" {
                    h2 { (frame.text("app_team_invite")) }
                    (invite_form(frame, order.id.as_str(), tried, is_full))
                }
            }
            (team_assign::section(frame, team, now))
            p { a href=(report) { (frame.text("app_report_title")) } }
            (team_managers::section(frame, team))
            p class="hint" { (frame.text("app_team_rules")) }
        }
    }
}

fn people(frame: &Frame, team: &Team) -> Markup {
    if team.seats.is_empty() {
        return html! { p class="empty" { (frame.text("app_team_empty")) } };
    }
    html! { ul class="rows" { @for seat in &team.seats { (row(frame, &team.order.id, seat)) } } }
}

fn row(frame: &Frame, order: &OrderId, seat: &Seat) -> Markup {
    let (at, state, verb) = match seat.accepted_at {
        Some(at) if seat.is_beyond => (at, "app_seat_beyond", "app_team_take_back"),
        Some(at) => (at, "app_seat_taken", "app_team_take_back"),
        None => (seat.invited_at, "app_seat_invited", "app_team_change"),
    };
    let since = [("date", display::date(at.date(), &frame.language))];
    let since = since.each_ref().map(|(name, date)| (*name, date.as_str()));
    html! {
        li {
            span { (seat.name.as_ref().unwrap_or(&seat.email)) }
            span class="length" { (frame.text(state)) }
            @if seat.name.is_some() { span class="row-note" { (seat.email) } }
            span class="row-note" {
                (frame.fill("app_team_since", &since)) " "
                a href=(frame.link(&format!("{}?order={order}&seat={}", paths::TEAM_REVOKE, seat.id))) {
                    (frame.text(verb))
                }
            }
        }
    }
}

fn invite_form(frame: &Frame, order: &str, tried: &Tried, is_full: bool) -> Markup {
    if is_full && tried.error.is_none() {
        return html! { p class="notice" { (frame.text("app_team_full")) } };
    }
    html! {
        form class="form" method="post" action=(frame.link(paths::TEAM)) {
            input type="hidden" name="order" value=(order);
            @if let Some(error) = tried.error {
                p class="error" role="alert" id="email-error" { (frame.text(error)) }
            }
            label for="email" { (frame.text("app_email")) }
            input type="email" id="email" name="email" value=(tried.email) required maxlength="254" autocomplete="off"
                aria-describedby="email-hint" aria-invalid=[tried.error.map(|_| "true")];
            p class="hint" id="email-hint" { (frame.text("app_team_invite_hint")) }
            button type="submit" class="button" { (frame.text("app_team_invite_send")) }
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Invite {
    order: String,
    email: String,
}

/// Invites an address, or mails its invitation again.
pub(crate) async fn invite<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(form): Form<Invite>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
    let order: OrderId = form.order.parse().map_err(|_| AppError::NotFound)?;
    let error = match normalized_email(&form.email) {
        None => "app_email_invalid",
        Some(email) => match context.invite_to(&frame, session, &order, email).await? {
            Inviting::Sent => return Ok(said(&frame, &order, "sent", visitor.set_cookies)),
            Inviting::SentToday => return Ok(said(&frame, &order, "today", visitor.set_cookies)),
            Inviting::Taken => "app_team_has_seat",
            Inviting::Full { .. } => "app_team_full",
            Inviting::TooMany => "app_team_too_many",
            Inviting::NotPaid => "app_team_ended",
            Inviting::NotYours => return Err(AppError::NotFound),
        },
    };
    let team = context.team(session, order.as_str()).await?;
    let tried = Tried { email: form.email, notice: None, error: Some(error) };
    let main = page(&frame, &team, &tried, context.now());
    Ok(frame.page(&visitor, &fragment(&frame, main)))
}

/// Leads back to the page of the team, which then says what came of a form.
pub(crate) fn said(
    frame: &Frame,
    order: &OrderId,
    word: &str,
    cookies: Vec<http::HeaderValue>,
) -> Response<Body> {
    redirect(&format!("{}&said={word}", address(frame, order)), cookies)
}

impl<P: Platform> Context<P> {
    async fn invite_to(
        &self,
        frame: &Frame,
        session: &Session,
        order: &OrderId,
        email: String,
    ) -> Result<Inviting, AppError> {
        let command = InviteToSeat {
            id: seat_id(order, &email).ok_or(AppError::NotFound)?,
            order: order.clone(),
            manager: session.member.clone(),
            email,
            language: Some(frame.language.clone()),
            now: self.now(),
        };
        Ok(self.platform.ledger().invite_to_seat(command).await?)
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Revoke {
    #[serde(default)]
    order: String,
    #[serde(default)]
    seat: String,
}

/// Asks once more before a seat is taken back.
pub(crate) async fn ask_revoke<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(which): Query<Revoke>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let Some(session) = &visitor.session else { return context.stranger(Some(locale), visitor).await };
    let team = context.team(session, &which.order).await?;
    let seat = team.seats.iter().find(|seat| seat.id.as_str() == which.seat).ok_or(AppError::NotFound)?;
    let (title, text, button) = match seat.accepted_at {
        Some(_) => ("app_revoke_title", "app_revoke_text", "app_revoke_do"),
        None => ("app_withdraw_title", "app_withdraw_text", "app_withdraw_do"),
    };
    let who = seat.name.as_ref().map_or(seat.email.clone(), |name| format!("{name} ({})", seat.email));
    let main = html! {
        div class="narrow stack" {
            h1 { (frame.text(title)) }
            p { (frame.fill(text, &[("who", &who)])) }
            div class="actions" {
                @if seat.accepted_at.is_none() { (again_form(&frame, team.order.id.as_str(), seat)) }
                form method="post" action=(frame.link(paths::TEAM_REVOKE)) {
                    input type="hidden" name="order" value=(team.order.id);
                    input type="hidden" name="seat" value=(seat.id);
                    button type="submit" class=(if seat.accepted_at.is_some() { "button" } else { "button quiet" }) {
                        (frame.text(button))
                    }
                }
                a href=(address(&frame, &team.order.id)) { (frame.text("app_revoke_keep")) }
            }
        }
    };
    Ok(frame.page(&visitor, &Fragment { title: frame.text(title).to_owned(), main }))
}

/// The form that mails an invitation again: the same as for a new one.
fn again_form(frame: &Frame, order: &str, seat: &Seat) -> Markup {
    html! {
        form method="post" action=(frame.link(paths::TEAM)) {
            input type="hidden" name="order" value=(order);
            input type="hidden" name="email" value=(seat.email);
            button type="submit" class="button" { (frame.text("app_team_again")) }
        }
    }
}

/// Takes a seat or an invitation back.
pub(crate) async fn revoke<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(form): Form<Revoke>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
    let order: OrderId = form.order.parse().map_err(|_| AppError::NotFound)?;
    let seat: SeatId = form.seat.parse().map_err(|_| AppError::NotFound)?;
    let manager = session.member.clone();
    let command = RevokeSeat { order: order.clone(), manager, seat, now: context.now() };
    match context.platform.ledger().revoke_seat(command).await? {
        // Whoever presses twice is told the same.
        Revoking::Done | Revoking::Gone => Ok(said(&frame, &order, "freed", visitor.set_cookies)),
        Revoking::BuyerOnly => Ok(said(&frame, &order, "buyer", visitor.set_cookies)),
        Revoking::NotYours => Err(AppError::NotFound),
    }
}
