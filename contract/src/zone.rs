//! The site's time zone, for programs that have no database of time zones.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

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

impl TimeZone {
    /// Minutes that its clocks are ahead of UTC at this instant. After the last change it stays.
    pub fn offset_at(&self, at: Timestamp) -> i32 {
        let before = self.changes.iter().take_while(|(from, _)| *from <= at);
        before.last().map_or(self.offset, |(_, offset)| *offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_counts_from_its_change_on() {
        let text = r#"{"name":"Europe/Berlin","offset":60,"changes":[[1806282000,120],[1824426000,60]]}"#;
        let zone: TimeZone = serde_json::from_str(text).expect("a zone");
        let offsets = [0, 1_806_281_999, 1_806_282_000, 1_824_425_999, 1_824_426_000, i64::MAX];
        assert_eq!(offsets.map(|at| zone.offset_at(Timestamp(at))), [60, 60, 120, 120, 60, 60]);
        assert_eq!(serde_json::to_string(&zone).expect("plain data"), text);
    }
}
