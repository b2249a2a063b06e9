//! The token endpoint of OpenID Connect. Failures are 200 with `"ok": false`; the token does not end.

use super::openid;
use crate::{
    account::Vendor,
    app::App,
    ledger::{Lifetimes, Refreshing, Reuse, TokenShape},
    oauth::{self, RedirectUri, Use, Why},
};
use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use serde_json::{Value, json};

/// Ten years: nobody's clock here gets there.
const UNENDING_SECONDS: u32 = 10 * 365 * 86_400;
const SHAPE: TokenShape = TokenShape {
    refreshing: Refreshing::Never,
    reuse: Reuse::REFUSED,
    most: None,
    access_prefix: "xoxp-",
    access_length: 72,
    refresh_prefix: "",
    refresh_length: 0,
};

pub(super) async fn token(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = grant(&app, &headers, &body).unwrap_or_else(|error| json!({"ok": false, "error": error}));
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

fn grant(app: &App, headers: &HeaderMap, body: &Bytes) -> Result<Value, &'static str> {
    let form = oauth::form(headers, body).ok_or("invalid_form_data")?;
    let Some(client) = app.authenticated_by(Vendor::Slack, headers, &form) else {
        let known = form.get("client_id").is_some_and(|id| app.client(Vendor::Slack, id).is_some());
        return Err(if known { "bad_client_secret" } else { "invalid_client_id" });
    };
    if client.purpose != Use::SignIn {
        return Err("invalid_client_id");
    }
    if !matches!(form.get("grant_type"), None | Some("authorization_code")) {
        return Err("invalid_grant_type");
    }
    if form.get("code_verifier").is_some() {
        return Err("pkce_not_allowed");
    }
    let lives = Lifetimes { access: app.access_ttl(Vendor::Slack, UNENDING_SECONDS), refresh: TimeDelta::zero() };
    let whom = (Vendor::Slack, client);
    let (issued, code) =
        oauth::exchange(app, whom, &form, RedirectUri::Demanded, SHAPE, lives).map_err(|why| match why {
            Why::Code | Why::RefreshToken => "invalid_code",
            Why::RedirectUri => "bad_redirect_uri",
            Why::Verifier => "invalid_code_verifier",
        })?;
    let mut answer = json!({"ok": true, "access_token": issued.access_token, "token_type": "Bearer"});
    if let Some(id_token) = openid::id_token(app, &code, &issued.access_token) {
        answer["id_token"] = Value::String(id_token);
    }
    Ok(answer)
}
