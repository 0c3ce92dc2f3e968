//! Gifts: the page of the link, for whoever has it and for the buyer; and the buyer's list.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Response};
use lyceum_contract::id::OrderId;
use lyceum_contract::money::Term;
use lyceum_contract::{Timestamp, display, paths};
use maud::{Markup, html};

use crate::account::scope_name;
use crate::error::AppError;
use crate::forms::{Form, Query};
use crate::ledger::{
    AcceptGift, Account, Commands, Gift, GiftAccepted, GiftState, ListGifts, Purpose, ReadGift,
};
use crate::mail::door;
use crate::order_for::gift_path;
use crate::page::{Fragment, Frame, redirect};
use crate::ports::Platform;
use crate::request::{Context, Locale, Shared};
use crate::role::{Role, StaffRole};
use crate::session::Session;
use crate::team_join::{Link, accept_form, back, sign_in};

/// Says who gives what. Looking at it changes nothing.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(link): Query<Link>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let order = context.gift_of(&link)?;
    let visitor = context.visitor_now(&headers).await?;
    let session = visitor.session.as_ref();
    let command = ReadGift { order, member: session.map(|session| session.member.clone()) };
    let gift = context.platform.ledger().read_gift(command).await?.ok_or(AppError::NotFound)?;
    let is_buyer = session.is_some_and(|session| session.member == gift.buyer);
    let title = frame.text(if is_buyer { "app_gift_yours_title" } else { "app_gift_title" }).to_owned();
    let main = html! {
        div class="narrow stack" {
            h1 { (title) }
            @if is_buyer { (for_buyer(&frame, &gift, &context.gift_url(&frame, &gift.order))) }
            (facts(&frame, &gift, is_buyer))
            (offer(&frame, &gift, &link, session))
        }
    };
    Ok(frame.page(&visitor, &Fragment { title, main }))
}

impl<P: Platform> Context<P> {
    /// The gift that a link leads to, if we wrote the link.
    fn gift_of(&self, link: &Link) -> Result<OrderId, AppError> {
        let id = door::open(&self.config.secrets, paths::GIFT, &link.t).ok_or(AppError::NotFound)?;
        id.parse().map_err(|_| AppError::NotFound)
    }

    /// The link to hand on.
    fn gift_url(&self, frame: &Frame, order: &OrderId) -> String {
        frame.absolute(self.config.origin.as_deref(), &gift_path(self, order))
    }
}

/// The link to hand on, while nobody has taken it, and where the letter went.
fn for_buyer(frame: &Frame, gift: &Gift, url: &str) -> Markup {
    html! {
        @if gift.state == GiftState::Open {
            @match &gift.email {
                Some(email) => p { (frame.fill("app_gift_mailed", &[("email", email)])) },
                None => p { (frame.text("app_gift_hand_on")) },
            }
            div class="form" {
                label for="link" { (frame.text("app_gift_link")) }
                input type="text" id="link" value=(url) readonly;
            }
        }
        p class="notice" role="status" { (state_text(frame, gift)) }
    }
}

fn facts(frame: &Frame, gift: &Gift, is_buyer: bool) -> Markup {
    html! {
        dl class="facts" {
            @if !is_buyer && let Some(giver) = &gift.giver {
                dt { (frame.text("app_gift_from")) } dd { (giver) }
            }
            dt { (frame.text("app_checkout_what")) }
            dd {
                (scope_name(frame, &gift.scope))
                @if let Term::For(days) = gift.term {
                    " " (frame.fill("app_term_days", &[("n", &days.0.to_string())]))
                }
            }
        }
        @if let Some(message) = &gift.message {
            div class="prose" { blockquote { @for line in message.lines() { p { (line) } } } }
        }
    }
}

