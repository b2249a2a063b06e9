//! The vendors' door: a signature over the raw bytes, no rate limit, no JWT.

mod deliver;

use crate::http::routes::{Alias, Routes};
use axum::routing::post;
use utoipa_axum::routes;

pub fn routes() -> Routes {
    let older = Alias { of: "/webhooks/{provider}", path: "/{provider}/events", operation: "takeEvents" };
    Routes::new()
        .unguarded(routes!(deliver::to_app))
        .unguarded(routes!(deliver::to_tenant))
        // The same, under the address that older setups have at the vendor.
        .alias(&older, None, post(deliver::to_app))
}
