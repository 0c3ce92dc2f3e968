//! What a team is asked to learn, as those who run it see it and change it.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Response};
use lyceum_contract::TimeZone;
use lyceum_contract::catalogue::Catalogue;
use lyceum_contract::id::{AssignmentId, OrderId, SeatId};
use lyceum_contract::time::Date;
use lyceum_contract::{Timestamp, display, paths};
use maud::{Markup, html};
use serde::Deserialize;

use crate::catalogue::{courses_within, tracks_within};
use crate::error::AppError;
use crate::forms::{Form, Query};
use crate::ledger::{
    Asked, Assign, Assigning, Assignment, Commands, Due, Learning, Seat, Team, WithdrawAssignment,
    Withdrawing, is_live,
};
use crate::page::{Fragment, Frame};
use crate::ports::Platform;
use crate::request::{Locale, Shared};
use crate::team::{address, said};

/// The last day is at most so many days away: five years.
const MAX_DAYS: i64 = 5 * 366;

/// What the page of a team says about it.
pub(crate) fn section(frame: &Frame, team: &Team, now: Timestamp) -> Markup {
    let new = format!("{}?order={}", paths::TEAM_ASSIGN, team.order.id);
    html! {
        section class="stack" {
            h2 { (frame.text("app_assign_title")) }
            @if team.assignments.is_empty() {
                p class="empty" { (frame.text("app_assign_empty")) }
            } @else {
                ul class="rows" {
                    @for assignment in &team.assignments { (row(frame, &team.order.id, assignment, now)) }
                }
            }
            @if is_live(&team.order, now) {
                p { a href=(frame.link(&new)) { (frame.text("app_assign_new")) } }
            }
        }
    }
}

fn row(frame: &Frame, order: &OrderId, assignment: &Assignment, now: Timestamp) -> Markup {
    let change = format!("{}?order={order}&assignment={}", paths::TEAM_ASSIGN, assignment.id);
    html! {
        li {
            span { (title(frame, &assignment.learning)) }
            span class="length" { (who(frame, assignment)) }
            span class="row-note" {
                (day_text(frame, assignment.due, now)) " · "
                a href=(frame.link(&change)) { (frame.text("app_assign_change")) }
            }
        }
    }
}

/// The title in the page's language.
pub(crate) fn title<'a>(frame: &'a Frame, learning: &'a Learning) -> &'a str {
    learning.name.get(&frame.language, &frame.site.default_language)
}

/// `By 2 Nov 2026`, or that it is over.
pub(crate) fn day_text(frame: &Frame, due: Due, now: Timestamp) -> String {
    let key = if now < due.ends_at { "app_assign_by" } else { "app_assign_over" };
    frame.fill(key, &[("date", &display::date(due.day, &frame.language))])
}

fn who(frame: &Frame, assignment: &Assignment) -> String {
    match assignment.all_since {
        Some(_) => frame.text("app_assign_for_all").to_owned(),
        None => frame.fill("app_assign_for_some", &[("n", &assignment.seats.len().to_string())]),
    }
}

/// What is filled in.
#[derive(Debug)]
struct Wish {
    id: AssignmentId,
    what: String,
    day: String,
    is_for_all: bool,
    seats: Vec<SeatId>,
    error: Option<&'static str>,
}

impl Wish {
    fn new(id: AssignmentId) -> Self {
        let (what, day) = (String::new(), String::new());
        Self { id, what, day, is_for_all: true, seats: Vec::new(), error: None }
    }

    fn of(assignment: &Assignment) -> Self {
        Self {
            id: assignment.id.clone(),
            what: assignment.learning.what.to_string(),
            day: assignment.due.day.to_string(),
            is_for_all: assignment.all_since.is_some(),
            seats: assignment.seats.keys().cloned().collect(),
            error: None,
        }
    }

    /// What came with a form, and the team that it is for.
    fn sent(fields: &[(String, String)]) -> Result<(String, Self), AppError> {
        let find =
            |wanted: &str| fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        let id = find("assignment").and_then(|id| id.parse().ok()).ok_or(AppError::NotFound)?;
        let order = find("order").ok_or(AppError::NotFound)?;
        let (what, day) = (find("what").unwrap_or_default(), find("day").unwrap_or_default());
        let is_for_all = find("who").is_none_or(|who| who != "some");
        let seats = fields.iter().filter(|(name, _)| name == "seat");
        let seats = seats.filter_map(|(_, seat)| seat.parse().ok()).collect();
        Ok((order, Self { id, what, day, is_for_all, seats, error: None }))
    }

