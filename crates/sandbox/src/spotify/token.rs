//! The token endpoint. A refresh brings no new refresh token (since July 2026) unless the settings say so, and the one
//! there is ends half a year after the consent, whatever happens.

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

const ACCESS_SECONDS: u32 = 3600;
const REFRESH_DAYS: i64 = 180;
const SHAPE: TokenShape = TokenShape {
    refreshing: Refreshing::Kept,
    reuse: Reuse::REFUSED,
    most: None,
    access_prefix: "BQ",
    access_length: 160,
    refresh_prefix: "AQ",
    refresh_length: 128,
};

pub(super) struct Failure(&'static str, &'static str);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = json!({"error": self.0, "error_description": self.1});
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    }
}

pub(super) async fn token(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Result<Response, Failure> {
    let form = oauth::form(&headers, &body).ok_or(Failure("invalid_request", "The body is no form"))?;
    let client = app.authenticated_by(Vendor::Spotify, &headers, &form);
    let whom = (Vendor::Spotify, client.ok_or(Failure("invalid_client", "Invalid client"))?);
    let lives =
        Lifetimes { access: app.access_ttl(Vendor::Spotify, ACCESS_SECONDS), refresh: TimeDelta::days(REFRESH_DAYS) };
    let rotates = app.dials.of(Vendor::Spotify).settings.rotation;
    let shape = TokenShape { refreshing: if rotates { Refreshing::RotatingApart } else { SHAPE.refreshing }, ..SHAPE };
    let issued = match form.get("grant_type") {
        Some("authorization_code") => {
            oauth::exchange(&app, whom, &form, RedirectUri::Demanded, shape, lives).map(|(issued, _)| issued)
        }
        Some("refresh_token") => oauth::renew(&app, whom, &form, shape, lives),
        _ => return Err(Failure("unsupported_grant_type", "grant_type parameter is missing or unknown")),
    };
    let issued = issued.map_err(|why| {
        let description = match why {
            Why::Code => "Invalid authorization code",
            Why::RedirectUri => "Invalid redirect URI",
            Why::Verifier => "code_verifier was incorrect",
            Why::RefreshToken => "Refresh token revoked",
        };
        Failure("invalid_grant", description)
    })?;
    let mut answer = json!({
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": lives.access.num_seconds(),
        "scope": issued.scopes.join(" "),
    });
    if let Some(refresh_token) = issued.refresh_token {
        answer["refresh_token"] = Value::String(refresh_token);
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}
