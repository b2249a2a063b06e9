//! How often one client address may call: a hundred times in ten seconds, and three times to sign in or up.

use edge::{Limit, Limiter};
use kernel::Secret;
use std::{str::FromStr, time::Duration};

use crate::problem::Problem;

/// Against guessing passwords, and against filling the table of people.
const SIGN_IN: Limit = Limit { name: "auth-sign-in", quota: 3, window: Duration::from_secs(10) };
const DEFAULT: Limit = Limit { name: "auth", quota: 100, window: Duration::from_secs(10) };

/// Whether callers are counted. On unless `AUTH_RATE_LIMIT` says `off`, which is for tests that sign many people in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimit {
    On,
    Off,
}

/// Neither `on` nor `off`.
#[derive(Debug, thiserror::Error)]
#[error("the rate limit is on or off")]
pub struct NotASwitch;

impl FromStr for RateLimit {
    type Err = NotASwitch;

    fn from_str(text: &str) -> Result<Self, NotASwitch> {
        match text {
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err(NotASwitch),
        }
    }
}

/// The limiter could not be set up. Its source is the Redis client's own.
#[derive(Debug, thiserror::Error)]
#[error("the shared rate limit cannot be set up")]
pub struct LimitsError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// Counts callers, in Redis when there is one.
pub struct Limits(Option<Limiter>);

impl Limits {
    pub fn new(switch: RateLimit, redis_url: Option<&Secret>) -> Result<Self, LimitsError> {
        if switch == RateLimit::Off {
            return Ok(Self(None));
        }
        let limiter = match redis_url {
            Some(url) => Limiter::shared(url.expose()).map_err(|error| LimitsError(error.into()))?,
            None => Limiter::local(),
        };
        Ok(Self(Some(limiter)))
    }

    /// Counts one request for `path` from the client known as `caller`.
    pub async fn count(&self, caller: &str, path: &str) -> Result<(), Problem> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        let guarded = ["/api/auth/sign-in", "/api/auth/sign-up"].iter().any(|prefix| path.starts_with(prefix));
        // Paths are told apart only where the limit is strict, so that made-up paths do not make up counters.
        let verdict = if guarded {
            let door = if path.starts_with("/api/auth/sign-in") { "sign-in" } else { "sign-up" };
            limiter.count(SIGN_IN, &format!("{caller}|{door}")).await
        } else {
            limiter.count(DEFAULT, caller).await
        };
        if verdict.allowed() {
            return Ok(());
        }
        let retry_after_s = verdict.reset.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1);
        Err(Problem::TooManyRequests { retry_after_s })
    }
}
