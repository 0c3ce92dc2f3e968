//! The Durable Object that keeps the Ledger in its own SQLite database, and rings when a letter is due.

use std::cell::Cell;

use lyceum_app::ledger::{self, Command};
use lyceum_contract::{Timestamp, json};
use worker::js_sys;
use worker::{
    Date, DurableObject, Env, Request, Response, Result, ScheduledTime, State, Storage, console_error,
    durable_object,
};

use crate::{letters, sql};

/// Seconds until the next try when the outbox could not be emptied, and between two rounds when it could.
const PAUSE_AFTER_FAILURE: i64 = 60;
const PAUSE: i64 = 1;

/// One shard of the Ledger. Its name in `wrangler.jsonc` is the name of this type.
#[durable_object]
pub struct LedgerObject {
    storage: Storage,
    env: Env,
    is_migrated: Cell<bool>,
    /// When the alarm will ring; nothing when it is not set, or by an earlier life of this object.
    alarm_at: Cell<Option<Timestamp>>,
    /// While the alarm's own work runs, its commands set no alarm.
    is_ringing: Cell<bool>,
}

impl DurableObject for LedgerObject {
    fn new(state: State, env: Env) -> Self {
        let storage = state.storage();
        Self {
            storage,
            env,
            is_migrated: Cell::default(),
            alarm_at: Cell::default(),
            is_ringing: Cell::default(),
        }
    }

    /// Runs one command. The runtime holds the response back until what it wrote is durable.
    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let command = request.text().await?;
        match self.run(&command) {
            Ok((reply, next_letter)) => {
                if !self.is_ringing.get() {
                    self.ring_at(next_letter).await;
                }
                Response::ok(reply)
            }
            Err(reason) => {
                console_error!("ledger: {reason}");
                Response::error(reason, 500)
            }
        }
    }

    /// Sends the letters that are due. The app asks this object for them by its name, as every request does: while
    /// the alarm waits for an answer, the object takes commands.
    async fn alarm(&self) -> Result<Response> {
        self.alarm_at.set(None);
        self.is_ringing.set(true);
        let is_done = letters::send(&self.env).await;
        self.is_ringing.set(false);
        let next = sql::transaction(&self.storage, ledger::next_letter_at);
        let next = next.inspect_err(|error| console_error!("ledger: {error}")).ok().flatten();
        let earliest = now().plus_seconds(if is_done { PAUSE } else { PAUSE_AFTER_FAILURE });
        self.ring_at(next.map(|next| next.max(earliest))).await;
        Response::ok("")
    }
}

impl LedgerObject {
    /// From JSON to JSON. Synchronous, so no other command can come in between.
    ///
    /// Also says when the next letter is due.
    fn run(&self, command: &str) -> std::result::Result<(String, Option<Timestamp>), String> {
        self.migrate()?;
        let command: Command = json::from_slice(command.as_bytes()).map_err(|error| error.to_string())?;
        let done = sql::transaction(&self.storage, |sql| {
            Ok((ledger::run(sql, command)?, ledger::next_letter_at(sql)?))
        });
        let (reply, next_letter) = done.map_err(|error| error.to_string())?;
        let reply = serde_json::to_string(&reply).map_err(|error| error.to_string())?;
        Ok((reply, next_letter))
    }

    /// Sets the alarm to when the next letter is due, unless it rings before. Without an alarm the letter leaves with
    /// the next cron, so a failure here is no reason to fail the command.
    async fn ring_at(&self, next_letter: Option<Timestamp>) {
        // The suites that compare the outbox with a model want it to themselves.
        let Some(next) = next_letter.filter(|_| !cfg!(feature = "conformance")) else { return };
        if self.alarm_at.get().is_some_and(|set| set <= next) {
            return;
        }
        self.alarm_at.set(Some(next));
        #[expect(clippy::cast_precision_loss, reason = "seconds are far below 2^53")]
        let date = js_sys::Date::new(&(next.0 as f64 * 1_000.0).into());
        if let Err(error) = self.storage.set_alarm(ScheduledTime::new(date)).await {
            self.alarm_at.set(None);
            console_error!("ledger: no alarm: {error}");
        }
    }

    fn migrate(&self) -> std::result::Result<(), String> {
        if !self.is_migrated.get() {
            sql::transaction(&self.storage, ledger::migrate).map_err(|error| error.to_string())?;
            self.is_migrated.set(true);
        }
        Ok(())
    }
}

fn now() -> Timestamp {
    Timestamp(i64::try_from(Date::now().as_millis() / 1_000).unwrap_or(i64::MAX))
}
