//! The chain of a tenant's lines, as it is stored. What the hashes are made of is the connectors service's to know: it has the key.

use chrono::{DateTime, Utc};
use kernel::TenantId;
use sqlx::{Error, FromRow, PgExecutor};
use uuid::Uuid;
use vault::Sealed;

/// The two ends of a chain.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Ends {
    pub chain: Uuid,
    pub first_seq: i64,
    pub before_first: Vec<u8>,
    pub last_seq: i64,
    pub last_hash: Vec<u8>,
    pub chained_at: DateTime<Utc>,
    pub mac: Vec<u8>,
}

/// A line as the chain sees it: the detail is the text that Postgres makes of it, which a dump and a restore do not change.
#[derive(Debug, Clone, FromRow)]
pub struct Link {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub action: String,
    pub target: String,
    pub detail: String,
    pub request_id: Option<String>,
    pub address: Option<String>,
    pub seq: Option<i64>,
    pub salt: Option<Vec<u8>>,
    pub hash: Option<Vec<u8>>,
    pub content: Option<Vec<u8>>,
    pub erasure: Option<Vec<u8>>,
}

const LINK: &str =
    "id, at, actor, action, target, detail::text as detail, request_id, address, seq, salt, hash, content, erasure";

/// What a line is given when it is chained.
pub struct Chained {
    pub id: Uuid,
    pub seq: i64,
    pub salt: Vec<u8>,
    pub hash: Vec<u8>,
}

/// What is left of a line whose words go.
pub struct Erased {
    pub id: Uuid,
    pub actor: String,
    pub target: String,
    pub content: Vec<u8>,
    pub erasure: Vec<u8>,
}

/// The key, as it is sealed; `None`: nobody has needed one yet.
pub async fn key(executor: impl PgExecutor<'_>) -> Result<Option<Vec<u8>>, Error> {
    sqlx::query_scalar("select sealed from audit_keys").fetch_optional(executor).await
}

/// Keeps the first: of two processes that make one, both use what is there then.
pub async fn keep_key(executor: impl PgExecutor<'_>, sealed: &Sealed) -> Result<(), Error> {
    sqlx::query("insert into audit_keys (sealed) values ($1) on conflict do nothing")
        .bind(sealed.as_bytes())
        .execute(executor)
        .await?;
    Ok(())
}

/// Tenants from this one on that have lines to be chained, in their order. Jumps from one to the next, however many lines each has.
pub async fn unchained_for_any_tenant(
    executor: impl PgExecutor<'_>,
    from: TenantId,
    limit: i64,
) -> Result<Vec<TenantId>, Error> {
    let tenants: Vec<Uuid> = sqlx::query_scalar(
        "with recursive waiting as (
           (select tenant_id, 1 as nth
            from audit_log
            where seq is null and tenant_id >= $1
            order by tenant_id
            limit 1)
           union all
           select (select a.tenant_id
                   from audit_log a
                   where a.seq is null and a.tenant_id > waiting.tenant_id
                   order by a.tenant_id
                   limit 1), nth + 1
           from waiting
           where waiting.tenant_id is not null and nth < $2)
         select tenant_id from waiting where tenant_id is not null",
    )
    .bind(from.as_uuid())
    .bind(limit)
    .fetch_all(executor)
    .await?;
    Ok(tenants.into_iter().map(TenantId::from_uuid).collect())
}

/// Begins a chain, unless there is one.
pub async fn begin(executor: impl PgExecutor<'_>, tenant: TenantId, ends: &Ends) -> Result<(), Error> {
    sqlx::query(
        "insert into audit_chains (tenant_id, chain, first_seq, before_first, last_seq, last_hash, chained_at, mac)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict do nothing",
    )
    .bind(tenant.as_uuid())
    .bind(ends.chain)
    .bind(ends.first_seq)
    .bind(&ends.before_first)
    .bind(ends.last_seq)
    .bind(&ends.last_hash)
    .bind(ends.chained_at)
    .bind(&ends.mac)
    .execute(executor)
    .await?;
    Ok(())
}

