//! Records: what streams have brought, as the vendor had it last.

use chrono::{DateTime, Utc};
use kernel::{ConnectionId, Cursor, Page, PageSize, TenantId};
use serde_json::value::RawValue;
use sqlx::{Error, FromRow, PgExecutor, types::Json};
use uuid::Uuid;

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

/// Writes many in one statement; each id once. `at`: the page's moment, which no other page of the stream has.
pub async fn write(
    executor: impl PgExecutor<'_>,
    of: Of<'_>,
    pass: i32,
    at: DateTime<Utc>,
    batch: &[Write<'_>],
) -> Result<(), Error> {
    let ids: Vec<&str> = batch.iter().map(|one| one.external_id).collect();
    let checksums: Vec<&[u8]> = batch.iter().map(|one| one.checksum).collect();
    let data: Vec<Option<&str>> = batch.iter().map(|one| one.data).collect();
    let changed: Vec<Option<DateTime<Utc>>> = batch.iter().map(|one| one.changed_at).collect();
    sqlx::query(
        "insert into records
           (tenant_id, connection_id, stream, external_id, checksum, data, changed_at, deleted_at, updated_at, ordinal, pass)
         select $1, $2, $3, external_id, checksum, data::json, changed_at, case when data is null then $5 end, $5, number, $4
         from unnest($6::text[], $7::bytea[], $8::text[], $9::timestamptz[]) with ordinality
           as new (external_id, checksum, data, changed_at, number)
         on conflict (tenant_id, connection_id, stream, external_id) do update
         set checksum = excluded.checksum,
             data = excluded.data,
             changed_at = coalesce(excluded.changed_at, records.changed_at),
             deleted_at = excluded.deleted_at,
             updated_at = excluded.updated_at,
             ordinal = excluded.ordinal,
             pass = excluded.pass",
    )
    .bind(of.tenant.as_uuid())
    .bind(of.connection.as_uuid())
    .bind(of.stream)
    .bind(pass)
    .bind(at)
    .bind(&ids)
    .bind(&checksums)
    .bind(&data)
    .bind(&changed)
    .execute(executor)
    .await?;
    Ok(())
}

/// Notes that a page of a pass has named these, and that they are as they were. `at`: the page's moment.
pub async fn seen(executor: impl PgExecutor<'_>, of: Of<'_>, at: DateTime<Utc>, ids: &[&str]) -> Result<(), Error> {
    sqlx::query("insert into listings (tenant_id, connection_id, stream, at, ids) values ($1, $2, $3, $4, $5)")
        .bind(of.tenant.as_uuid())
        .bind(of.connection.as_uuid())
        .bind(of.stream)
        .bind(at)
        .bind(ids)
        .execute(executor)
        .await?;
    Ok(())
}

/// What [`seen`] has noted is of no use any more.
pub async fn forget_seen(executor: impl PgExecutor<'_>, of: Of<'_>) -> Result<(), Error> {
    sqlx::query("delete from listings where tenant_id = $1 and connection_id = $2 and stream = $3")
        .bind(of.tenant.as_uuid())
        .bind(of.connection.as_uuid())
        .bind(of.stream)
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

/// Some that were there before and that this pass has not named: neither written nor seen. The difference of two sets, which costs
/// the same whatever the planner believes of lists that were written a moment ago.
pub async fn missing(executor: impl PgExecutor<'_>, of: Of<'_>, pass: i32, most: i64) -> Result<Vec<Missing>, Error> {
    sqlx::query_as(
        "with missing as materialized (
           select external_id
           from records
           where tenant_id = $1
             and connection_id = $2
             and stream = $3
             and pass < $4
             and deleted_at is null
           except
           select unnest(ids)
           from listings
           where tenant_id = $1
             and connection_id = $2
             and stream = $3
           order by 1
           limit $5)
         select r.external_id, r.data::text as data, r.updated_at
         from missing
         join records r
           on (r.tenant_id, r.connection_id, r.stream, r.external_id) = ($1, $2, $3, missing.external_id)
         order by r.external_id",
    )
    .bind(of.tenant.as_uuid())
    .bind(of.connection.as_uuid())
    .bind(of.stream)
    .bind(pass)
    .bind(most)
    .fetch_all(executor)
    .await
}

/// A record for whoever reads them.
#[derive(Debug, FromRow)]
pub struct Listed {
    pub external_id: String,
    /// The vendor's JSON; `None`: it is gone.
    pub data: Option<Json<Box<RawValue>>>,
    pub changed_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
    ordinal: i32,
}

/// Which of a stream's records.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Written after that.
    pub updated_after: Option<DateTime<Utc>>,
    /// Also those that are gone.
    pub with_gone: bool,
}

/// A page, in the order in which they were written: a record that is written again comes once more, behind all others, and who
/// reads on behind the last one misses nothing.
pub async fn page(
    executor: impl PgExecutor<'_>,
    of: Of<'_>,
    filter: Filter,
    after: Option<Cursor>,
    size: PageSize,
) -> Result<Page<Listed>, Error> {
    // A page's cursor has a record's number where others have an id.
    let (at, number) = match after {
        Some(last) => (last.at, i32::try_from(last.id.as_u128()).unwrap_or(i32::MAX)),
        None => (filter.updated_after.unwrap_or(DateTime::UNIX_EPOCH), i32::MAX),
    };
    let rows = sqlx::query_as(
        "select external_id, data, changed_at, updated_at, ordinal
         from records
         where tenant_id = $1
           and connection_id = $2
           and stream = $3
           and (updated_at, ordinal) > ($4, $5)
           and ($6 or deleted_at is null)
         order by updated_at, ordinal
         limit $7",
    )
    .bind(of.tenant.as_uuid())
    .bind(of.connection.as_uuid())
    .bind(of.stream)
    .bind(at)
    .bind(number)
    .bind(filter.with_gone)
    .bind(size.get() + 1)
    .fetch_all(executor)
    .await?;
    Ok(Page::from_one_more(rows, size, |last: &Listed| Cursor {
        at: last.updated_at,
        id: Uuid::from_u128(u128::try_from(last.ordinal).unwrap_or_default()),
    }))
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
