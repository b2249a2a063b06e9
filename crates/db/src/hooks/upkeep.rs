//! Who looks after the hooks of a connection, and when next. A claim is for all of them: two processes never register the
//! same.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{ConnectionId, TenantId};
use sqlx::{Error, FromRow, PgExecutor};
use uuid::Uuid;

/// The connection was made, made anew, or has come back: what it wants is to be found out and registered now.
pub async fn ask(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "insert into hook_upkeep (tenant_id, connection_id, due_at, wanted_at)
         values ($1, $2, $3, $3)
         on conflict (tenant_id, connection_id) do update
         set due_at = excluded.due_at,
             wanted_at = excluded.wanted_at,
             asked = hook_upkeep.asked + 1,
             attempts = 0,
             error = null",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .bind(now)
    .execute(executor)
    .await?;
    Ok(())
}

/// A connection whose hooks are this worker's to look after.
pub struct Claimed {
    pub tenant: TenantId,
    pub connection: ConnectionId,
    pub wanted_at: DateTime<Utc>,
    pub attempts: i32,
    asked: i64,
    claim: Uuid,
}

#[derive(FromRow)]
struct Row {
    tenant_id: Uuid,
    connection_id: Uuid,
    wanted_at: DateTime<Utc>,
    attempts: i32,
    asked: i64,
    claimed_by: Uuid,
}

/// What is due, the longest first; each under a claim of its own.
pub async fn claim_for_any_tenant(
    executor: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    lease: TimeDelta,
    limit: i64,
) -> Result<Vec<Claimed>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "update hook_upkeep u
         set claimed_by = gen_random_uuid(), claimed_until = $2
         from (select tenant_id, connection_id
               from hook_upkeep
               where due_at <= $1
                 and (claimed_until is null or claimed_until < $1)
               order by due_at
               limit $3
               for update skip locked) due
         where (u.tenant_id, u.connection_id) = (due.tenant_id, due.connection_id)
         returning u.tenant_id, u.connection_id, u.wanted_at, u.attempts, u.asked, u.claimed_by",
    )
    .bind(now)
    .bind(now + lease)
    .bind(limit)
    .fetch_all(executor)
    .await?;
    let claimed = |row: Row| Claimed {
        tenant: TenantId::from_uuid(row.tenant_id),
        connection: ConnectionId::from_uuid(row.connection_id),
        wanted_at: row.wanted_at,
        attempts: row.attempts,
        asked: row.asked,
        claim: row.claimed_by,
    };
    Ok(rows.into_iter().map(claimed).collect())
}

/// Lengthens a claim. `false`: it is somebody else's by now, or the connection has ended.
pub async fn hold(executor: impl PgExecutor<'_>, claimed: &Claimed, until: DateTime<Utc>) -> Result<bool, Error> {
    let held = sqlx::query(
        "update hook_upkeep set claimed_until = $4 where tenant_id = $1 and connection_id = $2 and claimed_by = $3",
    )
    .bind(claimed.tenant.as_uuid())
    .bind(claimed.connection.as_uuid())
    .bind(claimed.claim)
    .bind(until)
    .execute(executor)
    .await?;
    Ok(held.rows_affected() == 1)
}

/// When a connection's hooks are looked after next.
pub struct Next {
    pub due_at: DateTime<Utc>,
    pub wanted_at: DateTime<Utc>,
    pub attempts: i32,
    pub error: Option<String>,
}

/// Gives the claim back. What was asked for meanwhile stays due.
pub async fn finish(executor: impl PgExecutor<'_>, claimed: &Claimed, next: &Next) -> Result<(), Error> {
    sqlx::query(
        "update hook_upkeep
         set claimed_by = null,
             claimed_until = null,
             due_at = case when asked = $4 then $5 else due_at end,
             wanted_at = case when asked = $4 then $6 else wanted_at end,
             attempts = case when asked = $4 then $7 else attempts end,
             error = case when asked = $4 then $8 else error end
         where tenant_id = $1 and connection_id = $2 and claimed_by = $3",
    )
    .bind(claimed.tenant.as_uuid())
    .bind(claimed.connection.as_uuid())
    .bind(claimed.claim)
    .bind(claimed.asked)
    .bind(next.due_at)
    .bind(next.wanted_at)
    .bind(next.attempts)
    .bind(&next.error)
    .execute(executor)
    .await?;
    Ok(())
}

/// Why nothing could be done for a connection's hooks, if that is so.
pub async fn trouble(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<Option<String>, Error> {
    let error: Option<Option<String>> =
        sqlx::query_scalar("select error from hook_upkeep where tenant_id = $1 and connection_id = $2")
            .bind(tenant.as_uuid())
            .bind(connection.as_uuid())
            .fetch_optional(executor)
            .await?;
    Ok(error.flatten())
}

/// Nobody looks after them any more.
pub async fn forget_upkeep(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<(), Error> {
    sqlx::query("delete from hook_upkeep where tenant_id = $1 and connection_id = $2")
        .bind(tenant.as_uuid())
        .bind(connection.as_uuid())
        .execute(executor)
        .await?;
    Ok(())
}
