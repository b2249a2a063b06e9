//! The loop that claims and runs.

use crate::queue::{Claimed, Failure, claim, fail, finish};
use chrono::TimeDelta;
use futures_util::{FutureExt, future::BoxFuture};
use kernel::Clock;
use sqlx::{Error, PgPool};
use std::{panic::AssertUnwindSafe, time::Duration};
use tokio_util::sync::CancellationToken;

/// Longer than any one job may take.
const LEASE: TimeDelta = TimeDelta::minutes(5);
const POLL: Duration = Duration::from_secs(1);
const BATCH: i64 = 8;

/// What runs a job, by its kind.
pub type Run<'a> = dyn Fn(Claimed) -> BoxFuture<'a, (Claimed, Result<(), Failure>)> + Send + Sync + 'a;

/// Claims and runs jobs until `stop`; finishes those it holds first.
pub async fn work(pool: &PgPool, clock: &Clock, stop: CancellationToken, run: &Run<'_>) {
    while !stop.is_cancelled() {
        let claimed = pass(pool, clock, run).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "jobs cannot be claimed");
            0
        });
        if claimed == 0 {
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => {}
            }
        }
    }
}

/// Claims a batch of what is due and runs it to its end. Returns how many jobs were claimed; zero: nothing is due.
pub async fn pass(pool: &PgPool, clock: &Clock, run: &Run<'_>) -> Result<usize, Error> {
    let jobs = claim(pool, clock.now(), LEASE, BATCH).await?;
    let count = jobs.len();
    futures_util::future::join_all(jobs.into_iter().map(|job| one(pool, clock, job, run))).await;
    Ok(count)
}

async fn one(pool: &PgPool, clock: &Clock, job: Claimed, run: &Run<'_>) {
    let id = job.id;
    // A job that panics keeps its lease until that runs out, and is then tried again until it is dead.
    let Ok((job, result)) = AssertUnwindSafe(run(job)).catch_unwind().await else {
        tracing::error!(%id, "a job panicked");
        return;
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
