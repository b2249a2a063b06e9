//! Runs of the agent: who holds them, how far they are, and how they have ended.

mod approvals;
mod turns;

pub use approvals::{Approval, Decision, approvals, ask, decide, give_up_asking, said_to};
pub use turns::{Turn, keep, of_thread, turns};

use chrono::{DateTime, Utc};
use kernel::{Cursor, Page, PageSize, RunId, TenantId, UserId};
use sqlx::{Error, FromRow, PgExecutor};
use uuid::Uuid;

/// Whose runs, and whose tenant's.
#[derive(Debug, Clone, Copy)]
pub struct Of {
    pub tenant: TenantId,
    pub user: UserId,
}

/// A run that is about to begin.
pub struct NewRun<'a> {
    pub id: RunId,
    /// Its own id where it begins a thread.
    pub thread: RunId,
    pub model: &'a str,
    pub held_by: Uuid,
    pub held_until: DateTime<Utc>,
    pub at: DateTime<Utc>,
}

/// Whether a run may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    Yes,
    /// The person has as many open runs as they may.
    TooMany,
    /// The thread has a run that has not ended.
    ThreadBusy,
}

/// What a run has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct Used {
    pub steps: i32,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub cache_write_tokens: i64,
    pub cache_read_tokens: i64,
    pub cost_microdollars: Option<i64>,
}

/// A run as stored.
#[derive(Debug, Clone, FromRow)]
pub struct Run {
    pub id: Uuid,
    pub thread_id: Uuid,
    pub state: String,
    pub reason: Option<String>,
    pub model: String,
    #[sqlx(flatten)]
    pub used: Used,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// Until the transaction ends, nobody else begins a run for this person: two at once would count each other out.
pub async fn hold_person(executor: impl PgExecutor<'_>, of: Of) -> Result<(), Error> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('agent_runs/' || $1::text || '/' || $2::text, 0))")
        .bind(of.tenant.as_uuid())
        .bind(of.user.as_uuid())
        .execute(executor)
        .await?;
    Ok(())
}

/// Begins a run, if the person has room for it and its thread is free.
pub async fn begin(executor: impl PgExecutor<'_>, of: Of, run: NewRun<'_>, most_open: i64) -> Result<Begun, Error> {
    let begun: (bool, bool) = sqlx::query_as(
        "with room as (
           select count(*) < $9 as is_there
           from agent_runs
           where tenant_id = $1 and user_id = $2 and ended_at is null),
         begun as (
           insert into agent_runs (tenant_id, user_id, id, thread_id, model, held_by, held_until, created_at)
           select $1, $2, $3, $4, $5, $6, $7, $8 from room where is_there
           on conflict (tenant_id, thread_id) where ended_at is null do nothing
           returning 1)
         select is_there, exists (select 1 from begun) from room",
    )
    .bind(of.tenant.as_uuid())
    .bind(of.user.as_uuid())
    .bind(run.id.as_uuid())
    .bind(run.thread.as_uuid())
    .bind(run.model)
    .bind(run.held_by)
    .bind(run.held_until)
    .bind(run.at)
    .bind(most_open)
    .fetch_one(executor)
    .await?;
    Ok(match begun {
        (false, _) => Begun::TooMany,
        (true, false) => Begun::ThreadBusy,
        (true, true) => Begun::Yes,
    })
}

/// Says that the process is still there.
pub async fn hold(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    run: RunId,
    holder: Uuid,
    until: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "update agent_runs
         set held_until = $4
         where tenant_id = $1 and id = $2 and held_by = $3 and ended_at is null",
    )
    .bind(tenant.as_uuid())
    .bind(run.as_uuid())
    .bind(holder)
    .bind(until)
    .execute(executor)
    .await?;
    Ok(())
}

/// Whether the process that runs it should go on: it still holds the run, and nobody wants it cancelled.
pub async fn may_go_on(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    run: RunId,
    holder: Uuid,
) -> Result<bool, Error> {
    sqlx::query_scalar(
        "select exists (
           select 1
           from agent_runs
           where tenant_id = $1 and id = $2 and held_by = $3 and ended_at is null and not cancel_requested)",
    )
    .bind(tenant.as_uuid())
    .bind(run.as_uuid())
    .bind(holder)
    .fetch_one(executor)
    .await
}

/// Moves an open run between running and waiting for a person.
pub async fn set_state(executor: impl PgExecutor<'_>, tenant: TenantId, run: RunId, state: &str) -> Result<(), Error> {
    sqlx::query("update agent_runs set state = $3 where tenant_id = $1 and id = $2 and ended_at is null")
        .bind(tenant.as_uuid())
        .bind(run.as_uuid())
        .bind(state)
        .execute(executor)
        .await?;
    Ok(())
}

