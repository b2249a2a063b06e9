//! Refused webhooks, counted: in memory at once, in the database every now and then. A storm of forged requests costs an
//! addition each.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use db::{
    PgPool,
    deliveries::{self, Refusal},
};
use providers::Refused;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How often, by provider, reason and hour.
type Counters = HashMap<(String, Refused, DateTime<Utc>), i64>;

/// The counters that have not been written yet. Bounded by providers, reasons and the hours between two writes.
#[derive(Default)]
pub struct Refusals(Mutex<Counters>);

impl Refusals {
    pub fn count(&self, provider: &str, reason: Refused, now: DateTime<Utc>) {
        let hour = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
        *self.lock().entry((provider.to_owned(), reason, hour)).or_default() += 1;
    }

    /// Writes what has been counted. What cannot be written stays for the next time.
    pub async fn flush(&self, pool: &PgPool) -> Result<(), db::Error> {
        let counted = std::mem::take(&mut *self.lock());
        if counted.is_empty() {
            return Ok(());
        }
        let refusals: Vec<Refusal> = counted
            .iter()
            .map(|((provider, reason, hour), count)| Refusal {
                provider: provider.clone(),
                reason: reason.word().to_owned(),
                hour: *hour,
                count: *count,
            })
            .collect();
        let written = deliveries::count_refusals(pool, &refusals).await;
        if written.is_err() {
            let mut counters = self.lock();
            for (key, count) in counted {
                *counters.entry(key).or_default() += count;
            }
        }
        written
    }

    /// A panic elsewhere leaves whole numbers behind.
    fn lock(&self) -> MutexGuard<'_, Counters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
