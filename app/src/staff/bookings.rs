//! What is booked, as those see it who are met, and who run the academy.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::Response;
use maud::html;

use super::questions::instructors;
use crate::account::scope_name;
use crate::error::AppError;
use crate::goods::span;
use crate::ledger::{Commands, ListBookings};
use crate::ports::Platform;
use crate::request::{Locale, Shared};
use crate::session::Visitor;

/// Everything that is booked and not over, the next to begin first. Names and addresses are shown: people have to meet.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
    let command = ListBookings { instructors: instructors(&frame, &session.roles), now: context.now() };
    let bookings = context.platform.ledger().list_bookings(command).await?;
    let main = html! {
        @if bookings.is_empty() { p class="empty" { (frame.text("app_staff_bookings_none")) } } @else {
            ul class="rows" {
                @for booking in &bookings {
                    li {
                        span { (span(&frame, booking.claim.starts, booking.claim.ends)) }
                        span class="row-note" {
                            (scope_name(&frame, &booking.scope)) " · "
                            @if let Some(name) = &booking.name { bdi { (name) } " " }
                            a href=(format!("mailto:{}", booking.email)) { (booking.email) }
                        }
                    }
                }
            }
        }
    };
    Ok(super::page(&frame, &visitor, frame.text("app_staff_bookings"), &main))
}
