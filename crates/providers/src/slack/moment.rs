//! Slack's instants: `seconds.micros` as text, which is also how messages are told apart.

use chrono::{DateTime, Utc};

/// Six digits of a fraction and ten in front are more than a binary fraction keeps, so none is made on the way.
pub(super) fn read(text: &str) -> Option<DateTime<Utc>> {
    let (seconds, micros) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(seconds) || !digits(micros) || micros.len() > 6 {
        return None;
    }
    let nanos: u32 = format!("{micros:0<9}").parse().ok()?;
    DateTime::from_timestamp(seconds.parse().ok()?, nanos)
}

#[cfg(test)]
mod tests {
    /// To the microsecond, and nothing else than digits.
    #[test]
    fn an_instant_keeps_its_micros() {
        let read = |text: &str| super::read(text).map(|time| time.format("%s.%6f").to_string());
        for exact in ["1767323045.000200", "1767323045.999999", "9007199254.740993", "0.000001"] {
            assert_eq!(read(exact).as_deref(), Some(exact));
        }
        assert_eq!(read("1767323045").as_deref(), Some("1767323045.000000"));
        assert_eq!(read("1767323045.5").as_deref(), Some("1767323045.500000"));
        for none in ["", ".", "1.", ".5", "-1.5", "1e9", "1.0000001", "1767323045.-1", "soon", "99999999999999999999"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
