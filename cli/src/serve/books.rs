//! Looks at the processor's books, for as long as the server runs.

use std::time::Duration;

use lyceum_app::ports::{Clock, Platform};
use lyceum_app::{App, AppError, Reconciled};
use tokio::time::sleep;

use crate::adapters::Local;
use crate::terminal;

const PAUSE: Duration = Duration::from_mins(10);
/// How far back the first look goes, because the server may have been off: as far as the processor remembers.
const ABSENCE_SECONDS: i64 = 30 * 86_400;

/// Looks at the books now and every ten minutes. Never ends.
pub(super) async fn run(app: App<Local>) {
    let start = app.platform().clock().now().plus_seconds(-ABSENCE_SECONDS);
    tell(app.catch_up(start).await);
    loop {
        tell(app.tend().await);
        sleep(PAUSE).await;
    }
}

fn tell(found: Result<Reconciled, AppError>) {
    match found {
        Ok(found) if found.is_worth_telling() => terminal::say(&format!("the processor's books: {found}")),
        Ok(_) => {}
        Err(error) => {
            let line = error.log_line().unwrap_or_default();
            terminal::complain(&format!("the processor's books wait: {line}"));
        }
    }
}
