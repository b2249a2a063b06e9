//! The vendors' door: a signature over the raw bytes, no rate limit, no JWT.

mod deliver;

use crate::App;
use axum::routing::post;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(deliver::to_app))
        .routes(routes!(deliver::to_tenant))
        // The same, under the address that older setups have at the vendor.
        .route("/{provider}/events", post(deliver::to_app))
}
