//! Signals: written once each, read in pages.

mod flat;

pub use flat::{Flat, flat_page};

use crate::partitions::{Month, latest};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Actor, ConnectionId, Container, Cursor, NewSignal, Page, PageSize, SignalId, Subject, TenantId};
use serde_json::value::RawValue;
use sqlx::{Error, FromRow, PgExecutor, Postgres, QueryBuilder, types::Json};
use uuid::Uuid;

/// A signal about to be written.
pub struct Write<'a> {
    pub tenant: TenantId,
    pub connection: Option<ConnectionId>,
    pub provider: &'a str,
    /// `None`: no delivery said so, it is the caller who writes it once.
    pub delivery: Option<Uuid>,
    /// Which of the delivery's signals.
    pub ordinal: i16,
    pub received_at: DateTime<Utc>,
    pub signal: &'a NewSignal,
    /// JSON text.
    pub payload: &'a str,
}

/// Writes many in one statement and tells who listens. A signal that was written before, by an attempt that did not get to say
/// so, is left. Each gets the next position of its tenant: call this last in a transaction, and once.
pub async fn write(executor: impl PgExecutor<'_>, batch: &[Write<'_>]) -> Result<u64, Error> {
    let ids: Vec<Uuid> = batch.iter().map(|_| SignalId::generate().as_uuid()).collect();
    let tenants: Vec<Uuid> = batch.iter().map(|one| one.tenant.as_uuid()).collect();
    let connections: Vec<Option<Uuid>> = batch.iter().map(|one| one.connection.map(|id| id.as_uuid())).collect();
    let providers: Vec<&str> = batch.iter().map(|one| one.provider).collect();
    let kinds: Vec<&str> = batch.iter().map(|one| one.signal.kind.word()).collect();
    let subjects: Vec<Json<&Subject>> = batch.iter().map(|one| Json(&one.signal.subject)).collect();
    let actors: Vec<Option<Json<&Actor>>> = batch.iter().map(|one| one.signal.actor.as_ref().map(Json)).collect();
    let containers: Vec<Option<Json<&Container>>> =
        batch.iter().map(|one| one.signal.container.as_ref().map(Json)).collect();
    // Postgres has no array of arrays of different lengths: the names travel as JSON.
    let changes: Vec<Json<&[String]>> = batch.iter().map(|one| Json(one.signal.changes.as_slice())).collect();
    let occurred: Vec<DateTime<Utc>> = batch.iter().map(Write::occurred_at).collect();
    let received: Vec<DateTime<Utc>> = batch.iter().map(|one| one.received_at).collect();
    let deliveries: Vec<Option<Uuid>> = batch.iter().map(|one| one.delivery).collect();
    let ordinals: Vec<i16> = batch.iter().map(|one| one.ordinal).collect();
    let payloads: Vec<&str> = batch.iter().map(|one| one.payload).collect();
    let written: i64 = sqlx::query_scalar(
        "with new as materialized (
           select *, row_number() over (partition by tenant_id order by number) as nth
           from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[], $8::jsonb[],
                       $9::jsonb[], $10::timestamptz[], $11::timestamptz[], $12::uuid[], $13::smallint[], $14::text[])
             with ordinality
             as one (id, tenant_id, connection_id, provider, kind, subject, actor, container, changes, occurred_at,
                     received_at, delivery_id, ordinal, payload, number)),
         feeds as (
           insert into signal_feeds (tenant_id, last)
           select tenant_id, count(*) from new group by tenant_id order by tenant_id
           on conflict (tenant_id) do update
           set last = signal_feeds.last + excluded.last
           returning tenant_id, last),
         counts as (select tenant_id, count(*) as total from new group by tenant_id),
         written as (
           insert into signals
             (id, tenant_id, position, connection_id, provider, kind, subject, actor, container, changes, occurred_at,
              received_at, delivery_id, ordinal, payload)
           select id, tenant_id, feeds.last - counts.total + nth, connection_id, provider, kind, subject, actor, container,
                  array(select jsonb_array_elements_text(changes)), occurred_at, received_at, delivery_id, ordinal,
                  payload::json
           from new
           join feeds using (tenant_id)
           join counts using (tenant_id)
           on conflict do nothing
           returning tenant_id),
         told as (select pg_notify('signals', tenant_id::text) from (select distinct tenant_id from written) tenants)
         select (select count(*) from written) + 0 * (select count(*) from told)",
    )
    .bind(&ids)
    .bind(&tenants)
    .bind(&connections)
    .bind(&providers)
    .bind(&kinds)
    .bind(&subjects)
    .bind(&actors)
    .bind(&containers)
    .bind(&changes)
    .bind(&occurred)
    .bind(&received)
    .bind(&deliveries)
    .bind(&ordinals)
    .bind(&payloads)
    .fetch_one(executor)
    .await?;
    Ok(u64::try_from(written).unwrap_or_default())
}

