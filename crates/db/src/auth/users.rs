//! People.

use chrono::{DateTime, Utc};
use kernel::UserId;
use sqlx::{FromRow, PgExecutor, Result, Row, postgres::PgRow};

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
