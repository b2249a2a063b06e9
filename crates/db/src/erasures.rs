//! Tenants that are being erased or have been, by the digest of their ids.

use chrono::{DateTime, Utc};
use kernel::TenantId;
use sqlx::{Error, FromRow, PgExecutor};
use uuid::Uuid;

/// Where an erasure stands.
#[derive(Debug, Clone, FromRow)]
pub struct Erasure {
    /// The tenant's name in the audit log from then on.
    pub pseudonym: Uuid,
    pub asked_at: DateTime<Utc>,
    /// `None`: at work.
    pub erased_at: Option<DateTime<Utc>>,
}

/// An erasure that somebody is at.
#[derive(Clone, FromRow)]
pub struct Claimed {
    tenant_id: Uuid,
    pub pseudonym: Uuid,
    pub pepper: Vec<u8>,
    pub asked_at: DateTime<Utc>,
}

impl Claimed {
    pub const fn tenant(&self) -> TenantId {
        TenantId::from_uuid(self.tenant_id)
    }
}

/// The name under which a tenant is remembered.
pub(crate) fn name_of(tenant: TenantId) -> [u8; 32] {
    kernel::sha256(tenant.to_string())
}

/// From now on the tenant is none. `false`: it was being erased already, or has been.
pub async fn begin(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    (at, due_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool, Error> {
    let begun = sqlx::query(
        "insert into erasures (tenant_hash, tenant_id, pseudonym, pepper, asked_at, due_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict do nothing",
    )
    .bind(name_of(tenant))
    .bind(tenant.as_uuid())
    .bind(Uuid::from_bytes(kernel::bytes()))
    .bind(kernel::bytes::<32>())
    .bind(at)
    .bind(due_at)
    .execute(executor)
    .await?;
    Ok(begun.rows_affected() == 1)
}

pub async fn find(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<Option<Erasure>, Error> {
    sqlx::query_as("select pseudonym, asked_at, erased_at from erasures where tenant_hash = $1")
        .bind(name_of(tenant))
        .fetch_optional(executor)
        .await
}

/// Whether this is the name of a tenant that was erased.
pub async fn is_pseudonym(executor: impl PgExecutor<'_>, name: TenantId) -> Result<bool, Error> {
    sqlx::query_scalar("select exists (select 1 from erasures where pseudonym = $1)")
        .bind(name.as_uuid())
        .fetch_one(executor)
        .await
}

/// The one that has been due for longest, and nobody else is at it until `until`.
pub async fn claim_for_any_tenant(
    executor: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<Claimed>, Error> {
    sqlx::query_as(
        "update erasures e
         set due_at = $2
         where e.tenant_hash = (
           select tenant_hash
           from erasures
           where erased_at is null and due_at <= $1
           order by due_at
           limit 1
           for update skip locked)
         returning e.tenant_id, e.pseudonym, e.pepper, e.asked_at",
    )
    .bind(now)
    .bind(until)
    .fetch_optional(executor)
    .await
}

/// When somebody is to be at it again.
pub async fn put_off(executor: impl PgExecutor<'_>, tenant: TenantId, due_at: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query("update erasures set due_at = $2 where tenant_hash = $1 and erased_at is null")
        .bind(name_of(tenant))
        .bind(due_at)
        .execute(executor)
        .await?;
    Ok(())
}

/// Nothing of it is left, this row's knowledge of whom it was included.
pub async fn finish(executor: impl PgExecutor<'_>, tenant: TenantId, at: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query(
        "update erasures
         set erased_at = $2, tenant_id = null, pepper = null
         where tenant_hash = $1 and erased_at is null",
    )
    .bind(name_of(tenant))
    .bind(at)
    .execute(executor)
    .await?;
    Ok(())
}
