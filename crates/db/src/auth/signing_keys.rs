//! The key pairs of the JWKS. Private halves come and go only sealed.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor, Result, Row, postgres::PgRow};
use vault::Sealed;

/// A key pair, as stored.
pub struct SigningKey {
    pub kid: String,
    /// The JOSE name.
    pub algorithm: String,
    /// The raw public half.
    pub public_key: Vec<u8>,
    pub private_key: Sealed,
    pub created_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for SigningKey {
    fn from_row(row: &PgRow) -> Result<Self> {
        let sealed =
            Sealed::from_bytes(row.try_get("private_key")?).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(Self {
            kid: row.try_get("kid")?,
            algorithm: row.try_get("algorithm")?,
            public_key: row.try_get("public_key")?,
            private_key: sealed,
            created_at: row.try_get("created_at")?,
        })
    }
}

/// The key that signs with `algorithm` at the moment.
pub async fn current(executor: impl PgExecutor<'_>, algorithm: &str) -> Result<Option<SigningKey>> {
    sqlx::query_as(
        "select kid, algorithm, public_key, private_key, created_at
         from signing_keys
         where algorithm = $1
           and retired_at is null",
    )
    .bind(algorithm)
    .fetch_optional(executor)
    .await
}

/// Stores a key unless another one of its algorithm is current already; the caller then reads that one.
pub async fn create_if_none(executor: impl PgExecutor<'_>, key: &SigningKey) -> Result<()> {
    sqlx::query(
        "insert into signing_keys (kid, algorithm, public_key, private_key, created_at)
         values ($1, $2, $3, $4, $5)
         on conflict (algorithm) where retired_at is null do nothing",
    )
    .bind(&key.kid)
    .bind(&key.algorithm)
    .bind(&key.public_key)
    .bind(key.private_key.as_bytes())
    .bind(key.created_at)
    .execute(executor)
    .await?;
    Ok(())
}
