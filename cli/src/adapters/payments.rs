//! Who takes the money: Stripe when its key is there, else the till, which takes none.

use lyceum_app::Stripe;
use lyceum_app::ledger::Order;
use lyceum_app::ports::{PaymentPage, PaymentRequest, PaymentState, Payments, Unavailable};

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

    async fn state(&self, order: &Order) -> Result<PaymentState, Unavailable> {
        match self {
            Self::Till(till) => till.state(order).await,
            Self::Stripe(stripe) => stripe.state(order).await,
        }
    }
}
