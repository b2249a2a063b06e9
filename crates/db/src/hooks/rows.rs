//! The rows of hooks.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{ConnectionId, HookId, TenantId};
use sqlx::{Error, FromRow, PgExecutor};
use uuid::Uuid;
use vault::Sealed;

/// Where a hook is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The vendor has not said yet that it has it.
    Pending,
    Active,
    /// To be removed at the vendor.
    Removing,
}

/// A hook, as whoever looks after it needs it.
pub struct Hook {
    pub id: HookId,
    pub target: String,
    pub state: State,
    pub external_id: Option<String>,
    pub resource: Option<String>,
    /// Under the context of `Place::Hooks`.
    pub sealed: Vec<u8>,
    pub expires_at: Option<DateTime<Utc>>,
    pub renew_at: Option<DateTime<Utc>>,
    pub due_at: DateTime<Utc>,
    pub attempts: i32,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    target: String,
    state: String,
    external_id: Option<String>,
    resource: Option<String>,
    sealed: Vec<u8>,
    expires_at: Option<DateTime<Utc>>,
    renew_at: Option<DateTime<Utc>>,
    due_at: DateTime<Utc>,
    attempts: i32,
}

impl From<Row> for Hook {
    fn from(row: Row) -> Self {
        let Row { id, target, state, external_id, resource, sealed, expires_at, renew_at, due_at, attempts } = row;
        // The column's check keeps it to three.
        let state = match state.as_str() {
            "pending" => State::Pending,
            "active" => State::Active,
            _ => State::Removing,
        };
        let id = HookId::from_uuid(id);
        Self { id, target, state, external_id, resource, sealed, expires_at, renew_at, due_at, attempts }
    }
}

/// All of a connection, the oldest first.
pub async fn of_connection(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<Vec<Hook>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "select id, target, state, external_id, resource, sealed, expires_at, renew_at, due_at, attempts
         from hooks
         where tenant_id = $1 and connection_id = $2
         order by created_at, id",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// A hook, as people see it.
#[derive(FromRow)]
pub struct Shown {
    pub target: String,
    pub state: String,
    pub expires_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
    pub error: Option<String>,
}

/// Those of a connection, by what they watch.
pub async fn shown(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<Vec<Shown>, Error> {
    sqlx::query_as(
        "select target, state, expires_at, delivered_at, error
         from hooks
         where tenant_id = $1 and connection_id = $2
         order by target, created_at, id",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .fetch_all(executor)
    .await
}

/// One that is about to be registered.
pub struct New<'a> {
    pub id: HookId,
    pub connection: ConnectionId,
    pub provider: &'a str,
    pub target: &'a str,
    pub sealed: &'a Sealed,
    pub secret_hash: [u8; 32],
    pub client_id: &'a str,
}

/// Notes one before the vendor is asked. Where the target has a living one, that is the one that counts.
pub async fn open(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    new: &New<'_>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "insert into hooks (tenant_id, id, connection_id, provider, target, state, sealed, secret_hash, due_at, created_at,
                            client_id)
         values ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $8, $9)
         on conflict (tenant_id, connection_id, target) where state <> 'removing' do nothing",
    )
    .bind(tenant.as_uuid())
    .bind(new.id.as_uuid())
    .bind(new.connection.as_uuid())
    .bind(new.provider)
    .bind(new.target)
    .bind(new.sealed.as_bytes())
    .bind(&new.secret_hash[..])
    .bind(now)
    .bind(new.client_id)
    .execute(executor)
    .await?;
    Ok(())
}

/// What the vendor has said of a new one.
pub struct Registered<'a> {
    pub external_id: &'a str,
    pub resource: Option<&'a str>,
    pub expires_at: Option<DateTime<Utc>>,
    pub renew_at: Option<DateTime<Utc>>,
    pub due_at: DateTime<Utc>,
    /// From when on it may have missed something that can be fetched back.
    pub misses_from: Option<DateTime<Utc>>,
    pub client_id: &'a str,
}

