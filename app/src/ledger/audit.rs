//! The audit log: who did what to whom, in a chain that shows every later change.
//!
//! Each row carries a hash over itself and the hash before it. The engine refuses to change or delete a row; whoever
//! goes around that breaks the chain, and [`VerifyAudit`] names the first broken row. A row holds ids and never an
//! address or a name, so that erasing a member leaves the chain as it is.

use std::fmt;
use std::str::FromStr;

use lyceum_contract::Timestamp;
use lyceum_contract::id::{InvalidId, MemberId, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::sql::{Row, Sql, SqlError};

/// The table. `meta.audit` keeps the number of the last row, so that a missing end is seen too. The triggers guard
/// against `INSERT OR REPLACE` as well, which deletes without asking the trigger for that.
pub(super) const SCHEMA: [&str; 5] = [
    "CREATE TABLE audit (
        seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
        subject TEXT NOT NULL, detail TEXT NOT NULL, hash TEXT NOT NULL) STRICT",
    "CREATE INDEX audit_by_subject ON audit (subject, seq)",
    "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
     BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
     BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
     WHEN EXISTS (SELECT 1 FROM audit WHERE seq >= NEW.seq)
     BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
];

/// What stands before the first row.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// The most rows of one answer.
const MAX_ROWS: i64 = 500;

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Actor {
    /// Somebody at the owner's command line.
    OwnerCli,
    /// A member, signed in.
    Member(MemberId),
    /// The payment processor's word.
    Processor,
    /// The program itself: a deadline that passed, a nightly job.
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnerCli => f.write_str("owner-cli"),
            Self::Member(id) => write!(f, "member:{id}"),
            Self::Processor => f.write_str("processor"),
            Self::System => f.write_str("system"),
        }
    }
}

impl FromStr for Actor {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text {
            "owner-cli" => Ok(Self::OwnerCli),
            "processor" => Ok(Self::Processor),
            "system" => Ok(Self::System),
            _ => {
                let expected = InvalidId { expected: "`owner-cli`, `member:<id>`, `processor` or `system`" };
                text.strip_prefix("member:").ok_or(expected)?.parse().map(Self::Member)
            }
        }
    }
}

impl TryFrom<String> for Actor {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> Self {
        actor.to_string()
    }
}

/// Something that was done, before it has its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// What, as `<thing>.<verb>`: `role.grant`, `access.revoke`.
    pub action: &'static str,
    /// To what, as `<kind>:<id>`: `member:<id>`, `order:<id>`. Never an address or a name.
    pub subject: String,
    /// The particulars. No personal data: what stands here stays when the member is erased.
    pub detail: serde_json::Value,
}

impl Entry {
    /// Something that was done to a member.
    pub fn about_member(
        at: Timestamp,
        actor: Actor,
        action: &'static str,
        member: &MemberId,
        detail: serde_json::Value,
    ) -> Self {
        Self { at, actor, action, subject: member_subject(member), detail }
    }
}

/// The subject of what is done to a member.
pub fn member_subject(member: &MemberId) -> String {
    format!("member:{member}")
}

/// A reason as the log keeps it: one line of at most 200 characters. Nothing for a text with an address, because the
/// log outlives the member.
pub fn clean_reason(text: &str) -> Option<String> {
    let text = text.trim();
    let is_kept = text.chars().count() <= 200 && !text.contains('@') && !text.chars().any(char::is_control);
    is_kept.then(|| text.to_owned())
}

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Its number: 1, 2, 3, … without a gap.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// By whom: an [`Actor`] as text.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// The particulars, as JSON.
    pub detail: String,
    /// `SHA-256("ly/audit/1" ‖ hash of the row before ‖ fields)` in hexadecimal; every field after its length in
    /// eight bytes, the first row after 64 zeros.
    pub hash: String,
}

impl AuditRow {
    pub(super) fn read(row: &Row) -> Result<Self, SqlError> {
        let text = |column| row.text(column).map(str::to_owned);
        Ok(Self {
            seq: row.integer(0)?,
            at: Timestamp(row.integer(1)?),
            actor: text(2)?,
            action: text(3)?,
            subject: text(4)?,
            detail: text(5)?,
            hash: text(6)?,
        })
    }

    /// What its hash must be after this one.
    fn hash_after(&self, previous: &str) -> String {
        let mut digest = Sha256::new();
        digest.update(b"ly/audit/1");
        digest.update(previous);
        let (seq, at) = (self.seq.to_string(), self.at.0.to_string());
        for field in [&seq, &at, &self.actor, &self.action, &self.subject, &self.detail] {
            digest.update((field.len() as u64).to_be_bytes());
            digest.update(field);
        }
        hex(&digest.finalize())
    }
}

const COLUMNS: &str = "seq, at, actor, action, subject, detail, hash";

