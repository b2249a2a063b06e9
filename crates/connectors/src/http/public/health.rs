//! Whether the process lives, and whether it can do its work.

use crate::{
    App,
    http::routes::{Alias, Routes},
};
use axum::{Json, extract::State, routing::get};
use http::StatusCode;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub fn routes() -> Routes {
    let short = Alias { of: "/health/live", path: "/health", operation: "getHealth" };
    Routes::new().unguarded(routes!(live)).alias(&short, None, get(live)).unguarded(routes!(ready))
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
    /// `ok`; `locked` until the encryption key has been tried on what the database holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    vault: Option<&'static str>,
    /// `serving`, or `leaving` after SIGTERM.
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<&'static str>,
}

/// Says that the process lives.
///
/// Asks nobody.
#[utoipa::path(
    get, path = "/health/live", operation_id = "getLiveness",
    responses((status = 200, body = HealthAnswer))
)]
pub async fn live() -> Json<HealthAnswer> {
    Json(HealthAnswer { status: "ok", database: None, redis: None, vault: None, process: None })
}

/// Says whether the service can do its work.
///
/// The database answers and is migrated, the encryption key opens what it holds, and the process is not about to end. A missing
/// Redis only degrades.
#[utoipa::path(
    get, path = "/health/ready", operation_id = "getReadiness",
    responses((status = 200, body = HealthAnswer), (status = 503, description = "Not now.", body = HealthAnswer))
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
    let vault = if app.standing.is_unlocked() { "ok" } else { "locked" };
    let process = if app.standing.shutdown.is_leaving() { "leaving" } else { "serving" };
    let (code, status) = match (database, vault, process) {
        ("ok", "ok", "serving") => (StatusCode::OK, "ok"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    };
    let [database, redis, vault, process] = [database, redis, vault, process].map(Some);
    (code, Json(HealthAnswer { status, database, redis, vault, process }))
}
