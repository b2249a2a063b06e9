//! Atlassian's instants. They are ISO 8601 and often not RFC 3339: Jira writes offsets without a colon, rate limits leave the
//! seconds out.

use chrono::{DateTime, Utc};

pub(super) fn read(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let forms = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"];
    let other = || forms.iter().find_map(|form| DateTime::parse_from_str(text, form).ok());
    Some(DateTime::parse_from_rfc3339(text).ok().or_else(other)?.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All spellings of one instant.
    #[test]
    fn an_instant_is_read_in_each_spelling() {
        for text in [
            "2026-01-02T03:04:00Z",
            "2026-01-02T03:04:00.000Z",
            "2026-01-02T03:04:00.000+0000",
            "2026-01-02T05:04:00.000+0200",
            "2026-01-02T05:04:00+02:00",
            "2026-01-02T03:04Z",
            " 2026-01-02T03:04Z ",
        ] {
            assert_eq!(read(text).map(|time| time.timestamp()), Some(1_767_323_040), "{text}");
        }
        assert!(["", "soon", "2026-01-02", "2026-01-02T03:04:00"].iter().all(|text| read(text).is_none()));
    }
}
