//! A Ledger of the first version opens in this one, with everything in it.

use lyceum::adapters::SqliteLedger;
use lyceum_app::ledger::{Commands, ListDueOrders, ReadAccount, ReadSession};
use lyceum_app::money::{Standing, standing};
use lyceum_contract::id::MemberId;
use lyceum_contract::{Entitlement, Timestamp};
use lyceum_tests::Scratch;
use rusqlite::Connection;

/// The first schema as it was, with a member who bought a course and two subscriptions, one of them unpaid.
const FIRST: &str = r#"
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT INTO meta VALUES ('schema', 1);
CREATE TABLE members (
    id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, pseudonym TEXT NOT NULL UNIQUE,
    name TEXT, created_at INTEGER NOT NULL) STRICT;
CREATE TABLE challenges (
    id TEXT PRIMARY KEY, email TEXT NOT NULL, browser_hash TEXT NOT NULL, code_hash TEXT NOT NULL,
    link_hash TEXT NOT NULL, created_at INTEGER NOT NULL, n_tries INTEGER NOT NULL DEFAULT 0,
    used_at INTEGER) STRICT;
CREATE INDEX challenges_by_email ON challenges (email, created_at);
CREATE INDEX challenges_by_time ON challenges (created_at);
CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY, member_id TEXT NOT NULL REFERENCES members (id),
    created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL) STRICT;
CREATE INDEX sessions_by_member ON sessions (member_id);
CREATE TABLE orders (
    id TEXT PRIMARY KEY, member_id TEXT NOT NULL REFERENCES members (id), price TEXT NOT NULL,
    scope TEXT NOT NULL, term TEXT NOT NULL, trial_days INTEGER, amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL, reference TEXT, created_at INTEGER NOT NULL, paid_at INTEGER) STRICT;
CREATE INDEX orders_by_member ON orders (member_id, created_at);
CREATE TABLE entitlements (
    member_id TEXT NOT NULL REFERENCES members (id), scope TEXT NOT NULL, until INTEGER,
    source TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL) STRICT;
CREATE INDEX entitlements_by_member ON entitlements (member_id);
INSERT INTO members VALUES ('11111111111111111111111111111111', 'ada@example.org', 'p', 'Ada', 1800000000);
INSERT INTO sessions VALUES ('token', '11111111111111111111111111111111', 1800000000, 1800000000);
INSERT INTO orders VALUES ('22222222222222222222222222222222', '11111111111111111111111111111111', 'rust', 'course:rust',
    '"once"', NULL, 4900, 'USD', 'cs_1', 1800000000, 1800000010);
INSERT INTO orders VALUES ('33333333333333333333333333333333', '11111111111111111111111111111111', 'pro-month', 'tier:pro',
    '{"every":"month"}', 7, 1900, 'USD', 'cs_2', 1800000020, 1800000030);
INSERT INTO orders VALUES ('44444444444444444444444444444444', '11111111111111111111111111111111', 'pro-month', 'tier:pro',
    '{"every":"month"}', NULL, 1900, 'USD', NULL, 1800000040, NULL);
INSERT INTO entitlements VALUES ('11111111111111111111111111111111', 'course:rust', NULL,
    'order:22222222222222222222222222222222', 1800000010);
INSERT INTO entitlements VALUES ('11111111111111111111111111111111', 'tier:pro', 1800604800,
    'order:33333333333333333333333333333333', 1800000030);
"#;

#[tokio::test]
async fn a_ledger_of_the_first_version_keeps_everything() {
    let folder = Scratch::new();
    let path = folder.path().join("ledger.sqlite");
    Connection::open(&path).and_then(|old| old.execute_batch(FIRST)).expect("an old Ledger");
    let now = Timestamp(1_800_000_100);
    for _ in 0..2 {
        let ledger = SqliteLedger::open(&path).expect("opens");
        let session = ledger.read_session(ReadSession { token_hash: "token".to_owned(), now }).await;
        let session = session.expect("answers").expect("still signed in");
        let held = |scope: &str, until| Entitlement { scope: scope.parse().expect("a scope"), until };
        let both = [held("course:rust", Timestamp::FOREVER), held("tier:pro", Timestamp(1_800_604_800))];
        assert_eq!(session.entitlements, both);
        let member: MemberId = "1".repeat(32).parse().expect("an id");
        let account =
            ledger.read_account(ReadAccount { member, now }).await.expect("answers").expect("a member");
        let standings: Vec<Standing> =
            account.orders.iter().map(|order| standing(order.price.term, &order.settlement)).collect();
        let ends = Timestamp(1_800_604_800);
        assert_eq!(standings, [Standing::Open, Standing::Ending { at: ends }, Standing::Owned]);
        let due = ledger.list_due_orders(ListDueOrders { now, limit: 10 }).await.expect("answers");
        assert_eq!(due.len(), 2, "the processor is asked what became of those that it knows");
    }
}