/// Whether there still was such a hook to be registered.
pub async fn registered(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: HookId,
    said: &Registered<'_>,
) -> Result<bool, Error> {
    let noted = sqlx::query(
        "update hooks
         set state = 'active', external_id = $3, resource = $4, expires_at = $5, renew_at = $6, due_at = $7,
             caught_up_to = $8, catch_up_at = $8, client_id = $9, attempts = 0, error = null
         where tenant_id = $1 and id = $2 and state = 'pending'",
    )
    .bind(tenant.as_uuid())
    .bind(id.as_uuid())
    .bind(said.external_id)
    .bind(said.resource)
    .bind(said.expires_at)
    .bind(said.renew_at)
    .bind(said.due_at)
    .bind(said.misses_from)
    .bind(said.client_id)
    .execute(executor)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Where a hook's end is now.
pub struct Extended {
    pub expires_at: Option<DateTime<Utc>>,
    pub renew_at: Option<DateTime<Utc>>,
    pub due_at: DateTime<Utc>,
}

/// It lives on, with another end.
pub async fn extended(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: HookId,
    now: &Extended,
) -> Result<(), Error> {
    sqlx::query(
        "update hooks
         set expires_at = $3, renew_at = $4, due_at = $5, attempts = 0, error = null
         where tenant_id = $1 and id = $2 and state = 'active'",
    )
    .bind(tenant.as_uuid())
    .bind(id.as_uuid())
    .bind(now.expires_at)
    .bind(now.renew_at)
    .bind(now.due_at)
    .execute(executor)
    .await?;
    Ok(())
}

/// It is as it was, and is looked at again then.
pub async fn still_good(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: HookId,
    due_at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query("update hooks set due_at = $3, attempts = 0, error = null where tenant_id = $1 and id = $2")
        .bind(tenant.as_uuid())
        .bind(id.as_uuid())
        .bind(due_at)
        .execute(executor)
        .await?;
    Ok(())
}

/// It is to be removed at the vendor, not before then.
pub async fn retire(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: HookId,
    due_at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "update hooks
         set state = 'removing', due_at = $3, catch_up_at = null, attempts = 0, error = null
         where tenant_id = $1 and id = $2",
    )
    .bind(tenant.as_uuid())
    .bind(id.as_uuid())
    .bind(due_at)
    .execute(executor)
    .await?;
    Ok(())
}

/// An attempt was in vain.
pub async fn failed(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: HookId,
    error: &str,
    due_at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query("update hooks set attempts = attempts + 1, error = $3, due_at = $4 where tenant_id = $1 and id = $2")
        .bind(tenant.as_uuid())
        .bind(id.as_uuid())
        .bind(error)
        .bind(due_at)
        .execute(executor)
        .await?;
    Ok(())
}

pub async fn forget(executor: impl PgExecutor<'_>, tenant: TenantId, id: HookId) -> Result<(), Error> {
    sqlx::query("delete from hooks where tenant_id = $1 and id = $2")
        .bind(tenant.as_uuid())
        .bind(id.as_uuid())
        .execute(executor)
        .await?;
    Ok(())
}

/// All of a connection.
pub async fn forget_all(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<(), Error> {
    sqlx::query("delete from hooks where tenant_id = $1 and connection_id = $2")
        .bind(tenant.as_uuid())
        .bind(connection.as_uuid())
        .execute(executor)
        .await?;
    Ok(())
}

/// Whether another connection, of any tenant, has the very same thing at the vendor, which its removal would take away.
pub async fn is_elsewhere_for_any_tenant(
    executor: impl PgExecutor<'_>,
    provider: &str,
    hook: &Hook,
    besides: (TenantId, ConnectionId),
) -> Result<bool, Error> {
    sqlx::query_scalar(
        "select exists (
           select 1
           from hooks
           where provider = $1
             and external_id = $2
             and target = $3
             and resource is not distinct from $4
             and state <> 'removing'
             and (tenant_id, connection_id) <> ($5, $6))",
    )
    .bind(provider)
    .bind(&hook.external_id)
    .bind(&hook.target)
    .bind(&hook.resource)
    .bind(besides.0.as_uuid())
    .bind(besides.1.as_uuid())
    .fetch_one(executor)
    .await
}

/// Deliveries have come through these hooks. Written once in `every`, so that a storm costs no more than a breeze; a row that
/// somebody holds is left for the next time.
pub async fn delivered(
    executor: impl PgExecutor<'_>,
    hooks: &[(TenantId, Uuid)],
    now: DateTime<Utc>,
    every: TimeDelta,
) -> Result<(), Error> {
    let tenants: Vec<Uuid> = hooks.iter().map(|(tenant, _)| tenant.as_uuid()).collect();
    let ids: Vec<Uuid> = hooks.iter().map(|(_, id)| *id).collect();
    sqlx::query(
        "with due as (
           select tenant_id, id
           from hooks
           where (tenant_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))
             and (delivered_at is null or delivered_at <= $4)
           for update skip locked)
         update hooks h
         set delivered_at = $3
         from due
         where (h.tenant_id, h.id) = (due.tenant_id, due.id)",
    )
    .bind(&tenants)
    .bind(&ids)
    .bind(now)
    .bind(now - every)
    .execute(executor)
    .await?;
    Ok(())
}
