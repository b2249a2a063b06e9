//! The token endpoint: forms only, errors with a status, and a new refresh token every time.

use crate::{
    account::Vendor,
    app::App,
    credentials,
    ledger::{Lifetimes, Refreshing, Reuse, TokenShape},
    oauth::{self, Client, RedirectUri, Why},
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
use serde_json::json;

/// One second under 24 hours, as Linear says it.
const ACCESS_SECONDS: u32 = 86_399;
/// Linear publishes none; a year never comes in the way.
const REFRESH_SECONDS: i64 = 365 * 86_400;
const SHAPE: TokenShape = TokenShape {
    refreshing: Refreshing::Rotating,
    reuse: Reuse::REFUSED,
    most: None,
    access_prefix: "lin_oauth_",
    access_length: 64,
    refresh_prefix: "lin_refresh_",
    refresh_length: 64,
};

pub(super) struct Failure(pub(super) StatusCode, pub(super) &'static str, pub(super) &'static str);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self(status, error, description) = self;
        (status, Json(json!({"error": error, "error_description": description}))).into_response()
    }
}

fn invalid_grant(description: &'static str) -> Failure {
    Failure(StatusCode::BAD_REQUEST, "invalid_grant", description)
}

/// The body as a form; nothing else is read, JSON least of all.
pub(super) fn form(headers: &HeaderMap, body: &Bytes) -> Result<Parameters, Failure> {
    let why = "The body must be application/x-www-form-urlencoded, each parameter once.";
    oauth::form(headers, body).ok_or(Failure(StatusCode::BAD_REQUEST, "invalid_request", why))
}

pub(super) async fn token(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Result<Response, Failure> {
    let form = form(&headers, &body)?;
    let whom = (Vendor::Linear, client(&app, &headers, &form)?);
    let lives = Lifetimes {
        access: app.access_ttl(Vendor::Linear, ACCESS_SECONDS),
        refresh: TimeDelta::seconds(REFRESH_SECONDS),
    };
    let issued = match form.get("grant_type") {
        Some("authorization_code") => {
            oauth::exchange(&app, whom, &form, RedirectUri::Demanded, SHAPE, lives).map(|(issued, _)| issued)
        }
        Some("refresh_token") => oauth::renew(&app, whom, &form, SHAPE, lives),
        _ => {
            let why = "grant_type must be authorization_code or refresh_token.";
            return Err(Failure(StatusCode::BAD_REQUEST, "unsupported_grant_type", why));
        }
    };
    let issued = issued.map_err(|why| {
        invalid_grant(match why {
            Why::Code => "The code is invalid, used or expired.",
            Why::RedirectUri => "redirect_uri differs from the one of the authorization.",
            Why::Verifier => "code_verifier does not match the challenge.",
            Why::RefreshToken => "The refresh token is invalid, used or expired.",
        })
    })?;
    let answer = json!({
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": lives.access.num_seconds(),
        // Asked for with commas, answered with spaces.
        "scope": issued.scopes.join(" "),
        "refresh_token": issued.refresh_token,
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// Id and secret in the form or as HTTP Basic. With PKCE, which every code here has, Linear lets the id stand alone; a
/// secret that is given must be right all the same.
fn client<'a>(app: &'a App, headers: &HeaderMap, form: &Parameters) -> Result<Client<'a>, Failure> {
    let (id, secret) = match credentials::basic(headers) {
        Some((id, secret)) => (id, Some(secret)),
        None => (form.get("client_id").unwrap_or_default().to_owned(), form.get("client_secret").map(str::to_owned)),
    };
    let found = match secret {
        Some(secret) => app.authenticated(Vendor::Linear, &id, &secret),
        None => app.client(Vendor::Linear, &id),
    };
    found.ok_or(Failure(StatusCode::UNAUTHORIZED, "invalid_client", "Client authentication failed."))
}
