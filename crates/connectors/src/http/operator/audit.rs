//! The audit log.

use crate::{
    App,
    flows::events::Scope,
    http::{
        document::{Fails, Refuses, schemas},
        doors::{Caller, Operating, forbidden},
        ndjson::{self, Exhausted, Pages},
        operator::tenants::NoSuchTenant,
        query::{ApiQuery, bad_cursor, page_size, time},
    },
    problem::database,
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use db::{
    audit::{self, Filter, Line, chain},
    erasures,
};
use edge::Problem;
use http::HeaderMap;
use kernel::{Cursor, PageSize, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, to_value};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which lines. All conditions must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Who did it: `user:<id>`, `operator:<fingerprint>`, `provider:<slug>` or `system`.
    actor: Option<String>,
    /// What was done, for example `token.vend`.
    action: Option<String>,
    /// To what, for example a connection's id.
    target: Option<String>,
    /// RFC 3339, inclusive.
    #[param(inline, value_type = Option<schemas::Moment>)]
    occurred_after: Option<String>,
    /// RFC 3339, exclusive.
    #[param(inline, value_type = Option<schemas::Moment>)]
    occurred_before: Option<String>,
    /// 1 to 100, 50 when absent. Of an export as application/x-ndjson it says nothing.
    #[param(inline, value_type = Option<schemas::Limit>)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(inline, value_type = Option<schemas::Cursor>)]
    cursor: Option<String>,
    /// `app`: lines that belong to no tenant, for operators whose token is for all tenants.
    #[param(inline, value_type = Option<schemas::ScopeWord>)]
    scope: Option<String>,
    /// With `scope=app`: the log of a tenant that was erased, by the `audit_name` that GET /tenants/{id} tells.
    #[param(value_type = Option<uuid::Uuid>)]
    erased: Option<String>,
}

/// Who did what, and when.
#[derive(Serialize, ToSchema)]
pub struct AuditLineView {
    id: uuid::Uuid,
    occurred_at: DateTime<Utc>,
    actor: String,
    action: String,
    target: String,
    #[schema(value_type = Object)]
    detail: Value,
    /// The request that caused it, as logs and problems name it; null: none did.
    request_id: Option<String>,
    /// Where that request came from.
    address: Option<String>,
    /// Its place in the tenant's chain; null for about a second, until it is chained.
    seq: Option<i64>,
    /// Of this line and all before it, in hex.
    hash: Option<String>,
    /// Whether the person whom it told of was erased: actor and target are pseudonyms then.
    erased: bool,
}

impl From<Line> for AuditLineView {
    fn from(line: Line) -> Self {
        Self {
            id: line.id,
            occurred_at: line.at,
            actor: line.actor,
            action: line.action,
            target: line.target,
            detail: line.detail,
            request_id: line.request_id,
            address: line.address,
            seq: line.seq,
            hash: line.hash.map(hex::encode),
            erased: line.is_erased,
        }
    }
}

/// The end of a chain. Kept elsewhere, it finds out whoever puts an older state of the log back: `connectors audit verify --anchor
/// TENANT:SEQ:HASH`.
#[derive(Serialize, ToSchema)]
pub struct ChainView {
    /// The nil UUID for lines that belong to no tenant.
    #[schema(value_type = uuid::Uuid)]
    tenant_id: TenantId,
    seq: i64,
    hash: String,
    chained_at: DateTime<Utc>,
}

/// A page of the audit log, newest first.
#[derive(Serialize, ToSchema)]
pub struct AuditPage {
    lines: Vec<AuditLineView>,
    /// Null on the last page.
    next_cursor: Option<String>,
    /// Null: no line is chained yet.
    chain: Option<ChainView>,
}

/// A token that is for some providers only, or not for all tenants.
pub struct NotForThisToken;

impl Fails for NotForThisToken {
    fn problems() -> Vec<Problem> {
        vec![not_whole()]
    }
}

