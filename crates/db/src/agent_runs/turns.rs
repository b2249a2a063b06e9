//! What was said in a run.

use super::{Of, Used};
use chrono::{DateTime, Utc};
use kernel::{RunId, TenantId};
use serde_json::Value;
use sqlx::{Error, FromRow, PgExecutor};

/// One message.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Turn {
    pub role: String,
    pub content: Value,
}

/// Adds a message to an open run, and what the run has used by then. `false`: the run has ended, and nothing was added.
pub async fn keep(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    run: RunId,
    turn: &Turn,
    used: Used,
    at: DateTime<Utc>,
) -> Result<bool, Error> {
    let kept = sqlx::query(
        "with open as (
           update agent_runs
           set steps = $5, input_tokens = $6, output_tokens = $7, cache_write_tokens = $8, cache_read_tokens = $9,
               cost_microdollars = $10
           where tenant_id = $1 and id = $2 and ended_at is null
           returning 1)
         insert into agent_turns (tenant_id, run_id, position, role, content, created_at)
         select $1, $2,
                (select coalesce(max(position) + 1, 0) from agent_turns where tenant_id = $1 and run_id = $2),
                $3, $4, $11
         from open",
    )
    .bind(tenant.as_uuid())
    .bind(run.as_uuid())
    .bind(&turn.role)
    .bind(&turn.content)
    .bind(used.steps)
    .bind(used.input_tokens)
    .bind(used.output_tokens)
    .bind(used.cache_write_tokens)
    .bind(used.cache_read_tokens)
    .bind(used.cost_microdollars)
    .bind(at)
    .execute(executor)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// A run's messages, the oldest first.
pub async fn turns(executor: impl PgExecutor<'_>, tenant: TenantId, run: RunId) -> Result<Vec<Turn>, Error> {
    sqlx::query_as("select role, content from agent_turns where tenant_id = $1 and run_id = $2 order by position")
        .bind(tenant.as_uuid())
        .bind(run.as_uuid())
        .fetch_all(executor)
        .await
}

/// The messages of a thread's newest runs, run by run, the oldest first. Empty: the person has no such thread.
pub async fn of_thread(
    executor: impl PgExecutor<'_>,
    of: Of,
    thread: RunId,
    most_runs: i64,
) -> Result<Vec<Vec<Turn>>, Error> {
    #[derive(FromRow)]
    struct Row {
        run_id: uuid::Uuid,
        #[sqlx(flatten)]
        turn: Turn,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "with newest as (
           select id
           from agent_runs
           where tenant_id = $1 and user_id = $2 and thread_id = $3
           order by id desc
           limit $4)
         select t.run_id, t.role, t.content
         from newest n
         join agent_turns t on t.tenant_id = $1 and t.run_id = n.id
         order by t.run_id, t.position",
    )
    .bind(of.tenant.as_uuid())
    .bind(of.user.as_uuid())
    .bind(thread.as_uuid())
    .bind(most_runs)
    .fetch_all(executor)
    .await?;
    let mut runs: Vec<(uuid::Uuid, Vec<Turn>)> = Vec::new();
    for Row { run_id, turn } in rows {
        match runs.last_mut().filter(|(id, _)| *id == run_id) {
            Some((_, turns)) => turns.push(turn),
            None => runs.push((run_id, vec![turn])),
        }
    }
    Ok(runs.into_iter().map(|(_, turns)| turns).collect())
}
