//! The issuer's keys, fetched when needed and remembered through outages.

use crate::keys::{KeySet, KeySetError};
use kernel::Clock;
use std::{
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::Mutex;
use tracing::Instrument;

/// How long a set is used without asking again, in seconds. It bounds how long a withdrawn key is believed.
const FRESH_S: i64 = 10 * 60;
/// How long the last good set serves when the issuer cannot be reached, in seconds.
const STALE_S: i64 = 24 * 60 * 60;
/// The least time between two fetches, in seconds, however many unknown key ids arrive.
const COOL_DOWN_S: i64 = 30;
/// The same while no set has ever been fetched: the issuer may just be starting.
const COLD_COOL_DOWN_S: i64 = 1;
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);

/// What a fetch failed with; its chain goes to the log.
pub type FetchError = Box<dyn std::error::Error + Send + Sync>;
/// A fetch under way.
pub type Fetching = Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send>>;
/// Gets the bytes of the issuer's JWKS.
pub type Fetch = Box<dyn Fn() -> Fetching + Send + Sync>;

#[derive(Debug, thiserror::Error)]
enum RefreshError {
    #[error("the key set could not be fetched")]
    Fetch(#[source] FetchError),
    #[error("the key set could not be fetched within 3 seconds")]
    TimedOut,
    #[error("the issuer's answer is not used")]
    KeySet(#[source] KeySetError),
}

#[derive(Clone)]
struct Held {
    set: Arc<KeySet>,
    fetched_at: i64,
}

pub(crate) struct Cache {
    clock: Clock,
    fetch: Fetch,
    held: RwLock<Option<Held>>,
    /// When the last fetch began. Who holds the lock is the one who fetches.
    attempted_at: Arc<Mutex<Option<i64>>>,
}

impl Cache {
    pub fn new(clock: Clock, fetch: Fetch) -> Self {
        Self { clock, fetch, held: RwLock::new(None), attempted_at: Arc::new(Mutex::new(None)) }
    }

    /// The set as it is, while it need not be asked for again.
    pub fn fresh(&self) -> Option<Arc<KeySet>> {
        self.held().filter(|held| self.age(held) < FRESH_S).map(|held| held.set)
    }

    /// The newest set we have or can get that may still be used; it need not know `kid`. `None`: there is no such set.
    pub async fn set_for(self: &Arc<Self>, kid: &str) -> Option<Arc<KeySet>> {
        let held = self.held();
        if let Some(held) = &held
            && held.set.get(kid).is_some()
        {
            if self.age(held) < FRESH_S {
                return Some(Arc::clone(&held.set));
            }
            // Somebody is fetching already: a known key need not wait for that.
            if self.attempted_at.try_lock().is_err() && self.age(held) < STALE_S {
                return Some(Arc::clone(&held.set));
            }
        }
        self.refresh(held.as_ref().map(|held| Arc::clone(&held.set))).await;
        self.held().filter(|held| self.age(held) < STALE_S).map(|held| held.set)
    }

    /// Fetches once for all who wait, unless somebody has just done so. `seen` is the set the caller found wanting.
    async fn refresh(self: &Arc<Self>, seen: Option<Arc<KeySet>>) {
        let mut attempted_at = Arc::clone(&self.attempted_at).lock_owned().await;
        let held = self.held();
        let replaced = match (&held, &seen) {
            (Some(held), Some(seen)) => !Arc::ptr_eq(&held.set, seen),
            (held, seen) => held.is_some() != seen.is_some(),
        };
        let now = self.now();
        let cool_down = if held.is_some() { COOL_DOWN_S } else { COLD_COOL_DOWN_S };
        if replaced || attempted_at.is_some_and(|before| now - before < cool_down) {
            return;
        }
        *attempted_at = Some(now);
        let cache = Arc::clone(self);
        // On a task of its own: a caller who goes away must not take the others' fetch along.
        let task = tokio::spawn(
            async move {
                let _fetching = attempted_at;
                match cache.fetched().await {
                    Ok(set) => cache.hold(set),
                    Err(error) => {
                        tracing::warn!(error = &error as &dyn std::error::Error, "the last good key set stays in use");
                    }
                }
            }
            .in_current_span(),
        );
        if task.await.is_err() {
            tracing::error!("fetching the key set panicked");
        }
    }

    async fn fetched(&self) -> Result<KeySet, RefreshError> {
        let bytes = tokio::time::timeout(FETCH_TIMEOUT, (self.fetch)())
            .await
            .map_err(|_| RefreshError::TimedOut)?
            .map_err(RefreshError::Fetch)?;
        KeySet::parse(&bytes).map_err(RefreshError::KeySet)
    }

    fn hold(&self, set: KeySet) {
        let held = Held { set: Arc::new(set), fetched_at: self.now() };
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held);
    }

    /// Seconds since the set was fetched; `None`: there is none.
    pub fn age_s(&self) -> Option<i64> {
        self.held().map(|held| self.age(&held))
    }

    fn held(&self) -> Option<Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn age(&self, held: &Held) -> i64 {
        self.now() - held.fetched_at
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp()
    }
}
