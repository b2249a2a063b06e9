//! Rate limits: a window per key, exact across replicas through Redis, and the same rule inside this process when there is
//! no Redis. When it does not answer, the caller has chosen: count in this process, or close.

mod shared;

pub use shared::{LimiterError, Redis};

use http::{HeaderMap, HeaderName, HeaderValue};
use kernel::meters;
use moka::{Expiry, future::Cache};
use redis::Script;
use shared::Shared;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// One round trip each. Redis runs a script alone, so that 101 parallel requests against 100 get exactly one refusal.
///
/// Counts, and starts the window with the first request.
const COUNT_FIXED: &str = r"
local n = redis.call('incr', KEYS[1])
if n == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end
local left = redis.call('pttl', KEYS[1])
if left < 0 then redis.call('pexpire', KEYS[1], ARGV[1]) left = tonumber(ARGV[1]) end
return {n, left}
";

/// Counts what is allowed, and starts the window again with each; what is refused changes nothing.
const COUNT_RESTARTING: &str = r"
local quota = tonumber(ARGV[2])
local n = tonumber(redis.call('get', KEYS[1]) or '0')
if n >= quota then
  local left = redis.call('pttl', KEYS[1])
  if left > 0 then return {quota + 1, left} end
  redis.call('del', KEYS[1])
end
n = redis.call('incr', KEYS[1])
redis.call('pexpire', KEYS[1], ARGV[1])
return {n, tonumber(ARGV[1])}
";

/// How long a Redis that did not answer is left alone, so that an outage costs one request a second its time-out.
const AWAY_MS: u64 = 1000;

/// How many requests in how long. `name` appears in the headers and keeps the counters of two limits apart.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub name: &'static str,
    pub quota: u64,
    pub window: Duration,
    pub rule: Rule,
}

/// When a window ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Its time after the first request in it.
    Fixed,
    /// Its time after the last request that was let through: whoever used the quota up must be quiet that long.
    Restarting,
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
        let Limit { name, quota, window, rule: _ } = self.limit;
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

/// Callers in one window; beyond that the least used are forgotten first.
const CALLERS: u64 = 100_000;

#[derive(Debug, Clone, Copy)]
struct Window {
    used: u64,
    ends: Instant,
}

impl Limit {
    /// The window after one more request: the same rules as the scripts'.
    fn next(&self, before: Option<Window>, now: Instant) -> Window {
        match before.filter(|window| window.ends > now) {
            None => Window { used: 1, ends: now + self.window },
            Some(Window { used, ends }) => match self.rule {
                Rule::Fixed => Window { used: used.saturating_add(1), ends },
                Rule::Restarting if used < self.quota => Window { used: used + 1, ends: now + self.window },
                Rule::Restarting => Window { used: self.quota + 1, ends },
            },
        }
    }
}

struct AtEnd;

impl Expiry<String, Window> for AtEnd {
    fn expire_after_create(&self, _: &String, window: &Window, now: Instant) -> Option<Duration> {
        Some(window.ends.saturating_duration_since(now))
    }

    fn expire_after_update(&self, _: &String, window: &Window, now: Instant, _: Option<Duration>) -> Option<Duration> {
        Some(window.ends.saturating_duration_since(now))
    }
}

/// There is a Redis, and it does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the shared rate limit does not answer")]
pub struct Unreachable;

struct Scripts {
    fixed: Script,
    restarting: Script,
}

/// Counts requests. Cheap to clone.
#[derive(Clone)]
pub struct Limiter {
    shared: Option<Shared>,
    scripts: Arc<Scripts>,
    local: Cache<String, Window>,
    /// Whom Redis has told to be over their quota, and until when: nothing but time lets them in again, so it is not asked.
    over: moka::sync::Cache<String, Window>,
    /// Whether the last answer came from Redis; only changes are logged.
    reachable: Arc<AtomicBool>,
    /// Until when Redis is not asked, in milliseconds since `born`.
    away_until_ms: Arc<AtomicU64>,
    born: Instant,
}

