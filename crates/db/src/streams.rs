//! Streams: where each stands.

use chrono::{DateTime, Utc};
use kernel::{ConnectionId, TenantId};
use sqlx::{Error, PgExecutor};
use uuid::Uuid;

/// Ids that one stream remembers from pushes. When there are more, they are forgotten: the stream's own cursor leads to what
/// they name.
const MOST_NAMED: i32 = 1000;

/// Something of a connection that a vendor said has changed.
pub struct Stale<'a> {
    pub tenant: TenantId,
    pub connection: ConnectionId,
    pub stream: &'a str,
    pub ids: &'a [String],
}

/// Makes streams due because the vendor said that something in them has changed. A stream that the connection does not have
/// stays absent: its scopes do not reach that far.
pub async fn mark_stale(executor: impl PgExecutor<'_>, stale: &[Stale<'_>], now: DateTime<Utc>) -> Result<(), Error> {
    let tenants: Vec<Uuid> = stale.iter().map(|one| one.tenant.as_uuid()).collect();
    let connections: Vec<Uuid> = stale.iter().map(|one| one.connection.as_uuid()).collect();
    let names: Vec<&str> = stale.iter().map(|one| one.stream).collect();
    let ids: Vec<sqlx::types::Json<&[String]>> = stale.iter().map(|one| sqlx::types::Json(one.ids)).collect();
    sqlx::query(
        "with said as (
           select new.tenant_id, new.connection_id, new.name, array_remove(array_agg(distinct id), null) as ids
           from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[]) as new (tenant_id, connection_id, name, ids)
           left join lateral jsonb_array_elements_text(new.ids) as id on true
           group by new.tenant_id, new.connection_id, new.name),
         held as (
           select s.tenant_id, s.connection_id, s.name, said.ids
           from streams s
           join said using (tenant_id, connection_id, name)
           order by s.tenant_id, s.connection_id, s.name
           for update of s)
         update streams s
         set due_at = least(s.due_at, $5),
             named = case when cardinality(s.named) + cardinality(held.ids) > $6 then '{}'
                          else array(select distinct unnest(s.named || held.ids)) end
         from held
         where (s.tenant_id, s.connection_id, s.name) = (held.tenant_id, held.connection_id, held.name)",
    )
    .bind(&tenants)
    .bind(&connections)
    .bind(&names)
    .bind(&ids)
    .bind(now)
    .bind(MOST_NAMED)
    .execute(executor)
    .await?;
    Ok(())
}
