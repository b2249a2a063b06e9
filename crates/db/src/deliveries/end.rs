//! How an attempt ends.

use super::Claimed;
use chrono::{DateTime, Utc};
use kernel::TenantId;
use sqlx::{Error, PgConnection, PgExecutor};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Ignored,
    Unclaimed,
}

impl Outcome {
    pub const ALL: [Self; 3] = [Self::Done, Self::Ignored, Self::Unclaimed];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Ignored => "ignored",
            Self::Unclaimed => "unclaimed",
        }
    }
}

/// A delivery that has been read, and whose it turned out to be.
pub struct Ended<'a> {
    pub delivery: &'a Claimed,
    pub outcome: Outcome,
    /// Of a delivery to an app-wide address.
    pub addressees: Vec<TenantId>,
}

/// Ends claimed deliveries in the caller's transaction. `false`: the claim of one ran out and another worker has it; then
/// nothing of this transaction may be committed. A delivery's row is touched only where it says something else: it was stored as what
/// it would probably become, and while it has a row in the queue that one says how it stands.
pub async fn finish(connection: &mut PgConnection, worker: Uuid, ended: &[Ended<'_>]) -> Result<bool, Error> {
    let tenants: Vec<Uuid> = ended.iter().map(|one| one.delivery.tenant_id).collect();
    let ids: Vec<Uuid> = ended.iter().map(|one| one.delivery.id).collect();
    // Each is looked up by its key, whatever size the table had when this was planned.
    let gone = sqlx::query(
        "delete from delivery_queue
         where ctid = any(array(
           select mine.ctid
           from unnest($1::uuid[], $2::uuid[]) as done (tenant_id, id)
           cross join lateral (
             select q.ctid
             from delivery_queue q
             where q.tenant_id = done.tenant_id
               and q.delivery_id = done.id
               and q.claimed_by = $3
               and q.state = 'ready'
             limit 1
             for update) mine))",
    )
    .bind(&tenants)
    .bind(&ids)
    .bind(worker)
    .execute(&mut *connection)
    .await?;
    if gone.rows_affected() != ended.len() as u64 {
        return Ok(false);
    }
    let mut otherwise: BTreeMap<(Uuid, &str), Vec<Uuid>> = BTreeMap::new();
    for one in ended.iter().filter(|one| one.delivery.state != one.outcome.word()) {
        otherwise.entry((one.delivery.tenant_id, one.outcome.word())).or_default().push(one.delivery.id);
    }
    for ((tenant, outcome), ids) in otherwise {
        sqlx::query("update deliveries set state = $3 where tenant_id = $1 and id = any($2)")
            .bind(tenant)
            .bind(ids)
            .bind(outcome)
            .execute(&mut *connection)
            .await?;
    }
    let whose = || ended.iter().flat_map(|one| one.addressees.iter().map(move |tenant| (tenant, one.delivery.id)));
    if whose().next().is_some() {
        let tenants: Vec<Uuid> = whose().map(|(tenant, _)| tenant.as_uuid()).collect();
        let ids: Vec<Uuid> = whose().map(|(_, id)| id).collect();
        sqlx::query(
            "insert into delivery_addressees (tenant_id, delivery_id)
             select tenant_id, id
             from unnest($1::uuid[], $2::uuid[]) as whose (tenant_id, id)
             order by tenant_id, id
             on conflict do nothing",
        )
        .bind(&tenants)
        .bind(&ids)
        .execute(connection)
        .await?;
    }
    Ok(true)
}

/// Puts a delivery back for later, or to the dead ones when `retry_at` is `None`.
pub async fn give_up(
    executor: impl PgExecutor<'_>,
    worker: Uuid,
    delivery: &Claimed,
    error: &str,
    retry_at: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    sqlx::query(
        "update delivery_queue
         set state = case when $5::timestamptz is null then 'dead' else 'ready' end,
             next_attempt_at = coalesce($5, next_attempt_at),
             claimed_by = null,
             claimed_until = null,
             error = $4
         where tenant_id = $1 and delivery_id = $2 and claimed_by = $3 and state = 'ready'",
    )
    .bind(delivery.tenant_id)
    .bind(delivery.id)
    .bind(worker)
    .bind(error)
    .bind(retry_at)
    .execute(executor)
    .await?;
    Ok(())
}
