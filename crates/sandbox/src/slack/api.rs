//! Who a token is, and in which workspace. Refusals are 200; what was granted stands in a header of every answer.

use super::{APP_ID, bot_user_id, enterprise, id};
use crate::{
    account::Vendor,
    app::App,
    credentials,
    ledger::{Actor, Grant},
    parameters::Parameters,
};
use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// What is said of a token that opens nothing, or not this.
pub(super) type Refusal = Value;

pub(super) fn refusal(error: &str) -> Refusal {
    json!({"ok": false, "error": error})
}

/// The grant behind the request's token.
pub(super) fn caller(app: &App, headers: &HeaderMap) -> Result<Grant, Refusal> {
    let token = credentials::token(headers, &["bearer"]).ok_or_else(|| refusal("not_authed"))?;
    app.store.read(|ledger| {
        let book = ledger.book(Vendor::Slack);
        let dead = if book.has_expired(token, app.now()) { "token_expired" } else { "invalid_auth" };
        book.find(token, app.now()).ok_or_else(|| refusal(dead))
    })
}

/// What is said to a token that has not this scope.
pub(super) fn missing(grant: &Grant, scope: &str) -> Refusal {
    json!({"ok": false, "error": "missing_scope", "needed": scope, "provided": grant.scopes.join(",")})
}

pub(super) fn answer(app: &App, headers: &HeaderMap, scope: &str, told: impl FnOnce(&Grant) -> Value) -> Response {
    let grant = match caller(app, headers) {
        Ok(grant) => grant,
        Err(refusal) => return Json(refusal).into_response(),
    };
    let provided = grant.scopes.join(",");
    let body = if scope.is_empty() || grant.has(scope) { told(&grant) } else { missing(&grant, scope) };
    let mut response = Json(body).into_response();
    if let Ok(scopes) = HeaderValue::from_str(&provided) {
        response.headers_mut().insert("x-oauth-scopes", scopes);
    }
    response
}

pub(super) async fn auth_test(State(app): State<App>, headers: HeaderMap) -> Response {
    answer(&app, &headers, "", |grant| {
        let account = &grant.account;
        let (enterprise, person) = (enterprise(account), app.people.person(Vendor::Slack, account));
        let team_id = match &enterprise {
            Some(enterprise) => enterprise["id"].clone(),
            None => json!(account.slack_team_id()),
        };
        let mut body = json!({
            "ok": true, "url": format!("https://{account}.slack.invalid/"), "team": format!("{account} workspace"),
            "team_id": team_id, "app_id": APP_ID, "is_enterprise_install": enterprise.is_some(),
        });
        if let Some(enterprise) = enterprise {
            body["enterprise_id"] = enterprise["id"].clone();
        }
        (body["user"], body["user_id"]) = match grant.actor {
            Actor::App => (json!("connectors"), json!(bot_user_id(account))),
            Actor::Person => (json!(account.name()), json!(person.id)),
        };
        if grant.actor == Actor::App {
            body["bot_id"] = json!(id('B', account, "slack bot"));
        }
        body
    })
}

pub(super) async fn team_info(State(app): State<App>, headers: HeaderMap) -> Response {
    answer(&app, &headers, "team:read", |grant| {
        let account = &grant.account;
        let picture = format!("{}/avatars/{account}", app.url);
        json!({"ok": true, "team": {
            "id": account.slack_team_id(), "name": format!("{account} workspace"), "domain": account.name(),
            "url": format!("https://{account}.slack.invalid/"), "email_domain": "",
            "icon": {"image_34": picture, "image_132": picture, "image_230": picture, "image_default": true},
        }})
    })
}

pub(super) async fn users_info(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    answer(&app, &headers, "users:read", |grant| {
        let account = &grant.account;
        let person = app.people.person(Vendor::Slack, account);
        let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
        let wanted = parameters.as_ref().and_then(|parameters| parameters.get("user")).unwrap_or_default();
        let is_bot = wanted == bot_user_id(account);
        if wanted != person.id && !is_bot {
            return refusal("user_not_found");
        }
        let (name, real_name) =
            if is_bot { ("connectors", "Connectors") } else { (account.name(), person.name.as_str()) };
        let picture = format!("{}/avatars/{name}", app.url);
        let mut profile = json!({"display_name": name, "real_name": real_name, "image_192": picture});
        if grant.has("users:read.email") && !is_bot {
            profile["email"] = json!(person.email);
        }
        json!({"ok": true, "user": {
            "id": wanted, "team_id": account.slack_team_id(), "name": name, "real_name": real_name, "is_bot": is_bot,
            "deleted": false, "tz": "Europe/Berlin", "profile": profile,
        }})
    })
}
