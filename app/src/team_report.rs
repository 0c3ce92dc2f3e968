//! How a team is getting on: a page for those who run it, and a table for their other programs.
//!
//! Both tell what the Ledger knows: seats, last visits, and what is asked. Progress in lessons is not kept yet, so nothing
//! is said of it.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response};
use lyceum_contract::TimeZone;
use lyceum_contract::{Timestamp, display, paths};
use maud::{Markup, html};
use serde::Deserialize;

use crate::error::AppError;
use crate::forms::Query;
use crate::ledger::{Assignment, Commands, ReadTeamReport, TeamLearner, TeamReport};
use crate::page::{Fragment, Frame};
use crate::ports::Platform;
use crate::request::{Context, Locale, Shared};
use crate::session::Session;
use crate::team::address;
use crate::team_assign::{day_text, title};
use crate::team_xapi::account_name;

#[derive(Debug, Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    pub(crate) order: String,
}

impl<P: Platform> Context<P> {
    /// The report of a team that the member runs; nothing is there for anybody else.
    pub(crate) async fn team_report(&self, session: &Session, order: &str) -> Result<TeamReport, AppError> {
        let order = order.parse().map_err(|_| AppError::NotFound)?;
        let command = ReadTeamReport { order, manager: session.member.clone() };
        self.platform.ledger().read_team_report(command).await?.ok_or(AppError::NotFound)
    }
}

impl TeamReport {
    /// What somebody is asked to learn, the most urgent first.
    pub(crate) fn asked_of<'a>(&'a self, learner: &'a TeamLearner) -> impl Iterator<Item = &'a Assignment> {
        self.assignments.iter().filter(|assignment| learner.asked_since(assignment).is_some())
    }
}

/// The page.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(which): Query<Which>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let Some(session) = &visitor.session else { return context.stranger(Some(locale), visitor).await };
    let report = context.team_report(session, &which.order).await?;
    let zone = frame.site.manifest.zone();
    let main = page(&frame, &report, &zone, context.now());
    Ok(frame.page(&visitor, &Fragment { title: frame.text("app_report_title").to_owned(), main }))
}

fn page(frame: &Frame, report: &TeamReport, zone: &TimeZone, now: Timestamp) -> Markup {
    let order = &report.order.id;
    let file = |path: &str| frame.link(&format!("{path}?order={order}"));
    html! {
        div class="narrow stack" {
            h1 { (frame.text("app_report_title")) }
            p { (frame.text("app_report_lede")) }
            @if report.learners.is_empty() {
                p class="empty" { (frame.text("app_team_empty")) }
            } @else {
                ul class="rows" {
                    @for learner in &report.learners { (row(frame, report, learner, (zone, now))) }
                }
                section class="stack" {
                    p { a href=(file(paths::TEAM_REPORT_CSV)) { (frame.text("app_report_csv")) } }
                    p { a href=(file(paths::TEAM_REPORT_XAPI)) { (frame.text("app_report_xapi")) } }
                    p class="hint" { (frame.text("app_report_files")) }
                }
            }
            p { a href=(address(frame, order)) { (frame.text("app_team_title")) } }
        }
    }
}

fn row(
    frame: &Frame,
    report: &TeamReport,
    learner: &TeamLearner,
    (zone, now): (&TimeZone, Timestamp),
) -> Markup {
    let day = |at: Timestamp| display::date(zone.date(at), &frame.language);
    let since = day(learner.accepted_at.unwrap_or(learner.invited_at));
    let seen = learner.seen_at.map_or_else(|| frame.text("app_report_unseen").to_owned(), day);
    html! {
        li {
            span { (learner.name.as_ref().unwrap_or(&learner.email)) }
            span class="length" { (frame.text(state(learner).text)) }
            span class="row-note" {
                @if learner.name.is_some() { (learner.email) " · " }
                (frame.fill("app_report_since", &[("date", &since)]))
                @if learner.member.is_some() { " · " (frame.text("app_report_seen")) ": " (seen) }
            }
            @for assignment in report.asked_of(learner) {
                span class="row-note" {
                    (title(frame, &assignment.learning)) " · " (day_text(frame, assignment.due, now))
                }
            }
        }
    }
}

