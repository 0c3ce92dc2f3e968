//! The processor Stripe, over HTTP.
//!
//! Objects are read by the few fields that matter (see [`object::Object`]): a field of tomorrow is ignored, and a missing
//! one means "not paid". Why there is no client library in between is in `docs/DEPENDENCIES.md`.

mod checkout;
mod coupon;
mod message;
mod object;
mod portal;
mod settle;
mod sync;
mod sync_checks;

use std::fmt::Write;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use lyceum_contract::Timestamp;

use crate::address::query_value;
use crate::ledger::{Order, RefundReason};
use crate::money::Settlement;
use crate::ports::{Forged, Http, Message, News, PaymentPage, PaymentRequest, Payments, Unavailable};
use object::Object;
pub use sync::{SyncAction, SyncFailure, SyncOptions, SyncStep};

const API_URL: &str = "https://api.stripe.com";
/// The version that the reading of objects was written against.
const API_VERSION: &str = "2026-10-28.endive";
/// How often a call is made before its failure is reported. All calls may be repeated: reading changes nothing, and
/// what changes something carries an idempotency key.
const MAX_CALLS: u32 = 2;

/// The processor Stripe.
pub struct Stripe<H> {
    http: H,
    credentials: StripeCredentials,
    api_url: String,
}

/// What Stripe gave the owner of the academy.
#[derive(Clone)]
pub struct StripeCredentials {
    secret_key: String,
    webhook_secrets: Vec<String>,
}

/// Why credentials cannot be used. Never contains one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidCredentials(pub &'static str);

impl StripeCredentials {
    /// `secret_key`: `sk_…` or `rk_…`; `webhook_secrets`: `whsec_…`, during a roll several with commas.
    ///
    /// There must be one: without it anybody could claim to be the processor.
    pub fn new(secret_key: &str, webhook_secrets: Option<&str>) -> Result<Self, InvalidCredentials> {
        let secrets: Vec<String> = webhook_secrets
            .unwrap_or_default()
            .split(',')
            .map(|secret| secret.trim().to_owned())
            .filter(|secret| !secret.is_empty())
            .collect();
        if secrets.is_empty() {
            return Err(InvalidCredentials("STRIPE_WEBHOOK_SECRET is not set, but STRIPE_SECRET_KEY is"));
        }
        if secrets.iter().any(|secret| secret.len() < 16) {
            return Err(InvalidCredentials("STRIPE_WEBHOOK_SECRET is too short to be one"));
        }
        Ok(Self { secret_key: secret_key.trim().to_owned(), webhook_secrets: secrets })
    }

    /// What is enough to look after the catalogue: every message counts as forged.
    pub fn without_webhook(secret_key: &str) -> Result<Self, InvalidCredentials> {
        let secret_key = secret_key.trim();
        let is_secret = secret_key.starts_with("sk_") || secret_key.starts_with("rk_");
        if !is_secret || !secret_key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidCredentials("STRIPE_SECRET_KEY is no secret key of Stripe"));
        }
        Ok(Self { secret_key: secret_key.to_owned(), webhook_secrets: Vec::new() })
    }

    /// Whether real money moves.
    pub fn is_live(&self) -> bool {
        self.secret_key.starts_with("sk_live_") || self.secret_key.starts_with("rk_live_")
    }
}

impl<H: Http> Stripe<H> {
    /// `api_url` only for tests; Stripe itself otherwise.
    pub fn new(http: H, credentials: StripeCredentials, api_url: Option<String>) -> Self {
        Self { http, credentials, api_url: api_url.unwrap_or_else(|| API_URL.to_owned()) }
    }

    async fn get(&self, path: &str) -> Result<Object, Unavailable> {
        Ok(self.call(Method::GET, path, None, String::new()).await?)
    }

    async fn post(
        &self,
        path: &str,
        key: Option<&str>,
        form: &[(&str, &str)],
    ) -> Result<Object, Unavailable> {
        Ok(self.call(Method::POST, path, key, encoded(form)).await?)
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        form: String,
    ) -> Result<Object, Failure> {
        let mut n_calls = 0;
        loop {
            n_calls += 1;
            let failure = match self.send(&method, path, key, &form).await {
                Ok((status, body)) if status.is_success() => return Ok(Object::parse(&body)?),
                Ok((status, body)) => {
                    let failure = Failure::Refused(refusal(status, &body));
                    if !is_passing(status) {
                        return Err(failure);
                    }
                    failure
                }
                Err(failure) => Failure::Unavailable(failure),
            };
            if n_calls >= MAX_CALLS {
                return Err(failure);
            }
        }
    }

    async fn send(
        &self,
        method: &Method,
        path: &str,
        key: Option<&str>,
        form: &str,
    ) -> Result<(StatusCode, Vec<u8>), Unavailable> {
        let mut request = Request::builder()
            .method(method.clone())
            .uri(format!("{}{path}", self.api_url))
            .header(AUTHORIZATION, format!("Bearer {}", self.credentials.secret_key))
            .header("stripe-version", API_VERSION);
        if *method == Method::POST {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let request =
            request.body(form.as_bytes().to_vec()).map_err(|error| Unavailable::new("payments", error))?;
        let response = self.http.send(request).await?;
        Ok((response.status(), response.into_body()))
    }
}

/// Whether the same call may succeed a moment later.
fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT)
}

/// Why a call was not done.
#[derive(Debug)]
pub(super) enum Failure {
    /// Stripe said no.
    Refused(Refusal),
    /// Stripe said nothing that can be understood.
    Unavailable(Unavailable),
}

