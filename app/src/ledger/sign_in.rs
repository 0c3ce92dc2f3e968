//! Challenges: a mailed code and link that sign one browser in, once.

use lyceum_contract::id::{ChallengeId, MemberId};
use lyceum_contract::manifest::Language;
use lyceum_contract::{Entitlement, Timestamp};
use serde::{Deserialize, Serialize};

use super::account::{Member, make_member, member_by_email};
use super::sessions::{Means, Opening, SignedIn};
use super::sql::{Sql, SqlError};

/// Seconds for which a challenge can be answered.
pub(super) const CHALLENGE_SECONDS: i64 = 600;
/// Wrong answers after which a challenge is dead.
pub(super) const MAX_TRIES: i64 = 5;
/// Mails to one address in one hour.
const MAX_MAILS_PER_ADDRESS: i64 = 5;
const HOUR_SECONDS: i64 = 3_600;

/// Records that somebody asked for a code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StartChallenge {
    /// The challenge, kept in a cookie of the browser that asked.
    pub id: ChallengeId,
    /// Where the code is sent, in lower case.
    pub email: String,
    /// Hash of the secret in that cookie.
    pub browser_hash: String,
    /// Hash of the code, bound to the challenge and the browser's secret.
    pub code_hash: String,
    /// Hash of the link's secret, bound likewise.
    pub link_hash: String,
    /// Mails per hour over all addresses, after which the breaker opens.
    pub max_mails_per_hour: i64,
    /// The time of the request.
    pub now: Timestamp,
}

/// Whether to send the mail. The person who asked is told the same, whether the address is limited or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Started {
    /// Send it.
    Send,
    /// Too many to this address within the last hour.
    Limited,
    /// Too many to everybody within the last hour. This may be said, because it tells nothing of an address.
    Paused,
}

impl StartChallenge {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Started, SqlError> {
        let hour_ago = Timestamp(self.now.0 - HOUR_SECONDS);
        sql.query("DELETE FROM challenges WHERE created_at <= ?", &[hour_ago.0.into()])?;
        let counts = sql.query(
            "SELECT COUNT(*), COALESCE(SUM(email = ?), 0) FROM challenges WHERE created_at > ?",
            &[self.email.as_str().into(), hour_ago.0.into()],
        )?;
        let counts = counts.first().ok_or_else(|| SqlError::corrupt("no count"))?;
        if counts.integer(0)? >= self.max_mails_per_hour {
            return Ok(Started::Paused);
        }
        if counts.integer(1)? >= MAX_MAILS_PER_ADDRESS {
            return Ok(Started::Limited);
        }
        sql.query(
            "INSERT INTO challenges (id, email, browser_hash, code_hash, link_hash, created_at)
             VALUES (?, ?, ?, ?, ?, ?)",
            &[
                self.id.as_str().into(),
                self.email.into(),
                self.browser_hash.into(),
                self.code_hash.into(),
                self.link_hash.into(),
                self.now.0.into(),
            ],
        )?;
        Ok(Started::Send)
    }
}

/// Answers a challenge. The ids and hashes are used only when it succeeds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerChallenge {
    /// The challenge that the browser holds.
    pub id: ChallengeId,
    /// Hash of the secret in the browser's cookie.
    pub browser_hash: String,
    /// What was mailed.
    pub proof: Proof,
    /// Id of the member, if the address is new.
    pub new_member: MemberId,
    /// Pseudonym of the member in events, if the address is new.
    pub new_pseudonym: String,
    /// The language of the page, which becomes that of the member's mails if none was chosen before.
    pub language: Language,
    /// The session.
    pub opening: Opening,
    /// The time of the request.
    pub now: Timestamp,
}

/// What a person shows to prove that the mail arrived.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Proof {
    /// Hash of the code that was typed.
    Code(String),
    /// Hash of the secret in the link.
    Link(String),
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answered {
    /// The session is open.
    SignedIn {
        /// Who signed in.
        member: Member,
        /// What they may read.
        entitlements: Vec<Entitlement>,
    },
    /// Not the code. The try was counted.
    Wrong {
        /// Tries that are left.
        n_left: i64,
    },
    /// No such challenge in this browser, or it is too old, used, or was tried too often.
    Gone,
}

impl AnswerChallenge {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Answered, SqlError> {
        let rows = sql.query(
            "SELECT email, code_hash, link_hash, n_tries FROM challenges
             WHERE id = ? AND browser_hash = ? AND used_at IS NULL AND n_tries < ? AND created_at > ?
                 AND member_id IS NULL",
            &[
                self.id.as_str().into(),
                self.browser_hash.as_str().into(),
                MAX_TRIES.into(),
                (self.now.0 - CHALLENGE_SECONDS).into(),
            ],
        )?;
        let Some(row) = rows.first() else { return Ok(Answered::Gone) };
        let (given, expected) = match &self.proof {
            Proof::Code(hash) => (hash.as_str(), row.text(1)?),
            Proof::Link(hash) => (hash.as_str(), row.text(2)?),
        };
        // Both sides are hashes of secrets that the caller does not choose, so the time of the comparison
        // tells nothing about the secret.
        if given == expected {
            let email = row.text(0)?.to_owned();
            return self.sign_in(sql, &email);
        }
        sql.query("UPDATE challenges SET n_tries = n_tries + 1 WHERE id = ?", &[self.id.as_str().into()])?;
        match MAX_TRIES - 1 - row.integer(3)? {
            0 => Ok(Answered::Gone),
            n_left => Ok(Answered::Wrong { n_left }),
        }
    }

    fn sign_in(self, sql: &mut impl Sql, email: &str) -> Result<Answered, SqlError> {
        let now = self.now.0;
        sql.query("UPDATE challenges SET used_at = ? WHERE id = ?", &[now.into(), self.id.as_str().into()])?;
        make_member(sql, &self.new_member, email, &self.new_pseudonym, &self.language, self.now)?;
        let member =
            member_by_email(sql, email)?.ok_or_else(|| SqlError::corrupt("the member is missing"))?;
        let SignedIn { member, entitlements } = self.opening.run(sql, member, Means::Mail, self.now)?;
        Ok(Answered::SignedIn { member, entitlements })
    }
}
