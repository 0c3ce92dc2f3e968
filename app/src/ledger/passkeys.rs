//! Passkeys, and the challenges that a browser must answer with them.

use lyceum_contract::Timestamp;
use lyceum_contract::id::MemberId;
use serde::{Deserialize, Serialize};

use super::account::member_by_id;
use super::sessions::{Means, Opening, SignedIn};
use super::sql::{Row, Sql, SqlError};

/// Seconds for which a challenge can be answered.
const CEREMONY_SECONDS: i64 = 300;
/// Challenges that may wait for their answer at one time, over everybody.
const MAX_CEREMONIES: i64 = 10_000;
/// Passkeys of one member.
const MAX_PASSKEYS: i64 = 20;

/// What a challenge is for. An answer for one purpose is none for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ceremony {
    /// Somebody signs in with a passkey.
    SignIn,
    /// This member proves again who they are.
    Confirm(MemberId),
    /// This member adds a passkey.
    Register(MemberId),
    /// Somebody signs in at GitHub.
    GitHub,
}

impl Ceremony {
    /// As it is stored.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::SignIn => "sign-in".to_owned(),
            Self::Confirm(member) => format!("confirm:{member}"),
            Self::Register(member) => format!("register:{member}"),
            Self::GitHub => "github".to_owned(),
        }
    }
}

/// Records that a browser was given a challenge.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StartCeremony {
    /// Hash of the challenge.
    pub challenge_hash: String,
    /// What it is for.
    pub ceremony: Ceremony,
    /// The time of the request.
    pub now: Timestamp,
}

impl StartCeremony {
    /// Whether the challenge counts; not when too many wait for their answer.
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<bool, SqlError> {
        let oldest = self.now.0 - CEREMONY_SECONDS;
        sql.query("DELETE FROM ceremonies WHERE created_at <= ?", &[oldest.into()])?;
        let rows = sql.query("SELECT COUNT(*) FROM ceremonies", &[])?;
        let n_open = rows.first().ok_or_else(|| SqlError::corrupt("no count"))?.integer(0)?;
        if n_open >= MAX_CEREMONIES {
            return Ok(false);
        }
        let arguments = [self.challenge_hash.into(), self.ceremony.text().into(), self.now.0.into()];
        sql.query(
            "INSERT INTO ceremonies (challenge_hash, ceremony, created_at) VALUES (?, ?, ?)",
            &arguments,
        )?;
        Ok(true)
    }
}

/// Takes a challenge to check an answer to it. Whatever the answer is worth, the challenge is used up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TakeCeremony {
    /// Hash of the challenge.
    pub challenge_hash: String,
    /// What it must be for.
    pub ceremony: Ceremony,
    /// The passkey that is said to have answered.
    pub credential: Option<String>,
    /// The time of the request.
    pub now: Timestamp,
}

/// A challenge that was open, for the purpose that was asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenCeremony {
    /// The passkey that was asked for, if there is one.
    pub passkey: Option<Passkey>,
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// The name that its authenticator gave it, in base64url.
    pub credential: String,
    /// Whose it is.
    pub member: MemberId,
    /// The public key, as `sign_in::webauthn` writes it.
    pub key: String,
    /// How often it has signed, as its authenticator counts; 0 when it does not.
    pub n_signatures: i64,
    /// What its member calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When somebody last signed in with it.
    pub used_at: Option<Timestamp>,
}

const PASSKEY_COLUMNS: &str = "credential, member_id, key, n_signatures, name, created_at, used_at";

fn passkey(row: &Row) -> Result<Passkey, SqlError> {
    Ok(Passkey {
        credential: row.text(0)?.to_owned(),
        member: row.parse(1)?,
        key: row.text(2)?.to_owned(),
        n_signatures: row.integer(3)?,
        name: row.text(4)?.to_owned(),
        created_at: Timestamp(row.integer(5)?),
        used_at: row.optional_integer(6)?.map(Timestamp),
    })
}

fn find(sql: &mut impl Sql, credential: &str) -> Result<Option<Passkey>, SqlError> {
    let statement = format!("SELECT {PASSKEY_COLUMNS} FROM passkeys WHERE credential = ?");
    sql.query(&statement, &[credential.into()])?.first().map(passkey).transpose()
}

impl TakeCeremony {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<TakenCeremony>, SqlError> {
        let hash = self.challenge_hash.as_str();
        let rows = sql
            .query("SELECT ceremony, created_at FROM ceremonies WHERE challenge_hash = ?", &[hash.into()])?;
        let Some(row) = rows.first() else { return Ok(None) };
        sql.query("DELETE FROM ceremonies WHERE challenge_hash = ?", &[hash.into()])?;
        let is_open = row.text(0)? == self.ceremony.text() && row.integer(1)? > self.now.0 - CEREMONY_SECONDS;
        if !is_open {
            return Ok(None);
        }
        let passkey = match &self.credential {
            Some(credential) => find(sql, credential)?,
            None => None,
        };
        Ok(Some(TakenCeremony { passkey }))
    }
}

