//! The token endpoint. Failures are 200 with an `error`, and the answer is a form unless JSON is accepted: both as GitHub
//! does it, and both what a client must not trip over.

use crate::{
    account::Vendor,
    app::App,
    ledger::{Issued, Lifetimes, Refreshing, Reuse, TokenShape},
    oauth::{self, RedirectUri, Use, Why},
    parameters::Parameters,
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
/// Ten years: nobody's clock here gets there.
const UNENDING_SECONDS: u32 = 10 * 365 * 86_400;
const SHAPE: TokenShape = TokenShape {
    refreshing: Refreshing::Rotating,
    reuse: Reuse::REFUSED,
    most: None,
    access_prefix: "ghu_",
    access_length: 36,
    refresh_prefix: "ghr_",
    refresh_length: 76,
};
const OAUTH_APP_SHAPE: TokenShape = TokenShape { refreshing: Refreshing::Never, access_prefix: "gho_", ..SHAPE };

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

fn grant(app: &App, form: &Parameters) -> Result<(Issued, Option<Lifetimes>), Failure> {
    let (id, secret) = (form.get("client_id").unwrap_or_default(), form.get("client_secret").unwrap_or_default());
    let client = app.authenticated(Vendor::Github, id, secret).ok_or(CREDENTIALS)?;
    let app_tokens = client.purpose == Use::Connect && app.dials.of(Vendor::Github).settings.expiring_tokens;
    let (access, refresh) = if app_tokens {
        (ACCESS_SECONDS, TimeDelta::seconds(REFRESH_SECONDS.into()))
    } else {
        (UNENDING_SECONDS, TimeDelta::zero())
    };
    let lives = Lifetimes { access: app.access_ttl(Vendor::Github, access), refresh };
    let whom = (Vendor::Github, client);
    let shape = if app_tokens { SHAPE } else { OAUTH_APP_SHAPE };
    let issued = match form.get("grant_type") {
        None | Some("authorization_code") => {
            oauth::exchange(app, whom, form, RedirectUri::Optional, shape, lives).map(|(issued, _)| issued)
        }
        Some("refresh_token") => oauth::renew(app, whom, form, shape, lives),
        Some(_) => return Err(GRANT_TYPE),
    };
    let issued = issued.map_err(|why| match why {
        Why::Code | Why::Verifier => CODE,
        Why::RedirectUri => REDIRECT,
        Why::RefreshToken => REFRESH,
    })?;
    Ok((issued, app_tokens.then_some(lives)))
}

/// Without lifetimes, the answer of an OAuth app, whose tokens do not end.
fn success(issued: &Issued, lives: Option<Lifetimes>) -> Value {
    // Asked for with spaces, answered with commas.
    let scope = issued.scopes.join(",");
    match lives {
        Some(lives) => json!({
            "access_token": issued.access_token,
            "expires_in": lives.access.num_seconds(),
            "refresh_token": issued.refresh_token,
            "refresh_token_expires_in": lives.refresh.num_seconds(),
            "scope": scope,
            "token_type": "bearer",
        }),
        None => json!({"access_token": issued.access_token, "scope": scope, "token_type": "bearer"}),
    }
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
