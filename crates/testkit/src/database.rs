//! A database a test, dropped when the test is done.

use crate::{canary, postgres_program, template};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, postgres::PgPoolOptions};
use std::{path::PathBuf, process::Command};
use url::Url;

/// A backup, gone with the test.
pub struct Dump(PathBuf);

impl Dump {
    #[expect(clippy::expect_used, reason = "a helper of a test fails by panicking")]
    pub fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.0).expect("the dump")
    }
}

impl Drop for Dump {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.0);
    }
}

/// A database with every migration applied, or with none.
pub struct Database {
    pub pool: PgPool,
    /// For services that connect by themselves.
    pub url: String,
    /// The server itself, where the tests run through a pooler (`TEST_POOLER_URL`).
    pub direct_url: Option<String>,
    admin_url: String,
    name: String,
}

impl Database {
    /// With every migration applied: a copy of one that the first test has made.
    #[expect(clippy::expect_used, reason = "a helper of a test fails by panicking")]
    pub async fn fresh() -> Self {
        let (mut admin, admin_url, name) = server().await;
        template::copy(&mut admin, &admin_url, &name).await.expect("a copy of the migrated database");
        Self::opened(admin_url, name).await
    }

    /// One that the migrations have not seen.
    #[expect(clippy::expect_used, reason = "a helper of a test fails by panicking")]
    pub async fn empty() -> Self {
        let (mut admin, admin_url, name) = server().await;
        sqlx::raw_sql(AssertSqlSafe(format!("create database {name}"))).execute(&mut admin).await.expect("CREATEDB");
        Self::opened(admin_url, name).await
    }

    #[expect(clippy::disallowed_methods, clippy::expect_used, reason = "tests read what the test command sets")]
    async fn opened(admin_url: String, name: String) -> Self {
        let url = at(&admin_url, &name);
        let pool = PgPoolOptions::new().max_connections(16).connect(&url).await.expect("the new database");
        let pooled = std::env::var("TEST_POOLER_URL").ok().map(|pooler| at(&pooler, &name));
        let (url, direct_url) = match pooled {
            Some(pooled) => (pooled, Some(url)),
            None => (url, None),
        };
        Self { pool, url, direct_url, admin_url, name }
    }

    /// Settings of a process that uses it.
    pub fn settings(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let direct = self.direct_url.as_deref().map(|url| ("DATABASE_DIRECT_URL", url));
        [("DATABASE_URL", self.url.as_str())].into_iter().chain(direct)
    }

    /// As operators take one: `pg_dump`.
    #[expect(clippy::expect_used, reason = "a helper of a test fails by panicking")]
    pub fn dumped(&self) -> Dump {
        let file = std::env::temp_dir().join(format!("{}_{}.dump", self.name, uuid::Uuid::now_v7().simple()));
        let mut dump = Command::new(postgres_program("pg_dump"));
        let done = dump.arg("--format=custom").arg("--file").arg(&file).arg("--dbname").arg(&self.url).output();
        let done = done.expect("pg_dump runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Dump(file)
    }

    /// And as they bring it back: `pg_restore`, into a database with nothing in it.
    #[expect(clippy::expect_used, reason = "a helper of a test fails by panicking")]
    pub async fn restored(dump: &Dump) -> Self {
        let database = Self::empty().await;
        let mut restore = Command::new(postgres_program("pg_restore"));
        let done = restore.args(["--exit-on-error", "--dbname"]).arg(&database.url).arg(&dump.0).output();
        let done = done.expect("pg_restore runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        database
    }

    /// Changes something behind the service's back.
    #[expect(clippy::expect_used, reason = "a helper of a test fails by panicking")]
    pub async fn execute(&self, statement: &str) {
        sqlx::query(AssertSqlSafe(statement)).execute(&self.pool).await.expect("the statement");
    }

    /// How many rows a table has.
    #[expect(clippy::expect_used, reason = "a helper of a test fails by panicking")]
    pub async fn count(&self, table: &str) -> i64 {
        let count = format!("select count(*) from {table}");
        sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&self.pool).await.expect("the table exists")
    }

    /// Everything a table holds, as one text to search for what must not be there.
    #[expect(clippy::expect_used, reason = "a helper of a test fails by panicking")]
    pub async fn dump(&self, table: &str) -> String {
        let dump = format!("select coalesce(string_agg(t::text, E'\\n'), '') from {table} t");
        sqlx::query_scalar(AssertSqlSafe(dump)).fetch_one(&self.pool).await.expect("the table exists")
    }
}

impl Drop for Database {
    /// On a thread of its own, for a drop cannot wait; a leftover of a killed test is harmless, the whole server is thrown
    /// away after the run.
    fn drop(&mut self) {
        let (admin_url, name) = (self.admin_url.clone(), self.name.clone());
        let url = self.direct_url.clone().unwrap_or_else(|| self.url.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async move {
                let telling = telling(&url).await.unwrap_or_default();
                if let Ok(mut admin) = PgConnection::connect(&admin_url).await {
                    let drop = format!("drop database if exists {name} with (force)");
                    let _gone = sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut admin).await;
                }
                telling
            })
        });
        let telling = dropping.join().ok().flatten();
        // A second panic would hide the first.
        assert!(telling.is_none() || std::thread::panicking(), "the table {telling:?} holds a secret in plain text");
    }
}

/// A connection to the server of the tests, its address, and a name that no database has there.
#[expect(clippy::disallowed_methods, clippy::expect_used, reason = "tests read what the test command sets")]
async fn server() -> (PgConnection, String, String) {
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL is not set; run the tests with: make test");
    let admin = PgConnection::connect(&url).await.expect("the test Postgres is reachable");
    (admin, url, format!("test_{}", uuid::Uuid::now_v7().simple()))
}

/// The address of another database of the same server.
#[expect(clippy::expect_used, reason = "a helper of a test fails by panicking")]
pub fn at(server: &str, name: &str) -> String {
    let mut url: Url = server.parse().expect("the address of a Postgres");
    url.set_path(name);
    url.into()
}

/// The first table in which a secret of the tests can be read.
async fn telling(url: &str) -> Result<Option<String>, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let tables: Vec<String> = sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'public'")
        .fetch_all(&mut connection)
        .await?;
    for table in tables {
        let found = format!("select exists (select 1 from \"{table}\" t where t::text ~ $1)");
        if sqlx::query_scalar(AssertSqlSafe(found)).bind(canary::pattern()).fetch_one(&mut connection).await? {
            return Ok(Some(table));
        }
    }
    Ok(None)
}
