//! Access that the owner gives, and members as staff sees them.
//!
//! A grant is an entitlement with the source `grant:<id>`. What was bought is not touched here: a purchase ends at the
//! processor.

use lyceum_contract::id::MemberId;
use lyceum_contract::{Entitlement, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use super::account::{MEMBER_COLUMNS, Member, entitlements_of, member, member_by_email, member_by_id};
use super::audit::{Actor, Entry, append};
use super::orders::{Order, orders_of};
use super::roles::{Change, is_member, may_run, roles_of};
use super::sql::{Row, Sql, SqlError, Value};
use crate::role::StaffRole;

/// What the source of a grant starts with.
const SOURCE: &str = "grant:";
/// The most members of one answer.
const MAX_FOUND: i64 = 100;

/// Gives a member access. The same id a second time changes nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GrantAccess {
    /// Who gives it.
    pub by: Actor,
    /// Who gets it.
    pub member: MemberId,
    /// 32 hexadecimal digits, drawn for this grant.
    pub grant: String,
    /// To what.
    pub scope: Scope,
    /// The first second at which it has ended; nothing for good.
    pub until: Option<Timestamp>,
    /// Why, for the log: no names or addresses.
    pub reason: String,
    /// The time of the request.
    pub now: Timestamp,
}

impl GrantAccess {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Change, SqlError> {
        if !may_run(sql, &self.by, false)? {
            return Ok(Change::NotAllowed);
        }
        if !is_member(sql, &self.member)? {
            return Ok(Change::NoMember);
        }
        let source = format!("{SOURCE}{}", self.grant);
        if !sql.query("SELECT 1 FROM entitlements WHERE source = ?", &[source.as_str().into()])?.is_empty() {
            return Ok(Change::Unchanged);
        }
        sql.query(
            "INSERT INTO entitlements (member_id, scope, until, source, created_at) VALUES (?, ?, ?, ?, ?)",
            &[
                self.member.as_str().into(),
                self.scope.to_string().into(),
                self.until.map_or(Value::Null, |until| until.0.into()),
                source.into(),
                self.now.0.into(),
            ],
        )?;
        append(sql, &self.entry())?;
        Ok(Change::Done)
    }

    pub(crate) fn entry(&self) -> Entry {
        let detail = serde_json::json!({
            "grant": self.grant, "scope": self.scope.to_string(),
            "until": self.until.map(|until| until.0), "reason": self.reason,
        });
        Entry::about_member(self.now, self.by.clone(), "access.grant", &self.member, detail)
    }
}

/// Ends what staff gave a member for one scope. What they bought stays.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RevokeAccess {
    /// Who takes it.
    pub by: Actor,
    /// Who loses it.
    pub member: MemberId,
    /// To what.
    pub scope: Scope,
    /// Why, for the log: no names or addresses.
    pub reason: String,
    /// The time of the request.
    pub now: Timestamp,
}

impl RevokeAccess {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Change, SqlError> {
        if !may_run(sql, &self.by, false)? {
            return Ok(Change::NotAllowed);
        }
        if !is_member(sql, &self.member)? {
            return Ok(Change::NoMember);
        }
        let grants = grants_of(sql, &self.member)?;
        let ended: Vec<&Grant> =
            grants.iter().filter(|grant| grant.scope == self.scope && self.now < grant.until).collect();
        if ended.is_empty() {
            return Ok(Change::Unchanged);
        }
        for grant in &ended {
            let source = format!("{SOURCE}{}", grant.id);
            sql.query(
                "UPDATE entitlements SET until = ? WHERE source = ?",
                &[self.now.0.into(), source.into()],
            )?;
        }
        let ids = ended.iter().map(|grant| grant.id.as_str()).collect::<Vec<_>>();
        append(sql, &self.entry(&ids))?;
        Ok(Change::Done)
    }

    pub(crate) fn entry(&self, grants: &[&str]) -> Entry {
        let detail = serde_json::json!({
            "grants": grants, "scope": self.scope.to_string(), "reason": self.reason,
        });
        Entry::about_member(self.now, self.by.clone(), "access.revoke", &self.member, detail)
    }
}

