//! Days and times as authors write them, in the site's time zone, by the rules of the IANA database.
//!
//! A time that the clocks skip counts as that much later (02:30 becomes 03:30), so a day whose midnight is skipped
//! begins at its first instant. Of a time that comes twice the first is meant.

use std::hash::{Hash, Hasher};

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use lyceum_contract::Timestamp;
use lyceum_contract::time::Date;

use crate::front_matter::Expected;

/// The time zone of the site.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    name: String,
    rules: TimeZone,
}

/// The rules belong to the name: the database is bundled.
impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self { name: "UTC".to_owned(), rules: TimeZone::UTC }
    }
}

impl Zone {
    /// The zone with exactly this name.
    pub(crate) fn named(name: &str) -> Result<Self, Expected> {
        let database = TimeZoneDatabase::bundled();
        let names: Vec<String> = database.available().map(|name| name.to_string()).collect();
        // The look-up knows no case, but other programs that read the same name may.
        let found = names.iter().any(|known| known == name).then(|| database.get(name).ok()).flatten();
        found.map(|rules| Self { name: name.to_owned(), rules }).ok_or_else(|| unknown(name, &names))
    }

    /// `Europe/Berlin`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The zone as programs without a database read it, with the changes of the years to 2045; nothing for UTC.
    pub(crate) fn in_manifest(&self) -> Option<lyceum_contract::TimeZone> {
        let (from, to) = (jiff::civil::date(2025, 1, 1), jiff::civil::date(2046, 1, 1));
        let instant = |day: jiff::civil::Date| day.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
        let (from, to) = (instant(from)?, instant(to)?);
        let minutes = |offset: jiff::tz::Offset| offset.seconds() / 60;
        let changes = self.rules.following(from).take_while(|change| change.timestamp() < to);
        let changes =
            changes.map(|change| (Timestamp(change.timestamp().as_second()), minutes(change.offset())));
        let (name, offset) = (self.name.clone(), minutes(self.rules.to_offset(from)));
        let zone = lyceum_contract::TimeZone { name, offset, changes: changes.collect() };
        (self.name != "UTC").then_some(zone)
    }

    /// The instant at which the clocks show this.
    pub(crate) fn instant(&self, local: LocalTime) -> Timestamp {
        let wall = local.wall().and_then(|wall| self.rules.to_ambiguous_timestamp(wall).compatible().ok());
        wall.map_or_else(|| Timestamp::from_date(local.date), |instant| Timestamp(instant.as_second()))
    }

    /// The first instant behind a day.
    pub(crate) fn day_after(&self, day: Date) -> Timestamp {
        let next = Date::from_days_since_epoch(day.days_since_epoch() + 1);
        self.instant(LocalTime { date: next, minute: None })
    }

    /// The instant at which the clocks show this, when they show it exactly once: whoever meets at a time must not
    /// wonder which one it is.
    fn only_instant(&self, local: LocalTime) -> Result<Timestamp, Expected> {
        let day = |message: &str| {
            let hint = "write another time: on this day the clocks are changed";
            Expected::hint(&format!("expected a time that {message} in `{}`", self.name), hint)
        };
        let ambiguous = local.wall().map(|wall| self.rules.to_ambiguous_timestamp(wall));
        match ambiguous.map(|found| (found.offset(), found.compatible())) {
            Some((AmbiguousOffset::Unambiguous { .. }, Ok(instant))) => Ok(Timestamp(instant.as_second())),
            Some((AmbiguousOffset::Gap { .. }, _)) => Err(day("the clocks show, which they skip")),
            Some((AmbiguousOffset::Fold { .. }, _)) => Err(day("comes once, which comes twice")),
            _ => Err(Expected::hint(&"expected a time that can be counted", "write a year such as 2027")),
        }
    }

