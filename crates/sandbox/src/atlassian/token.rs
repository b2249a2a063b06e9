//! The token endpoint: JSON as it is documented, or a form as most clients send it. A dead grant is 403, and a wrong
//! secret 401 with another word than the RFC's.

use crate::{
    account::Vendor,
    app::App,
    ledger::{Lifetimes, Refreshing, Reuse, TokenShape},
    oauth::{self, RedirectUri, Why},
    parameters::Parameters,
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

const ACCESS_SECONDS: u32 = 3600;
/// Unused for this long, a refresh token dies.
const REFRESH_DAYS: i64 = 90;
const SHAPE: TokenShape = TokenShape {
    refreshing: Refreshing::Rotating,
    // A refresh token may come again within ten minutes, for a lost answer's sake; later it betrays a copy.
    reuse: Reuse { leeway: TimeDelta::minutes(10), ends_family: true },
    most: None,
    access_prefix: "eyJ",
    // They are JWTs of a few kilobytes; clients must not care.
    access_length: 2000,
    refresh_prefix: "eyJ",
    refresh_length: 600,
};

pub(super) struct Failure(StatusCode, &'static str, &'static str);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1, "error_description": self.2}))).into_response()
    }
}

fn parameters(headers: &HeaderMap, body: &Bytes) -> Option<Parameters> {
    oauth::form(headers, body).or_else(|| Parameters::from_json(body))
}

pub(super) async fn token(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Result<Response, Failure> {
    let bad = |error, why| Failure(StatusCode::BAD_REQUEST, error, why);
    let form = parameters(&headers, &body).ok_or(bad("invalid_request", "Neither JSON nor a form."))?;
    // In the body and nowhere else.
    let (id, secret) = (form.get("client_id").unwrap_or_default(), form.get("client_secret").unwrap_or_default());
    let client = app.authenticated(Vendor::Atlassian, id, secret);
    let client = client.ok_or(Failure(StatusCode::UNAUTHORIZED, "access_denied", "Unauthorized"))?;
    let whom = (Vendor::Atlassian, client);
    let lives =
        Lifetimes { access: app.access_ttl(Vendor::Atlassian, ACCESS_SECONDS), refresh: TimeDelta::days(REFRESH_DAYS) };
    let issued = match form.get("grant_type") {
        Some("authorization_code") => {
            oauth::exchange(&app, whom, &form, RedirectUri::Demanded, SHAPE, lives).map(|(issued, _)| issued)
        }
        Some("refresh_token") => oauth::renew(&app, whom, &form, SHAPE, lives),
        _ => return Err(bad("unsupported_grant_type", "Unsupported grant type")),
    };
    let issued = issued.map_err(|why| {
        let description = match why {
            Why::Code => "Invalid authorization code",
            Why::RedirectUri => "redirect_uri did not match",
            Why::Verifier => "Failed to verify code verifier",
            Why::RefreshToken => "Unknown or invalid refresh token.",
        };
        Failure(StatusCode::FORBIDDEN, "invalid_grant", description)
    })?;
    let mut answer = json!({
        "access_token": issued.access_token,
        "expires_in": lives.access.num_seconds(),
        "token_type": "Bearer",
        "scope": issued.scopes.join(" "),
    });
    if let Some(refresh_token) = issued.refresh_token {
        answer["refresh_token"] = Value::String(refresh_token);
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}
