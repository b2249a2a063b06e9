//! Families of refresh tokens, each the descent of one code.

use chrono::{DateTime, Utc};
use kernel::UserId;
use sqlx::{FromRow, PgExecutor, Result, Row, postgres::PgRow};
use uuid::Uuid;

/// A family, and what its consent says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    pub id: Uuid,
    pub user: UserId,
    pub client: String,
    pub resource: String,
    pub scopes: Vec<String>,
    /// Of the token that can be exchanged now.
    pub current: [u8; 32],
    /// Of the one before it.
    pub previous: Option<[u8; 32]>,
    pub rotated_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for Family {
    fn from_row(row: &PgRow) -> Result<Self> {
        let digest = |bytes: Vec<u8>| {
            bytes.try_into().map_err(|_| sqlx::Error::Decode("a digest of a refresh token is no SHA-256".into()))
        };
        let previous: Option<Vec<u8>> = row.try_get("previous_hash")?;
        Ok(Self {
            id: row.try_get("id")?,
            user: UserId::from_uuid(row.try_get("user_id")?),
            client: row.try_get("client_id")?,
            resource: row.try_get("resource")?,
            scopes: row.try_get("scopes")?,
            current: digest(row.try_get("current_hash")?)?,
            previous: previous.map(digest).transpose()?,
            rotated_at: row.try_get("rotated_at")?,
            expires_at: row.try_get("expires_at")?,
            ends_at: row.try_get("ends_at")?,
        })
    }
}

/// A family as it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFamily<'a> {
    pub id: Uuid,
    pub consent: Uuid,
    pub scopes: &'a [String],
    /// Of its first token.
    pub current: [u8; 32],
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

pub async fn create(executor: impl PgExecutor<'_>, family: &NewFamily<'_>) -> Result<()> {
    sqlx::query(
        "insert into oauth_refresh_families
             (id, consent_id, scopes, current_hash, rotated_at, created_at, expires_at, ends_at)
         values ($1, $2, $3, $4, $5, $5, $6, $7)",
    )
    .bind(family.id)
    .bind(family.consent)
    .bind(family.scopes)
    .bind(family.current.as_slice())
    .bind(family.created_at)
    .bind(family.expires_at)
    .bind(family.ends_at)
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn by_id(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Family>> {
    sqlx::query_as(
        "select f.id, o.user_id, o.client_id, o.resource, f.scopes, f.current_hash, f.previous_hash, f.rotated_at,
                f.expires_at, f.ends_at
         from oauth_refresh_families f
         join oauth_consents o on o.id = f.consent_id
         where f.id = $1",
    )
    .bind(id)
    .fetch_optional(executor)
    .await
}

/// Puts the next token in the place of `presented`; false when that is not the present one any more.
pub async fn rotate(
    executor: impl PgExecutor<'_>,
    id: Uuid,
    presented: &[u8; 32],
    next: &[u8; 32],
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<bool> {
    let rotated = sqlx::query(
        "update oauth_refresh_families
         set previous_hash = current_hash,
             current_hash = $3,
             rotated_at = $4,
             expires_at = $5
         where id = $1
           and current_hash = $2",
    )
    .bind(id)
    .bind(presented.as_slice())
    .bind(next.as_slice())
    .bind(now)
    .bind(expires_at)
    .execute(executor)
    .await?;
    Ok(rotated.rows_affected() == 1)
}

/// Ends a family; false when there was none.
pub async fn delete(executor: impl PgExecutor<'_>, id: Uuid) -> Result<bool> {
    let deleted = sqlx::query("delete from oauth_refresh_families where id = $1").bind(id).execute(executor).await?;
    Ok(deleted.rows_affected() == 1)
}

/// Ends all families of a consent but the `kept` newest.
pub async fn delete_beyond(executor: impl PgExecutor<'_>, consent: Uuid, kept: i64) -> Result<()> {
    sqlx::query(
        "delete from oauth_refresh_families
         where consent_id = $1
           and id not in (select id
                          from oauth_refresh_families
                          where consent_id = $1
                          order by created_at desc, id desc
                          limit $2)",
    )
    .bind(consent)
    .bind(kept)
    .execute(executor)
    .await?;
    Ok(())
}

/// Forgets the families that nobody has used in time; says how many.
pub async fn delete_expired(executor: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<u64> {
    let deleted =
        sqlx::query("delete from oauth_refresh_families where expires_at <= $1").bind(now).execute(executor).await?;
    Ok(deleted.rows_affected())
}
