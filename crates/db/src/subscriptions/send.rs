//! A sender's claim on a forward, and how an attempt ends.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Error, FromRow, PgExecutor};
use uuid::Uuid;

/// A forward that a sender has claimed, and where it goes.
#[derive(FromRow)]
pub struct Claimed {
    pub tenant_id: Uuid,
    pub subscription_id: Uuid,
    pub position: i64,
    pub signal_id: Uuid,
    pub occurred_at: DateTime<Utc>,
    /// This attempt included.
    pub attempts: i32,
    pub url: String,
    pub sealed: Vec<u8>,
}

/// Claims what is due, of every active subscription at most as much as leaves `each` of it under way. The attempt is counted
/// here, so that one which takes its sender down is an attempt too.
pub async fn claim(
    executor: impl PgExecutor<'_>,
    sender: Uuid,
    now: DateTime<Utc>,
    lease: TimeDelta,
    each: i64,
    limit: i64,
) -> Result<Vec<Claimed>, Error> {
    sqlx::query_as(
        "with due as (
           select picked.tenant_id, picked.subscription_id, picked.position, s.url, s.sealed
           from subscriptions s
           cross join lateral (
             select count(*) as count
             from forwards c
             where c.tenant_id = s.tenant_id
               and c.subscription_id = s.id
               and c.state = 'waiting'
               and c.claimed_until >= $2) under_way
           cross join lateral (
             select f.tenant_id, f.subscription_id, f.position, f.next_attempt_at
             from forwards f
             where f.tenant_id = s.tenant_id
               and f.subscription_id = s.id
               and f.state = 'waiting'
               and f.next_attempt_at <= $2
               and (f.claimed_until is null or f.claimed_until < $2)
             order by f.next_attempt_at, f.position
             limit greatest($4 - under_way.count, 0)
             for update skip locked) picked
           where s.state = 'active'
           order by random()
           limit $5)
         update forwards f
         set claimed_by = $1, claimed_until = $3, attempts = attempts + 1
         from due
         where (f.tenant_id, f.subscription_id, f.position) = (due.tenant_id, due.subscription_id, due.position)
         returning f.tenant_id, f.subscription_id, f.position, f.signal_id, f.occurred_at, f.attempts, due.url, due.sealed",
    )
    .bind(sender)
    .bind(now)
    .bind(now + lease)
    .bind(each)
    .bind(limit)
    .fetch_all(executor)
    .await
}

/// The other side has taken it. Of many successes at once one is noted with the subscription.
pub async fn succeed(
    executor: impl PgExecutor<'_>,
    sender: Uuid,
    sent: &Claimed,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "with done as (
           update forwards
           set state = 'done', ended_at = $5, claimed_by = null, claimed_until = null, error = null
           where tenant_id = $1
             and subscription_id = $2
             and position = $3
             and claimed_by = $4
             and state = 'waiting')
         update subscriptions
         set last_success_at = $5, failing_since = null
         where tenant_id = $1
           and id = $2
           and (last_success_at is null or last_success_at <= $5 - interval '1 second' or failing_since is not null)",
    )
    .bind(sent.tenant_id)
    .bind(sent.subscription_id)
    .bind(sent.position)
    .bind(sender)
    .bind(now)
    .execute(executor)
    .await?;
    Ok(())
}

/// Why an attempt failed, and what is next.
pub struct Failed<'a> {
    pub error: &'a str,
    /// `None`: that was the last attempt.
    pub retry_at: Option<DateTime<Utc>>,
    /// The other side wants nothing any more.
    pub gone: bool,
    /// A subscription that has failed since before then is disabled.
    pub patience: DateTime<Utc>,
}

/// It was not taken. The subscription is held before its forward, as by who changes or deletes it. `true`: the subscription is disabled because of it.
pub async fn fail(
    executor: impl PgExecutor<'_>,
    sender: Uuid,
    sent: &Claimed,
    failed: &Failed<'_>,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let disabled: Option<bool> = sqlx::query_scalar(
        "with before as (
           select tenant_id, id, state, coalesce(failing_since, $5) as since
           from subscriptions
           where tenant_id = $1 and id = $2
           for no key update),
         failed as (
           update forwards f
           set state = case when $7::timestamptz is null then 'dead' else 'waiting' end,
               ended_at = case when $7::timestamptz is null then $5 end,
               next_attempt_at = coalesce($7, f.next_attempt_at),
               claimed_by = null,
               claimed_until = null,
               error = $6
           from before
           where f.tenant_id = before.tenant_id
             and f.subscription_id = before.id
             and f.position = $3
             and f.claimed_by = $4
             and f.state = 'waiting'
           returning f.position)
         update subscriptions s
         set last_failure_at = $5,
             last_error = $6,
             failing_since = before.since,
             state = case when $8 or before.since <= $9 then 'disabled' else s.state end,
             disabled_reason = case when $8 then 'gone'
                                    when before.since <= $9 then 'failing'
                                    else s.disabled_reason end
         from before
         cross join failed
         where s.tenant_id = before.tenant_id and s.id = before.id
         returning s.state = 'disabled' and before.state = 'active'",
    )
    .bind(sent.tenant_id)
    .bind(sent.subscription_id)
    .bind(sent.position)
    .bind(sender)
    .bind(now)
    .bind(failed.error)
    .bind(failed.retry_at)
    .bind(failed.gone)
    .bind(failed.patience)
    .fetch_optional(executor)
    .await?;
    Ok(disabled.unwrap_or(false))
}
