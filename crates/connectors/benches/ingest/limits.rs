//! The most that a service of this shape can reach: the same HTTP stack with nothing behind it. What the inserts alone reach is
//! in [`crate::rows`].

use crate::{aside, process::Process};
use axum::{Router, body::Bytes, routing::post};
use serde_json::json;

/// Says to the process that it serves the fixed answer.
pub const SELF: &str = "INGEST_FIXED_ANSWER";

pub fn router() -> Router {
    Router::new().route("/taken", post(async |_: Bytes| axum::Json(json!({ "status": "accepted" }))))
}

pub fn fixed_answer() -> Process {
    aside::start(SELF, "yes")
}