/// Access that staff gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub id: String,
    /// To what.
    pub scope: Scope,
    /// The first second at which it has ended; [`Timestamp::FOREVER`] for good.
    pub until: Timestamp,
    /// When it was given.
    pub created_at: Timestamp,
}

pub(super) fn grants_of(sql: &mut impl Sql, member: &MemberId) -> Result<Vec<Grant>, SqlError> {
    let rows = sql.query(
        "SELECT substr(source, 7), scope, until, created_at FROM entitlements
         WHERE member_id = ? AND substr(source, 1, 6) = 'grant:' ORDER BY created_at, source",
        &[member.as_str().into()],
    )?;
    let grant = |row: &Row| {
        Ok(Grant {
            id: row.text(0)?.to_owned(),
            scope: row.parse(1)?,
            until: row.optional_integer(2)?.map_or(Timestamp::FOREVER, Timestamp),
            created_at: Timestamp(row.integer(3)?),
        })
    };
    rows.iter().map(grant).collect()
}

/// Makes a member of an address that has not signed in yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddMember {
    /// Who does it.
    pub by: Actor,
    /// The address, as sign-in would write it.
    pub email: String,
    /// Id of the member, if the address is new.
    pub new_member: MemberId,
    /// Pseudonym of the member in events, if the address is new.
    pub new_pseudonym: String,
    /// The time of the request.
    pub now: Timestamp,
}

impl AddMember {
    /// The member with the address, new or not; nothing when whoever asked has no right to it.
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<Member>, SqlError> {
        if !may_run(sql, &self.by, false)? {
            return Ok(None);
        }
        if let Some(known) = member_by_email(sql, &self.email)? {
            return Ok(Some(known));
        }
        append(sql, &self.entry())?;
        sql.query(
            "INSERT INTO members (id, email, pseudonym, created_at) VALUES (?, ?, ?, ?)",
            &[
                self.new_member.as_str().into(),
                self.email.as_str().into(),
                self.new_pseudonym.into(),
                self.now.0.into(),
            ],
        )?;
        member_by_email(sql, &self.email)
    }

    pub(crate) fn entry(&self) -> Entry {
        let detail = serde_json::json!({});
        Entry::about_member(self.now, self.by.clone(), "member.add", &self.new_member, detail)
    }
}

/// Finds members by the beginning of their address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FindMembers {
    /// What the address starts with, in lower case.
    pub prefix: String,
    /// The most members; never more than 100.
    pub limit: i64,
}

impl FindMembers {
    /// By address, so whoever has the whole text as address comes first.
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Vec<Member>, SqlError> {
        let statement = format!(
            "SELECT {MEMBER_COLUMNS} FROM members WHERE email >= ? AND email < ? AND erased_at IS NULL
             ORDER BY email LIMIT ?"
        );
        // No address has a character behind this one.
        let end = format!("{}\u{10ffff}", self.prefix);
        let arguments = [self.prefix.into(), end.into(), self.limit.clamp(1, MAX_FOUND).into()];
        sql.query(&statement, &arguments)?.iter().map(member).collect()
    }
}

/// Reads what staff sees of a member.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadMember {
    /// Who.
    pub member: MemberId,
    /// The time of the request.
    pub now: Timestamp,
}

/// What staff sees of a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRecord {
    /// Who.
    pub member: Member,
    /// What they are to the academy.
    pub roles: Vec<StaffRole>,
    /// What they may read now, from wherever they have it.
    pub entitlements: Vec<Entitlement>,
    /// What staff gave them, ended ones among them, oldest first.
    pub grants: Vec<Grant>,
    /// What they ordered, newest first.
    pub orders: Vec<Order>,
}

impl ReadMember {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<MemberRecord>, SqlError> {
        let Some(member) = member_by_id(sql, &self.member)? else { return Ok(None) };
        let roles = roles_of(sql, &member.id)?;
        let entitlements = entitlements_of(sql, &member.id, self.now)?;
        let (grants, orders) = (grants_of(sql, &member.id)?, orders_of(sql, &member.id)?);
        Ok(Some(MemberRecord { member, roles, entitlements, grants, orders }))
    }
}