/// Stripe's words for what is wrong, without what was sent and without its message, which may quote a key.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    kind: String,
    pub(super) code: String,
    /// The parameter that is wrong.
    pub(super) parameter: String,
}

impl From<Unavailable> for Failure {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<Failure> for Unavailable {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unavailable(unavailable) => unavailable,
            Failure::Refused(Refusal { status, kind, code, .. }) => {
                Self::new("payments", format_args!("Stripe answered {status}: {kind} {code}"))
            }
        }
    }
}

fn refusal(status: StatusCode, body: &[u8]) -> Refusal {
    let error = Object::parse(body).unwrap_or_default();
    let text = |path: &str| error.text(path).unwrap_or_default().to_owned();
    let kind = error.text("error.type").unwrap_or("no reason given").to_owned();
    Refusal { status, kind, code: text("error.code"), parameter: text("error.param") }
}

/// Pairs as the body of a form.
fn encoded(pairs: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (name, value) in pairs {
        let separator = if form.is_empty() { "" } else { "&" };
        // Writing to a string cannot fail.
        let _ = write!(form, "{separator}{}={}", query_value(name), query_value(value));
    }
    form
}

/// Stripe's own ids; anything else must not become part of a path.
fn plain(name: &str) -> Option<&str> {
    let is_plain = !name.is_empty()
        && name.len() <= 255
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_plain.then_some(name)
}

impl<H: Http> Payments for Stripe<H> {
    async fn start(&self, payment: &PaymentRequest) -> Result<PaymentPage, Unavailable> {
        self.start_checkout(payment).await
    }

    async fn close(&self, order: &Order) -> Result<(), Unavailable> {
        let Some(page) = order.reference.as_deref().and_then(plain) else { return Ok(()) };
        let path = format!("/v1/checkout/sessions/{page}/expire");
        match self.call(Method::POST, &path, None, String::new()).await {
            // It is closed already, or was paid.
            Err(Failure::Refused(refusal)) if refusal.status == StatusCode::BAD_REQUEST => Ok(()),
            answer => Ok(answer.map(drop)?),
        }
    }

    async fn refund(&self, order: &Order, reason: RefundReason) -> Result<(), Unavailable> {
        let Some(payment) = order.settlement.names.payment.as_deref().and_then(plain) else {
            return Err(Unavailable::new("payments", "an order without a payment cannot be paid back"));
        };
        // Stripe remembers an answer for a day, a refusal as well: each try has a key of its own. Nothing goes back twice,
        // because without an amount it is what is left.
        let key = format!("refund-{}-{}", order.id, order.revision);
        let form = encoded(&[
            ("payment_intent", payment),
            ("reason", "requested_by_customer"),
            ("metadata[order]", order.id.as_str()),
            ("metadata[reason]", reason.name()),
        ]);
        match self.call(Method::POST, "/v1/refunds", Some(&key), form).await {
            Err(Failure::Refused(refusal)) if refusal.code == "charge_already_refunded" => Ok(()),
            Err(failure) => Err(failure.into()),
            Ok(_) => Ok(()),
        }
    }

    async fn cancel(&self, order: &Order) -> Result<(), Unavailable> {
        let names = &order.settlement.names;
        let Some(subscription) = names.subscription.as_deref().and_then(plain) else { return Ok(()) };
        let path = format!("/v1/subscriptions/{subscription}");
        match self.call(Method::DELETE, &path, None, String::new()).await {
            // It has ended already.
            Err(Failure::Refused(refusal))
                if matches!(refusal.status, StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND) =>
            {
                Ok(())
            }
            answer => Ok(answer.map(drop)?),
        }
    }

    async fn settlement(&self, order: &Order) -> Result<Settlement, Unavailable> {
        self.settlement_of(order).await
    }

    fn message(&self, signature: &str, body: &[u8], now: Timestamp) -> Result<Message, Forged> {
        message::verify(&self.credentials, signature, body, now)
    }

    async fn owners(&self, message: &Message) -> Result<Vec<String>, Unavailable> {
        let customer = match (&message.customer, message.charge.as_deref().and_then(plain)) {
            (Some(customer), _) => Some(customer.clone()),
            (None, Some(charge)) => {
                let charge = self.get(&format!("/v1/charges/{charge}")).await?;
                charge.id("customer").map(str::to_owned)
            }
            (None, None) => None,
        };
        Ok(customer.into_iter().collect())
    }

    async fn news(&self, since: Timestamp, after: Option<&str>) -> Result<News, Unavailable> {
        let mut path = format!("/v1/events?limit=100&created%5Bgte%5D={}", since.0);
        if let Some(after) = after.and_then(plain) {
            let _ = write!(path, "&starting_after={after}");
        }
        let page = self.get(&path).await?;
        let events = page.list("data");
        // Stripe lists everything that happened at it; a webhook sends what was asked for.
        let is_needed =
            |event: &&Object| event.text("type").is_some_and(|kind| sync_checks::EVENTS.contains(&kind));
        let messages = events.iter().filter(is_needed).filter_map(message::read).collect();
        let last = events.last().and_then(|event| event.text("id")).map(str::to_owned);
        Ok(News { messages, next: last.filter(|_| page.flag("has_more")) })
    }

    async fn manage(&self, customer: &str, return_url: &str) -> Result<String, Unavailable> {
        let mut form = vec![("customer", customer), ("return_url", return_url)];
        let configuration = self.portal_configuration().await?;
        form.extend(configuration.as_deref().map(|id| ("configuration", id)));
        let session = self.post("/v1/billing_portal/sessions", None, &form).await?;
        let url = session.text("url").map(str::to_owned);
        url.ok_or_else(|| Unavailable::new("payments", "Stripe sent no portal"))
    }
}
