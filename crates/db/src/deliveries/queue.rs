//! Claims. Most take whatever is oldest, some go round the lanes first: the former waste no look on waiting lanes, the latter let
//! nobody's flood hold up others.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::TenantId;
use sqlx::{Error, FromRow, PgConnection, PgExecutor, types::Json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Lanes that one claim looks at.
const LANES: i64 = 64;
/// Deliveries of one lane that a claim by lanes takes.
const PER_LANE: i64 = 4;

/// A delivery that a worker has claimed.
#[derive(FromRow)]
pub struct Claimed {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub provider: String,
    pub event: String,
    pub delivery_id: String,
    pub hook_id: Option<Uuid>,
    pub headers: Json<BTreeMap<String, String>>,
    pub content_type: Option<String>,
    #[sqlx(try_from = "Vec<u8>")]
    pub body: Bytes,
    pub received_at: DateTime<Utc>,
    /// What its row says will have become of it; see [`super::finish`].
    pub state: String,
    /// This attempt included.
    pub attempts: i32,
    /// How often a person has asked to have it read again.
    pub replays: i32,
}

/// Which of the due deliveries are taken first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Those that have waited longest.
    Oldest,
    /// Some of each lane, from this lane on and round; then, where there is room left, the oldest.
    Lanes(Uuid),
}

/// Claims up to `limit` that are due. The attempt is counted here, so that a delivery that kills its worker uses its
/// attempts up too.
pub async fn claim(
    connection: &mut PgConnection,
    worker: Uuid,
    now: DateTime<Utc>,
    lease: TimeDelta,
    limit: i64,
    order: Order,
) -> Result<Vec<Claimed>, Error> {
    match order {
        Order::Oldest => oldest(connection, worker, now, lease, limit).await,
        Order::Lanes(start) => {
            let mut claimed = by_lanes(&mut *connection, worker, now, lease, limit, start).await?;
            let room = |claimed: &[Claimed]| limit - i64::try_from(claimed.len()).unwrap_or(limit);
            if room(&claimed) > 0 {
                let rest = room(&claimed);
                claimed.extend(by_lanes(&mut *connection, worker, now, lease, rest, Uuid::nil()).await?);
            }
            if room(&claimed) > 0 {
                claimed.extend(oldest(connection, worker, now, lease, room(&claimed)).await?);
            }
            Ok(claimed)
        }
    }
}

/// What is due is found once, in a part of its own: as a subquery it may be asked for each row of the table, each time up to the
/// limit. It is updated where it lies (`ctid`, which holds while the row is locked): by their keys a kept plan would look for the rows
/// in the whole table, which after a storm is mostly dead ones. And each delivery is looked up by its key, which is what `lateral` and
/// `limit` come to: a plan that was kept since the day's partition was empty would read all of it for every claim.
async fn oldest(
    executor: impl PgExecutor<'_>,
    worker: Uuid,
    now: DateTime<Utc>,
    lease: TimeDelta,
    limit: i64,
) -> Result<Vec<Claimed>, Error> {
    sqlx::query_as(
        "with due as materialized (
           select ctid
           from delivery_queue
           where state = 'ready'
             and next_attempt_at <= $2
             and (claimed_until is null or claimed_until < $2)
           order by next_attempt_at
           limit $4
           for update skip locked),
         claimed as (
           update delivery_queue q
           set claimed_by = $1, claimed_until = $3, attempts = attempts + 1
           where q.ctid = any(array(select ctid from due))
           returning q.tenant_id, q.delivery_id, q.attempts, q.replays)
         select d.tenant_id, d.id, d.provider, d.event, d.delivery_id, d.hook_id, d.headers, d.content_type, d.body,
                d.received_at, d.state, c.attempts, c.replays
         from claimed c
         cross join lateral (
           select *
           from deliveries
           where tenant_id = c.tenant_id and id = c.delivery_id
           limit 1) d",
    )
    .bind(worker)
    .bind(now)
    .bind(now + lease)
    .bind(limit)
    .fetch_all(executor)
    .await
}

/// The lanes are found one after the other in the index, without reading what waits in them.
async fn by_lanes(
    executor: impl PgExecutor<'_>,
    worker: Uuid,
    now: DateTime<Utc>,
    lease: TimeDelta,
    limit: i64,
    start: Uuid,
) -> Result<Vec<Claimed>, Error> {
    sqlx::query_as(
        "with recursive lanes (lane) as (
           (select lane
            from delivery_queue
            where state = 'ready' and lane >= $5
            order by lane
            limit 1)
           union all
           select (select q.lane
                   from delivery_queue q
                   where q.state = 'ready' and q.lane > lanes.lane
                   order by q.lane
                   limit 1)
           from lanes
           where lanes.lane is not null),
         looked_at as (select lane from lanes where lane is not null limit $6),
         due as materialized (
           select picked.ctid
           from looked_at
           cross join lateral (
             select q.ctid
             from delivery_queue q
             where q.state = 'ready'
               and q.lane = looked_at.lane
               and q.next_attempt_at <= $2
               and (q.claimed_until is null or q.claimed_until < $2)
             order by q.next_attempt_at
             limit $7
             for update skip locked) picked
           limit $4),
         claimed as (
           update delivery_queue q
           set claimed_by = $1, claimed_until = $3, attempts = attempts + 1
           where q.ctid = any(array(select ctid from due))
           returning q.tenant_id, q.delivery_id, q.attempts, q.replays)
         select d.tenant_id, d.id, d.provider, d.event, d.delivery_id, d.hook_id, d.headers, d.content_type, d.body,
                d.received_at, d.state, c.attempts, c.replays
         from claimed c
         cross join lateral (
           select *
           from deliveries
           where tenant_id = c.tenant_id and id = c.delivery_id
           limit 1) d",
    )
    .bind(worker)
    .bind(now)
    .bind(now + lease)
    .bind(limit)
    .bind(start)
    .bind(LANES)
    .bind(PER_LANE)
    .fetch_all(executor)
    .await
}

/// What waits to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Waiting {
    pub ready: i64,
    pub dead: i64,
    /// When the oldest that waits was due.
    pub oldest: Option<DateTime<Utc>>,
}

/// How much waits, of all tenants.
pub async fn waiting(executor: impl PgExecutor<'_>) -> Result<Waiting, Error> {
    sqlx::query_as(
        "select count(*) filter (where state = 'ready') as ready,
                count(*) filter (where state = 'dead') as dead,
                min(next_attempt_at) filter (where state = 'ready') as oldest
         from delivery_queue",
    )
    .fetch_one(executor)
    .await
}

/// The numbers of a tenant's signals of a delivery that have been written before.
pub async fn written(executor: impl PgExecutor<'_>, tenant: TenantId, delivery: Uuid) -> Result<Vec<i16>, Error> {
    sqlx::query_scalar("select ordinal from signals where tenant_id = $1 and delivery_id = $2")
        .bind(tenant.as_uuid())
        .bind(delivery)
        .fetch_all(executor)
        .await
}
