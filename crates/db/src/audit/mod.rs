//! The audit log: only added to, in the transaction of what it records. What chains its lines is in [`chain`].

mod cause;
pub mod chain;

pub use cause::{Cause, caused_by};

use cause::cause;
use chrono::{DateTime, Utc};
use kernel::{Cursor, Page, PageSize, TenantId};
use serde_json::Value;
use sqlx::{Error, FromRow, PgExecutor, QueryBuilder};
use std::sync::Arc;
use uuid::Uuid;

/// The action of the one line that every token costs.
pub const VEND: &str = "token.vend";

/// One line. Nothing in it may be secret.
pub struct Entry<'a> {
    pub at: DateTime<Utc>,
    pub actor: &'a str,
    pub action: &'a str,
    pub target: &'a str,
    pub detail: Value,
}

/// Writes a line, not chained yet. The request that is being answered is its cause.
pub async fn append(executor: impl PgExecutor<'_>, tenant: TenantId, entry: Entry<'_>) -> Result<(), Error> {
    let cause = cause();
    let request = cause.as_ref().and_then(|cause| cause.request.as_deref());
    let address = cause.as_ref().and_then(|cause| cause.address).map(|address| address.to_string());
    sqlx::query(
        "insert into audit_log (tenant_id, id, at, actor, action, target, detail, request_id, address)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tenant.as_uuid())
    .bind(Uuid::now_v7())
    .bind(entry.at)
    .bind(entry.actor)
    .bind(entry.action)
    .bind(entry.target)
    .bind(entry.detail)
    .bind(request)
    .bind(address)
    .execute(executor)
    .await?;
    Ok(())
}

/// A line that somebody else will write, with what has caused it.
pub struct Due {
    tenant: TenantId,
    id: Uuid,
    at: DateTime<Utc>,
    actor: String,
    action: String,
    target: String,
    detail: Value,
    request: Option<Arc<str>>,
    address: Option<String>,
}

impl Due {
    pub fn now(tenant: TenantId, entry: Entry<'_>) -> Self {
        let cause = cause();
        Self {
            tenant,
            id: Uuid::now_v7(),
            at: entry.at,
            actor: entry.actor.to_owned(),
            action: entry.action.to_owned(),
            target: entry.target.to_owned(),
            detail: entry.detail,
            address: cause.as_ref().and_then(|cause| cause.address).map(|address| address.to_string()),
            request: cause.and_then(|cause| cause.request),
        }
    }
}

/// Writes lines of any tenants, not chained yet: all, or none.
pub async fn append_all(executor: impl PgExecutor<'_>, lines: &[Due]) -> Result<(), Error> {
    let tenants: Vec<Uuid> = lines.iter().map(|line| line.tenant.as_uuid()).collect();
    let ids: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
    let times: Vec<DateTime<Utc>> = lines.iter().map(|line| line.at).collect();
    let actors: Vec<&str> = lines.iter().map(|line| line.actor.as_str()).collect();
    let actions: Vec<&str> = lines.iter().map(|line| line.action.as_str()).collect();
    let targets: Vec<&str> = lines.iter().map(|line| line.target.as_str()).collect();
    let details: Vec<&Value> = lines.iter().map(|line| &line.detail).collect();
    let requests: Vec<Option<&str>> = lines.iter().map(|line| line.request.as_deref()).collect();
    let addresses: Vec<Option<&str>> = lines.iter().map(|line| line.address.as_deref()).collect();
    sqlx::query(
        "insert into audit_log (tenant_id, id, at, actor, action, target, detail, request_id, address)
         select *
         from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::text[],
                     $9::text[])",
    )
    .bind(&tenants)
    .bind(&ids)
    .bind(&times)
    .bind(&actors)
    .bind(&actions)
    .bind(&targets)
    .bind(&details)
    .bind(&requests)
    .bind(&addresses)
    .execute(executor)
    .await?;
    Ok(())
}

/// Which lines of a tenant. All conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub actor: Option<String>,
    pub action: Option<String>,
    pub target: Option<String>,
    /// Inclusive.
    pub occurred_after: Option<DateTime<Utc>>,
    /// Exclusive.
    pub occurred_before: Option<DateTime<Utc>>,
    /// Whether the handing out of tokens is left out.
    pub without_vends: bool,
}

/// A line as stored.
#[derive(Debug, Clone, FromRow)]
pub struct Line {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub action: String,
    pub target: String,
    pub detail: Value,
    pub request_id: Option<String>,
    pub address: Option<String>,
    /// `None`: not chained yet.
    pub seq: Option<i64>,
    pub hash: Option<Vec<u8>>,
    pub is_erased: bool,
}

impl Line {
    /// Its place in the order of pages.
    pub fn cursor(&self) -> Cursor {
        Cursor { at: self.at, id: self.id }
    }
}

/// Newest first. Columns are compared only where a filter asks, so that each combination is one range of an index.
pub async fn page(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    filter: &Filter,
    after: Option<Cursor>,
    size: PageSize,
) -> Result<Page<Line>, Error> {
    let Filter { actor, action, target, occurred_after, occurred_before, without_vends } = filter;
    let mut query = QueryBuilder::new(
        "select id, at, actor, action, target, detail, request_id, address, seq, hash, erasure is not null or starts_with(target, 'erased:') as is_erased
         from audit_log
         where tenant_id = ",
    );
    query.push_bind(tenant.as_uuid());
    for (column, wanted) in [("actor", actor), ("action", action), ("target", target)] {
        if let Some(wanted) = wanted {
            query.push(" and ").push(column).push(" = ").push_bind(wanted.clone());
        }
    }
    if *without_vends {
        // As the index says it.
        query.push(" and action <> 'token.vend'");
    }
    if let Some(from) = occurred_after {
        query.push(" and at >= ").push_bind(*from);
    }
    if let Some(to) = occurred_before {
        query.push(" and at < ").push_bind(*to);
    }
    if let Some(Cursor { at, id }) = after {
        query.push(" and (at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(" order by at desc, id desc limit ").push_bind(size.get() + 1);
    let lines: Vec<Line> = query.build_query_as().fetch_all(executor).await?;
    Ok(Page::from_one_more(lines, size, Line::cursor))
}