    /// The last day, from today on.
    fn due(&self, zone: &TimeZone, now: Timestamp) -> Option<Due> {
        let day: Date = self.day.trim().parse().ok()?;
        let n_days = day.days_since_epoch() - zone.date(now).days_since_epoch();
        (0..=MAX_DAYS).contains(&n_days).then(|| Due { day, ends_at: zone.end_of(day) })
    }

    fn asked(&self) -> Asked {
        if self.is_for_all { Asked::All } else { Asked::Seats(self.seats.clone()) }
    }
}

/// The form about one assignment of a team.
struct Sheet<'a> {
    frame: &'a Frame,
    team: &'a Team,
    catalogue: &'a Catalogue,
    now: Timestamp,
}

impl Sheet<'_> {
    /// The assignment with this id, if the team has it.
    fn known(&self, id: &AssignmentId) -> Option<&Assignment> {
        self.team.assignments.iter().find(|assignment| assignment.id == *id)
    }

    /// What the seats open, courses first.
    fn choices(&self) -> [(&'static str, Vec<Learning>); 2] {
        let scope = self.team.order.scope_now();
        [
            ("app_assign_courses", courses_within(self.catalogue, scope)),
            ("app_assign_tracks", tracks_within(self.catalogue, scope)),
        ]
    }

    fn learning(&self, wish: &Wish) -> Option<Learning> {
        if let Some(known) = self.known(&wish.id) {
            return Some(known.learning.clone());
        }
        let mut all = self.choices().into_iter().flat_map(|(_, choices)| choices);
        all.find(|learning| learning.what.to_string() == wish.what)
    }

    fn page(&self, wish: &Wish) -> Markup {
        let (frame, order) = (self.frame, &self.team.order.id);
        let known = self.known(&wish.id);
        let heading = if known.is_some() { "app_assign_edit_title" } else { "app_assign_new" };
        html! {
            div class="narrow stack" {
                h1 { (frame.text(heading)) }
                @if known.is_none() && self.choices().iter().all(|(_, choices)| choices.is_empty()) {
                    p class="notice" { (frame.text("app_assign_no_courses")) }
                } @else {
                    (self.form(wish, known))
                }
                @if known.is_some() {
                    form method="post" action=(frame.link(paths::TEAM_WITHDRAW)) {
                        input type="hidden" name="order" value=(order);
                        input type="hidden" name="assignment" value=(wish.id);
                        button type="submit" class="button quiet" { (frame.text("app_assign_withdraw")) }
                    }
                }
                p { a href=(address(frame, order)) { (frame.text("app_team_title")) } }
            }
        }
    }

    fn form(&self, wish: &Wish, known: Option<&Assignment>) -> Markup {
        let frame = self.frame;
        let button = if known.is_some() { "app_assign_save_change" } else { "app_assign_save" };
        html! {
            form class="form" method="post" action=(frame.link(paths::TEAM_ASSIGN)) {
                input type="hidden" name="order" value=(self.team.order.id);
                input type="hidden" name="assignment" value=(wish.id);
                @if let Some(error) = wish.error {
                    p class="error" role="alert" id="assign-error" { (frame.text(error)) }
                }
                @match known {
                    Some(assignment) => p { strong { (title(frame, &assignment.learning)) } },
                    None => (self.what_field(wish)),
                }
                (self.day_field(wish))
                (self.who_field(wish))
                p class="hint" { (frame.text("app_assign_mail_hint")) }
                button type="submit" class="button" { (frame.text(button)) }
            }
        }
    }

    fn what_field(&self, wish: &Wish) -> Markup {
        let frame = self.frame;
        html! {
            label for="what" { (frame.text("app_assign_what")) }
            select id="what" name="what" required {
                @for (heading, choices) in self.choices() {
                    @if !choices.is_empty() {
                        optgroup label=(frame.text(heading)) {
                            @for learning in &choices {
                                @let what = learning.what.to_string();
                                option value=(what) selected[what == wish.what] { (title(frame, learning)) }
                            }
                        }
                    }
                }
            }
        }
    }

    fn day_field(&self, wish: &Wish) -> Markup {
        let frame = self.frame;
        let zone = self.frame.site.manifest.zone();
        let is_wrong = wish.error == Some("app_assign_day_wrong");
        html! {
            label for="day" { (frame.text("app_assign_day")) }
            input type="date" id="day" name="day" value=(wish.day) min=(zone.date(self.now)) required
                aria-describedby="day-hint" aria-invalid=[is_wrong.then_some("true")];
            p class="hint" id="day-hint" { (frame.fill("app_assign_day_hint", &[("zone", &zone.name)])) }
        }
    }

    fn who_field(&self, wish: &Wish) -> Markup {
        let frame = self.frame;
        let radio = |value: &str, is_chosen: bool, text: &'static str| {
            html! {
                p { label { input type="radio" name="who" value=(value) checked[is_chosen]; " " (frame.text(text)) } }
            }
        };
        let name = |seat: &Seat| seat.name.clone().unwrap_or_else(|| seat.email.clone());
        html! {
            fieldset class="stack" {
                legend { (frame.text("app_assign_who")) }
                (radio("all", wish.is_for_all, "app_assign_all"))
                @if !self.team.seats.is_empty() {
                    (radio("some", !wish.is_for_all, "app_assign_some"))
                    @for seat in &self.team.seats {
                        p {
                            label {
                                input type="checkbox" name="seat" value=(seat.id) checked[wish.seats.contains(&seat.id)];
                                " " (name(seat))
                            }
                        }
                    }
                }
            }
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    order: String,
    #[serde(default)]
    assignment: String,
}

/// The form for a new assignment, or for one that is there.
pub(crate) async fn ask<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(which): Query<Which>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let Some(session) = &visitor.session else { return context.stranger(Some(locale), visitor).await };
    let team = context.team(session, &which.order).await?;
    let catalogue = context.catalogue().await?;
    let form = Sheet { frame: &frame, team: &team, catalogue: &catalogue, now: context.now() };
    let wish = if which.assignment.is_empty() {
        Wish::new(AssignmentId::from_bytes(context.random()?))
    } else {
        let id = which.assignment.parse().map_err(|_| AppError::NotFound)?;
        form.known(&id).map(Wish::of).ok_or(AppError::NotFound)?
    };
    Ok(frame.page(&visitor, &fragment(&frame, form.page(&wish))))
}

