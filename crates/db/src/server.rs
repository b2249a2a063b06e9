//! The server itself.

use chrono::{DateTime, Utc};
use sqlx::{Error, FromRow, PgExecutor};

#[derive(Debug, FromRow)]
pub struct Server {
    /// As it says itself, without its build.
    pub version: String,
    pub now: DateTime<Utc>,
}

/// Who it is, and how late it is there.
pub async fn look(executor: impl PgExecutor<'_>) -> Result<Server, Error> {
    sqlx::query_as("select split_part(current_setting('server_version'), ' ', 1) as version, clock_timestamp() as now")
        .fetch_one(executor)
        .await
}
