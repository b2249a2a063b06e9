//! Known values, one a key, that tell a wrong encryption key at start.

use sqlx::{Error, PgExecutor};
use vault::Sealed;

pub async fn find(executor: impl PgExecutor<'_>, key_id: &str) -> Result<Option<Vec<u8>>, Error> {
    sqlx::query_scalar("select sealed from vault_canaries where key_id = $1").bind(key_id).fetch_optional(executor).await
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

/// Whether anything has been sealed under a key of this database yet.
pub async fn any(executor: impl PgExecutor<'_>) -> Result<bool, Error> {
    sqlx::query_scalar("select exists (select 1 from vault_canaries)").fetch_one(executor).await
}