impl Limiter {
    /// Counts in this process only: one node.
    pub fn local() -> Self {
        Self {
            shared: None,
            scripts: Arc::new(Scripts { fixed: Script::new(COUNT_FIXED), restarting: Script::new(COUNT_RESTARTING) }),
            local: Cache::builder().max_capacity(CALLERS).expire_after(AtEnd).build(),
            over: moka::sync::Cache::builder().max_capacity(CALLERS).expire_after(AtEnd).build(),
            reachable: Arc::new(AtomicBool::new(true)),
            away_until_ms: Arc::default(),
            born: Instant::now(),
        }
    }

    /// Counts in Redis. It need not be up yet: until it answers, the process counts for itself.
    pub fn shared(redis: &Redis) -> Result<Self, LimiterError> {
        Ok(Self { shared: Some(Shared::to(redis)?), ..Self::local() })
    }

    /// In Redis where there is one.
    pub fn of(redis: Option<&Redis>) -> Result<Self, LimiterError> {
        redis.map_or_else(|| Ok(Self::local()), Self::shared)
    }

    /// Counts one request of `caller` against `limit`; in this process, when there is no Redis or it does not answer.
    pub async fn count(&self, limit: Limit, caller: &str) -> Verdict {
        let key = key(limit, caller);
        let asked = Instant::now();
        let verdict = if let Some(known) = self.over(limit, &key, asked) {
            known
        } else {
            match self.count_shared(limit, &key).await {
                Some(Ok(verdict)) => {
                    if !verdict.allowed() {
                        // From before the question: by the time of ours the window never ends later than by Redis'.
                        self.over.insert(key, Window { used: verdict.used, ends: asked + verdict.reset });
                    }
                    verdict
                }
                None | Some(Err(Unreachable)) => Box::pin(self.count_here(limit, key)).await,
            }
        };
        told(limit, if verdict.allowed() { "allowed" } else { "refused" });
        verdict
    }

    /// Counts like [`Limiter::count`], but never by half: a Redis that does not answer is an error. For doors that stay
    /// shut while nobody knows how often they were tried.
    pub async fn count_or_close(&self, limit: Limit, caller: &str) -> Result<Verdict, Unreachable> {
        let key = key(limit, caller);
        let outcome = match self.count_shared(limit, &key).await {
            Some(outcome) => outcome,
            None => Ok(Box::pin(self.count_here(limit, key)).await),
        };
        let word = match &outcome {
            Ok(verdict) if verdict.allowed() => "allowed",
            Ok(_) => "refused",
            Err(Unreachable) => "closed",
        };
        told(limit, word);
        outcome
    }

    /// Forgets what `caller` has used of `limit`. A Redis that does not answer remembers until the window ends.
    pub async fn forget(&self, limit: Limit, caller: &str) {
        let key = key(limit, caller);
        if let Some(shared) = self.asked() {
            let answer = shared.ask::<u64>(redis::cmd("DEL").arg(&key)).await;
            self.note(answer.is_ok());
        }
        self.local.invalidate(&key).await;
        self.over.invalidate(&key);
    }

    /// What Redis has said of a caller whose window has not ended since.
    fn over(&self, limit: Limit, key: &str, now: Instant) -> Option<Verdict> {
        let Window { used, ends } = self.over.get(key).filter(|window| window.ends > now)?;
        Some(Verdict { limit, used, reset: ends.saturating_duration_since(now) })
    }

