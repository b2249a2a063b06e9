//! A browser signs out.

use crate::{app::App, flows::session::presented_token, problem::Internal};
use db::auth::sessions;
use http::HeaderMap;

/// Ends the presented session, if there is one. Signing out twice is no error.
pub async fn sign_out(app: &App, headers: &HeaderMap) -> Result<(), Internal> {
    if let Some(token) = presented_token(app, headers) {
        sessions::delete_by_token(&app.pool, &kernel::sha256(&token)).await?;
    }
    Ok(())
}
