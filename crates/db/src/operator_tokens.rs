//! Operator tokens with limits, hashed.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Error, FromRow, PgExecutor};
use uuid::Uuid;

/// A token that has just been made.
pub struct NewToken<'a> {
    pub id: Uuid,
    pub hash: [u8; 32],
    pub label: &'a str,
    /// `None`: all.
    pub tenants: Option<Vec<Uuid>>,
    /// `None`: all.
    pub providers: Option<Vec<String>>,
    pub actions: Vec<&'static str>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// A token as stored.
#[derive(FromRow)]
pub struct Stored {
    pub id: Uuid,
    pub token_hash: Vec<u8>,
    pub label: String,
    pub tenants: Option<Vec<Uuid>>,
    pub providers: Option<Vec<String>>,
    pub actions: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

pub async fn keep(executor: impl PgExecutor<'_>, token: NewToken<'_>) -> Result<(), Error> {
    sqlx::query(
        "insert into operator_tokens (id, token_hash, label, tenants, providers, actions, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(token.id)
    .bind(&token.hash[..])
    .bind(token.label)
    .bind(token.tenants)
    .bind(token.providers)
    .bind(token.actions)
    .bind(token.created_at)
    .bind(token.expires_at)
    .execute(executor)
    .await?;
    Ok(())
}

/// The token with this hash, if it has neither ended nor been revoked.
pub async fn find_live(
    executor: impl PgExecutor<'_>,
    hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<Stored>, Error> {
    sqlx::query_as(
        "select id, token_hash, label, tenants, providers, actions, created_at, expires_at, last_used_at, revoked_at
         from operator_tokens
         where token_hash = $1 and expires_at > $2 and revoked_at is null",
    )
    .bind(&hash[..])
    .bind(now)
    .fetch_optional(executor)
    .await
}

/// Whether one has neither ended nor been revoked.
pub async fn is_live(executor: impl PgExecutor<'_>, id: Uuid, now: DateTime<Utc>) -> Result<bool, Error> {
    sqlx::query_scalar(
        "select exists (
           select 1 from operator_tokens where id = $1 and expires_at > $2 and revoked_at is null)",
    )
    .bind(id)
    .bind(now)
    .fetch_one(executor)
    .await
}

/// All of them, newest first, the ended ones included.
pub async fn all(executor: impl PgExecutor<'_>) -> Result<Vec<Stored>, Error> {
    sqlx::query_as(
        "select id, token_hash, label, tenants, providers, actions, created_at, expires_at, last_used_at, revoked_at
         from operator_tokens
         order by created_at desc, id desc",
    )
    .fetch_all(executor)
    .await
}

/// Notes a use, unless one within `precision` is noted already: of many at once, one writes.
pub async fn note_use(
    executor: impl PgExecutor<'_>,
    id: Uuid,
    now: DateTime<Utc>,
    precision: TimeDelta,
) -> Result<(), Error> {
    sqlx::query(
        "update operator_tokens
         set last_used_at = $2
         where id = $1 and (last_used_at is null or last_used_at <= $3)",
    )
    .bind(id)
    .bind(now)
    .bind(now - precision)
    .execute(executor)
    .await?;
    Ok(())
}

/// Ends a token now. The hash of the one that was ended; `None`: there is none with this id that has not been revoked.
pub async fn revoke(executor: impl PgExecutor<'_>, id: Uuid, now: DateTime<Utc>) -> Result<Option<Vec<u8>>, Error> {
    sqlx::query_scalar(
        "update operator_tokens
         set revoked_at = $2
         where id = $1 and revoked_at is null
         returning token_hash",
    )
    .bind(id)
    .bind(now)
    .fetch_optional(executor)
    .await
}
