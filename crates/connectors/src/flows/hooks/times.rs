//! When hooks are looked after next.

use chrono::{DateTime, TimeDelta, Utc};
use db::hooks::Extended;
use rand::RngExt;

/// How often it is looked whether all is as it should be, and how often what was refused is tried.
pub const DAILY: TimeDelta = TimeDelta::days(1);
const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(1);
/// After so many attempts in vain one a day is enough: the error is there to be seen.
const ATTEMPTS: i32 = 8;
/// A life that is longer is renewed at its half, so that an outage of weeks does no harm.
const LONG_LIFE: TimeDelta = TimeDelta::days(20);

/// A day, less up to a twentieth: what was registered together does not come back together.
pub fn daily() -> TimeDelta {
    less(DAILY)
}

/// Doubling from a minute, with up to a quarter of jitter; as long as the vendor asked for at least.
pub fn pause(attempts: i32, asked: Option<TimeDelta>) -> TimeDelta {
    let doubled = FIRST_PAUSE * 2_i32.saturating_pow(attempts.clamp(0, 10).unsigned_abs());
    let pause = if attempts >= ATTEMPTS { DAILY } else { doubled }.max(asked.unwrap_or_default());
    pause + TimeDelta::milliseconds(rand::rng().random_range(0..=pause.num_milliseconds() / 4))
}

/// Of a hook whose end has just been said.
pub fn until(expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Extended {
    let renew_at = expires_at.map(|end| renew_at(end, now));
    let look_at = now + daily();
    Extended { expires_at, renew_at, due_at: renew_at.map_or(look_at, |at| at.min(look_at)) }
}

/// At four fifths of its life, of a long one at the half.
fn renew_at(end: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let life = (end - now).max(TimeDelta::zero());
    let share = if life > LONG_LIFE { life / 2 } else { life / 5 * 4 };
    now + less(share)
}

fn less(length: TimeDelta) -> TimeDelta {
    length - TimeDelta::milliseconds(rand::rng().random_range(0..=length.num_milliseconds() / 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Well before the end, and before the half of a long life.
    #[test]
    fn a_hook_is_renewed_before_its_end() {
        let now = DateTime::UNIX_EPOCH;
        for (life, latest) in [(TimeDelta::hours(1), 48 * 60), (TimeDelta::days(30), 15 * 24 * 3600)] {
            let renewed = until(Some(now + life), now).renew_at.unwrap() - now;
            let latest = TimeDelta::seconds(latest);
            assert!(renewed <= latest && renewed >= latest - latest / 20, "{renewed}");
        }
        let over = until(Some(now - TimeDelta::hours(1)), now);
        assert_eq!(over.due_at, now);
        let endless = until(None, now);
        assert!(endless.renew_at.is_none() && endless.due_at > now + TimeDelta::hours(22));
    }

    /// A pause grows to a day and no further, and is at least what the vendor asked for.
    #[test]
    fn a_pause_ends() {
        assert!(pause(0, None) < pause(2, None));
        assert!(pause(i32::MAX, None) <= DAILY + DAILY / 4);
        assert!(pause(0, Some(TimeDelta::hours(3))) >= TimeDelta::hours(3));
    }
}
