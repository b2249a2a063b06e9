//! The loop that claims and runs.

use crate::queue::{ATTEMPTS, Claimed, Failure, claim, fail, finish};
use chrono::TimeDelta;
use futures_util::{FutureExt, future::BoxFuture};
use kernel::Clock;
use sqlx::{Error, PgPool};
use std::{panic::AssertUnwindSafe, time::Duration};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Longer than any one job may take.
const LEASE: TimeDelta = TimeDelta::minutes(5);
const POLL: Duration = Duration::from_secs(1);
const BATCH: i64 = 8;

/// What runs a job, by its kind.
pub type Run<'a> = dyn Fn(Claimed) -> BoxFuture<'a, (Claimed, Result<(), Failure>)> + Send + Sync + 'a;

/// Who does the work: what is claimed, and what runs it.
pub struct Worker<'a, 'r> {
    pub kinds: &'a [&'a str],
    pub run: &'a Run<'r>,
    /// Notified by this process when it has committed a job, so that the job does not wait for the next look.
    pub wake: &'a Notify,
}

/// Claims and runs jobs until `stop`; finishes those it holds first.
pub async fn work(pool: &PgPool, clock: &Clock, stop: CancellationToken, worker: &Worker<'_, '_>) {
    while !stop.is_cancelled() {
        let claimed = pass(pool, clock, worker).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "jobs cannot be claimed");
            0
        });
        if claimed == 0 {
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                () = worker.wake.notified() => {}
                () = stop.cancelled() => {}
            }
        }
    }
}

/// Claims a batch of what is due and runs it to its end. Returns how many jobs were claimed; zero: nothing is due.
pub async fn pass(pool: &PgPool, clock: &Clock, worker: &Worker<'_, '_>) -> Result<usize, Error> {
    let jobs = claim(pool, worker.kinds, clock.now(), LEASE, BATCH).await?;
    let count = jobs.len();
    futures_util::future::join_all(jobs.into_iter().map(|job| one(pool, clock, job, worker.run))).await;
    Ok(count)
}

async fn one(pool: &PgPool, clock: &Clock, job: Claimed, run: &Run<'_>) {
    let id = job.id;
    // A job that panics, or takes its worker down, keeps its lease until that runs out, and is tried again until it is dead.
    let (job, result) = if job.attempts > ATTEMPTS {
        (job, Err(Failure::Final { error: "it never came to an end".to_owned() }))
    } else {
        let Ok(ended) = AssertUnwindSafe(run(job)).catch_unwind().await else {
            tracing::error!(%id, "a job panicked");
            return;
        };
        ended
    };
    let said = match result {
        Ok(()) => finish(pool, &job).await,
        Err(failure) => {
            tracing::warn!(%id, kind = %job.kind, ?failure, attempts = job.attempts, "a job failed");
            fail(pool, &job, failure, clock.now()).await
        }
    };
    if let Err(error) = said {
        tracing::warn!(%id, %error, "a job's end could not be stored; it will run again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enqueue;
    use serde_json::json;
    use testkit::Database;

    /// A job that panics every time spoils no other and ends as a dead letter.
    #[tokio::test]
    async fn a_job_that_panics_becomes_a_dead_letter() {
        let (database, clock) = (Database::fresh().await, Clock::system());
        for (kind, key) in [("bad", "a"), ("good", "b")] {
            enqueue(&database.pool, kind, key, &json!({}), clock.now()).await.unwrap();
        }
        let run = |job: Claimed| -> BoxFuture<'static, (Claimed, Result<(), Failure>)> {
            Box::pin(async move {
                assert_eq!(job.kind, "good", "planted");
                (job, Ok(()))
            })
        };
        let worker = Worker { kinds: &["bad", "good"], run: &run, wake: &Notify::new() };
        for _ in 0..=ATTEMPTS {
            pass(&database.pool, &clock, &worker).await.unwrap();
            clock.advance(LEASE + TimeDelta::seconds(1));
        }
        let left: Vec<(String, String, String)> =
            sqlx::query_as("select kind, state, error from jobs").fetch_all(&database.pool).await.unwrap();
        assert_eq!(left, [("bad".to_owned(), "dead".to_owned(), "it never came to an end".to_owned())]);
    }
}
