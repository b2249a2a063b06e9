//! How rows go: in pieces, so that no transaction lasts long, and any number of times.

use super::{Erase, TABLES};
use chrono::{DateTime, Utc};
use kernel::{TenantId, UserId};
use sqlx::{AssertSqlSafe, Error, PgConnection, PgExecutor};
use uuid::Uuid;

/// Rows that go in one statement.
const PIECE: i64 = 2000;

/// Deletes some of a tenant's rows of one table of [`TABLES`]. Whether there may be more.
pub async fn delete(executor: impl PgExecutor<'_>, tenant: TenantId, table: &str) -> Result<bool, Error> {
    // A row's place says nothing across partitions: the tenant has to be the same as well.
    let statement = format!(
        "delete from {table}
         where tenant_id = $1
           and ctid = any(array(select ctid from {table} where tenant_id = $1 limit {PIECE}))"
    );
    let gone = sqlx::query(AssertSqlSafe(statement)).bind(tenant.as_uuid()).execute(executor).await?;
    Ok(gone.rows_affected() >= PIECE.unsigned_abs())
}

/// Deletes some of what came to the app's own address and turned out to be about this tenant alone. Whether there may be more.
pub async fn delete_of_the_app(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<bool, Error> {
    let gone = sqlx::query(
        "with theirs as materialized (
           select a.delivery_id
           from delivery_addressees a
           where a.tenant_id = $1
             and exists (select 1 from deliveries d where d.tenant_id = $2 and d.id = a.delivery_id)
             and not exists (
               select 1 from delivery_addressees b where b.delivery_id = a.delivery_id and b.tenant_id <> $1)
           limit $3),
         queued as (
           delete from delivery_queue q using theirs where q.tenant_id = $2 and q.delivery_id = theirs.delivery_id)
         delete from deliveries d using theirs where d.tenant_id = $2 and d.id = theirs.delivery_id",
    )
    .bind(tenant.as_uuid())
    .bind(TenantId::UNADDRESSED.as_uuid())
    .bind(PIECE)
    .execute(executor)
    .await?;
    Ok(gone.rows_affected() >= PIECE.unsigned_abs())
}

/// Tenants in which a person has or had something, beside their own.
pub async fn people_elsewhere(executor: impl PgExecutor<'_>, user: UserId) -> Result<Vec<TenantId>, Error> {
    let tenants: Vec<Uuid> = sqlx::query_scalar(
        "select tenant_id from connections where owner_id = $1 and tenant_id <> $1
         union
         select tenant_id from agent_runs where user_id = $1 and tenant_id <> $1
         union
         select tenant_id from agent_tools where user_id = $1 and tenant_id <> $1",
    )
    .bind(user.as_uuid())
    .fetch_all(executor)
    .await?;
    Ok(tenants.into_iter().map(TenantId::from_uuid).collect())
}

/// What a person had to themselves inside a tenant of others. Their connections have been ended.
pub async fn forget_in_other_tenants(connection: &mut PgConnection, user: UserId) -> Result<(), Error> {
    for statement in [
        "delete from signals s using connections c
         where c.owner_id = $1 and s.tenant_id = c.tenant_id and s.connection_id = c.id",
        "delete from connections where owner_id = $1",
        "delete from agent_runs where user_id = $1",
        "delete from agent_tools where user_id = $1",
        "delete from oauth_states where user_id = $1",
        "delete from connect_starts where user_id = $1",
    ] {
        sqlx::query(statement).bind(user.as_uuid()).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Whether a grant of the tenant waits to be revoked at its vendor.
pub async fn is_revoking(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<bool, Error> {
    sqlx::query_scalar("select exists (select 1 from jobs where state = 'ready' and payload ->> 'tenant' = $1)")
        .bind(tenant.to_string())
        .fetch_one(executor)
        .await
}

/// A table in which something of the tenant is left, or has come since.
pub async fn is_left(connection: &mut PgConnection, tenant: TenantId) -> Result<Option<&'static str>, Error> {
    for kept in TABLES.iter().filter(|kept| matches!(kept.erase, Erase::Delete)) {
        let look = format!("select exists (select 1 from {} where tenant_id = $1)", kept.table);
        let found: bool =
            sqlx::query_scalar(AssertSqlSafe(look)).bind(tenant.as_uuid()).fetch_one(&mut *connection).await?;
        if found {
            return Ok(Some(kept.table));
        }
    }
    Ok(None)
}

/// The last that knows of the tenant, in one transaction with the note that it is gone.
pub async fn forget_last(connection: &mut PgConnection, tenant: TenantId, at: DateTime<Utc>) -> Result<(), Error> {
    let id = tenant.as_uuid();
    sqlx::query("update operator_tokens set tenants = array_remove(tenants, $1) where $1 = any(tenants)")
        .bind(id)
        .execute(&mut *connection)
        .await?;
    // A person's letters name them too, in the one spelling or the other.
    sqlx::query("delete from jobs where position($1 in payload::text) > 0 or position($2 in payload::text) > 0")
        .bind(id.hyphenated().to_string())
        .bind(id.simple().to_string())
        .execute(&mut *connection)
        .await?;
    sqlx::query("delete from tenants where id = $1").bind(id).execute(&mut *connection).await?;
    crate::erasures::finish(connection, tenant, at).await
}
