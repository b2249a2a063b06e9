//! Refused webhooks: counted, and nothing else of them is kept.

use chrono::{DateTime, Utc};
use sqlx::{Error, FromRow, PgExecutor};

/// How often something was refused within an hour.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Refusal {
    pub provider: String,
    pub reason: String,
    pub hour: DateTime<Utc>,
    pub count: i64,
}

/// Adds to the counters.
pub async fn count_refusals(executor: impl PgExecutor<'_>, refusals: &[Refusal]) -> Result<(), Error> {
    let providers: Vec<&str> = refusals.iter().map(|one| one.provider.as_str()).collect();
    let reasons: Vec<&str> = refusals.iter().map(|one| one.reason.as_str()).collect();
    let hours: Vec<DateTime<Utc>> = refusals.iter().map(|one| one.hour).collect();
    let counts: Vec<i64> = refusals.iter().map(|one| one.count).collect();
    // In one order, for the sake of other processes that do the same.
    sqlx::query(
        "insert into refused_webhooks (provider, reason, hour, count)
         select provider, reason, hour, count
         from unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[]) as new (provider, reason, hour, count)
         order by provider, reason, hour
         on conflict (provider, reason, hour) do update
         set count = refused_webhooks.count + excluded.count",
    )
    .bind(&providers)
    .bind(&reasons)
    .bind(&hours)
    .bind(&counts)
    .execute(executor)
    .await?;
    Ok(())
}

/// The counters since then, newest first, at most a thousand.
pub async fn refusals(executor: impl PgExecutor<'_>, since: DateTime<Utc>) -> Result<Vec<Refusal>, Error> {
    sqlx::query_as(
        "select provider, reason, hour, count
         from refused_webhooks
         where hour >= $1
         order by hour desc, provider, reason
         limit 1000",
    )
    .bind(since)
    .fetch_all(executor)
    .await
}

/// Forgets counters that are older.
pub async fn sweep_refusals(executor: impl PgExecutor<'_>, before: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query("delete from refused_webhooks where hour < $1").bind(before).execute(executor).await?;
    Ok(())
}
