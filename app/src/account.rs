//! The account page: what a member has, until when, and what they ordered.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderMap, Response};
use lyceum_contract::display;
use lyceum_contract::{Entitlement, Scope, Timestamp, paths};
use maud::{Markup, html};
use serde::Deserialize;

use crate::checkout::policy_with_form_targets;
use crate::error::AppError;
use crate::forms::Form;
use crate::goods;
use crate::ledger::{Account, Commands, NameMember, Order, Purpose, ReadAccount, Reason};
use crate::money::{Standing, standing};
use crate::page::{Fragment, Frame, redirect};
use crate::person;
use crate::ports::Platform;
use crate::request::{Locale, Shared};
use crate::{settings, staff};

/// The most characters in a name.
pub(crate) const MAX_NAME_CHARS: usize = 40;

/// Shows the account, or leads to signing in.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let Some(session) = &visitor.session else {
        let to = frame.sign_in_link(&frame.link(paths::ACCOUNT));
        return Ok(redirect(&to, visitor.set_cookies));
    };
    let command = ReadAccount { member: session.member.clone(), now: context.now() };
    let account = context.platform.ledger().read_account(command).await?.ok_or(AppError::NotFound)?;
    let for_others = html! {
        (context.asked_to_learn(&frame, &session.member).await?)
        (context.ordered_for_others(&frame, &account, &session.roles).await?)
    };
    let booked = html! { (context.goods_of(&frame, &account).await?) (staff::section(&frame, session)) };
    let mut response = frame.page(&visitor, &fragment(&frame, &account, (&booked, &for_others)));
    // A form of this page leads to the processor.
    let policy = policy_with_form_targets(&context.config.payment_origins);
    response.headers_mut().extend(policy.map(|policy| (CONTENT_SECURITY_POLICY, policy)));
    Ok(response)
}

fn fragment(frame: &Frame, account: &Account, (booked, for_others): (&Markup, &Markup)) -> Fragment {
    let title = frame.text("app_account_title");
    let main = html! {
        div class="narrow stack" {
            h1 { (title) }
            p class="muted" { (account.member.email) }
            section class="stack" {
                h2 { (frame.text("app_account_access")) }
                (holdings(frame, account))
            }
            (booked)
            section class="stack" {
                h2 { (frame.text("app_account_orders")) }
                (orders(frame, &account.orders))
                (settings::billing_form(frame, account))
            }
            (for_others)
            section class="stack" {
                h2 { (frame.text("app_account_you")) }
                (name_form(frame, account.member.name.as_deref()))
                (settings::form(frame, &account.member))
            }
            p { a href=(frame.link(paths::ACCOUNT_DEVICES)) { (frame.text("app_devices_title")) } }
            (person::section(frame))
            form class="actions form-end" method="post" action=(frame.link(paths::SIGN_OUT)) {
                button type="submit" class="button quiet" { (frame.text("app_sign_out")) }
            }
        }
    };
    Fragment { title: title.to_owned(), main }
}

/// What the member has. Of a subscription the day that counts for them, which comes before the days of grace.
fn holdings(frame: &Frame, account: &Account) -> Markup {
    // A question is listed with its answer, and nothing that one has.
    let listed = || {
        let held = account.entitlements.iter().zip(&account.reasons);
        held.filter(|(held, _)| !goods::is_question(frame, &held.scope))
    };
    if listed().next().is_none() {
        return entitlements(frame, &[]);
    }
    html! {
        dl class="facts" {
            @for (held, reason) in listed() {
                dt { (scope_name(frame, &held.scope)) }
                dd {
                    @match account.orders.iter().find(|order| is_by_subscription(order, held)) {
                        Some(order) => (standing_text(frame, order)),
                        None => (until(frame, held.until)),
                    }
                    @if let Some(why) = why(*reason) { " " span class="hint" { (frame.text(why)) } }
                }
            }
        }
    }
}

/// The text that says why, where no order of their own does.
fn why(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::Bought => None,
        Reason::Seat => Some("app_why_seat"),
        Reason::Gift => Some("app_why_gift"),
        Reason::Given => Some("app_why_given"),
    }
}

fn is_by_subscription(order: &Order, held: &Entitlement) -> bool {
    let standing = standing(order.price.term, &order.settlement);
    let is_running = matches!(
        standing,
        Standing::Trial { .. } | Standing::Active { .. } | Standing::Ending { .. } | Standing::PastDue { .. }
    );
    is_running
        && order.purpose == Purpose::Own
        && *order.scope_now() == held.scope
        && standing.until() == Some(held.until)
}

pub(crate) fn entitlements(frame: &Frame, held: &[Entitlement]) -> Markup {
    html! {
        @if held.is_empty() {
            p class="empty" { (frame.text("app_account_none")) }
        } @else {
            dl class="facts" {
                @for entitlement in held {
                    dt { (scope_name(frame, &entitlement.scope)) }
                    dd { (until(frame, entitlement.until)) }
                }
            }
        }
    }
}

