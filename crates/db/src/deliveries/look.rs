//! Deliveries as people see them: those to a tenant's own address, and those to the app's that turned out to be the tenant's.

use chrono::{DateTime, Utc};
use kernel::{Cursor, DeliveryId, Page, PageSize, TenantId, lowest_id_at};
use sqlx::{Error, FromRow, PgExecutor, Postgres, QueryBuilder, types::Json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What became of a delivery, or what is to become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventState {
    Pending,
    Done,
    Ignored,
    Unclaimed,
    Dead,
}

impl EventState {
    pub const ALL: [Self; 5] = [Self::Pending, Self::Done, Self::Ignored, Self::Unclaimed, Self::Dead];

    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Ignored => "ignored",
            Self::Unclaimed => "unclaimed",
            Self::Dead => "dead",
        }
    }
}

/// Which deliveries. All conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    pub provider: Option<String>,
    /// Only of these; `None`: of all.
    pub providers: Option<Vec<String>>,
    pub event: Option<String>,
    pub state: Option<EventState>,
    /// Inclusive.
    pub received_after: Option<DateTime<Utc>>,
    /// Exclusive.
    pub received_before: Option<DateTime<Utc>>,
}

/// A delivery, without its body.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Event {
    /// The nil UUID: it came to the app's address.
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub provider: String,
    pub event: String,
    pub delivery_id: String,
    pub hook_id: Option<Uuid>,
    pub headers: Json<BTreeMap<String, String>>,
    pub content_type: Option<String>,
    pub bytes: i32,
    pub received_at: DateTime<Utc>,
    pub state: String,
    /// Of those that wait or are dead; null once it is done with.
    pub attempts: Option<i32>,
    pub next_attempt_at: Option<DateTime<Utc>>,
    pub error: Option<String>,
}

/// While a delivery is in the queue, its row there says how it stands, and after that its own does.
pub(crate) const STATE: &str = "case q.state when 'ready' then 'pending' when 'dead' then 'dead' else d.state end";

const COLUMNS: &str = "d.tenant_id, d.id, d.provider, d.event, d.delivery_id, d.hook_id, d.headers, d.content_type,
        octet_length(d.body) as bytes, d.received_at, q.attempts, q.next_attempt_at, q.error";

/// Those of a tenant (or, for [`TenantId::UNADDRESSED`], all that came to the app's own addresses), newest first. Both ways in
/// which a delivery can be a tenant's are read in the order of the ids and merged.
pub async fn page(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    filter: &EventFilter,
    after: Option<Cursor>,
    size: PageSize,
) -> Result<Page<Event>, Error> {
    let mut query = QueryBuilder::new("select * from ((");
    sent_to(&mut query, tenant);
    conditions(&mut query, filter, after.map(|cursor| Beyond::Older(cursor.id)));
    query.push(" order by d.id desc limit ").push_bind(size.get() + 1);
    if tenant != TenantId::UNADDRESSED {
        query.push(") union all (");
        turned_out_to_be(&mut query, tenant);
        conditions(&mut query, filter, after.map(|cursor| Beyond::Older(cursor.id)));
        query.push(" order by d.id desc limit ").push_bind(size.get() + 1);
    }
    query.push(")) both_ways order by id desc limit ").push_bind(size.get() + 1);
    let events: Vec<Event> = query.build_query_as().fetch_all(executor).await?;
    Ok(Page::from_one_more(events, size, |last| Cursor { at: last.received_at, id: last.id }))
}

/// Where a page begins: behind the last row of the page before.
#[derive(Clone, Copy)]
enum Beyond {
    Older(Uuid),
    Newer(Uuid),
}

fn columns(query: &mut QueryBuilder<Postgres>) {
    query.push("select ").push(COLUMNS).push(", ").push(STATE).push(" as state");
}

fn sent_to(query: &mut QueryBuilder<Postgres>, tenant: TenantId) {
    columns(query);
    query.push(
        " from deliveries d
          left join delivery_queue q on q.tenant_id = d.tenant_id and q.delivery_id = d.id
          where d.tenant_id = ",
    );
    query.push_bind(tenant.as_uuid());
}

fn turned_out_to_be(query: &mut QueryBuilder<Postgres>, tenant: TenantId) {
    columns(query);
    query.push(
        " from delivery_addressees a
          join deliveries d on d.tenant_id = '00000000-0000-0000-0000-000000000000' and d.id = a.delivery_id
          left join delivery_queue q on q.tenant_id = d.tenant_id and q.delivery_id = d.id
          where a.tenant_id = ",
    );
    query.push_bind(tenant.as_uuid());
}

