//! A database with every migration applied, which each test's own is a copy of: the migrations run once a server instead of once a
//! test. Whoever comes first makes it.

use crate::database::at;
use sqlx::{AssertSqlSafe, Error, PgConnection, postgres::PgPoolOptions};
use std::fmt::Write;

/// One maker at a time.
const LOCK: &str = "select pg_advisory_lock(7201442)";
const NO_SUCH_DATABASE: &str = "3D000";

/// It is there under its name only when it is whole, and nobody can connect to it and change it. The name says what is in it: other
/// migrations have another one, and so has another day, for they make the partitions of the days ahead.
fn name() -> String {
    let day = kernel::Clock::system().now().format("%Y%m%d");
    let mut all = String::new();
    for (version, checksum) in db::migrations() {
        let _never_fails = writeln!(all, "{version} {}", hex::encode(checksum));
    }
    format!("template_{day}_{}", hex::encode(&kernel::sha256(all)[..12]))
}

/// Makes the database `name` a copy of it.
pub async fn copy(admin: &mut PgConnection, admin_url: &str, name: &str) -> Result<(), Error> {
    let template = self::name();
    // Its files as they are: a server of tests waits for no disk, so that this costs less than to write all of it to the log.
    let copy = format!("create database {name} template {template} strategy file_copy");
    match run(admin, &copy).await {
        Err(Error::Database(error)) if error.code().as_deref() == Some(NO_SUCH_DATABASE) => {}
        done => return done,
    }
    run(admin, LOCK).await?;
    // Somebody else may have made it while this one waited.
    let is_there = "select exists (select from pg_database where datname = $1)";
    if !sqlx::query_scalar(is_there).bind(&template).fetch_one(&mut *admin).await? {
        make(admin, admin_url, &template).await?;
    }
    run(admin, "select pg_advisory_unlock_all()").await?;
    run(admin, &copy).await
}

async fn make(admin: &mut PgConnection, admin_url: &str, template: &str) -> Result<(), Error> {
    let making = format!("{template}_making");
    // Left by somebody who was killed.
    run(admin, &format!("drop database if exists {making} with (force)")).await?;
    run(admin, &format!("create database {making}")).await?;
    let pool = PgPoolOptions::new().max_connections(1).connect(&at(admin_url, &making)).await?;
    db::migrate(&pool).await?;
    pool.close().await;
    run(admin, &format!("alter database {making} with is_template true allow_connections false")).await?;
    run(admin, &format!("alter database {making} rename to {template}")).await
}

async fn run(admin: &mut PgConnection, statement: &str) -> Result<(), Error> {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(admin).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Database, postgres_program};
    use std::process::Command;

    fn schema(database: &Database) -> String {
        let url = database.direct_url.as_ref().unwrap_or(&database.url);
        let mut dump = Command::new(postgres_program("pg_dump"));
        let done = dump.args(["--schema-only", "--dbname", url]).output().expect("pg_dump runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        // Newer ones begin and end with a word of their own.
        text.lines().filter(|line| !line.starts_with('\\')).collect::<Vec<_>>().join("\n")
    }

    async fn applied(database: &Database) -> Vec<(i64, Vec<u8>, bool)> {
        let all = "select version, checksum, success from _sqlx_migrations order by version";
        sqlx::query_as(all).fetch_all(&database.pool).await.expect("the migrations")
    }

    /// A copy is what the migrations make of an empty database, to the last index; and nothing can come into what is copied.
    #[tokio::test]
    async fn a_copy_is_what_the_migrations_make() {
        let (copied, migrated) = (Database::fresh().await, Database::empty().await);
        assert!(schema(&migrated).len() < schema(&copied).len());
        db::migrate(&migrated.pool).await.expect("the migrations apply");
        assert_eq!(schema(&copied), schema(&migrated));
        assert_eq!(applied(&copied).await, applied(&migrated).await);
        let closed = "select datistemplate and not datallowconn from pg_database where datname = $1";
        let is_closed: bool =
            sqlx::query_scalar(closed).bind(name()).fetch_one(&copied.pool).await.expect("it is there");
        assert!(is_closed);
    }
}
