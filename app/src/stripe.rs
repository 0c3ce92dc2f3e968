//! Stripe Checkout: open a payment page, ask what became of it.
//!
//! Two calls, read tolerantly: an unknown field is ignored and a missing one means "not paid". What was paid
//! is compared with the order, so a session for another order or a smaller amount opens nothing.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};
use lyceum_contract::money::{Interval, Term};
use lyceum_contract::{Timestamp, id::OrderId, json};
use serde::Deserialize;

use crate::address::query_value;
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
        json::from_slice(response.body()).map_err(|error| Unavailable::new("payments", error))
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
    // A trial is complete before anything is charged: nothing was due, or zero was paid.
    let is_trial = order.price.trial.is_some();
    let status = session.payment_status.as_deref();
    let is_settled = status == Some("paid") || (is_trial && status == Some("no_payment_required"));
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
        fields.iter().map(|(name, value)| format!("{}={}", query_value(name), query_value(value))).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::OrderState;

    const ORDER: &str = "0123456789abcdef0123456789abcdef";

    fn order(price: &str) -> Order {
        Order {
            id: ORDER.parse().expect("an order id"),
            member: ORDER.parse().expect("a member id"),
            scope: "tier:pro".parse().expect("a scope"),
            price: serde_json::from_str(price).expect("a price"),
            reference: Some("cs_1".to_owned()),
            created_at: Timestamp(0),
            state: OrderState::Open,
        }
    }

    const ONCE: &str = r#"{"id":"course","amount":{"minor":4900,"currency":"USD"},"term":"once"}"#;
    const TRIAL: &str =
        r#"{"id":"month","amount":{"minor":1900,"currency":"USD"},"term":{"every":"month"},"trial":"P7D"}"#;
    const PAID: &str = r#"{"id":"cs_1","object":"checkout.session","status":"complete","payment_status":"paid",
        "client_reference_id":"0123456789abcdef0123456789abcdef","amount_subtotal":4900,"amount_total":4900,
        "currency":"usd","subscription":null,"a_field_of_tomorrow":{"x":[1]}}"#;

    #[track_caller]
    fn check(price: &str, session: &str, expected: PaymentState) {
        let session: CheckoutSession = serde_json::from_str(session).expect("a session");
        assert_eq!(state_of(&session, &order(price)), expected);
    }

    #[test]
    fn a_session_counts_when_everything_fits_the_order() {
        check(ONCE, PAID, PaymentState::Paid { period_end: None });
        for (part, other) in [
            (r#""status":"complete""#, r#""status":"open""#),
            (r#""payment_status":"paid""#, r#""payment_status":"unpaid""#),
            (r#""payment_status":"paid""#, r#""payment_status":"no_payment_required""#),
            (r#""client_reference_id":"0"#, r#""client_reference_id":"1"#),
            (r#""amount_subtotal":4900"#, r#""amount_subtotal":4899"#),
            (r#""currency":"usd""#, r#""currency":"jpy""#),
            (r#""amount_subtotal":4900,"#, ""),
        ] {
            check(ONCE, &PAID.replace(part, other), PaymentState::Open);
        }
        check(ONCE, r#"{"id":"cs_1"}"#, PaymentState::Open);
    }

    #[test]
    fn a_trial_counts_before_anything_is_charged() {
        let period = r#"{"items":{"data":[{"current_period_end":77}]}}"#;
        for status in ["no_payment_required", "paid"] {
            let session = PAID
                .replace(r#""payment_status":"paid""#, &format!(r#""payment_status":"{status}""#))
                .replace("4900", "0")
                .replace(r#""subscription":null"#, &format!(r#""subscription":{period}"#));
            check(TRIAL, &session, PaymentState::Paid { period_end: Some(Timestamp(77)) });
        }
    }

    #[test]
    fn the_form_says_what_is_sold() {
        let payment = PaymentRequest {
            order: order(TRIAL),
            description: "Pro & more".to_owned(),
            email: "ada@example.org".to_owned(),
            return_url: "https://a.example/checkout/return/?order=1".to_owned(),
            cancel_url: "https://a.example/checkout/".to_owned(),
        };
        let form = form(&payment);
        for pair in [
            "client_reference_id=0123456789abcdef0123456789abcdef",
            "line_items%5B0%5D%5Bprice_data%5D%5Bunit_amount%5D=1900",
            "line_items%5B0%5D%5Bprice_data%5D%5Bcurrency%5D=usd",
            "line_items%5B0%5D%5Bprice_data%5D%5Brecurring%5D%5Binterval%5D=month",
            "line_items%5B0%5D%5Bprice_data%5D%5Bproduct_data%5D%5Bname%5D=Pro%20%26%20more",
            "mode=subscription",
            "subscription_data%5Btrial_period_days%5D=7",
        ] {
            assert!(form.split('&').any(|found| found == pair), "{pair} is missing from {form}");
        }
    }
}
