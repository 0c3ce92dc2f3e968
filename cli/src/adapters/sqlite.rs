//! One SQLite file, set up so that what was committed survives a power cut.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lyceum_app::ports::Unavailable;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::disk::{blocking, private_file};

/// How long a statement waits for another process that writes to the same file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Statements that stay compiled. The Ledger has more than a hundred; with the driver's own 16, one command pushes the
/// next one's out, and compiling them again costs more than running them.
const N_COMPILED: usize = 256;

/// A database with one connection: SQLite has one writer anyway, and a queue in memory is fair.
#[derive(Clone)]
pub(crate) struct Database {
    port: &'static str,
    connection: Arc<Mutex<Connection>>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({})", self.port)
    }
}

impl Database {
    /// Opens the file, or makes it, and lets `prepare` bring its tables up to date in one transaction.
    pub(crate) fn open<E: fmt::Display>(
        port: &'static str,
        path: &Path,
        prepare: impl FnOnce(&Transaction<'_>) -> Result<(), E>,
    ) -> Result<Self, Unavailable> {
        // SQLite gives its other files the permissions of this one.
        match private_file(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(Unavailable::new(port, error));
            }
            _ => {}
        }
        let connection = connect(path).map_err(|error| Unavailable::new(port, error))?;
        let database = Self { port, connection: Arc::new(Mutex::new(connection)) };
        database.transaction_here(prepare)?;
        Ok(database)
    }

    /// Runs `work` in a transaction, which is committed and durable when this returns `Ok`, and else undone.
    pub(crate) async fn transaction<T: Send + 'static, E: fmt::Display>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let database = self.clone();
        blocking(self.port, move || database.transaction_here(work)).await
    }

    /// Empties the log of what was written, in which deleted texts could still be read. When somebody is reading, it is
    /// emptied later.
    pub(crate) async fn forget_log(&self) -> Result<(), Unavailable> {
        let database = self.clone();
        blocking(self.port, move || {
            let connection = database.connection.lock().unwrap_or_else(PoisonError::into_inner);
            let done = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            done.map_err(|error| Unavailable::new(database.port, error))
        })
        .await
    }

    fn transaction_here<T, E: fmt::Display>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, Unavailable> {
        // A panic while the lock was held has rolled its transaction back, so the connection is sound.
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error: rusqlite::Error| Unavailable::new(self.port, error);
        // A transaction that reads before it writes must not find, when it writes, that another one was faster.
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let done = work(&transaction).map_err(|error| Unavailable::new(self.port, error))?;
        transaction.commit().map_err(failed)?;
        Ok(done)
    }

    #[cfg(test)]
    pub(crate) fn setting(&self, name: &str) -> String {
        let connection = self.connection.lock().expect("no test panics while it holds the lock");
        let text = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
        match connection.pragma_query_value(None, name, text).expect("a setting") {
            rusqlite::types::Value::Text(text) => text,
            rusqlite::types::Value::Integer(number) => number.to_string(),
            other => format!("{other:?}"),
        }
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(N_COMPILED);
    // Otherwise a statement is compiled anew whenever an argument that may change its plan has another value, which is
    // each time. Our plans follow from the indexes, whatever the values.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // In WAL mode only `full` syncs the log at each commit; `normal` may lose the last ones.
    connection.pragma_update(None, "synchronous", "full")?;
    // On macOS a plain fsync stops at the drive's cache. Elsewhere this does nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is deleted is overwritten: whoever leaves is not to be found in the free pages of the file.
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(connection)
}
