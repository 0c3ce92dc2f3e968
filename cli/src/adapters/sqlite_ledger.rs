//! The Ledger in a SQLite file.

use std::path::Path;

use lyceum_app::ledger::{self, Command, Reply, Row, Sql, SqlError, Value};
use lyceum_app::ports::{Ledger, Unavailable};
use rusqlite::Transaction;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::sqlite::Database;

/// The Ledger in a SQLite file. One command is one transaction, durable when it returns.
#[derive(Debug, Clone)]
pub struct SqliteLedger {
    database: Database,
}

impl SqliteLedger {
    /// Opens the Ledger in this file, makes it when there is none, and brings its tables up to date.
    pub fn open(path: &Path) -> Result<Self, Unavailable> {
        let migrate = |transaction: &Transaction<'_>| ledger::migrate(&mut Engine(transaction));
        Ok(Self { database: Database::open("ledger", path, migrate)? })
    }
}

impl Ledger for SqliteLedger {
    async fn execute(&self, command: Command) -> Result<Reply, Unavailable> {
        let is_erasure = matches!(command, Command::EraseMember(_));
        let done =
            self.database.transaction(|transaction| ledger::run(&mut Engine(transaction), command)).await;
        if is_erasure {
            // The member is gone, whether this works or not.
            let _ = self.database.forget_log().await;
        }
        done
    }
}

/// SQLite as the Ledger sees it.
struct Engine<'a>(&'a Transaction<'a>);

impl Sql for Engine<'_> {
    fn query(&mut self, statement: &str, arguments: &[Value]) -> Result<Vec<Row>, SqlError> {
        let mut prepared = self.0.prepare_cached(statement).map_err(refused)?;
        let n_columns = prepared.column_count();
        let arguments = rusqlite::params_from_iter(arguments.iter().map(to_sqlite));
        let mut found = prepared.query(arguments).map_err(refused)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(refused)? {
            let columns = (0..n_columns).map(|column| from_sqlite(row.get_ref(column).map_err(refused)?));
            rows.push(Row(columns.collect::<Result<_, _>>()?));
        }
        Ok(rows)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that `map_err` takes")]
fn refused(error: rusqlite::Error) -> SqlError {
    SqlError(error.to_string())
}

fn to_sqlite(value: &Value) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match value {
        Value::Null => ValueRef::Null,
        Value::Integer(number) => ValueRef::Integer(*number),
        Value::Text(text) => ValueRef::Text(text.as_bytes()),
    })
}

fn from_sqlite(value: ValueRef<'_>) -> Result<Value, SqlError> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Integer(number)),
        ValueRef::Text(text) => {
            Ok(Value::Text(std::str::from_utf8(text).map_err(SqlError::corrupt)?.to_owned()))
        }
        ValueRef::Real(_) | ValueRef::Blob(_) => {
            Err(SqlError::corrupt("a column of a type that is not used"))
        }
    }
}

#[cfg(test)]
mod tests {
    use lyceum_app::ledger::{Commands, StartChallenge, Started};
    use lyceum_contract::Timestamp;
    use lyceum_contract::id::ChallengeId;
    use rusqlite::StatementStatus;

    use super::*;
    use crate::adapters::scratch::Scratch;

    fn challenge(byte: u8) -> StartChallenge {
        StartChallenge {
            id: ChallengeId::from_bytes([byte; 16]),
            email: "ada@academy.example".into(),
            browser_hash: "b".into(),
            code_hash: "c".into(),
            link_hash: "l".into(),
            max_mails_per_hour: 100,
            now: Timestamp(1_000),
        }
    }

    #[test]
    fn a_commit_survives_a_power_cut() {
        let folder = Scratch::new();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
        let expected = [
            ("journal_mode", "wal"),
            ("synchronous", "2"),
            ("foreign_keys", "1"),
            ("busy_timeout", "5000"),
            ("secure_delete", "1"),
        ];
        for (name, value) in expected {
            assert_eq!(ledger.database.setting(name), value, "{name}");
        }
    }

