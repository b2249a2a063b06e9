//! Social sign-ins between their start and the provider's redirect, found by the digest of their state.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor, Result, Row, postgres::PgRow};
use uuid::Uuid;
use vault::Sealed;

/// What the callback needs to know of the start.
pub struct SignInState {
    pub provider: String,
    /// The PKCE verifier.
    pub verifier: Sealed,
    pub redirect_uri: String,
    /// As requested.
    pub scopes: Vec<String>,
    pub callback_url: String,
    pub new_user_url: Option<String>,
    pub error_url: Option<String>,
    /// The session that links an account; `None` where somebody signs in.
    pub link_session: Option<Uuid>,
    pub expires_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for SignInState {
    fn from_row(row: &PgRow) -> Result<Self> {
        Ok(Self {
            provider: row.try_get("provider_id")?,
            verifier: Sealed::from_bytes(row.try_get("verifier")?)
                .map_err(|error| sqlx::Error::Decode(error.into()))?,
            redirect_uri: row.try_get("redirect_uri")?,
            scopes: row.try_get("scopes")?,
            callback_url: row.try_get("callback_url")?,
            new_user_url: row.try_get("new_user_url")?,
            error_url: row.try_get("error_url")?,
            link_session: row.try_get("link_session_id")?,
            expires_at: row.try_get("expires_at")?,
        })
    }
}

/// Stores a start under the SHA-256 of its state.
pub async fn create(executor: impl PgExecutor<'_>, start: &SignInState, state_hash: &[u8; 32]) -> Result<()> {
    sqlx::query(
        "insert into sign_in_states
             (state_hash, provider_id, verifier, redirect_uri, scopes, callback_url, new_user_url, error_url,
              link_session_id, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(state_hash.as_slice())
    .bind(&start.provider)
    .bind(start.verifier.as_bytes())
    .bind(&start.redirect_uri)
    .bind(&start.scopes)
    .bind(&start.callback_url)
    .bind(&start.new_user_url)
    .bind(&start.error_url)
    .bind(start.link_session)
    .bind(start.expires_at)
    .execute(executor)
    .await?;
    Ok(())
}

/// Where a live state leads when something is wrong, without using it up.
pub async fn error_url(
    executor: impl PgExecutor<'_>,
    state_hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<String>> {
    let url: Option<Option<String>> =
        sqlx::query_scalar("select error_url from sign_in_states where state_hash = $1 and expires_at > $2")
            .bind(state_hash.as_slice())
            .bind(now)
            .fetch_optional(executor)
            .await?;
    Ok(url.flatten())
}

/// Takes a live start out: a state works once.
pub async fn take(
    executor: impl PgExecutor<'_>,
    state_hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<SignInState>> {
    sqlx::query_as(
        "delete from sign_in_states
         where state_hash = $1
           and expires_at > $2
         returning provider_id, verifier, redirect_uri, scopes, callback_url, new_user_url, error_url,
                   link_session_id, expires_at",
    )
    .bind(state_hash.as_slice())
    .bind(now)
    .fetch_optional(executor)
    .await
}

/// Forgets the starts that nobody finished; says how many.
pub async fn delete_expired(executor: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<u64> {
    let deleted = sqlx::query("delete from sign_in_states where expires_at <= $1").bind(now).execute(executor).await?;
    Ok(deleted.rows_affected())
}
