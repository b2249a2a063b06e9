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
use bytes::BytesMut;
use edge::Problem;
use futures_util::StreamExt;
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
    let receiver = deliver::receiver(app, provider, tenant).await.map_err(Failure::from)?;
    let limit = receiver.largest();
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let (mut room, mut bytes) = (app.inbox.room(), BytesMut::new());
    let mut body = body.into_data_stream();
    while let Some(chunk) = body.next().await {
        // The sender has gone, or does not speak HTTP: nobody reads this answer.
        let chunk = chunk.map_err(|_| Problem::invalid("#", "The body ended early."))?;
        if bytes.len() + chunk.len() > limit {
            return Err(too_large());
        }
        room.grow(chunk.len()).map_err(DeliverError::from).map_err(Failure::from)?;
        bytes.extend_from_slice(&chunk);
    }
    deliver::deliver(app, &receiver, tenant, headers, bytes.freeze()).await.map_err(Failure::from)?;
    Ok(Json(json!({ "status": "accepted" })))
}
