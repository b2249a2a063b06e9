//! Routes for everybody.

mod discovery;
mod get_session;
pub mod health;
mod jwks;
mod ok;
mod sign_in;
mod sign_out;
mod sign_up;

use super::get_only;
use crate::app::App;
use axum::{Router, routing::post};
use std::sync::Arc;

pub fn router() -> Router<Arc<App>> {
    let session = || get_only(get_session::get_session).post(get_session::by_post);
    Router::new()
        .route("/api/auth/ok", get_only(ok::ok))
        .route("/api/auth/sign-up/email", post(sign_up::sign_up))
        .route("/api/auth/sign-in/email", post(sign_in::sign_in))
        .route("/api/auth/sign-out", post(sign_out::sign_out))
        .route("/api/auth/get-session", session())
        .route("/api/auth/session", session())
        .route("/api/auth/jwks", get_only(jwks::jwks))
        .route("/.well-known/jwks.json", get_only(jwks::jwks))
        .route("/.well-known/openid-configuration", get_only(discovery::discovery))
}
