//! The API, as far as a connection needs it to say who it is. No GraphQL engine: the query's words are looked at, and
//! `viewer` and `organization` are answered whole, which every client that reads by name takes.

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
}

pub(super) async fn graphql(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let token = credentials::token(&headers, &["bearer"]);
    let found = token.and_then(|token| app.store.read(|ledger| ledger.book(Vendor::Linear).find(token, app.now())));
    let mut response = match (found, serde_json::from_slice::<Request>(&body)) {
        (None, _) => unauthenticated(),
        (Some(_), Err(_)) => refused("BAD_REQUEST", "POST body missing, or not JSON with a query."),
        (Some(grant), Ok(request)) => answer(&app, &grant, &request.query),
    };
    limit_headers(&app, response.headers_mut());
    response
}

fn answer(app: &App, grant: &Grant, query: &str) -> Response {
    let account = &grant.account;
    let mut data = Map::new();
    for word in query.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_') {
        match word {
            "viewer" => data.insert(
                "viewer".to_owned(),
                match grant.actor {
                    Actor::Person => viewer(app, account),
                    Actor::App => app_user(app, account),
                },
            ),
            "organization" => data.insert("organization".to_owned(), organization(account)),
            _ => None,
        };
    }
    if data.is_empty() {
        return refused("GRAPHQL_VALIDATION_FAILED", "The sandbox answers viewer and organization only.");
    }
    Json(json!({"data": data})).into_response()
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