fn offer(frame: &Frame, gift: &Gift, link: &Link, session: Option<&Session>) -> Markup {
    let is_buyer = session.is_some_and(|session| session.member == gift.buyer);
    let held = session.map_or(&[][..], |session| &session.entitlements);
    let has_it = held.iter().any(|held| held.scope == gift.scope && held.until == Timestamp::FOREVER);
    html! {
        @match (gift.state, session) {
            (GiftState::Yours, _) => {
                p class="notice" role="status" { (frame.text("app_gift_accepted")) }
                p { a class="button" href=(frame.link("/")) { (frame.text("app_home")) } }
            }
            // Who has it for good would get nothing of it.
            (GiftState::Open, Some(_)) if has_it => {
                @if !is_buyer { p class="notice" { (frame.text("app_gift_have")) } }
            }
            (GiftState::Open, Some(_)) if is_buyer => {
                p { (frame.text("app_gift_keep")) }
                (accept_form(frame, paths::GIFT, link, ("button quiet", "app_gift_accept")))
            }
            (GiftState::Open, Some(_)) => {
                @if matches!(gift.term, Term::For(_)) { p { (frame.text("app_gift_begins")) } }
                (accept_form(frame, paths::GIFT, link, ("button", "app_gift_accept")))
            }
            (GiftState::Taken, _) if !is_buyer => p class="notice" { (frame.text("app_gift_gone")) },
            (GiftState::Open, None) => {
                p { (frame.text("app_gift_sign_in")) }
                (sign_in(frame, paths::GIFT, link))
            }
            _ => @if !is_buyer { p class="notice" { (state_text(frame, gift)) } },
        }
    }
}

/// Where a gift stands, for its buyer and for whoever comes too late.
fn state_text(frame: &Frame, gift: &Gift) -> String {
    let date = |at: Timestamp| display::date(at.date(), &frame.language);
    match (gift.state, gift.accepted_at) {
        (GiftState::NotPaid, _) => frame.text("app_gift_not_paid").to_owned(),
        (GiftState::Ended, _) => frame.text("app_gift_ended").to_owned(),
        (GiftState::Yours | GiftState::Taken, Some(at)) => {
            frame.fill("app_gift_taken", &[("date", &date(at))])
        }
        _ => frame.text("app_gift_waits").to_owned(),
    }
}

/// Takes the gift.
pub(crate) async fn accept<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(link): Form<Link>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let mut session = visitor.session.ok_or(AppError::SignIn)?;
    let order = context.gift_of(&link)?;
    let command = AcceptGift { order, member: session.member.clone(), now: context.now() };
    let mut cookies = visitor.set_cookies;
    // Whatever came of it, the page says so.
    if let GiftAccepted::Accepted(held) = context.platform.ledger().accept_gift(command).await? {
        session.entitlements = held;
        cookies = session.cookies(&context.config);
    }
    Ok(redirect(&back(&frame, paths::GIFT, &link), cookies))
}

impl<P: Platform> Context<P> {
    /// What the account page says of teams and gifts; nothing for those who ordered neither.
    pub(crate) async fn ordered_for_others(
        &self,
        frame: &Frame,
        account: &Account,
        roles: &[StaffRole],
    ) -> Result<Markup, AppError> {
        let runs_team = roles.iter().any(|role| role.role() == Role::TeamManager);
        let has = |purpose: Purpose| account.orders.iter().any(|order| order.purpose == purpose);
        let gifts = if has(Purpose::Gift) {
            let command = ListGifts { member: account.member.id.clone() };
            self.platform.ledger().list_gifts(command).await?
        } else {
            Vec::new()
        };
        Ok(html! {
            @if runs_team || has(Purpose::Team) {
                section class="stack" {
                    h2 { (frame.text("app_teams_title")) }
                    p { a href=(frame.link(paths::TEAM)) { (frame.text("app_team_go")) } }
                }
            }
            @if !gifts.is_empty() {
                section class="stack" {
                    h2 { (frame.text("app_gifts_title")) }
                    dl class="facts" {
                        @for gift in &gifts {
                            dt { (scope_name(frame, &gift.scope)) }
                            dd {
                                @if let Some(email) = &gift.email { (email) br; }
                                (state_text(frame, gift)) " "
                                a href=(frame.link(&gift_path(self, &gift.order))) { (frame.text("app_gift_see")) }
                            }
                        }
                    }
                }
            }
        })
    }
}
