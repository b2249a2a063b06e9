//! `GET /api/auth/export-user`. Not a route of Better Auth's.

use crate::{app::App, flows, http::caller::Caller, problem::Problem, wire};
use axum::{Json, extract::State};
use std::sync::Arc;

/// What is kept of the caller.
pub async fn export(State(app): State<Arc<App>>, Caller(caller): Caller) -> Result<Json<wire::Export>, Problem> {
    Ok(Json(flows::export_user::export(&app, &caller).await?))
}
