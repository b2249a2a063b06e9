//! Revocation: any token ends everything that its person ever gave the client. Whoever has the token may do it.

use super::token::Failure;
use crate::{account::Vendor, app::App, oauth};
use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde_json::{Value, json};

pub(super) async fn revoke(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Result<Json<Value>, Failure> {
    let bad = |error, why| Failure(StatusCode::BAD_REQUEST, error, why);
    let form = oauth::form(&headers, &body).ok_or(bad("invalid_request", "The body is no form."))?;
    let token = form.get("token").ok_or(bad("invalid_request", "Missing required parameter: token"))?;
    app.store.change(|ledger| {
        let book = ledger.book(Vendor::Google);
        let ended = book.take_by_access(token).or_else(|| book.take_by_refresh(token));
        let ended = ended.ok_or(bad("invalid_token", "Token expired or revoked"))?;
        book.take_by_client(&ended.account, &ended.client_id);
        Ok(())
    })?;
    app.dials.of(Vendor::Google).counters.revocations += 1;
    Ok(Json(json!({})))
}