/// The name of a course or tier, linked to its page when it has one.
pub(crate) fn scope_name(frame: &Frame, scope: &Scope) -> Markup {
    let manifest = &frame.site.manifest;
    let Some(product) = manifest.products.iter().find(|product| product.scope == *scope) else {
        return html! { (scope) };
    };
    let name = product.name.get(&frame.language, &frame.site.default_language);
    html! {
        @match &product.path {
            Some(path) => a href=(frame.link(path)) { (name) },
            None => (name),
        }
    }
}

pub(crate) fn until(frame: &Frame, until: Timestamp) -> String {
    if until == Timestamp::FOREVER {
        return frame.text("app_access_forever").to_owned();
    }
    frame.fill("app_access_until", &[("date", &display::date(until.date(), &frame.language))])
}

pub(crate) fn orders(frame: &Frame, orders: &[Order]) -> Markup {
    if orders.is_empty() {
        return html! { p class="empty" { (frame.text("app_orders_none")) } };
    }
    html! { ul class="rows" { @for order in orders { (order_row(frame, order)) } } }
}

fn order_row(frame: &Frame, order: &Order) -> Markup {
    let settlement = &order.settlement;
    let receipt = settlement.names.receipt_url.as_ref().filter(|_| settlement.is_bought());
    html! {
        li {
            span { (scope_name(frame, order.scope_now())) }
            span class="length price" { (display::amount(order.total(), &frame.language)) }
            span class="row-note" {
                (standing_text(frame, order)) " · "
                (frame.fill("app_order_of", &[("date", &display::date(order.created_at.date(), &frame.language))]))
                @if let Some(url) = receipt {
                    " · " a href=(url) rel="noreferrer" { (frame.text("app_order_receipt")) }
                }
            }
        }
    }
}

/// Where an order leaves its buyer, with the date that matters.
pub(crate) fn standing_text(frame: &Frame, order: &Order) -> String {
    let (key, at) = match standing(order.price.term, &order.settlement) {
        Standing::Open => ("app_order_open", None),
        Standing::Pending => ("app_order_pending", None),
        Standing::Failed => ("app_order_failed", None),
        Standing::Owned | Standing::Pass { .. } => ("app_order_paid", None),
        Standing::Trial { ends } => ("app_order_trial", Some(ends)),
        Standing::Active { renews } => ("app_order_active", Some(renews)),
        Standing::Ending { at } => ("app_order_ending", Some(at)),
        Standing::PastDue { until } => ("app_order_past_due", Some(until)),
        Standing::Ended { at } => ("app_order_ended", Some(at)),
        Standing::Incomplete => ("app_order_incomplete", None),
        Standing::Unpaid => ("app_order_unpaid", None),
        Standing::Paused => ("app_order_paused", None),
        Standing::Refunded => ("app_order_refunded", None),
        Standing::ChargedBack => ("app_order_charged_back", None),
    };
    match at {
        Some(at) => frame.fill(key, &[("date", &display::date(at.date(), &frame.language))]),
        None => frame.text(key).to_owned(),
    }
}

fn name_form(frame: &Frame, name: Option<&str>) -> Markup {
    html! {
        form class="form" method="post" action=(frame.link(paths::ACCOUNT)) {
            label for="name" { (frame.text("app_account_name")) }
            input type="text" id="name" name="name" value=[name] maxlength=(MAX_NAME_CHARS) autocomplete="nickname"
                aria-describedby="name-hint";
            p class="hint" id="name-hint" { (frame.text("app_account_name_hint")) }
            button type="submit" class="button quiet" { (frame.text("app_account_name_save")) }
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Rename {
    name: String,
}

/// Takes a new name.
pub(crate) async fn rename<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(form): Form<Rename>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let session = visitor.session.ok_or(AppError::SignIn)?;
    let command = NameMember { member: session.member, name: clean_name(&form.name) };
    context.platform.ledger().name_member(command).await?;
    Ok(redirect(&frame.link(paths::ACCOUNT), visitor.set_cookies))
}

/// A name as others see it: one line, no control or direction marks, at most [`MAX_NAME_CHARS`].
pub(crate) fn clean_name(text: &str) -> Option<String> {
    let is_invisible = |char: char| {
        char.is_control()
            || matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let visible: String = text.chars().map(|char| if is_invisible(char) { ' ' } else { char }).collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    let name: String = words.join(" ").chars().take(MAX_NAME_CHARS).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_visible_line() {
        assert_eq!(clean_name("  Ada\n Brandt ").as_deref(), Some("Ada Brandt"));
        assert_eq!(clean_name("a\u{202e}b").as_deref(), Some("a b"));
        assert_eq!(clean_name("\u{200b} \t"), None);
        assert_eq!(clean_name(&"语".repeat(99)).map(|name| name.chars().count()), Some(MAX_NAME_CHARS));
    }
}
