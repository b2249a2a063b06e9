//! How often a client address may call a route, by Better Auth's rule and with its numbers, and how often a password of one
//! account may be guessed.

use edge::{Limit, Limiter, Redis, Rule, Unreachable, Verdict};
use hmac::{Hmac, KeyInit, Mac};
use kernel::Secret;
use sha2::Sha256;
use std::{str::FromStr, time::Duration};

use crate::problem::Problem;

/// Better Auth's window starts again with every request that is let through.
const fn per_address(name: &'static str, quota: u64, seconds: u64) -> Limit {
    Limit { name, quota, window: Duration::from_secs(seconds), rule: Rule::Restarting }
}

const DEFAULT: Limit = per_address("auth", 100, 10);
/// Against guessing passwords, and against filling the table of people.
const SIGN_IN: Limit = per_address("auth-sign-in", 3, 10);
/// Against filling somebody's mailbox.
const MAIL: Limit = per_address("auth-mail", 3, 60);
/// Against guessing one account's password from many addresses. Enough for a person with bad luck; at this pace a list of
/// the ten thousand most frequent passwords takes five days.
const GUESSES: Limit = Limit { name: "auth-guesses", quota: 20, window: Duration::from_mins(15), rule: Rule::Fixed };

/// Against filling the table of clients. A program registers once; a whole office behind one address does so too.
const REGISTER: Limit = Limit { name: "oauth-register", quota: 20, window: Duration::from_hours(1), rule: Rule::Fixed };
/// Programs come here for many people from one address, so they are not told to be quiet first.
const TOKEN: Limit = Limit { name: "oauth-token", quota: 600, window: Duration::from_mins(1), rule: Rule::Fixed };
/// Against sending us to fetch from somebody else's host. Beyond the quota only known clients are answered.
const DOCUMENTS: Limit =
    Limit { name: "oauth-documents", quota: 20, window: Duration::from_mins(1), rule: Rule::Fixed };

/// The routes that check a password, take one or send mail, by how their paths begin, and how often each may be called.
/// While Redis is there and does not answer they are closed: nobody knows how often they were tried.
const GUARDED: [(&str, Limit); 12] = [
    ("/api/auth/sign-in", SIGN_IN),
    ("/api/auth/sign-up", SIGN_IN),
    ("/api/auth/change-password", SIGN_IN),
    ("/api/auth/change-email", SIGN_IN),
    ("/api/auth/request-password-reset", MAIL),
    ("/api/auth/send-verification-email", MAIL),
    ("/api/auth/forget-password", MAIL),
    ("/api/auth/reset-password", DEFAULT),
    ("/api/auth/verify-password", DEFAULT),
    ("/api/auth/delete-user", DEFAULT),
    ("/oauth2/sign-in", SIGN_IN),
    ("/oauth2/register", REGISTER),
];

/// Routes with a number of their own that stay open while Redis does not answer.
const OPEN: [(&str, Limit); 2] = [("/oauth2/token", TOKEN), ("/oauth2/revoke", TOKEN)];

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

