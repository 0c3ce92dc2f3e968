//! The payment page of the sandbox till.

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};
use lyceum_app::{AppError, Fragment};
use lyceum_contract::display;
use lyceum_contract::manifest::Language;
use maud::{Markup, html};
use serde::Deserialize;

use super::front::Front;
use super::{path_and_query, refused, unavailable};
use crate::adapters::Till;
use crate::adapters::till::TillPayment;

/// The texts of the page. The app's own translations have none, because only this command has a till.
struct Texts {
    language: &'static str,
    title: &'static str,
    notice: &'static str,
    what: &'static str,
    price: &'static str,
    pay: &'static str,
    cancel: &'static str,
    paid: &'static str,
    go_on: &'static str,
}

const ENGLISH: Texts = Texts {
    language: "en",
    title: "Sandbox till",
    notice: "This is a sandbox. No money moves and no card is asked for: the button only pretends that you paid.",
    what: "Order",
    price: "Amount",
    pay: "Pretend to pay",
    cancel: "Give up",
    paid: "This order is paid already.",
    go_on: "Go on",
};

const CHINESE: Texts = Texts {
    language: "zh",
    title: "模拟收银台",
    notice: "这里是沙盒环境：不会发生任何真实扣款，也不需要银行卡。按下按钮只是假装已经付款。",
    what: "订单",
    price: "金额",
    pay: "模拟付款",
    cancel: "放弃",
    paid: "这笔订单已经付款。",
    go_on: "继续",
};

/// What the buyer pressed.
#[derive(Debug, Deserialize)]
pub(super) struct Pressed {
    action: Action,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Pay,
    Cancel,
}

/// The till and what it needs to show a page.
#[derive(Clone)]
pub(super) struct Counter {
    pub(super) till: Till,
    pub(super) front: Front,
}

/// `GET /till/{reference}`: what is about to be paid.
pub(super) async fn page(
    State(counter): State<Counter>,
    Path(reference): Path<String>,
    headers: HeaderMap,
) -> Response {
    match counter.till.find(&reference).await {
        Ok(Some(payment)) => {
            let prefix = language_prefix(&payment.return_url);
            let texts = if prefix == "/zh" { &CHINESE } else { &ENGLISH };
            counter.front.app.render(&format!("{prefix}/"), &headers, fragment(&payment, texts)).await
        }
        Ok(None) => not_found(),
        Err(error) => unavailable(&error),
    }
}

/// `POST /till/{reference}`: pays or gives up, and leads back.
pub(super) async fn press(
    State(counter): State<Counter>,
    Path(reference): Path<String>,
    headers: HeaderMap,
    Form(pressed): Form<Pressed>,
) -> Response {
    if !lyceum_app::is_same_origin(&headers) {
        return refused(AppError::CrossSite.status(), "the form was not sent from this till");
    }
    let payment = match pressed.action {
        Action::Pay => counter.till.pay(&reference).await,
        Action::Cancel => counter.till.find(&reference).await,
    };
    match payment {
        Ok(Some(payment)) if pressed.action == Action::Pay => back(&payment.return_url),
        Ok(Some(payment)) => back(&payment.cancel_url),
        Ok(None) => not_found(),
        Err(error) => unavailable(&error),
    }
}

fn not_found() -> Response {
    refused(StatusCode::NOT_FOUND, "the till knows no such payment")
}

/// Back to the site, on the host by which the buyer came.
fn back(url: &str) -> Response {
    Redirect::to(path_and_query(url).unwrap_or("/")).into_response()
}

fn fragment(payment: &TillPayment, texts: &Texts) -> Fragment {
    let language = texts.language.parse::<Language>();
    let amount =
        language.map_or(payment.amount.to_string(), |language| display::amount(payment.amount, &language));
    let main = html! {
        div class="narrow stack" lang=(texts.language) {
            h1 { (texts.title) }
            p class="notice sandbox" role="note" { strong { (texts.notice) } }
            div class="card stack" {
                dl class="facts" {
                    dt { (texts.what) }
                    dd { (payment.description) }
                    dt { (texts.price) }
                    dd { span class="price" { (amount) } }
                }
                @if payment.paid_at.is_some() {
                    p { (texts.paid) }
                    p { a class="button" href=(path_and_query(&payment.return_url).unwrap_or("/")) { (texts.go_on) } }
                } @else {
                    (buttons(payment, texts))
                }
            }
        }
    };
    Fragment { title: texts.title.to_owned(), main }
}

fn buttons(payment: &TillPayment, texts: &Texts) -> Markup {
    html! {
        form class="actions" method="post" action={ "/till/" (payment.reference) } {
            button type="submit" class="button" name="action" value="pay" { (texts.pay) }
            button type="submit" class="button quiet" name="action" value="cancel" { (texts.cancel) }
        }
    }
}

/// The prefix of the buyer's language, `/zh` or nothing, by the address to which they return.
fn language_prefix(url: &str) -> &str {
    let path = path_and_query(url).unwrap_or("/");
    let Some((segment, _)) = path[1..].split_once('/') else { return "" };
    if segment.parse::<Language>().is_ok() { &path[..=segment.len()] } else { "" }
}

#[cfg(test)]
mod tests {
    use lyceum_contract::{Price, Term};

    use super::*;

    fn payment() -> TillPayment {
        TillPayment {
            reference: "abc".into(),
            description: "Rust <ownership>".into(),
            price: Price {
                id: "rust".parse().expect("a slug"),
                amount: "49.00 USD".parse().expect("money"),
                term: Term::Once,
                trial: None,
                per_seat: false,
            },
            amount: "49.00 USD".parse().expect("an amount"),
            closed_at: None,
            is_refunded: false,
            return_url: "http://127.0.0.1:8000/zh/checkout/return/?order=1".into(),
            cancel_url: "http://127.0.0.1:8000/zh/checkout/?price=rust".into(),
            paid_at: None,
        }
    }

    #[test]
    fn the_page_says_that_no_money_moves() {
        for texts in [&ENGLISH, &CHINESE] {
            let html = fragment(&payment(), texts).main.into_string();
            assert!(
                html.contains(texts.notice)
                    && html.contains("$49")
                    && html.contains("Rust &lt;ownership&gt;")
            );
            assert!(html.contains(r#"<button type="submit" class="button" name="action" value="pay">"#));
        }
    }

    #[test]
    fn a_paid_order_cannot_be_paid_again() {
        let paid = TillPayment { paid_at: Some(lyceum_contract::Timestamp(1)), ..payment() };
        let html = fragment(&paid, &ENGLISH).main.into_string();
        assert!(!html.contains("<form") && html.contains(r#"href="/zh/checkout/return/?order=1""#));
    }

    #[test]
    fn the_buyer_keeps_the_language_and_the_host() {
        assert_eq!(language_prefix(&payment().return_url), "/zh");
        assert_eq!(language_prefix("http://127.0.0.1:8000/checkout/return/?order=1"), "");
        assert_eq!(language_prefix("nonsense"), "");
        let location = back(&payment().cancel_url).headers()["location"].clone();
        assert_eq!(location, "/zh/checkout/?price=rust");
    }
}
