//! From the processor's word to access: the one way, whoever noticed that there is news.
//!
//! The page to which a buyer returns, a message of the processor and the look at its books all end in
//! [`Context::fulfil`]. It can be repeated and run at the same time anywhere: the processor's last word counts.

use lyceum_contract::event::{Record, What};

use crate::error::AppError;
use crate::ledger::{Commands, Member, Order, SettleOrder, Settled, Settling};
use crate::money::Settlement;
use crate::ports::{Payments, Platform, Unavailable};
use crate::request::Context;
use crate::token;

/// How often the processor is asked again because somebody else was faster.
const MAX_TRIES: usize = 5;

/// What a look at the processor's books brought.
pub(crate) enum Looked {
    /// Nothing new.
    Known(Order),
    /// Something new, which is recorded.
    News(Settled),
}

impl<P: Platform> Context<P> {
    /// Asks the processor about the order and records the answer with all that follows. `message` is the message that
    /// made us ask, for the audit log.
    pub(crate) async fn fulfil(&self, order: Order, message: Option<&str>) -> Result<Settled, AppError> {
        let settlement = self.settlement_of(&order).await?;
        self.record_word(order, settlement, message).await
    }

    /// The same for somebody who only looks: when the processor says what we know, nothing is written.
    pub(crate) async fn look(&self, order: Order, member: &Member) -> Result<Looked, AppError> {
        let settlement = self.settlement_of(&order).await?;
        if settlement != order.settlement {
            return self.record_word(order, settlement, None).await.map(Looked::News);
        }
        self.record_purchase(&order, &member.pseudonym).await;
        Ok(Looked::Known(order))
    }

    async fn record_word(
        &self,
        order: Order,
        settlement: Settlement,
        message: Option<&str>,
    ) -> Result<Settled, AppError> {
        let (mut order, mut settlement) = (order, settlement);
        for _ in 0..MAX_TRIES {
            let command = SettleOrder {
                id: order.id.clone(),
                revision: order.revision,
                settlement: settlement.clone(),
                message: message.map(str::to_owned),
                now: self.now(),
            };
            match self.platform.ledger().settle_order(command).await? {
                Settling::Done(settled) => {
                    self.record_purchase(&settled.order, &settled.member.pseudonym).await;
                    return Ok(*settled);
                }
                Settling::Stale(newer) => {
                    settlement = self.settlement_of(&newer).await?;
                    order = *newer;
                }
                Settling::Gone => return Err(AppError::NotFound),
            }
        }
        Err(Unavailable::new("ledger", "an order that changes faster than we can ask about it").into())
    }

    /// The processor's word. What cost nothing has no processor: it was bought when it was placed.
    async fn settlement_of(&self, order: &Order) -> Result<Settlement, Unavailable> {
        if order.is_free() {
            return Ok(order.settlement.clone());
        }
        self.platform.payments().settlement(order).await
    }

    /// Each time, because the first time may have been cut short; the id makes them count once. It is not the order's
    /// own id, which a browser knows and could use up.
    async fn record_purchase(&self, order: &Order, pseudonym: &str) {
        if !order.settlement.is_bought() {
            return;
        }
        let id = token::hash(&["ly/purchase/1", order.id.as_str()]).get(..32).and_then(|id| id.parse().ok());
        let what = Record::Purchase { price: order.price.id.clone(), amount: order.total() };
        self.record_as(id, pseudonym, What::Recorded(what)).await;
    }
}