    /// `None`: there is no Redis.
    async fn count_shared(&self, limit: Limit, key: &str) -> Option<Result<Verdict, Unreachable>> {
        self.shared.as_ref()?;
        let Some(shared) = self.asked() else { return Some(Err(Unreachable)) };
        let script = match limit.rule {
            Rule::Fixed => &self.scripts.fixed,
            Rule::Restarting => &self.scripts.restarting,
        };
        let milliseconds = u64::try_from(limit.window.as_millis()).unwrap_or(u64::MAX);
        let answer = shared.count(script, key, [milliseconds, limit.quota]).await;
        self.note(answer.is_ok());
        Some(match answer {
            Ok((used, left_ms)) => Ok(Verdict { limit, used, reset: Duration::from_millis(left_ms) }),
            Err(_) => Err(Unreachable),
        })
    }

    /// The Redis, unless there is none or it is being left alone.
    fn asked(&self) -> Option<&Shared> {
        self.shared.as_ref().filter(|_| self.away_until_ms.load(Ordering::Relaxed) <= self.age_ms())
    }

    fn note(&self, reachable: bool) {
        if self.reachable.swap(reachable, Ordering::Relaxed) != reachable {
            tracing::warn!(reachable, "the shared rate limit changed its state");
        }
        metrics::gauge!(meters::LIMIT_SHARED.name).set(f64::from(u8::from(reachable)));
        if !reachable {
            self.away_until_ms.store(self.age_ms().saturating_add(AWAY_MS), Ordering::Relaxed);
        }
    }

