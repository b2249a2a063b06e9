//! Where a run has come to. Each statement holds the stream's row until its transaction ends, and says whether the claim still
//! holds.

use super::{Claim, Phase};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{Error, PgExecutor, types::Json};

/// What a page has brought, in records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub seen: i64,
    pub created: i64,
    pub updated: i64,
    pub deleted: i64,
}

/// When something is written, and until when it may go on being.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub now: DateTime<Utc>,
    /// The claim, lengthened.
    pub until: DateTime<Utc>,
}

/// Where a page leads.
pub struct Progress<'a> {
    pub cursor: &'a Value,
    pub phase: Phase,
    pub baseline_at: Option<DateTime<Utc>>,
}

/// Moves on behind a page. Returns the page's moment, later than that of every page before; `None`: the claim is lost.
pub async fn advance(
    executor: impl PgExecutor<'_>,
    claim: &Claim,
    progress: Progress<'_>,
    counts: Counts,
    moment: Moment,
) -> Result<Option<DateTime<Utc>>, Error> {
    sqlx::query_scalar(
        "update streams
         set cursor = $5,
             phase = $6,
             baseline_at = $7,
             cursor_at = greatest($8, cursor_at + interval '1 microsecond'),
             claimed_until = $9,
             pages = pages + 1,
             seen = seen + $10,
             created = created + $11,
             updated = updated + $12,
             deleted = deleted + $13,
             kept = kept + $11 - $13,
             attempts = 0,
             trouble = null,
             error = null
         where (tenant_id, connection_id, name, claimed_by) = ($1, $2, $3, $4)
         returning cursor_at",
    )
    .bind(claim.tenant.as_uuid())
    .bind(claim.connection.as_uuid())
    .bind(&claim.stream)
    .bind(claim.run)
    .bind(Json(progress.cursor))
    .bind(progress.phase.word())
    .bind(progress.baseline_at)
    .bind(moment.now)
    .bind(moment.until)
    .bind(counts.seen)
    .bind(counts.created)
    .bind(counts.updated)
    .bind(counts.deleted)
    .fetch_optional(executor)
    .await
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

/// What was taken has been fetched. As [`advance`] otherwise.
pub async fn fetched(
    executor: impl PgExecutor<'_>,
    claim: &Claim,
    counts: Counts,
    moment: Moment,
) -> Result<Option<DateTime<Utc>>, Error> {
    sqlx::query_scalar(
        "update streams
         set fetching = '{}',
             cursor_at = greatest($5, cursor_at + interval '1 microsecond'),
             claimed_until = $6,
             pages = pages + 1,
             seen = seen + $7,
             created = created + $8,
             updated = updated + $9,
             deleted = deleted + $10,
             kept = kept + $8 - $10,
             attempts = 0,
             trouble = null,
             error = null
         where (tenant_id, connection_id, name, claimed_by) = ($1, $2, $3, $4)
         returning cursor_at",
    )
    .bind(claim.tenant.as_uuid())
    .bind(claim.connection.as_uuid())
    .bind(&claim.stream)
    .bind(claim.run)
    .bind(moment.now)
    .bind(moment.until)
    .bind(counts.seen)
    .bind(counts.created)
    .bind(counts.updated)
    .bind(counts.deleted)
    .fetch_optional(executor)
    .await
}

/// From the beginning again, in another pass; returns which.
pub async fn restart(executor: impl PgExecutor<'_>, claim: &Claim) -> Result<Option<i32>, Error> {
    sqlx::query_scalar(
        "with begun as (
           update streams
           set cursor = null,
               phase = 'listing',
               anew = false,
               pass = pass + 1
           where (tenant_id, connection_id, name, claimed_by) = ($1, $2, $3, $4)
           returning tenant_id, connection_id, name, pass),
         forgotten as (
           delete from listings l
           using begun
           where (l.tenant_id, l.connection_id, l.stream) = (begun.tenant_id, begun.connection_id, begun.name))
         select pass from begun",
    )
    .bind(claim.tenant.as_uuid())
    .bind(claim.connection.as_uuid())
    .bind(&claim.stream)
    .bind(claim.run)
    .fetch_optional(executor)
    .await
}

/// Marks so many as gone. As [`advance`] otherwise.
pub async fn missed(
    executor: impl PgExecutor<'_>,
    claim: &Claim,
    deleted: i64,
    moment: Moment,
) -> Result<Option<DateTime<Utc>>, Error> {
    sqlx::query_scalar(
        "update streams
         set cursor_at = greatest($5, cursor_at + interval '1 microsecond'),
             claimed_until = $6,
             deleted = deleted + $7,
             kept = kept - $7
         where (tenant_id, connection_id, name, claimed_by) = ($1, $2, $3, $4)
         returning cursor_at",
    )
    .bind(claim.tenant.as_uuid())
    .bind(claim.connection.as_uuid())
    .bind(&claim.stream)
    .bind(claim.run)
    .bind(moment.now)
    .bind(moment.until)
    .bind(deleted)
    .fetch_optional(executor)
    .await
}

/// A pass has come to its end, and what it missed is marked. `false`: the claim is lost.
pub async fn end_pass(executor: impl PgExecutor<'_>, claim: &Claim, now: DateTime<Utc>) -> Result<bool, Error> {
    let done = sqlx::query(
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
    Ok(done.rows_affected() > 0)
}
