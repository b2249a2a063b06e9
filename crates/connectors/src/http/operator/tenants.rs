//! Tenants.

use crate::{
    App,
    http::{
        document::{Fails, Refuses},
        doors::{Operating, tenant_unknown},
        query::ApiPath,
    },
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

/// A tenant that the token is not for.
pub struct ForeignTenant;

impl Fails for ForeignTenant {
    fn problems() -> Vec<Problem> {
        vec![tenant_unknown()]
    }
}

/// Creates an organisation's tenant.
///
/// Once it is there, does nothing.
#[utoipa::path(
    put, path = "/tenants/{id}", operation_id = "putTenant",
    params(("id" = uuid::Uuid, Path, description = "Chosen by the caller.")),
    responses(
        (status = 200, body = TenantView, description = "It was there."), (status = 201, body = TenantView),
        Refuses<ForeignTenant>,
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
