//! The person behind a token. A token without the scope is answered like a dead one; only the sentence differs.

use crate::{account::Vendor, app::App};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

pub(super) async fn me(State(app): State<App>, headers: HeaderMap) -> Response {
    let refused =
        |message: &str| (StatusCode::UNAUTHORIZED, Json(json!({"code": 401, "message": message}))).into_response();
    let Some(grant) = app.bearer(Vendor::Atlassian, &headers) else { return refused("Unauthorized") };
    if !grant.scopes.iter().any(|scope| scope == "read:me") {
        return refused("Unauthorized; scope does not match");
    }
    let person = app.people.person(Vendor::Atlassian, &grant.account);
    Json(json!({
        "account_type": "atlassian",
        "account_id": person.id,
        "email": person.email,
        "name": person.name,
        "picture": format!("{}/avatars/{}", app.url, grant.account),
        "account_status": "active",
        "nickname": grant.account.name(),
        "zoneinfo": "Europe/Berlin",
        "locale": "en-US",
        "extended_profile": {},
    }))
    .into_response()
}
