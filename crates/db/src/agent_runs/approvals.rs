//! Calls that a person was asked about.

use super::Of;
use chrono::{DateTime, Utc};
use kernel::{RunId, TenantId};
use serde_json::Value;
use sqlx::{Error, FromRow, PgExecutor};

/// A call, and what was said to it.
#[derive(Debug, Clone, FromRow)]
pub struct Approval {
    pub call_id: String,
    pub tool: String,
    pub arguments: Value,
    /// `None`: nothing yet.
    pub decision: Option<String>,
    pub asked_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
}

/// What came of somebody's deciding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Taken,
    /// It had been decided so before.
    Repeated,
    /// It had been decided otherwise, or nobody waits for it any more.
    TooLate,
    /// Nobody was asked about such a call.
    Unknown,
}

/// Notes that a person is asked.
pub async fn ask(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    run: RunId,
    (call, tool, arguments): (&str, &str, Value),
    at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "insert into agent_approvals (tenant_id, run_id, call_id, tool, arguments, asked_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict do nothing",
    )
    .bind(tenant.as_uuid())
    .bind(run.as_uuid())
    .bind(call)
    .bind(tool)
    .bind(arguments)
    .bind(at)
    .execute(executor)
    .await?;
    Ok(())
}

/// Decides, once, for an open run of this person.
pub async fn decide(
    executor: impl PgExecutor<'_>,
    of: Of,
    run: RunId,
    (call, decision): (&str, &str),
    at: DateTime<Utc>,
) -> Result<Decision, Error> {
    let (taken, before): (bool, Option<String>) = sqlx::query_as(
        "with asked as (
           select a.decision, r.ended_at is null as is_open
           from agent_approvals a
           join agent_runs r on r.tenant_id = a.tenant_id and r.id = a.run_id
           where a.tenant_id = $1 and r.user_id = $2 and a.run_id = $3 and a.call_id = $4),
         taken as (
           update agent_approvals
           set decision = $5, decided_at = $6
           from asked
           where tenant_id = $1 and run_id = $3 and call_id = $4
             and agent_approvals.decision is null and asked.is_open
           returning 1)
         select exists (select 1 from taken), (select coalesce(decision, '') from asked)",
    )
    .bind(of.tenant.as_uuid())
    .bind(of.user.as_uuid())
    .bind(run.as_uuid())
    .bind(call)
    .bind(decision)
    .bind(at)
    .fetch_one(executor)
    .await?;
    Ok(match (taken, before) {
        (true, _) => Decision::Taken,
        (false, None) => Decision::Unknown,
        (false, Some(before)) if before == decision => Decision::Repeated,
        (false, Some(_)) => Decision::TooLate,
    })
}

/// What was said to a call, if anything was.
pub async fn said_to(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    run: RunId,
    call: &str,
) -> Result<Option<String>, Error> {
    sqlx::query_scalar("select decision from agent_approvals where tenant_id = $1 and run_id = $2 and call_id = $3")
        .bind(tenant.as_uuid())
        .bind(run.as_uuid())
        .bind(call)
        .fetch_optional(executor)
        .await
        .map(Option::flatten)
}

/// Nobody waits for an answer any more. What was decided in the last moment holds, and is the answer.
pub async fn give_up_asking(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    run: RunId,
    call: &str,
    at: DateTime<Utc>,
) -> Result<Option<String>, Error> {
    sqlx::query_scalar(
        "update agent_approvals
         set decision = coalesce(decision, 'unanswered'), decided_at = coalesce(decided_at, $4)
         where tenant_id = $1 and run_id = $2 and call_id = $3
         returning decision",
    )
    .bind(tenant.as_uuid())
    .bind(run.as_uuid())
    .bind(call)
    .bind(at)
    .fetch_optional(executor)
    .await
    .map(Option::flatten)
}

/// All that was asked in a run, in order.
pub async fn approvals(executor: impl PgExecutor<'_>, tenant: TenantId, run: RunId) -> Result<Vec<Approval>, Error> {
    sqlx::query_as(
        "select call_id, tool, arguments, decision, asked_at, decided_at
         from agent_approvals
         where tenant_id = $1 and run_id = $2
         order by asked_at, call_id",
    )
    .bind(tenant.as_uuid())
    .bind(run.as_uuid())
    .fetch_all(executor)
    .await
}
