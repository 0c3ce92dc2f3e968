//! One booking as a file for calendars (RFC 5545). Times are in UTC, so the file needs no time zone.

use lyceum_contract::Timestamp;

/// What stands in the calendar.
pub(crate) struct Appointment<'a> {
    /// The same in every copy of the file: `<text>@<host>`.
    pub(crate) uid: &'a str,
    pub(crate) made_at: Timestamp,
    pub(crate) starts: Timestamp,
    pub(crate) ends: Option<Timestamp>,
    pub(crate) summary: &'a str,
    pub(crate) url: &'a str,
}

/// The file.
pub(crate) fn file(appointment: &Appointment<'_>) -> String {
    let Appointment { uid, made_at, starts, ends, summary, url } = appointment;
    let mut file = String::with_capacity(512);
    let mut line = |text: &str| fold(&mut file, text);
    line("BEGIN:VCALENDAR");
    line("VERSION:2.0");
    line("PRODID:-//Lyceum//Bookings//EN");
    line("BEGIN:VEVENT");
    line(&format!("UID:{}", plain(uid)));
    line(&format!("DTSTAMP:{}", instant(*made_at)));
    line(&format!("DTSTART:{}", instant(*starts)));
    if let Some(ends) = ends {
        line(&format!("DTEND:{}", instant(*ends)));
    }
    line(&format!("SUMMARY:{}", escaped(summary)));
    line(&format!("URL:{}", plain(url)));
    line("END:VEVENT");
    line("END:VCALENDAR");
    file
}

/// `20270115T090000Z`.
fn instant(at: Timestamp) -> String {
    at.to_string().chars().filter(|char| !matches!(char, '-' | ':')).collect()
}

/// A value that is no text: whatever could end its line is left out.
fn plain(value: &str) -> String {
    value.chars().filter(|char| !char.is_control()).collect()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match char {
            '\\' | ';' | ',' => escaped.extend(['\\', char]),
            '\n' => escaped.push_str("\\n"),
            char if char.is_control() => {}
            char => escaped.push(char),
        }
    }
    escaped
}

/// Adds a line in pieces of at most 75 bytes, each after the first with a blank in front, and never in the middle of a
/// character.
fn fold(file: &mut String, line: &str) {
    let mut n_bytes = 0;
    for char in line.chars() {
        if n_bytes + char.len_utf8() > 75 {
            file.push_str("\r\n ");
            n_bytes = 1;
        }
        file.push(char);
        n_bytes += char.len_utf8();
    }
    file.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(summary: &str) -> String {
        file(&Appointment {
            uid: "1@academy.example",
            made_at: Timestamp(1_800_000_000),
            starts: Timestamp(1_800_003_600),
            ends: Some(Timestamp(1_800_006_300)),
            summary,
            url: "https://academy.example/\r\nX:1",
        })
    }

    #[test]
    fn a_booking_is_an_event() {
        let expected = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Lyceum//Bookings//EN\r\nBEGIN:VEVENT\r\n\
            UID:1@academy.example\r\nDTSTAMP:20270115T080000Z\r\nDTSTART:20270115T090000Z\r\n\
            DTEND:20270115T094500Z\r\nSUMMARY:An hour\\, one to one\r\nURL:https://academy.example/X:1\r\n\
            END:VEVENT\r\nEND:VCALENDAR\r\n";
        assert_eq!(of("An hour, one to one"), expected);
    }

    #[test]
    fn lines_are_short_and_read_back() {
        let summary = "语言,x;y\\z ".repeat(40) + "\nEND:VCALENDAR";
        let file = of(&summary);
        assert!(file.split("\r\n").all(|line| line.len() <= 75), "{file}");
        assert_eq!(file.matches("\r\nEND:VCALENDAR").count(), 1);
        let unfolded = file.replace("\r\n ", "");
        let found = unfolded.split("\r\n").find_map(|line| line.strip_prefix("SUMMARY:")).expect("a summary");
        let read = found.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\");
        assert_eq!(read, summary);
    }
}
