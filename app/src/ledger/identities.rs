//! Members as other services know them.

use lyceum_contract::Timestamp;
use lyceum_contract::id::MemberId;
use lyceum_contract::manifest::Language;
use serde::{Deserialize, Serialize};

use super::account::{Member, make_member, member_by_email, member_by_id};
use super::sessions::{Means, Opening, SignedIn};
use super::sql::{Sql, SqlError};

/// Signs in somebody whom GitHub vouches for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignInWithGitHub {
    /// The number of the account at GitHub. Names there change hands, numbers do not.
    pub subject: String,
    /// The address that GitHub has verified, in lower case.
    pub email: String,
    /// Id of the member, if nobody has this account or address.
    pub new_member: MemberId,
    /// Pseudonym of the member in events, in that case.
    pub new_pseudonym: String,
    /// The language of the page, which becomes that of the member's mails if they have none.
    pub language: Language,
    /// The session.
    pub opening: Opening,
    /// The time of the request.
    pub now: Timestamp,
}

const PROVIDER: &str = "github";

impl SignInWithGitHub {
    /// Whoever this account was linked with before signs in, whatever its address is now. Otherwise it is linked with
    /// the member of the address, because GitHub says that the address is theirs.
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<SignedIn, SqlError> {
        let member = match self.linked(sql)? {
            Some(member) => member,
            None => self.link(sql)?,
        };
        self.opening.run(sql, member, Means::GitHub, self.now)
    }

    fn linked(&self, sql: &mut impl Sql) -> Result<Option<Member>, SqlError> {
        let rows = sql.query(
            "SELECT member_id FROM identities WHERE provider = ? AND subject = ?",
            &[PROVIDER.into(), self.subject.as_str().into()],
        )?;
        let member: Option<MemberId> = rows.first().map(|row| row.parse(0)).transpose()?;
        match member {
            Some(member) => member_by_id(sql, &member),
            None => Ok(None),
        }
    }

    fn link(&self, sql: &mut impl Sql) -> Result<Member, SqlError> {
        make_member(sql, &self.new_member, &self.email, &self.new_pseudonym, &self.language, self.now)?;
        let member =
            member_by_email(sql, &self.email)?.ok_or_else(|| SqlError::corrupt("the member is missing"))?;
        sql.query(
            "INSERT INTO identities (provider, subject, member_id, created_at) VALUES (?, ?, ?, ?)",
            &[PROVIDER.into(), self.subject.as_str().into(), member.id.as_str().into(), self.now.0.into()],
        )?;
        Ok(member)
    }
}
