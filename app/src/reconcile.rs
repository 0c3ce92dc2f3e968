//! The look at the processor's books, every ten minutes: what we missed is made good, and counted.

use std::fmt;

use lyceum_contract::Timestamp;

use crate::error::AppError;
use crate::goods::tend::PaidBack;
use crate::ledger::{Commands, ForgetMessages, ListDueOrders, PostponeCheck, UnheardMessages};
use crate::ports::{Payments, Platform};
use crate::request::{App, Context};
use crate::webhook::Heeded;

/// How long an order rests whose processor did not answer.
const PAUSE_SECONDS: i64 = 3_600;
const DAY_SECONDS: i64 = 86_400;
/// The minute of the day (UTC) at which the long look back is taken: 03:00.
const NIGHT_MINUTE: i64 = 180;
/// Orders that are asked about in one go. Each costs up to three calls, of which a Worker has fifty on the free plan.
const ORDERS_AT_ONCE: u32 = 10;
/// How long we remember a message. The processor repeats it for three days and lists it for thirty.
const MESSAGE_DAYS: i64 = 60;
/// How many pages of old messages one look reads at most.
const MAX_PAGES: usize = 50;

/// What a look at the processor's books found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Messages that had never come in and were about orders of ours.
    pub n_missed: usize,
    /// Orders that the processor was asked about.
    pub n_checked: usize,
    /// Orders that were not as we knew them: the drift.
    pub n_drifted: usize,
    /// Questions that were not answered in time, and whose money goes back.
    pub n_lapsed: usize,
    /// Orders whose money went back by itself.
    pub n_refunded: usize,
    /// Orders that it could not be asked about. They are asked about again within the hour.
    pub n_failed: usize,
}

impl Reconciled {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            n_missed: self.n_missed + other.n_missed,
            n_checked: self.n_checked + other.n_checked,
            n_drifted: self.n_drifted + other.n_drifted,
            n_lapsed: self.n_lapsed + other.n_lapsed,
            n_refunded: self.n_refunded + other.n_refunded,
            n_failed: self.n_failed + other.n_failed,
        }
    }

    /// Whether there is something that the owner should know.
    pub fn is_worth_telling(&self) -> bool {
        self.n_missed + self.n_drifted + self.n_lapsed + self.n_refunded + self.n_failed > 0
    }
}

impl fmt::Display for Reconciled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { n_missed, n_checked, n_drifted, n_lapsed, n_refunded, n_failed } = self;
        write!(f, "{n_missed} missed messages, {n_checked} orders checked, {n_drifted} drifted, ")?;
        if n_lapsed + n_refunded > 0 {
            write!(f, "{n_lapsed} questions ended, {n_refunded} orders paid back, ")?;
        }
        write!(f, "{n_failed} failed")
    }
}

impl<P: Platform> App<P> {
    /// What an entry point calls every ten minutes: ends questions that were not answered in time, hears what the
    /// processor said within the last hour, once a night within the last four days, asks about the orders that are due,
    /// sends back the money that is owed, and removes comments of members who are gone. Cheap when nothing is to be
    /// done: one call of the processor, four of the Ledger.
    pub async fn tend(&self) -> Result<Reconciled, AppError> {
        let now = self.context().now();
        // A deadline counts whether or not the processor answers.
        let lapsed = self.context().lapse_questions().await;
        let minute_of_day = now.0.rem_euclid(DAY_SECONDS) / 60;
        let is_night = (NIGHT_MINUTE..NIGHT_MINUTE + 10).contains(&minute_of_day);
        let back = if is_night { 4 * DAY_SECONDS } else { 3_600 };
        // A processor that does not answer is no reason to keep what somebody wrote who is gone.
        let swept = self.context().sweep_next().await;
        // Each part is done whatever became of the others: who may not list events can still be asked for a refund.
        let paid_back = self.context().pay_back().await;
        let heard = self.catch_up(now.plus_seconds(-back)).await;
        let checked = self.reconcile(ORDERS_AT_ONCE).await;
        let forgotten = if is_night { self.forget_messages(now).await } else { Ok(()) };
        let PaidBack { n_refunded, n_failed } = paid_back?;
        swept?;
        forgotten?;
        let done = Reconciled { n_lapsed: lapsed?, n_refunded, n_failed, ..Reconciled::default() };
        Ok(heard?.and(checked?).and(done))
    }

    async fn forget_messages(&self, now: Timestamp) -> Result<(), AppError> {
        let before = now.plus_seconds(-MESSAGE_DAYS * DAY_SECONDS);
        Ok(self.context().platform.ledger().forget_messages(ForgetMessages { before }).await?)
    }

    /// Acts upon every message since this time that did not come in. Repeating it changes nothing.
    pub async fn catch_up(&self, since: Timestamp) -> Result<Reconciled, AppError> {
        self.context().catch_up(since).await
    }

    /// Asks the processor about orders that are due, at most `limit` (1 to 100) of them.
    pub async fn reconcile(&self, limit: u32) -> Result<Reconciled, AppError> {
        self.context().reconcile(limit).await
    }
}

impl<P: Platform> Context<P> {
    async fn catch_up(&self, since: Timestamp) -> Result<Reconciled, AppError> {
        let mut found = Reconciled::default();
        let mut after: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let news = self.platform.payments().news(since, after.as_deref()).await?;
            let ids = news.messages.iter().map(|message| message.id.clone()).collect();
            let unheard = self.platform.ledger().unheard_messages(UnheardMessages { ids }).await?;
            for message in news.messages.iter().filter(|message| unheard.contains(&message.id)) {
                match self.heed(message).await {
                    Ok(Heeded::Orders { n_changed }) => {
                        found.n_missed += 1;
                        found.n_drifted += n_changed;
                    }
                    Ok(Heeded::Before | Heeded::Foreign) => {}
                    Err(_) => found.n_failed += 1,
                }
            }
            after = news.next;
            if after.is_none() {
                break;
            }
        }
        Ok(found)
    }

    async fn reconcile(&self, limit: u32) -> Result<Reconciled, AppError> {
        let mut found = Reconciled::default();
        for order in self.platform.ledger().list_due_orders(ListDueOrders { now: self.now(), limit }).await? {
            found.n_checked += 1;
            let id = order.id.clone();
            if let Ok(settled) = self.fulfil(order, None).await {
                found.n_drifted += usize::from(settled.is_new);
                continue;
            }
            // One order that cannot be asked about must not stand in the way of the others.
            found.n_failed += 1;
            let until = self.now().plus_seconds(PAUSE_SECONDS);
            self.platform.ledger().postpone_check(PostponeCheck { id, until }).await?;
        }
        Ok(found)
    }
}
