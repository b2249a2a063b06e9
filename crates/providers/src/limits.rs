//! What vendors say of how much may be asked of them.

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;

/// Whose requests a vendor counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// Everything that our app asks for, whoever for.
    App,
    /// What it asks for of one organisation or workspace; of one account where the connection names no organisation.
    Organization,
    /// What it asks for of one account or installation.
    Account,
    /// What it asks of one method, of one organisation.
    Method,
}

/// What is left until the vendor counts anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub limit: i64,
    pub remaining: i64,
    pub resets_at: DateTime<Utc>,
}

impl Quota {
    /// From three headers with whole numbers; `reset` reads the last one.
    pub(crate) fn of(
        headers: &HeaderMap,
        [limit, remaining, resets_at]: [&str; 3],
        reset: impl FnOnce(&str) -> Option<DateTime<Utc>>,
    ) -> Option<Self> {
        let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
        let number = |name: &str| text(name)?.parse::<i64>().ok();
        let (limit, remaining) = (number(limit)?, number(remaining)?);
        (limit > 0).then_some(Self { limit, remaining, resets_at: reset(text(resets_at)?)? })
    }

    /// Whether what is left should be left to people: a tenth.
    pub fn is_low(&self) -> bool {
        self.remaining <= self.limit / 10
    }

    /// How long until the vendor counts anew; no quota's period is longer than a day.
    pub fn lasts(&self, now: DateTime<Utc>) -> TimeDelta {
        (self.resets_at - now).clamp(TimeDelta::zero(), TimeDelta::days(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["x-limit", "x-remaining", "x-reset"];

    fn read(headers: &[(&'static str, &str)]) -> Option<Quota> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Quota::of(&headers, NAMES, |text| DateTime::from_timestamp(text.parse().ok()?, 0))
    }

    /// Half of it says nothing, and neither does what is no number.
    #[test]
    fn a_quota_is_three_numbers() {
        let all = [("x-limit", "5000"), ("x-remaining", " 500 "), ("x-reset", "1700000000")];
        let quota = read(&all).unwrap();
        assert_eq!((quota.limit, quota.remaining, quota.resets_at.timestamp()), (5000, 500, 1_700_000_000));
        for broken in 0..3 {
            let mut headers = all;
            headers[broken].1 = "many";
            assert_eq!(read(&headers), None);
            let without: Vec<_> = all.iter().enumerate().filter(|(n, _)| *n != broken).map(|(_, one)| *one).collect();
            assert_eq!(read(&without), None);
        }
        assert_eq!(read(&[("x-limit", "0"), ("x-remaining", "0"), ("x-reset", "1")]), None);
    }

    /// The last tenth is people's.
    #[test]
    fn the_last_tenth_is_low() {
        let quota = |remaining| Quota { limit: 5000, remaining, resets_at: DateTime::UNIX_EPOCH };
        assert!(!quota(501).is_low() && quota(500).is_low() && quota(-1).is_low());
    }
}
