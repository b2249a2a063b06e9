//! When to come back.

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, header::RETRY_AFTER};

/// A vendor cannot park us for longer than this with one header.
const LONGEST: TimeDelta = TimeDelta::days(1);

/// `Retry-After` (RFC 9110, 10.2.3) in either form, as a delay from `now`: never negative, at most a day.
/// Vendors do ask for many hours; whoever comes back earlier is refused again, and for longer.
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<TimeDelta> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let delay = match text.parse::<i64>() {
        Ok(seconds) => TimeDelta::try_seconds(seconds).unwrap_or(LONGEST),
        Err(_) => DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now,
    };
    Some(delay.clamp(TimeDelta::zero(), LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds and dates are understood, negative is now, too long is capped, nonsense is nothing.
    #[test]
    fn both_forms_are_read_and_bounded() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let read = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, now).map(|delay| delay.num_seconds())
        };
        assert_eq!(read("12"), Some(12));
        assert_eq!(read("-5"), Some(0));
        assert_eq!(read("99999999999999999"), Some(86_400));
        assert_eq!(read("79892"), Some(79_892));
        assert_eq!(read("Tue, 14 Nov 2023 22:13:50 GMT"), Some(30));
        assert_eq!(read("Tue, 14 Nov 2023 22:13:10 GMT"), Some(0));
        assert_eq!(read("soon"), None);
    }
}