/// Times are turned into ids: the partitions and the key are in their order.
fn conditions(query: &mut QueryBuilder<Postgres>, filter: &EventFilter, beyond: Option<Beyond>) {
    let EventFilter { provider, providers, event, state, received_after, received_before } = filter;
    if let Some(provider) = provider {
        query.push(" and d.provider = ").push_bind(provider.clone());
    }
    if let Some(providers) = providers {
        query.push(" and d.provider = any(").push_bind(providers.clone()).push(")");
    }
    if let Some(event) = event {
        query.push(" and d.event = ").push_bind(event.clone());
    }
    match state {
        // Dead letters have an index there.
        Some(EventState::Dead) => {
            query.push(" and q.state = 'dead'");
        }
        Some(EventState::Pending) => {
            query.push(" and q.state = 'ready'");
        }
        Some(state @ (EventState::Done | EventState::Ignored | EventState::Unclaimed)) => {
            query.push(" and q.state is null and d.state = ").push_bind(state.word());
        }
        None => {}
    }
    if let Some(from) = received_after {
        query.push(" and d.id >= ").push_bind(lowest_id_at(*from));
    }
    if let Some(to) = received_before {
        query.push(" and d.id < ").push_bind(lowest_id_at(*to));
    }
    match beyond {
        Some(Beyond::Older(id)) => {
            query.push(" and d.id < ").push_bind(id);
        }
        Some(Beyond::Newer(id)) => {
            query.push(" and d.id > ").push_bind(id);
        }
        None => {}
    }
}

/// One of a tenant's.
pub async fn find_event(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: DeliveryId,
) -> Result<Option<Event>, Error> {
    let mut query = QueryBuilder::new("");
    columns(&mut query);
    query.push(
        " from deliveries d
          left join delivery_queue q on q.tenant_id = d.tenant_id and q.delivery_id = d.id
          where d.id = ",
    );
    query.push_bind(id.as_uuid());
    query.push(" and (d.tenant_id = ").push_bind(tenant.as_uuid());
    query.push(
        " or (d.tenant_id = '00000000-0000-0000-0000-000000000000'
              and exists (select 1 from delivery_addressees a where a.delivery_id = d.id and a.tenant_id = ",
    );
    query.push_bind(tenant.as_uuid()).push(")))");
    query.build_query_as().fetch_optional(executor).await
}

/// The bytes as they arrived, of an event that [`find_event`] has found.
pub async fn body(executor: impl PgExecutor<'_>, event: &Event) -> Result<Option<Vec<u8>>, Error> {
    sqlx::query_scalar("select body from deliveries where tenant_id = $1 and id = $2")
        .bind(event.tenant_id)
        .bind(event.id)
        .fetch_optional(executor)
        .await
}

/// Ids and kinds of the signals that were read out of a delivery; the tenant's own.
pub async fn signals_of(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    delivery: DeliveryId,
) -> Result<Vec<(Uuid, String)>, Error> {
    sqlx::query_as(
        "select id, kind
         from signals
         where tenant_id = $1 and delivery_id = $2
         order by ordinal, id
         limit 1000",
    )
    .bind(tenant.as_uuid())
    .bind(delivery.as_uuid())
    .fetch_all(executor)
    .await
}

/// Queues deliveries anew, from the first attempt on. What waits already is due at once; what a worker holds is left to it.
/// Returns how many will be read.
pub async fn replay(executor: impl PgExecutor<'_>, deliveries: &[Event], now: DateTime<Utc>) -> Result<u64, Error> {
    let tenants: Vec<Uuid> = deliveries.iter().map(|one| one.tenant_id).collect();
    let ids: Vec<Uuid> = deliveries.iter().map(|one| one.id).collect();
    let queued: i64 = sqlx::query_scalar(
        "with again as (
           select d.tenant_id, d.id
           from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, id)
           join deliveries d on d.tenant_id = wanted.tenant_id and d.id = wanted.id
           order by d.tenant_id, d.id),
         queued as (
           insert into delivery_queue (tenant_id, delivery_id, lane, next_attempt_at, replays)
           select tenant_id, id, tenant_id, $3, 1 from again
           on conflict (tenant_id, delivery_id) do update
           set state = 'ready', attempts = 0, next_attempt_at = $3, error = null, replays = delivery_queue.replays + 1
           where delivery_queue.claimed_until is null or delivery_queue.claimed_until < $3
           returning 1)
         select count(*) from queued",
    )
    .bind(&tenants)
    .bind(&ids)
    .bind(now)
    .fetch_one(executor)
    .await?;
    Ok(u64::try_from(queued).unwrap_or_default())
}

/// Those of a tenant that a filter names, oldest first and behind `after`, at most `limit`.
pub async fn replayable(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    filter: &EventFilter,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Event>, Error> {
    let beyond = || after.map(|cursor| Beyond::Newer(cursor.id));
    let mut query = QueryBuilder::new("select * from ((");
    sent_to(&mut query, tenant);
    conditions(&mut query, filter, beyond());
    query.push(" order by d.id limit ").push_bind(limit);
    if tenant != TenantId::UNADDRESSED {
        query.push(") union all (");
        turned_out_to_be(&mut query, tenant);
        conditions(&mut query, filter, beyond());
        query.push(" order by d.id limit ").push_bind(limit);
    }
    query.push(")) both_ways order by id limit ").push_bind(limit);
    query.build_query_as().fetch_all(executor).await
}
