//! Members, their sessions and what they may read.

use lyceum_contract::id::MemberId;
use lyceum_contract::manifest::Language;
use lyceum_contract::{Entitlement, Timestamp};
use serde::{Deserialize, Serialize};

use super::notice::MailSettings;
use super::orders::{Order, orders_of};
use super::reasons::{Reason, reasons_of};
use super::roles::roles_of;
use super::sessions::Means;
use super::sql::{Row, Sql, SqlError};
use crate::role::StaffRole;

/// Seconds without a visit after which a session has ended: 60 days.
pub(super) const SESSION_SECONDS: i64 = 60 * 86_400;

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Never shown to others.
    pub id: MemberId,
    /// Never shown to others.
    pub email: String,
    /// Stands for the member in events. Random, so forgetting it makes the events anonymous.
    pub pseudonym: String,
    /// What others see.
    pub name: Option<String>,
    /// The language of their mails: of the page on which they first signed in, until they choose another one.
    pub language: Option<Language>,
    /// Which optional mails they want.
    pub mail_settings: MailSettings,
}

pub(super) const MEMBER_COLUMNS: &str = "members.id, members.email, members.pseudonym, members.name, members.language, \
                              members.mail_settings";
/// How many columns those are.
pub(super) const N_MEMBER_COLUMNS: usize = 6;

impl Member {
    /// Who stands in the books for somebody who was erased: an id and nothing else.
    pub(crate) fn erased(id: &MemberId) -> Self {
        Self {
            id: id.clone(),
            email: String::new(),
            pseudonym: String::new(),
            name: None,
            language: None,
            mail_settings: MailSettings::default(),
        }
    }
}

pub(super) fn member(row: &Row) -> Result<Member, SqlError> {
    Ok(Member {
        id: row.parse(0)?,
        email: row.text(1)?.to_owned(),
        pseudonym: row.text(2)?.to_owned(),
        name: row.optional_text(3)?.map(str::to_owned),
        language: row.optional_text(4)?.and_then(|language| language.parse().ok()),
        mail_settings: MailSettings::from_text(row.text(5)?),
    })
}

pub(super) fn member_by_email(sql: &mut impl Sql, email: &str) -> Result<Option<Member>, SqlError> {
    let statement = format!("SELECT {MEMBER_COLUMNS} FROM members WHERE email = ?");
    sql.query(&statement, &[email.into()])?.first().map(member).transpose()
}

pub(super) fn member_by_id(sql: &mut impl Sql, id: &MemberId) -> Result<Option<Member>, SqlError> {
    let statement = format!("SELECT {MEMBER_COLUMNS} FROM members WHERE id = ? AND erased_at IS NULL");
    sql.query(&statement, &[id.as_str().into()])?.first().map(member).transpose()
}

/// Makes a member with this address, if there is none. The language is that of their mails, unless they have one.
pub(super) fn make_member(
    sql: &mut impl Sql,
    id: &MemberId,
    email: &str,
    pseudonym: &str,
    language: &Language,
    now: Timestamp,
) -> Result<(), SqlError> {
    sql.query(
        "INSERT INTO members (id, email, pseudonym, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (email) DO NOTHING",
        &[id.as_str().into(), email.into(), pseudonym.into(), now.0.into()],
    )?;
    let arguments = [language.as_str().into(), email.into()];
    sql.query("UPDATE members SET language = ? WHERE email = ? AND language IS NULL", &arguments).map(drop)
}

/// What the member may read at `now`, by scope: of several entitlements to one scope the longest.
pub(super) fn entitlements_of(
    sql: &mut impl Sql,
    member: &MemberId,
    now: Timestamp,
) -> Result<Vec<Entitlement>, SqlError> {
    let rows = sql.query(
        "SELECT scope, CASE WHEN COUNT(*) = COUNT(until) THEN MAX(until) END FROM entitlements
         WHERE member_id = ? AND (until IS NULL OR until > ?) GROUP BY scope ORDER BY scope",
        &[member.as_str().into(), now.0.into()],
    )?;
    let entitlement = |row: &Row| {
        let until = row.optional_integer(1)?.map_or(Timestamp::FOREVER, Timestamp);
        Ok(Entitlement { scope: row.parse(0)?, until })
    };
    rows.iter().map(entitlement).collect()
}

