//! The token endpoint. Failures are 200 with an `error`, and the answer is a form unless JSON is accepted: both as GitHub
//! does it, and both what a client must not trip over.

use crate::{
    account::Vendor,
    app::App,
    ledger::{Issued, Lifetimes, TokenShape},
    parameters::Parameters,
    pkce,
};
use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use serde_json::{Map, Value, json};

const ACCESS_SECONDS: u32 = 28_800;
const REFRESH_SECONDS: u32 = 15_811_200;
const SHAPE: TokenShape =
    TokenShape { access_prefix: "ghu_", access_length: 36, refresh_prefix: "ghr_", refresh_length: 76 };

/// An `error` of the vendor's documentation and its sentence.
struct Failure(&'static str, &'static str);

const CREDENTIALS: Failure =
    Failure("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.");
const CODE: Failure = Failure("bad_verification_code", "The code passed is incorrect or expired.");
const REDIRECT: Failure =
    Failure("redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL for this application.");
const REFRESH: Failure = Failure("bad_refresh_token", "The refresh token passed is incorrect or expired.");
const GRANT_TYPE: Failure = Failure("unsupported_grant_type", "The grant_type is not supported.");

pub(super) async fn token(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = match Parameters::parse(&body).ok_or(CREDENTIALS).and_then(|form| grant(&app, &form)) {
        Ok((issued, lives)) => success(&issued, lives),
        Err(Failure(error, description)) => {
            json!({"error": error, "error_description": description, "error_uri": "https://docs.github.com/apps"})
        }
    };
    let wants_json = headers.get_all(header::ACCEPT).iter().any(|accept| {
        accept.to_str().is_ok_and(|accept| accept.contains("application/json") || accept.contains("+json"))
    });
    match answer {
        Value::Object(fields) if !wants_json => form(&fields),
        answer => ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
    }
}

fn grant(app: &App, form: &Parameters) -> Result<(Issued, Lifetimes), Failure> {
    let registered = &app.config.github;
    let (id, secret) = (form.get("client_id").unwrap_or_default(), form.get("client_secret").unwrap_or_default());
    if !(kernel::same(id, &registered.client_id) && kernel::same(secret, registered.client_secret.expose())) {
        return Err(CREDENTIALS);
    }
    let lives = Lifetimes {
        access: app.access_ttl(Vendor::Github, ACCESS_SECONDS),
        refresh: TimeDelta::seconds(REFRESH_SECONDS.into()),
    };
    let issued = match form.get("grant_type") {
        None | Some("authorization_code") => exchange(app, form, lives),
        Some("refresh_token") => refresh(app, form, lives),
        Some(_) => Err(GRANT_TYPE),
    }?;
    Ok((issued, lives))
}

fn exchange(app: &App, form: &Parameters, lives: Lifetimes) -> Result<Issued, Failure> {
    let now = app.now();
    let text = form.get("code").ok_or(CODE)?;
    let issued = app.store.change(|ledger| {
        let book = ledger.book(Vendor::Github);
        let code = book.take_code(text, now).ok_or(CODE)?;
        if form.get("redirect_uri").is_some_and(|given| given != code.redirect_uri) {
            return Err(REDIRECT);
        }
        if !pkce::verified(code.challenge.as_deref(), form.get("code_verifier")) {
            return Err(CODE);
        }
        Ok(book.open(code.account, code.scopes, &SHAPE, lives, now))
    })?;
    app.dials.of(Vendor::Github).counters.exchanges += 1;
    Ok(issued)
}

fn refresh(app: &App, form: &Parameters, lives: Lifetimes) -> Result<Issued, Failure> {
    let now = app.now();
    let text = form.get("refresh_token").ok_or(REFRESH)?;
    let rotated = app.store.change(|ledger| ledger.book(Vendor::Github).rotate(text, &SHAPE, lives, now));
    let issued = rotated.ok_or(REFRESH)?;
    app.dials.of(Vendor::Github).counters.refreshes += 1;
    Ok(issued)
}

fn success(issued: &Issued, lives: Lifetimes) -> Value {
    json!({
        "access_token": issued.access_token,
        "expires_in": lives.access.num_seconds(),
        "refresh_token": issued.refresh_token,
        "refresh_token_expires_in": lives.refresh.num_seconds(),
        // Asked for with spaces, answered with commas.
        "scope": issued.scopes.join(","),
        "token_type": "bearer",
    })
}

fn form(fields: &Map<String, Value>) -> Response {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields.iter().map(|(name, value)| (name, text(value))))
        .finish();
    let headers = [
        (header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, body).into_response()
}
