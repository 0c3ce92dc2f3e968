//! The audit log in a file that somebody reaches into.

use std::path::{Path, PathBuf};

use lyceum_app::ledger::{Actor, AddMember, Commands, VerifyAudit};
use lyceum_contract::Timestamp;
use lyceum_contract::id::MemberId;
use rusqlite::Connection;

use super::scratch::Scratch;
use super::sqlite_ledger::SqliteLedger;

/// Records one more row.
async fn record(path: &Path, byte: u8) {
    let command = AddMember {
        by: Actor::OwnerCli,
        email: format!("m{byte}@example.org"),
        new_member: MemberId::from_bytes([byte; 16]),
        new_pseudonym: format!("p{byte}"),
        now: Timestamp(i64::from(byte)),
    };
    let ledger = SqliteLedger::open(path).expect("opens");
    ledger.add_member(command).await.expect("answers").expect("a member");
}

/// A Ledger with a log of nine rows.
async fn ledger(folder: &Scratch) -> PathBuf {
    let path = folder.path().join("ledger.sqlite");
    for byte in 1..=9 {
        record(&path, byte).await;
    }
    path
}

async fn broken_at(path: &Path) -> Option<i64> {
    let ledger = SqliteLedger::open(path).expect("opens");
    let check = ledger.verify_audit(VerifyAudit { from_seq: 1, limit: 500 }).await.expect("answers");
    assert!(check.is_complete);
    check.broken_at
}

#[tokio::test]
async fn the_engine_refuses_to_change_the_log() {
    let folder = Scratch::new();
    let path = ledger(&folder).await;
    let file = Connection::open(&path).expect("opens");
    for statement in [
        "UPDATE audit SET detail = '{}' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 9",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT seq, at, 'system', action, subject, detail, hash FROM audit WHERE seq = 3",
        "REPLACE INTO audit (seq, at, actor, action, subject, detail, hash) VALUES (9, 1, '', '', '', '', '')",
        "INSERT INTO audit (seq, at, actor, action, subject, detail, hash) VALUES (0, 1, '', '', '', '', '')",
    ] {
        let refused = file.execute(statement, []).expect_err(statement).to_string();
        assert!(refused.contains("append-only"), "{statement}: {refused}");
    }
    assert_eq!(broken_at(&path).await, None);
}

#[tokio::test]
async fn a_log_that_was_changed_all_the_same_names_the_row() {
    for (statement, expected) in [
        ("UPDATE audit SET actor = 'system' WHERE seq = 4", 4),
        ("UPDATE audit SET at = 0 WHERE seq = 1", 1),
        ("UPDATE audit SET hash = lower(hex(randomblob(32))) WHERE seq = 9", 9),
        ("DELETE FROM audit WHERE seq = 5", 5),
        ("DELETE FROM audit WHERE seq = 9", 9),
        ("DELETE FROM audit WHERE seq > 3", 4),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET seq = seq - 1 WHERE seq > 1 AND (SELECT 1 FROM audit WHERE seq = 1) IS NULL", 1),
        ("UPDATE audit SET subject = (SELECT subject FROM audit WHERE seq = 2) WHERE seq = 6", 6),
        ("INSERT INTO audit VALUES (10, 10, 'owner-cli', 'role.grant', 'member:x', '{}', 'ab')", 10),
    ] {
        let folder = Scratch::new();
        let path = ledger(&folder).await;
        let file = Connection::open(&path).expect("opens");
        for trigger in ["changed", "deleted", "replaced"] {
            file.execute(&format!("DROP TRIGGER audit_is_not_{trigger}"), []).expect("dropped");
        }
        if statement.contains("seq = seq - 1") {
            file.execute("DELETE FROM audit WHERE seq = 1", []).expect("deleted");
        }
        let n_changed = file.execute(statement, []).expect(statement);
        assert!(n_changed > 0, "{statement}");
        drop(file);
        assert_eq!(broken_at(&path).await, Some(expected), "{statement}");
        // What is recorded afterwards does not heal it.
        record(&path, 77).await;
        assert_eq!(broken_at(&path).await, Some(expected), "{statement}, then one more");
    }
}