/// The ends as they are now.
pub async fn ends(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<Option<Ends>, Error> {
    sqlx::query_as(
        "select chain, first_seq, before_first, last_seq, last_hash, chained_at, mac from audit_chains where tenant_id = $1",
    )
    .bind(tenant.as_uuid())
    .fetch_optional(executor)
    .await
}

/// The same, and nobody else chains, drops or erases lines until the transaction ends. `None`: there is no chain, or somebody is
/// at it.
pub async fn hold(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<Option<Ends>, Error> {
    sqlx::query_as(
        "select chain, first_seq, before_first, last_seq, last_hash, chained_at, mac
         from audit_chains
         where tenant_id = $1
         for update skip locked",
    )
    .bind(tenant.as_uuid())
    .fetch_optional(executor)
    .await
}

/// Puts the ends where they are now. The chain is held.
pub async fn set_ends(executor: impl PgExecutor<'_>, tenant: TenantId, ends: &Ends) -> Result<(), Error> {
    sqlx::query(
        "update audit_chains
         set first_seq = $2, before_first = $3, last_seq = $4, last_hash = $5, chained_at = $6, mac = $7
         where tenant_id = $1",
    )
    .bind(tenant.as_uuid())
    .bind(ends.first_seq)
    .bind(&ends.before_first)
    .bind(ends.last_seq)
    .bind(&ends.last_hash)
    .bind(ends.chained_at)
    .bind(&ends.mac)
    .execute(executor)
    .await?;
    Ok(())
}

/// Lines to be chained, in the order in which they will be.
pub async fn unchained(executor: impl PgExecutor<'_>, tenant: TenantId, limit: i64) -> Result<Vec<Link>, Error> {
    let query =
        format!("select {LINK} from audit_log where tenant_id = $1 and seq is null order by id limit $2 for update");
    sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(tenant.as_uuid()).bind(limit).fetch_all(executor).await
}

/// Gives lines their places.
pub async fn chain(executor: impl PgExecutor<'_>, tenant: TenantId, lines: &[Chained]) -> Result<(), Error> {
    let ids: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
    let places: Vec<i64> = lines.iter().map(|line| line.seq).collect();
    let salts: Vec<&[u8]> = lines.iter().map(|line| line.salt.as_slice()).collect();
    let hashes: Vec<&[u8]> = lines.iter().map(|line| line.hash.as_slice()).collect();
    sqlx::query(
        "update audit_log a
         set seq = new.seq, salt = new.salt, hash = new.hash
         from unnest($2::uuid[], $3::bigint[], $4::bytea[], $5::bytea[]) as new (id, seq, salt, hash)
         where a.tenant_id = $1 and a.id = new.id and a.seq is null",
    )
    .bind(tenant.as_uuid())
    .bind(&ids)
    .bind(&places)
    .bind(&salts)
    .bind(&hashes)
    .execute(executor)
    .await?;
    Ok(())
}

/// Chained lines behind `after`, in the order of the chain.
pub async fn links(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    after: i64,
    limit: i64,
) -> Result<Vec<Link>, Error> {
    let query = format!("select {LINK} from audit_log where tenant_id = $1 and seq > $2 order by seq limit $3");
    sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(tenant.as_uuid()).bind(after).bind(limit).fetch_all(executor).await
}

/// All lines, chained or not.
pub async fn lines(executor: impl PgExecutor<'_>, tenant: TenantId, limit: i64) -> Result<Vec<Link>, Error> {
    let query = format!("select {LINK} from audit_log where tenant_id = $1 order by id limit $2 for update");
    sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(tenant.as_uuid()).bind(limit).fetch_all(executor).await
}

/// Gives lines another tenant, actor and target, takes out the rest of their words, and leaves their chaining to whoever chains next.
pub async fn give_unchained(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    to: TenantId,
    renamed: &[(Uuid, String, String)],
) -> Result<(), Error> {
    let ids: Vec<Uuid> = renamed.iter().map(|(id, _, _)| *id).collect();
    let actors: Vec<&str> = renamed.iter().map(|(_, actor, _)| actor.as_str()).collect();
    let targets: Vec<&str> = renamed.iter().map(|(_, _, target)| target.as_str()).collect();
    sqlx::query(
        "update audit_log a
         set tenant_id = $2, actor = new.actor, target = new.target, detail = '{}', address = null, request_id = null,
             seq = null, salt = null, hash = null, content = null, erasure = null
         from unnest($3::uuid[], $4::text[], $5::text[]) as new (id, actor, target)
         where a.tenant_id = $1 and a.id = new.id",
    )
    .bind(tenant.as_uuid())
    .bind(to.as_uuid())
    .bind(&ids)
    .bind(&actors)
    .bind(&targets)
    .execute(executor)
    .await?;
    Ok(())
}

/// Ends a chain that has no lines any more.
pub async fn end(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<(), Error> {
    sqlx::query("delete from audit_chains where tenant_id = $1").bind(tenant.as_uuid()).execute(executor).await?;
    Ok(())
}

/// How many lines are not chained yet.
pub async fn count_unchained(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<i64, Error> {
    sqlx::query_scalar("select count(*) from audit_log where tenant_id = $1 and seq is null")
        .bind(tenant.as_uuid())
        .fetch_one(executor)
        .await
}

/// Deletes the lines that are not chained.
pub async fn drop_unchained(executor: impl PgExecutor<'_>, tenant: TenantId) -> Result<(), Error> {
    sqlx::query("delete from audit_log where tenant_id = $1 and seq is null")
        .bind(tenant.as_uuid())
        .execute(executor)
        .await?;
    Ok(())
}

/// The next tenant that has lines or a chain, from this one on.
pub async fn next_for_any_tenant(executor: impl PgExecutor<'_>, from: TenantId) -> Result<Option<TenantId>, Error> {
    let next: Option<Uuid> = sqlx::query_scalar(
        "select least((select tenant_id from audit_log where tenant_id >= $1 order by tenant_id limit 1),
                      (select tenant_id from audit_chains where tenant_id >= $1 order by tenant_id limit 1))",
    )
    .bind(from.as_uuid())
    .fetch_one(executor)
    .await?;
    Ok(next.map(TenantId::from_uuid))
}

/// Tenants whose oldest line is older than `before`.
pub async fn outdated_for_any_tenant(
    executor: impl PgExecutor<'_>,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<TenantId>, Error> {
    let tenants: Vec<Uuid> = sqlx::query_scalar(
        "select c.tenant_id
         from audit_chains c
         join audit_log a on a.tenant_id = c.tenant_id and a.seq = c.first_seq
         where a.at < $1
         limit $2",
    )
    .bind(before)
    .bind(limit)
    .fetch_all(executor)
    .await?;
    Ok(tenants.into_iter().map(TenantId::from_uuid).collect())
}

/// Deletes the beginning of a chain as far as it is older than `before`, at most `limit` lines: the place and the hash of the last
/// one that went. A younger line keeps those behind it, so that no gap comes to be.
pub async fn drop_oldest(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Option<(i64, Vec<u8>)>, Error> {
    sqlx::query_as(
        "with oldest as materialized (
           select seq, at from audit_log where tenant_id = $1 and seq is not null order by seq limit $3),
         kept as (select min(seq) as seq from oldest where at >= $2),
         gone as (
           delete from audit_log a
           using oldest, kept
           where a.tenant_id = $1
             and a.seq = oldest.seq
             and (kept.seq is null or a.seq < kept.seq)
           returning a.seq, a.hash)
         select seq, hash from gone order by seq desc limit 1",
    )
    .bind(tenant.as_uuid())
    .bind(before)
    .bind(limit)
    .fetch_optional(executor)
    .await
}

/// Takes the words out of lines that are chained.
pub async fn erase(executor: impl PgExecutor<'_>, tenant: TenantId, lines: &[Erased]) -> Result<(), Error> {
    let ids: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
    let actors: Vec<&str> = lines.iter().map(|line| line.actor.as_str()).collect();
    let targets: Vec<&str> = lines.iter().map(|line| line.target.as_str()).collect();
    let contents: Vec<&[u8]> = lines.iter().map(|line| line.content.as_slice()).collect();
    let marks: Vec<&[u8]> = lines.iter().map(|line| line.erasure.as_slice()).collect();
    sqlx::query(
        "update audit_log a
         set actor = new.actor, target = new.target, detail = '{}', address = null, request_id = null, salt = null,
             content = new.content, erasure = new.erasure
         from unnest($2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::bytea[]) as new (id, actor, target, content, erasure)
         where a.tenant_id = $1 and a.id = new.id",
    )
    .bind(tenant.as_uuid())
    .bind(&ids)
    .bind(&actors)
    .bind(&targets)
    .bind(&contents)
    .bind(&marks)
    .execute(executor)
    .await?;
    Ok(())
}

/// Gives a chain with all of its lines to another name. The chain is held, and its ends are given the MAC of that name.
pub async fn rename(
    connection: &mut sqlx::PgConnection,
    tenant: TenantId,
    name: TenantId,
    mac: &[u8],
) -> Result<(), Error> {
    // One statement for all lines, so that the chain is whole at any moment; a busy tenant has millions.
    sqlx::query("set local statement_timeout = '10min'").execute(&mut *connection).await?;
    sqlx::query("update audit_chains set tenant_id = $2, mac = $3 where tenant_id = $1")
        .bind(tenant.as_uuid())
        .bind(name.as_uuid())
        .bind(mac)
        .execute(&mut *connection)
        .await?;
    sqlx::query("update audit_log set tenant_id = $2 where tenant_id = $1")
        .bind(tenant.as_uuid())
        .bind(name.as_uuid())
        .execute(connection)
        .await?;
    Ok(())
}
