//! Subscriptions: who is told of signals. What is on its way to them is a row a signal.

mod forwards;
mod send;

pub use forwards::{DeadLetter, Due, Wanting, advance, dead_letters, fan_out, replay, sweep, waiting, wanting};
pub use send::{Claimed, Failed, claim, fail, succeed};

use chrono::{DateTime, Utc};
use kernel::TenantId;
use sqlx::{Error, FromRow, PgExecutor};
use uuid::Uuid;
use vault::Sealed;

/// What a person says about one.
pub struct Write<'a> {
    pub id: Uuid,
    pub url: &'a str,
    pub description: Option<&'a str>,
    pub kinds: Option<&'a [String]>,
    pub providers: Option<&'a [String]>,
    pub sealed: Sealed,
}

/// A stored one.
#[derive(FromRow)]
pub struct Subscription {
    pub id: Uuid,
    pub url: String,
    pub description: Option<String>,
    pub kinds: Option<Vec<String>>,
    pub providers: Option<Vec<String>>,
    pub state: String,
    pub disabled_reason: Option<String>,
    pub sealed: Vec<u8>,
    pub position: i64,
    pub last_success_at: Option<DateTime<Utc>>,
    pub last_failure_at: Option<DateTime<Utc>>,
    pub last_error: Option<String>,
    pub failing_since: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Whoever adds or changes one of a tenant's waits here for others who do, until the transaction ends: both the number of
/// them and their addresses are looked at first.
pub async fn hold(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<(), Error> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1::text, 17))")
        .bind(tenant.as_uuid())
        .execute(executor)
        .await?;
    Ok(())
}

/// All of a tenant's, oldest first.
pub async fn all(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<Vec<Subscription>, Error> {
    sqlx::query_as(
        "select id, url, description, kinds, providers, state, disabled_reason, sealed, position, last_success_at,
                last_failure_at, last_error, failing_since, created_at, updated_at
         from subscriptions
         where tenant_id = $1
         order by created_at, id",
    )
    .bind(tenant.as_uuid())
    .fetch_all(executor)
    .await
}

/// One of a tenant's, held until the transaction ends.
pub async fn hold_one(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<Subscription>, Error> {
    sqlx::query_as(
        "select id, url, description, kinds, providers, state, disabled_reason, sealed, position, last_success_at,
                last_failure_at, last_error, failing_since, created_at, updated_at
         from subscriptions
         where tenant_id = $1 and id = $2
         for no key update",
    )
    .bind(tenant.as_uuid())
    .bind(id)
    .fetch_optional(executor)
    .await
}

/// Adds one. It is told of what comes from now on.
pub async fn insert(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    new: &Write<'_>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "insert into subscriptions
           (tenant_id, id, url, description, kinds, providers, sealed, position, created_at, updated_at)
         select $1, $2, $3, $4, $5, $6, $7, coalesce((select last from signal_feeds where tenant_id = $1), 0), $8, $8",
    )
    .bind(tenant.as_uuid())
    .bind(new.id)
    .bind(new.url)
    .bind(new.description)
    .bind(new.kinds)
    .bind(new.providers)
    .bind(new.sealed.as_bytes())
    .bind(now)
    .execute(executor)
    .await?;
    Ok(())
}

/// Replaces what a person says about one, and enables it: it goes on where it stood, and what waits is due.
pub async fn replace(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    new: &Write<'_>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "with due as (
           update forwards f
           set next_attempt_at = $7, attempts = 0
           from subscriptions s
           where s.tenant_id = $1
             and s.id = $2
             and s.state = 'disabled'
             and f.tenant_id = s.tenant_id
             and f.subscription_id = s.id
             and f.state = 'waiting')
         update subscriptions
         set description = $3,
             kinds = $4,
             providers = $5,
             sealed = $6,
             state = 'active',
             disabled_reason = null,
             failing_since = case when state = 'disabled' then null else failing_since end,
             updated_at = $7
         where tenant_id = $1 and id = $2",
    )
    .bind(tenant.as_uuid())
    .bind(new.id)
    .bind(new.description)
    .bind(new.kinds)
    .bind(new.providers)
    .bind(new.sealed.as_bytes())
    .bind(now)
    .execute(executor)
    .await?;
    Ok(())
}

/// Replaces its secrets.
pub async fn reseal(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: Uuid,
    sealed: &Sealed,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query("update subscriptions set sealed = $3, updated_at = $4 where tenant_id = $1 and id = $2")
        .bind(tenant.as_uuid())
        .bind(id)
        .bind(sealed.as_bytes())
        .bind(now)
        .execute(executor)
        .await?;
    Ok(())
}

/// Forgets one, and what is on its way to it.
pub async fn delete(executor: impl PgExecutor<'_>, tenant: TenantId, id: Uuid) -> Result<(), Error> {
    sqlx::query("delete from subscriptions where tenant_id = $1 and id = $2")
        .bind(tenant.as_uuid())
        .bind(id)
        .execute(executor)
        .await?;
    Ok(())
}
