//! When a key is made, and when one ends: decided from the rows and the clock alone.

use chrono::{DateTime, TimeDelta, Utc};
use db::auth::signing_keys::SigningKey;
use identity::Algorithm;
use std::{fmt, str::FromStr};

/// How long a key is published before it signs: ten minutes for which others may cache the JWKS, and two in which every
/// replica reads the table.
pub const NOTICE: TimeDelta = TimeDelta::minutes(12);

/// How much longer the keys of an algorithm sign that this replica was told not to use any more. Replicas that have not been
/// told yet go on with them, and make a new one if an hour was not enough.
const HANDOVER: TimeDelta = TimeDelta::hours(1);

const MOST_DAYS: u16 = 3650;

/// `AUTH_KEY_ROTATION_DAYS`: how long a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// 1 to 3650.
    EveryDays(u16),
    /// Only by hand.
    Off,
}

impl Rotation {
    pub const DEFAULT: Self = Self::EveryDays(30);

    fn is_over(self, key: &SigningKey, now: DateTime<Utc>) -> bool {
        match self {
            Self::EveryDays(days) => key.active_from + TimeDelta::days(days.into()) <= now,
            Self::Off => false,
        }
    }
}

/// Neither a number of days nor `off`. Zero is not taken for `off`: it could as well mean "always".
#[derive(Debug, thiserror::Error)]
#[error("a rotation is 1 to 3650 days, or off")]
pub struct NotARotation;

impl FromStr for Rotation {
    type Err = NotARotation;

    fn from_str(text: &str) -> Result<Self, NotARotation> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let days = text.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
        days.map(Self::EveryDays).ok_or(NotARotation)
    }
}

impl fmt::Display for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EveryDays(days) => days.fmt(f),
            Self::Off => f.write_str("off"),
        }
    }
}

/// What is to be done to the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A key of our algorithm, which has none that goes on.
    First { from: DateTime<Utc> },
    /// A key that takes over from another.
    Successor { of: String, from: DateTime<Utc> },
    /// Of another algorithm, which nobody is to use any more.
    Retire { kid: String, at: DateTime<Utc> },
}

/// The next step, if there is one to take at `now`.
pub fn due(keys: &[SigningKey], algorithm: Algorithm, rotation: Rotation, now: DateTime<Utc>) -> Option<Step> {
    let own = || keys.iter().filter(|key| key.algorithm == algorithm.name());
    match own().find(|key| key.retired_at.is_none()) {
        Some(key) if rotation.is_over(key, now) => {
            return Some(Step::Successor { of: key.kid.clone(), from: now + NOTICE });
        }
        Some(_) => {}
        // Somebody retired our algorithm. Its last key may go on until its end is near.
        None if own().any(|key| key.retired_at > Some(now + NOTICE)) => {}
        None => return Some(first(keys, now)),
    }
    if !own().any(|key| key.active_from <= now) {
        return None;
    }
    let stranger = keys.iter().find(|key| key.algorithm != algorithm.name() && key.retired_at.is_none())?;
    let at = (now + HANDOVER).max(stranger.active_from);
    Some(Step::Retire { kid: stranger.kid.clone(), at })
}

/// The step that replaces the key of our algorithm before its time; `None` where its successor waits already.
pub fn successor(keys: &[SigningKey], algorithm: Algorithm, now: DateTime<Utc>) -> Option<Step> {
    let current = keys.iter().find(|key| key.algorithm == algorithm.name() && key.retired_at.is_none());
    match current {
        None => Some(first(keys, now)),
        Some(key) if key.active_from > now => None,
        Some(key) => Some(Step::Successor { of: key.kid.clone(), from: now + NOTICE }),
    }
}

/// Where nothing signs there is nothing to wait for: nobody can know a key of ours.
fn first(keys: &[SigningKey], now: DateTime<Utc>) -> Step {
    let signs = |key: &SigningKey| key.active_from <= now && key.retired_at.is_none_or(|end| now < end);
    Step::First { from: if keys.iter().any(signs) { now + NOTICE } else { now } }
}