/// How a run has ended.
pub struct End<'a> {
    pub state: &'a str,
    pub reason: &'a str,
    pub used: Used,
    pub at: DateTime<Utc>,
}

/// Ends a run, once: one that has ended stays as it is.
pub async fn end(executor: impl PgExecutor<'_>, tenant: TenantId, run: RunId, end: End<'_>) -> Result<(), Error> {
    sqlx::query(
        "update agent_runs
         set state = $3, reason = $4, ended_at = $5, steps = $6, input_tokens = $7, output_tokens = $8,
             cache_write_tokens = $9, cache_read_tokens = $10, cost_microdollars = $11
         where tenant_id = $1 and id = $2 and ended_at is null",
    )
    .bind(tenant.as_uuid())
    .bind(run.as_uuid())
    .bind(end.state)
    .bind(end.reason)
    .bind(end.at)
    .bind(end.used.steps)
    .bind(end.used.input_tokens)
    .bind(end.used.output_tokens)
    .bind(end.used.cache_write_tokens)
    .bind(end.used.cache_read_tokens)
    .bind(end.used.cost_microdollars)
    .execute(executor)
    .await?;
    Ok(())
}

/// Asks for a run to be cancelled. One that has ended stays as it is. `false`: there is no such run.
pub async fn request_cancel(executor: impl PgExecutor<'_>, of: Of, run: RunId) -> Result<bool, Error> {
    let asked =
        sqlx::query("update agent_runs set cancel_requested = true where tenant_id = $1 and user_id = $2 and id = $3")
            .bind(of.tenant.as_uuid())
            .bind(of.user.as_uuid())
            .bind(run.as_uuid())
            .execute(executor)
            .await?;
    Ok(asked.rows_affected() == 1)
}

/// One run of a person.
pub async fn find(executor: impl PgExecutor<'_>, of: Of, run: RunId) -> Result<Option<Run>, Error> {
    sqlx::query_as(
        "select id, thread_id, state, reason, model, steps, input_tokens, output_tokens, cache_write_tokens,
                cache_read_tokens, cost_microdollars, created_at, ended_at
         from agent_runs
         where tenant_id = $1 and user_id = $2 and id = $3",
    )
    .bind(of.tenant.as_uuid())
    .bind(of.user.as_uuid())
    .bind(run.as_uuid())
    .fetch_optional(executor)
    .await
}

/// A person's runs, the newest first; of one thread, if it is named.
pub async fn page(
    executor: impl PgExecutor<'_>,
    of: Of,
    thread: Option<RunId>,
    after: Option<Cursor>,
    size: PageSize,
) -> Result<Page<Run>, Error> {
    let rows: Vec<Run> = sqlx::query_as(
        "select id, thread_id, state, reason, model, steps, input_tokens, output_tokens, cache_write_tokens,
                cache_read_tokens, cost_microdollars, created_at, ended_at
         from agent_runs
         where tenant_id = $1
           and user_id = $2
           and ($3::uuid is null or thread_id = $3)
           and ($4::uuid is null or id < $4)
         order by id desc
         limit $5",
    )
    .bind(of.tenant.as_uuid())
    .bind(of.user.as_uuid())
    .bind(thread.map(|thread| thread.as_uuid()))
    .bind(after.map(|after| after.id))
    .bind(size.get() + 1)
    .fetch_all(executor)
    .await?;
    Ok(Page::from_one_more(rows, size, |run| Cursor { at: run.created_at, id: run.id }))
}

/// Ends the runs of processes that are gone. How many they were.
pub async fn end_lost_for_any_tenant(executor: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<u64, Error> {
    let ended = sqlx::query(
        "update agent_runs
         set state = 'failed', reason = 'interrupted', ended_at = $1
         where ended_at is null and held_until < $1",
    )
    .bind(now)
    .execute(executor)
    .await?;
    Ok(ended.rows_affected())
}

/// Forgets runs that began before, with all that was said in them.
pub async fn sweep_for_any_tenant(executor: impl PgExecutor<'_>, before: DateTime<Utc>) -> Result<u64, Error> {
    let gone = sqlx::query("delete from agent_runs where id < $1 and ended_at is not null")
        .bind(kernel::lowest_id_at(before))
        .execute(executor)
        .await?;
    Ok(gone.rows_affected())
}
