//! The tools that people have allowed their agents.

use chrono::{DateTime, Utc};
use kernel::{ConnectionId, TenantId, UserId};
use serde_json::Value;
use sqlx::{Error, FromRow, PgConnection, PgExecutor};
use uuid::Uuid;

/// One tool of one source.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Entry {
    /// The service's own, or a connection's id.
    pub source: String,
    pub tool: String,
    pub fingerprint: String,
    /// `never` or `each_call`.
    pub approval: String,
    /// Limits by JSON pointer.
    pub arguments: Value,
    pub allowed_at: DateTime<Utc>,
}

/// A person's whole list, in a fixed order.
pub async fn of(executor: impl PgExecutor<'_>, tenant: TenantId, user: UserId) -> Result<Vec<Entry>, Error> {
    sqlx::query_as(
        "select source, tool, fingerprint, approval, arguments, allowed_at
         from agent_tools
         where tenant_id = $1 and user_id = $2
         order by source, tool",
    )
    .bind(tenant.as_uuid())
    .bind(user.as_uuid())
    .fetch_all(executor)
    .await
}

/// Until the transaction ends, nobody else changes this person's list: two lists that come at once would be mixed.
pub async fn hold(executor: impl PgExecutor<'_>, tenant: TenantId, user: UserId) -> Result<(), Error> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('agent_tools/' || $1::text || '/' || $2::text, 0))")
        .bind(tenant.as_uuid())
        .bind(user.as_uuid())
        .execute(executor)
        .await?;
    Ok(())
}

/// Of these connections, those that the person may see and that have not ended; they do not until the transaction does.
pub async fn hold_sources(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    user: UserId,
    connections: &[Uuid],
) -> Result<Vec<Uuid>, Error> {
    sqlx::query_scalar(
        "select id from connections
         where tenant_id = $1
           and id = any($3)
           and status <> 'revoked'
           and (owner_id is null or owner_id = $2)
         order by id
         for key share",
    )
    .bind(tenant.as_uuid())
    .bind(user.as_uuid())
    .bind(connections)
    .fetch_all(executor)
    .await
}

/// Makes this the person's list, each tool once, in the caller's transaction.
pub async fn replace(
    transaction: &mut PgConnection,
    tenant: TenantId,
    user: UserId,
    list: &[Entry],
) -> Result<(), Error> {
    sqlx::query("delete from agent_tools where tenant_id = $1 and user_id = $2")
        .bind(tenant.as_uuid())
        .bind(user.as_uuid())
        .execute(&mut *transaction)
        .await?;
    let texts = |of: fn(&Entry) -> &str| list.iter().map(of).collect::<Vec<&str>>();
    let limits: Vec<&Value> = list.iter().map(|one| &one.arguments).collect();
    let times: Vec<DateTime<Utc>> = list.iter().map(|one| one.allowed_at).collect();
    sqlx::query(
        "insert into agent_tools (tenant_id, user_id, source, tool, fingerprint, approval, arguments, allowed_at)
         select $1, $2, *
         from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::timestamptz[])",
    )
    .bind(tenant.as_uuid())
    .bind(user.as_uuid())
    .bind(texts(|one| &one.source))
    .bind(texts(|one| &one.tool))
    .bind(texts(|one| &one.fingerprint))
    .bind(texts(|one| &one.approval))
    .bind(limits)
    .bind(times)
    .execute(transaction)
    .await?;
    Ok(())
}

/// The connection has ended: what anybody has allowed of its tools is allowed no more.
pub async fn forget_source(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<(), Error> {
    sqlx::query("delete from agent_tools where tenant_id = $1 and source = $2")
        .bind(tenant.as_uuid())
        .bind(connection.to_string())
        .execute(executor)
        .await?;
    Ok(())
}