/// What a seat is, for people and for programs.
struct SeatWord {
    /// Key of what people read.
    text: &'static str,
    word: &'static str,
}

fn state(learner: &TeamLearner) -> SeatWord {
    match learner.accepted_at {
        None => SeatWord { text: "app_seat_invited", word: "invited" },
        Some(_) if learner.is_beyond => SeatWord { text: "app_seat_beyond", word: "waiting" },
        Some(_) => SeatWord { text: "app_seat_taken", word: "accepted" },
    }
}

/// The headings of the table. They and the words below them are the same in every language, because programs read them.
const HEADINGS: [&str; 12] = [
    "name",
    "email",
    "account",
    "seat",
    "invited_on",
    "accepted_on",
    "last_seen_on",
    "assigned",
    "assigned_title",
    "assigned_on",
    "due_on",
    "overdue",
];

/// The table: a line for each person and each thing that they are asked to learn; one line for whoever is asked nothing.
pub(crate) async fn csv<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(which): Query<Which>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let Some(session) = &visitor.session else { return context.stranger(Some(locale), visitor).await };
    let report = context.team_report(session, &which.order).await?;
    let zone = frame.site.manifest.zone();
    let table = table(&frame, &report, &zone, context.now());
    let name = format!("team-{}.csv", zone.date(context.now()));
    Ok(download(table.into_bytes(), "text/csv; charset=utf-8; header=present", &name))
}

/// A file that the browser saves.
pub(crate) fn download(bytes: Vec<u8>, media_type: &'static str, name: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    response.headers_mut().extend(disposition.ok().map(|value| (CONTENT_DISPOSITION, value)));
    response
}

fn table(frame: &Frame, report: &TeamReport, zone: &TimeZone, now: Timestamp) -> String {
    // With the mark, spreadsheets take the text for what it is, also names in Chinese; other programs skip it.
    let mut table = String::from("\u{feff}");
    push_line(&mut table, &HEADINGS.map(str::to_owned));
    let day = |at: Timestamp| zone.date(at).to_string();
    let optional = |at: Option<Timestamp>| at.map(day).unwrap_or_default();
    for learner in &report.learners {
        let member = learner.member.as_ref();
        let of_person = [
            learner.name.clone().unwrap_or_default(),
            learner.email.clone(),
            member.map(|member| account_name(&report.order.id, member)).unwrap_or_default(),
            state(learner).word.to_owned(),
            day(learner.invited_at),
            optional(learner.accepted_at),
            optional(learner.seen_at),
        ];
        let mut lines: Vec<[String; 5]> = report
            .asked_of(learner)
            .map(|assignment| {
                [
                    assignment.learning.what.to_string(),
                    title(frame, &assignment.learning).to_owned(),
                    optional(learner.asked_since(assignment)),
                    assignment.due.day.to_string(),
                    if now < assignment.due.ends_at { "no" } else { "yes" }.to_owned(),
                ]
            })
            .collect();
        if lines.is_empty() {
            lines.push(Default::default());
        }
        for of_assignment in lines {
            let cells: Vec<String> = of_person.iter().cloned().chain(of_assignment).collect();
            push_line(&mut table, &cells);
        }
    }
    table
}

/// One line as RFC 4180 has it.
fn push_line(table: &mut String, cells: &[String]) {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    table.push_str(&cells.join(","));
    table.push_str("\r\n");
}

/// A cell that no spreadsheet takes for a formula: what starts like one begins with an apostrophe.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let safe = if is_formula { format!("'{text}") } else { text.to_owned() };
    if safe.contains([',', '"', '\r', '\n', '\t', '\'', ';']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula_and_never_two() {
        for (text, expected) in [
            ("Ada", "Ada"),
            ("Ada, Countess", "\"Ada, Countess\""),
            ("Ada \"the first\"", "\"Ada \"\"the first\"\"\""),
            ("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("＝1", "\"'＝1\""),
            ("a\nb", "\"a\nb\""),
            ("2026-11-02", "2026-11-02"),
            ("", ""),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }
}
