//! Tenants.

use crate::{
    App,
    flows::{
        erase::{self, EraseError},
        export,
    },
    http::{
        document::{Fails, Refuses},
        doors::{Caller, Operating, forbidden},
        ndjson::{self, Exhausted},
        query::ApiPath,
    },
    problem::{Failure, database, tenant_unknown},
};
use axum::{Json, extract::State, response::Response};
use chrono::{DateTime, Utc};
use db::{
    erasures::{self, Erasure},
    tenants::{self, Created},
};
use edge::Problem;
use http::StatusCode;
use kernel::TenantId;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A tenant.
#[derive(Serialize, ToSchema)]
pub struct TenantView {
    #[schema(value_type = uuid::Uuid)]
    id: TenantId,
}

/// A tenant, or what is known of one that is no more.
#[derive(Serialize, ToSchema)]
pub struct TenantDetail {
    #[schema(value_type = uuid::Uuid)]
    id: TenantId,
    /// `personal` (the tenant of one person) or `organization`; null once it is erased.
    kind: Option<String>,
    created_at: Option<DateTime<Utc>>,
    /// `active`, `erasing` or `erased`.
    state: &'static str,
    erasure: Option<ErasureView>,
}

/// The end of a tenant.
#[derive(Serialize, ToSchema)]
pub struct ErasureView {
    /// The name under which the audit log keeps what happened, without saying to whom: `GET /audit?scope=app&erased=` brings it.
    audit_name: uuid::Uuid,
    asked_at: DateTime<Utc>,
    /// When nothing was left.
    erased_at: Option<DateTime<Utc>>,
}

/// A tenant that is not there for the caller.
pub struct NoSuchTenant;

impl Fails for NoSuchTenant {
    fn problems() -> Vec<Problem> {
        vec![tenant_unknown()]
    }
}

/// A tenant that was erased.
pub struct WasErased;

impl Fails for WasErased {
    fn problems() -> Vec<Problem> {
        vec![erased()]
    }
}

/// A token that is for some providers only.
pub struct NotWhole;

impl Fails for NotWhole {
    fn problems() -> Vec<Problem> {
        vec![not_whole()]
    }
}

/// Creates an organisation's tenant.
///
/// Once it is there, does nothing.
#[utoipa::path(
    put, path = "/tenants/{id}", operation_id = "putTenant",
    params(("id" = uuid::Uuid, Path, description = "Chosen by the caller.")),
    responses((status = 200, body = TenantView, description = "It was there."), (status = 201, body = TenantView), Refuses<(NoSuchTenant, WasErased)>)
)]
pub async fn put(
    State(app): State<Arc<App>>,
    Operating(caller): Operating,
    ApiPath(id): ApiPath<String>,
) -> Result<(StatusCode, Json<TenantView>), Problem> {
    let id: TenantId = id.parse().map_err(|_| Problem::invalid("#/id", "must be a UUID"))?;
    if id == TenantId::UNADDRESSED {
        return Err(Problem::invalid("#/id", "must not be the nil UUID"));
    }
    caller.may_act_for(id)?;
    let status = match tenants::create(&app.pool, id).await.map_err(database)? {
        Created::New => StatusCode::CREATED,
        Created::WasThere => StatusCode::OK,
        Created::Erased => return Err(erased()),
    };
    Ok((status, Json(TenantView { id })))
}

fn erased() -> Problem {
    Problem::new(StatusCode::CONFLICT, "CONFLICT", "Tenant erased")
        .detail("A tenant of this id was erased and does not come back. Choose another id.")
}

/// Says whether a tenant is there, is being erased or was.
#[utoipa::path(
    get, path = "/tenants/{id}", operation_id = "getTenant",
    params(("id" = uuid::Uuid, Path, description = "The tenant.")),
    responses((status = 200, body = TenantDetail), Refuses<NoSuchTenant>)
)]
pub async fn show(
    State(app): State<Arc<App>>,
    Operating(caller): Operating,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<TenantDetail>, Problem> {
    let id = theirs(&caller, &id)?;
    Ok(Json(detail(&app, id).await?))
}

async fn detail(app: &App, id: TenantId) -> Result<TenantDetail, Problem> {
    let tenant = tenants::find(&app.pool, id).await.map_err(database)?;
    let erasure = erasures::find(&app.pool, id).await.map_err(database)?;
    let state = match (&tenant, &erasure) {
        (None, None) => return Err(tenant_unknown()),
        (Some(_), None) => "active",
        (_, Some(erasure)) if erasure.erased_at.is_some() => "erased",
        (_, Some(_)) => "erasing",
    };
    let erasure = erasure.map(|Erasure { pseudonym, asked_at, erased_at }| ErasureView {
        audit_name: pseudonym,
        asked_at,
        erased_at,
    });
    let (kind, created_at) = tenant.map(|tenant| (tenant.kind, tenant.created_at)).unzip();
    Ok(TenantDetail { id, kind, created_at, state, erasure })
}

/// Erases a tenant for good.
///
/// Its connections are ended at the vendors, everything that is kept is deleted, and the audit log no
/// longer says who it was. Until that is done, within a day at most, `GET /tenants/{id}` says `erasing`; for everybody else the tenant
/// is gone at once, and none of this id can be made again. For operator tokens that are for all providers.
#[utoipa::path(
    delete, path = "/tenants/{id}", operation_id = "eraseTenant",
    params(("id" = uuid::Uuid, Path, description = "The tenant.")),
    responses((status = 202, body = TenantDetail), Refuses<(EraseError, NotWhole)>)
)]
pub async fn erase(
    State(app): State<Arc<App>>,
    Operating(caller): Operating,
    ApiPath(id): ApiPath<String>,
) -> Result<(StatusCode, Json<TenantDetail>), Problem> {
    let id = theirs(&caller, &id)?;
    whole(&caller)?;
    erase::begin(&app, &caller, id).await.map_err(Failure::from)?;
    Ok((StatusCode::ACCEPTED, Json(detail(&app, id).await?)))
}

/// All that is kept of a tenant, without what is secret.
///
/// A line a row, `{"section", "row"}`, and `{"end": true}` at the end. What is
/// written meanwhile may be in it or not. For operator tokens that are for all providers.
#[utoipa::path(
    get, path = "/tenants/{id}/export", operation_id = "exportTenant",
    params(("id" = uuid::Uuid, Path, description = "The tenant.")),
    responses((status = 200, content_type = "application/x-ndjson", body = Object), Refuses<(NoSuchTenant, NotWhole, Exhausted)>)
)]
pub async fn export(
    State(app): State<Arc<App>>,
    Operating(caller): Operating,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, Problem> {
    let id = theirs(&caller, &id)?;
    whole(&caller)?;
    if !tenants::exists(&app.pool, id).await.map_err(database)? {
        return Err(tenant_unknown());
    }
    let exporter = export::begin(&app, &caller, id).await.map_err(database)?;
    ndjson::answer(&app, exporter)
}

fn theirs(caller: &Caller, id: &str) -> Result<TenantId, Problem> {
    let id: TenantId = id.parse().map_err(|_| Problem::invalid("#/id", "must be a UUID"))?;
    caller.may_act_for(id)?;
    Ok(id)
}

/// A tenant is handed out or erased whole.
fn whole(caller: &Caller) -> Result<(), Problem> {
    match caller.only_providers() {
        None => Ok(()),
        Some(_) => Err(not_whole()),
    }
}

fn not_whole() -> Problem {
    forbidden("This is for operator tokens that are for all providers.")
}
