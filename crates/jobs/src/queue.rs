//! The table.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::JobId;
use rand::RngExt;
use serde_json::Value;
use sqlx::{Error, FromRow, PgExecutor};
use uuid::Uuid;

/// Attempts before a job is dead: with the backoff below, about a day.
pub(crate) const ATTEMPTS: i32 = 12;
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(5);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(4);

/// Enqueues within the caller's transaction. `None`: a job with this key is waiting already, and is the one that counts.
pub async fn enqueue(
    executor: impl PgExecutor<'_>,
    kind: &str,
    dedupe_key: &str,
    payload: &Value,
    run_at: DateTime<Utc>,
) -> Result<Option<JobId>, Error> {
    let id: Option<Uuid> = sqlx::query_scalar(
        "insert into jobs (id, kind, dedupe_key, payload, run_at)
         values ($1, $2, $3, $4, $5)
         on conflict (kind, dedupe_key) where state = 'ready' do nothing
         returning id",
    )
    .bind(JobId::generate().as_uuid())
    .bind(kind)
    .bind(dedupe_key)
    .bind(payload)
    .bind(run_at)
    .fetch_optional(executor)
    .await?;
    Ok(id.map(JobId::from_uuid))
}

/// A job under a lease.
#[derive(FromRow)]
pub struct Claimed {
    pub id: Uuid,
    pub kind: String,
    pub payload: Value,
    /// This one included.
    pub attempts: i32,
    lease_token: Uuid,
}

/// Why a job did not get done.
#[derive(Debug)]
pub enum Failure {
    /// Try again, not before `after` if the other side said so.
    Again { error: String, after: Option<TimeDelta> },
    /// Trying again cannot help.
    Final { error: String },
}

/// Claims jobs that are due. A lease that ran out is anybody's: its worker has died or is stuck, and its token no longer
/// finishes the job. Only jobs of `kinds` are claimed: two services share the table, and each runs what is its own.
pub(crate) async fn claim(
    executor: impl PgExecutor<'_>,
    kinds: &[&str],
    now: DateTime<Utc>,
    lease: TimeDelta,
    limit: i64,
) -> Result<Vec<Claimed>, Error> {
    sqlx::query_as(
        "with due as materialized (
           select id
           from jobs
           where state = 'ready'
             and kind = any($4)
             and run_at <= $1
             and (lease_expires_at is null or lease_expires_at < $1)
           order by run_at
           limit $3
           for update skip locked)
         update jobs j
         set lease_token = gen_random_uuid(), lease_expires_at = $2, attempts = attempts + 1
         from due
         where j.id = due.id
         returning j.id, j.kind, j.payload, j.attempts, j.lease_token",
    )
    .bind(now)
    .bind(now + lease)
    .bind(limit)
    .bind(kinds)
    .fetch_all(executor)
    .await
}

pub(crate) async fn finish(executor: impl PgExecutor<'_>, job: &Claimed) -> Result<(), Error> {
    sqlx::query("delete from jobs where id = $1 and lease_token = $2")
        .bind(job.id)
        .bind(job.lease_token)
        .execute(executor)
        .await?;
    Ok(())
}

/// Ends a job that was done outside the worker, right after it was enqueued. One that a worker holds is left to it.
pub async fn complete(executor: impl PgExecutor<'_>, id: JobId) -> Result<(), Error> {
    sqlx::query("delete from jobs where id = $1 and lease_token is null").bind(id.as_uuid()).execute(executor).await?;
    Ok(())
}

pub(crate) async fn fail(
    executor: impl PgExecutor<'_>,
    job: &Claimed,
    failure: Failure,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (error, retry_at) = match failure {
        Failure::Again { error, after } if job.attempts < ATTEMPTS => (error, Some(now + pause(job.attempts, after))),
        Failure::Again { error, .. } | Failure::Final { error } => (error, None),
    };
    sqlx::query(
        "update jobs
         set state = case when $4::timestamptz is null then 'dead' else 'ready' end,
             run_at = coalesce($4, run_at),
             lease_token = null,
             lease_expires_at = null,
             error = $3
         where id = $1 and lease_token = $2",
    )
    .bind(job.id)
    .bind(job.lease_token)
    .bind(error)
    .bind(retry_at)
    .execute(executor)
    .await?;
    Ok(())
}

