//! The authorization server, as clients and browsers call it. Two routers, because they need different layers: what clients
//! call may be called by scripts of any page, for no cookie is read there; the pages answer to no script at all.

mod authorize;
mod consent;
mod metadata;
mod pages;
mod problem;
mod register;
mod revoke;
mod sign_in;
mod token;

use crate::{app::App, http::get_only};
use axum::{Router, routing::post};
use std::sync::Arc;

/// For clients.
pub fn for_clients(app: &App) -> Router<Arc<App>> {
    metadata::router(&app.issuer)
        .route("/oauth2/register", post(register::register))
        .route("/oauth2/token", post(token::token))
        .route("/oauth2/revoke", post(revoke::revoke))
}

/// For people.
pub fn pages() -> Router<Arc<App>> {
    Router::new()
        // HEAD must not use anything up, so there is none.
        .route("/oauth2/authorize", get_only(authorize::authorize))
        .route("/oauth2/sign-in", post(sign_in::sign_in))
        .route("/oauth2/consent", post(consent::consent))
}
