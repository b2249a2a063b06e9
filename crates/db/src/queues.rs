//! How much waits, and how long, for metrics and for whoever asks how the service does.

use chrono::{DateTime, Utc};
use sqlx::{Error, FromRow, PgExecutor};

/// What waits in one queue.
#[derive(Debug, FromRow)]
pub struct Queue {
    pub name: String,
    pub depth: i64,
    /// Since the oldest of it has been due, in seconds. 0: nothing is.
    pub age_s: f64,
    /// Dead letters, where the queue has any.
    pub dead: Option<i64>,
}

/// All of them, at `now`. Deliveries, jobs and forwards wait also where their next attempt lies ahead; hooks and streams are always
/// due some day, so only those that are due now count.
pub async fn look_for_any_tenant(executor: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<Vec<Queue>, Error> {
    sqlx::query_as(
        "with waiting (name, depth, since, dead) as (
             select 'deliveries', count(*) filter (where state = 'ready'),
                    min(next_attempt_at) filter (where state = 'ready'), count(*) filter (where state = 'dead')
             from delivery_queue
             union all
             select 'jobs', count(*) filter (where state = 'ready'),
                    min(run_at) filter (where state = 'ready'), count(*) filter (where state = 'dead')
             from jobs
             union all
             select 'forwards', count(*) filter (where state = 'waiting'),
                    min(next_attempt_at) filter (where state = 'waiting'), count(*) filter (where state = 'dead')
             from forwards
             where state in ('waiting', 'dead')
             union all
             select 'hooks', count(*), min(due_at), null
             from hook_upkeep
             where due_at <= $1
             union all
             select 'streams', count(*), min(due_at), null
             from streams
             where due_at <= $1 and not asleep and coalesce(rests_until <= $1, true)
         )
         select name, depth, greatest(coalesce(extract(epoch from $1 - since), 0), 0)::float8 as age_s, dead
         from waiting",
    )
    .bind(now)
    .fetch_all(executor)
    .await
}

/// Connections by provider and status; what has been ended is left out.
pub async fn connections_for_any_tenant(executor: impl PgExecutor<'_>) -> Result<Vec<(String, String, i64)>, Error> {
    sqlx::query_as(
        "select provider, status, count(*)
         from connections
         where status <> 'revoked'
         group by provider, status",
    )
    .fetch_all(executor)
    .await
}
