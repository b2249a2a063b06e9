//! Calls to the vendor whose answer nobody has. A vendor that replaces the refresh token may have done so, and the only way
//! to find out is to ask with the same token again: inside its grace window that brings the lost answer, after it a refusal.

use chrono::TimeDelta;
use db::grants::{self, Left};
use kernel::ConnectionKind;
use oauth::TokenError;
use providers::{Provider, Refresh};
use tokio::time::Instant;

/// With one refresh token, over all processes: more would be a loop.
const MOST_UNANSWERED: i16 = 3;
/// A vendor that falls silent twice gets this long to recover before the last call, unless its grace window ends earlier.
const BEFORE_THE_LAST: TimeDelta = TimeDelta::minutes(15);

/// A grace window that ends sooner than this is as good as over.
const SHORTEST: TimeDelta = TimeDelta::seconds(5);

/// What a call that went unanswered can have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stakes {
    /// Nothing: the token stays, or is minted from a key.
    None,
    /// The refresh token was replaced, and the vendor takes the old one for this long (zero: it does not say).
    Replaced { grace: TimeDelta },
}

impl Stakes {
    pub fn of(provider: &Provider, kind: ConnectionKind) -> Self {
        match (kind, provider.refresh()) {
            (ConnectionKind::Account, Refresh::Replaced { grace, .. }) => Self::Replaced { grace },
            (ConnectionKind::Account, Refresh::Never | Refresh::Kept { .. }) | (ConnectionKind::Installation, _) => {
                Self::None
            }
        }
    }
}

/// How much a failed call tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// The vendor has changed nothing.
    NothingChanged,
    /// It has answered, but not so that one knows what it did. It is there, so asking again is no loop.
    Nonsense,
    /// It was sent the request, and no answer came.
    Silence,
}

impl From<&TokenError> for Heard {
    fn from(error: &TokenError) -> Self {
        match error {
            TokenError::Lost => Self::Silence,
            TokenError::Unreadable => Self::Nonsense,
            TokenError::Refused { .. }
            | TokenError::RateLimited { .. }
            | TokenError::Unavailable
            | TokenError::Forbidden(_) => Self::NothingChanged,
        }
    }
}

/// What is known about one version's refresh token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Intent {
    /// Before the call that is under way.
    unanswered: i16,
    in_doubt: bool,
    /// The age of the doubt that was found.
    found: TimeDelta,
    since: Instant,
}

impl Intent {
    /// As the row had it when the lease was taken.
    pub fn found(noted: grants::Intent) -> Self {
        Self {
            unanswered: noted.attempts - 1,
            in_doubt: noted.in_doubt_for.is_some(),
            found: noted.in_doubt_for.unwrap_or_default(),
            since: Instant::now(),
        }
    }

