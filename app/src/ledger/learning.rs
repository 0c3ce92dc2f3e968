//! What can be learned, and until when.

use std::fmt;
use std::str::FromStr;

use lyceum_contract::id::InvalidId;
use lyceum_contract::manifest::Localized;
use lyceum_contract::time::Date;
use lyceum_contract::{Slug, Timestamp};
use serde::{Deserialize, Serialize};

/// What can be assigned, written `course:rust` or `track:backend`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CourseOrTrack {
    /// One course.
    Course(Slug),
    /// Several courses in their order.
    Track(Slug),
}

impl fmt::Display for CourseOrTrack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Course(slug) => write!(f, "course:{slug}"),
            Self::Track(slug) => write!(f, "track:{slug}"),
        }
    }
}

impl FromStr for CourseOrTrack {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.split_once(':') {
            Some(("course", slug)) => Ok(Self::Course(slug.parse()?)),
            Some(("track", slug)) => Ok(Self::Track(slug.parse()?)),
            _ => Err(InvalidId { expected: "`course:<slug>` or `track:<slug>`" }),
        }
    }
}

impl TryFrom<String> for CourseOrTrack {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<CourseOrTrack> for String {
    fn from(what: CourseOrTrack) -> Self {
        what.to_string()
    }
}

/// A course or track, and how the site called it when it was assigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learning {
    /// Which.
    pub what: CourseOrTrack,
    /// Its title.
    pub name: Localized,
    /// Its page, without the prefix of a language.
    pub path: String,
}

/// A day by whose end something is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The day.
    pub day: Date,
    /// The first second after it, in the site's time zone.
    pub ends_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn courses_and_tracks_read_back() {
        for text in ["course:rust", "track:build-and-keep"] {
            assert_eq!(text.parse::<CourseOrTrack>().expect(text).to_string(), text);
        }
        for text in ["", "rust", "course:", "course:Rust", "tier:pro", "track:a/b"] {
            assert!(text.parse::<CourseOrTrack>().is_err(), "{text}");
        }
    }
}
