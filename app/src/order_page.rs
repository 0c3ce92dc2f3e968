//! The order page: what is bought, for how much and for how long, before anything is placed.

use lyceum_contract::manifest::Product;
use lyceum_contract::money::{Interval, Term};
use lyceum_contract::{Price, paths};
use maud::{Markup, html};

use crate::account::scope_name;
use crate::address::is_same_site;
use crate::checkout::WayBack;
use crate::offers::{Typed, button_text, code_form, price_lines};
use crate::order_for::gift_link;
use crate::page::{Fragment, Frame};

/// For a price that nobody offers.
pub(crate) fn unknown_fragment(frame: &Frame) -> Fragment {
    let title = frame.text("app_checkout_title");
    let main = html! {
        div class="narrow stack" {
            h1 { (title) }
            p { (frame.text("app_checkout_unknown")) }
            p { a href=(frame.link("/")) { (frame.text("app_home")) } }
        }
    };
    Fragment { title: title.to_owned(), main }
}

/// For a buyer who has it.
pub(crate) fn held(frame: &Frame, product: &Product, price: &Price) -> Markup {
    html! {
        div class="narrow stack" {
            h1 { (product.name.get(&frame.language, &frame.site.default_language)) }
            p { (frame.text("app_checkout_have")) }
            p {
                a class="button" href=(frame.link(product.path.as_deref().unwrap_or("/"))) {
                    (frame.text("app_return_read"))
                }
            }
            (gift_link(frame, price))
        }
    }
}

/// The order of one buyer for themselves, with what they typed as a code.
pub(crate) fn order_form(
    frame: &Frame,
    product: &Product,
    price: &Price,
    way_back: &WayBack,
    typed: &Typed,
) -> Markup {
    // The way back travels in the address, so that the form holds the price id and the code alone.
    let action = match way_back.query() {
        query if query.is_empty() => paths::CHECKOUT.to_owned(),
        query => format!("{}?{}", paths::CHECKOUT, query.trim_start_matches('&')),
    };
    let n_trial_days = price.trial.map(|trial| trial.0.to_string());
    let button = match &n_trial_days {
        Some(n) => frame.fill("app_checkout_try", &[("n", n)]),
        None => button_text(frame, price, 1, typed),
    };
    let is_free = typed.is_free(price, 1);
    let mut hidden = vec![("price", price.id.as_str())];
    if is_same_site(&way_back.from) {
        hidden.push(("from", &way_back.from));
    }
    html! {
        div class="narrow stack" {
            h1 { (frame.text("app_checkout_title")) }
            p { (frame.text(if is_free { "app_code_lede_free" } else { "app_checkout_lede" })) }
            div class="card stack" {
                dl class="facts" {
                    dt { (frame.text("app_checkout_what")) }
                    dd { (scope_name(frame, &product.scope)) }
                    dt { (frame.text("app_checkout_price")) }
                    dd {
                        (price_lines(frame, price, 1, typed, &term_text(frame, price.term)))
                        @if let Some(n) = &n_trial_days { br; (frame.fill("app_trial", &[("n", n)])) }
                    }
                }
                (code_form(frame, &hidden, typed))
                @if !is_free {
                    p class="hint" { (frame.text("app_checkout_tax")) " " (frame.text("app_checkout_terms")) }
                }
                form method="post" action=(frame.link(&action)) {
                    input type="hidden" name="price" value=(price.id);
                    @if let Some(reduced) = typed.reduced() {
                        input type="hidden" name="code" value=(reduced.redemption.code);
                    }
                    button type="submit" class="button" { (button) }
                }
            }
            (gift_link(frame, price))
        }
    }
}

/// How long a price buys, in words.
pub(crate) fn term_text(frame: &Frame, term: Term) -> String {
    match term {
        Term::Once => frame.text("app_term_once").to_owned(),
        Term::Every(Interval::Month) => frame.text("app_term_month").to_owned(),
        Term::Every(Interval::Year) => frame.text("app_term_year").to_owned(),
        Term::For(days) => frame.fill("app_term_days", &[("n", &days.0.to_string())]),
    }
}