    /// What the clocks show at this instant, to the minute.
    pub(crate) fn local(&self, instant: Timestamp) -> LocalTime {
        let Ok(instant) = jiff::Timestamp::from_second(instant.0) else {
            return LocalTime { date: instant.date(), minute: None };
        };
        let wall = self.rules.to_datetime(instant);
        let days = jiff::civil::date(1970, 1, 1).until(wall.date()).map_or(0, |span| span.get_days());
        let minute = u16::try_from(i32::from(wall.hour()) * 60 + i32::from(wall.minute())).ok();
        LocalTime { date: Date::from_days_since_epoch(i64::from(days)), minute }
    }

    /// The instant as RFC 3339 with the zone's offset: `2026-11-02T19:00:00+01:00`.
    pub(crate) fn rfc3339(&self, instant: Timestamp) -> String {
        let Ok(at) = jiff::Timestamp::from_second(instant.0) else { return instant.to_string() };
        let minutes = self.rules.to_offset(at).seconds() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let wall = self.rules.to_datetime(at);
        let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
        let (hour, minute, second) = (wall.hour(), wall.minute(), wall.second());
        format!("{}T{hour:02}:{minute:02}:{second:02}{sign}{hours:02}:{rest:02}", wall.date())
    }
}

fn unknown(name: &str, names: &[String]) -> Expected {
    let expected = "expected a name of the IANA time zone database";
    // The database names China's time after another city, so its spelling helps nobody.
    let beijing = (name == "Asia/Beijing").then_some("Asia/Shanghai");
    let near = beijing.or_else(|| crate::diagnostic::nearest(name, names.iter().map(String::as_str)));
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write continent and city such as `Europe/Berlin`, or `UTC`".to_owned(),
    };
    Expected::hint(&expected, &hint)
}

/// A day, or a day with a time, as the clocks of the site show it: `2026-12-01` or `2026-12-01T09:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LocalTime {
    pub(crate) date: Date,
    /// Minutes since midnight; without it, the beginning of the day.
    pub(crate) minute: Option<u16>,
}

impl LocalTime {
    fn wall(self) -> Option<DateTime> {
        let (year, minute) = (i16::try_from(self.date.year()).ok()?, self.minute.unwrap_or(0));
        let (month, day) = (i8::try_from(self.date.month()).ok()?, i8::try_from(self.date.day()).ok()?);
        let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
        DateTime::new(year, month, day, hour, minute, 0, 0).ok()
    }

    /// `09:00`; nothing for a whole day.
    pub(crate) fn time(self) -> Option<String> {
        self.minute.map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60))
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date)?;
        self.time().map_or(Ok(()), |time| write!(f, "T{time}"))
    }
}

impl FromStr for LocalTime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
        let expected = "expected a day such as `2026-12-01`, or with a time `2026-12-01T09:00`";
        let date = date.parse().map_err(|_| expected)?;
        let minute = time.map(|time| minute_of_day(time).ok_or(expected)).transpose()?;
        Ok(Self { date, minute })
    }
}

/// `09:30` → 570.
fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hour) || !two_digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// A day or time of the front matter.
pub(crate) fn local_time(text: &str) -> Result<LocalTime, Expected> {
    let hint = "write a day, `T` and a time of 24 hours in the site's `time_zone`; no offset";
    text.parse().map_err(|error: &str| Expected::hint(&error, hint))
}

