//! Who a person is, in which workspace.

use crate::{
    account::{Account, Vendor},
    app::App,
    id_tokens,
    ledger::Code,
};
use axum::{Json, extract::State, http::HeaderMap};
use serde_json::{Value, json};

pub(super) async fn keys() -> Json<Value> {
    Json(id_tokens::jwks())
}

/// Refusals are 200, as everywhere in this API.
pub(super) async fn user_info(State(app): State<App>, headers: HeaderMap) -> Json<Value> {
    let Some(grant) = app.bearer(Vendor::Slack, &headers) else {
        return Json(json!({"ok": false, "error": "invalid_auth"}));
    };
    let mut answer = claims(&app, &grant.account, &grant.scopes);
    answer["ok"] = json!(true);
    Json(answer)
}

fn claims(app: &App, account: &Account, scopes: &[String]) -> Value {
    let person = app.people.person(Vendor::Slack, account);
    let granted = |name: &str| scopes.iter().any(|scope| scope == name);
    let mut claims = json!({
        "sub": person.id,
        "https://slack.com/user_id": person.id,
        "https://slack.com/team_id": account.slack_team_id(),
    });
    if granted("profile") {
        let (given, family) = person.name.split_once(' ').unwrap_or((&person.name, ""));
        (claims["given_name"], claims["family_name"]) = (json!(given), json!(family));
        let picture = format!("{}/avatars/{account}", app.url);
        claims["name"] = json!(person.name);
        claims["picture"] = json!(picture);
        claims["locale"] = json!("en-US");
        claims["https://slack.com/team_name"] = json!(format!("{account} workspace"));
        claims["https://slack.com/user_image_512"] = json!(picture);
    }
    if granted("email")
        && let Some(email) = person.email
    {
        claims["email"] = json!(email);
        claims["email_verified"] = json!(person.email_verified);
    }
    claims
}

/// Lives for five minutes, dated by real time because the other side checks it by its own clock.
pub(super) fn id_token(app: &App, code: &Code, access_token: &str) -> Option<String> {
    let flaw = app.dials.of(Vendor::Slack).flaws.pop_front();
    let now = app.wall.now().timestamp();
    let mut claims = claims(app, &code.account, &code.scopes);
    claims["iss"] = json!(format!("{}/slack", app.url));
    claims["aud"] = json!(code.client_id);
    claims["at_hash"] = json!(id_tokens::access_token_hash(access_token));
    claims["auth_time"] = json!(now);
    claims["iat"] = json!(now);
    claims["exp"] = json!(now + 300);
    if let Some(nonce) = &code.terms.nonce {
        claims["nonce"] = json!(nonce);
    }
    id_tokens::issue(claims, flaw)
}
