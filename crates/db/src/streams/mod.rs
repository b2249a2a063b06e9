//! Streams: which a connection has, where each stands, and what makes them due.

mod progress;
mod queue;

pub use progress::{Counts, Moment, Progress, advance, end_pass, fetched, missed, restart, take_named};
pub use queue::{Claim, Claimed, Failed, Fairness, Turn, claim, fail, finish, give_way, keep, let_go_for_any_tenant};

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{ConnectionId, TenantId};
use sqlx::{Error, FromRow, PgExecutor, types::Json};
use uuid::Uuid;

/// Ids that one stream remembers from pushes. When there are more, they are forgotten: the stream's own cursor leads to what
/// they name.
const MOST_NAMED: i32 = 1000;

/// What a stream is being read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// All there is, from the beginning.
    Listing,
    /// It has all been listed; what was not among it is marked as gone.
    Missing,
    /// What has changed since.
    Changes,
}

impl Phase {
    /// The word in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Listing => "listing",
            Self::Missing => "missing",
            Self::Changes => "changes",
        }
    }

    /// The database's word, read back. The column's check keeps it to three.
    fn of(word: &str) -> Self {
        [Self::Missing, Self::Changes].into_iter().find(|phase| phase.word() == word).unwrap_or(Self::Listing)
    }
}

/// Gives a connection that was just made these streams, due at once. Those it has go on where they are.
pub async fn put(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    names: &[String],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "insert into streams (tenant_id, connection_id, name, due_at)
         select $1, $2, name, $4
         from unnest($3::text[]) as name
         on conflict (tenant_id, connection_id, name) do update
         set due_at = least(streams.due_at, excluded.due_at),
             rests_until = null,
             asleep = false,
             pushes = streams.pushes + 1",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .bind(names)
    .bind(now)
    .execute(executor)
    .await?;
    Ok(())
}

/// Takes all streams from a connection but these.
pub async fn retain(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    names: &[String],
) -> Result<(), Error> {
    sqlx::query("delete from streams where tenant_id = $1 and connection_id = $2 and name <> all($3)")
        .bind(tenant.as_uuid())
        .bind(connection.as_uuid())
        .bind(names)
        .execute(executor)
        .await?;
    Ok(())
}

/// A stream that a provider's code knows.
pub struct Offered<'a> {
    pub name: &'a str,
    /// Any of these is enough; empty: none is needed.
    pub scopes: &'a [String],
}

/// Gives every connection of a provider the streams that its scopes reach and that it does not have, due within some time.
/// Returns how many.
pub async fn adopt_for_any_tenant(
    executor: impl PgExecutor<'_>,
    provider: &str,
    offered: &[Offered<'_>],
    now: DateTime<Utc>,
    within: TimeDelta,
) -> Result<u64, Error> {
    let names: Vec<&str> = offered.iter().map(|one| one.name).collect();
    let scopes: Vec<Json<&[String]>> = offered.iter().map(|one| Json(one.scopes)).collect();
    let done = sqlx::query(
        "insert into streams (tenant_id, connection_id, name, due_at)
         select c.tenant_id, c.id, one.name, $4 + random() * make_interval(secs => $5)
         from connections c
         cross join unnest($2::text[], $3::jsonb[]) as one (name, scopes)
         where c.provider = $1
           and c.status <> 'revoked'
           and (one.scopes = '[]' or c.scopes && array(select jsonb_array_elements_text(one.scopes)))
           and not exists (
             select 1
             from streams s
             where (s.tenant_id, s.connection_id, s.name) = (c.tenant_id, c.id, one.name))
         on conflict do nothing",
    )
    .bind(provider)
    .bind(&names)
    .bind(&scopes)
    .bind(now)
    .bind(within.as_seconds_f64())
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}

/// Something of a connection that a vendor said has changed.
pub struct Stale<'a> {
    pub tenant: TenantId,
    pub connection: ConnectionId,
    pub stream: &'a str,
    pub ids: &'a [String],
}

