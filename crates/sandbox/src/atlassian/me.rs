//! The person behind a token. A token without the scope is answered like a dead one; only the sentence differs.

use crate::{account::Vendor, app::App, ledger::Grant};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// What is not given.
pub(super) enum Refused {
    /// The token is dead or has not the scope; only the sentence tells.
    Token(&'static str),
    /// The site is not there, or no more, or not the person's.
    Site,
    /// Jira cannot do what it was asked.
    Search(String),
    /// Confluence does not understand a parameter.
    Parameter(&'static str),
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::Token(message) => (StatusCode::UNAUTHORIZED, json!({"code": 401, "message": message})),
            Self::Site => {
                (StatusCode::NOT_FOUND, json!({"status": 404, "error": "Not Found", "message": "No message available"}))
            }
            Self::Search(why) => (StatusCode::BAD_REQUEST, json!({"errorMessages": [why], "errors": {}})),
            Self::Parameter(name) => {
                let title = format!("Provided value for '{name}' is not valid.");
                let error = json!({"status": 400, "code": "INVALID_REQUEST_PARAMETER", "title": title, "detail": null});
                (StatusCode::BAD_REQUEST, json!({"errors": [error]}))
            }
        };
        (status, Json(body)).into_response()
    }
}

/// The grant behind the request's token, if the scope is in it.
pub(super) fn granted(app: &App, headers: &HeaderMap, scope: Option<&str>) -> Result<Grant, Refused> {
    let grant = app.bearer(Vendor::Atlassian, headers).ok_or(Refused::Token("Unauthorized"))?;
    if scope.is_none_or(|scope| grant.has(scope)) {
        Ok(grant)
    } else {
        Err(Refused::Token("Unauthorized; scope does not match"))
    }
}

pub(super) async fn me(State(app): State<App>, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, Some("read:me"))?;
    let person = app.people.person(Vendor::Atlassian, &grant.account);
    Ok(Json(json!({
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
    })))
}
