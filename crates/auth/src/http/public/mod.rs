//! Routes for everybody. What clients of the authorization server call is in `oauth2`, with layers of its own.

mod error;
mod get_session;
pub mod health;
mod jwks;
pub mod oauth2;
mod ok;
mod reset_password;
mod sign_in;
mod sign_out;
mod sign_up;
pub mod social;
mod verify_email;
mod ways_in;

use super::get_only;
use crate::app::App;
use axum::{Router, routing::post};
use std::sync::Arc;

pub fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/api/auth/ok", get_only(ok::ok))
        .route("/api/auth/error", get_only(error::error))
        .route("/api/auth/ways-in", get_only(ways_in::list))
        .route("/api/auth/sign-up/email", post(sign_up::sign_up))
        .route("/api/auth/sign-in/email", post(sign_in::sign_in))
        .route("/api/auth/sign-in/social", post(social::sign_in))
        .route("/api/auth/callback/{provider}", get_only(social::returned).post(social::posted))
        .route("/api/auth/sign-out", post(sign_out::sign_out))
        .route("/api/auth/get-session", get_only(get_session::get_session).post(get_session::by_post))
        .route("/api/auth/session", get_only(get_session::alias))
        .route("/api/auth/request-password-reset", post(reset_password::request))
        .route("/api/auth/reset-password", post(reset_password::finish))
        .route("/api/auth/reset-password/{token}", get_only(reset_password::open))
        .route("/api/auth/send-verification-email", post(verify_email::send))
        .route("/api/auth/verify-email", get_only(verify_email::open))
        .route("/api/auth/jwks", get_only(jwks::jwks))
        .route("/.well-known/jwks.json", get_only(jwks::jwks))
}
