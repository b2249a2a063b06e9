//! Whether the process lives, and whether it can do its work.

use crate::App;
use axum::{Json, extract::State, routing::get};
use http::StatusCode;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(live)).route("/health", get(live)).routes(routes!(ready))
}

/// The state of a service.
#[derive(Serialize, ToSchema)]
pub struct HealthAnswer {
    /// `ok` or `unavailable`.
    status: &'static str,
    /// `ok`, `unreachable` or `not_migrated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<&'static str>,
    /// `ok`, `degraded` (each process counts alone) or `none` (there is no shared limit).
    #[serde(skip_serializing_if = "Option::is_none")]
    redis: Option<&'static str>,
}

/// The process lives. Asks nobody.
#[utoipa::path(get, path = "/health/live", tag = "public", responses((status = 200, body = HealthAnswer)))]
pub async fn live() -> Json<HealthAnswer> {
    Json(HealthAnswer { status: "ok", database: None, redis: None })
}

/// The database answers and is migrated. A missing Redis only degrades.
#[utoipa::path(
    get, path = "/health/ready", tag = "public",
    responses((status = 200, body = HealthAnswer), (status = 503, body = HealthAnswer))
)]
pub async fn ready(State(app): State<Arc<App>>) -> (StatusCode, Json<HealthAnswer>) {
    let database = match db::is_current(&app.pool).await {
        Ok(true) => "ok",
        Ok(false) => "not_migrated",
        Err(_) => "unreachable",
    };
    let redis = match app.limiter.ping().await {
        Some(true) => "ok",
        Some(false) => "degraded",
        None => "none",
    };
    let (code, status) =
        if database == "ok" { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "unavailable") };
    (code, Json(HealthAnswer { status, database: Some(database), redis: Some(redis) }))
}
