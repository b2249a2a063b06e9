//! What an operator is told about the keys.

use super::{Loaded, PUBLISHED_AFTER};
use chrono::{DateTime, SecondsFormat, Utc};
use identity::Algorithm;
use std::fmt;

/// A published key and its time, as a line to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyReport {
    pub kid: String,
    pub algorithm: Algorithm,
    pub active_from: DateTime<Utc>,
    pub retired_at: Option<DateTime<Utc>>,
    /// Whether its time to sign has come, as far as times say.
    pub signs: bool,
}

pub fn of(loaded: &Loaded, now: DateTime<Utc>) -> Vec<KeyReport> {
    let report = |held: &super::set::Held| KeyReport {
        kid: held.signer.kid().to_owned(),
        algorithm: held.signer.algorithm(),
        active_from: held.active_from,
        retired_at: held.retired_at,
        signs: held.signs(now),
    };
    loaded.keys.iter().map(report).collect()
}

impl fmt::Display for KeyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        write!(f, "{} {} signs from {}", self.kid, self.algorithm, time(self.active_from))?;
        if let Some(end) = self.retired_at {
            write!(f, " until {}, is published until {}", time(end), time(end + PUBLISHED_AFTER))?;
        }
        if self.signs { f.write_str(" (signs now)") } else { Ok(()) }
    }
}
