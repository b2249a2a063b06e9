//! Which signals go to a subscription: decided once each, in the order of the tenant's feed.

use chrono::{DateTime, Utc};
use kernel::TenantId;
use sqlx::{Error, FromRow, PgConnection, PgExecutor};
use uuid::Uuid;

/// A subscription that has not seen all of its tenant's signals.
#[derive(Debug, Clone, FromRow)]
pub struct Wanting {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub kinds: Option<Vec<String>>,
    pub providers: Option<Vec<String>>,
    pub position: i64,
    /// Up to here all signals are committed.
    pub last: i64,
}

/// How many forwards were written, and up to where.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Due {
    pub written: i64,
    pub position: Option<i64>,
}

/// Active subscriptions behind their tenant's feed, held until the transaction ends; those that another process holds are left
/// to it. One with `most` forwards waiting is let alone: what else there is waits in the feed.
pub async fn wanting(executor: impl PgExecutor<'_>, most: i64, limit: i64) -> Result<Vec<Wanting>, Error> {
    sqlx::query_as(
        "select s.tenant_id, s.id, s.kinds, s.providers, s.position, f.last
         from subscriptions s
         join signal_feeds f on f.tenant_id = s.tenant_id
         where s.state = 'active'
           and f.last > s.position
           and (select count(*)
                from (select 1
                      from forwards w
                      where w.tenant_id = s.tenant_id and w.subscription_id = s.id and w.state = 'waiting'
                      limit $1) waiting) < $1
         limit $2
         for no key update of s skip locked",
    )
    .bind(most)
    .bind(limit)
    .fetch_all(executor)
    .await
}

/// Writes a forward for each of the next `limit` signals that it is to be told of.
pub async fn fan_out(
    executor: impl PgExecutor<'_>,
    to: &Wanting,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Due, Error> {
    sqlx::query_as(
        "with next as (
           select position, id, occurred_at
           from signals
           where tenant_id = $1
             and position > $3
             and position <= $4
             and ($5::text[] is null or kind = any($5))
             and ($6::text[] is null or provider = any($6))
           order by position
           limit $7),
         written as (
           insert into forwards (tenant_id, subscription_id, position, signal_id, occurred_at, next_attempt_at)
           select $1, $2, position, id, occurred_at, $8 from next
           on conflict do nothing)
         select count(*) as written, max(position) as position from next",
    )
    .bind(to.tenant_id)
    .bind(to.id)
    .bind(to.position)
    .bind(to.last)
    .bind(&to.kinds)
    .bind(&to.providers)
    .bind(limit)
    .bind(now)
    .fetch_one(executor)
    .await
}

/// It has been decided up to here.
pub async fn advance(executor: impl PgExecutor<'_>, of: &Wanting, position: i64) -> Result<(), Error> {
    sqlx::query("update subscriptions set position = $3 where tenant_id = $1 and id = $2")
        .bind(of.tenant_id)
        .bind(of.id)
        .bind(position)
        .execute(executor)
        .await?;
    Ok(())
}

/// How many signals are still to be sent or to be looked at, and how many were given up, for each of a tenant's
/// subscriptions.
pub async fn waiting(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<Vec<(Uuid, i64, i64)>, Error> {
    sqlx::query_as(
        "select s.id,
                (select count(*) from forwards w
                 where w.tenant_id = s.tenant_id and w.subscription_id = s.id and w.state = 'waiting')
                  + greatest(coalesce(f.last, 0) - s.position, 0),
                (select count(*) from forwards w
                 where w.tenant_id = s.tenant_id and w.subscription_id = s.id and w.state = 'dead')
         from subscriptions s
         left join signal_feeds f on f.tenant_id = s.tenant_id
         where s.tenant_id = $1",
    )
    .bind(tenant.as_uuid())
    .fetch_all(executor)
    .await
}

/// A forward that was given up.
#[derive(Debug, Clone, FromRow)]
pub struct DeadLetter {
    pub position: i64,
    pub signal_id: Uuid,
    pub attempts: i32,
    pub error: Option<String>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// The newest that were given up.
pub async fn dead_letters(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    subscription: Uuid,
    limit: i64,
) -> Result<Vec<DeadLetter>, Error> {
    sqlx::query_as(
        "select position, signal_id, attempts, error, ended_at
         from forwards
         where tenant_id = $1 and subscription_id = $2 and state = 'dead'
         order by position desc
         limit $3",
    )
    .bind(tenant.as_uuid())
    .bind(subscription)
    .bind(limit)
    .fetch_all(executor)
    .await
}

/// Makes what was given up due again, the oldest first. How many it was.
pub async fn replay(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    subscription: Uuid,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<u64, Error> {
    let replayed = sqlx::query(
        "with again as (
           select position
           from forwards
           where tenant_id = $1 and subscription_id = $2 and state = 'dead'
           order by position
           limit $4
           for update)
         update forwards f
         set state = 'waiting', attempts = 0, next_attempt_at = $3, error = null, ended_at = null
         from again
         where f.tenant_id = $1 and f.subscription_id = $2 and f.position = again.position",
    )
    .bind(tenant.as_uuid())
    .bind(subscription)
    .bind(now)
    .bind(limit)
    .execute(executor)
    .await?;
    Ok(replayed.rows_affected())
}

/// Forgets what ended long ago, `limit` rows at a time, until there is none.
pub async fn sweep(
    connection: &mut PgConnection,
    done_before: DateTime<Utc>,
    dead_before: DateTime<Utc>,
    limit: i64,
) -> Result<(), Error> {
    loop {
        let gone = sqlx::query(
            "with old as (
               select tenant_id, subscription_id, position
               from forwards
               where ended_at < $1 and (state = 'done' or ended_at < $2)
               limit $3
               for update skip locked)
             delete from forwards f
             using old
             where (f.tenant_id, f.subscription_id, f.position) = (old.tenant_id, old.subscription_id, old.position)",
        )
        .bind(done_before)
        .bind(dead_before)
        .bind(limit)
        .execute(&mut *connection)
        .await?;
        if gone.rows_affected() < limit.unsigned_abs() {
            return Ok(());
        }
    }
}
