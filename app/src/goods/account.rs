//! What a member has booked and asked.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response};
use lyceum_contract::manifest::Product;
use lyceum_contract::{Scope, Timestamp, display, paths};
use maud::{Markup, html};
use serde::Deserialize;

use super::{ics, moment, span};
use crate::account::scope_name;
use crate::error::AppError;
use crate::forms::Query;
use crate::ledger::{
    Account, Booking, Commands, HoldState, Order, OwnGoods, Question, QuestionState, ReadGoods,
};
use crate::markdown;
use crate::page::{Fragment, Frame};
use crate::ports::Platform;
use crate::request::{Context, Locale, Shared};

/// Bookings and questions.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let Some(session) = &visitor.session else { return context.stranger(Some(locale), visitor).await };
    let command = ReadGoods { member: session.member.clone() };
    let own = context.platform.ledger().read_goods(command).await?;
    let title = frame.text("app_bookings_title").to_owned();
    let main = html! {
        div class="narrow stack" {
            nav class="breadcrumb" aria-label=(frame.text("app_account")) {
                a href=(frame.link(paths::ACCOUNT)) { (frame.text("app_account")) }
            }
            h1 { (title) }
            @if own.bookings.is_empty() && own.questions.is_empty() {
                p class="empty" { (frame.text("app_bookings_none")) }
            }
            @if !own.bookings.is_empty() { (bookings(&frame, &own.bookings, context.now())) }
            @if !own.questions.is_empty() {
                section class="stack" {
                    h2 { (frame.text("app_questions_yours")) }
                    @for question in &own.questions { (asked(&frame, question)) }
                }
            }
        }
    };
    Ok(frame.page(&visitor, &Fragment { title, main }))
}

fn bookings(frame: &Frame, bookings: &[Booking], now: Timestamp) -> Markup {
    html! {
        section class="stack" {
            h2 { (frame.text("app_bookings_yours")) }
            ul class="rows" { @for booking in bookings { (booking_row(frame, booking, now)) } }
        }
    }
}

fn booking_row(frame: &Frame, booking: &Booking, now: Timestamp) -> Markup {
    let claim = &booking.claim;
    let calendar = frame.link(&format!("{}?order={}", paths::ACCOUNT_BOOKING_FILE, booking.order));
    html! {
        li {
            span { (scope_name(frame, &booking.scope)) }
            span class="row-note" {
                (span(frame, claim.starts, claim.ends))
                @if booking.state == HoldState::Lost {
                    " · " (frame.text("app_bookings_lost"))
                } @else if now >= claim.ends.unwrap_or(claim.starts) {
                    " · " (frame.text("app_bookings_over"))
                } @else {
                    " · " a href=(calendar) download { (frame.text("app_bookings_file")) }
                }
            }
        }
    }
}

fn asked(frame: &Frame, question: &Question) -> Markup {
    html! {
        article class="card stack" {
            h3 { (scope_name(frame, &question.scope)) }
            p class="muted" { (state_text(frame, question)) }
            div class="prose" { (markdown::render(&question.ask.text)) }
            @if let Some(answer) = &question.answer {
                h4 { (frame.text("app_questions_answer")) }
                div class="prose" { (markdown::render(answer)) }
            }
        }
    }
}

/// Where a question is, with the date that matters.
pub(crate) fn state_text(frame: &Frame, question: &Question) -> String {
    let end = question.deadline.map(|deadline| moment(frame, deadline)).unwrap_or_default();
    let date = question.answered_at.map(|at| display::date(at.date(), &frame.language)).unwrap_or_default();
    match question.state {
        QuestionState::Placed => frame.text("app_order_open").to_owned(),
        QuestionState::Open => frame.fill("app_questions_open", &[("date", &end)]),
        QuestionState::Answered => frame.fill("app_questions_answered", &[("date", &date)]),
        QuestionState::Lapsed => frame.fill("app_questions_lapsed", &[("date", &end)]),
        QuestionState::Withdrawn => frame.text("app_questions_withdrawn").to_owned(),
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    order: String,
}

/// One booking as a file for calendars.
pub(crate) async fn file<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(which): Query<Which>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let Some(session) = &visitor.session else { return context.stranger(Some(locale), visitor).await };
    let command = ReadGoods { member: session.member.clone() };
    let own = context.platform.ledger().read_goods(command).await?;
    let is_it =
        |booking: &&Booking| booking.order.as_str() == which.order && booking.state == HoldState::Sold;
    let booking = own.bookings.iter().find(is_it).ok_or(AppError::NotFound)?;
    let product = product(&frame, &booking.scope);
    let host = frame.site.manifest.url.split_once("://").map_or("", |(_, host)| host);
    let path = product.and_then(|product| product.path.as_deref()).unwrap_or("/");
    let file = ics::file(&ics::Appointment {
        uid: &format!("{}@{host}", booking.order),
        made_at: context.now(),
        starts: booking.claim.starts,
        ends: booking.claim.ends,
        summary: product
            .map_or("", |product| product.name.get(&frame.language, &frame.site.default_language)),
        url: &frame.absolute(context.config.origin.as_deref(), path),
    });
    let mut response = Response::new(Body::from(file));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"booking.ics\""));
    Ok(response)
}