/// Doubling from 5 s to 4 h, with up to a quarter of jitter so that what failed together does not return together.
fn pause(attempts: i32, asked: Option<TimeDelta>) -> TimeDelta {
    let doubled = FIRST_PAUSE * 2_i32.saturating_pow(attempts.clamp(1, 14).unsigned_abs() - 1);
    let pause = doubled.min(LONGEST_PAUSE).max(asked.unwrap_or_default());
    let jitter = rand::rng().random_range(0..=pause.num_milliseconds() / 4);
    pause + TimeDelta::milliseconds(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use testkit::Database;

    /// A job that is rolled back was never enqueued, and one key waits once.
    #[tokio::test]
    async fn enqueuing_belongs_to_the_transaction() {
        let database = Database::fresh().await;
        let now = DateTime::UNIX_EPOCH;
        let mut transaction = database.pool.begin().await.unwrap();
        enqueue(&mut *transaction, "k", "a", &json!({}), now).await.unwrap();
        transaction.rollback().await.unwrap();
        assert!(claim(&database.pool, &["k"], now, TimeDelta::seconds(60), 10).await.unwrap().is_empty());
        assert!(enqueue(&database.pool, "k", "a", &json!({}), now).await.unwrap().is_some());
        assert!(enqueue(&database.pool, "k", "a", &json!({}), now).await.unwrap().is_none());
    }

    /// Two services share the table: a worker takes only the kinds it can run.
    #[tokio::test]
    async fn a_worker_leaves_other_kinds_alone() {
        let database = Database::fresh().await;
        let now = DateTime::UNIX_EPOCH;
        enqueue(&database.pool, "theirs", "a", &json!({}), now).await.unwrap();
        enqueue(&database.pool, "k", "a", &json!({}), now).await.unwrap();
        let claimed = claim(&database.pool, &["k"], now, TimeDelta::seconds(60), 10).await.unwrap();
        assert_eq!(claimed.iter().map(|job| job.kind.as_str()).collect::<Vec<_>>(), ["k"]);
    }

    /// A worker whose lease ran out cannot finish what another has taken over.
    #[tokio::test]
    async fn a_stale_worker_finishes_nothing() {
        let database = Database::fresh().await;
        let (start, lease) = (DateTime::UNIX_EPOCH, TimeDelta::seconds(60));
        enqueue(&database.pool, "k", "a", &json!({}), start).await.unwrap();
        let frozen = claim(&database.pool, &["k"], start, lease, 1).await.unwrap().remove(0);
        assert!(claim(&database.pool, &["k"], start + TimeDelta::seconds(59), lease, 1).await.unwrap().is_empty());
        let current = claim(&database.pool, &["k"], start + TimeDelta::seconds(61), lease, 1).await.unwrap().remove(0);
        finish(&database.pool, &frozen).await.unwrap();
        fail(&database.pool, &frozen, Failure::Final { error: "late".to_owned() }, start).await.unwrap();
        let state: String = sqlx::query_scalar("select state from jobs").fetch_one(&database.pool).await.unwrap();
        assert_eq!(state, "ready");
        finish(&database.pool, &current).await.unwrap();
        let left: i64 = sqlx::query_scalar("select count(*) from jobs").fetch_one(&database.pool).await.unwrap();
        assert_eq!(left, 0);
    }

    /// After its last attempt a job is dead and stays visible with its error.
    #[tokio::test]
    async fn a_job_that_never_works_becomes_a_dead_letter() {
        let database = Database::fresh().await;
        let mut now = DateTime::UNIX_EPOCH;
        enqueue(&database.pool, "k", "a", &json!({}), now).await.unwrap();
        for _ in 0..ATTEMPTS {
            let job = claim(&database.pool, &["k"], now, TimeDelta::seconds(60), 1).await.unwrap().remove(0);
            let again = Failure::Again { error: "no".to_owned(), after: None };
            fail(&database.pool, &job, again, now).await.unwrap();
            now += TimeDelta::hours(6);
        }
        assert!(claim(&database.pool, &["k"], now, TimeDelta::seconds(60), 1).await.unwrap().is_empty());
        let row: (String, String) =
            sqlx::query_as("select state, error from jobs").fetch_one(&database.pool).await.unwrap();
        assert_eq!(row, ("dead".to_owned(), "no".to_owned()));
    }

    /// The vendor's own pause counts when it is longer.
    #[test]
    fn a_pause_is_at_least_what_was_asked_for() {
        assert!(pause(1, Some(TimeDelta::hours(5))) >= TimeDelta::hours(5));
        assert!(pause(40, None) <= TimeDelta::hours(5));
    }
}