/// Why nothing can be counted.
#[derive(Debug, thiserror::Error)]
pub enum LimitsError {
    #[error("the shared rate limit cannot be set up")]
    Redis(#[from] edge::LimiterError),
    #[error("no key for the counters can be derived")]
    Key(#[from] vault::KeyError),
    #[error("the key of the counters has the wrong length")]
    KeyLength(#[from] hmac::digest::InvalidLength),
}

/// Counts callers, in Redis when there is one.
pub struct Limits(Option<Counting>);

struct Counting {
    limiter: Limiter,
    /// Turns addresses of people into keys that say nothing about them.
    key: Hmac<Sha256>,
}

impl Limits {
    /// `secret` hides the addresses that are counted from whoever reads Redis.
    pub fn new(switch: RateLimit, redis: Option<&Redis>, secret: &Secret) -> Result<Self, LimitsError> {
        if switch == RateLimit::Off {
            return Ok(Self(None));
        }
        let limiter = Limiter::of(redis)?;
        let key = Hmac::new_from_slice(&*vault::derive(secret, "auth guess counters")?)?;
        Ok(Self(Some(Counting { limiter, key })))
    }

    /// Counts one request for `path` from the client known as `caller`. `route` is the route it goes to, if there is one:
    /// every route is counted for itself, and all made-up paths together, so that nobody can make up counters.
    pub async fn count(&self, caller: &str, path: &str, route: Option<&str>) -> Result<(), Problem> {
        let Some(Counting { limiter, .. }) = &self.0 else { return Ok(()) };
        let verdict = match guard(path) {
            Some((prefix, limit)) => limiter.count_or_close(limit, &bucket(caller, route.unwrap_or(prefix))).await?,
            None => limiter.count(open(path), &bucket(caller, route.unwrap_or("*"))).await,
        };
        within(verdict)
    }

    /// Counts one document that is fetched because the client known as `caller` has named it.
    pub async fn document(&self, caller: &str) -> Result<(), Problem> {
        let Some(Counting { limiter, .. }) = &self.0 else { return Ok(()) };
        within(limiter.count(DOCUMENTS, caller).await)
    }

    /// Counts one attempt at the password of the account with this address, before the attempt is made: parallel ones are
    /// counted too. Unknown addresses are counted like known ones.
    pub async fn guess(&self, email: &str) -> Result<Guess<'_>, Problem> {
        let Some(Counting { limiter, key }) = &self.0 else { return Ok(Guess(None)) };
        let mut mac = key.clone();
        mac.update(email.to_ascii_lowercase().as_bytes());
        let account = hex::encode(mac.finalize().into_bytes());
        within(limiter.count_or_close(GUESSES, &account).await?)?;
        Ok(Guess(Some((limiter, account))))
    }
}

/// An attempt that has been counted.
#[must_use = "a right password has to be told with `succeeded`"]
pub struct Guess<'a>(Option<(&'a Limiter, String)>);

impl Guess<'_> {
    /// The password was right: the account's attempts are forgotten.
    pub async fn succeeded(self) {
        if let Some((limiter, account)) = self.0 {
            limiter.forget(GUESSES, &account).await;
        }
    }
}

fn guard(path: &str) -> Option<(&'static str, Limit)> {
    GUARDED.into_iter().find(|(prefix, _)| path.starts_with(prefix))
}

fn open(path: &str) -> Limit {
    OPEN.into_iter().find(|(known, _)| path == *known).map_or(DEFAULT, |(_, limit)| limit)
}

fn bucket(caller: &str, route: &str) -> String {
    format!("{caller}|{route}")
}

fn within(verdict: Verdict) -> Result<(), Problem> {
    if verdict.allowed() {
        return Ok(());
    }
    let retry_after_s = verdict.reset.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1);
    Err(Problem::TooManyRequests { retry_after_s })
}

