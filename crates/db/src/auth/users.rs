//! People.

use chrono::{DateTime, Utc};
use kernel::UserId;
use sqlx::{AssertSqlSafe, FromRow, PgExecutor, Result, Row, error::DatabaseError, postgres::PgRow};

/// A person, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub name: String,
    /// In lower case.
    pub email: String,
    pub email_verified: bool,
    pub image: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for User {
    fn from_row(row: &PgRow) -> Result<Self> {
        Ok(Self {
            id: UserId::from_uuid(row.try_get("user_id")?),
            name: row.try_get("name")?,
            email: row.try_get("email")?,
            email_verified: row.try_get("email_verified")?,
            image: row.try_get("image")?,
            created_at: row.try_get("user_created_at")?,
            updated_at: row.try_get("user_updated_at")?,
        })
    }
}

/// Adds a person unless the address is taken; says whether they were added.
pub async fn create(executor: impl PgExecutor<'_>, user: &User) -> Result<bool> {
    let created = sqlx::query(
        "insert into users (id, name, email, email_verified, image, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (email) do nothing",
    )
    .bind(user.id.as_uuid())
    .bind(&user.name)
    .bind(&user.email)
    .bind(user.email_verified)
    .bind(&user.image)
    .bind(user.created_at)
    .bind(user.updated_at)
    .execute(executor)
    .await?;
    Ok(created.rows_affected() == 1)
}

/// Whether the address, in lower case, belongs to somebody.
pub async fn email_is_taken(executor: impl PgExecutor<'_>, email: &str) -> Result<bool> {
    sqlx::query_scalar("select exists (select from users where email = $1)").bind(email).fetch_one(executor).await
}

/// The person of an address, in lower case, with their password hash; `None` also for a person without a password.
pub async fn with_password_by_email(executor: impl PgExecutor<'_>, email: &str) -> Result<Option<(User, String)>> {
    let row = sqlx::query(
        "select u.id as user_id, u.name, u.email, u.email_verified, u.image,
                u.created_at as user_created_at, u.updated_at as user_updated_at, a.password_hash
         from users u
         join accounts a on a.user_id = u.id and a.provider_id = 'credential'
         where u.email = $1
           and a.password_hash is not null",
    )
    .bind(email)
    .fetch_optional(executor)
    .await?;
    row.map(|row| Ok((User::from_row(&row)?, row.try_get("password_hash")?))).transpose()
}

const BY: &str = "select id as user_id, name, email, email_verified, image, created_at as user_created_at,
                         updated_at as user_updated_at
                  from users";

pub async fn by_id(executor: impl PgExecutor<'_>, id: UserId) -> Result<Option<User>> {
    sqlx::query_as(AssertSqlSafe(format!("{BY} where id = $1"))).bind(id.as_uuid()).fetch_optional(executor).await
}

/// The person of an address, in lower case.
pub async fn by_email(executor: impl PgExecutor<'_>, email: &str) -> Result<Option<User>> {
    sqlx::query_as(AssertSqlSafe(format!("{BY} where email = $1"))).bind(email).fetch_optional(executor).await
}

pub async fn rename(executor: impl PgExecutor<'_>, id: UserId, name: &str, now: DateTime<Utc>) -> Result<()> {
    sqlx::query("update users set name = $2, updated_at = $3 where id = $1")
        .bind(id.as_uuid())
        .bind(name)
        .bind(now)
        .execute(executor)
        .await?;
    Ok(())
}

/// Sets the image, or takes it away.
pub async fn set_image(
    executor: impl PgExecutor<'_>,
    id: UserId,
    image: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query("update users set image = $2, updated_at = $3 where id = $1")
        .bind(id.as_uuid())
        .bind(image)
        .bind(now)
        .execute(executor)
        .await?;
    Ok(())
}

/// Notes that the person reads the mail of `email`; false when that is not their address any more.
pub async fn mark_verified(executor: impl PgExecutor<'_>, id: UserId, email: &str, now: DateTime<Utc>) -> Result<bool> {
    let marked = sqlx::query("update users set email_verified = true, updated_at = $3 where id = $1 and email = $2")
        .bind(id.as_uuid())
        .bind(email)
        .bind(now)
        .execute(executor)
        .await?;
    Ok(marked.rows_affected() == 1)
}

/// Gives the person an address that is proven to be theirs; false when somebody else has it.
pub async fn change_email(executor: impl PgExecutor<'_>, id: UserId, email: &str, now: DateTime<Utc>) -> Result<bool> {
    let changed = sqlx::query("update users set email = $2, email_verified = true, updated_at = $3 where id = $1")
        .bind(id.as_uuid())
        .bind(email)
        .bind(now)
        .execute(executor)
        .await;
    match changed {
        Ok(changed) => Ok(changed.rows_affected() == 1),
        Err(error) if error.as_database_error().is_some_and(DatabaseError::is_unique_violation) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes other transactions that lock this person wait until the caller's ends.
pub async fn lock(executor: impl PgExecutor<'_>, id: UserId) -> Result<()> {
    sqlx::query("select from users where id = $1 for update").bind(id.as_uuid()).execute(executor).await?;
    Ok(())
}

/// Forgets a person with their accounts, sessions and links.
pub async fn delete(executor: impl PgExecutor<'_>, id: UserId) -> Result<()> {
    sqlx::query("delete from users where id = $1").bind(id.as_uuid()).execute(executor).await?;
    Ok(())
}
