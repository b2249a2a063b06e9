//! A tenant's own clients at the providers.

use chrono::{DateTime, Utc};
use kernel::TenantId;
use sqlx::{Error, FromRow, PgExecutor};
use uuid::Uuid;
use vault::Sealed;

/// What is stored of a client. Its secrets are in `sealed`.
pub struct ProviderConfig {
    pub client_id: String,
    pub redirect_uri: Option<String>,
    pub scopes: Option<Vec<String>>,
    pub app_name: Option<String>,
    pub app_id: Option<String>,
    pub sealed: Sealed,
}

/// A stored one.
#[derive(FromRow)]
pub struct Stored {
    pub client_id: String,
    pub redirect_uri: Option<String>,
    pub scopes: Option<Vec<String>>,
    pub app_name: Option<String>,
    pub app_id: Option<String>,
    pub sealed: Vec<u8>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Writes it whole, in place of what was there. `true`: there was none.
pub async fn put(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    provider: &str,
    config: &ProviderConfig,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    sqlx::query_scalar(
        "insert into provider_configs
           (tenant_id, provider, client_id, redirect_uri, scopes, app_name, app_id, sealed, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
         on conflict (tenant_id, provider) do update
         set client_id = excluded.client_id,
             redirect_uri = excluded.redirect_uri,
             scopes = excluded.scopes,
             app_name = excluded.app_name,
             app_id = excluded.app_id,
             sealed = excluded.sealed,
             updated_at = excluded.updated_at
         returning xmax = 0",
    )
    .bind(tenant.as_uuid())
    .bind(provider)
    .bind(&config.client_id)
    .bind(&config.redirect_uri)
    .bind(&config.scopes)
    .bind(&config.app_name)
    .bind(&config.app_id)
    .bind(config.sealed.as_bytes())
    .bind(now)
    .fetch_one(executor)
    .await
}

pub async fn find(executor: impl PgExecutor<'_>, tenant: TenantId, provider: &str) -> Result<Option<Stored>, Error> {
    sqlx::query_as(
        "select client_id, redirect_uri, scopes, app_name, app_id, sealed, created_at, updated_at
         from provider_configs
         where tenant_id = $1 and provider = $2",
    )
    .bind(tenant.as_uuid())
    .bind(provider)
    .fetch_optional(executor)
    .await
}

/// A stored one, and where.
#[derive(FromRow)]
pub struct StoredAt {
    pub provider: String,
    #[sqlx(flatten)]
    pub stored: Stored,
}

/// All of a tenant's, by provider: as many as there are providers at the most.
pub async fn all(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<Vec<StoredAt>, Error> {
    sqlx::query_as(
        "select provider, client_id, redirect_uri, scopes, app_name, app_id, sealed, created_at, updated_at
         from provider_configs
         where tenant_id = $1
         order by provider",
    )
    .bind(tenant.as_uuid())
    .fetch_all(executor)
    .await
}

/// Whether there was one.
pub async fn delete(executor: impl PgExecutor<'_>, tenant: TenantId, provider: &str) -> Result<bool, Error> {
    let deleted = sqlx::query("delete from provider_configs where tenant_id = $1 and provider = $2")
        .bind(tenant.as_uuid())
        .bind(provider)
        .execute(executor)
        .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Whether any tenant has a client of its own at the provider.
pub async fn is_there_one_for_any_tenant(executor: impl PgExecutor<'_>, provider: &str) -> Result<bool, Error> {
    sqlx::query_scalar("select exists (select 1 from provider_configs where provider = $1)")
        .bind(provider)
        .fetch_one(executor)
        .await
}

/// The providers for which a tenant has a client of its own.
pub async fn providers(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<Vec<String>, Error> {
    sqlx::query_scalar("select provider from provider_configs where tenant_id = $1 order by provider")
        .bind(tenant.as_uuid())
        .fetch_all(executor)
        .await
}

/// The tenants that have an app of their own, with a hook of its own, at the provider.
pub async fn with_app_for_any_tenant(
    executor: impl PgExecutor<'_>,
    provider: &str,
    limit: i64,
) -> Result<Vec<TenantId>, Error> {
    let tenants: Vec<Uuid> = sqlx::query_scalar(
        "select tenant_id from provider_configs
         where provider = $1 and app_id is not null
         order by tenant_id
         limit $2",
    )
    .bind(provider)
    .bind(limit)
    .fetch_all(executor)
    .await?;
    Ok(tenants.into_iter().map(TenantId::from_uuid).collect())
}
