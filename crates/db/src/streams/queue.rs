//! Streams as a queue: who runs what is due, and when it is due next.

use super::Phase;
use chrono::{DateTime, Utc};
use kernel::{ConnectionId, TenantId};
use serde_json::Value;
use sqlx::{Acquire, Error, FromRow, PgConnection, PgExecutor, Postgres, types::Json};
use uuid::Uuid;

/// One process at a time claims, so that what runs is counted before something is added to it; the number is anybody's choice.
const LOCK: &str = "select pg_advisory_xact_lock(7201441)";

/// A run's right to a stream. Every statement of the run names it: who has lost it changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub tenant: TenantId,
    pub connection: ConnectionId,
    pub stream: String,
    pub run: Uuid,
}

/// A claimed stream as it stands.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub claim: Claim,
    pub cursor: Option<Value>,
    pub phase: Phase,
    pub pass: i32,
    pub baseline_at: Option<DateTime<Utc>>,
    pub pushes: i64,
    pub attempts: i32,
    /// Somebody wants it read from the beginning.
    pub anew: bool,
}

#[derive(FromRow)]
struct Row {
    tenant_id: Uuid,
    connection_id: Uuid,
    name: String,
    cursor: Option<Json<Value>>,
    phase: String,
    pass: i32,
    baseline_at: Option<DateTime<Utc>>,
    pushes: i64,
    attempts: i32,
    anew: bool,
}

/// How much may run at the same time, over all processes.
#[derive(Debug, Clone, Copy)]
pub struct Fairness {
    pub of_a_connection: i64,
    pub of_a_tenant: i64,
}

/// Whose stream comes next: tenants take turns, and of each it is the stream that has been due for longest.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// Whose was claimed last; the next one is that of the tenant behind it.
    pub after: Uuid,
}

/// So many of those that have been due for longest are looked at. Where there are more, the order of tenants is followed instead.
const LOOKED_AT: i64 = 500;

/// One that is due, of those whose tenant and connection have room.
pub async fn claim(
    connection: impl Acquire<'_, Database = Postgres>,
    run: Uuid,
    turn: Turn,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    fairness: Fairness,
) -> Result<Option<Claimed>, Error> {
    let mut transaction = connection.begin().await?;
    sqlx::query(LOCK).execute(&mut *transaction).await?;
    let row = next(&mut transaction, run, turn, now, until, fairness).await?;
    transaction.commit().await?;
    Ok(row.map(|row| Claimed {
        claim: Claim {
            tenant: TenantId::from_uuid(row.tenant_id),
            connection: ConnectionId::from_uuid(row.connection_id),
            stream: row.name,
            run,
        },
        cursor: row.cursor.map(|cursor| cursor.0),
        phase: Phase::of(&row.phase),
        pass: row.pass,
        baseline_at: row.baseline_at,
        pushes: row.pushes,
        attempts: row.attempts,
        anew: row.anew,
    }))
}

/// The rows of one that is due are found by `streams_due` where few are, and by `streams_turns` from the turn on where many are:
/// either way no more is read than is looked at.
async fn next(
    transaction: &mut PgConnection,
    run: Uuid,
    turn: Turn,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    fairness: Fairness,
) -> Result<Option<Row>, Error> {
    sqlx::query_as(
        "with running as materialized (
           select tenant_id, connection_id from streams where claimed_until > $2),
         full_tenants as (
           select tenant_id from running group by tenant_id having count(*) >= $5),
         full_connections as (
           select tenant_id, connection_id from running group by tenant_id, connection_id having count(*) >= $4),
         due as materialized (
           select s.tenant_id, s.connection_id, s.name, s.due_at
           from streams s
           where s.due_at <= $2
             and (s.claimed_until is null or s.claimed_until <= $2)
             and s.tenant_id not in (select tenant_id from full_tenants)
             and (s.tenant_id, s.connection_id) not in (select tenant_id, connection_id from full_connections)
           order by s.due_at
           limit $7),
         behind as materialized (
           select s.tenant_id, s.connection_id, s.name, s.due_at
           from streams s
           where (select count(*) from due) = $7
             and s.tenant_id > $6
             and s.due_at <= $2
             and (s.claimed_until is null or s.claimed_until <= $2)
             and s.tenant_id not in (select tenant_id from full_tenants)
             and (s.tenant_id, s.connection_id) not in (select tenant_id, connection_id from full_connections)
           order by s.tenant_id, s.due_at
           limit 1),
         next as (
           select tenant_id, connection_id, name
           from (select * from behind union all select * from due) candidates
           order by tenant_id <= $6, tenant_id, due_at
           limit 1)
         update streams s
         set claimed_by = $1,
             claimed_until = $3,
             started_at = case when s.finished_at < s.started_at then s.started_at else $2 end,
             pages = case when s.finished_at < s.started_at then s.pages else 0 end,
             seen = case when s.finished_at < s.started_at then s.seen else 0 end,
             created = case when s.finished_at < s.started_at then s.created else 0 end,
             updated = case when s.finished_at < s.started_at then s.updated else 0 end,
             deleted = case when s.finished_at < s.started_at then s.deleted else 0 end
         from next
         where (s.tenant_id, s.connection_id, s.name) = (next.tenant_id, next.connection_id, next.name)
           and (s.claimed_until is null or s.claimed_until <= $2)
         returning s.tenant_id, s.connection_id, s.name, s.cursor, s.phase, s.pass, s.baseline_at, s.pushes, s.attempts, s.anew",
    )
    .bind(run)
    .bind(now)
    .bind(until)
    .bind(fairness.of_a_connection)
    .bind(fairness.of_a_tenant)
    .bind(turn.after)
    .bind(LOOKED_AT)
    .fetch_optional(transaction)
    .await
}

