//! Who a person is: the claims of the id token, the keys to check it with, and the same claims behind an access token.

use super::token::EMAIL;
use crate::{
    account::{Account, Vendor},
    app::App,
    id_tokens,
    ledger::Code,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// Google says how long its keys may be kept.
pub(super) async fn certs() -> Response {
    ([(header::CACHE_CONTROL, "public, max-age=3600")], Json(id_tokens::jwks())).into_response()
}

pub(super) async fn userinfo(State(app): State<App>, headers: HeaderMap) -> Response {
    let Some(grant) = app.bearer(Vendor::Google, &headers) else {
        let body = json!({"error": "invalid_request", "error_description": "Invalid Credentials"});
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    };
    Json(claims(&app, &grant.account, &grant.scopes)).into_response()
}

/// What the scopes allow to say.
fn claims(app: &App, account: &Account, scopes: &[String]) -> Value {
    let person = app.people.person(Vendor::Google, account);
    let granted = |names: [&str; 2]| scopes.iter().any(|scope| names.contains(&scope.as_str()));
    let mut claims = json!({"sub": person.id});
    if granted(["profile", super::token::PROFILE]) {
        let (given, family) = person.name.split_once(' ').unwrap_or((&person.name, ""));
        (claims["given_name"], claims["family_name"]) = (json!(given), json!(family));
        claims["name"] = json!(person.name);
        claims["picture"] = json!(format!("{}/avatars/{account}", app.url));
    }
    if granted(["email", EMAIL])
        && let Some(email) = person.email
    {
        claims["email"] = json!(email);
        claims["email_verified"] = json!(person.email_verified);
    }
    claims
}

/// The id token that goes with an exchange, dated by real time because the other side checks it by its own clock.
pub(super) fn id_token(app: &App, code: &Code, access_token: &str) -> Option<String> {
    if !code.scopes.iter().any(|scope| scope == "openid") {
        return None;
    }
    let flaw = app.dials.of(Vendor::Google).flaws.pop_front();
    let now = app.wall.now().timestamp();
    let mut claims = claims(app, &code.account, &code.scopes);
    claims["iss"] = json!(format!("{}/google", app.url));
    claims["aud"] = json!(code.client_id);
    claims["azp"] = json!(code.client_id);
    claims["at_hash"] = json!(id_tokens::access_token_hash(access_token));
    claims["iat"] = json!(now);
    claims["exp"] = json!(now + 3600);
    if let Some(nonce) = &code.terms.nonce {
        claims["nonce"] = json!(nonce);
    }
    id_tokens::issue(claims, flaw)
}
