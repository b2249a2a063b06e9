//! Reading a Better Auth database: its tables `"user"`, `account` and `session`, by their stock names.
//!
//! Everything is read in one read-only snapshot, so that a person's rows belong together although the database is in use.
//! Ids are compared as texts, whatever type the schema gives them. A time outside of what a calendar shows (years 1970 to
//! 9999) reads as none.

use chrono::{DateTime, Utc};
use kernel::Secret;
use sqlx::{Connection, FromRow, PgConnection, Result, Row, postgres::PgRow};

/// A person.
pub struct Person {
    pub id: String,
    pub name: String,
    pub email: String,
    pub email_verified: bool,
    pub image: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

/// A password or a linked account.
pub struct Account {
    pub id: String,
    pub person: String,
    pub provider_id: String,
    pub account_id: String,
    pub password: Option<Secret>,
    pub access_token: Option<Secret>,
    pub refresh_token: Option<Secret>,
    pub id_token: Option<Secret>,
    pub access_token_expires_at: Option<DateTime<Utc>>,
    pub refresh_token_expires_at: Option<DateTime<Utc>>,
    /// Separated by commas.
    pub scope: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

/// A signed-in browser.
pub struct Session {
    pub id: String,
    pub person: String,
    pub token: Secret,
    pub expires_at: Option<DateTime<Utc>>,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

fn secret(row: &PgRow, column: &str) -> Result<Option<Secret>> {
    Ok(row.try_get::<Option<String>, _>(column)?.map(Secret::from))
}

impl FromRow<'_, PgRow> for Person {
    fn from_row(row: &PgRow) -> Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            email: row.try_get("email")?,
            email_verified: row.try_get("email_verified")?,
            image: row.try_get("image")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

impl FromRow<'_, PgRow> for Account {
    fn from_row(row: &PgRow) -> Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            person: row.try_get("person")?,
            provider_id: row.try_get("provider_id")?,
            account_id: row.try_get("account_id")?,
            password: secret(row, "password")?,
            access_token: secret(row, "access_token")?,
            refresh_token: secret(row, "refresh_token")?,
            id_token: secret(row, "id_token")?,
            access_token_expires_at: row.try_get("access_token_expires_at")?,
            refresh_token_expires_at: row.try_get("refresh_token_expires_at")?,
            scope: row.try_get("scope")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

impl FromRow<'_, PgRow> for Session {
    fn from_row(row: &PgRow) -> Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            person: row.try_get("person")?,
            token: row.try_get::<String, _>("token")?.into(),
            expires_at: row.try_get("expires_at")?,
            ip_address: row.try_get("ip_address")?,
            user_agent: row.try_get("user_agent")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// A Better Auth database, as it was when it was opened.
pub struct Source {
    connection: PgConnection,
    opened_at: DateTime<Utc>,
}

impl Source {
    /// `schema` is where the tables are, usually `public`. Nothing can be written through this connection.
    pub async fn open(url: &Secret, schema: &str) -> Result<Self> {
        let mut connection = PgConnection::connect(url.expose()).await?;
        sqlx::query("begin isolation level repeatable read, read only").execute(&mut connection).await?;
        sqlx::query("select set_config('search_path', quote_ident($1), true)")
            .bind(schema)
            .execute(&mut connection)
            .await?;
        let opened_at = sqlx::query_scalar("select now()").fetch_one(&mut connection).await?;
        Ok(Self { connection, opened_at })
    }

    /// The time of the snapshot, by the source's clock.
    pub const fn opened_at(&self) -> DateTime<Utc> {
        self.opened_at
    }

    /// At most `limit` people whose ids come after `after`, in the order of their ids.
    pub async fn people(&mut self, after: &str, limit: i64) -> Result<Vec<Person>> {
        sqlx::query_as(
            r#"select id::text as id, name, email, "emailVerified" as email_verified, image,
                      case when "createdAt" between '1970-01-01' and '9999-12-31'
                           then "createdAt"::timestamptz end as created_at,
                      case when "updatedAt" between '1970-01-01' and '9999-12-31'
                           then "updatedAt"::timestamptz end as updated_at
               from "user"
               where id::text > $1
               order by id::text
               limit $2"#,
        )
        .bind(after)
        .bind(limit)
        .fetch_all(&mut self.connection)
        .await
    }

    /// Everything these people can sign in with, the oldest first.
    pub async fn accounts(&mut self, people: &[String]) -> Result<Vec<Account>> {
        sqlx::query_as(
            r#"select id::text as id, "userId"::text as person, "providerId" as provider_id, "accountId" as account_id,
                      password, scope,
                      "accessToken" as access_token, "refreshToken" as refresh_token, "idToken" as id_token,
                      case when "accessTokenExpiresAt" between '1970-01-01' and '9999-12-31'
                           then "accessTokenExpiresAt"::timestamptz end as access_token_expires_at,
                      case when "refreshTokenExpiresAt" between '1970-01-01' and '9999-12-31'
                           then "refreshTokenExpiresAt"::timestamptz end as refresh_token_expires_at,
                      case when "createdAt" between '1970-01-01' and '9999-12-31'
                           then "createdAt"::timestamptz end as created_at,
                      case when "updatedAt" between '1970-01-01' and '9999-12-31'
                           then "updatedAt"::timestamptz end as updated_at
               from account
               where "userId"::text = any($1)
               order by account."createdAt", account.id"#,
        )
        .bind(people)
        .fetch_all(&mut self.connection)
        .await
    }

    /// The browsers of these people, live or not.
    pub async fn sessions(&mut self, people: &[String]) -> Result<Vec<Session>> {
        sqlx::query_as(
            r#"select id::text as id, "userId"::text as person, token, "ipAddress" as ip_address,
                      "userAgent" as user_agent,
                      case when "expiresAt" between '1970-01-01' and '9999-12-31'
                           then "expiresAt"::timestamptz end as expires_at,
                      case when "createdAt" between '1970-01-01' and '9999-12-31'
                           then "createdAt"::timestamptz end as created_at,
                      case when "updatedAt" between '1970-01-01' and '9999-12-31'
                           then "updatedAt"::timestamptz end as updated_at
               from session
               where "userId"::text = any($1)
               order by session.id"#,
        )
        .bind(people)
        .fetch_all(&mut self.connection)
        .await
    }

    /// The ids of accounts whose person is not there. The stock schema has a foreign key; copies of it may have lost it.
    pub async fn accounts_of_nobody(&mut self) -> Result<Vec<String>> {
        sqlx::query_scalar(
            r#"select id::text
               from account
               where not exists (select from "user" where "user".id::text = account."userId"::text)
               order by id::text"#,
        )
        .fetch_all(&mut self.connection)
        .await
    }

    /// The ids of sessions whose person is not there.
    pub async fn sessions_of_nobody(&mut self) -> Result<Vec<String>> {
        sqlx::query_scalar(
            r#"select id::text
               from session
               where not exists (select from "user" where "user".id::text = session."userId"::text)
               order by id::text"#,
        )
        .fetch_all(&mut self.connection)
        .await
    }
}
