//! Members who move to another address.
//!
//! The code goes to the new address, under the same limits as one that signs in; it counts in the browser that asked,
//! for the member who asked. With the change every other session ends, and so do codes and links that wait for an
//! answer: whoever reads the old mailbox is out.

use lyceum_contract::Timestamp;
use lyceum_contract::id::{ChallengeId, MemberId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::account::{Member, member_by_email, member_by_id};
use super::audit::{Actor, Entry, append};
use super::erase::email_changed_prefix;
use super::notice::Notice;
use super::outbox::{Letter, Recipient, enqueue};
use super::sign_in::{CHALLENGE_SECONDS, MAX_TRIES, StartChallenge, Started};
use super::sql::{Sql, SqlError, Value};

/// Records that a member asked for a code at another address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StartEmailChange {
    /// Who.
    pub member: MemberId,
    /// The challenge to the new address. Its link is never mailed.
    pub challenge: StartChallenge,
}

/// What to mail to the new address. The member is told the same in every case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeStarted {
    /// Whether to send a mail.
    pub started: Started,
    /// Whether the address has an account already. Then the mail says so, and has no code.
    pub is_taken: bool,
}

impl StartEmailChange {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<ChangeStarted, SqlError> {
        let Self { member, challenge } = self;
        let (id, email) = (challenge.id.clone(), challenge.email.clone());
        let started = challenge.run(sql)?;
        let arguments: [Value; 2] = [member.as_str().into(), id.as_str().into()];
        sql.query("UPDATE challenges SET member_id = ? WHERE id = ?", &arguments)?;
        let is_taken = member_by_email(sql, &email)?.is_some();
        Ok(ChangeStarted { started, is_taken })
    }
}

/// Moves a member to the address that the code was mailed to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeEmail {
    /// Who.
    pub member: MemberId,
    /// The challenge that the browser holds.
    pub id: ChallengeId,
    /// Hash of the secret in the browser's cookie.
    pub browser_hash: String,
    /// Hash of the code that was typed.
    pub code_hash: String,
    /// Hash of the token of the session that stays.
    pub token_hash: String,
    /// The time of the request.
    pub now: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EmailChanged {
    /// The new address is theirs.
    Done,
    /// Not the code. The try was counted.
    Wrong {
        /// Tries that are left.
        n_left: i64,
    },
    /// The code can no longer be used: it is unknown, old, used, or was tried too often; or somebody has the address.
    Gone,
}

impl ChangeEmail {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<EmailChanged, SqlError> {
        let rows = sql.query(
            "SELECT email, code_hash, n_tries FROM challenges
             WHERE id = ? AND browser_hash = ? AND used_at IS NULL AND n_tries < ? AND created_at > ?
                 AND member_id = ?",
            &[
                self.id.as_str().into(),
                self.browser_hash.as_str().into(),
                MAX_TRIES.into(),
                (self.now.0 - CHALLENGE_SECONDS).into(),
                self.member.as_str().into(),
            ],
        )?;
        let (Some(row), Some(member)) = (rows.first(), member_by_id(sql, &self.member)?) else {
            return Ok(EmailChanged::Gone);
        };
        // Both sides are hashes of secrets that the caller does not choose, as when signing in.
        if row.text(1)? != self.code_hash {
            sql.query(
                "UPDATE challenges SET n_tries = n_tries + 1 WHERE id = ?",
                &[self.id.as_str().into()],
            )?;
            return Ok(match MAX_TRIES - 1 - row.integer(2)? {
                0 => EmailChanged::Gone,
                n_left => EmailChanged::Wrong { n_left },
            });
        }
        let email = row.text(0)?.to_owned();
        if member_by_email(sql, &email)?.is_some() {
            return Ok(EmailChanged::Gone);
        }
        self.change(sql, &member, &email)?;
        Ok(EmailChanged::Done)
    }

    fn change(&self, sql: &mut impl Sql, member: &Member, email: &str) -> Result<(), SqlError> {
        let id: Value = member.id.as_str().into();
        sql.query("UPDATE members SET email = ? WHERE id = ?", &[email.into(), id.clone()])?;
        let others = "DELETE FROM sessions WHERE member_id = ? AND token_hash <> ?";
        sql.query(others, &[id.clone(), self.token_hash.as_str().into()])?;
        // Codes of the old mailbox, and moves to yet other addresses.
        // They stay, used up, because they count: otherwise a move would give back the mails and tries of an hour.
        let statement =
            "UPDATE challenges SET used_at = ? WHERE (email = ? OR member_id = ?) AND used_at IS NULL";
        sql.query(statement, &[self.now.0.into(), member.email.as_str().into(), id])?;
        append(sql, &self.entry())?;
        enqueue(sql, &self.letter(member))
    }

    pub(crate) fn entry(&self) -> Entry {
        let by = Actor::Member(self.member.clone());
        Entry::about_member(self.now, by, "member.email", &self.member, json!({}))
    }

    /// Tells the old address. `member` is as it was before.
    pub(crate) fn letter(&self, member: &Member) -> Letter {
        let to = Recipient::Address { email: member.email.clone(), language: member.language.clone() };
        let id = format!("{}{}", email_changed_prefix(&member.id), self.id);
        let notice = Notice::EmailChanged { at: self.now };
        Letter { id, to, notice, created_at: self.now, due_at: self.now }
    }
}
