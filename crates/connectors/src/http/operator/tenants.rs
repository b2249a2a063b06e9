//! Tenants.

use crate::{
    App,
    http::{doors::Operating, query::ApiPath},
    problem::database,
};
use axum::{Json, extract::State};
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

/// Creates an organisation's tenant; once it is there, does nothing.
#[utoipa::path(
    put, path = "/tenants/{id}", tag = "operator", security(("operator" = [])),
    params(("id" = uuid::Uuid, Path, description = "Chosen by the caller.")),
    responses(
        (status = 200, body = TenantView, description = "It was there."), (status = 201, body = TenantView),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem, description = "Not for this token."), (status = 429, body = Problem),
    )
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
    let created = db::tenants::create(&app.pool, id).await.map_err(database)?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(TenantView { id })))
}
