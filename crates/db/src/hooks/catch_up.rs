//! What vendors could not deliver and can be asked for: how far that has been fetched back, and whether we were there at all.
//!
//! A claim moves the time of the next look ahead. Whoever dies with it has the next one look.

use chrono::{DateTime, Utc};
use kernel::{ConnectionId, HookId, TenantId};
use sqlx::{Error, FromRow, PgExecutor};
use uuid::Uuid;

/// Says that a process is at work; when one last was, before this. `None`: never.
pub async fn beat(executor: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Error> {
    let before: Option<Option<DateTime<Utc>>> = sqlx::query_scalar(
        "with before as (select at from heartbeat),
         beat as (
           insert into heartbeat (at) values ($1)
           on conflict (is_it) do update set at = greatest(heartbeat.at, excluded.at))
         select (select at from before)",
    )
    .bind(now)
    .fetch_optional(executor)
    .await?;
    Ok(before.flatten())
}

/// After an outage nobody waits for their turn.
pub async fn everything_is_due_for_any_tenant(executor: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query(
        "with apps as (update hook_catch_ups set due_at = least(due_at, $1))
         update hooks set catch_up_at = $1 where catch_up_at > $1",
    )
    .bind(now)
    .execute(executor)
    .await?;
    Ok(())
}

/// An app that has a hook of its own. From now on what it misses is fetched back.
pub async fn know_app(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    provider: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "insert into hook_catch_ups (tenant_id, provider, caught_up_to, due_at)
         values ($1, $2, $3, $3)
         on conflict do nothing",
    )
    .bind(tenant.as_uuid())
    .bind(provider)
    .bind(now)
    .execute(executor)
    .await?;
    Ok(())
}

/// Those of tenants who have no app of their own any more.
pub async fn forget_apps_for_any_tenant(executor: impl PgExecutor<'_>) -> Result<(), Error> {
    sqlx::query(
        "delete from hook_catch_ups c
         where c.tenant_id <> $1
           and not exists (
             select 1
             from provider_configs p
             where p.tenant_id = c.tenant_id and p.provider = c.provider and p.app_id is not null)",
    )
    .bind(TenantId::UNADDRESSED.as_uuid())
    .execute(executor)
    .await?;
    Ok(())
}

/// An app, and until when it has everything.
pub struct AppHook {
    pub tenant: TenantId,
    pub provider: String,
    pub caught_up_to: DateTime<Utc>,
}

/// The apps whose turn it is; the next one is then.
pub async fn claim_apps(
    executor: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    next: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<AppHook>, Error> {
    let rows: Vec<(Uuid, String, DateTime<Utc>)> = sqlx::query_as(
        "update hook_catch_ups c
         set due_at = $2
         from (select tenant_id, provider
               from hook_catch_ups
               where due_at <= $1
               order by due_at
               limit $3
               for update skip locked) due
         where (c.tenant_id, c.provider) = (due.tenant_id, due.provider)
         returning c.tenant_id, c.provider, c.caught_up_to",
    )
    .bind(now)
    .bind(next)
    .bind(limit)
    .fetch_all(executor)
    .await?;
    let app =
        |(tenant, provider, caught_up_to)| AppHook { tenant: TenantId::from_uuid(tenant), provider, caught_up_to };
    Ok(rows.into_iter().map(app).collect())
}

/// Nothing that failed before then is missing any more.
pub async fn app_caught_up(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    provider: &str,
    to: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query("update hook_catch_ups set caught_up_to = $3, error = null where tenant_id = $1 and provider = $2")
        .bind(tenant.as_uuid())
        .bind(provider)
        .bind(to)
        .execute(executor)
        .await?;
    Ok(())
}

/// Something was asked for; whether it arrives is seen then.
pub async fn app_is_due(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    provider: &str,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query("update hook_catch_ups set due_at = $3, error = null where tenant_id = $1 and provider = $2")
        .bind(tenant.as_uuid())
        .bind(provider)
        .bind(at)
        .execute(executor)
        .await?;
    Ok(())
}

pub async fn app_failed(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    provider: &str,
    error: &str,
) -> Result<(), Error> {
    sqlx::query("update hook_catch_ups set error = $3 where tenant_id = $1 and provider = $2")
        .bind(tenant.as_uuid())
        .bind(provider)
        .bind(error)
        .execute(executor)
        .await?;
    Ok(())
}

/// A hook whose vendor may have failed to reach us.
pub struct MissedHook {
    pub tenant: TenantId,
    pub connection: ConnectionId,
    pub id: HookId,
    pub target: String,
    pub external_id: String,
    pub resource: Option<String>,
    pub caught_up_to: DateTime<Utc>,
}

#[derive(FromRow)]
struct Row {
    tenant_id: Uuid,
    connection_id: Uuid,
    id: Uuid,
    target: String,
    external_id: String,
    resource: Option<String>,
    caught_up_to: DateTime<Utc>,
}

/// The hooks whose turn it is, those that are furthest behind first; the next one is then.
pub async fn claim_missed_for_any_tenant(
    executor: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    next: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<MissedHook>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "update hooks h
         set catch_up_at = $2
         from (select tenant_id, id
               from hooks
               where catch_up_at <= $1
                 and state = 'active'
                 and external_id is not null
                 and caught_up_to is not null
               order by caught_up_to
               limit $3
               for update skip locked) due
         where (h.tenant_id, h.id) = (due.tenant_id, due.id)
         returning h.tenant_id, h.connection_id, h.id, h.target, h.external_id, h.resource, h.caught_up_to",
    )
    .bind(now)
    .bind(next)
    .bind(limit)
    .fetch_all(executor)
    .await?;
    let hook = |row: Row| MissedHook {
        tenant: TenantId::from_uuid(row.tenant_id),
        connection: ConnectionId::from_uuid(row.connection_id),
        id: HookId::from_uuid(row.id),
        target: row.target,
        external_id: row.external_id,
        resource: row.resource,
        caught_up_to: row.caught_up_to,
    };
    Ok(rows.into_iter().map(hook).collect())
}

/// The hook has everything until `to`, and is looked at again then.
pub async fn caught_up(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: HookId,
    to: DateTime<Utc>,
    next: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "update hooks set caught_up_to = $3, catch_up_at = $4
         where tenant_id = $1 and id = $2 and catch_up_at is not null",
    )
    .bind(tenant.as_uuid())
    .bind(id.as_uuid())
    .bind(to)
    .bind(next)
    .execute(executor)
    .await?;
    Ok(())
}