/// The row that records an entry behind this one.
pub(crate) fn row_after(seq: i64, hash: &str, entry: &Entry) -> AuditRow {
    let mut row = AuditRow {
        seq: seq + 1,
        at: entry.at,
        actor: entry.actor.to_string(),
        action: entry.action.to_owned(),
        subject: entry.subject.clone(),
        detail: entry.detail.to_string(),
        hash: String::new(),
    };
    row.hash = row.hash_after(if seq == 0 { GENESIS } else { hash });
    row
}

/// Records an entry. Call it in the transaction of what it records, so that neither is ever without the other.
pub(super) fn append(sql: &mut impl Sql, entry: &Entry) -> Result<(), SqlError> {
    let rows = sql.query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", &[])?;
    let (seq, hash) = match rows.first() {
        Some(last) => (last.integer(0)?, last.text(1)?),
        None => (0, ""),
    };
    // When the end is missing, the next row leaves a gap rather than hide it.
    let row = row_after(seq.max(count(sql)?), hash, entry);
    sql.query(
        "INSERT INTO audit (seq, at, actor, action, subject, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
        &[
            row.seq.into(),
            row.at.0.into(),
            row.actor.into(),
            row.action.into(),
            row.subject.into(),
            row.detail.into(),
            row.hash.into(),
        ],
    )?;
    sql.query("INSERT OR REPLACE INTO meta (key, value) VALUES ('audit', ?)", &[row.seq.into()]).map(drop)
}

/// How many rows there must be.
fn count(sql: &mut impl Sql) -> Result<i64, SqlError> {
    let rows = sql.query("SELECT value FROM meta WHERE key = 'audit'", &[])?;
    rows.first().map_or(Ok(0), |row| row.integer(0))
}

/// Reads the log, newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadAudit {
    /// Only what was done to this: `member:<id>`.
    pub subject: Option<String>,
    /// Only rows before this number, for the next page.
    pub before_seq: Option<i64>,
    /// The most rows; never more than 500.
    pub limit: i64,
}

impl ReadAudit {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Vec<AuditRow>, SqlError> {
        let (before, limit) = (self.before(), clamp(self.limit));
        let rows = match self.subject {
            Some(subject) => sql.query(
                &format!(
                    "SELECT {COLUMNS} FROM audit WHERE subject = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
                ),
                &[subject.into(), before.into(), limit.into()],
            )?,
            None => sql.query(
                &format!("SELECT {COLUMNS} FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?"),
                &[before.into(), limit.into()],
            )?,
        };
        rows.iter().map(AuditRow::read).collect()
    }

    /// The number before which rows are wanted. Every engine holds it exactly.
    pub(crate) fn before(&self) -> i64 {
        const END: i64 = 1 << 52;
        self.before_seq.unwrap_or(END).clamp(0, END)
    }
}

pub(crate) fn clamp(limit: i64) -> i64 {
    limit.clamp(1, MAX_ROWS)
}

/// Checks a stretch of the chain. Start with 1, and go on at `checked_to + 1` until it is complete.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VerifyAudit {
    /// The first row to check. The one before it is believed.
    pub from_seq: i64,
    /// The most rows; never more than 500.
    pub limit: i64,
}

/// The state of the chain as far as it was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditCheck {
    /// The last row that is as it was written; 0 for none.
    pub checked_to: i64,
    /// The first row that was changed, is missing, or stands elsewhere.
    pub broken_at: Option<i64>,
    /// Whether there is nothing left to check.
    pub is_complete: bool,
    /// Hash of the last good row: whoever writes it down elsewhere can prove later that nothing before it was
    /// rewritten. Empty when there is none.
    pub head: String,
}

impl VerifyAudit {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<AuditCheck, SqlError> {
        let n_expected = count(sql)?;
        let start = (self.from_seq - 1).clamp(0, n_expected);
        let previous = sql.query("SELECT hash FROM audit WHERE seq = ?", &[start.into()])?;
        let head = previous.first().map_or(Ok(""), |row| row.text(0))?.to_owned();
        if start > 0 && head.is_empty() {
            return Ok(AuditCheck { checked_to: start - 1, broken_at: Some(start), is_complete: true, head });
        }
        let limit = clamp(self.limit);
        let statement = format!("SELECT {COLUMNS} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?");
        let rows = sql.query(&statement, &[start.into(), limit.into()])?;
        let rows: Vec<AuditRow> = rows.iter().map(AuditRow::read).collect::<Result<_, _>>()?;
        let is_end = i64::try_from(rows.len()).is_ok_and(|n_rows| n_rows < limit);
        Ok(follow(start, head, &rows, (n_expected, is_end)))
    }
}

