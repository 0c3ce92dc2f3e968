//! Sends what lies in the outbox: from the Ledger's alarm, and from the cron as a safety net.

use worker::{Env, console_error};

use crate::ready;

/// Letters in one go. Each costs one request to the mail service and one to the Ledger, and an invocation may make
/// fifty on the free plan.
const LIMIT: u32 = 20;

/// Sends letters that are due. `false` when Ledger or site do not answer, or the Worker is not configured.
pub(crate) async fn send(env: &Env) -> bool {
    let Ok(app) = ready(env) else { return false };
    match app.drain_outbox(LIMIT).await {
        Ok(drained) => {
            drained.problems.iter().for_each(|problem| console_error!("{problem}"));
            true
        }
        Err(unavailable) => {
            console_error!("the outbox waits: {unavailable}");
            false
        }
    }
}