    pub fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::NothingChanged => {}
            Heard::Nonsense => self.in_doubt = true,
            Heard::Silence => {
                self.in_doubt = true;
                self.unanswered += 1;
            }
        }
    }

    /// With one more call.
    pub fn attempts(&self) -> i16 {
        self.unanswered + 1
    }

    /// Whether the vendor may have replaced the token without our having the new one.
    pub fn is_in_doubt(&self, stakes: Stakes) -> bool {
        self.in_doubt && stakes != Stakes::None
    }

    /// Whether asking once more would be a loop.
    pub fn is_used_up(&self, stakes: Stakes) -> bool {
        self.unanswered >= MOST_UNANSWERED && stakes != Stakes::None
    }

    /// Whether the next call is the last one, for which there is a better moment than now.
    pub fn is_for_later(&self, stakes: Stakes) -> bool {
        self.unanswered == MOST_UNANSWERED - 1 && stakes != Stakes::None
    }

    /// How long to wait before the next call, where `usual` is what its failure asks for.
    pub fn pause(&self, stakes: Stakes, usual: TimeDelta) -> TimeDelta {
        let Stakes::Replaced { grace } = stakes else { return usual };
        let pause = if self.is_for_later(stakes) { usual.max(BEFORE_THE_LAST) } else { usual };
        let age = self.found + TimeDelta::from_std(self.since.elapsed()).unwrap_or(TimeDelta::MAX);
        // A retry is worth most while the vendor still takes the old token.
        let inside = (grace - age) * 3 / 4;
        if self.in_doubt && inside >= SHORTEST { pause.min(inside) } else { pause }
    }

    /// What the row keeps when the lease is given back.
    pub fn left(&self, stakes: Stakes) -> Left {
        if stakes == Stakes::None {
            return Left::NOTHING;
        }
        Left { attempts: self.unanswered, in_doubt: self.in_doubt }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Stakes = Stakes::Replaced { grace: TimeDelta::zero() };
    const LENIENT: Stakes = Stakes::Replaced { grace: TimeDelta::minutes(10) };
    const MINUTE: TimeDelta = TimeDelta::minutes(1);

    fn found(attempts: i16, in_doubt_for: Option<TimeDelta>) -> Intent {
        Intent::found(grants::Intent { attempts, in_doubt_for })
    }

    /// A first call that went well leaves nothing; what failed for known reasons leaves what was there before.
    #[test]
    fn a_known_failure_leaves_no_doubt() {
        let mut intent = found(1, None);
        intent.hear(Heard::NothingChanged);
        assert_eq!(intent.left(STRICT), Left::NOTHING);
        let mut doubted = found(2, Some(MINUTE));
        doubted.hear(Heard::NothingChanged);
        assert_eq!(doubted.left(STRICT), Left { attempts: 1, in_doubt: true });
    }

    /// Silence is counted, nonsense is not, and both leave the doubt.
    #[test]
    fn silence_is_counted_up_to_three() {
        let mut intent = found(1, None);
        intent.hear(Heard::Nonsense);
        assert_eq!(intent.left(STRICT), Left { attempts: 0, in_doubt: true });
        for unanswered in 1..=3 {
            assert!(!intent.is_used_up(STRICT));
            intent.hear(Heard::Silence);
            assert_eq!(intent.left(STRICT), Left { attempts: unanswered, in_doubt: true });
        }
        assert!(intent.is_used_up(STRICT) && !intent.is_used_up(Stakes::None));
        assert!(found(4, Some(MINUTE)).is_used_up(LENIENT), "the third was cut off by a killed process");
    }

    /// A token that stays is in no doubt, however often the vendor was silent.
    #[test]
    fn a_token_that_stays_is_never_given_up() {
        let mut intent = found(90, Some(MINUTE));
        intent.hear(Heard::Silence);
        let known = (intent.is_in_doubt(Stakes::None), intent.is_used_up(Stakes::None), intent.left(Stakes::None));
        assert_eq!(known, (false, false, Left::NOTHING));
        assert_eq!(intent.pause(Stakes::None, MINUTE), MINUTE);
    }

    /// The last call comes late, but inside the vendor's grace window where there is one left.
    #[test]
    fn the_last_call_keeps_to_the_grace_window() {
        let mut intent = found(2, Some(MINUTE * 2));
        intent.hear(Heard::Silence);
        assert!(intent.is_for_later(LENIENT));
        let pause = intent.pause(LENIENT, MINUTE);
        assert!(MINUTE * 5 < pause && pause <= MINUTE * 6, "{pause}");
        assert_eq!(intent.pause(STRICT, MINUTE), BEFORE_THE_LAST);
        let mut late = found(2, Some(MINUTE * 11));
        late.hear(Heard::Silence);
        assert_eq!(late.pause(LENIENT, MINUTE), BEFORE_THE_LAST);
    }

    /// A usual pause that is longer than what is left of the window is shortened while the outcome is in doubt, and only then.
    #[test]
    fn a_retry_in_doubt_does_not_miss_the_window() {
        let mut intent = found(2, Some(TimeDelta::seconds(580)));
        let pause = intent.pause(LENIENT, MINUTE);
        assert!(SHORTEST <= pause && pause <= TimeDelta::seconds(15), "{pause}");
        assert_eq!(found(2, Some(TimeDelta::seconds(599))).pause(LENIENT, MINUTE), MINUTE, "it is over");
        intent = found(1, None);
        intent.hear(Heard::NothingChanged);
        assert_eq!(intent.pause(LENIENT, TimeDelta::hours(1)), TimeDelta::hours(1));
    }
}
