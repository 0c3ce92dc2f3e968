//! What there is to learn, in a few lines for each course, version 1.
//!
//! `/_lyceum/catalogue.json` lies beside the manifest. The app reads it only where somebody chooses among courses and
//! tracks, so that no other request pays for it. A site of an older generator has none.

use serde::{Deserialize, Serialize};

use crate::access::{Access, Scope};
use crate::id::Slug;
use crate::manifest::Localized;

/// Every published course and track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// [`crate::manifest::VERSION`].
    pub version: u32,
    /// In the order of the content.
    pub courses: Vec<CourseSummary>,
    /// In the order of the content.
    #[serde(default)]
    pub tracks: Vec<TrackSummary>,
}

/// One course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseSummary {
    /// Its slug.
    pub id: Slug,
    /// Its title.
    pub title: Localized,
    /// Its page, without the prefix of a language.
    pub path: String,
    /// What opens all of it: whoever holds one of these scopes may read every lesson.
    pub access: Access,
    /// How many lessons it has.
    pub n_lessons: u32,
}

/// Courses in the order to take them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackSummary {
    /// Its slug.
    pub id: Slug,
    /// Its title.
    pub title: Localized,
    /// Its page, without the prefix of a language.
    pub path: String,
    /// Its published courses.
    pub courses: Vec<Slug>,
}

impl CourseSummary {
    /// Whether every lesson is open to somebody with this scope.
    pub fn is_within(&self, scope: &Scope) -> bool {
        match &self.access {
            Access::Free | Access::Members => true,
            Access::Paid(scopes) => scopes.contains(scope),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_covers_what_it_opens_all_of() {
        let course = |access: &str| CourseSummary {
            id: "rust".parse().expect("a slug"),
            title: Localized::default(),
            path: "/courses/rust/".to_owned(),
            access: access.parse().expect("a rule"),
            n_lessons: 3,
        };
        let pro = "tier:pro".parse().expect("a scope");
        for (access, expected) in [
            ("free", true),
            ("members", true),
            ("paid:course:rust,tier:pro", true),
            ("paid:course:rust", false),
            ("paid:", false),
        ] {
            assert_eq!(course(access).is_within(&pro), expected, "{access}");
        }
    }
}