/// When it happened, by the vendor's clock as far as that can be believed: a time that has not come would stand above all others for
/// good.
pub fn occurred_at(signal: &NewSignal, received_at: DateTime<Utc>) -> DateTime<Utc> {
    if signal.occurred_at > latest(received_at) { received_at } else { signal.occurred_at }
}

impl Write<'_> {
    fn occurred_at(&self) -> DateTime<Utc> {
        occurred_at(self.signal, self.received_at)
    }

    /// The partition it goes into.
    pub fn month(&self) -> Option<Month> {
        Month::of(self.occurred_at())
    }
}

/// A signal that a delivery may have told before it was found by itself.
pub struct Suspect<'a> {
    pub signal: &'a NewSignal,
    /// When what it changes was written last; `None`: it was not known.
    pub known_at: Option<DateTime<Utc>>,
}

/// Which of these deliveries have told already, by their numbers: as a signal of the same kind, as late as this one less `leeway`
/// or later, and where nothing of it is said to have changed, since the subject was written; or by signals since then that name
/// every one of its changes. All of the same connection and subject; where both name a page of the subject, it has to be the
/// same, for ids may be a site's own. What is older than `since` is not looked at.
pub async fn told_by_deliveries(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    suspects: &[Suspect<'_>],
    leeway: TimeDelta,
    since: DateTime<Utc>,
) -> Result<Vec<usize>, Error> {
    let signals = || suspects.iter().map(|one| one.signal);
    let kinds: Vec<&str> = signals().map(|one| one.kind.word()).collect();
    let subjects: Vec<&str> = signals().map(|one| one.subject.external_id.as_str()).collect();
    let urls: Vec<Option<&str>> = signals().map(|one| one.subject.url.as_deref()).collect();
    let changes: Vec<Json<&[String]>> = signals().map(|one| Json(one.changes.as_slice())).collect();
    let earliest: Vec<DateTime<Utc>> = signals().map(|one| (one.occurred_at - leeway).max(since)).collect();
    let known: Vec<Option<DateTime<Utc>>> = suspects.iter().map(|one| one.known_at).collect();
    let oldest = earliest.iter().copied().chain(known.iter().flatten().copied()).min().unwrap_or(since).max(since);
    let numbers: Vec<i64> = sqlx::query_scalar(
        "with told as materialized (
           select kind, subject ->> 'external_id' as id, subject ->> 'url' as url, changes, occurred_at
           from signals
           where tenant_id = $1
             and connection_id = $2
             and occurred_at >= $9
             and delivery_id is not null
             and subject ->> 'external_id' = any($4)),
         new as (
           select *
           from unnest($3::text[], $4::text[], $5::text[], $6::jsonb[], $7::timestamptz[], $8::timestamptz[]) with ordinality
             as one (kind, id, url, changes, earliest, known_at, number)),
         twins as (
           select new.number, new.known_at, told.changes as told_changes, told.occurred_at,
                  new.kind = told.kind and (told.occurred_at >= new.earliest
                                            or new.changes = '[]' and told.occurred_at > new.known_at) as is_same
           from new
           join told on told.id = new.id and (new.url is null or told.url is null or new.url = told.url))
         select new.number
         from new
         where exists (
             select 1 from twins where twins.number = new.number and is_same)
           or jsonb_array_length(new.changes) > 0 and not exists (
             select 1
             from jsonb_array_elements_text(new.changes) as change
             where not exists (
               select 1
               from twins
               where twins.number = new.number
                 and twins.occurred_at > twins.known_at
                 and change = any(twins.told_changes)))",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .bind(&kinds)
    .bind(&subjects)
    .bind(&urls)
    .bind(&changes)
    .bind(&earliest)
    .bind(&known)
    .bind(oldest)
    .fetch_all(executor)
    .await?;
    Ok(numbers.into_iter().filter_map(|number| usize::try_from(number - 1).ok()).collect())
}

/// Which of a tenant's signals. All conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub provider: Option<String>,
    /// Only of these; `None`: of all.
    pub providers: Option<Vec<String>>,
    pub connection: Option<ConnectionId>,
    pub kind: Option<&'static str>,
    /// Whether the changes of connections themselves are left out.
    pub without_lifecycle: bool,
    /// Inclusive.
    pub occurred_after: Option<DateTime<Utc>>,
    /// Exclusive.
    pub occurred_before: Option<DateTime<Utc>>,
}

