//! Stripe Checkout: open a payment page, ask what became of it.
//!
//! Two calls, read tolerantly: an unknown field is ignored and a missing one means "not paid". What was paid
//! is compared with the order, so a session for another order or a smaller amount opens nothing.

use std::fmt::Write;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};
use lyceum_contract::money::{Interval, Term};
use lyceum_contract::{Timestamp, id::OrderId};
use serde::Deserialize;

use crate::ledger::Order;
use crate::ports::{Http, PaymentPage, PaymentRequest, PaymentState, Payments, Unavailable};

const API_URL: &str = "https://api.stripe.com";
/// The version that these structs were written against.
const API_VERSION: &str = "2025-03-31.basil";

/// The processor Stripe.
pub struct Stripe<H> {
    http: H,
    secret_key: String,
    api_url: String,
}

impl<H: Http> Stripe<H> {
    /// `api_url` only for tests; Stripe itself otherwise.
    pub fn new(http: H, secret_key: String, api_url: Option<String>) -> Self {
        Self { http, secret_key, api_url: api_url.unwrap_or_else(|| API_URL.to_owned()) }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        idempotency: Option<&OrderId>,
        form: String,
    ) -> Result<CheckoutSession, Unavailable> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.api_url))
            .header(AUTHORIZATION, format!("Bearer {}", self.secret_key))
            .header("stripe-version", API_VERSION);
        if let Some(order) = idempotency {
            request = request
                .header("idempotency-key", order.as_str())
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(form.into_bytes()).map_err(|error| Unavailable::new("payments", error))?;
        let response = self.http.send(request).await?;
        if !response.status().is_success() {
            return Err(Unavailable::new("payments", format_args!("Stripe answered {}", response.status())));
        }
        serde_json::from_slice(response.body()).map_err(|error| Unavailable::new("payments", error))
    }
}

#[derive(Debug, Deserialize)]
struct CheckoutSession {
    id: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    payment_status: Option<String>,
    #[serde(default)]
    client_reference_id: Option<String>,
    #[serde(default)]
    amount_subtotal: Option<i64>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    subscription: Option<Subscription>,
}

#[derive(Debug, Deserialize)]
struct Subscription {
    #[serde(default)]
    items: Items,
}

#[derive(Debug, Default, Deserialize)]
struct Items {
    #[serde(default)]
    data: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    #[serde(default)]
    current_period_end: Option<i64>,
}

impl<H: Http> Payments for Stripe<H> {
    async fn start(&self, payment: &PaymentRequest) -> Result<PaymentPage, Unavailable> {
        let order = &payment.order.id;
        let session = self.call(Method::POST, "/v1/checkout/sessions", Some(order), form(payment)).await?;
        let url = session.url.ok_or_else(|| Unavailable::new("payments", "Stripe sent no payment page"))?;
        Ok(PaymentPage { url, reference: session.id })
    }

    async fn state(&self, order: &Order) -> Result<PaymentState, Unavailable> {
        let Some(reference) = order.reference.as_deref().filter(|reference| is_plain(reference)) else {
            return Ok(PaymentState::Open);
        };
        let path = format!("/v1/checkout/sessions/{reference}?expand%5B%5D=subscription");
        let session = self.call(Method::GET, &path, None, String::new()).await?;
        Ok(state_of(&session, order))
    }
}

/// Stripe's own ids; anything else must not become part of a path.
fn is_plain(reference: &str) -> bool {
    !reference.is_empty() && reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn state_of(session: &CheckoutSession, order: &Order) -> PaymentState {
    let is_complete = session.status.as_deref() == Some("complete");
    let is_trial =
        order.price.trial.is_some() && session.payment_status.as_deref() == Some("no_payment_required");
    let is_settled = session.payment_status.as_deref() == Some("paid") || is_trial;
    let is_ours = session.client_reference_id.as_deref() == Some(order.id.as_str());
    let code = order.price.amount.currency.code();
    let is_same_currency =
        session.currency.as_deref().is_some_and(|currency| currency.eq_ignore_ascii_case(code));
    let is_enough =
        is_trial || session.amount_subtotal.is_some_and(|minor| minor >= order.price.amount.minor);
    if !(is_complete && is_settled && is_ours && is_same_currency && is_enough) {
        return PaymentState::Open;
    }
    let items = session.subscription.iter().flat_map(|subscription| &subscription.items.data);
    let period_end = items.filter_map(|item| item.current_period_end).max().map(Timestamp);
    PaymentState::Paid { period_end }
}

fn form(payment: &PaymentRequest) -> String {
    let order = &payment.order;
    let item = "line_items[0][price_data]";
    let mut fields = vec![
        ("client_reference_id".to_owned(), order.id.to_string()),
        ("customer_email".to_owned(), payment.email.clone()),
        ("success_url".to_owned(), payment.return_url.clone()),
        ("cancel_url".to_owned(), payment.cancel_url.clone()),
        ("metadata[order]".to_owned(), order.id.to_string()),
        ("line_items[0][quantity]".to_owned(), "1".to_owned()),
        (format!("{item}[currency]"), order.price.amount.currency.code().to_ascii_lowercase()),
        (format!("{item}[unit_amount]"), order.price.amount.minor.to_string()),
        (format!("{item}[product_data][name]"), payment.description.clone()),
    ];
    match order.price.term {
        Term::Once | Term::For(_) => fields.push(("mode".to_owned(), "payment".to_owned())),
        Term::Every(interval) => {
            let interval = match interval {
                Interval::Month => "month",
                Interval::Year => "year",
            };
            fields.push(("mode".to_owned(), "subscription".to_owned()));
            fields.push((format!("{item}[recurring][interval]"), interval.to_owned()));
            if let Some(trial) = order.price.trial {
                fields.push(("subscription_data[trial_period_days]".to_owned(), trial.0.to_string()));
            }
        }
    }
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    pairs.join("&")
}

/// Percent-encodes everything but letters, digits and `-._~`.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}