/// Lengthens a claim.
pub async fn keep(executor: impl PgExecutor<'_>, claim: &Claim, until: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query(
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
    Ok(())
}

/// The run has come to the end. `pushes`: what the run began with; whoever has said since that there is more is followed at once.
pub async fn finish(
    executor: impl PgExecutor<'_>,
    claim: &Claim,
    pushes: i64,
    now: DateTime<Utc>,
    next: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "update streams
         set claimed_by = null,
             claimed_until = null,
             finished_at = $6,
             answered = $5,
             due_at = case when pushes = $5 then $7 else $6 end,
             rests_until = null,
             asleep = false,
             attempts = 0,
             trouble = null,
             error = null
         where (tenant_id, connection_id, name, claimed_by) = ($1, $2, $3, $4)",
    )
    .bind(claim.tenant.as_uuid())
    .bind(claim.connection.as_uuid())
    .bind(&claim.stream)
    .bind(claim.run)
    .bind(pushes)
    .bind(now)
    .bind(next)
    .execute(executor)
    .await?;
    Ok(())
}

/// The run has more to do, and lets others go first.
pub async fn give_way(executor: impl PgExecutor<'_>, claim: &Claim, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query(
        "update streams
         set claimed_by = null,
             claimed_until = null,
             due_at = $5
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

/// How a run failed.
#[derive(Debug, Clone, Copy)]
pub struct Failed<'a> {
    pub due_at: DateTime<Utc>,
    pub asleep: bool,
    /// Whether it counts as an attempt. To wait because a vendor asked for it is none.
    pub counts: bool,
    /// The word for it, and the sentence.
    pub trouble: &'a str,
    pub error: &'a str,
    /// What the run began with.
    pub pushes: i64,
}

/// The run has failed, and nothing makes it due before `due_at` but a person, or the connection's recovery if it sleeps.
pub async fn fail(executor: impl PgExecutor<'_>, claim: &Claim, failed: Failed<'_>) -> Result<(), Error> {
    sqlx::query(
        "update streams
         set claimed_by = null,
             claimed_until = null,
             due_at = $5,
             rests_until = $5,
             asleep = $6,
             attempts = attempts + $7::integer,
             trouble = $8,
             error = $9,
             answered = $10
         where (tenant_id, connection_id, name, claimed_by) = ($1, $2, $3, $4)",
    )
    .bind(claim.tenant.as_uuid())
    .bind(claim.connection.as_uuid())
    .bind(&claim.stream)
    .bind(claim.run)
    .bind(failed.due_at)
    .bind(failed.asleep)
    .bind(i32::from(failed.counts))
    .bind(failed.trouble)
    .bind(failed.error)
    .bind(failed.pushes)
    .execute(executor)
    .await?;
    Ok(())
}

/// Whatever this run still holds is anybody's at once.
pub async fn let_go_for_any_tenant(executor: impl PgExecutor<'_>, run: Uuid) -> Result<(), Error> {
    sqlx::query(
        "update streams
         set claimed_by = null,
             claimed_until = null
         where claimed_until is not null
           and claimed_by = $1",
    )
    .bind(run)
    .execute(executor)
    .await?;
    Ok(())
}
