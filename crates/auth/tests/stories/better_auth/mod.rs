//! A Better Auth database: the recorded schema, and rows as that server writes them.

use db::auth::better_auth::Source;
use sqlx::{AssertSqlSafe, PgPool};
use testkit::Database;

const SCHEMA: &str = include_str!("schema.sql");
/// Times of the past, so that every row has been there for a while.
const THEN: &str = "2026-01-02T03:04:05.678Z";

/// The database of an installation that is to be taken over.
pub struct BetterAuth(pub Database);

impl BetterAuth {
    /// In a database of its own, beside tables of ours that nobody uses.
    pub async fn start() -> Self {
        let database = Database::fresh().await;
        create(&database.pool).await;
        Self(database)
    }

    /// Runs SQL; `$then` stands for a time of the past.
    pub async fn run(&self, sql: &str) {
        run(&self.0.pool, sql).await;
    }

    pub async fn source(&self) -> Source {
        Source::open(&self.0.url.as_str().into(), "public").await.unwrap()
    }

    pub async fn person(&self, id: &str, email: &str) {
        person(&self.0.pool, id, email).await;
    }

    /// With the hash of the password.
    pub async fn password(&self, user: &str, hash: &str) {
        self.run(&format!(
            r#"insert into account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
               values ('password of {user}', '{user}', 'credential', '{user}', '{hash}', '$then', '$then')"#
        ))
        .await;
    }

    /// `expires` is an SQL expression.
    pub async fn session(&self, id: &str, user: &str, token: &str, expires: &str) {
        self.run(&format!(
            r#"insert into session (id, "expiresAt", token, "createdAt", "updatedAt", "ipAddress", "userAgent", "userId")
               values ('{id}', {expires}, '{token}', now() - interval '1 day', now() - interval '1 day', '', 'browser/1',
                       '{user}')"#
        ))
        .await;
    }
}

/// Makes the tables in any database.
pub async fn create(pool: &PgPool) {
    sqlx::raw_sql(SCHEMA).execute(pool).await.unwrap();
}

pub async fn run(pool: &PgPool, sql: &str) {
    let sql = sql.replace("$then", THEN);
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
}

pub async fn person(pool: &PgPool, id: &str, email: &str) {
    let sql = format!(
        r#"insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
           values ('{id}', 'Somebody', '{email}', true, '$then', '$then')"#
    );
    run(pool, &sql).await;
}
