//! Who may read what. These types say it; only `app` decides by them.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{InvalidId, Slug};
use crate::time::Timestamp;

/// What an entitlement covers, written `tier:pro`, `course:rust` or `product:open-hour`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// One course, bought for itself.
    Course(Slug),
    /// Everything that this tier opens.
    Tier(Slug),
    /// One product beyond the courses: a ticket, a download and the like.
    Product(Slug),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Course(slug) => write!(f, "course:{slug}"),
            Self::Tier(slug) => write!(f, "tier:{slug}"),
            Self::Product(slug) => write!(f, "product:{slug}"),
        }
    }
}

impl FromStr for Scope {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.split_once(':') {
            Some(("course", slug)) => Ok(Self::Course(slug.parse()?)),
            Some(("tier", slug)) => Ok(Self::Tier(slug.parse()?)),
            Some(("product", slug)) => Ok(Self::Product(slug.parse()?)),
            _ => Err(InvalidId { expected: "a scope: `course:<slug>`, `tier:<slug>` or `product:<slug>`" }),
        }
    }
}

/// The access rule of a lesson, written `free`, `members` or `paid:course:rust,tier:pro`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Access {
    /// Everybody.
    Free,
    /// Everybody with an account.
    Members,
    /// Whoever holds one of these scopes; nobody when there is none.
    Paid(BTreeSet<Scope>),
}

impl Access {
    /// Whether the text may stand in public output.
    pub fn is_public(&self) -> bool {
        matches!(self, Self::Free)
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Free => f.write_str("free"),
            Self::Members => f.write_str("members"),
            Self::Paid(scopes) => {
                let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
                write!(f, "paid:{}", scopes.join(","))
            }
        }
    }
}

impl FromStr for Access {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text {
            "free" => Ok(Self::Free),
            "members" => Ok(Self::Members),
            "paid:" => Ok(Self::Paid(BTreeSet::new())),
            _ => {
                let expected =
                    InvalidId { expected: "an access rule: `free`, `members` or `paid:<scope>,…`" };
                let scopes = text.strip_prefix("paid:").ok_or(expected)?;
                scopes.split(',').map(str::parse).collect::<Result<_, _>>().map(Self::Paid)
            }
        }
    }
}

macro_rules! serde_as_text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.to_string()
            }
        }
    };
}

serde_as_text!(Scope);
serde_as_text!(Access);

/// A member may read what `scope` covers while `now < until`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entitlement {
    /// What may be read.
    pub scope: Scope,
    /// The first second at which it has ended; [`Timestamp::FOREVER`] for what is kept for good.
    pub until: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_read_back() {
        for text in
            ["free", "members", "paid:", "paid:course:rust,tier:pro", "paid:tier:pro", "paid:product:x"]
        {
            assert_eq!(text.parse::<Access>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn a_typo_is_not_a_rule() {
        for text in
            ["", "Free", "free ", "payd", "paid", "paid:pro", "paid:tier:", "paid:tier:pro,", "public"]
        {
            assert!(text.parse::<Access>().is_err(), "{text}");
        }
    }
}
