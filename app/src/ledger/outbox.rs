//! The outbox: letters that have to be sent, once for each fact.
//!
//! A command that makes a fact true posts the letter in its own transaction, so there is no letter without the fact
//! and no fact without the letter. Whoever sends takes letters for two minutes and then says what became of them;
//! a sender that dies in between leaves them to the next one. So a letter is sent at least once, and more than once
//! only after a crash between the mail server's yes and ours.

use lyceum_contract::id::MemberId;
use lyceum_contract::manifest::Language;
use lyceum_contract::{Timestamp, json};
use serde::{Deserialize, Serialize};

use super::assigned::day_due;
use super::notice::{MailSettings, Notice, Topic};
use super::sql::{Row, Sql, SqlError, Value};

/// Seconds for which letters belong to the sender that took them.
pub(crate) const LEASE_SECONDS: i64 = 120;
/// Tries after which a letter is given up. With the pauses between them they take a little more than three days.
const MAX_TRIES: i64 = 16;
/// The pause after the first failure. It doubles with each one.
const FIRST_PAUSE_SECONDS: i64 = 60;
const LONGEST_PAUSE_SECONDS: i64 = 12 * 3_600;
/// The pause of a letter that was not tried because the server did not answer for another one.
const POSTPONED_SECONDS: i64 = 60;
/// The most letters that are taken at once.
const MAX_TAKEN: i64 = 50;

/// A letter to post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The fact, as a unique text such as `order-paid:<order id>`. A second letter about it is not sent.
    pub id: String,
    /// To whom.
    pub to: Recipient,
    /// What it says.
    pub notice: Notice,
    /// When it was posted.
    pub created_at: Timestamp,
    /// Not sent before.
    pub due_at: Timestamp,
}

impl Letter {
    /// A letter to a member that may leave at once.
    pub fn to_member(id: String, member: &MemberId, notice: Notice, now: Timestamp) -> Self {
        Self { id, to: Recipient::Member(member.clone()), notice, created_at: now, due_at: now }
    }
}

/// Who gets a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recipient {
    /// A member, at the address and in the language that they have when it is sent.
    Member(MemberId),
    /// Somebody who may not be a member yet.
    Address {
        /// The address, checked.
        email: String,
        /// The language of whoever made us write; the site's first one when it is not known.
        language: Option<Language>,
    },
}

/// Posts a letter, inside the transaction of the command that makes its fact true. Does nothing when there was one
/// about the same fact.
pub(super) fn enqueue(sql: &mut impl Sql, letter: &Letter) -> Result<(), SqlError> {
    let notice = serde_json::to_string(&letter.notice).map_err(SqlError::corrupt)?;
    let (member, email, language) = match &letter.to {
        Recipient::Member(member) => (Some(member.as_str()), None, None),
        Recipient::Address { email, language } => (None, Some(email.as_str()), language.as_ref()),
    };
    sql.query(
        "INSERT INTO outbox (id, kind, member_id, email, language, notice, created_at, due_at, next_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        &[
            letter.id.as_str().into(),
            letter.notice.kind().into(),
            member.into(),
            email.into(),
            language.map(Language::as_str).into(),
            notice.into(),
            letter.created_at.0.into(),
            letter.due_at.0.into(),
            letter.due_at.0.into(),
        ],
    )
    .map(drop)
}

/// When the next letter is due; nothing when none waits. Costs one look at an index.
pub fn next_letter_at(sql: &mut impl Sql) -> Result<Option<Timestamp>, SqlError> {
    let rows = sql.query("SELECT MIN(next_at) FROM outbox", &[])?;
    Ok(rows.first().map(|row| row.optional_integer(0)).transpose()?.flatten().map(Timestamp))
}

/// Posts a letter by itself, for a fact that is no command: a pass ends soon.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PostLetter {
    /// The letter.
    pub letter: Letter,
}

impl PostLetter {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        enqueue(sql, &self.letter)
    }
}

/// Takes letters that are due, for two minutes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TakeLetters {
    /// At most so many; never more than fifty.
    pub limit: u32,
    /// The time.
    pub now: Timestamp,
}

/// Letters to send now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The letters, those that waited longest first.
    pub letters: Vec<TakenLetter>,
    /// When to ask again; nothing when no other letter waits. The letters above count as they are until settled.
    pub next_at: Option<Timestamp>,
}