    #[tokio::test]
    async fn commands_are_kept_over_a_restart() {
        let folder = Scratch::new();
        let path = folder.path().join("ledger.sqlite");
        let ledger = SqliteLedger::open(&path).expect("opens");
        for byte in 0..5 {
            assert_eq!(ledger.start_challenge(challenge(byte)).await, Ok(Started::Send));
        }
        drop(ledger);
        let ledger = SqliteLedger::open(&path).expect("opens again");
        assert_eq!(ledger.start_challenge(challenge(5)).await, Ok(Started::Limited));
    }

    #[tokio::test]
    async fn a_command_that_fails_leaves_nothing() {
        let folder = Scratch::new();
        let database = Database::open("ledger", &folder.path().join("x.sqlite"), |transaction| {
            Engine(transaction).query("CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT", &[]).map(drop)
        });
        let database = database.expect("opens");
        let failed = database.transaction(|transaction| {
            Engine(transaction).query("INSERT INTO t VALUES (?)", &[1.into()])?;
            Err::<(), _>(SqlError("stop".into()))
        });
        assert_eq!(failed.await, Err(Unavailable::new("ledger", "stop")));
        let rows = database.transaction(|transaction| Engine(transaction).query("SELECT a FROM t", &[]));
        assert_eq!(rows.await, Ok(Vec::new()));
    }

    /// SQLite, and what it was asked.
    struct Heard<'a> {
        engine: Engine<'a>,
        statements: Vec<String>,
    }

    impl Sql for Heard<'_> {
        fn query(&mut self, statement: &str, arguments: &[Value]) -> Result<Vec<Row>, SqlError> {
            self.statements.push(statement.to_owned());
            self.engine.query(statement, arguments)
        }
    }

    #[tokio::test]
    async fn asking_for_a_code_is_the_same_work_for_everybody() {
        let folder = Scratch::new();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
        let asked = ledger.database.transaction(|transaction| {
            let member = "INSERT INTO members (id, email, pseudonym, created_at)
                          VALUES ('0123456789abcdef0123456789abcdef', 'known@a', 'p', 0)";
            Engine(transaction).query(member, &[])?;
            let mut works = Vec::new();
            for (number, email) in ["known@a", "unknown@a"].into_iter().enumerate() {
                let text = |name: &str| format!("{name}{number}");
                let start = ledger::StartChallenge {
                    id: format!("{number:032x}").parse().map_err(SqlError::corrupt)?,
                    email: email.to_owned(),
                    browser_hash: text("browser"),
                    code_hash: text("code"),
                    link_hash: text("link"),
                    max_mails_per_hour: 100,
                    now: lyceum_contract::Timestamp(1_800_000_000),
                };
                let mut heard = Heard { engine: Engine(transaction), statements: Vec::new() };
                ledger::run(&mut heard, Command::StartChallenge(start))?;
                works.push(heard.statements);
            }
            Ok::<_, SqlError>(works)
        });
        let works = asked.await.expect("asked");
        assert!(works[0].len() > 1, "{works:?}");
        assert_eq!(works[0], works[1]);
    }

    #[tokio::test]
    async fn statements_are_compiled_once() {
        let folder = Scratch::new();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
        let statement = "SELECT role FROM roles WHERE member_id = ? ORDER BY role";
        for at in 0..100 {
            // An argument by which SQLite would plan anew.
            let arguments = [format!("member {at}").into()];
            let asked = ledger
                .database
                .transaction(move |transaction| Engine(transaction).query(statement, &arguments));
            assert_eq!(asked.await, Ok(Vec::new()));
        }
        let counted = ledger.database.transaction(|transaction| {
            let prepared = transaction.prepare_cached(statement).map_err(refused)?;
            let (n_runs, n_compiled) =
                (prepared.get_status(StatementStatus::Run), prepared.get_status(StatementStatus::RePrepare));
            Ok::<_, SqlError>((n_runs, n_compiled))
        });
        assert_eq!(counted.await, Ok((100, 0)));
    }

    #[tokio::test]
    async fn a_file_that_is_no_ledger_says_so() {
        let folder = Scratch::new();
        let path = folder.path().join("ledger.sqlite");
        std::fs::write(&path, "not a database, but long enough to be looked at as one").expect("written");
        assert!(SqliteLedger::open(&path).is_err());
    }
}
