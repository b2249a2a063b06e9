//! The token endpoint. Google repeats short scopes by their long names, and gives a refresh token only when asked.

use super::openid;
use crate::{
    account::Vendor,
    app::App,
    ledger::{Lifetimes, Refreshing, Reuse, TokenShape},
    oauth::{self, RedirectUri, Why},
};
use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use serde_json::{Value, json};

pub(super) const EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";
pub(super) const PROFILE: &str = "https://www.googleapis.com/auth/userinfo.profile";

const ACCESS_SECONDS: u32 = 3599;
/// Unused for half a year, a refresh token dies.
const REFRESH_DAYS: i64 = 182;
const SHAPE: TokenShape = TokenShape {
    refreshing: Refreshing::Kept,
    reuse: Reuse::REFUSED,
    most: Some(100),
    access_prefix: "ya29.a0",
    access_length: 180,
    refresh_prefix: "1//0",
    refresh_length: 96,
};

pub(super) struct Failure(pub(super) StatusCode, pub(super) &'static str, pub(super) &'static str);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self(status, error, description) = self;
        (status, Json(json!({"error": error, "error_description": description}))).into_response()
    }
}

const CLIENT: Failure = Failure(StatusCode::UNAUTHORIZED, "invalid_client", "The OAuth client was not found.");

pub(super) async fn token(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Result<Response, Failure> {
    let bad = |error, why| Failure(StatusCode::BAD_REQUEST, error, why);
    let form = oauth::form(&headers, &body).ok_or(bad("invalid_request", "The body is no form."))?;
    let client = app.authenticated_by(Vendor::Google, &headers, &form).ok_or(CLIENT)?;
    let whom = (Vendor::Google, client);
    let lives =
        Lifetimes { access: app.access_ttl(Vendor::Google, ACCESS_SECONDS), refresh: TimeDelta::days(REFRESH_DAYS) };
    let limit = app.dials.of(Vendor::Google).settings.refresh_token_limit;
    let shape = TokenShape { most: limit.or(SHAPE.most), ..SHAPE };
    let done = match form.get("grant_type") {
        Some("authorization_code") => oauth::exchange(&app, whom, &form, RedirectUri::Demanded, shape, lives)
            .map(|(issued, code)| (openid::id_token(&app, &code, &issued.access_token), issued)),
        Some("refresh_token") => oauth::renew(&app, whom, &form, shape, lives).map(|issued| (None, issued)),
        _ => return Err(bad("unsupported_grant_type", "Invalid grant_type")),
    };
    let (id_token, issued) = done.map_err(|why| {
        bad(
            "invalid_grant",
            match why {
                Why::Code => "Malformed auth code.",
                Why::RedirectUri => "Bad Request",
                Why::Verifier => "Invalid code verifier.",
                Why::RefreshToken => "Token has been expired or revoked.",
            },
        )
    })?;
    let mut answer = json!({
        "access_token": issued.access_token,
        "expires_in": lives.access.num_seconds(),
        "scope": long(&issued.scopes),
        "token_type": "Bearer",
    });
    for (name, value) in [("refresh_token", issued.refresh_token), ("id_token", id_token)] {
        if let Some(value) = value {
            answer[name] = Value::String(value);
        }
    }
    Ok(([(header::CACHE_CONTROL, "no-cache, no-store, max-age=0, must-revalidate")], Json(answer)).into_response())
}

fn long(scopes: &[String]) -> String {
    let long = |scope: &String| match scope.as_str() {
        "email" => EMAIL.to_owned(),
        "profile" => PROFILE.to_owned(),
        other => other.to_owned(),
    };
    scopes.iter().map(long).collect::<Vec<_>>().join(" ")
}
