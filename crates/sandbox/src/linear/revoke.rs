//! Revocation: by the access token as bearer, or by either token in a form. It ends that one authorization; whether the
//! real Linear ends the person's other authorizations of the app as well is not published.

use super::token::{Failure, form};
use crate::{account::Vendor, app::App, credentials};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};

pub(super) async fn revoke(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Result<StatusCode, Failure> {
    let ended = if let Some(token) = credentials::token(&headers, &["bearer"]) {
        app.store.change(|ledger| ledger.book(Vendor::Linear).take_by_access(token))
    } else {
        let form = form(&headers, &body)?;
        match (form.get("access_token"), form.get("refresh_token")) {
            (Some(token), _) => app.store.change(|ledger| ledger.book(Vendor::Linear).take_by_access(token)),
            (None, Some(token)) => app.store.change(|ledger| ledger.book(Vendor::Linear).take_by_refresh(token)),
            (None, None) => {
                return Err(Failure(StatusCode::UNAUTHORIZED, "invalid_client", "No token was given."));
            }
        }
    };
    if ended.is_none() {
        return Err(Failure(StatusCode::BAD_REQUEST, "invalid_request", "The token cannot be revoked."));
    }
    app.dials.of(Vendor::Linear).counters.revocations += 1;
    Ok(StatusCode::OK)
}
