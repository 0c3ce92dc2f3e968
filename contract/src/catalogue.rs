//! What there is to learn, in a few lines for each course, version 1.
//!
//! `/_lyceum/catalogue.json` lies beside the manifest. The app reads it only where somebody chooses among courses and
//! tracks, so that no other request pays for it. A site of an older generator has none.

use serde::{Deserialize, Serialize};

use crate::access::{Access, Scope};
use crate::id::Slug;
use crate::manifest::Localized;
use crate::time::{Date, Timestamp};

/// Every published course and track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// [`crate::manifest::VERSION`].
    pub version: u32,
    /// The time zone of the site: what a day means to its people.
    #[serde(default)]
    pub zone: Zone,
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

/// A time zone, as far as it is needed: what the clocks show in the years around the build.
///
/// Before the first entry they show UTC; after the last one they stay as they are. None at all is UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// `Europe/Berlin`.
    pub name: String,
    /// When the clocks change, the earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offsets: Vec<Offset>,
}

/// From this instant on the clocks are so far before UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offset {
    /// The first second.
    pub from: Timestamp,
    /// Seconds that the clocks are ahead; negative west of Greenwich.
    pub seconds: i32,
}

impl Default for Zone {
    fn default() -> Self {
        Self { name: "UTC".to_owned(), offsets: Vec::new() }
    }
}

impl Zone {
    fn offset(&self, at: Timestamp) -> i64 {
        let last = self.offsets.iter().rev().find(|offset| offset.from <= at);
        last.map_or(0, |offset| i64::from(offset.seconds))
    }

    /// The day that the calendars show at this instant.
    pub fn date(&self, at: Timestamp) -> Date {
        at.plus_seconds(self.offset(at)).date()
    }

    /// The first second after this day. Where the clocks skip midnight, the day ends at the skip; where midnight comes
    /// twice, at the first of the two.
    pub fn end_of(&self, day: Date) -> Timestamp {
        let midnight = Timestamp::from_date(Date::from_days_since_epoch(day.days_since_epoch() + 1));
        let shown = |at: Timestamp| at.plus_seconds(self.offset(at));
        let offsets = self.offsets.iter().map(|offset| i64::from(offset.seconds)).chain([0]);
        let exact =
            offsets.map(|seconds| midnight.plus_seconds(-seconds)).filter(|at| shown(*at) == midnight);
        let skip = || self.offsets.iter().map(|offset| offset.from).find(|from| shown(*from) > midnight);
        exact.min().or_else(skip).unwrap_or(midnight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(offsets: &[(i64, i32)]) -> Zone {
        let offsets =
            offsets.iter().map(|(from, seconds)| Offset { from: Timestamp(*from), seconds: *seconds });
        Zone { name: "Test".to_owned(), offsets: offsets.collect() }
    }

    #[track_caller]
    fn check(zone: &Zone, day: &str, expected: &str) {
        let day = day.parse().expect("a day");
        let end = zone.end_of(day);
        assert_eq!(end.to_string(), expected);
        assert_eq!((zone.date(Timestamp(end.0 - 1)), zone.date(end) > day), (day, true));
    }

    #[test]
    fn a_day_ends_at_its_own_midnight() {
        // Berlin in 2027: the clocks change on 28 March and 31 October, at 01:00 UTC.
        let berlin = zone(&[(0, 3_600), (1_806_195_600, 7_200), (1_824_944_400, 3_600)]);
        check(&berlin, "2027-01-15", "2027-01-15T23:00:00Z");
        check(&berlin, "2027-03-27", "2027-03-27T23:00:00Z");
        check(&berlin, "2027-03-28", "2027-03-28T22:00:00Z");
        check(&berlin, "2027-10-31", "2027-10-31T23:00:00Z");
        check(&zone(&[(0, -5 * 3_600)]), "2027-01-15", "2027-01-16T05:00:00Z");
        check(&Zone::default(), "2028-02-28", "2028-02-29T00:00:00Z");
    }

    #[test]
    fn a_midnight_that_is_skipped_or_comes_twice_ends_the_day_once() {
        // From 00:00 to 01:00 at 03:00 UTC on 2 January 1970, and back at 01:00 on the 4th.
        let skipping = zone(&[(0, -3 * 3_600), (86_400 + 3 * 3_600, -2 * 3_600)]);
        check(&skipping, "1970-01-01", "1970-01-02T03:00:00Z");
        let twice = zone(&[(0, -2 * 3_600), (86_400 + 3 * 3_600, -3 * 3_600)]);
        assert_eq!(twice.end_of("1970-01-01".parse().expect("a day")).to_string(), "1970-01-02T02:00:00Z");
    }

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