fn product<'a>(frame: &'a Frame, scope: &Scope) -> Option<&'a Product> {
    frame.site.manifest.products.iter().find(|product| product.scope == *scope)
}

impl<P: Platform> Context<P> {
    /// The part of the account page about bookings and questions; nothing for those who ordered none.
    pub(crate) async fn goods_of(&self, frame: &Frame, account: &Account) -> Result<Markup, AppError> {
        let is_goods = |order: &Order| matches!(order.scope, Scope::Product(_));
        if !account.orders.iter().any(is_goods) {
            return Ok(html! {});
        }
        let command = ReadGoods { member: account.member.id.clone() };
        let OwnGoods { bookings: booked, questions } = self.platform.ledger().read_goods(command).await?;
        let now = self.now();
        let is_ahead = |booking: &&Booking| {
            booking.state == HoldState::Sold && now < booking.claim.ends.unwrap_or(booking.claim.starts)
        };
        let mut ahead: Vec<Booking> = booked.iter().filter(is_ahead).cloned().collect();
        ahead.reverse();
        Ok(html! {
            @if !ahead.is_empty() { (bookings(frame, &ahead, now)) }
            @if !booked.is_empty() || !questions.is_empty() {
                p { a href=(frame.link(paths::ACCOUNT_BOOKINGS)) { (frame.text("app_bookings_title")) } }
            }
        })
    }

    /// The page that a buyer comes back to from paying for a ticket, an hour or an answer; nothing for everything else.
    pub(crate) async fn goods_thanks(
        &self,
        frame: &Frame,
        order: &Order,
    ) -> Result<Option<Markup>, AppError> {
        let Some(product) = product(frame, &order.scope).filter(|product| super::of(product).is_some())
        else {
            return Ok(None);
        };
        let own = self.platform.ledger().read_goods(ReadGoods { member: order.member.clone() }).await?;
        let booking = own.bookings.iter().find(|booking| booking.order == order.id);
        let question = own.questions.iter().find(|question| question.order == order.id);
        let name = product.name.get(&frame.language, &frame.site.default_language);
        if booking.is_some_and(|booking| booking.state == HoldState::Lost) {
            return Ok(Some(html! {
                div class="narrow stack" {
                    h1 { (frame.text("app_checkout_title")) }
                    p class="notice" { (frame.fill("app_return_lost", &[("name", name)])) }
                    p { a href=(frame.link(product.path.as_deref().unwrap_or("/"))) { (frame.fill("app_goods_back", &[("name", name)])) } }
                }
            }));
        }
        Ok(Some(html! {
            div class="narrow stack" {
                @if question.is_some() {
                    h1 { (frame.text("app_return_question")) }
                } @else {
                    h1 { (frame.fill("app_return_goods", &[("name", name)])) }
                }
                @if let Some(booking) = booking {
                    p { strong { (span(frame, booking.claim.starts, booking.claim.ends)) } }
                }
                @if let Some(question) = question { p { (state_text(frame, question)) } }
                p { span class="price" { (display::amount(order.total(), &frame.language)) } }
                p {
                    a class="button" href=(frame.link(paths::ACCOUNT_BOOKINGS)) { (frame.text("app_bookings_title")) }
                }
                @if let Some(path) = &product.path {
                    p { a href=(frame.link(path)) { (frame.fill("app_goods_back", &[("name", name)])) } }
                }
            }
        }))
    }
}
