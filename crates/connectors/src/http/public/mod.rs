//! Anybody's door. What needs proof on the way (a state, a start token, a browser) is checked by the flow.

pub mod callback;
pub mod health;
mod pages;
mod providers;
mod start;

use crate::App;
use axum::routing::get;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(providers::list))
        .routes(routes!(providers::show))
        .routes(routes!(start::url))
        .routes(routes!(start::install))
        .routes(routes!(callback::callback))
        // The same under the other addresses that may be registered at vendors and in frontends.
        .route("/oauth/callback/{provider}", get(callback::callback))
        .route("/api/{provider}/auth", get(start::url))
        .route("/api/{provider}/auth/callback", get(callback::callback))
}
