//! The audit log: only added to, in the transaction of what it records.

use chrono::{DateTime, Utc};
use kernel::TenantId;
use serde_json::Value;
use sqlx::{Error, PgExecutor};
use uuid::Uuid;

/// One line. Nothing in it may be secret.
pub struct Entry<'a> {
    pub at: DateTime<Utc>,
    pub actor: &'a str,
    pub action: &'a str,
    pub target: &'a str,
    pub detail: Value,
}

pub async fn append(executor: impl PgExecutor<'_>, tenant: TenantId, entry: Entry<'_>) -> Result<(), Error> {
    sqlx::query(
        "insert into audit_log (tenant_id, id, at, actor, action, target, detail) values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(tenant.as_uuid())
    .bind(Uuid::now_v7())
    .bind(entry.at)
    .bind(entry.actor)
    .bind(entry.action)
    .bind(entry.target)
    .bind(entry.detail)
    .execute(executor)
    .await?;
    Ok(())
}