/// A letter with everything that its mail needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenLetter {
    /// The fact.
    pub id: String,
    /// The member; nothing for a plain address.
    pub member: Option<MemberId>,
    /// Where to.
    pub email: String,
    /// What the member wants to be called.
    pub name: Option<String>,
    /// In which language, if that is known.
    pub language: Option<Language>,
    /// What it says.
    pub notice: Notice,
}

/// Why a letter will never be sent. Kept in its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GivenUp {
    /// The member is gone.
    Nobody,
    /// The member does not want such mails.
    Unwanted,
    /// Written by a program whose notices this one does not know.
    Unreadable,
    /// The mail server will never take it.
    Refused,
    /// Tried for three days.
    TooOften,
    /// What it says is not so any more.
    Outdated,
}

impl GivenUp {
    fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Unwanted => "unwanted",
            Self::Unreadable => "unreadable",
            Self::Refused => "refused",
            Self::TooOften => "too_often",
            Self::Outdated => "outdated",
        }
    }
}

impl TakeLetters {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Taken, SqlError> {
        let rows = sql.query(
            "SELECT outbox.id, outbox.notice, members.id, COALESCE(members.email, outbox.email), members.name,
                    COALESCE(members.language, outbox.language), members.mail_settings
             FROM outbox LEFT JOIN members ON members.id = outbox.member_id AND members.erased_at IS NULL
             WHERE next_at <= ? ORDER BY next_at, outbox.id LIMIT ?",
            &[self.now.0.into(), i64::from(self.limit).min(MAX_TAKEN).into()],
        )?;
        let mut letters = Vec::new();
        for row in &rows {
            match letter(row)? {
                Ok(mut letter) => {
                    if !is_true_still(sql, &mut letter, self.now)? {
                        give_up(sql, &letter.id, GivenUp::Outdated, self.now)?;
                        continue;
                    }
                    lease(sql, &letter.id, self.now)?;
                    letters.push(letter);
                }
                Err(reason) => give_up(sql, row.text(0)?, reason, self.now)?,
            }
        }
        Ok(Taken { letters, next_at: next_letter_at(sql)? })
    }
}

/// The letter in this row, or why it is not to be sent.
fn letter(row: &Row) -> Result<Result<TakenLetter, GivenUp>, SqlError> {
    let Some(email) = row.optional_text(3)? else { return Ok(Err(GivenUp::Nobody)) };
    let stored = row.optional_text(1)?.unwrap_or_default();
    let Ok(notice) = json::from_slice::<Notice>(stored.as_bytes()) else {
        return Ok(Err(GivenUp::Unreadable));
    };
    let settings = MailSettings::from_text(row.optional_text(6)?.unwrap_or_default());
    if notice.topic().is_some_and(|topic| !settings.wants(topic)) {
        return Ok(Err(GivenUp::Unwanted));
    }
    Ok(Ok(TakenLetter {
        id: row.text(0)?.to_owned(),
        member: row.optional_text(2)?.map(str::parse).transpose().map_err(SqlError::corrupt)?,
        email: email.to_owned(),
        name: row.optional_text(4)?.map(str::to_owned),
        language: row.optional_text(5)?.and_then(|language| language.parse().ok()),
        notice,
    }))
}

/// Whether what a letter says about an assignment is so now. Who is asked until another day is told that day.
fn is_true_still(sql: &mut impl Sql, letter: &mut TakenLetter, now: Timestamp) -> Result<bool, SqlError> {
    let (Notice::Assigned(about) | Notice::AssignmentDue(about), Some(member)) =
        (&letter.notice, &letter.member)
    else {
        return Ok(true);
    };
    let day = day_due(sql, &about.assignment, member, now)?;
    Ok(letter.notice.is_true_until(day))
}

fn lease(sql: &mut impl Sql, id: &str, now: Timestamp) -> Result<(), SqlError> {
    let arguments = [(now.0 + LEASE_SECONDS).into(), id.into()];
    sql.query("UPDATE outbox SET next_at = ?, n_tries = n_tries + 1 WHERE id = ?", &arguments).map(drop)
}

/// Ends a letter unsent. The row stays as a record, without what it said and to whom.
fn give_up(sql: &mut impl Sql, id: &str, reason: GivenUp, now: Timestamp) -> Result<(), SqlError> {
    sql.query(
        "UPDATE outbox SET gave_up_at = ?, reason = ?, next_at = NULL, notice = NULL, email = NULL
         WHERE id = ? AND next_at IS NOT NULL",
        &[now.0.into(), reason.name().into(), id.into()],
    )
    .map(drop)
}

