//! Ending tokens, and the whole installation.

use super::{
    access::client,
    api::{caller, refusal},
};
use crate::{account::Vendor, app::App, credentials, oauth, parameters::Parameters};
use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::HeaderMap,
};
use serde_json::{Value, json};

/// From the form, or else from the query.
fn parameters(headers: &HeaderMap, query: Option<&str>, body: &Bytes) -> Option<Parameters> {
    oauth::form(headers, body).or_else(|| Parameters::parse(query.unwrap_or_default().as_bytes()))
}

/// A token that does not rotate takes the whole authorization with it; one that does ends alone. `test=1` does nothing.
pub(super) async fn revoke(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Json<Value> {
    let Some(token) = credentials::token(&headers, &["bearer"]) else { return Json(refusal("not_authed")) };
    let parameters = parameters(&headers, query.as_deref(), &body);
    if parameters.is_some_and(|parameters| parameters.get("test") == Some("1")) {
        return Json(caller(&app, &headers).map_or_else(|no| no, |_| json!({"ok": true, "revoked": false})));
    }
    let ended = app.store.change(|ledger| {
        let book = ledger.book(Vendor::Slack);
        if token.starts_with("xoxe") {
            return book.take_access_alone(token, app.now()).or_else(|| book.take_by_refresh(token));
        }
        let ended = book.take_by_access(token)?;
        book.take_by_client(&ended.account, &ended.client_id);
        Some(ended)
    });
    if ended.is_none() {
        return Json(refusal("invalid_auth"));
    }
    app.dials.of(Vendor::Slack).counters.revocations += 1;
    Json(json!({"ok": true, "revoked": true}))
}

/// Any token of the installation and the app's secret: every token of the workspace is dead.
pub(super) async fn uninstall(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Json<Value> {
    let grant = match caller(&app, &headers) {
        Ok(grant) => grant,
        Err(refusal) => return Json(refusal),
    };
    let Some(form) = parameters(&headers, query.as_deref(), &body) else { return Json(refusal("invalid_form_data")) };
    let client = match client(&app, &HeaderMap::new(), &form) {
        Ok(client) => client,
        Err(error) => return Json(refusal(error)),
    };
    if grant.client_id != client.id {
        return Json(refusal("client_id_token_mismatch"));
    }
    app.store.change(|ledger| ledger.book(Vendor::Slack).take_by_client(&grant.account, client.id));
    app.dials.of(Vendor::Slack).counters.revocations += 1;
    Json(json!({"ok": true}))
}