    fn age_ms(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    async fn count_here(&self, limit: Limit, key: String) -> Verdict {
        let now = Instant::now();
        let next = |entry: Option<moka::Entry<String, Window>>| {
            std::future::ready(limit.next(entry.map(moka::Entry::into_value), now))
        };
        // Requests of one caller come here one after the other.
        let entry = self.local.entry(key).and_upsert_with(next).await;
        let Window { used, ends } = entry.into_value();
        Verdict { limit, used, reset: ends.saturating_duration_since(now) }
    }

    /// Whether Redis answers; `None` when there is none.
    pub async fn ping(&self) -> Option<bool> {
        // By a key, so that a cluster asks one server and not all of them.
        Some(self.shared.as_ref()?.ask::<u64>(redis::cmd("EXISTS").arg("limit")).await.is_ok())
    }
}

fn told(limit: Limit, outcome: &'static str) {
    metrics::counter!(meters::LIMIT_DECISIONS.name, "limit" => limit.name, "outcome" => outcome).increment(1);
}

fn key(limit: Limit, caller: &str) -> String {
    format!("limit:{}:{caller}", limit.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit { name: "api", quota: 100, window: Duration::from_mins(1), rule: Rule::Fixed };

    /// One that counts alone, and two that count in one Redis.
    fn limiters() -> [[Limiter; 2]; 2] {
        let (redis, alone) = (Redis::parse(&testkit::redis_url()).unwrap(), Limiter::local());
        [[alone.clone(), alone], [Limiter::shared(&redis).unwrap(), Limiter::shared(&redis).unwrap()]]
    }

    /// Of 110 simultaneous requests exactly 100 pass, by either rule, counted alone or in Redis by two processes.
    #[tokio::test]
    async fn exactly_the_quota_passes() {
        for (limiters, rule) in
            limiters().into_iter().flat_map(|pair| [(pair.clone(), Rule::Fixed), (pair, Rule::Restarting)])
        {
            let caller = kernel::token();
            let mut tasks = tokio::task::JoinSet::new();
            for n in 0..110 {
                let (limiter, caller) = (limiters[n % 2].clone(), caller.clone());
                tasks.spawn(async move { limiter.count(Limit { rule, ..LIMIT }, &caller).await.allowed() });
            }
            assert_eq!(tasks.join_all().await.into_iter().filter(|allowed| *allowed).count(), 100, "{rule:?}");
        }
    }

    /// A fixed window ends its time after the first request; a restarting one its time after the last that passed, and
    /// what is refused does not prolong it.
    #[test]
    fn windows_end_by_their_rule() {
        let born = Instant::now();
        let told = |rule: Rule| {
            let limit = Limit { quota: 2, window: Duration::from_secs(10), rule, ..LIMIT };
            let mut window = None;
            [0, 9, 12, 18, 20, 30].map(|second| {
                let now = born + Duration::from_secs(second);
                let next = limit.next(window, now);
                window = Some(next);
                (next.used <= limit.quota, next.ends.duration_since(now).as_secs())
            })
        };
        assert_eq!(told(Rule::Fixed), [(true, 10), (true, 1), (true, 10), (true, 4), (false, 2), (true, 10)]);
        assert_eq!(told(Rule::Restarting), [(true, 10), (true, 10), (false, 7), (false, 1), (true, 10), (true, 10)]);
    }

    /// In Redis and alone, a restarting window restarts with what passes, and only with that.
    #[tokio::test]
    async fn a_window_restarts_with_what_passes() {
        let limit = Limit { quota: 2, window: Duration::from_mins(1), rule: Rule::Restarting, ..LIMIT };
        for [limiter, _] in limiters() {
            let caller = kernel::token();
            let mut verdicts = Vec::new();
            for _ in 0..100 {
                verdicts.push(limiter.count(limit, &caller).await);
            }
            let allowed = verdicts.iter().filter(|verdict| verdict.allowed()).count();
            assert_eq!((allowed, verdicts[0].reset, verdicts[1].reset), (2, limit.window, limit.window));
            assert!(verdicts.is_sorted_by(|one, next| one.reset >= next.reset));
            assert!(verdicts[99].reset < limit.window);
        }
    }

    /// Who is over the quota is refused without asking Redis, until the window ends and not a moment longer than Redis would.
    #[tokio::test]
    async fn who_is_over_is_refused_here() {
        let redis = Redis::parse(&testkit::redis_url()).unwrap();
        let [one, other] = [(); 2].map(|()| Limiter::shared(&redis).unwrap());
        let (limit, caller) = (Limit { quota: 1, window: Duration::from_millis(400), ..LIMIT }, kernel::token());
        assert!(one.count(limit, &caller).await.allowed());
        assert!(!one.count(limit, &caller).await.allowed());
        // Behind its back, which it would see if it asked.
        other.shared.as_ref().unwrap().ask::<u64>(redis::cmd("DEL").arg(key(limit, &caller))).await.unwrap();
        let refused = one.count(limit, &caller).await;
        assert!(!refused.allowed() && refused.reset <= limit.window);
        assert!(other.count(limit, &caller).await.allowed());
        let told = Instant::now();
        while !one.count(Limit { quota: 2, ..limit }, &caller).await.allowed() {
            assert!(told.elapsed() < testkit::PATIENCE, "it is never let in again");
        }
    }

    /// What is forgotten counts from one again.
    #[tokio::test]
    async fn a_caller_can_be_forgotten() {
        for [limiter, _] in limiters() {
            let caller = kernel::token();
            for used in [1, 2] {
                assert_eq!(limiter.count_or_close(LIMIT, &caller).await.unwrap().used, used);
            }
            limiter.forget(LIMIT, &caller).await;
            assert_eq!(limiter.count_or_close(LIMIT, &caller).await.unwrap().used, 1);
        }
    }

    /// Without Redis behind its address the process counts for itself, or closes, as the caller wants it.
    #[tokio::test]
    async fn an_unreachable_redis_leaves_the_local_limit_or_closes() {
        let limiter = Limiter::shared(&Redis::parse("redis://127.0.0.1:1/").unwrap()).unwrap();
        let limit = Limit { quota: 1, ..LIMIT };
        assert!(limiter.count(limit, "a").await.allowed());
        assert!(!limiter.count(limit, "a").await.allowed());
        assert_eq!(limiter.count_or_close(limit, "a").await.err(), Some(Unreachable));
        limiter.forget(limit, "a").await;
        assert_eq!(limiter.ping().await, Some(false));
    }
}
