//! Vendors that are described and not written.

use super::body::{Fault, Wish};
use crate::{app::App, generic::Registration};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};

/// Registers it, or puts it in the place of the one there was; what was granted before stays.
pub(super) async fn register(
    State(app): State<App>,
    Path(slug): Path<String>,
    Wish(registration): Wish<Registration>,
) -> Result<Json<Value>, Fault> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if slug.len() > 100 || !slug.bytes().all(allowed) {
        let sentence = "a slug is 1 to 100 letters, digits, hyphens, underscores and dots";
        return Err(Fault(StatusCode::BAD_REQUEST, sentence.to_owned()));
    }
    let base_url = format!("{}/generic/{slug}", app.url);
    app.generic.put(slug, registration);
    Ok(Json(json!({"base_url": base_url})))
}
