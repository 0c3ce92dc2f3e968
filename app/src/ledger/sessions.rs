//! Sessions: how one opens, which are open, and how they end.

use std::fmt;
use std::str::FromStr;

use lyceum_contract::id::{MemberId, SessionId};
use lyceum_contract::{Entitlement, Timestamp};
use serde::{Deserialize, Serialize};

use super::account::{Member, SESSION_SECONDS, entitlements_of};
use super::notice::Notice;
use super::outbox::{self, Letter};
use super::sql::{Row, Sql, SqlError};

/// How a member proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Means {
    /// With a mailed code or link.
    Mail,
    /// With a passkey.
    Passkey,
    /// At GitHub.
    GitHub,
}

impl fmt::Display for Means {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mail => "mail",
            Self::Passkey => "passkey",
            Self::GitHub => "github",
        })
    }
}

impl FromStr for Means {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "mail" => Ok(Self::Mail),
            "passkey" => Ok(Self::Passkey),
            "github" => Ok(Self::GitHub),
            _ => Err(()),
        }
    }
}

/// The session that a browser gets when its member has proved who they are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Opening {
    /// Name of the session in the list of devices. Says nothing about the token.
    pub id: SessionId,
    /// Hash of the token in the browser's cookie.
    pub token_hash: String,
    /// Browser and system in the words of our own list: `Firefox on Linux`.
    pub device: String,
    /// Who has signed in with this browser before, as its cookie says.
    pub known: Vec<MemberId>,
    /// Hash of the token that the browser had until now. That session ends, if it is of the same member.
    pub replaces: Option<String>,
}

/// A session that has just been opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// Who signed in.
    pub member: Member,
    /// What they may read.
    pub entitlements: Vec<Entitlement>,
}

impl Opening {
    /// Opens the session. A member who has signed in before hears of a browser that is new.
    pub(super) fn run(
        self,
        sql: &mut impl Sql,
        member: Member,
        means: Means,
        now: Timestamp,
    ) -> Result<SignedIn, SqlError> {
        let id = member.id.as_str();
        if let Some(old) = self.replaces {
            sql.query(
                "DELETE FROM sessions WHERE token_hash = ? AND member_id = ?",
                &[old.into(), id.into()],
            )?;
        }
        let rows = sql.query("SELECT signed_in_at FROM members WHERE id = ?", &[id.into()])?;
        let before = rows.first().map_or(Ok(None), |row| row.optional_integer(0))?;
        if before.is_some() && !self.known.contains(&member.id) {
            announce_new_device(sql, &member, &self.id, &self.device, now)?;
        }
        sql.query("UPDATE members SET signed_in_at = ? WHERE id = ?", &[now.0.into(), id.into()])?;
        sql.query(
            "INSERT INTO sessions (token_hash, id, member_id, device, means, created_at, seen_at, proved_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            &[
                self.token_hash.into(),
                self.id.as_str().into(),
                id.into(),
                self.device.into(),
                means.to_string().into(),
                now.0.into(),
                now.0.into(),
                now.0.into(),
            ],
        )?;
        let entitlements = entitlements_of(sql, &member.id, now)?;
        Ok(SignedIn { member, entitlements })
    }
}

/// Tells a member of a new device, in the transaction that opens its session.
fn announce_new_device(
    sql: &mut impl Sql,
    member: &Member,
    session: &SessionId,
    device: &str,
    now: Timestamp,
) -> Result<(), SqlError> {
    let notice = Notice::NewDevice { browser: device.to_owned(), at: now };
    outbox::enqueue(sql, &Letter::to_member(format!("new-device:{session}"), &member.id, notice, now))
}

/// Lists the open sessions of a member.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListSessions {
    /// Whose.
    pub member: MemberId,
    /// Hash of the token of the browser that asks.
    pub token_hash: String,
    /// The time of the request.
    pub now: Timestamp,
}

/// A session as its member sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSession {
    /// Its name in the list.
    pub id: SessionId,
    /// Browser and system: `Firefox on Linux`; empty when it is not known.
    pub device: String,
    /// How the member signed in.
    pub means: Means,
    /// Since when it is open.
    pub created_at: Timestamp,
    /// The last visit, a day more or less.
    pub seen_at: Timestamp,
    /// Whether it is that of the browser that asks.
    pub is_this: bool,
}

/// The most sessions that a list shows.
const MAX_LISTED: i64 = 100;

impl ListSessions {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Vec<OpenSession>, SqlError> {
        let rows = sql.query(
            "SELECT id, device, means, created_at, seen_at, token_hash = ? FROM sessions
             WHERE member_id = ? AND seen_at > ? ORDER BY created_at DESC, id LIMIT ?",
            &[
                self.token_hash.into(),
                self.member.as_str().into(),
                (self.now.0 - SESSION_SECONDS).into(),
                MAX_LISTED.into(),
            ],
        )?;
        rows.iter().map(open_session).collect()
    }
}

fn open_session(row: &Row) -> Result<OpenSession, SqlError> {
    Ok(OpenSession {
        id: row.parse(0)?,
        device: row.text(1)?.to_owned(),
        means: row.parse(2)?,
        created_at: Timestamp(row.integer(3)?),
        seen_at: Timestamp(row.integer(4)?),
        is_this: row.integer(5)? == 1,
    })
}

/// Ends one session of a member, by its name in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EndOneSession {
    /// Whose.
    pub member: MemberId,
    /// Which. The session of somebody else stays open.
    pub id: SessionId,
}

impl EndOneSession {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        let arguments = [self.id.as_str().into(), self.member.as_str().into()];
        sql.query("DELETE FROM sessions WHERE id = ? AND member_id = ?", &arguments).map(drop)
    }
}

/// Ends all sessions of a member but one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EndOtherSessions {
    /// Whose.
    pub member: MemberId,
    /// Hash of the token of the session that stays.
    pub token_hash: String,
}

impl EndOtherSessions {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        let arguments = [self.member.as_str().into(), self.token_hash.into()];
        sql.query("DELETE FROM sessions WHERE member_id = ? AND token_hash <> ?", &arguments).map(drop)
    }
}
