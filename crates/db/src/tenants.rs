//! Tenants. One that is being erased, or has been, is none.

use crate::erasures::name_of;
use chrono::{DateTime, Utc};
use kernel::{TenantId, UserId};
use sqlx::{Error, FromRow, PgExecutor};

/// The kind of the job by which the auth service of earlier releases had a person's own tenant erased; its payload is
/// `{"user": "<id>"}`.
pub const FORGET_PERSON: &str = "forget_person";

/// A tenant as it is shown.
#[derive(Debug, Clone, FromRow)]
pub struct Tenant {
    pub kind: String,
    pub created_at: DateTime<Utc>,
}

/// What became of the wish for a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    New,
    WasThere,
    /// It was erased, and stays that.
    Erased,
}

pub async fn exists(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<bool, Error> {
    sqlx::query_scalar(
        "select exists (select 1 from tenants where id = $1)
            and not exists (select 1 from erasures where tenant_hash = $2)",
    )
    .bind(tenant.as_uuid())
    .bind(name_of(tenant))
    .fetch_one(executor)
    .await
}

pub async fn find(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<Option<Tenant>, Error> {
    sqlx::query_as("select kind, created_at from tenants where id = $1")
        .bind(tenant.as_uuid())
        .fetch_optional(executor)
        .await
}

/// Creates an organisation's tenant.
pub async fn create(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<Created, Error> {
    ensure(executor, tenant, "organization").await
}

/// The personal tenant of a person, made at first use. `None`: the person was erased.
pub async fn ensure_personal(executor: impl PgExecutor<'_>, user: UserId) -> Result<Option<TenantId>, Error> {
    let tenant = user.personal_tenant();
    let created = ensure(executor, tenant, "personal").await?;
    Ok((created != Created::Erased).then_some(tenant))
}

async fn ensure(executor: impl PgExecutor<'_>, tenant: TenantId, kind: &str) -> Result<Created, Error> {
    let (is_erased, is_new): (bool, bool) = sqlx::query_as(
        "with erased as (select 1 from erasures where tenant_hash = $3),
         new as (
           insert into tenants (id, kind)
           select $1, $2
           where not exists (select 1 from erased)
           on conflict do nothing
           returning 1)
         select exists (select 1 from erased), exists (select 1 from new)",
    )
    .bind(tenant.as_uuid())
    .bind(kind)
    .bind(name_of(tenant))
    .fetch_one(executor)
    .await?;
    Ok(match (is_erased, is_new) {
        (true, _) => Created::Erased,
        (false, true) => Created::New,
        (false, false) => Created::WasThere,
    })
}