/// Adds a passkey whose answer has been checked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddPasskey {
    /// The passkey. Its member exists.
    pub passkey: Passkey,
    /// Hash of the token of the session in which it was made, which from then on counts as opened with it.
    pub token_hash: String,
}

/// What became of a new passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Added {
    /// It can be used.
    Added,
    /// Somebody has this passkey already.
    Known,
    /// The member has as many as one may have.
    Full,
}

impl AddPasskey {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Added, SqlError> {
        let Passkey { credential, member, key, n_signatures, name, created_at, .. } = self.passkey;
        if member_by_id(sql, &member)?.is_none() {
            return Err(SqlError::corrupt("a passkey of nobody"));
        }
        if find(sql, &credential)?.is_some() {
            return Ok(Added::Known);
        }
        if count(sql, &member)? >= MAX_PASSKEYS {
            return Ok(Added::Full);
        }
        sql.query(
            "INSERT INTO passkeys (credential, member_id, key, n_signatures, name, created_at)
             VALUES (?, ?, ?, ?, ?, ?)",
            &[
                credential.into(),
                member.as_str().into(),
                key.into(),
                n_signatures.into(),
                name.into(),
                created_at.0.into(),
            ],
        )?;
        sql.query(
            "UPDATE sessions SET means = ? WHERE token_hash = ? AND member_id = ?",
            &[Means::Passkey.to_string().into(), self.token_hash.into(), member.as_str().into()],
        )?;
        Ok(Added::Added)
    }
}

fn count(sql: &mut impl Sql, member: &MemberId) -> Result<i64, SqlError> {
    let rows = sql.query("SELECT COUNT(*) FROM passkeys WHERE member_id = ?", &[member.as_str().into()])?;
    rows.first().ok_or_else(|| SqlError::corrupt("no count"))?.integer(0)
}

/// Lists the passkeys of a member, oldest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListPasskeys {
    /// Whose.
    pub member: MemberId,
}

impl ListPasskeys {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Vec<Passkey>, SqlError> {
        let statement = format!(
            "SELECT {PASSKEY_COLUMNS} FROM passkeys WHERE member_id = ? ORDER BY created_at, credential"
        );
        sql.query(&statement, &[self.member.as_str().into()])?.iter().map(passkey).collect()
    }
}

/// Removes a passkey.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemovePasskey {
    /// Whose.
    pub member: MemberId,
    /// Which. That of somebody else stays.
    pub credential: String,
    /// Whether the member must keep one.
    pub must_keep_one: bool,
}

impl RemovePasskey {
    /// Whether the member now has no such passkey; not when it is the last and one must be kept.
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<bool, SqlError> {
        let is_own = find(sql, &self.credential)?.is_some_and(|passkey| passkey.member == self.member);
        if !is_own {
            return Ok(true);
        }
        if self.must_keep_one && count(sql, &self.member)? <= 1 {
            return Ok(false);
        }
        sql.query("DELETE FROM passkeys WHERE credential = ?", &[self.credential.into()])?;
        Ok(true)
    }
}

/// Opens a session for the member whose passkey has answered. The answer has been checked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignInWithPasskey {
    /// The passkey.
    pub credential: String,
    /// How often it has signed, as its authenticator says now.
    pub n_signatures: i64,
    /// The session.
    pub opening: Opening,
    /// The time of the request.
    pub now: Timestamp,
}

impl SignInWithPasskey {
    /// Nothing when the passkey is gone, or its count has not grown: then there are two of it.
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<SignedIn>, SqlError> {
        let Some(passkey) = find(sql, &self.credential)? else { return Ok(None) };
        if !has_grown(passkey.n_signatures, self.n_signatures) {
            return Ok(None);
        }
        let member =
            member_by_id(sql, &passkey.member)?.ok_or_else(|| SqlError::corrupt("a passkey of nobody"))?;
        sql.query(
            "UPDATE passkeys SET n_signatures = ?, used_at = ? WHERE credential = ?",
            &[self.n_signatures.into(), self.now.0.into(), self.credential.into()],
        )?;
        self.opening.run(sql, member, Means::Passkey, self.now).map(Some)
    }
}

/// Whether a count of signatures may follow another. Authenticators that do not count say 0 each time.
fn has_grown(before: i64, after: i64) -> bool {
    (before == 0 && after == 0) || after > before
}
