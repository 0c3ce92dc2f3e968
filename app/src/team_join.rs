//! The page that a mailed invitation leads to. Looking at it changes nothing.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Response};
use lyceum_contract::id::SeatId;
use lyceum_contract::paths;
use maud::{Markup, html};
use serde::Deserialize;

use crate::account::scope_name;
use crate::address::query_value;
use crate::error::AppError;
use crate::forms::{Form, Query};
use crate::ledger::{AcceptSeat, Commands, Invitation, Joining, ReadInvitation, SeatState};
use crate::mail::door;
use crate::page::{Fragment, Frame, redirect};
use crate::ports::Platform;
use crate::request::{Context, Locale, Shared};

/// The signed id in a link.
#[derive(Debug, Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    pub(crate) t: String,
}

/// Says who invites and to what.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(link): Query<Link>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let id = context.seat_of(&link)?;
    let visitor = context.visitor_now(&headers).await?;
    let member = visitor.session.as_ref().map(|session| session.member.clone());
    let is_signed_in = member.is_some();
    let command = ReadInvitation { id, member, now: context.now() };
    let invitation = context.platform.ledger().read_invitation(command).await?;
    let title = frame.text("app_join_title").to_owned();
    let main = html! {
        div class="narrow stack" {
            h1 { (title) }
            @match &invitation {
                Some(invitation) => (offer(&frame, invitation, &link, is_signed_in)),
                None => p class="notice" { (frame.text("app_join_gone")) },
            }
        }
    };
    Ok(frame.page(&visitor, &Fragment { title, main }))
}

impl<P: Platform> Context<P> {
    /// The seat that a link leads to, if we wrote the link.
    fn seat_of(&self, link: &Link) -> Result<SeatId, AppError> {
        let id = door::open(&self.config.secrets, paths::TEAM_JOIN, &link.t).ok_or(AppError::NotFound)?;
        id.parse().map_err(|_| AppError::NotFound)
    }
}

fn offer(frame: &Frame, invitation: &Invitation, link: &Link, is_signed_in: bool) -> Markup {
    let email = masked(&invitation.email);
    html! {
        dl class="facts" {
            dt { (frame.text("app_join_host")) } dd { (invitation.host) }
            dt { (frame.text("app_checkout_what")) } dd { (scope_name(frame, &invitation.scope)) }
            dt { (frame.text("app_join_for")) } dd { (email) }
        }
        @match invitation.state {
            SeatState::Open if is_signed_in => {
                p { (frame.text("app_join_lede")) }
                (accept_form(frame, paths::TEAM_JOIN, link, ("button", "app_join_accept")))
            }
            SeatState::Open => {
                p { (frame.fill("app_join_sign_in", &[("email", &email)])) }
                (sign_in(frame, paths::TEAM_JOIN, link))
            }
            SeatState::Yours => {
                p class="notice" role="status" { (frame.text("app_join_yours")) }
                p { a class="button" href=(frame.link("/")) { (frame.text("app_home")) } }
            }
            SeatState::OtherAddress => {
                p class="notice" {
                    (frame.fill("app_join_other", &[("email", &email), ("host", &invitation.host)]))
                }
                form method="post" action=(frame.link(paths::SIGN_OUT)) {
                    button type="submit" class="button quiet" { (frame.text("app_sign_out")) }
                }
            }
            SeatState::AlreadyIn => p class="notice" { (frame.text("app_join_already")) },
            SeatState::Full => p class="notice" {
                (frame.fill("app_join_full", &[("host", &invitation.host)]))
            },
            SeatState::Ended => p class="notice" {
                (frame.fill("app_join_ended", &[("host", &invitation.host)]))
            },
        }
    }
}

/// The button that accepts what a link offers.
pub(crate) fn accept_form(frame: &Frame, page: &str, link: &Link, (class, text): (&str, &str)) -> Markup {
    html! {
        form method="post" action=(frame.link(page)) {
            input type="hidden" name="t" value=(link.t);
            button type="submit" class=(class) { (frame.text(text)) }
        }
    }
}

/// The way through signing in and back to the same link.
pub(crate) fn sign_in(frame: &Frame, page: &str, link: &Link) -> Markup {
    let to = frame.sign_in_link(&back(frame, page, link));
    html! { p { a class="button" href=(to) { (frame.text("app_sign_in")) } } }
}

/// The address of the page with this link.
pub(crate) fn back(frame: &Frame, page: &str, link: &Link) -> String {
    frame.link(&format!("{page}?t={}", query_value(&link.t)))
}

/// Enough of an address to know one's own.
fn masked(email: &str) -> String {
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}•••@{domain}")
}

/// Takes the seat.
pub(crate) async fn accept<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(link): Form<Link>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let mut session = visitor.session.ok_or(AppError::SignIn)?;
    let id = context.seat_of(&link)?;
    let command = AcceptSeat { id, member: session.member.clone(), now: context.now() };
    let mut cookies = visitor.set_cookies;
    // Whatever came of it, the page says so.
    if let Joining::Joined(held) = context.platform.ledger().accept_seat(command).await? {
        session.entitlements = held;
        cookies = session.cookies(&context.config);
    }
    Ok(redirect(&back(&frame, paths::TEAM_JOIN, &link), cookies))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_address_shows_one_letter_of_its_owner() {
        assert_eq!(masked("ada@example.org"), "a•••@example.org");
        assert_eq!(masked("语@例.org"), "语•••@例.org");
        assert_eq!(masked(""), "•••@");
    }
}
