//! The tables, and how an older Ledger becomes a newer one.

use super::assignments;
use super::audit;
use super::goods;
use super::questions;
use super::roles;
use super::sql::{Sql, SqlError};

/// Each entry brings the schema from its index to the next version. Entries are never changed, only added.
const MIGRATIONS: &[&[&str]] = &[
    FIRST,
    MONEY,
    MAIL,
    &audit::SCHEMA,
    &roles::SCHEMA,
    SESSIONS_AND_PASSKEYS,
    OFFERS,
    &goods::SCHEMA,
    &questions::SCHEMA,
    PERSON,
    &assignments::SCHEMA,
];

const FIRST: &[&str] = &[
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
];

/// Orders keep what the processor said of them; entitlements follow from that.
const MONEY: &[&str] = &[
    "ALTER TABLE orders ADD COLUMN quantity INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE orders ADD COLUMN purpose TEXT NOT NULL DEFAULT 'own'",
    "ALTER TABLE orders ADD COLUMN discount_minor INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE orders ADD COLUMN settlement TEXT NOT NULL DEFAULT '{\"progress\":\"open\"}'",
    "ALTER TABLE orders ADD COLUMN revision INTEGER NOT NULL DEFAULT 0",
    // When the processor is asked again; null when nothing can change any more.
    "ALTER TABLE orders ADD COLUMN due_at INTEGER",
    // The first schema knew of a subscription only when its period ends.
    "UPDATE orders SET settlement = CASE
         WHEN term LIKE '{\"every\"%' THEN json_object('progress', json_object('subscribed', json_object(
             'status', CASE WHEN trial_days IS NULL THEN 'active' ELSE 'trialing' END, 'period_start', paid_at,
             'period_end', COALESCE((SELECT until FROM entitlements WHERE source = 'order:' || orders.id), paid_at),
             'ends_at', (SELECT until FROM entitlements WHERE source = 'order:' || orders.id))))
         ELSE json_object('progress', json_object('paid', json_object('at', paid_at))) END
     WHERE paid_at IS NOT NULL",
    "UPDATE orders SET due_at = created_at",
    "ALTER TABLE orders DROP COLUMN paid_at",
    "CREATE INDEX orders_by_due_at ON orders (due_at) WHERE due_at IS NOT NULL",
    // What the processor calls an order and its parts: payment page, customer, subscription, payments.
    "CREATE TABLE order_names (
        name TEXT NOT NULL, order_id TEXT NOT NULL REFERENCES orders (id), PRIMARY KEY (name, order_id))
        STRICT, WITHOUT ROWID",
    "INSERT INTO order_names (name, order_id) SELECT reference, id FROM orders WHERE reference IS NOT NULL",
    "CREATE TABLE messages (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, received_at INTEGER NOT NULL, done_at INTEGER) STRICT",
    "CREATE INDEX messages_by_time ON messages (received_at)",
    // Several members may hold something by one order: the seats of a team.
    "CREATE TABLE entitlements_by_source (
        member_id TEXT NOT NULL REFERENCES members (id), scope TEXT NOT NULL, until INTEGER, source TEXT NOT NULL,
        created_at INTEGER NOT NULL, PRIMARY KEY (member_id, source)) STRICT, WITHOUT ROWID",
    "INSERT INTO entitlements_by_source SELECT member_id, scope, until, source, created_at FROM entitlements",
    "DROP TABLE entitlements",
    "ALTER TABLE entitlements_by_source RENAME TO entitlements",
    "CREATE TABLE gifts (
        order_id TEXT PRIMARY KEY REFERENCES orders (id), email TEXT, message TEXT, language TEXT,
        member_id TEXT REFERENCES members (id), accepted_at INTEGER) STRICT",
    "CREATE INDEX gifts_by_member ON gifts (member_id) WHERE member_id IS NOT NULL",
    // A team is an order of several seats. `place` counts acceptances: who came first stays when seats are given back.
    "CREATE TABLE seats (
        id TEXT PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders (id), email TEXT NOT NULL,
        invited_at INTEGER NOT NULL, member_id TEXT REFERENCES members (id), place INTEGER,
        accepted_at INTEGER, UNIQUE (order_id, email), UNIQUE (order_id, member_id)) STRICT",
    "CREATE INDEX seats_by_member ON seats (member_id) WHERE member_id IS NOT NULL",
    // An offer is used up by orders that hold it: until a time, or without end. See `offers.rs`.
    "CREATE TABLE redemptions (
        order_id TEXT PRIMARY KEY REFERENCES orders (id), offer TEXT NOT NULL, member_id TEXT NOT NULL,
        held_until INTEGER) STRICT",
    "CREATE INDEX redemptions_by_offer ON redemptions (offer, member_id)",
];