fn fragment(frame: &Frame, main: Markup) -> Fragment {
    Fragment { title: frame.text("app_assign_title").to_owned(), main }
}

/// Asks the team, or changes what is asked.
pub(crate) async fn save<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
    let (order, mut wish) = Wish::sent(&fields)?;
    let team = context.team(session, &order).await?;
    let catalogue = context.catalogue().await?;
    let form = Sheet { frame: &frame, team: &team, catalogue: &catalogue, now: context.now() };
    let error = match (form.learning(&wish), wish.due(&frame.site.manifest.zone(), context.now())) {
        (None, _) => "app_assign_unknown",
        (_, None) => "app_assign_day_wrong",
        (Some(learning), Some(due)) => {
            let command = Assign {
                order: team.order.id.clone(),
                manager: session.member.clone(),
                id: wish.id.clone(),
                learning,
                due,
                asked: wish.asked(),
                now: context.now(),
            };
            match context.platform.ledger().assign(command).await? {
                Assigning::Done => return Ok(said(&frame, &team.order.id, "asked", visitor.set_cookies)),
                Assigning::Nobody => "app_assign_nobody",
                Assigning::TooMany => "app_assign_too_many",
                Assigning::TooManyLetters => "app_assign_too_many_letters",
                Assigning::NotPaid => "app_team_ended",
                Assigning::NotYours => return Err(AppError::NotFound),
            }
        }
    };
    wish.error = Some(error);
    Ok(frame.page(&visitor, &fragment(&frame, form.page(&wish))))
}

/// Withdraws what was asked.
pub(crate) async fn withdraw<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(which): Form<Which>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
    let order: OrderId = which.order.parse().map_err(|_| AppError::NotFound)?;
    let id = which.assignment.parse().map_err(|_| AppError::NotFound)?;
    let (manager, now) = (session.member.clone(), context.now());
    let command = WithdrawAssignment { order: order.clone(), manager, id, now };
    match context.platform.ledger().withdraw_assignment(command).await? {
        // Whoever presses twice is told the same.
        Withdrawing::Done | Withdrawing::Gone => Ok(said(&frame, &order, "withdrawn", visitor.set_cookies)),
        Withdrawing::NotYours => Err(AppError::NotFound),
    }
}