/// Looks a session up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadSession {
    /// Hash of the token in the browser's cookie.
    pub token_hash: String,
    /// The time of the request.
    pub now: Timestamp,
}

/// A session that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionState {
    /// Who is signed in.
    pub member: Member,
    /// What they may read now.
    pub entitlements: Vec<Entitlement>,
    /// What they are to the academy.
    pub roles: Vec<StaffRole>,
    /// What they would be if a passkey had opened the session: roles that need one.
    pub withheld: Vec<StaffRole>,
    /// When they last proved who they are.
    pub proved_at: Timestamp,
    /// Orders of the last day whose payment we have not heard of, the newest first, three at most.
    pub awaited: Vec<Order>,
}

impl ReadSession {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<SessionState>, SqlError> {
        session_state(sql, &self.token_hash, self.now)
    }
}

pub(super) fn session_state(
    sql: &mut impl Sql,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<SessionState>, SqlError> {
    let statement = format!(
        "SELECT {MEMBER_COLUMNS}, sessions.proved_at, sessions.means FROM sessions JOIN members ON members.id = sessions.member_id
         WHERE token_hash = ? AND seen_at > ?"
    );
    let rows = sql.query(&statement, &[token_hash.into(), (now.0 - SESSION_SECONDS).into()])?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (member, proved_at) = (member(row)?, Timestamp(row.integer(N_MEMBER_COLUMNS)?));
    let is_by_passkey = row.parse::<Means>(N_MEMBER_COLUMNS + 1)? == Means::Passkey;
    // A day's precision is enough to end a forgotten session, and spares a write on most visits.
    sql.query(
        "UPDATE sessions SET seen_at = ? WHERE token_hash = ? AND seen_at < ?",
        &[now.0.into(), token_hash.into(), (now.0 - 86_400).into()],
    )?;
    let entitlements = entitlements_of(sql, &member.id, now)?;
    let (roles, withheld) = StaffRole::counting(roles_of(sql, &member.id)?, is_by_passkey);
    let awaited = super::orders::awaited_orders(sql, &member.id, now)?;
    Ok(Some(SessionState { member, entitlements, roles, withheld, proved_at, awaited }))
}

/// Ends a session, if it is open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EndSession {
    /// Hash of the token in the browser's cookie.
    pub token_hash: String,
}

impl EndSession {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        sql.query("DELETE FROM sessions WHERE token_hash = ?", &[self.token_hash.into()]).map(drop)
    }
}

/// Gives a member a name, or takes it away.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NameMember {
    /// Who.
    pub member: MemberId,
    /// What others see from now on.
    pub name: Option<String>,
}

impl NameMember {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<(), SqlError> {
        let arguments = [self.name.into(), self.member.as_str().into()];
        let statement = "UPDATE members SET name = ? WHERE id = ? AND erased_at IS NULL";
        sql.query(statement, &arguments).map(drop)
    }
}

/// Reads everything that the account page shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadAccount {
    /// Whose.
    pub member: MemberId,
    /// The time of the request.
    pub now: Timestamp,
}

/// What a member has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Who.
    pub member: Member,
    /// What they may read now.
    pub entitlements: Vec<Entitlement>,
    /// Why, for each of these.
    pub reasons: Vec<Reason>,
    /// What they ordered, newest first.
    pub orders: Vec<Order>,
}

impl ReadAccount {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<Account>, SqlError> {
        let Some(member) = member_by_id(sql, &self.member)? else { return Ok(None) };
        let entitlements = entitlements_of(sql, &member.id, self.now)?;
        let reasons = reasons_of(sql, &member.id, self.now)?;
        let orders = orders_of(sql, &member.id)?;
        Ok(Some(Account { member, entitlements, reasons, orders }))
    }
}
