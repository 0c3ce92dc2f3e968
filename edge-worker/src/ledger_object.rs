//! The Durable Object that keeps the Ledger in its own SQLite database.

use std::cell::Cell;

use lyceum_app::ledger::{self, Command};
use lyceum_contract::json;
use worker::{DurableObject, Env, Request, Response, Result, State, Storage, console_error, durable_object};

use crate::sql;

/// One shard of the Ledger. Its name in `wrangler.jsonc` is the name of this type.
#[durable_object]
pub struct LedgerObject {
    storage: Storage,
    is_migrated: Cell<bool>,
}

impl DurableObject for LedgerObject {
    fn new(state: State, _env: Env) -> Self {
        Self { storage: state.storage(), is_migrated: Cell::new(false) }
    }

    /// Runs one command. The runtime holds the response back until what it wrote is durable.
    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let command = request.text().await?;
        match self.run(&command) {
            Ok(reply) => Response::ok(reply),
            Err(reason) => {
                console_error!("ledger: {reason}");
                Response::error(reason, 500)
            }
        }
    }
}

impl LedgerObject {
    /// From JSON to JSON. Synchronous, so no other command can come in between.
    fn run(&self, command: &str) -> std::result::Result<String, String> {
        self.migrate()?;
        let command: Command = json::from_slice(command.as_bytes()).map_err(|error| error.to_string())?;
        let reply = sql::transaction(&self.storage, |sql| ledger::run(sql, command));
        serde_json::to_string(&reply.map_err(|error| error.to_string())?).map_err(|error| error.to_string())
    }

    fn migrate(&self) -> std::result::Result<(), String> {
        if !self.is_migrated.get() {
            sql::transaction(&self.storage, ledger::migrate).map_err(|error| error.to_string())?;
            self.is_migrated.set(true);
        }
        Ok(())
    }
}
