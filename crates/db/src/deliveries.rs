//! Deliveries: stored before they are answered, and claimed by workers from the same table.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{DeliveryId, TenantId};
use sqlx::{Error, FromRow, PgConnection, PgExecutor};
use uuid::Uuid;

/// A verified webhook, about to be stored.
pub struct NewDelivery {
    pub tenant: TenantId,
    pub id: DeliveryId,
    pub provider: String,
    pub event: String,
    pub delivery_id: String,
    pub body_hash: [u8; 32],
    pub content_type: Option<String>,
    pub body: bytes::Bytes,
    pub received_at: DateTime<Utc>,
}

/// Stores many in one statement; those that are there already, by the vendor's id or by their bytes, are left as they
/// are, except that a dead one is to be read again: the vendor (or a person at the vendor) sent it anew. Returns how many
/// were new. Committing is the caller's.
pub async fn store(connection: &mut PgConnection, batch: &[NewDelivery]) -> Result<u64, Error> {
    let column = |read: fn(&NewDelivery) -> Uuid| batch.iter().map(read).collect::<Vec<_>>();
    let tenants = column(|one| one.tenant.as_uuid());
    let ids = column(|one| one.id.as_uuid());
    let providers: Vec<&str> = batch.iter().map(|one| one.provider.as_str()).collect();
    let events: Vec<&str> = batch.iter().map(|one| one.event.as_str()).collect();
    let delivery_ids: Vec<&str> = batch.iter().map(|one| one.delivery_id.as_str()).collect();
    let hashes: Vec<&[u8]> = batch.iter().map(|one| &one.body_hash[..]).collect();
    let content_types: Vec<Option<&str>> = batch.iter().map(|one| one.content_type.as_deref()).collect();
    let bodies: Vec<&[u8]> = batch.iter().map(|one| &one.body[..]).collect();
    let times: Vec<DateTime<Utc>> = batch.iter().map(|one| one.received_at).collect();
    let stored = sqlx::query(
        "insert into deliveries
           (tenant_id, id, provider, event, delivery_id, body_hash, content_type, body, received_at, next_attempt_at)
         select tenant_id, id, provider, event, delivery_id, body_hash, content_type, body, received_at, received_at
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::bytea[],
                     $9::timestamptz[])
           as new (tenant_id, id, provider, event, delivery_id, body_hash, content_type, body, received_at)
         on conflict do nothing",
    )
    .bind(&tenants)
    .bind(&ids)
    .bind(&providers)
    .bind(&events)
    .bind(&delivery_ids)
    .bind(&hashes)
    .bind(&content_types)
    .bind(&bodies)
    .bind(&times)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if stored < batch.len() as u64 {
        sqlx::query(
            "update deliveries d
             set state = 'pending', attempts = 0, next_attempt_at = new.received_at, error = null
             from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
               as new (tenant_id, provider, delivery_id, received_at)
             where d.tenant_id = new.tenant_id
               and d.provider = new.provider
               and d.delivery_id = new.delivery_id
               and d.state = 'dead'",
        )
        .bind(&tenants)
        .bind(&providers)
        .bind(&delivery_ids)
        .bind(&times)
        .execute(&mut *connection)
        .await?;
    }
    Ok(stored)
}

/// Whether Postgres ended the statement for another transaction's sake (SQLSTATE 40P01); the same batch can be tried again.
pub fn is_deadlock(error: &Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "40P01")
}

/// A delivery that a worker has claimed.
#[derive(FromRow)]
pub struct Claimed {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub provider: String,
    pub event: String,
    pub delivery_id: String,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
    pub received_at: DateTime<Utc>,
    /// This attempt included.
    pub attempts: i32,
}

/// Claims up to `limit` that are due. The attempt is counted here, so that a delivery that kills its worker uses its
/// attempts up too.
pub async fn claim(
    executor: impl PgExecutor<'_>,
    worker: Uuid,
    now: DateTime<Utc>,
    lease: TimeDelta,
    limit: i64,
) -> Result<Vec<Claimed>, Error> {
    sqlx::query_as(
        "update deliveries d
         set claimed_by = $1, claimed_until = $3, attempts = attempts + 1
         from (select tenant_id, id from deliveries
               where state = 'pending' and next_attempt_at <= $2 and (claimed_until is null or claimed_until < $2)
               order by next_attempt_at
               limit $4
               for update skip locked) due
         where d.tenant_id = due.tenant_id and d.id = due.id
         returning d.tenant_id, d.id, d.provider, d.event, d.delivery_id, d.content_type, d.body, d.received_at, d.attempts",
    )
    .bind(worker)
    .bind(now)
    .bind(now + lease)
    .bind(limit)
    .fetch_all(executor)
    .await
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Ignored,
    Unclaimed,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Ignored => "ignored",
            Self::Unclaimed => "unclaimed",
        }
    }
}

/// Ends a claimed delivery. `false`: the claim ran out and another worker has it; then nothing of this one's work may be
/// committed.
pub async fn finish(
    executor: impl PgExecutor<'_>,
    worker: Uuid,
    delivery: &Claimed,
    outcome: Outcome,
) -> Result<bool, Error> {
    let finished = sqlx::query(
        "update deliveries
         set state = $4, claimed_by = null, claimed_until = null, error = null
         where tenant_id = $1 and id = $2 and claimed_by = $3 and state = 'pending'",
    )
    .bind(delivery.tenant_id)
    .bind(delivery.id)
    .bind(worker)
    .bind(outcome.word())
    .execute(executor)
    .await?;
    Ok(finished.rows_affected() == 1)
}

/// Puts a delivery back for later, or to the dead ones when `retry_at` is `None`.
pub async fn fail(
    executor: impl PgExecutor<'_>,
    worker: Uuid,
    delivery: &Claimed,
    error: &str,
    retry_at: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    sqlx::query(
        "update deliveries
         set state = case when $5::timestamptz is null then 'dead' else 'pending' end,
             next_attempt_at = coalesce($5, next_attempt_at),
             claimed_by = null,
             claimed_until = null,
             error = $4
         where tenant_id = $1 and id = $2 and claimed_by = $3 and state = 'pending'",
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
