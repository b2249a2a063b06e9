//! What follows when a run does not come to its end. Nothing is lost: the cursor stays where it is, and the stream is due again.

use crate::flows::{budget, settings::SettingsError, vend::VendError};
use chrono::{DateTime, TimeDelta, Utc};
use providers::CallError;
use rand::RngExt;

/// After what passes by itself; doubled with each attempt.
const FIRST: TimeDelta = TimeDelta::seconds(30);
const LONGEST: TimeDelta = TimeDelta::hours(1);
/// After what somebody has to put right: the vendor refuses, or something is not set up.
const FIRST_REFUSED: TimeDelta = TimeDelta::minutes(5);
const LONGEST_REFUSED: TimeDelta = TimeDelta::hours(6);
/// Those whom a pause has held up do not all come at its end.
const AFTER_A_PAUSE: TimeDelta = TimeDelta::seconds(10);

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
    /// When the vendor may be asked again. Nothing has failed.
    Unpaused(DateTime<Utc>),
}

/// Why a stream is not read, in the words of its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The vendor refuses what is asked of it; tried again after minutes, later hours.
    RequestRefused,
    /// Its answer makes no sense; after half a minute, later hours.
    UnreadableAnswer,
    /// There is no token to ask with; when the connection is well again.
    GrantDead,
    /// It cannot be reached or is failing; after half a minute, later an hour.
    Network,
    /// It has asked for a pause; at its end.
    RateLimited,
    /// The provider is not set up; after minutes, later hours.
    NotConfigured,
    /// It is our own fault or that of our database.
    Internal,
}

impl Trouble {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::RequestRefused => "request_refused",
            Self::UnreadableAnswer => "unreadable_answer",
            Self::GrantDead => "grant_dead",
            Self::Network => "network",
            Self::RateLimited => "rate_limited",
            Self::NotConfigured => "not_configured",
            Self::Internal => "internal",
        }
    }
}

impl SyncError {
    pub(super) fn trouble(&self) -> Trouble {
        match self {
            Self::Paused { .. } | Self::Call(CallError::RateLimited { .. }) => Trouble::RateLimited,
            Self::Call(CallError::Unavailable) | Self::Slow | Self::Vend(VendError::Unavailable { .. }) => {
                Trouble::Network
            }
            Self::Call(CallError::Unreadable) => Trouble::UnreadableAnswer,
            Self::Call(CallError::Unauthorized | CallError::Suspended)
            | Self::Vend(VendError::Reconnect(_) | VendError::Suspended | VendError::NoSuchGrant) => Trouble::GrantDead,
            Self::Call(CallError::Refused | CallError::NotFound | CallError::Forbidden(_)) | Self::NoCursorServes => {
                Trouble::RequestRefused
            }
            Self::Call(CallError::Misconfigured)
            | Self::Vend(VendError::Settings(_))
            | Self::Settings(
                SettingsError::UnknownProvider
                | SettingsError::NotConfigured
                | SettingsError::ClientGone
                | SettingsError::Place(_),
            ) => Trouble::NotConfigured,
            Self::Vend(
                VendError::NotFound
                | VendError::TooLong { .. }
                | VendError::Database(_)
                | VendError::Vault(_)
                | VendError::Seal(_)
                | VendError::Format(_),
            )
            | Self::Settings(SettingsError::Database(_) | SettingsError::Open(_) | SettingsError::Stored)
            | Self::UnknownStream
            | Self::TakenOver
            | Self::Panicked
            | Self::Database(_) => Trouble::Internal,
        }
    }

    /// `attempts`: how many have failed before this one.
    pub(super) fn again(&self, attempts: i32, now: DateTime<Utc>) -> Again {
        let passing = || Again::At(now + doubled(FIRST, LONGEST, attempts));
        let refused = || Again::At(now + doubled(FIRST_REFUSED, LONGEST_REFUSED, attempts));
        match self {
            Self::TakenOver => Again::Never,
            Self::Paused { until } => Again::Unpaused(*until + later(AFTER_A_PAUSE)),
            Self::Vend(VendError::Unavailable { retry_after }) => Again::At(now + budget::bounded(*retry_after)),
            Self::Vend(VendError::Reconnect(_) | VendError::Suspended | VendError::NoSuchGrant) => {
                Again::Awake { latest: now + spread(LONGEST_REFUSED) }
            }
            Self::Call(CallError::RateLimited { .. } | CallError::Unavailable | CallError::Unreadable)
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

/// Some moment within this.
fn later(most: TimeDelta) -> TimeDelta {
    TimeDelta::milliseconds(rand::rng().random_range(0..=most.num_milliseconds()))
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
        let until = now + TimeDelta::seconds(600);
        let Again::Unpaused(at) = (SyncError::Paused { until }).again(9, now) else { panic!("a pause is no failure") };
        assert!((until..=until + AFTER_A_PAUSE).contains(&at));
        assert!(matches!(SyncError::Vend(VendError::Reconnect(None)).again(0, now), Again::Awake { .. }));
        assert_eq!(SyncError::TakenOver.again(0, now), Again::Never);
    }
}
