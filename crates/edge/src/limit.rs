//! Rate limits: a fixed window per key, exact across replicas through Redis, and the same rule inside this process when
//! there is no Redis or it does not answer.

use http::{HeaderMap, HeaderName, HeaderValue};
use moka::{Expiry, future::Cache};
use redis::{
    Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// One round trip: counts, and starts the window with the first request. Redis runs it alone, so that 101 parallel
/// requests against 100 get exactly one refusal.
const COUNT: &str = r"
local n = redis.call('incr', KEYS[1])
if n == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end
local left = redis.call('pttl', KEYS[1])
if left < 0 then redis.call('pexpire', KEYS[1], ARGV[1]) left = tonumber(ARGV[1]) end
return {n, left}
";

/// How many requests in how long. `name` appears in the headers and keeps the counters of two limits apart.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub name: &'static str,
    pub quota: u64,
    pub window: Duration,
}

/// What the limiter says of one request.
#[derive(Debug, Clone, Copy)]
pub struct Verdict {
    pub limit: Limit,
    pub used: u64,
    /// Until the window ends.
    pub reset: Duration,
}

impl Verdict {
    pub const fn allowed(&self) -> bool {
        self.used <= self.limit.quota
    }

    fn reset_seconds(&self) -> u64 {
        self.reset.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
    }

    /// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).
    pub fn write_headers(&self, headers: &mut HeaderMap) {
        let Limit { name, quota, window } = self.limit;
        let left = quota.saturating_sub(self.used);
        let policy = format!("\"{name}\";q={quota};w={}", window.as_secs());
        let state = format!("\"{name}\";r={left};t={}", self.reset_seconds());
        for (header, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(header), value);
            }
        }
    }
}

#[derive(Clone)]
struct Window {
    count: Arc<AtomicU64>,
    ends: Instant,
}

struct AtEnd;

impl Expiry<String, Window> for AtEnd {
    fn expire_after_create(&self, _: &String, window: &Window, now: Instant) -> Option<Duration> {
        Some(window.ends.saturating_duration_since(now))
    }
}

/// Counts requests. Cheap to clone.
#[derive(Clone)]
pub struct Limiter {
    shared: Option<ConnectionManager>,
    script: Arc<Script>,
    local: Cache<String, Window>,
    /// Whether the last answer came from Redis; only changes are logged.
    reachable: Arc<AtomicBool>,
}

impl Limiter {
    /// Counts in this process only: one node.
    pub fn local() -> Self {
        // Bounded: 100,000 callers in one window; beyond that the least used are forgotten first.
        let local = Cache::builder().max_capacity(100_000).expire_after(AtEnd).build();
        Self { shared: None, script: Arc::new(Script::new(COUNT)), local, reachable: Arc::new(AtomicBool::new(true)) }
    }

    /// Counts in Redis. It need not be up yet: until it answers, the process counts for itself.
    pub fn shared(redis_url: &str) -> Result<Self, redis::RedisError> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_millis(500)))
            .set_response_timeout(Some(Duration::from_millis(250)));
        let manager = ConnectionManager::new_lazy_with_config(redis::Client::open(redis_url)?, config)?;
        Ok(Self { shared: Some(manager), ..Self::local() })
    }

    /// Counts one request of `caller` against `limit`.
    pub async fn count(&self, limit: Limit, caller: &str) -> Verdict {
        let key = format!("limit:{}:{caller}", limit.name);
        if let Some(manager) = &self.shared {
            let milliseconds = u64::try_from(limit.window.as_millis()).unwrap_or(u64::MAX);
            let mut manager = manager.clone();
            let answer: Result<(u64, u64), _> =
                self.script.key(&key).arg(milliseconds).invoke_async(&mut manager).await;
            let reachable = answer.is_ok();
            if self.reachable.swap(reachable, Ordering::Relaxed) != reachable {
                tracing::warn!(
                    reachable,
                    "the shared rate limit changed its state; without it this process counts alone"
                );
            }
            if let Ok((used, left_ms)) = answer {
                return Verdict { limit, used, reset: Duration::from_millis(left_ms) };
            }
        }
        self.count_here(limit, key).await
    }

    async fn count_here(&self, limit: Limit, key: String) -> Verdict {
        let fresh = async { Window { count: Arc::default(), ends: Instant::now() + limit.window } };
        let window = self.local.get_with(key, fresh).await;
        let used = window.count.fetch_add(1, Ordering::Relaxed) + 1;
        Verdict { limit, used, reset: window.ends.saturating_duration_since(Instant::now()) }
    }

    /// Whether Redis answers; `None` when there is none.
    pub async fn ping(&self) -> Option<bool> {
        let mut manager = self.shared.clone()?;
        let answer: Result<String, _> = redis::cmd("PING").query_async(&mut manager).await;
        Some(answer.is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit { name: "api", quota: 100, window: Duration::from_mins(1) };

    /// Of 110 simultaneous requests exactly 100 pass, counted alone or in Redis by two processes.
    #[tokio::test]
    async fn exactly_the_quota_passes() {
        let url = testkit::redis_url();
        let (one, two) = (Limiter::shared(&url).unwrap(), Limiter::shared(&url).unwrap());
        let alone = Limiter::local();
        for limiters in [[alone.clone(), alone], [one, two]] {
            let caller = kernel::token();
            let mut tasks = tokio::task::JoinSet::new();
            for n in 0..110 {
                let (limiter, caller) = (limiters[n % 2].clone(), caller.clone());
                tasks.spawn(async move { limiter.count(LIMIT, &caller).await.allowed() });
            }
            assert_eq!(tasks.join_all().await.into_iter().filter(|allowed| *allowed).count(), 100);
        }
    }

    /// Without Redis behind its address the process counts for itself instead of failing.
    #[tokio::test]
    async fn an_unreachable_redis_leaves_the_local_limit() {
        let limiter = Limiter::shared("redis://127.0.0.1:1/").unwrap();
        let limit = Limit { quota: 1, ..LIMIT };
        assert!(limiter.count(limit, "a").await.allowed());
        assert!(!limiter.count(limit, "a").await.allowed());
        assert_eq!(limiter.ping().await, Some(false));
    }
}
