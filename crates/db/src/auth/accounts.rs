//! The ways a person can sign in.

use chrono::{DateTime, Utc};
use kernel::UserId;
use sqlx::{PgExecutor, Result, Row, postgres::PgRow};
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

/// Replaces a person's password hash, provided that it still is `old`; says whether it was.
pub async fn replace_password_hash(
    executor: impl PgExecutor<'_>,
    user: UserId,
    old: &str,
    new: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let replaced = sqlx::query(
        "update accounts
         set password_hash = $3, updated_at = $4
         where user_id = $1
           and provider_id = 'credential'
           and password_hash = $2",
    )
    .bind(user.as_uuid())
    .bind(old)
    .bind(new)
    .bind(now)
    .execute(executor)
    .await?;
    Ok(replaced.rows_affected() == 1)
}

/// How many people have which kind of password hash: the parameters of an Argon2id hash (`m=…,t=…,p=…`), or `scrypt`. Reads
/// every account; for once an hour.
pub async fn password_kinds(executor: impl PgExecutor<'_>) -> Result<Vec<(String, u64)>> {
    let rows = sqlx::query(
        "select case
                    when password_hash like '$argon2id$v=19$%' then split_part(password_hash, '$', 4)
                    else 'scrypt'
                end as kind,
                count(*) as people
         from accounts
         where provider_id = 'credential'
           and password_hash is not null
         group by kind
         order by kind",
    )
    .fetch_all(executor)
    .await?;
    let read = |row: PgRow| {
        let people: i64 = row.try_get("people")?;
        Ok((row.try_get("kind")?, u64::try_from(people).unwrap_or(0)))
    };
    rows.into_iter().map(read).collect()
}
