//! Routes for a signed-in person.

mod token;

use crate::app::App;
use axum::Router;
use std::sync::Arc;

pub fn router() -> Router<Arc<App>> {
    Router::new().route("/api/auth/token", super::get_only(token::token))
}
