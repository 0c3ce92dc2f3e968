//! From the processor's word to access: the one way, whoever noticed that there is news.
//!
//! The page to which a buyer returns, a message of the processor and the nightly reconcile all end in
//! [`Context::fulfil`]. It can be repeated and run at the same time anywhere: the processor's last word counts.

use lyceum_contract::event::{Record, What};

use crate::error::AppError;
use crate::ledger::{Commands, Order, SettleOrder, Settled, Settling};
use crate::ports::{Payments, Platform, Unavailable};
use crate::request::Context;
use crate::token;

/// How often the processor is asked again because somebody else was faster.
const MAX_TRIES: usize = 5;

impl<P: Platform> Context<P> {
    /// Asks the processor about the order and records the answer with all that follows. `message` is the message that
    /// made us ask, for the audit log.
    pub(crate) async fn fulfil(&self, order: Order, message: Option<&str>) -> Result<Settled, AppError> {
        let mut order = order;
        for _ in 0..MAX_TRIES {
            let settlement = self.platform.payments().settlement(&order).await?;
            let command = SettleOrder {
                id: order.id.clone(),
                revision: order.revision,
                settlement,
                message: message.map(str::to_owned),
                now: self.now(),
            };
            match self.platform.ledger().settle_order(command).await? {
                Settling::Done(settled) => {
                    self.record_purchase(&settled).await;
                    return Ok(*settled);
                }
                Settling::Stale(newer) => order = *newer,
                Settling::Gone => return Err(AppError::NotFound),
            }
        }
        Err(Unavailable::new("ledger", "an order that changes faster than we can ask about it").into())
    }

    /// Each time, because the first time may have been cut short; the id makes them count once. It is not the order's
    /// own id, which a browser knows and could use up.
    async fn record_purchase(&self, settled: &Settled) {
        let Settled { order, member, .. } = settled;
        if !order.settlement.is_bought() {
            return;
        }
        let id = token::hash(&["ly/purchase/1", order.id.as_str()]).get(..32).and_then(|id| id.parse().ok());
        let what = Record::Purchase { price: order.price.id.clone(), amount: order.total() };
        self.record_as(id, &member.pseudonym, What::Recorded(what)).await;
    }
}
