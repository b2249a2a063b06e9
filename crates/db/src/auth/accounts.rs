//! The ways a person can sign in.

use chrono::{DateTime, Utc};
use kernel::UserId;
use sqlx::{PgExecutor, Result};
use uuid::Uuid;

/// Gives a person a password. `hash` is in the PHC format.
pub async fn create_credential(
    executor: impl PgExecutor<'_>,
    user: UserId,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "insert into accounts (id, user_id, provider_id, account_id, password_hash, created_at, updated_at)
         values ($1, $2, 'credential', $3, $4, $5, $5)",
    )
    .bind(Uuid::now_v7())
    .bind(user.as_uuid())
    .bind(user.simple())
    .bind(hash)
    .bind(now)
    .execute(executor)
    .await?;
    Ok(())
}
