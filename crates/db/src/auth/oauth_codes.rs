//! Authorization codes, found by their digest.

use chrono::{DateTime, Utc};
use kernel::UserId;
use sqlx::{FromRow, PgExecutor, Result, Row, postgres::PgRow};
use uuid::Uuid;

/// A code as it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCode<'a> {
    pub consent: Uuid,
    pub redirect_uri: &'a str,
    /// Whether the request named it.
    pub redirect_sent: bool,
    pub scopes: &'a [String],
    /// PKCE, S256.
    pub challenge: &'a str,
    pub expires_at: DateTime<Utc>,
}

/// A code that was used just now, and what its consent says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    pub consent: Uuid,
    pub user: UserId,
    pub client: String,
    pub resource: String,
    pub redirect_uri: String,
    pub redirect_sent: bool,
    pub scopes: Vec<String>,
    pub challenge: String,
    pub expires_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for Used {
    fn from_row(row: &PgRow) -> Result<Self> {
        Ok(Self {
            consent: row.try_get("consent_id")?,
            user: UserId::from_uuid(row.try_get("user_id")?),
            client: row.try_get("client_id")?,
            resource: row.try_get("resource")?,
            redirect_uri: row.try_get("redirect_uri")?,
            redirect_sent: row.try_get("redirect_sent")?,
            scopes: row.try_get("scopes")?,
            challenge: row.try_get("challenge")?,
            expires_at: row.try_get("expires_at")?,
        })
    }
}

/// Stores a code under its SHA-256.
pub async fn create(executor: impl PgExecutor<'_>, code: &NewCode<'_>, code_hash: &[u8; 32]) -> Result<()> {
    sqlx::query(
        "insert into oauth_codes (code_hash, consent_id, redirect_uri, redirect_sent, scopes, challenge, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(code_hash.as_slice())
    .bind(code.consent)
    .bind(code.redirect_uri)
    .bind(code.redirect_sent)
    .bind(code.scopes)
    .bind(code.challenge)
    .bind(code.expires_at)
    .execute(executor)
    .await?;
    Ok(())
}

/// Uses a code up, expired or not, in favour of a family of refresh tokens; `None` when it is unknown or used already.
pub async fn use_up(
    executor: impl PgExecutor<'_>,
    code_hash: &[u8; 32],
    family: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Used>> {
    sqlx::query_as(
        "update oauth_codes c
         set used_at = $3,
             family_id = $2
         from oauth_consents o
         where c.code_hash = $1
           and c.used_at is null
           and o.id = c.consent_id
         returning c.consent_id, o.user_id, o.client_id, o.resource, c.redirect_uri, c.redirect_sent, c.scopes,
                   c.challenge, c.expires_at",
    )
    .bind(code_hash.as_slice())
    .bind(family)
    .bind(now)
    .fetch_optional(executor)
    .await
}

/// The family in whose favour a code was used before.
pub async fn family_of_used(executor: impl PgExecutor<'_>, code_hash: &[u8; 32]) -> Result<Option<Uuid>> {
    sqlx::query_scalar("select family_id from oauth_codes where code_hash = $1 and used_at is not null")
        .bind(code_hash.as_slice())
        .fetch_optional(executor)
        .await
}

/// Forgets the codes that expired before `before`; says how many.
pub async fn delete_expired(executor: impl PgExecutor<'_>, before: DateTime<Utc>) -> Result<u64> {
    let deleted = sqlx::query("delete from oauth_codes where expires_at <= $1").bind(before).execute(executor).await?;
    Ok(deleted.rows_affected())
}
