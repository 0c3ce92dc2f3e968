//! The site's time zone, for programs that have no database of time zones.

use serde::{Deserialize, Serialize};

use crate::time::{Date, Timestamp};

/// A time zone as the offsets that it has from when on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeZone {
    /// Its name in the IANA database: `Europe/Berlin`.
    pub name: String,
    /// Minutes that its clocks are ahead of UTC, before the first change.
    pub offset: i32,
    /// When that changes and to what, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<(Timestamp, i32)>,
}

impl Default for TimeZone {
    /// UTC.
    fn default() -> Self {
        Self { name: "UTC".to_owned(), offset: 0, changes: Vec::new() }
    }
}

impl TimeZone {
    /// Minutes that its clocks are ahead of UTC at this instant. After the last change it stays.
    pub fn offset_at(&self, at: Timestamp) -> i32 {
        let before = self.changes.iter().take_while(|(from, _)| *from <= at);
        before.last().map_or(self.offset, |(_, offset)| *offset)
    }

    /// The day that the calendars show at this instant.
    pub fn date(&self, at: Timestamp) -> Date {
        self.shown(at).date()
    }

    /// The first second after this day. Where the clocks skip midnight, the day ends at the skip; where midnight comes
    /// twice, at the first of the two.
    pub fn end_of(&self, day: Date) -> Timestamp {
        let midnight = Timestamp::from_date(Date::from_days_since_epoch(day.days_since_epoch() + 1));
        let offsets = self.changes.iter().map(|(_, offset)| *offset).chain([self.offset]);
        let candidates = offsets.map(|offset| midnight.plus_seconds(-seconds(offset)));
        let exact = candidates.filter(|at| self.shown(*at) == midnight);
        let skip = || self.changes.iter().map(|(from, _)| *from).find(|from| self.shown(*from) > midnight);
        exact.min().or_else(skip).unwrap_or(midnight)
    }

    /// What the clocks show, as if they showed UTC.
    fn shown(&self, at: Timestamp) -> Timestamp {
        at.plus_seconds(seconds(self.offset_at(at)))
    }
}

fn seconds(minutes: i32) -> i64 {
    i64::from(minutes) * 60
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(offset: i32, changes: &[(i64, i32)]) -> TimeZone {
        let changes = changes.iter().map(|(from, offset)| (Timestamp(*from), *offset));
        TimeZone { name: "Test".to_owned(), offset, changes: changes.collect() }
    }

    #[track_caller]
    fn check(zone: &TimeZone, day: &str, expected: &str) {
        let day = day.parse().expect("a day");
        let end = zone.end_of(day);
        assert_eq!(end.to_string(), expected);
        assert_eq!((zone.date(Timestamp(end.0 - 1)), zone.date(end) > day), (day, true));
    }

    #[test]
    fn a_day_ends_at_its_own_midnight() {
        // Berlin in 2027: the clocks change on 28 March and 31 October, at 01:00 UTC.
        let berlin = zone(60, &[(1_806_195_600, 120), (1_824_944_400, 60)]);
        check(&berlin, "2027-01-15", "2027-01-15T23:00:00Z");
        check(&berlin, "2027-03-27", "2027-03-27T23:00:00Z");
        check(&berlin, "2027-03-28", "2027-03-28T22:00:00Z");
        check(&berlin, "2027-10-31", "2027-10-31T23:00:00Z");
        check(&zone(-5 * 60, &[]), "2027-01-15", "2027-01-16T05:00:00Z");
        check(&zone(5 * 60 + 45, &[]), "2027-01-15", "2027-01-15T18:15:00Z");
        check(&TimeZone::default(), "2028-02-28", "2028-02-29T00:00:00Z");
    }

    #[test]
    fn a_midnight_that_is_skipped_or_comes_twice_ends_the_day_once() {
        // From 00:00 to 01:00 at 03:00 UTC on 2 January 1970, and from 01:00 to 00:00.
        let skipping = zone(-3 * 60, &[(86_400 + 3 * 3_600, -2 * 60)]);
        check(&skipping, "1970-01-01", "1970-01-02T03:00:00Z");
        let twice = zone(-2 * 60, &[(86_400 + 3 * 3_600, -3 * 60)]);
        assert_eq!(twice.end_of("1970-01-01".parse().expect("a day")).to_string(), "1970-01-02T02:00:00Z");
    }

    #[test]
    fn an_offset_counts_from_its_change_on() {
        let text = r#"{"name":"Europe/Berlin","offset":60,"changes":[[1806282000,120],[1824426000,60]]}"#;
        let zone: TimeZone = serde_json::from_str(text).expect("a zone");
        let offsets = [0, 1_806_281_999, 1_806_282_000, 1_824_425_999, 1_824_426_000, i64::MAX];
        assert_eq!(offsets.map(|at| zone.offset_at(Timestamp(at))), [60, 60, 120, 120, 60, 60]);
        assert_eq!(serde_json::to_string(&zone).expect("plain data"), text);
    }
}
