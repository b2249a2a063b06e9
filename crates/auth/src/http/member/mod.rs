//! Routes for a signed-in person.

mod accounts;
mod change_email;
mod consents;
mod delete_user;
mod export_user;
mod linked_tokens;
mod password;
mod sessions;
mod social;
mod token;
mod update_user;

use super::get_only;
use crate::app::App;
use axum::{Router, routing::post};
use std::sync::Arc;

pub fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/api/auth/token", get_only(token::token))
        .route("/api/auth/list-sessions", get_only(sessions::list))
        .route("/api/auth/revoke-session", post(sessions::revoke))
        .route("/api/auth/revoke-sessions", post(sessions::revoke_all))
        .route("/api/auth/revoke-other-sessions", post(sessions::revoke_others))
        .route("/api/auth/update-user", post(update_user::update_user))
        .route("/api/auth/update-session", post(update_user::update_session))
        .route("/api/auth/change-password", post(password::change))
        .route("/api/auth/verify-password", post(password::verify))
        .route("/api/auth/change-email", post(change_email::change_email))
        .route("/api/auth/list-accounts", get_only(accounts::list))
        .route("/api/auth/unlink-account", post(accounts::unlink))
        .route("/api/auth/link-social", post(social::link))
        .route("/api/auth/get-access-token", post(linked_tokens::access))
        .route("/api/auth/refresh-token", post(linked_tokens::refresh))
        .route("/api/auth/account-info", get_only(linked_tokens::info))
        .route("/api/auth/list-consents", get_only(consents::list))
        .route("/api/auth/revoke-consent", post(consents::withdraw))
        .route("/api/auth/export-user", get_only(export_user::export))
        .route("/api/auth/delete-user", post(delete_user::delete))
        .route("/api/auth/delete-user/callback", get_only(delete_user::open))
}
