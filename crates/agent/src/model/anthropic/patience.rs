//! How long an answer may take, and how long to wait before another attempt.

use crate::model::ModelError;
use std::time::Duration;

/// Beyond this nobody is waited for: the run would sit there, and its caller with it.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

/// Of one attempt.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Between two pieces of a stream, and before the first.
    pub idle: Duration,
    /// The whole of it.
    pub total: Duration,
    /// The first pause before another one, where the other side names none; each next one is twice as long.
    pub backoff: Duration,
}

impl Default for Patience {
    /// The vendor's own clients wait ten minutes.
    fn default() -> Self {
        Self { idle: Duration::from_secs(90), total: Duration::from_mins(10), backoff: Duration::from_millis(500) }
    }
}

/// How long before the next attempt: what the other side asked for, or the backoff, doubled each time, less up to a quarter by chance. `None`: it asked for longer than anybody waits.
pub(super) fn pause(backoff: Duration, attempt: u32, error: &ModelError) -> Option<Duration> {
    let asked = match error {
        ModelError::Busy { retry_after, .. } | ModelError::Unavailable { retry_after } => *retry_after,
        ModelError::Credentials { .. } | ModelError::Refused { .. } | ModelError::Late | ModelError::Unreadable => None,
    };
    if let Some(asked) = asked {
        return (asked <= LONGEST_PAUSE).then_some(asked);
    }
    let whole = (backoff * 2_u32.saturating_pow(attempt)).min(LONGEST_BACKOFF);
    let shorter = u32::from(kernel::bytes::<1>()[0]);
    Some(whole * (1024 - shorter) / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Duration = Duration::from_millis(500);

    fn busy(seconds: Option<u64>) -> ModelError {
        ModelError::Busy { status: 429, retry_after: seconds.map(Duration::from_secs) }
    }

    /// What is asked for is kept, up to a minute; nobody waits longer.
    #[test]
    fn a_pause_that_is_asked_for_is_kept_and_capped() {
        assert_eq!(pause(BACKOFF, 0, &busy(Some(7))), Some(Duration::from_secs(7)));
        assert_eq!(pause(BACKOFF, 0, &busy(Some(60))), Some(Duration::from_mins(1)));
        assert_eq!(pause(BACKOFF, 0, &busy(Some(61))), None);
    }

    /// Without a word the pauses double, and chance takes no more than a quarter.
    #[test]
    fn pauses_double() {
        for (attempt, most) in [(0, 500), (1, 1000), (2, 2000), (9, 8000)] {
            let pause = pause(BACKOFF, attempt, &busy(None)).unwrap();
            let most = Duration::from_millis(most);
            assert!(pause <= most && pause > most * 3 / 4, "{attempt}: {pause:?}");
        }
    }
}
