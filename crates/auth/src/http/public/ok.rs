//! `GET /api/auth/ok`.

use axum::Json;
use serde::Serialize;

#[derive(Serialize)]
pub struct Ok {
    ok: bool,
}

/// Clients ask this to see whether a Better Auth server is here.
pub async fn ok() -> Json<Ok> {
    Json(Ok { ok: true })
}
