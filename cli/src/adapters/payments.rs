//! Who takes the money: Stripe when its key is there, else the till, which takes none.

use lyceum_app::Stripe;
use lyceum_app::ledger::{Order, RefundReason};
use lyceum_app::money::Settlement;
use lyceum_app::ports::{Forged, Message, News, PaymentPage, PaymentRequest, Payments, Unavailable};
use lyceum_contract::Timestamp;

use super::http::UreqHttp;
use super::till::Till;

/// The payment processor of an academy on one machine.
pub enum Processor {
    /// The sandbox.
    Till(Till),
    /// Real money, or Stripe's own test mode.
    Stripe(Stripe<UreqHttp>),
}

impl Payments for Processor {
    async fn start(&self, payment: &PaymentRequest) -> Result<PaymentPage, Unavailable> {
        match self {
            Self::Till(till) => till.start(payment).await,
            Self::Stripe(stripe) => stripe.start(payment).await,
        }
    }

    async fn close(&self, order: &Order) -> Result<(), Unavailable> {
        match self {
            Self::Till(till) => till.close(order).await,
            Self::Stripe(stripe) => stripe.close(order).await,
        }
    }

    async fn refund(&self, order: &Order, reason: RefundReason) -> Result<(), Unavailable> {
        match self {
            Self::Till(till) => till.refund(order, reason).await,
            Self::Stripe(stripe) => stripe.refund(order, reason).await,
        }
    }

    async fn cancel(&self, order: &Order) -> Result<(), Unavailable> {
        match self {
            Self::Till(till) => till.cancel(order).await,
            Self::Stripe(stripe) => stripe.cancel(order).await,
        }
    }

    async fn settlement(&self, order: &Order) -> Result<Settlement, Unavailable> {
        match self {
            Self::Till(till) => till.settlement(order).await,
            Self::Stripe(stripe) => stripe.settlement(order).await,
        }
    }

    fn message(&self, signature: &str, body: &[u8], now: Timestamp) -> Result<Message, Forged> {
        match self {
            Self::Till(till) => till.message(signature, body, now),
            Self::Stripe(stripe) => stripe.message(signature, body, now),
        }
    }

    async fn owners(&self, message: &Message) -> Result<Vec<String>, Unavailable> {
        match self {
            Self::Till(till) => till.owners(message).await,
            Self::Stripe(stripe) => stripe.owners(message).await,
        }
    }

    async fn news(&self, since: Timestamp, after: Option<&str>) -> Result<News, Unavailable> {
        match self {
            Self::Till(till) => till.news(since, after).await,
            Self::Stripe(stripe) => stripe.news(since, after).await,
        }
    }

    async fn manage(&self, customer: &str, return_url: &str) -> Result<String, Unavailable> {
        match self {
            Self::Till(till) => till.manage(customer, return_url).await,
            Self::Stripe(stripe) => stripe.manage(customer, return_url).await,
        }
    }
}
