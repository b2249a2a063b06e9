//! Who a token is, and whether a key is the right one in the right place.

use super::registration::{Entry, Placement};
use crate::{account::Vendor, app::App, credentials, parameters::Parameters};
use axum::{
    Json,
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

fn unauthorized() -> Response {
    let headers = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
    (StatusCode::UNAUTHORIZED, headers, Json(json!({"error": "invalid_token"}))).into_response()
}

pub(super) fn userinfo(app: &App, entry: &Entry, request: &Request) -> Response {
    let grant = app.bearer(Vendor::Generic, request.headers());
    let Some(grant) = grant.filter(|grant| grant.client_id == entry.client_key()) else { return unauthorized() };
    if entry.registration.account.is_empty() {
        let person = app.people.person(Vendor::Generic, &grant.account);
        return Json(json!({"sub": person.id, "name": person.name, "email": person.email})).into_response();
    }
    Json(Value::Object(entry.registration.account.clone())).into_response()
}

pub(super) fn probe(entry: &Entry, request: &Request) -> Response {
    let Some(credential) = &entry.registration.credential else { return unauthorized() };
    let (headers, value) = (request.headers(), credential.value.expose());
    let right = match credential.placement {
        Placement::Header => {
            let name = credential.name.as_deref().unwrap_or(header::AUTHORIZATION.as_str());
            let given = headers.get(name).and_then(|given| given.to_str().ok());
            given.is_some_and(|given| kernel::same(given, format!("{}{value}", credential.prefix)))
        }
        Placement::Query => {
            let parameters = Parameters::parse(request.uri().query().unwrap_or_default().as_bytes());
            let name = credential.name.as_deref().unwrap_or("api_key");
            let given = parameters.as_ref().and_then(|parameters| parameters.get(name));
            given.is_some_and(|given| kernel::same(given, value))
        }
        Placement::Basic => credentials::basic(headers)
            .is_some_and(|(user, password)| kernel::same(format!("{user}:{password}"), value)),
    };
    if right { Json(json!({"ok": true})).into_response() } else { unauthorized() }
}
