//! Grants: sealed, versioned, and refreshed by one holder of the lease at a time.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{ConnectionId, TenantId};
use sqlx::{Error, FromRow, PgExecutor};
use uuid::Uuid;
use vault::Sealed;

/// A grant as stored.
#[derive(FromRow)]
pub struct Stored {
    pub sealed: Vec<u8>,
    pub expires_at: Option<DateTime<Utc>>,
    pub refresh_at: Option<DateTime<Utc>>,
    pub version: i64,
}

/// Writes the first grant of a connection, or the one that replaces whatever was there.
pub async fn put(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    sealed: &Sealed,
    times: Times,
) -> Result<(), Error> {
    sqlx::query(
        "insert into grants (tenant_id, connection_id, sealed, expires_at, refresh_at)
         values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, connection_id) do update
         set sealed = excluded.sealed,
             expires_at = excluded.expires_at,
             refresh_at = excluded.refresh_at,
             version = grants.version + 1,
             lease_owner = null,
             lease_expires_at = null",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .bind(sealed.as_bytes())
    .bind(times.expires_at)
    .bind(times.refresh_at)
    .execute(executor)
    .await?;
    Ok(())
}

/// When a grant ends and when to renew it.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub expires_at: Option<DateTime<Utc>>,
    pub refresh_at: Option<DateTime<Utc>>,
}

pub async fn find(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<Option<Stored>, Error> {
    sqlx::query_as(
        "select sealed, expires_at, refresh_at, version from grants where tenant_id = $1 and connection_id = $2",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .fetch_optional(executor)
    .await
}

/// Takes the right to refresh this version, unless somebody holds it. By the database's clock, which all replicas share.
pub async fn take_lease(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    version: i64,
    owner: Uuid,
    length: TimeDelta,
) -> Result<bool, Error> {
    let taken = sqlx::query(
        "update grants
         set lease_owner = $4, lease_expires_at = clock_timestamp() + make_interval(secs => $5)
         where tenant_id = $1
           and connection_id = $2
           and version = $3
           and (lease_owner is null or lease_expires_at < clock_timestamp())",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .bind(version)
    .bind(owner)
    .bind(length.as_seconds_f64())
    .execute(executor)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Replaces the version that was leased. `false`: somebody else has replaced it meanwhile, and theirs stays.
pub async fn replace(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    version: i64,
    sealed: &Sealed,
    times: Times,
) -> Result<bool, Error> {
    let replaced = sqlx::query(
        "update grants
         set sealed = $4, expires_at = $5, refresh_at = $6, version = version + 1, lease_owner = null,
             lease_expires_at = null
         where tenant_id = $1 and connection_id = $2 and version = $3",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .bind(version)
    .bind(sealed.as_bytes())
    .bind(times.expires_at)
    .bind(times.refresh_at)
    .execute(executor)
    .await?;
    Ok(replaced.rows_affected() == 1)
}

/// Gives the lease back after a failure, and says when the background may try again.
pub async fn give_back(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    owner: Uuid,
    refresh_at: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    sqlx::query(
        "update grants
         set lease_owner = null, lease_expires_at = null, refresh_at = $4
         where tenant_id = $1 and connection_id = $2 and lease_owner = $3",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .bind(owner)
    .bind(refresh_at)
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn forget(executor: impl PgExecutor<'_>, tenant: TenantId, connection: ConnectionId) -> Result<(), Error> {
    sqlx::query("delete from grants where tenant_id = $1 and connection_id = $2")
        .bind(tenant.as_uuid())
        .bind(connection.as_uuid())
        .execute(executor)
        .await?;
    Ok(())
}

/// Grants whose time to be renewed has come, earliest first.
pub async fn due_for_any_tenant(
    executor: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(TenantId, ConnectionId)>, Error> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "select tenant_id, connection_id from grants
         where refresh_at <= $1
         order by refresh_at
         limit $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|(tenant, id)| (TenantId::from_uuid(tenant), ConnectionId::from_uuid(id))).collect())
}

/// Until when the vendor wants to hear nothing more from this grant, if it has said so.
pub async fn paused_until(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<Option<DateTime<Utc>>, Error> {
    let until: Option<Option<DateTime<Utc>>> =
        sqlx::query_scalar("select paused_until from grants where tenant_id = $1 and connection_id = $2")
            .bind(tenant.as_uuid())
            .bind(connection.as_uuid())
            .fetch_optional(executor)
            .await?;
    Ok(until.flatten())
}

/// Notes a pause. The longest one counts: an answer that was slower to come does not shorten it.
pub async fn pause(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    until: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "update grants
         set paused_until = $3
         where tenant_id = $1
           and connection_id = $2
           and (paused_until is null or paused_until < $3)",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .bind(until)
    .execute(executor)
    .await?;
    Ok(())
}

/// Stops the background from asking for this grant until it is replaced.
pub async fn rest(executor: impl PgExecutor<'_>, tenant: TenantId, connection: ConnectionId) -> Result<(), Error> {
    sqlx::query("update grants set refresh_at = null where tenant_id = $1 and connection_id = $2")
        .bind(tenant.as_uuid())
        .bind(connection.as_uuid())
        .execute(executor)
        .await?;
    Ok(())
}
