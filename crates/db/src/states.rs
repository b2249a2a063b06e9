//! Flows on their way to a vendor and back.

use chrono::{DateTime, Utc};
use kernel::{ConnectionKind, Parameters, TenantId, UserId};
use sqlx::{Error, FromRow, PgExecutor, types::Json};
use uuid::Uuid;
use vault::Sealed;

/// A started flow.
pub struct State {
    pub hash: [u8; 32],
    pub provider: String,
    pub tenant: Option<TenantId>,
    pub user: Option<UserId>,
    pub browser_hash: Option<[u8; 32]>,
    /// As the audit log names them; `None`: nobody was signed in.
    pub started_by: Option<String>,
    pub redirect_uri: String,
    /// The PKCE verifier.
    pub sealed: Sealed,
    pub kind: ConnectionKind,
    pub scopes: Vec<String>,
    pub return_url: Option<String>,
    pub label: Option<String>,
    pub parameters: Parameters,
    pub expires_at: DateTime<Utc>,
}

/// A flow that came back. The row is gone.
#[derive(FromRow)]
pub struct Taken {
    #[sqlx(rename = "tenant_id")]
    pub tenant: Option<Uuid>,
    #[sqlx(rename = "user_id")]
    pub user: Option<Uuid>,
    pub started_by: Option<String>,
    pub redirect_uri: String,
    pub sealed: Vec<u8>,
    pub kind: String,
    pub scopes: Vec<String>,
    pub return_url: Option<String>,
    pub label: Option<String>,
    pub parameters: Json<Parameters>,
}

pub async fn keep(executor: impl PgExecutor<'_>, state: &State) -> Result<(), Error> {
    sqlx::query(
        "insert into oauth_states
           (state_hash, provider, tenant_id, user_id, browser_hash, redirect_uri, sealed, kind, scopes, return_url, label,
            expires_at, started_by, parameters)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(&state.hash[..])
    .bind(&state.provider)
    .bind(state.tenant.map(|tenant| tenant.as_uuid()))
    .bind(state.user.map(|user| user.as_uuid()))
    .bind(state.browser_hash.as_ref().map(|hash| &hash[..]))
    .bind(&state.redirect_uri)
    .bind(state.sealed.as_bytes())
    .bind(state.kind.word())
    .bind(&state.scopes)
    .bind(&state.return_url)
    .bind(&state.label)
    .bind(state.expires_at)
    .bind(&state.started_by)
    .bind(Json(&state.parameters))
    .execute(executor)
    .await?;
    Ok(())
}

/// The state, if it is known, unexpired, of this provider and of this browser (or, for an operator's, of this tenant and
/// of no browser): and only then is it used up. Twenty callbacks at once get it once. A callback from elsewhere changes
/// nothing, so it cannot be used to spoil somebody's flow.
pub async fn take(
    executor: impl PgExecutor<'_>,
    hash: &[u8; 32],
    provider: &str,
    bearer: Bearer,
    now: DateTime<Utc>,
) -> Result<Option<Taken>, Error> {
    let (browser, tenant) = match bearer {
        Bearer::Browser(hash) => (Some(hash.to_vec()), None),
        Bearer::Operator(tenant) => (None, Some(tenant.as_uuid())),
    };
    sqlx::query_as(
        "delete from oauth_states
         where state_hash = $1
           and provider = $2
           and expires_at > $3
           and browser_hash is not distinct from $4
           and ($5::uuid is null or tenant_id = $5)
         returning tenant_id, user_id, started_by, redirect_uri, sealed, kind, scopes, return_url, label,
           parameters",
    )
    .bind(&hash[..])
    .bind(provider)
    .bind(now)
    .bind(browser)
    .bind(tenant)
    .fetch_optional(executor)
    .await
}

/// Who brings a state back.
#[derive(Clone, Copy)]
pub enum Bearer {
    Browser([u8; 32]),
    Operator(TenantId),
}

pub async fn sweep(executor: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<u64, Error> {
    let swept = sqlx::query("delete from oauth_states where expires_at <= $1").bind(now).execute(executor).await?;
    Ok(swept.rows_affected())
}
