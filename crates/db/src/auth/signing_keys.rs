//! The key pairs of the JWKS. Private halves come and go only sealed.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor, Postgres, Result, Row, Transaction, postgres::PgRow};
use vault::Sealed;

/// A key pair, as stored.
pub struct SigningKey {
    pub kid: String,
    /// The JOSE name.
    pub algorithm: String,
    /// The public half, in the form that is usual for the algorithm.
    pub public_key: Vec<u8>,
    pub private_key: Sealed,
    pub created_at: DateTime<Utc>,
    /// It signs from here on, and is published before.
    pub active_from: DateTime<Utc>,
    /// It signs until here, and is published for a while longer. `None`: nobody is to take over yet.
    pub retired_at: Option<DateTime<Utc>>,
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
            active_from: row.try_get("active_from")?,
            retired_at: row.try_get("retired_at")?,
        })
    }
}

/// The keys that sign, will sign, or stopped after `since`; of all algorithms, the youngest first.
pub async fn published(executor: impl PgExecutor<'_>, since: DateTime<Utc>) -> Result<Vec<SigningKey>> {
    sqlx::query_as(
        "select kid, algorithm, public_key, private_key, created_at,
                coalesce(active_from, created_at) as active_from, retired_at
         from signing_keys
         where retired_at is null
            or retired_at > $1
         order by coalesce(active_from, created_at) desc, kid",
    )
    .bind(since)
    .fetch_all(executor)
    .await
}

/// Stores a key unless another one of its algorithm has no end yet; says whether it was stored.
pub async fn create_if_none(executor: impl PgExecutor<'_>, key: &SigningKey) -> Result<bool> {
    let created = sqlx::query(
        "insert into signing_keys
             (kid, algorithm, public_key, private_key, created_at, active_from, retired_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (algorithm) where retired_at is null do nothing",
    )
    .bind(&key.kid)
    .bind(&key.algorithm)
    .bind(&key.public_key)
    .bind(key.private_key.as_bytes())
    .bind(key.created_at)
    .bind(key.active_from)
    .bind(key.retired_at)
    .execute(executor)
    .await?;
    Ok(created.rows_affected() == 1)
}

/// Gives a key an end unless it has one; says whether it was us. Who comes second waits for the first to commit and finds
/// the end already there.
pub async fn retire(executor: impl PgExecutor<'_>, kid: &str, at: DateTime<Utc>) -> Result<bool> {
    let retired = sqlx::query("update signing_keys set retired_at = $2 where kid = $1 and retired_at is null")
        .bind(kid)
        .bind(at)
        .execute(executor)
        .await?;
    Ok(retired.rows_affected() == 1)
}

/// Forgets the keys that stopped signing before `before`; says how many.
pub async fn delete_retired(executor: impl PgExecutor<'_>, before: DateTime<Utc>) -> Result<u64> {
    let deleted = sqlx::query("delete from signing_keys where retired_at <= $1").bind(before).execute(executor).await?;
    Ok(deleted.rows_affected())
}

/// Forgets every key. Until the transaction ends nobody else adds one, which would survive; reading goes on.
pub async fn delete_all(transaction: &mut Transaction<'_, Postgres>) -> Result<u64> {
    sqlx::query("lock table signing_keys in exclusive mode").execute(&mut **transaction).await?;
    let deleted = sqlx::query("delete from signing_keys").execute(&mut **transaction).await?;
    Ok(deleted.rows_affected())
}
