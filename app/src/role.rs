//! What people are to an academy, besides learners.

use std::fmt;
use std::str::FromStr;

use lyceum_contract::Slug;
use lyceum_contract::id::InvalidId;
use serde::{Deserialize, Serialize};

/// The kinds of roles. Learner is nobody's row in the Ledger: every member is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// May do everything, and is the only one who makes owners and admins.
    Owner,
    /// May do everything but that.
    Admin,
    /// Reads the own courses, and answers there. With the name of a person instead of a course: answers the questions and
    /// sees the bookings of the products that name this person.
    Instructor,
    /// Decides about comments, everywhere or in one course.
    Moderator,
    /// Grades what learners hand in, everywhere or in one course.
    Reviewer,
    /// Runs one team's seats.
    TeamManager,
    /// Every member.
    Learner,
}

impl Role {
    /// The roles that somebody can be given, and their names.
    pub const NAMED: [(Self, &'static str); 6] = [
        (Self::Owner, "owner"),
        (Self::Admin, "admin"),
        (Self::Instructor, "instructor"),
        (Self::Moderator, "moderator"),
        (Self::Reviewer, "reviewer"),
        (Self::TeamManager, "team-manager"),
    ];

    /// The name, as it is typed and stored.
    pub fn name(self) -> &'static str {
        Self::NAMED.iter().find(|(role, _)| *role == self).map_or("learner", |(_, name)| name)
    }

    /// Whether it counts only for whoever signed in with a passkey: a stolen mailbox must not be enough to change what
    /// others have or to read what they paid for.
    pub fn needs_passkey(self) -> bool {
        matches!(self, Self::Owner | Self::Admin | Self::Instructor | Self::Moderator)
    }

    fn named(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(_, known)| *known == name).map(|(role, _)| *role)
    }
}

impl FromStr for Role {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::named(text).ok_or(InvalidId {
            expected: "a role: `owner`, `admin`, `instructor`, `moderator`, `reviewer` or `team-manager`",
        })
    }
}

/// A role as one member has it: `admin`, `instructor:rust`, `moderator`, `moderator:rust`, `team-manager:<team>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StaffRole {
    role: Role,
    scope: Option<Slug>,
}

impl StaffRole {
    /// The role in this course or team; nothing when the role is not had like that.
    ///
    /// An instructor has a course, a team manager a team, owner and admin neither; moderator and reviewer have a course
    /// or none.
    pub fn new(role: Role, scope: Option<Slug>) -> Option<Self> {
        let fits = match role {
            Role::Owner | Role::Admin => scope.is_none(),
            Role::Instructor | Role::TeamManager => scope.is_some(),
            Role::Moderator | Role::Reviewer => true,
            Role::Learner => false,
        };
        fits.then_some(Self { role, scope })
    }

    /// Its kind.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The course, or the team of a team manager; nothing when it counts everywhere.
    pub fn scope(&self) -> Option<&Slug> {
        self.scope.as_ref()
    }

    /// Of the roles that a member has, those that count in a session, and those that wait for a passkey.
    pub(crate) fn counting(roles: Vec<Self>, is_by_passkey: bool) -> (Vec<Self>, Vec<Self>) {
        roles.into_iter().partition(|held| is_by_passkey || !held.role.needs_passkey())
    }

    /// Whether only an owner may give and take it.
    pub fn needs_owner(&self) -> bool {
        matches!(self.role, Role::Owner | Role::Admin)
    }
}

impl fmt::Display for StaffRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.role.name())?;
        match &self.scope {
            Some(scope) => write!(f, ":{scope}"),
            None => Ok(()),
        }
    }
}

impl FromStr for StaffRole {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let expected = InvalidId {
            expected: "a role: `owner`, `admin`, `instructor:<course>`, `moderator`, `reviewer` or `team-manager:<team>`",
        };
        let (name, scope) = text.split_once(':').map_or((text, None), |(name, scope)| (name, Some(scope)));
        let scope = scope.map(str::parse).transpose()?;
        Role::named(name).and_then(|role| Self::new(role, scope)).ok_or(expected)
    }
}

impl TryFrom<String> for StaffRole {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<StaffRole> for String {
    fn from(role: StaffRole) -> Self {
        role.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_read_back_and_half_ones_are_none() {
        let good = [
            "owner",
            "admin",
            "instructor:rust",
            "moderator",
            "moderator:rust",
            "reviewer",
            "reviewer:go",
            "team-manager:0123456789abcdef0123456789abcdef",
        ];
        for text in good {
            assert_eq!(text.parse::<StaffRole>().expect(text).to_string(), text);
        }
        let bad = [
            "",
            "learner",
            "Owner",
            "owner:rust",
            "admin:",
            "instructor",
            "instructor:",
            "moderator:",
            "team-manager",
            "root",
            "moderator:a b",
            "moderator:a:b",
        ];
        for text in bad {
            assert!(text.parse::<StaffRole>().is_err(), "{text}");
        }
    }
}
