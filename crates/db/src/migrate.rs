//! Connecting, and applying `migrations/`, which is compiled in.

use sqlx::{
    Connection, PgPool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, time::Duration};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// A pool of at most `size` connections. It need not reach Postgres yet: a service starts, says it is not ready, and
/// becomes ready when the database does.
pub fn connect(url: &str, size: u32) -> Result<PgPool, sqlx::Error> {
    // A statement that runs longer than this has lost its caller.
    let patience = [("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "30s")];
    Ok(pool(PgConnectOptions::from_str(url)?.options(patience), size))
}

/// The same at a pooler of transactions (PgBouncer 1.21 or newer, which knows prepared statements). It takes no settings of a
/// session: how long a statement may run is then a setting of the role.
pub fn connect_to_pooler(url: &str, size: u32) -> Result<PgPool, sqlx::Error> {
    // Nor this one, which asks for what every Postgres since 12 does by itself.
    Ok(pool(PgConnectOptions::from_str(url)?.extra_float_digits(None), size))
}

/// Whoever rests longer than this is asked whether they are still there before they are given out. A server that was away was
/// away for longer; asking each time would cost every query a second round trip.
pub(crate) const RESTED: Duration = Duration::from_secs(1);

fn pool(options: PgConnectOptions, size: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(size)
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > RESTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .acquire_timeout(Duration::from_secs(5))
        .idle_timeout(Duration::from_mins(5))
        .connect_lazy_with(options)
}

/// Applies what is missing. Replicas that start together wait for each other on Postgres' advisory lock.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    MIGRATIONS.run(pool).await
}

/// The version of each migration and the checksum of its text: what a database is like that all of them were applied to.
pub fn migrations() -> impl Iterator<Item = (i64, &'static [u8])> {
    MIGRATIONS.iter().map(|migration| (migration.version, &*migration.checksum))
}

/// Whether the database is at the version this binary was built with.
pub async fn is_current(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max();
    let applied: Option<i64> =
        sqlx::query_scalar("select max(version) from _sqlx_migrations where success").fetch_one(pool).await?;
    Ok(applied >= newest)
}
