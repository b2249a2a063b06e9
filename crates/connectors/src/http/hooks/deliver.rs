//! Deliveries.

use crate::{
    App,
    flows::deliver::{self, DeliverError},
    http::query::{ApiPath, too_large},
    problem::Failure,
};
use axum::{
    Json,
    body::{Body, HttpBody},
    extract::State,
};
use edge::Problem;
use http::HeaderMap;
use kernel::TenantId;
use serde_json::{Value, json};
use std::sync::Arc;

/// A webhook for the whole app; whose it is stands in the body.
#[utoipa::path(
    post, path = "/webhooks/{provider}", tag = "hooks",
    params(("provider" = String, Path, description = "The provider's slug.")),
    request_body(content = Vec<u8>, description = "The vendor's bytes, signed.", content_type = "application/json"),
    responses(
        (status = 200, description = "Committed, by this request or an earlier one with the same delivery."),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 413, body = Problem), (status = 503, body = Problem),
    )
)]
pub async fn to_app(
    State(app): State<Arc<App>>,
    ApiPath(provider): ApiPath<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Problem> {
    take(&app, &provider, None, &headers, body).await
}

/// A webhook for one tenant.
#[utoipa::path(
    post, path = "/webhooks/{provider}/{tenant_id}", tag = "hooks",
    params(
        ("provider" = String, Path, description = "The provider's slug."),
        ("tenant_id" = uuid::Uuid, Path, description = "The tenant."),
    ),
    request_body(content = Vec<u8>, description = "The vendor's bytes, signed.", content_type = "application/json"),
    responses(
        (status = 200, description = "Committed, by this request or an earlier one with the same delivery."),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 413, body = Problem), (status = 503, body = Problem),
    )
)]
pub async fn to_tenant(
    State(app): State<Arc<App>>,
    ApiPath((provider, tenant)): ApiPath<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let tenant: TenantId = tenant.parse().map_err(|_| Problem::invalid("#/tenant_id", "must be a UUID"))?;
    take(&app, &provider, Some(tenant), &headers, body).await
}

async fn take(
    app: &App,
    provider: &str,
    tenant: Option<TenantId>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let configured = deliver::receiver(app, provider).map_err(Failure::from)?;
    let limit = configured.provider.webhook.max_bytes;
    // Room is taken for what the sender announces, or for the most they may send, before a byte is read.
    let announced = body.size_hint().exact().map_or(limit, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    if announced > limit {
        return Err(too_large());
    }
    let _room = app.inbox.room(announced).map_err(DeliverError::from).map_err(Failure::from)?;
    let body = axum::body::to_bytes(body, limit).await.map_err(|_| too_large())?;
    deliver::deliver(app, configured, tenant, headers, body).await.map_err(Failure::from)?;
    Ok(Json(json!({ "status": "accepted" })))
}
