//! Starts that wait for a browser to open their link.

use chrono::{DateTime, Utc};
use kernel::{ConnectionKind, Parameters, TenantId, UserId};
use sqlx::{Error, FromRow, PgExecutor, types::Json};
use uuid::Uuid;

/// What was asked for when the link was made.
pub struct Start {
    pub token_hash: [u8; 32],
    pub provider: String,
    pub tenant: TenantId,
    pub user: Option<UserId>,
    /// As the audit log names them.
    pub started_by: String,
    pub kind: ConnectionKind,
    pub scopes: Vec<String>,
    pub return_url: Option<String>,
    pub label: Option<String>,
    pub parameters: Parameters,
    pub expires_at: DateTime<Utc>,
}

/// A start whose link was opened. The row is gone.
#[derive(FromRow)]
pub struct Opened {
    pub tenant_id: Uuid,
    pub user_id: Option<Uuid>,
    pub started_by: String,
    pub kind: String,
    pub scopes: Vec<String>,
    pub return_url: Option<String>,
    pub label: Option<String>,
    pub parameters: Json<Parameters>,
}

pub async fn keep(executor: impl PgExecutor<'_>, start: &Start) -> Result<(), Error> {
    sqlx::query(
        "insert into connect_starts
           (token_hash, provider, tenant_id, user_id, kind, scopes, return_url, label, expires_at, started_by,
            parameters)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&start.token_hash[..])
    .bind(&start.provider)
    .bind(start.tenant.as_uuid())
    .bind(start.user.map(|user| user.as_uuid()))
    .bind(start.kind.word())
    .bind(&start.scopes)
    .bind(&start.return_url)
    .bind(&start.label)
    .bind(start.expires_at)
    .bind(&start.started_by)
    .bind(Json(&start.parameters))
    .execute(executor)
    .await?;
    Ok(())
}

/// Single use, like the state it turns into.
pub async fn take(
    executor: impl PgExecutor<'_>,
    token_hash: &[u8; 32],
    provider: &str,
    now: DateTime<Utc>,
) -> Result<Option<Opened>, Error> {
    sqlx::query_as(
        "delete from connect_starts
         where token_hash = $1 and provider = $2 and expires_at > $3
         returning tenant_id, user_id, started_by, kind, scopes, return_url, label, parameters",
    )
    .bind(&token_hash[..])
    .bind(provider)
    .bind(now)
    .fetch_optional(executor)
    .await
}

pub async fn sweep(executor: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<u64, Error> {
    let swept = sqlx::query("delete from connect_starts where expires_at <= $1").bind(now).execute(executor).await?;
    Ok(swept.rows_affected())
}
