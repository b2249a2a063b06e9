//! `GET /health`, `/health/live` and `/health/ready`.

use crate::app::App;
use axum::{Json, Router, extract::State, routing::get};
use http::StatusCode;
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

/// Counted by nobody, and HEAD is welcome: these are for load balancers.
pub fn router() -> Router<Arc<App>> {
    Router::new().route("/health", get(live)).route("/health/live", get(live)).route("/health/ready", get(ready))
}

/// The process runs. Says nothing about the database, so that an outage there does not restart us in a loop.
async fn live() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// The database answers, has every migration, there is a key to sign with, and the process is not about to end.
async fn ready(State(app): State<Arc<App>>) -> (StatusCode, Json<Health>) {
    let database = db::is_current(&app.pool).await.unwrap_or(false);
    if database && !app.shutdown.is_leaving() && app.keys.current().await.is_ok() {
        (StatusCode::OK, Json(Health { status: "ready" }))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "unavailable" }))
    }
}
