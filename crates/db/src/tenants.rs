//! Tenants.

use kernel::{TenantId, UserId};
use sqlx::{AssertSqlSafe, Error, PgExecutor};

pub async fn exists(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<bool, Error> {
    sqlx::query_scalar("select exists (select 1 from tenants where id = $1)")
        .bind(tenant.as_uuid())
        .fetch_one(executor)
        .await
}

/// Creates an organisation's tenant; `false` if it was there.
pub async fn create(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<bool, Error> {
    let created = sqlx::query("insert into tenants (id, kind) values ($1, 'organization') on conflict do nothing")
        .bind(tenant.as_uuid())
        .execute(executor)
        .await?;
    Ok(created.rows_affected() == 1)
}

/// The personal tenant of a person, made at first use.
pub async fn ensure_personal(executor: impl PgExecutor<'_>, user: UserId) -> Result<TenantId, Error> {
    let tenant = user.personal_tenant();
    sqlx::query("insert into tenants (id, kind) values ($1, 'personal') on conflict do nothing")
        .bind(tenant.as_uuid())
        .execute(executor)
        .await?;
    Ok(tenant)
}

/// The kind of the job that forgets what a person connected. The auth service enqueues it when it deletes the person, the
/// connectors service runs it; its payload is `{"user": "<id>"}`.
pub const FORGET_PERSON: &str = "forget_person";

/// Forgets a person's own tenant with everything in it. Its connections have been ended before.
pub async fn forget_personal(connection: &mut sqlx::PgConnection, user: UserId) -> Result<(), Error> {
    let tenant = user.personal_tenant();
    // What came to the app's own address and turned out to be theirs alone.
    sqlx::query(
        "delete from deliveries d
         using delivery_addressees a
         where a.tenant_id = $1
           and d.tenant_id = $2
           and d.id = a.delivery_id
           and not exists (
             select 1 from delivery_addressees b where b.delivery_id = a.delivery_id and b.tenant_id <> $1)",
    )
    .bind(tenant.as_uuid())
    .bind(TenantId::UNADDRESSED.as_uuid())
    .execute(&mut *connection)
    .await?;
    for table in [
        "signals",
        "signal_feeds",
        "deliveries",
        "delivery_queue",
        "delivery_addressees",
        "delivery_keys",
        "forwards",
        "subscriptions",
        "grants",
        "connection_resources",
        "connections",
        // Behind the connections, as whoever writes a list takes them.
        "agent_tools",
        "oauth_states",
        "connect_starts",
        "provider_configs",
        "agent_runs",
        "audit_log",
    ] {
        sqlx::query(AssertSqlSafe(format!("delete from {table} where tenant_id = $1")))
            .bind(tenant.as_uuid())
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query("delete from tenants where id = $1 and kind = 'personal'")
        .bind(tenant.as_uuid())
        .execute(connection)
        .await?;
    Ok(())
}