/// Ends the letters that were not sent and whose facts start with this text, which ends with a colon.
pub(super) fn withdraw(sql: &mut impl Sql, prefix: &str, now: Timestamp) -> Result<(), SqlError> {
    let end = format!("{};", prefix.trim_end_matches(':'));
    let statement = "SELECT id FROM outbox WHERE id >= ? AND id < ? AND next_at IS NOT NULL";
    for row in &sql.query(statement, &[prefix.into(), end.into()])? {
        give_up(sql, row.text(0)?, GivenUp::Outdated, now)?;
    }
    Ok(())
}

/// Says what became of a letter that was taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SettleLetter {
    /// The letter's fact.
    pub id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The time.
    pub now: Timestamp,
}

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The mail server has it.
    Sent,
    /// The mail server does not have it.
    Failed {
        /// Whether trying again is of no use.
        permanent: bool,
    },
    /// Not tried, because the server did not answer for another letter. Does not count as a try.
    Postponed,
}

impl SettleLetter {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        let now = self.now;
        match self.outcome {
            // Even when it was given up meanwhile: it did arrive.
            Outcome::Sent => sql
                .query(
                    "UPDATE outbox SET sent_at = ?, gave_up_at = NULL, reason = NULL, next_at = NULL, notice = NULL,
                        email = NULL WHERE id = ? AND sent_at IS NULL",
                    &[now.0.into(), self.id.into()],
                )
                .map(drop),
            Outcome::Failed { permanent: true } => give_up(sql, &self.id, GivenUp::Refused, now),
            Outcome::Failed { permanent: false } => self.try_again(sql),
            Outcome::Postponed => sql
                .query(
                    "UPDATE outbox SET next_at = ?, n_tries = MAX(n_tries - 1, 0) WHERE id = ? AND next_at IS NOT NULL",
                    &[(now.0 + POSTPONED_SECONDS).into(), self.id.into()],
                )
                .map(drop),
        }
    }

    fn try_again(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        let statement = "SELECT n_tries FROM outbox WHERE id = ? AND next_at IS NOT NULL";
        let rows = sql.query(statement, &[self.id.as_str().into()])?;
        let Some(n_tries) = rows.first().map(|row| row.integer(0)).transpose()? else { return Ok(()) };
        if n_tries >= MAX_TRIES {
            return give_up(sql, &self.id, GivenUp::TooOften, self.now);
        }
        let next: Value = self.now.plus_seconds(pause_seconds(n_tries)).0.into();
        sql.query("UPDATE outbox SET next_at = ? WHERE id = ?", &[next, self.id.into()]).map(drop)
    }
}

/// The pause after the `n_tries`th failure.
pub(crate) fn pause_seconds(n_tries: i64) -> i64 {
    let n_doublings = u32::try_from(n_tries - 1).unwrap_or(0).min(16);
    (FIRST_PAUSE_SECONDS << n_doublings).min(LONGEST_PAUSE_SECONDS)
}

/// Chooses the language of a member's mails.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChooseLanguage {
    /// Who.
    pub member: MemberId,
    /// The language.
    pub language: Language,
}

impl ChooseLanguage {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        let arguments = [self.language.as_str().into(), self.member.as_str().into()];
        sql.query("UPDATE members SET language = ? WHERE id = ? AND erased_at IS NULL", &arguments).map(drop)
    }
}

/// Switches optional mails on or off.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SetTopic {
    /// Who.
    pub member: MemberId,
    /// Which mails.
    pub topic: Topic,
    /// Whether they are wanted.
    pub is_wanted: bool,
}

impl SetTopic {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        let statement = "SELECT mail_settings FROM members WHERE id = ? AND erased_at IS NULL";
        let rows = sql.query(statement, &[self.member.as_str().into()])?;
        let Some(row) = rows.first() else { return Ok(()) };
        let mut settings = MailSettings::from_text(row.text(0)?);
        settings.set(self.topic, self.is_wanted);
        let arguments = [settings.to_text().into(), self.member.as_str().into()];
        sql.query("UPDATE members SET mail_settings = ? WHERE id = ?", &arguments).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_half_a_day_and_add_up_to_three() {
        assert_eq!([1, 2, 3, 10, 11, 60].map(pause_seconds), [60, 120, 240, 30_720, 43_200, 43_200]);
        let all: i64 = (1..MAX_TRIES).map(pause_seconds).sum();
        assert!((3 * 86_400..4 * 86_400).contains(&all), "{all}");
    }
}
