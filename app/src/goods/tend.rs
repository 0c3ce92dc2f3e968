//! What happens by itself: questions end at their deadline, and money goes back that is owed.

use crate::error::AppError;
use crate::ledger::{Commands, LapseQuestions, ListRefunds, OwedRefund, PostponeRefund};
use crate::money::Standing;
use crate::money::standing;
use crate::ports::{Payments, Platform};
use crate::request::Context;

/// Questions that end in one go.
const QUESTIONS_AT_ONCE: u32 = 50;
/// Refunds in one go. Each costs up to four calls, of which a Worker has fifty on the free plan.
const REFUNDS_AT_ONCE: u32 = 4;

/// What became of the refunds that were due.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PaidBack {
    pub(crate) n_refunded: usize,
    pub(crate) n_failed: usize,
}

impl<P: Platform> Context<P> {
    /// Ends the questions whose deadline has come. Needs no processor.
    pub(crate) async fn lapse_questions(&self) -> Result<usize, AppError> {
        let command = LapseQuestions { now: self.now(), limit: QUESTIONS_AT_ONCE };
        let n_lapsed = self.platform.ledger().lapse_questions(command).await?;
        Ok(usize::try_from(n_lapsed).unwrap_or(usize::MAX))
    }

    /// Asks the processor for the refunds that are due. One that cannot be made now waits, and holds up no other.
    pub(crate) async fn pay_back(&self) -> Result<PaidBack, AppError> {
        let command = ListRefunds { now: self.now(), limit: REFUNDS_AT_ONCE };
        let mut done = PaidBack::default();
        for owed in self.platform.ledger().list_refunds(command).await? {
            let order = owed.order.id.clone();
            if self.refund(owed).await.unwrap_or(false) {
                done.n_refunded += 1;
                continue;
            }
            done.n_failed += 1;
            let command = PostponeRefund { order, now: self.now() };
            self.platform.ledger().postpone_refund(command).await?;
        }
        Ok(done)
    }

    /// Whether the processor says now that the money is back. Whether it was so before, it is asked first.
    async fn refund(&self, owed: OwedRefund) -> Result<bool, AppError> {
        let OwedRefund { order, reason } = owed;
        let known = self.fulfil(order, None).await?.order;
        if !is_owed(&known) {
            return Ok(true);
        }
        self.platform.payments().refund(&known, reason).await?;
        Ok(!is_owed(&self.fulfil(known, None).await?.order))
    }
}

fn is_owed(order: &crate::ledger::Order) -> bool {
    let standing = standing(order.price.term, &order.settlement);
    !matches!(standing, Standing::Refunded | Standing::ChargedBack)
}