/// Makes streams due because the vendor said that something in them has changed. A stream that the connection does not have
/// stays absent: its scopes do not reach that far. One that rests after a failure rests on, and what was named is kept for it.
pub async fn mark_stale(executor: impl PgExecutor<'_>, stale: &[Stale<'_>], now: DateTime<Utc>) -> Result<(), Error> {
    let tenants: Vec<Uuid> = stale.iter().map(|one| one.tenant.as_uuid()).collect();
    let connections: Vec<Uuid> = stale.iter().map(|one| one.connection.as_uuid()).collect();
    let names: Vec<&str> = stale.iter().map(|one| one.stream).collect();
    let ids: Vec<Json<&[String]>> = stale.iter().map(|one| Json(one.ids)).collect();
    sqlx::query(
        "with said as (
           select new.tenant_id, new.connection_id, new.name, array_remove(array_agg(distinct id), null) as ids
           from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[]) as new (tenant_id, connection_id, name, ids)
           left join lateral jsonb_array_elements_text(new.ids) as id on true
           group by new.tenant_id, new.connection_id, new.name),
         held as (
           select s.tenant_id, s.connection_id, s.name, said.ids
           from streams s
           join said using (tenant_id, connection_id, name)
           order by s.tenant_id, s.connection_id, s.name
           for update of s)
         update streams s
         set due_at = least(s.due_at, greatest($5, s.rests_until)),
             pushes = s.pushes + 1,
             named = case when cardinality(s.named) + cardinality(held.ids) > $6 then '{}'
                          else array(select distinct unnest(s.named || held.ids)) end
         from held
         where (s.tenant_id, s.connection_id, s.name) = (held.tenant_id, held.connection_id, held.name)",
    )
    .bind(&tenants)
    .bind(&connections)
    .bind(&names)
    .bind(&ids)
    .bind(now)
    .bind(MOST_NAMED)
    .execute(executor)
    .await?;
    Ok(())
}

/// A stream that somebody has asked for.
#[derive(Debug, Clone, FromRow)]
pub struct Asked {
    pub name: String,
    /// Once the stream's [`Standing::answered`] is this far, a run that began after the question has ended.
    pub pushes: i64,
}

/// Makes a connection's streams due because somebody asks for it; all of them, or those named. `anew`: from the beginning,
/// unless that is where they are.
pub async fn make_due(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    names: Option<&[String]>,
    anew: bool,
    now: DateTime<Utc>,
) -> Result<Vec<Asked>, Error> {
    sqlx::query_as(
        "update streams
         set due_at = least(due_at, $4),
             rests_until = null,
             pushes = pushes + 1,
             anew = anew or ($5 and phase = 'changes')
         where tenant_id = $1
           and connection_id = $2
           and ($3::text[] is null or name = any($3))
         returning name, pushes",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .bind(names)
    .bind(now)
    .bind(anew)
    .fetch_all(executor)
    .await
}

/// The connection has a token to give again.
pub async fn wake(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "update streams
         set due_at = $3,
             rests_until = null,
             asleep = false
         where tenant_id = $1
           and connection_id = $2
           and asleep",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .bind(now)
    .execute(executor)
    .await?;
    Ok(())
}

/// How a stream stands, for people.
#[derive(Debug, Clone, FromRow)]
pub struct Standing {
    pub name: String,
    pub phase: String,
    pub cursor_at: Option<DateTime<Utc>>,
    pub baseline_at: Option<DateTime<Utc>>,
    pub due_at: DateTime<Utc>,
    pub asleep: bool,
    pub claimed_until: Option<DateTime<Utc>>,
    pub attempts: i32,
    pub finished_at: Option<DateTime<Utc>>,
    pub trouble: Option<String>,
    pub error: Option<String>,
    pub rests_until: Option<DateTime<Utc>>,
    pub started_at: Option<DateTime<Utc>>,
    pub pages: i32,
    pub seen: i64,
    pub created: i64,
    pub updated: i64,
    pub deleted: i64,
    pub kept: i64,
    pub pushes: i64,
    pub answered: i64,
}

pub async fn of(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<Vec<Standing>, Error> {
    sqlx::query_as(
        "select name, phase, cursor_at, baseline_at, due_at, asleep, claimed_until, attempts, finished_at, trouble, error,
                rests_until, started_at, pages, seen, created, updated, deleted, kept, pushes, answered
         from streams
         where tenant_id = $1
           and connection_id = $2
         order by name",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .fetch_all(executor)
    .await
}

/// Whether a connection has a stream.
pub async fn is_there(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    name: &str,
) -> Result<bool, Error> {
    sqlx::query_scalar(
        "select exists (select 1 from streams where tenant_id = $1 and connection_id = $2 and name = $3)",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .bind(name)
    .fetch_one(executor)
    .await
}

/// The connection has ended.
pub async fn forget(executor: impl PgExecutor<'_>, tenant: TenantId, connection: ConnectionId) -> Result<(), Error> {
    sqlx::query("delete from streams where tenant_id = $1 and connection_id = $2")
        .bind(tenant.as_uuid())
        .bind(connection.as_uuid())
        .execute(executor)
        .await?;
    Ok(())
}