/// Letters wait in the outbox; members have a language.
const MAIL: &[&str] = &[
    // `next_at` is when a letter may be taken: null once it was sent or given up. Then the row is a record without
    // the notice and the address. A member may be gone before the letter leaves, so there is no reference.
    "CREATE TABLE outbox (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, member_id TEXT, email TEXT, language TEXT, notice TEXT,
        created_at INTEGER NOT NULL, due_at INTEGER NOT NULL, next_at INTEGER, n_tries INTEGER NOT NULL DEFAULT 0,
        sent_at INTEGER, gave_up_at INTEGER, reason TEXT) STRICT",
    "CREATE INDEX outbox_by_time ON outbox (next_at)",
    "ALTER TABLE members ADD COLUMN language TEXT",
    "ALTER TABLE members ADD COLUMN mail_settings TEXT NOT NULL DEFAULT ''",
];

/// Sessions get a name, a device and the time of the last proof; passkeys and accounts at other services arrive.
const SESSIONS_AND_PASSKEYS: &[&str] = &[
    "ALTER TABLE sessions ADD COLUMN id TEXT",
    "ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE sessions ADD COLUMN means TEXT NOT NULL DEFAULT 'mail'",
    "ALTER TABLE sessions ADD COLUMN proved_at INTEGER NOT NULL DEFAULT 0",
    "UPDATE sessions SET id = lower(hex(randomblob(16))), proved_at = created_at",
    "CREATE UNIQUE INDEX sessions_by_id ON sessions (id)",
    // Null for a member who has never signed in: nobody is told of the very first device.
    "ALTER TABLE members ADD COLUMN signed_in_at INTEGER",
    "UPDATE members SET signed_in_at = created_at",
    "CREATE TABLE passkeys (
        credential TEXT PRIMARY KEY, member_id TEXT NOT NULL REFERENCES members (id), key TEXT NOT NULL,
        n_signatures INTEGER NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL, used_at INTEGER) STRICT",
    "CREATE INDEX passkeys_by_member ON passkeys (member_id, created_at)",
    "CREATE TABLE ceremonies (
        challenge_hash TEXT PRIMARY KEY, ceremony TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT",
    "CREATE INDEX ceremonies_by_time ON ceremonies (created_at)",
    "CREATE TABLE identities (
        provider TEXT NOT NULL, subject TEXT NOT NULL, member_id TEXT NOT NULL REFERENCES members (id),
        created_at INTEGER NOT NULL, PRIMARY KEY (provider, subject)) STRICT",
    "CREATE INDEX identities_by_member ON identities (member_id)",
];

/// Members type codes; who types many wrong ones is guessing.
const OFFERS: &[&str] = &[
    "CREATE TABLE wrong_codes (member_id TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
    "CREATE INDEX wrong_codes_by_member ON wrong_codes (member_id, at)",
];

/// Members leave, and move to another address.
const PERSON: &[&str] = &[
    // Who was erased stays as an id, because orders name it: see `erase.rs`. `sweep_at` is when their comments are
    // looked for again; null when there are none any more.
    "ALTER TABLE members ADD COLUMN erased_at INTEGER",
    "ALTER TABLE members ADD COLUMN sweep_at INTEGER",
    "CREATE INDEX members_by_sweep_at ON members (sweep_at) WHERE sweep_at IS NOT NULL",
    // The member who wants to move to the address; null for a challenge that signs in.
    "ALTER TABLE challenges ADD COLUMN member_id TEXT",
    "CREATE INDEX outbox_by_member ON outbox (member_id) WHERE member_id IS NOT NULL",
    "CREATE INDEX outbox_by_email ON outbox (email) WHERE email IS NOT NULL",
    "CREATE INDEX audit_by_actor ON audit (actor, seq)",
    "CREATE INDEX seats_by_email ON seats (email)",
    "CREATE INDEX gifts_by_email ON gifts (email) WHERE email IS NOT NULL",
];

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
