//! The tables, and how an older Ledger becomes a newer one.

use super::sql::{Sql, SqlError};

/// Each entry brings the schema from its index to the next version. Entries are never changed, only added.
const MIGRATIONS: [&[&str]; 1] = [&[
    "CREATE TABLE members (
        id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, pseudonym TEXT NOT NULL UNIQUE,
        name TEXT, created_at INTEGER NOT NULL) STRICT",
    "CREATE TABLE challenges (
        id TEXT PRIMARY KEY, email TEXT NOT NULL, browser_hash TEXT NOT NULL, code_hash TEXT NOT NULL,
        link_hash TEXT NOT NULL, created_at INTEGER NOT NULL, n_tries INTEGER NOT NULL DEFAULT 0,
        used_at INTEGER) STRICT",
    "CREATE INDEX challenges_by_email ON challenges (email, created_at)",
    "CREATE INDEX challenges_by_time ON challenges (created_at)",
    "CREATE TABLE sessions (
        token_hash TEXT PRIMARY KEY, member_id TEXT NOT NULL REFERENCES members (id),
        created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL) STRICT",
    "CREATE INDEX sessions_by_member ON sessions (member_id)",
    "CREATE TABLE orders (
        id TEXT PRIMARY KEY, member_id TEXT NOT NULL REFERENCES members (id), price TEXT NOT NULL,
        scope TEXT NOT NULL, term TEXT NOT NULL, trial_days INTEGER, amount_minor INTEGER NOT NULL,
        currency TEXT NOT NULL, reference TEXT, created_at INTEGER NOT NULL, paid_at INTEGER) STRICT",
    "CREATE INDEX orders_by_member ON orders (member_id, created_at)",
    // `until` is null for what is kept for good. One order gives one entitlement.
    "CREATE TABLE entitlements (
        member_id TEXT NOT NULL REFERENCES members (id), scope TEXT NOT NULL, until INTEGER,
        source TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL) STRICT",
    "CREATE INDEX entitlements_by_member ON entitlements (member_id)",
]];

/// Brings the Ledger to the schema of this program. Inside one transaction; does nothing when it is there.
///
/// A Ledger of a newer program is an error: an old program must not write to it.
pub fn migrate(sql: &mut impl Sql) -> Result<(), SqlError> {
    sql.query("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT", &[])?;
    let rows = sql.query("SELECT value FROM meta WHERE key = 'schema'", &[])?;
    let version = rows.first().map_or(Ok(0), |row| row.integer(0))?;
    let version = usize::try_from(version).map_err(SqlError::corrupt)?;
    let Some(pending) = MIGRATIONS.get(version..) else {
        return Err(SqlError(format!(
            "schema {version} is newer than this program, which knows {}",
            MIGRATIONS.len()
        )));
    };
    for statement in pending.iter().copied().flatten() {
        sql.query(statement, &[])?;
    }
    let reached = i64::try_from(MIGRATIONS.len()).map_err(SqlError::corrupt)?;
    sql.query("INSERT OR REPLACE INTO meta (key, value) VALUES ('schema', ?)", &[reached.into()])?;
    Ok(())
}
