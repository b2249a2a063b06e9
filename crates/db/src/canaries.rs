//! Known values, one a key, that tell a wrong encryption key at start.

use sqlx::{Error, PgExecutor};
use vault::Sealed;

/// All of them, as stored.
pub async fn all(executor: impl PgExecutor<'_>) -> Result<Vec<Vec<u8>>, Error> {
    sqlx::query_scalar("select sealed from vault_canaries order by key_id").fetch_all(executor).await
}

/// Keeps the first; a replica that starts at the same moment checks itself against it.
pub async fn keep(executor: impl PgExecutor<'_>, sealed: &Sealed) -> Result<(), Error> {
    sqlx::query("insert into vault_canaries (key_id, sealed) values ($1, $2) on conflict do nothing")
        .bind(sealed.key_id())
        .bind(sealed.as_bytes())
        .execute(executor)
        .await?;
    Ok(())
}

/// Forgets the canary of a key under which nothing lies any more, so that the service starts without that key.
pub async fn forget(executor: impl PgExecutor<'_>, key_id: &str) -> Result<(), Error> {
    sqlx::query("delete from vault_canaries where key_id = $1").bind(key_id).execute(executor).await?;
    Ok(())
}
