//! `GET /api/auth/jwks` and `GET /.well-known/jwks.json`.

use crate::{
    app::App,
    problem::{Internal, Problem},
};
use axum::{body::Bytes, extract::State};
use http::{HeaderName, header};
use std::sync::Arc;

/// The keys that verify our JWTs, rendered beforehand.
pub async fn jwks(State(app): State<Arc<App>>) -> Result<([(HeaderName, &'static str); 1], Bytes), Problem> {
    let loaded = app.keys.current().await.map_err(Internal::from)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], loaded.jwks.clone()))
}
