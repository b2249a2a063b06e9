//! Where a run has come to. Each statement holds the stream's row until its transaction ends, and says whether the claim still
//! holds.

use super::{Claim, Phase};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{Error, PgExecutor, types::Json};

/// Where a page leads.
pub struct Progress<'a> {
    pub cursor: &'a Value,
    pub phase: Phase,
    pub baseline_at: Option<DateTime<Utc>>,
    pub now: DateTime<Utc>,
    /// The claim, lengthened.
    pub until: DateTime<Utc>,
}

/// Moves on behind a page.
pub async fn advance(executor: impl PgExecutor<'_>, claim: &Claim, progress: Progress<'_>) -> Result<bool, Error> {
    let done = sqlx::query(
        "update streams
         set cursor = $5,
             cursor_at = $8,
             phase = $6,
             baseline_at = $7,
             claimed_until = $9,
             attempts = 0,
             error = null
         where (tenant_id, connection_id, name, claimed_by) = ($1, $2, $3, $4)",
    )
    .bind(claim.tenant.as_uuid())
    .bind(claim.connection.as_uuid())
    .bind(&claim.stream)
    .bind(claim.run)
    .bind(Json(progress.cursor))
    .bind(progress.phase.word())
    .bind(progress.baseline_at)
    .bind(progress.now)
    .bind(progress.until)
    .execute(executor)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Some of the ids that were named and are to be fetched now. Those that an earlier run took and did not fetch come first.
pub async fn take_named(executor: impl PgExecutor<'_>, claim: &Claim, most: i32) -> Result<Vec<String>, Error> {
    let taken: Option<Vec<String>> = sqlx::query_scalar(
        "update streams
         set fetching = case when fetching = '{}' then named[1:$5] else fetching end,
             named = case when fetching = '{}' then named[$5 + 1:] else named end
         where (tenant_id, connection_id, name, claimed_by) = ($1, $2, $3, $4)
           and (fetching <> '{}' or named <> '{}')
         returning fetching",
    )
    .bind(claim.tenant.as_uuid())
    .bind(claim.connection.as_uuid())
    .bind(&claim.stream)
    .bind(claim.run)
    .bind(most)
    .fetch_optional(executor)
    .await?;
    Ok(taken.unwrap_or_default())
}

/// What was taken has been fetched.
pub async fn fetched(executor: impl PgExecutor<'_>, claim: &Claim, until: DateTime<Utc>) -> Result<bool, Error> {
    let done = sqlx::query(
        "update streams
         set fetching = '{}',
             claimed_until = $5,
             attempts = 0,
             error = null
         where (tenant_id, connection_id, name, claimed_by) = ($1, $2, $3, $4)",
    )
    .bind(claim.tenant.as_uuid())
    .bind(claim.connection.as_uuid())
    .bind(&claim.stream)
    .bind(claim.run)
    .bind(until)
    .execute(executor)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// From the beginning again, in another pass; returns which.
pub async fn restart(executor: impl PgExecutor<'_>, claim: &Claim) -> Result<Option<i32>, Error> {
    sqlx::query_scalar(
        "update streams
         set cursor = null,
             phase = 'listing',
             pass = pass + 1
         where (tenant_id, connection_id, name, claimed_by) = ($1, $2, $3, $4)
         returning pass",
    )
    .bind(claim.tenant.as_uuid())
    .bind(claim.connection.as_uuid())
    .bind(&claim.stream)
    .bind(claim.run)
    .fetch_optional(executor)
    .await
}

/// Holds the row, for what moves no cursor.
pub async fn hold(executor: impl PgExecutor<'_>, claim: &Claim, until: DateTime<Utc>) -> Result<bool, Error> {
    let done = sqlx::query(
        "update streams
         set claimed_until = $5
         where (tenant_id, connection_id, name, claimed_by) = ($1, $2, $3, $4)",
    )
    .bind(claim.tenant.as_uuid())
    .bind(claim.connection.as_uuid())
    .bind(&claim.stream)
    .bind(claim.run)
    .bind(until)
    .execute(executor)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// A pass has come to its end, and what it missed is marked.
pub async fn end_pass(executor: impl PgExecutor<'_>, claim: &Claim, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query(
        "update streams
         set phase = 'changes',
             baseline_at = $5
         where (tenant_id, connection_id, name, claimed_by) = ($1, $2, $3, $4)",
    )
    .bind(claim.tenant.as_uuid())
    .bind(claim.connection.as_uuid())
    .bind(&claim.stream)
    .bind(claim.run)
    .bind(now)
    .execute(executor)
    .await?;
    Ok(())
}