/// Lists the tenant's audit log, newest first.
///
/// With `Accept: application/x-ndjson` all that matches, a line each, and `{"end": true}` at the end. For operator tokens that are for all providers.
#[utoipa::path(
    get, path = "/audit", operation_id = "listAudit", params(AuditQuery),
    responses(
        (status = 200, content((AuditPage = "application/json"), (AuditLineView = "application/x-ndjson"))),
        Refuses<(NotForThisToken, NoSuchTenant, Exhausted)>,
    )
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Operating(caller): Operating,
    headers: HeaderMap,
    ApiQuery(query): ApiQuery<AuditQuery>,
) -> Result<Response, Problem> {
    let (tenant, filter) = asked(&app, &caller, &query).await?;
    if ndjson::is_wanted(&headers) {
        let pages = Lines { app: Arc::clone(&app), tenant, filter, after: None, is_done: false };
        return ndjson::answer(&app, pages);
    }
    page(&app, &caller, tenant, filter, &query).await.map(|page| Json(page).into_response())
}

async fn page(
    app: &App,
    caller: &Caller,
    tenant: TenantId,
    filter: Filter,
    query: &AuditQuery,
) -> Result<AuditPage, Problem> {
    let size = page_size(query.limit.as_deref())?;
    let canonical = format!("audit|{tenant}|{filter:?}");
    let after = match &query.cursor {
        Some(text) => Some(app.config.cursors.open(caller.tenant, &canonical, text).map_err(|_| bad_cursor())?),
        None => None,
    };
    let page = audit::page(&app.pool, tenant, &filter, after, size).await.map_err(database)?;
    let ends = chain::ends(&app.pool, tenant).await.map_err(database)?;
    let (last, chained_at) = (ends.as_ref().map(|ends| &ends.last_hash), ends.as_ref().map(|ends| ends.chained_at));
    Ok(AuditPage {
        lines: page.items.into_iter().map(Into::into).collect(),
        next_cursor: page.next.map(|next| app.config.cursors.seal(caller.tenant, &canonical, next)),
        chain: ends.as_ref().zip(last).zip(chained_at).map(|((ends, hash), chained_at)| ChainView {
            tenant_id: tenant,
            seq: ends.last_seq,
            hash: hex::encode(hash),
            chained_at,
        }),
    })
}

fn not_whole() -> Problem {
    forbidden("The audit log is for operator tokens that are for all providers.")
}

async fn asked(app: &App, caller: &Caller, query: &AuditQuery) -> Result<(TenantId, Filter), Problem> {
    // Lines do not all say of which provider they are, so that a part of the log cannot be told from the rest.
    if caller.only_providers().is_some() {
        return Err(not_whole());
    }
    let scope = caller.scope(query.scope.as_deref())?;
    let filter = Filter {
        actor: query.actor.clone(),
        action: query.action.clone(),
        target: query.target.clone(),
        occurred_after: time("#/occurred_after", query.occurred_after.as_deref())?,
        occurred_before: time("#/occurred_before", query.occurred_before.as_deref())?,
        without_vends: false,
    };
    let tenant = match &query.erased {
        Some(name) if scope == Scope::App => erased(app, name).await?,
        Some(_) => return Err(Problem::invalid("#/erased", "needs scope=app")),
        None => scope.tenant(caller),
    };
    Ok((tenant, filter))
}

async fn erased(app: &App, name: &str) -> Result<TenantId, Problem> {
    let unknown = || Problem::invalid("#/erased", "No erased tenant has this name.");
    let name = name.parse().map_err(|_| unknown())?;
    let is_known = erasures::is_pseudonym(&app.pool, name).await.map_err(database)?;
    if is_known { Ok(name) } else { Err(unknown()) }
}

/// All that matches, a page at a time.
struct Lines {
    app: Arc<App>,
    tenant: TenantId,
    filter: Filter,
    after: Option<Cursor>,
    is_done: bool,
}

impl Pages for Lines {
    async fn next(&mut self) -> Result<Option<Vec<Value>>, db::Error> {
        if self.is_done {
            return Ok(None);
        }
        let most = PageSize::new(PageSize::MAX).unwrap_or(PageSize::DEFAULT);
        let page = audit::page(&self.app.pool, self.tenant, &self.filter, self.after, most).await?;
        (self.after, self.is_done) = (page.next, page.next.is_none());
        Ok(Some(page.items.into_iter().filter_map(|line| to_value(AuditLineView::from(line)).ok()).collect()))
    }
}