/// Follows the chain from row `seq` with this hash through the rows that come next: of how many in all, and whether
/// these are the last.
fn follow(seq: i64, hash: String, rows: &[AuditRow], (n_expected, is_end): (i64, bool)) -> AuditCheck {
    let (mut checked_to, mut head) = (seq, hash);
    for row in rows {
        let expected = row.hash_after(if checked_to == 0 { GENESIS } else { &head });
        // A row that nobody counted was not written by us.
        if row.seq != checked_to + 1 || row.hash != expected || row.seq > n_expected {
            return AuditCheck { checked_to, broken_at: Some(checked_to + 1), is_complete: true, head };
        }
        checked_to = row.seq;
        head.clone_from(&row.hash);
    }
    let broken_at = (is_end && checked_to < n_expected).then_some(checked_to + 1);
    AuditCheck { checked_to, broken_at, is_complete: is_end, head }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(n_rows: i64) -> Vec<AuditRow> {
        let mut rows: Vec<AuditRow> = Vec::new();
        for at in 0..n_rows {
            let member = MemberId::from_bytes([u8::try_from(at % 3).expect("small"); 16]);
            let detail = serde_json::json!({ "role": "admin", "n": at });
            let actor = if at % 2 == 0 { Actor::OwnerCli } else { Actor::Member(member.clone()) };
            let entry = Entry::about_member(Timestamp(at), actor, "role.grant", &member, detail);
            let (seq, hash) = rows.last().map_or((0, ""), |row| (row.seq, &row.hash));
            rows.push(row_after(seq, hash, &entry));
        }
        rows
    }

    /// The number of the row at this place.
    fn number(idx: usize) -> i64 {
        i64::try_from(idx).expect("small") + 1
    }

    /// Reads the log in pages of this size, as a caller does.
    fn broken_at(rows: &[AuditRow], n_expected: i64, page: usize) -> Option<i64> {
        let (mut from, mut hash, mut left) = (0, String::new(), rows);
        loop {
            let (now, later) = left.split_at(page.min(left.len()));
            let check = follow(from, hash, now, (n_expected, now.len() < page));
            if check.is_complete {
                return check.broken_at;
            }
            (from, hash, left) = (check.checked_to, check.head, later);
        }
    }

    #[track_caller]
    fn check(rows: &[AuditRow], expected: Option<i64>) {
        for page in [1, 2, 3, 7, 500] {
            assert_eq!(broken_at(rows, 9, page), expected, "pages of {page}");
        }
    }

    #[test]
    fn a_log_that_nobody_touched_is_whole() {
        check(&log(9), None);
        assert_eq!(broken_at(&[], 0, 500), None);
    }

    #[test]
    fn every_change_of_one_row_is_found_where_it_is() {
        let changes: [fn(&mut AuditRow); 8] = [
            |row| row.seq += 1,
            |row| row.at.0 += 1,
            |row| row.actor.push('0'),
            |row| row.action.insert(0, ' '),
            |row| row.subject = "member:1".to_owned(),
            |row| row.detail = row.detail.replace("admin", "owner"),
            |row| row.hash = row.hash.replace(['0', '1', '2', '3'], "4"),
            // The same bytes, cut into fields elsewhere.
            |row| {
                let first = row.subject.remove(0);
                row.action.push(first);
            },
        ];
        for idx in 0..9 {
            for change in changes {
                let mut rows = log(9);
                change(&mut rows[idx]);
                check(&rows, Some(number(idx)));
            }
        }
    }

    #[test]
    fn a_row_that_is_missing_or_elsewhere_is_found() {
        for idx in 0..9 {
            let mut rows = log(9);
            rows.remove(idx);
            check(&rows, Some(number(idx)));
            for other in idx + 1..9 {
                let mut rows = log(9);
                rows.swap(idx, other);
                check(&rows, Some(number(idx)));
                // The numbers put right again.
                for (row, seq) in rows.iter_mut().zip(1..) {
                    row.seq = seq;
                }
                check(&rows, Some(number(idx)));
            }
        }
        check(&log(10), Some(10));
        check(&[], Some(1));
    }

    #[test]
    fn a_row_whose_own_hash_was_made_anew_breaks_the_next() {
        for idx in 0..8 {
            let mut rows = log(9);
            rows[idx].detail = "{}".to_owned();
            let before = if idx == 0 { GENESIS.to_owned() } else { rows[idx - 1].hash.clone() };
            rows[idx].hash = rows[idx].hash_after(&before);
            check(&rows, Some(number(idx) + 1));
        }
    }

    #[test]
    fn actors_read_back() {
        let member = MemberId::from_bytes([7; 16]);
        for actor in [Actor::OwnerCli, Actor::Member(member), Actor::Processor, Actor::System] {
            assert_eq!(actor.to_string().parse(), Ok(actor));
        }
        assert!("owner".parse::<Actor>().is_err() && "member:ada@example.org".parse::<Actor>().is_err());
    }
}
