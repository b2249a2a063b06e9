//! Records: what streams have brought, as the vendor had it last.

use chrono::{DateTime, Utc};
use kernel::{ConnectionId, TenantId};
use sqlx::{Error, FromRow, PgExecutor};

/// Which records: of one stream of one connection.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    pub tenant: TenantId,
    pub connection: ConnectionId,
    pub stream: &'a str,
}

/// A record that is there already.
#[derive(Debug, FromRow)]
pub struct Known {
    pub external_id: String,
    /// It has the checksum that was asked for.
    pub is_same: bool,
    /// JSON text, where it is there and not the same.
    pub data: Option<String>,
    pub changed_at: Option<DateTime<Utc>>,
    /// When it was written, by our clock.
    pub updated_at: DateTime<Utc>,
    pub is_gone: bool,
}

/// Which of these are there, and whether they have these checksums.
pub async fn known(
    executor: impl PgExecutor<'_>,
    of: Of<'_>,
    ids: &[&str],
    checksums: &[&[u8]],
) -> Result<Vec<Known>, Error> {
    sqlx::query_as(
        "select r.external_id, r.checksum = new.checksum as is_same,
                case when r.checksum <> new.checksum then r.data::text end as data,
                r.changed_at, r.updated_at, r.deleted_at is not null as is_gone
         from unnest($4::text[], $5::bytea[]) as new (external_id, checksum)
         join records r
           on (r.tenant_id, r.connection_id, r.stream, r.external_id) = ($1, $2, $3, new.external_id)",
    )
    .bind(of.tenant.as_uuid())
    .bind(of.connection.as_uuid())
    .bind(of.stream)
    .bind(ids)
    .bind(checksums)
    .fetch_all(executor)
    .await
}

/// A record as it is from now on.
#[derive(Debug, Clone, Copy)]
pub struct Write<'a> {
    pub external_id: &'a str,
    /// Empty: it is gone.
    pub checksum: &'a [u8],
    /// JSON text; `None`: it is gone.
    pub data: Option<&'a str>,
    pub changed_at: Option<DateTime<Utc>>,
}

/// Writes many in one statement; each id once.
pub async fn write(
    executor: impl PgExecutor<'_>,
    of: Of<'_>,
    pass: i32,
    now: DateTime<Utc>,
    batch: &[Write<'_>],
) -> Result<(), Error> {
    let ids: Vec<&str> = batch.iter().map(|one| one.external_id).collect();
    let checksums: Vec<&[u8]> = batch.iter().map(|one| one.checksum).collect();
    let data: Vec<Option<&str>> = batch.iter().map(|one| one.data).collect();
    let changed: Vec<Option<DateTime<Utc>>> = batch.iter().map(|one| one.changed_at).collect();
    sqlx::query(
        "insert into records
           (tenant_id, connection_id, stream, external_id, checksum, data, changed_at, deleted_at, updated_at, pass)
         select $1, $2, $3, external_id, checksum, data::json, changed_at, case when data is null then $5 end, $5, $4
         from unnest($6::text[], $7::bytea[], $8::text[], $9::timestamptz[]) as new (external_id, checksum, data, changed_at)
         on conflict (tenant_id, connection_id, stream, external_id) do update
         set checksum = excluded.checksum,
             data = excluded.data,
             changed_at = coalesce(excluded.changed_at, records.changed_at),
             deleted_at = excluded.deleted_at,
             updated_at = excluded.updated_at,
             pass = excluded.pass",
    )
    .bind(of.tenant.as_uuid())
    .bind(of.connection.as_uuid())
    .bind(of.stream)
    .bind(pass)
    .bind(now)
    .bind(&ids)
    .bind(&checksums)
    .bind(&data)
    .bind(&changed)
    .execute(executor)
    .await?;
    Ok(())
}

/// Notes that these were there in this pass, as they are.
pub async fn seen(executor: impl PgExecutor<'_>, of: Of<'_>, pass: i32, ids: &[&str]) -> Result<(), Error> {
    sqlx::query(
        "update records
         set pass = $4
         where tenant_id = $1
           and connection_id = $2
           and stream = $3
           and external_id = any($5)
           and pass <> $4",
    )
    .bind(of.tenant.as_uuid())
    .bind(of.connection.as_uuid())
    .bind(of.stream)
    .bind(pass)
    .bind(ids)
    .execute(executor)
    .await?;
    Ok(())
}

/// A record that a pass has not named.
#[derive(Debug, FromRow)]
pub struct Missing {
    pub external_id: String,
    /// JSON text.
    pub data: Option<String>,
    /// When it was written, by our clock.
    pub updated_at: DateTime<Utc>,
}

/// Some that were there before and that this pass has not named.
pub async fn missing(executor: impl PgExecutor<'_>, of: Of<'_>, pass: i32, most: i64) -> Result<Vec<Missing>, Error> {
    sqlx::query_as(
        "select external_id, data::text as data, updated_at
         from records
         where tenant_id = $1
           and connection_id = $2
           and stream = $3
           and pass < $4
           and deleted_at is null
         order by external_id
         limit $5",
    )
    .bind(of.tenant.as_uuid())
    .bind(of.connection.as_uuid())
    .bind(of.stream)
    .bind(pass)
    .bind(most)
    .fetch_all(executor)
    .await
}

/// Forgets what other streams than these have brought.
pub async fn retain(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    streams: &[String],
) -> Result<(), Error> {
    sqlx::query("delete from records where tenant_id = $1 and connection_id = $2 and stream <> all($3)")
        .bind(tenant.as_uuid())
        .bind(connection.as_uuid())
        .bind(streams)
        .execute(executor)
        .await?;
    Ok(())
}

/// The connection has ended.
pub async fn forget(executor: impl PgExecutor<'_>, tenant: TenantId, connection: ConnectionId) -> Result<(), Error> {
    sqlx::query("delete from records where tenant_id = $1 and connection_id = $2")
        .bind(tenant.as_uuid())
        .bind(connection.as_uuid())
        .execute(executor)
        .await?;
    Ok(())
}
