//! Days and times as people of the site read them: in the site's time zone, with its difference to UTC.

use std::fmt::Write;

use lyceum_contract::{TimeZone, Timestamp, display};

use crate::page::Frame;

/// `15 Jan 2027, 09:00 (UTC+1)`, `2027年1月15日 09:00 (UTC+1)`.
pub(crate) fn moment(frame: &Frame, at: Timestamp) -> String {
    let offset = frame.site.manifest.time_zone.as_ref().map_or(0, |zone: &TimeZone| zone.offset_at(at));
    let local = at.plus_seconds(i64::from(offset) * 60);
    format!("{} ({})", day_and(frame, local, &time_of_day(local)), difference(offset))
}

/// The same with the end: `15 Jan 2027, 09:00–09:45 (UTC+1)`, or with the whole end when that is on another day.
pub(crate) fn span(frame: &Frame, starts: Timestamp, ends: Option<Timestamp>) -> String {
    let Some(ends) = ends else { return moment(frame, starts) };
    let offset = frame.site.manifest.time_zone.as_ref().map_or(0, |zone| zone.offset_at(starts));
    let local = |at: Timestamp| at.plus_seconds(i64::from(offset) * 60);
    if local(starts).date() != local(ends).date() {
        return format!("{} – {}", moment(frame, starts), moment(frame, ends));
    }
    let times = format!("{}–{}", time_of_day(local(starts)), time_of_day(local(ends)));
    format!("{} ({})", day_and(frame, local(starts), &times), difference(offset))
}

/// The day, and a time of that day: with a comma where people write one.
fn day_and(frame: &Frame, local: Timestamp, time: &str) -> String {
    let comma = if matches!(frame.language.as_str(), "zh" | "ja") { "" } else { "," };
    format!("{}{comma} {time}", display::date(local.date(), &frame.language))
}

/// `09:05`.
fn time_of_day(local: Timestamp) -> String {
    let minutes = local.0.rem_euclid(86_400) / 60;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `UTC`, `UTC+1`, `UTC−3:30`.
fn difference(offset: i32) -> String {
    let mut text = "UTC".to_owned();
    if offset != 0 {
        let (sign, minutes) = if offset < 0 { ('−', -offset) } else { ('+', offset) };
        // Writing to a string cannot fail.
        let _ = write!(text, "{sign}{}", minutes / 60);
        if minutes % 60 != 0 {
            let _ = write!(text, ":{:02}", minutes % 60);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_have_signs_and_no_more_than_they_need() {
        assert_eq!(
            [0, 60, 345, -210, -480].map(difference),
            ["UTC", "UTC+1", "UTC+5:45", "UTC−3:30", "UTC−8"]
        );
        assert_eq!(time_of_day(Timestamp(-60)), "23:59");
    }
}
