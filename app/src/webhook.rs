//! Where the processor reports. What it reports is a hint: the processor is asked what is true now.

use axum::body::{Body, to_bytes};
use axum::extract::State;
use http::{Request, Response, StatusCode};

use crate::error::AppError;
use crate::ledger::{CloseMessage, Commands, Order, ReceiveMessage};
use crate::ports::{Message, Payments, Platform};
use crate::request::{Context, Shared};

/// The header with the processor's signature.
const SIGNATURE: &str = "stripe-signature";

/// The most bytes that a message may have: Stripe's have a few kilobytes, with long lists up to some hundred.
const MAX_BYTES: usize = 1024 * 1024;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heeded {
    /// It was acted upon before.
    Before,
    /// It is about nothing of ours.
    Foreign,
    /// So many orders were looked at, and so many of them were not as we knew them.
    Orders { n_changed: usize },
}

/// Takes one message. 200 when it is done with, whatever it was about; anything else makes the processor repeat it.
pub(crate) async fn receive<P: Platform>(
    State(context): Shared<P>,
    request: Request<Body>,
) -> Result<Response<Body>, AppError> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BYTES).await.map_err(|_| AppError::TooLarge)?;
    let signature = parts.headers.get(SIGNATURE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let message = context
        .platform
        .payments()
        .message(signature, &body, context.now())
        .map_err(|forged| AppError::Forged(forged.0))?;
    context.heed(&message).await?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::OK;
    Ok(response)
}

impl<P: Platform> Context<P> {
    /// Acts upon a message, once.
    pub(crate) async fn heed(&self, message: &Message) -> Result<Heeded, AppError> {
        let Some(orders) = self.orders_of(message).await? else { return Ok(Heeded::Before) };
        let heeded =
            if orders.is_empty() { Heeded::Foreign } else { self.settle_all(orders, &message.id).await? };
        let command = CloseMessage { id: message.id.clone(), now: self.now() };
        self.platform.ledger().close_message(command).await?;
        Ok(heeded)
    }

    async fn settle_all(&self, orders: Vec<Order>, message: &str) -> Result<Heeded, AppError> {
        let mut n_changed = 0;
        for order in orders {
            let settled = self.fulfil(order, Some(message)).await?;
            n_changed += usize::from(settled.is_new);
        }
        Ok(Heeded::Orders { n_changed })
    }

    /// The orders that a message may mean; `None` when it was acted upon before.
    async fn orders_of(&self, message: &Message) -> Result<Option<Vec<Order>>, AppError> {
        let received = self.receive_as(message, message.names.clone()).await?;
        if received.is_some() && received.as_ref().is_some_and(Vec::is_empty) {
            // A renewal's payment has a name that we never saw; its customer we know.
            let owners = self.platform.payments().owners(message).await?;
            return self.receive_as(message, owners).await;
        }
        Ok(received)
    }

    async fn receive_as(
        &self,
        message: &Message,
        names: Vec<String>,
    ) -> Result<Option<Vec<Order>>, AppError> {
        let command =
            ReceiveMessage { id: message.id.clone(), kind: message.kind.clone(), names, now: self.now() };
        let received = self.platform.ledger().receive_message(command).await?;
        Ok((!received.is_done).then_some(received.orders))
    }
}
