//! What follows when a run does not come to its end. Nothing is lost: the cursor stays where it is, and the stream is due again.

use crate::flows::{settings::SettingsError, vend::VendError};
use chrono::{DateTime, TimeDelta, Utc};
use providers::CallError;
use rand::RngExt;

/// After what passes by itself; doubled with each attempt.
const FIRST: TimeDelta = TimeDelta::seconds(30);
const LONGEST: TimeDelta = TimeDelta::hours(1);
/// After what somebody has to put right: the vendor refuses, or something is not set up.
const FIRST_REFUSED: TimeDelta = TimeDelta::minutes(5);
const LONGEST_REFUSED: TimeDelta = TimeDelta::hours(6);
/// A vendor that names a longer pause than this is asked whether it has meant it.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(24);

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum SyncError {
    /// Another run has the stream, or it is no more. There is nothing to note.
    #[error("the stream is no longer this run's")]
    TakenOver,
    #[error("the vendor has asked for a pause")]
    Paused { until: DateTime<Utc> },
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Vend(#[from] VendError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("this version does not know the stream")]
    UnknownStream,
    #[error("the vendor does not even take a new cursor")]
    NoCursorServes,
    #[error("the page takes too long")]
    Slow,
    #[error("the reader panicked")]
    Panicked,
    #[error("the database failed")]
    Database(#[from] db::Error),
}

/// When the stream is due again.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// That is for others to say.
    Never,
    /// When the connection is well again; looked at then at the latest.
    Awake {
        latest: DateTime<Utc>,
    },
    At(DateTime<Utc>),
}

impl SyncError {
    /// `attempts`: how many have failed before this one.
    pub(super) fn again(&self, attempts: i32, now: DateTime<Utc>) -> Again {
        let passing = || Again::At(now + doubled(FIRST, LONGEST, attempts));
        let refused = || Again::At(now + doubled(FIRST_REFUSED, LONGEST_REFUSED, attempts));
        match self {
            Self::TakenOver => Again::Never,
            Self::Paused { until } => Again::At(*until),
            Self::Call(CallError::RateLimited { retry_after: Some(pause) }) => Again::At(now + bounded(*pause)),
            Self::Vend(VendError::Unavailable { retry_after }) => Again::At(now + bounded(*retry_after)),
            Self::Vend(VendError::Reconnect(_) | VendError::Suspended | VendError::NoSuchGrant) => {
                Again::Awake { latest: now + spread(LONGEST_REFUSED) }
            }
            Self::Call(
                CallError::RateLimited { retry_after: None } | CallError::Unavailable | CallError::Unreadable,
            )
            | Self::Slow
            | Self::Database(_)
            | Self::Vend(VendError::Database(_))
            | Self::Settings(SettingsError::Database(_)) => passing(),
            Self::Call(
                CallError::Unauthorized
                | CallError::Refused
                | CallError::Suspended
                | CallError::NotFound
                | CallError::Misconfigured
                | CallError::Forbidden(_),
            )
            | Self::Vend(
                VendError::NotFound
                | VendError::Settings(_)
                | VendError::TooLong { .. }
                | VendError::Vault(_)
                | VendError::Seal(_)
                | VendError::Format(_),
            )
            | Self::Settings(
                SettingsError::UnknownProvider
                | SettingsError::NotConfigured
                | SettingsError::ClientGone
                | SettingsError::Place(_)
                | SettingsError::Open(_)
                | SettingsError::Stored,
            )
            | Self::UnknownStream
            | Self::NoCursorServes
            | Self::Panicked => refused(),
        }
    }
}

/// As the vendor asks, within reason.
pub(super) fn bounded(pause: TimeDelta) -> TimeDelta {
    pause.clamp(TimeDelta::seconds(1), LONGEST_PAUSE)
}

/// A pause that grows, and that is not the same for all who failed together.
fn doubled(first: TimeDelta, longest: TimeDelta, attempts: i32) -> TimeDelta {
    let factor = 2_i32.saturating_pow(attempts.clamp(0, 16).unsigned_abs());
    spread((first * factor).min(longest))
}

/// The same, give or take a tenth.
pub(super) fn spread(length: TimeDelta) -> TimeDelta {
    let tenth = length.num_milliseconds() / 10;
    length + TimeDelta::milliseconds(rand::rng().random_range(-tenth..=tenth))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pause doubles up to its end, and no number of attempts makes it overflow.
    #[test]
    fn a_pause_grows_to_its_end() {
        let near = |pause: TimeDelta, seconds: i64| {
            let tenth = seconds / 10;
            (seconds - tenth..=seconds + tenth).contains(&pause.num_seconds())
        };
        let of = |attempts| doubled(FIRST, LONGEST, attempts);
        assert!(
            near(of(0), 30) && near(of(1), 60) && near(of(6), 1920) && near(of(7), 3600) && near(of(i32::MAX), 3600)
        );
        assert!(near(doubled(FIRST_REFUSED, LONGEST_REFUSED, 99), 21600));
    }

    /// Who has to wait for a person waits for that person, and who was asked to pause waits that long and no longer.
    #[test]
    fn each_trouble_has_its_time() {
        let now = DateTime::UNIX_EPOCH;
        let pause = |seconds| {
            let retry_after = Some(TimeDelta::seconds(seconds));
            SyncError::Call(CallError::RateLimited { retry_after }).again(9, now)
        };
        assert_eq!(pause(600), Again::At(now + TimeDelta::seconds(600)));
        assert_eq!(pause(-5), Again::At(now + TimeDelta::seconds(1)));
        assert_eq!(pause(i64::from(i32::MAX)), Again::At(now + LONGEST_PAUSE));
        assert!(matches!(SyncError::Vend(VendError::Reconnect(None)).again(0, now), Again::Awake { .. }));
        assert_eq!(SyncError::TakenOver.again(0, now), Again::Never);
    }
}
