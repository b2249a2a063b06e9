//! The links we mail, found by the digest of their token.

use chrono::{DateTime, Utc};
use kernel::UserId;
use sqlx::{FromRow, PgExecutor, Result, Row, postgres::PgRow};

/// What a link does. A token opens only what it was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    ResetPassword,
    VerifyEmail,
    /// Mailed to the old address: lets the second one go to the new address.
    ConfirmEmailChange,
    /// Mailed to the new address.
    ChangeEmail,
    DeleteUser,
}

impl Purpose {
    const ALL: [Self; 5] =
        [Self::ResetPassword, Self::VerifyEmail, Self::ConfirmEmailChange, Self::ChangeEmail, Self::DeleteUser];

    const fn name(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::VerifyEmail => "verify_email",
            Self::ConfirmEmailChange => "confirm_email_change",
            Self::ChangeEmail => "change_email",
            Self::DeleteUser => "delete_user",
        }
    }
}

/// A mailed link, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub purpose: Purpose,
    pub user: UserId,
    /// The address it is about, in lower case; for a change, the new one.
    pub email: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

impl FromRow<'_, PgRow> for Link {
    fn from_row(row: &PgRow) -> Result<Self> {
        let name: String = row.try_get("purpose")?;
        let purpose = Purpose::ALL
            .into_iter()
            .find(|purpose| purpose.name() == name)
            .ok_or_else(|| sqlx::Error::Decode(format!("unknown purpose {name}").into()))?;
        Ok(Self {
            purpose,
            user: UserId::from_uuid(row.try_get("user_id")?),
            email: row.try_get("email")?,
            created_at: row.try_get("created_at")?,
            expires_at: row.try_get("expires_at")?,
            used_at: row.try_get("used_at")?,
        })
    }
}

/// Stores a link under the SHA-256 of its token.
pub async fn create(executor: impl PgExecutor<'_>, link: &Link, token_hash: &[u8; 32]) -> Result<()> {
    sqlx::query(
        "insert into links (token_hash, purpose, user_id, email, created_at, expires_at, used_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(token_hash.as_slice())
    .bind(link.purpose.name())
    .bind(link.user.as_uuid())
    .bind(&link.email)
    .bind(link.created_at)
    .bind(link.expires_at)
    .bind(link.used_at)
    .execute(executor)
    .await?;
    Ok(())
}

/// The link of a token, used and expired ones included.
pub async fn by_token(executor: impl PgExecutor<'_>, token_hash: &[u8; 32]) -> Result<Option<Link>> {
    sqlx::query_as(
        "select purpose, user_id, email, created_at, expires_at, used_at
         from links
         where token_hash = $1",
    )
    .bind(token_hash.as_slice())
    .fetch_optional(executor)
    .await
}

/// Uses a link up; false when somebody else has.
pub async fn use_up(executor: impl PgExecutor<'_>, token_hash: &[u8; 32], now: DateTime<Utc>) -> Result<bool> {
    let used = sqlx::query("update links set used_at = $2 where token_hash = $1 and used_at is null")
        .bind(token_hash.as_slice())
        .bind(now)
        .execute(executor)
        .await?;
    Ok(used.rows_affected() == 1)
}

/// Uses up every open link of a person for one purpose.
pub async fn use_up_all(
    executor: impl PgExecutor<'_>,
    user: UserId,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query("update links set used_at = $3 where user_id = $1 and purpose = $2 and used_at is null")
        .bind(user.as_uuid())
        .bind(purpose.name())
        .bind(now)
        .execute(executor)
        .await?;
    Ok(())
}

/// How many links for one purpose were made for a person since then.
pub async fn count_since(
    executor: impl PgExecutor<'_>,
    user: UserId,
    purpose: Purpose,
    since: DateTime<Utc>,
) -> Result<i64> {
    sqlx::query_scalar("select count(*) from links where user_id = $1 and purpose = $2 and created_at > $3")
        .bind(user.as_uuid())
        .bind(purpose.name())
        .bind(since)
        .fetch_one(executor)
        .await
}

/// Forgets the links that expired before `before`; says how many.
pub async fn delete_expired(executor: impl PgExecutor<'_>, before: DateTime<Utc>) -> Result<u64> {
    let deleted = sqlx::query("delete from links where expires_at <= $1").bind(before).execute(executor).await?;
    Ok(deleted.rows_affected())
}
