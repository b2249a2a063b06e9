//! The API, as far as a connection needs it to say who it is and to be told what happens. Each field is answered whole
//! and cut down to what was asked for.

use super::{
    hooks::{self, Denial},
    lists,
    query::{self, Field, Kind},
};
use crate::{
    account::{Account, Vendor},
    app::App,
    credentials,
    ledger::{Actor, Grant},
};
use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
struct Request {
    query: String,
    variables: Option<Map<String, Value>>,
}

pub(super) async fn graphql(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let token = credentials::token(&headers, &["bearer"]);
    let found = token.and_then(|token| app.store.read(|ledger| ledger.book(Vendor::Linear).find(token, app.now())));
    let mut response = match (found, serde_json::from_slice::<Request>(&body)) {
        (None, _) => unauthenticated(),
        (Some(_), Err(_)) => refused("BAD_REQUEST", "POST body missing, or not JSON with a query."),
        (Some(grant), Ok(request)) => {
            answer(&app, &grant, &request).unwrap_or_else(|why| refused("GRAPHQL_VALIDATION_FAILED", &why))
        }
    };
    limit_headers(&app, response.headers_mut());
    response
}

/// An error is of the whole request: a field that is not known, or asked for what it has not.
fn answer(app: &App, grant: &Grant, request: &Request) -> Result<Response, String> {
    let operation = query::parse(&request.query, request.variables.as_ref().unwrap_or(&Map::new()))?;
    // All of it before anything is done: a request that names what is not there changes nothing.
    let is_known = |field: &Field| match operation.kind {
        Kind::Query => {
            ["viewer", "organization", "webhooks", "webhook"].contains(&field.name.as_str())
                || lists::shape(&field.name).is_some()
        }
        Kind::Mutation => hooks::is_mutation(&field.name),
    };
    if let Some(unknown) = operation.fields.iter().find(|field| !is_known(field)) {
        return Err(format!("Cannot query field \"{}\"; the sandbox does not have it.", unknown.name));
    }
    for field in &operation.fields {
        if let Some(shape) = hooks::shape(&field.name).or_else(|| lists::shape(&field.name)) {
            field.select(&shape)?;
        }
    }
    let mut data = Map::new();
    for field in &operation.fields {
        let whole = match field.name.as_str() {
            "viewer" if grant.actor == Actor::App => app_user(app, &grant.account),
            "viewer" => viewer(app, &grant.account),
            "organization" => organization(&grant.account),
            _ => match hooks::answer(app, grant, field).or_else(|| lists::answer(app, grant, field)) {
                Some(Ok(whole)) => whole,
                Some(Err(denial)) => return Ok(denied(&field.key, denial)),
                None => Value::Null,
            },
        };
        data.insert(field.key.clone(), field.select(&whole)?);
    }
    Ok(Json(json!({"data": data})).into_response())
}

/// What a field's own rules refuse is said beside the data, of which there is none.
fn denied(key: &str, denial: Denial) -> Response {
    let (status, kind, code, message) = match denial {
        Denial::Forbidden => (403, "forbidden", "FORBIDDEN", "Invalid scope: `admin` required".to_owned()),
        Denial::Input(why) => (400, "invalid input", "INPUT_ERROR", why),
        Denial::NoSuchHook => (400, "invalid input", "INPUT_ERROR", "Entity not found: Webhook".to_owned()),
    };
    let extensions = json!({
        "type": kind, "code": code, "statusCode": status, "userError": true, "userPresentableMessage": message,
    });
    let error = json!({"message": message, "path": [key], "extensions": extensions});
    Json(json!({"data": null, "errors": [error]})).into_response()
}

fn viewer(app: &App, account: &Account) -> Value {
    let person = app.people.person(Vendor::Linear, account);
    json!({
        "id": person.id,
        "name": person.name,
        "displayName": account.name(),
        "email": person.email,
        "avatarUrl": format!("{}/avatars/{account}", app.url),
        "url": format!("https://linear.app/{account}/profiles/{account}"),
        "active": true,
        "admin": true,
        "app": false,
        "organization": organization(account),
    })
}

/// The app, as a user of the workspace with an id of its own there.
fn app_user(app: &App, account: &Account) -> Value {
    let id = account.derived("linear app user");
    json!({
        "id": id,
        "name": "Connectors",
        "displayName": "connectors",
        "email": format!("{id}@oauthapp.sandbox.invalid"),
        "avatarUrl": format!("{}/avatars/connectors", app.url),
        "url": format!("https://linear.app/{account}/profiles/connectors"),
        "active": true,
        "admin": false,
        "app": true,
        "organization": organization(account),
    })
}

fn organization(account: &Account) -> Value {
    json!({
        "id": account.linear_organization_id(),
        "name": format!("{account} workspace"),
        "urlKey": account.name(),
        "logoUrl": null,
    })
}

fn unauthenticated() -> Response {
    let extensions = json!({
        "type": "authentication error",
        "code": "AUTHENTICATION_ERROR",
        "statusCode": 401,
        "userError": true,
        "userPresentableMessage": "You need to authenticate to access this operation.",
        "http": {"status": 401},
    });
    let message = "Authentication required, not authenticated";
    let body = json!({"errors": [{"message": message, "extensions": extensions}]});
    (StatusCode::UNAUTHORIZED, Json(body)).into_response()
}

fn refused(code: &str, message: &str) -> Response {
    let extensions = json!({
        "type": "graphql error", "code": code, "statusCode": 400, "userError": true, "http": {"status": 400},
    });
    (StatusCode::BAD_REQUEST, Json(json!({"errors": [{"message": message, "extensions": extensions}]}))).into_response()
}

/// Linear's limits reset in epoch milliseconds, where GitHub's are seconds.
fn limit_headers(app: &App, headers: &mut HeaderMap) {
    // Starts over long before the limit: a sandbox that has run for a week must not look exhausted.
    let used = app.dials.of(Vendor::Linear).counters.api_calls % 1000;
    let reset = u64::try_from(app.wall.now().timestamp_millis()).unwrap_or_default() + 3_600_000;
    let numbers = [
        ("x-ratelimit-requests-limit", 5000),
        ("x-ratelimit-requests-remaining", 5000 - used),
        ("x-ratelimit-requests-reset", reset),
        ("x-complexity", 3),
        ("x-ratelimit-complexity-limit", 2_000_000),
        ("x-ratelimit-complexity-remaining", 2_000_000 - 3 * used),
        ("x-ratelimit-complexity-reset", reset),
    ];
    for (name, number) in numbers {
        headers.insert(name, number.into());
    }
}
