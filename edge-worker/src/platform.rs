//! The ports of the app on Cloudflare's bindings.

use lyceum_app::ledger::{Order, RefundReason};
use lyceum_app::money::Settlement;
use lyceum_app::ports::{
    Clock, Entropy, Forged, Mail, Mailer, Message, News, NotSent, PaymentPage, PaymentRequest, Payments,
    Platform, Unavailable,
};
use lyceum_app::{MailApi, Stripe, StripeCredentials};
use lyceum_contract::Timestamp;
use worker::js_sys::Reflect;
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::{Date, Env};

use crate::assets::StaticAssets;
use crate::comments::KvComments;
use crate::config::{Refusal, text};
use crate::events::EventQueue;
use crate::ledger::ObjectLedger;
use crate::outbound::Outbound;

const MAIL_API_URL: &str = "https://api.resend.com/emails";

/// One adapter of each port.
pub(crate) struct Edge {
    assets: StaticAssets,
    ledger: ObjectLedger,
    comments: KvComments,
    events: EventQueue,
    payments: Configured<Stripe<Outbound>>,
    mailer: Configured<MailApi<Outbound>>,
    clock: EdgeClock,
    entropy: EdgeEntropy,
    http: Outbound,
}

impl Edge {
    /// The adapters on this deployment's bindings. A missing binding refuses, by name.
    pub(crate) fn new(env: &Env) -> Result<Self, Refusal> {
        Ok(Self {
            assets: StaticAssets::new(binding(env, "ASSETS")?),
            ledger: ObjectLedger::new(binding(env, "LEDGER")?),
            comments: KvComments::new(binding(env, "COMMENTS")?),
            events: EventQueue::new(binding(env, "EVENTS")?),
            payments: stripe(env)?,
            mailer: mail_api(env),
            clock: EdgeClock,
            entropy: EdgeEntropy,
            http: Outbound,
        })
    }
}

/// A binding by name. Of the right kind as far as `wrangler.jsonc` is.
fn binding<T: JsCast>(env: &Env, name: &str) -> Result<T, Refusal> {
    let binding = Reflect::get(env, &name.into()).ok().filter(JsValue::is_object);
    binding.map(JsCast::unchecked_into).ok_or_else(|| Refusal::new(format!("the binding {name} is missing")))
}

/// Without a key nothing is sold. With one, a processor whose messages cannot be checked refuses.
fn stripe(env: &Env) -> Result<Configured<Stripe<Outbound>>, Refusal> {
    let secret = "STRIPE_SECRET_KEY";
    let credentials = text(env, secret)
        .map(|key| StripeCredentials::new(&key, text(env, "STRIPE_WEBHOOK_SECRET").as_deref()))
        .transpose()
        .map_err(|invalid| Refusal::new(invalid.0.to_owned()))?;
    let service =
        credentials.map(|credentials| Stripe::new(Outbound, credentials, text(env, "STRIPE_API_URL")));
    Ok(Configured { secret, service })
}

fn mail_api(env: &Env) -> Configured<MailApi<Outbound>> {
    let secret = "MAIL_API_KEY and MAIL_FROM";
    let url = text(env, "MAIL_API_URL").unwrap_or_else(|| MAIL_API_URL.to_owned());
    let credentials = text(env, "MAIL_API_KEY").zip(text(env, "MAIL_FROM"));
    let service = credentials.map(|(key, from)| MailApi::new(Outbound, url, key, from));
    Configured { secret, service }
}

impl Platform for Edge {
    type Assets = StaticAssets;
    type Ledger = ObjectLedger;
    type Comments = KvComments;
    type Events = EventQueue;
    type Payments = Configured<Stripe<Outbound>>;
    type Mailer = Configured<MailApi<Outbound>>;
    type Clock = EdgeClock;
    type Entropy = EdgeEntropy;
    type Http = Outbound;

    fn assets(&self) -> &Self::Assets {
        &self.assets
    }
    fn ledger(&self) -> &Self::Ledger {
        &self.ledger
    }
    fn comments(&self) -> &Self::Comments {
        &self.comments
    }
    fn events(&self) -> &Self::Events {
        &self.events
    }
    fn payments(&self) -> &Self::Payments {
        &self.payments
    }
    fn mailer(&self) -> &Self::Mailer {
        &self.mailer
    }
    fn clock(&self) -> &Self::Clock {
        &self.clock
    }
    fn entropy(&self) -> &Self::Entropy {
        &self.entropy
    }
    fn http(&self) -> &Self::Http {
        &self.http
    }
}

/// A service that needs a secret. Without it the site can be read, and the service says what is missing.
pub(crate) struct Configured<T> {
    secret: &'static str,
    service: Option<T>,
}

impl<T> Configured<T> {
    fn get(&self, port: &'static str) -> Result<&T, Unavailable> {
        self.service.as_ref().ok_or_else(|| Unavailable::new(port, format!("{} is not set", self.secret)))
    }
}

impl<T: Payments> Payments for Configured<T> {
    async fn start(&self, payment: &PaymentRequest) -> Result<PaymentPage, Unavailable> {
        self.get("payments")?.start(payment).await
    }

    async fn close(&self, order: &Order) -> Result<(), Unavailable> {
        self.get("payments")?.close(order).await
    }

    async fn refund(&self, order: &Order, reason: RefundReason) -> Result<(), Unavailable> {
        self.get("payments")?.refund(order, reason).await
    }

    async fn cancel(&self, order: &Order) -> Result<(), Unavailable> {
        self.get("payments")?.cancel(order).await
    }

    async fn settlement(&self, order: &Order) -> Result<Settlement, Unavailable> {
        self.get("payments")?.settlement(order).await
    }

    fn message(&self, signature: &str, body: &[u8], now: Timestamp) -> Result<Message, Forged> {
        match &self.service {
            Some(service) => service.message(signature, body, now),
            None => Err(Forged("no processor is configured")),
        }
    }

    async fn owners(&self, message: &Message) -> Result<Vec<String>, Unavailable> {
        self.get("payments")?.owners(message).await
    }

    async fn news(&self, since: Timestamp, after: Option<&str>) -> Result<News, Unavailable> {
        self.get("payments")?.news(since, after).await
    }

    async fn manage(&self, customer: &str, return_url: &str) -> Result<String, Unavailable> {
        self.get("payments")?.manage(customer, return_url).await
    }
}

impl<T: Mailer> Mailer for Configured<T> {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        self.get("mail")?.send(mail).await
    }
}

/// The isolate's clock. It stands still while a request computes.
pub(crate) struct EdgeClock;

impl Clock for EdgeClock {
    fn now_ms(&self) -> u64 {
        Date::now().as_millis()
    }
}

/// The isolate's source of randomness.
pub(crate) struct EdgeEntropy;

impl Entropy for EdgeEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Unavailable> {
        getrandom::fill(buffer).map_err(|error| Unavailable::new("entropy", error))
    }
}
