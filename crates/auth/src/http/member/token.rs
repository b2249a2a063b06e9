//! `GET /api/auth/token`.

use crate::{app::App, flows, http::caller::Caller, problem::Problem};
use axum::{Json, extract::State};
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
pub struct Token {
    token: String,
}

/// A JWT for the caller.
pub async fn token(State(app): State<Arc<App>>, Caller(caller): Caller) -> Result<Json<Token>, Problem> {
    let token = flows::token::issue(&app, caller.user.id, caller.user.into()).await?;
    Ok(Json(Token { token }))
}
