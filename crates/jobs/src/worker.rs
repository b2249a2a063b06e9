//! The loop that claims and runs.

use crate::queue::{Claimed, Failure, claim, fail, finish};
use chrono::TimeDelta;
use futures_util::{FutureExt, future::BoxFuture};
use kernel::Clock;
use sqlx::PgPool;
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
        let jobs = match claim(pool, clock.now(), LEASE, BATCH).await {
            Ok(jobs) => jobs,
            Err(error) => {
                tracing::warn!(%error, "jobs cannot be claimed");
                Vec::new()
            }
        };
        if jobs.is_empty() {
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => {}
            }
            continue;
        }
        futures_util::future::join_all(jobs.into_iter().map(|job| one(pool, clock, job, run))).await;
    }
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