impl From<Unreachable> for Problem {
    fn from(Unreachable: Unreachable) -> Self {
        Self::Unavailable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(redis: Option<&Redis>) -> Limits {
        Limits::new(RateLimit::On, redis, &"a secret of the test".into()).unwrap()
    }

    /// Better Auth's numbers: a quota in seconds, by path.
    #[test]
    fn paths_have_better_auths_quotas() {
        let quota = |path: &str| guard(path).map(|(_, limit)| (limit.quota, limit.window.as_secs()));
        for (path, expected) in [
            ("/api/auth/sign-in/email", Some((3, 10))),
            ("/api/auth/sign-in/nope", Some((3, 10))),
            ("/api/auth/sign-up/email", Some((3, 10))),
            ("/api/auth/change-password", Some((3, 10))),
            ("/api/auth/change-email", Some((3, 10))),
            ("/api/auth/request-password-reset", Some((3, 60))),
            ("/api/auth/send-verification-email", Some((3, 60))),
            ("/api/auth/forget-password/x", Some((3, 60))),
            ("/api/auth/reset-password/token", Some((100, 10))),
            ("/api/auth/verify-password", Some((100, 10))),
            ("/api/auth/get-session", None),
            ("/sign-in/email", None),
            ("/oauth2/sign-in", Some((3, 10))),
            ("/oauth2/register", Some((20, 3600))),
            ("/oauth2/authorize", None),
        ] {
            assert_eq!(quota(path), expected, "{path}");
        }
    }

    /// Routes are counted apart, made-up paths together, clients apart.
    #[tokio::test]
    async fn routes_have_counters_and_paths_have_not() {
        let limits = limits(None);
        let count =
            async |caller: &str, path: &str, route: Option<&str>| limits.count(caller, path, route).await.is_ok();
        let (email, social) = ("/api/auth/sign-in/email", "/api/auth/sign-in/social");
        for _ in 0..3 {
            assert!(count("a", email, Some(email)).await);
        }
        assert!(!count("a", email, Some(email)).await);
        assert!(count("a", social, Some(social)).await);
        assert!(count("b", email, Some(email)).await);
        for made_up in ["/api/auth/sign-in/1", "/api/auth/sign-in/2", "/api/auth/sign-in/3"] {
            assert!(count("a", made_up, None).await);
        }
        assert!(!count("a", "/api/auth/sign-in/4", None).await);
        for n in 0..100 {
            assert!(count("a", &format!("/api/auth/{n}"), None).await);
        }
        assert!(!count("a", "/api/auth/more", None).await);
        assert!(count("a", "/api/auth/ok", Some("/api/auth/ok")).await);
    }

    /// Of thirty guesses made at once twenty are let through, in Redis and without; a success clears them, and another
    /// account is not concerned.
    #[tokio::test]
    async fn guesses_are_counted_by_account() {
        let redis = Redis::parse(&testkit::redis_url()).unwrap();
        for limits in [limits(None), limits(Some(&redis))] {
            let email = format!("{}@example.com", kernel::alphanumeric(20));
            let guesses: Vec<_> =
                (0..30).map(|n| if n % 2 == 0 { email.clone() } else { email.to_uppercase() }).collect();
            let mut outcomes = Vec::new();
            for outcome in futures_util::future::join_all(guesses.iter().map(|email| limits.guess(email))).await {
                outcomes.push(outcome.map_err(|problem| problem.to_string()));
            }
            let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
            assert_eq!(refused, ["Too many requests. Please try again later."; 10]);
            assert!(limits.guess("other@example.com").await.is_ok());
            outcomes.into_iter().find_map(Result::ok).unwrap().succeeded().await;
            assert!(limits.guess(&email).await.is_ok());
        }
    }

    /// Where the Redis that there is does not answer, what is guarded is closed and the rest is counted here.
    #[tokio::test]
    async fn without_its_redis_what_is_guarded_is_closed() {
        let limits = limits(Some(&Redis::parse("redis://127.0.0.1:1/").unwrap()));
        for (prefix, _) in GUARDED {
            let closed = limits.count("a", prefix, None).await;
            assert!(matches!(closed, Err(Problem::Unavailable)), "{prefix}");
        }
        assert!(matches!(limits.guess("ada@example.com").await.err(), Some(Problem::Unavailable)));
        for _ in 0..100 {
            assert!(limits.count("a", "/api/auth/get-session", None).await.is_ok());
        }
        assert!(matches!(
            limits.count("a", "/api/auth/get-session", None).await,
            Err(Problem::TooManyRequests { retry_after_s: 1..=10 })
        ));
    }

    /// Switched off, nothing is counted.
    #[tokio::test]
    async fn nothing_is_counted_when_it_is_off() {
        let limits =
            Limits::new(RateLimit::Off, Some(&Redis::parse("redis://127.0.0.1:1/").unwrap()), &"".into()).unwrap();
        for _ in 0..30 {
            assert!(limits.guess("ada@example.com").await.is_ok());
            limits.count("a", "/api/auth/sign-in/email", None).await.unwrap();
        }
    }
}
