//! The token endpoint: forms only, errors with a status, and a new refresh token every time.

use crate::{
    account::Vendor,
    app::App,
    credentials,
    ledger::{Issued, Lifetimes, TokenShape},
    parameters::Parameters,
    pkce,
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
const SHAPE: TokenShape =
    TokenShape { access_prefix: "lin_oauth_", access_length: 64, refresh_prefix: "lin_refresh_", refresh_length: 64 };

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
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_form = kind.split(';').next().is_some_and(|kind| kind.trim() == "application/x-www-form-urlencoded");
    let invalid = |why| Failure(StatusCode::BAD_REQUEST, "invalid_request", why);
    if !is_form {
        return Err(invalid("The body must be application/x-www-form-urlencoded."));
    }
    Parameters::parse(body).ok_or_else(|| invalid("A parameter comes twice."))
}

pub(super) async fn token(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Result<Response, Failure> {
    let form = form(&headers, &body)?;
    authenticate(&app, &headers, &form)?;
    let lives = Lifetimes {
        access: app.access_ttl(Vendor::Linear, ACCESS_SECONDS),
        refresh: TimeDelta::seconds(REFRESH_SECONDS),
    };
    let issued = match form.get("grant_type") {
        Some("authorization_code") => exchange(&app, &form, lives)?,
        Some("refresh_token") => refresh(&app, &form, lives)?,
        _ => {
            let why = "grant_type must be authorization_code or refresh_token.";
            return Err(Failure(StatusCode::BAD_REQUEST, "unsupported_grant_type", why));
        }
    };
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
fn authenticate(app: &App, headers: &HeaderMap, form: &Parameters) -> Result<(), Failure> {
    let registered = &app.config.linear;
    let (id, secret) = match credentials::basic(headers) {
        Some((id, secret)) => (id, Some(secret)),
        None => (form.get("client_id").unwrap_or_default().to_owned(), form.get("client_secret").map(str::to_owned)),
    };
    let secret_fits = secret.is_none_or(|secret| kernel::same(secret, registered.client_secret.expose()));
    if kernel::same(id, &registered.client_id) && secret_fits {
        return Ok(());
    }
    Err(Failure(StatusCode::UNAUTHORIZED, "invalid_client", "Client authentication failed."))
}

fn exchange(app: &App, form: &Parameters, lives: Lifetimes) -> Result<Issued, Failure> {
    let now = app.now();
    let text = form.get("code").ok_or_else(|| invalid_grant("code is missing."))?;
    let issued = app.store.change(|ledger| {
        let book = ledger.book(Vendor::Linear);
        let code = book.take_code(text, now).ok_or_else(|| invalid_grant("The code is invalid, used or expired."))?;
        if form.get("redirect_uri") != Some(code.redirect_uri.as_str()) {
            return Err(invalid_grant("redirect_uri differs from the one of the authorization."));
        }
        if !pkce::verified(code.challenge.as_deref(), form.get("code_verifier")) {
            return Err(invalid_grant("code_verifier does not match the challenge."));
        }
        Ok(book.open(code.account, code.scopes, &SHAPE, lives, now))
    })?;
    app.dials.of(Vendor::Linear).counters.exchanges += 1;
    Ok(issued)
}

fn refresh(app: &App, form: &Parameters, lives: Lifetimes) -> Result<Issued, Failure> {
    let now = app.now();
    let text = form.get("refresh_token").ok_or_else(|| invalid_grant("refresh_token is missing."))?;
    let rotated = app.store.change(|ledger| ledger.book(Vendor::Linear).rotate(text, &SHAPE, lives, now));
    let issued = rotated.ok_or_else(|| invalid_grant("The refresh token is invalid, used or expired."))?;
    app.dials.of(Vendor::Linear).counters.refreshes += 1;
    Ok(issued)
}
