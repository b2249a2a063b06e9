//! Connections that nobody has claimed yet.

use chrono::{DateTime, Utc};
use kernel::{Parameters, Resource};
use serde_json::Value;
use sqlx::{Error, FromRow, PgExecutor, types::Json};
use uuid::Uuid;
use vault::Sealed;

/// A finished flow without an owner.
pub struct Pending {
    pub id: Uuid,
    pub code_hash: [u8; 32],
    pub browser_hash: [u8; 32],
    pub provider: String,
    pub account: Value,
    pub scopes: Vec<String>,
    /// As asked for.
    pub requested_scopes: Option<Vec<String>>,
    pub sealed: Sealed,
    pub label: Option<String>,
    pub parameters: Parameters,
    pub resources: Vec<Resource>,
    /// Which client obtained the grant.
    pub client_id: Option<String>,
    pub expires_at: DateTime<Utc>,
}

/// A claimed one. The row is gone.
#[derive(FromRow)]
pub struct Claimed {
    pub id: Uuid,
    pub provider: String,
    pub account: Value,
    pub scopes: Vec<String>,
    /// As asked for.
    pub requested_scopes: Option<Vec<String>>,
    pub sealed: Vec<u8>,
    pub label: Option<String>,
    pub parameters: Json<Parameters>,
    pub resources: Json<Vec<Resource>>,
    pub client_id: Option<String>,
}

pub async fn keep(executor: impl PgExecutor<'_>, pending: &Pending) -> Result<(), Error> {
    sqlx::query(
        "insert into pending_connections
           (id, code_hash, browser_hash, provider, account, scopes, sealed, label, expires_at, parameters,
            resources, client_id, requested_scopes)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(pending.id)
    .bind(&pending.code_hash[..])
    .bind(&pending.browser_hash[..])
    .bind(&pending.provider)
    .bind(&pending.account)
    .bind(&pending.scopes)
    .bind(pending.sealed.as_bytes())
    .bind(&pending.label)
    .bind(pending.expires_at)
    .bind(Json(&pending.parameters))
    .bind(Json(&pending.resources))
    .bind(&pending.client_id)
    .bind(&pending.requested_scopes)
    .execute(executor)
    .await?;
    Ok(())
}

/// By the code and the browser that was given it; single use.
pub async fn claim(
    executor: impl PgExecutor<'_>,
    provider: &str,
    code_hash: &[u8; 32],
    browser_hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<Claimed>, Error> {
    sqlx::query_as(
        "delete from pending_connections
         where code_hash = $1 and browser_hash = $2 and provider = $3 and expires_at > $4
         returning id, provider, account, scopes, sealed, label, parameters, resources, client_id,
           requested_scopes",
    )
    .bind(&code_hash[..])
    .bind(&browser_hash[..])
    .bind(provider)
    .bind(now)
    .fetch_optional(executor)
    .await
}

/// Those nobody came for, to be revoked at their vendors.
pub async fn take_expired(
    executor: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Claimed>, Error> {
    sqlx::query_as(
        "delete from pending_connections
         where id in (select id from pending_connections where expires_at <= $1 order by expires_at limit $2
                      for update skip locked)
         returning id, provider, account, scopes, sealed, label, parameters, resources, client_id,
           requested_scopes",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(executor)
    .await
}