/// A time at which two people meet: with a time of day, and one that the clocks show exactly once.
pub(crate) fn slot_time(text: &str, zone: &Zone) -> Result<Timestamp, Expected> {
    let local = local_time(text)?;
    if local.minute.is_none() {
        return Err(Expected::hint(&"expected a day and a time", "write `2027-02-01T10:00`"));
    }
    zone.only_instant(local)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(zone: &str, local: &str, utc: &str) {
        let zone = Zone::named(zone).expect("a zone");
        let instant = zone.instant(local.parse().expect("a time"));
        assert_eq!(instant.to_string(), utc, "{local}");
    }

    #[test]
    fn local_times_follow_the_rules_of_their_zone() {
        check("UTC", "2026-12-01", "2026-12-01T00:00:00Z");
        check("Europe/Berlin", "2026-12-01T09:00", "2026-12-01T08:00:00Z");
        check("Europe/Berlin", "2026-07-01T09:00", "2026-07-01T07:00:00Z");
        check("Asia/Shanghai", "2026-12-01", "2026-11-30T16:00:00Z");
        check("America/New_York", "2026-12-01", "2026-12-01T05:00:00Z");
        check("Asia/Kathmandu", "2026-12-01", "2026-11-30T18:15:00Z");
    }

    #[test]
    fn the_manifest_has_the_offsets_of_twenty_years() {
        let zone = |name| Zone::named(name).expect("a zone").in_manifest();
        assert_eq!(zone("UTC"), None);
        let shanghai = zone("Asia/Shanghai").expect("a zone");
        assert_eq!((shanghai.offset, shanghai.changes.len()), (480, 0));
        let berlin = zone("Europe/Berlin").expect("a zone");
        assert_eq!((berlin.name.as_str(), berlin.offset, berlin.changes.len()), ("Europe/Berlin", 60, 42));
        for text in ["2026-01-01", "2026-07-01", "2027-03-28", "2027-03-29", "2045-12-31"] {
            let instant = Timestamp::from_date(text.parse().expect("a day"));
            let offset = berlin.offset_at(instant);
            let sign = format!("+{:02}:00", offset / 60);
            assert!(
                Zone::named("Europe/Berlin").expect("a zone").rfc3339(instant).ends_with(&sign),
                "{text}"
            );
        }
    }

    #[test]
    fn skipped_times_are_later_and_repeated_times_are_the_first() {
        // In Berlin the clocks go from 02:00 to 03:00 on 29 March and from 03:00 to 02:00 on 25 October.
        check("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30:00Z");
        check("Europe/Berlin", "2026-03-29T03:30", "2026-03-29T01:30:00Z");
        check("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z");
        check("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00Z");
        // A day that begins at one o'clock.
        check("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z");
        // A day that did not exist at all.
        check("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z");
    }

    #[test]
    fn names_of_zones_are_exact_and_mistakes_are_understood() {
        for (name, hint) in [
            ("Europe/Berlim", "did you mean `Europe/Berlin`?"),
            ("europe/berlin", "did you mean `Europe/Berlin`?"),
            ("Asia/Beijing", "did you mean `Asia/Shanghai`?"),
            ("Mars/Olympus_Mons_and_more", "Europe/Berlin"),
        ] {
            let found = Zone::named(name).expect_err("unknown").1.expect("a hint");
            assert!(found.contains(hint), "{name}: {found}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "2026-12-01T9:00",
            "2026-12-01T24:00",
            "2026-12-01 09:00",
            "2026-12-01T09:00Z",
            "T09:00",
            "",
            "x",
        ] {
            assert!(text.parse::<LocalTime>().is_err(), "{text}");
        }
    }

    #[test]
    fn instants_are_written_with_their_offset() {
        let zone = Zone::named("America/St_Johns").expect("a zone");
        let instant = zone.instant("2026-12-01T19:00".parse().expect("a time"));
        assert_eq!(zone.rfc3339(instant), "2026-12-01T19:00:00-03:30");
    }

    proptest! {
        #[test]
        fn an_instant_reads_back_from_what_the_clocks_show(minutes in 0_i64..70_000_000) {
            static BERLIN: std::sync::LazyLock<Zone> =
                std::sync::LazyLock::new(|| Zone::named("Europe/Berlin").expect("a zone"));
            let zone = &*BERLIN;
            let instant = Timestamp(minutes * 60);
            let back = zone.instant(zone.local(instant));
            // The second of two equal times reads back as the first.
            prop_assert!(back == instant || back.0 == instant.0 - 3_600, "{} {}", instant, back);
        }
    }
}