/// A signal as stored.
#[derive(FromRow)]
pub struct Signal {
    pub id: Uuid,
    pub connection_id: Option<Uuid>,
    pub provider: String,
    pub kind: String,
    pub subject: Json<Box<RawValue>>,
    pub actor: Option<Json<Box<RawValue>>>,
    pub container: Option<Json<Box<RawValue>>>,
    pub changes: Vec<String>,
    pub occurred_at: DateTime<Utc>,
    pub received_at: DateTime<Utc>,
    pub delivery_id: Option<Uuid>,
    pub payload: Option<Json<Box<RawValue>>>,
}

/// Whether a page carries the vendors' payloads, which are most of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payloads {
    Include,
    Leave,
}

/// A signal and its place in the tenant's feed.
#[derive(FromRow)]
pub struct Fed {
    pub position: i64,
    #[sqlx(flatten)]
    pub signal: Signal,
}

/// The tenant's last position: what is up to it is committed, and what comes is behind it.
pub async fn last_position(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<i64, Error> {
    let last: Option<i64> = sqlx::query_scalar("select last from signal_feeds where tenant_id = $1")
        .bind(tenant.as_uuid())
        .fetch_optional(executor)
        .await?;
    Ok(last.unwrap_or_default())
}

/// Those behind `after` and up to `upto`, in the order of the feed, at most `limit`.
pub async fn after(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    (after, upto): (i64, i64),
    filter: &Filter,
    payloads: Payloads,
    limit: i64,
) -> Result<Vec<Fed>, Error> {
    let mut query = selected(payloads);
    query.push_bind(tenant.as_uuid());
    conditions(&mut query, filter);
    query.push(" and position > ").push_bind(after).push(" and position <= ").push_bind(upto);
    query.push(" order by position limit ").push_bind(limit);
    query.build_query_as().fetch_all(executor).await
}

/// One of a tenant's, by its place in the feed and the time that says in which partition it is.
pub async fn at(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    position: i64,
    occurred_at: DateTime<Utc>,
) -> Result<Option<Signal>, Error> {
    let mut query = selected(Payloads::Include);
    query.push_bind(tenant.as_uuid());
    query.push(" and position = ").push_bind(position).push(" and occurred_at = ").push_bind(occurred_at);
    query.build_query_as().fetch_optional(executor).await
}

/// A page: the newest signals that the filter leaves, or those behind `after`.
pub struct Wanted<'a> {
    pub tenant: TenantId,
    pub filter: &'a Filter,
    pub after: Option<Cursor>,
    pub size: PageSize,
    pub payloads: Payloads,
}

/// Newest first.
pub async fn page(executor: impl PgExecutor<'_>, wanted: &Wanted<'_>) -> Result<Page<Signal>, Error> {
    let signals: Vec<Signal> = selection(wanted).build_query_as().fetch_all(executor).await?;
    Ok(Page::from_one_more(signals, wanted.size, |last| Cursor { at: last.occurred_at, id: last.id }))
}

/// One row more than the page holds. Plain columns are compared only where a filter asks, so that each combination is one index
/// range.
fn selection(wanted: &Wanted<'_>) -> QueryBuilder<Postgres> {
    let mut query = selected(wanted.payloads);
    query.push_bind(wanted.tenant.as_uuid());
    conditions(&mut query, wanted.filter);
    if let Some(Cursor { at, id }) = wanted.after {
        // The first of the two says nothing more; it is what partitions are left out by.
        query.push(" and occurred_at <= ").push_bind(at);
        query.push(" and (occurred_at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(" order by occurred_at desc, id desc limit ").push_bind(wanted.size.get() + 1);
    query
}

/// Ends where the tenant has to be bound.
fn selected(payloads: Payloads) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "select position, id, connection_id, provider, kind, subject, actor, container, changes, occurred_at, received_at,
                delivery_id, ",
    );
    query.push(match payloads {
        Payloads::Include => "payload",
        Payloads::Leave => "null::json as payload",
    });
    query.push(" from signals where tenant_id = ");
    query
}

fn conditions(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    let Filter { provider, providers, connection, kind, without_lifecycle, occurred_after, occurred_before } = filter;
    if let Some(provider) = provider {
        query.push(" and provider = ").push_bind(provider.clone());
    }
    if let Some(providers) = providers {
        query.push(" and provider = any(").push_bind(providers.clone()).push(")");
    }
    if let Some(connection) = connection {
        query.push(" and connection_id = ").push_bind(connection.as_uuid());
    }
    if let Some(kind) = kind {
        query.push(" and kind = ").push_bind(*kind);
    }
    if *without_lifecycle {
        query.push(" and kind not like 'connection\\_%'");
    }
    if let Some(from) = occurred_after {
        query.push(" and occurred_at >= ").push_bind(*from);
    }
    if let Some(to) = occurred_before {
        query.push(" and occurred_at < ").push_bind(*to);
    }
}
