//! Looks at the processor's books, from the cron.

use lyceum_app::AppError;
use worker::{Env, console_error, console_log};

use crate::ready;

/// Makes good what messages did not bring, and says so when there was something.
pub(crate) async fn tend(env: &Env) {
    let Ok(app) = ready(env) else { return };
    match app.tend().await {
        Ok(found) if found.is_worth_telling() => console_log!("the processor's books: {found}"),
        Ok(_) => {}
        Err(error) => {
            let line = AppError::log_line(&error).unwrap_or_default();
            console_error!("the processor's books wait: {line}");
        }
    }
}
