//! Token and revocation endpoints, with the errors of RFC 6749, section 5.2.

use super::registration::{BodyKind, ClientAuth, Entry, Rotation};
use crate::{
    account::Vendor,
    app::App,
    credentials,
    ledger::{Lifetimes, Refreshing, Reuse, TokenShape},
    oauth::{self, Client, RedirectUri, Use},
    parameters::Parameters,
};
use axum::{
    Json,
    body::Bytes,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use kernel::Secret;
use serde_json::json;

/// What is redeemed at an address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Exchange,
    Refresh,
    Both,
}

pub(super) struct Failure(&'static str, &'static str);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self(error, description) = self;
        let body = Json(json!({"error": error, "error_description": description}));
        match error {
            "invalid_client" => {
                (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Basic realm=\"sandbox\"")], body)
                    .into_response()
            }
            _ => (StatusCode::BAD_REQUEST, body).into_response(),
        }
    }
}

/// Ten years: nobody's clock here gets there.
const UNENDING_SECONDS: u32 = 10 * 365 * 86_400;

pub(super) async fn token(app: &App, entry: &Entry, part: Part, request: Request) -> Response {
    match read(entry, request).await.and_then(|form| grant(app, entry, part, &form)) {
        Ok(answer) => ([(header::CACHE_CONTROL, "no-store")], answer).into_response(),
        Err(failure) => failure.into_response(),
    }
}

/// The body in the one format, from the client as it has to say who it is, with everything that must be in it.
async fn read(entry: &Entry, request: Request) -> Result<Parameters, Failure> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1024 * 1024).await.map_err(|_| Failure("invalid_request", "too long"))?;
    let form = match entry.registration.token_body {
        BodyKind::Form => {
            oauth::form(&parts.headers, &body).ok_or(Failure("invalid_request", "the body must be a form"))
        }
        BodyKind::Json => json_body(&parts.headers, &body),
    }?;
    authenticate(entry, &parts.headers, &form)?;
    Ok(form)
}

fn json_body(headers: &HeaderMap, body: &Bytes) -> Result<Parameters, Failure> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_json = kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json");
    let parsed = if is_json { Parameters::from_json(body) } else { None };
    parsed.ok_or(Failure("invalid_request", "the body must be a JSON object of texts"))
}

/// One way and no other: a secret in a second place is as wrong as one that is missing.
fn authenticate(entry: &Entry, headers: &HeaderMap, form: &Parameters) -> Result<(), Failure> {
    let described = &entry.registration;
    let wrong = |why| Err(Failure("invalid_client", why));
    let secret = described.client_secret.as_ref().map_or("", |secret| secret.expose());
    let in_body = form.get("client_secret");
    let basic = credentials::basic(headers);
    let is_id = |id: &str| kernel::same(id, &described.client_id);
    match described.client_auth {
        ClientAuth::Basic => match basic {
            _ if in_body.is_some() => wrong("the client authenticates with Basic and not in the body"),
            Some((id, given)) if is(&id, &described.client_id) && is(&given, secret) => Ok(()),
            _ => wrong("id or secret is not right"),
        },
        _ if headers.contains_key(header::AUTHORIZATION) => wrong("the client does not authenticate with a header"),
        ClientAuth::None if in_body.is_some() => wrong("the client has no secret"),
        ClientAuth::None if form.get("client_id").is_some_and(is_id) => Ok(()),
        ClientAuth::Body
            if form.get("client_id").is_some_and(is_id) && in_body.is_some_and(|given| kernel::same(given, secret)) =>
        {
            Ok(())
        }
        ClientAuth::None | ClientAuth::Body => wrong("id or secret is not right"),
    }
}

/// As it is, or form-encoded as RFC 6749 (2.3.1) wants it and few do.
fn is(given: &str, right: &str) -> bool {
    let encoded: String = url::form_urlencoded::byte_serialize(right.as_bytes()).collect();
    kernel::same(given, right) || kernel::same(given, &encoded)
}

fn grant(app: &App, entry: &Entry, part: Part, form: &Parameters) -> Result<Json<serde_json::Value>, Failure> {
    let described = &entry.registration;
    let is_refresh = match form.get("grant_type") {
        Some("authorization_code") if part != Part::Refresh => false,
        Some("refresh_token") if part != Part::Exchange => true,
        _ => return Err(Failure("unsupported_grant_type", "grant_type is not one that belongs here")),
    };
    for (name, value) in &described.required_token_params {
        if form.get(name) != Some(value.as_str()) {
            return Err(Failure("invalid_request", "a fixed parameter is missing"));
        }
    }
    let shape = TokenShape {
        refreshing: match described.rotation {
            Rotation::Never => Refreshing::Never,
            Rotation::Kept => Refreshing::Kept,
            Rotation::Replaced => Refreshing::Rotating,
        },
        reuse: Reuse { ends_family: described.revoke_family_on_reuse, ..Reuse::REFUSED },
        most: None,
        access_prefix: "generic_at_",
        access_length: 40,
        refresh_prefix: "generic_rt_",
        refresh_length: 40,
    };
    let access = TimeDelta::seconds(described.access_ttl_seconds.unwrap_or(UNENDING_SECONDS).into());
    let lives = Lifetimes { access, refresh: TimeDelta::seconds(UNENDING_SECONDS.into()) };
    let (id, secret) = (entry.client_key(), Secret::from(""));
    let client = Client { id: &id, secret: &secret, redirect_uris: &[], purpose: Use::Connect };
    let whom = (Vendor::Generic, client);
    let issued = if is_refresh {
        oauth::renew(app, whom, form, shape, lives)
    } else {
        oauth::exchange(app, whom, form, RedirectUri::Demanded, shape, lives).map(|(issued, _)| issued)
    };
    let sentence = "the code, its verifier or callback, or the refresh token is not right";
    let issued = issued.map_err(|_| Failure("invalid_grant", sentence))?;
    let mut dial = entry.dial.lock();
    if is_refresh {
        dial.counters.refreshes += 1;
    } else {
        dial.counters.exchanges += 1;
    }
    let scope = issued.scopes.join(&described.scope_separator.letter().to_string());
    let mut answer = json!({"access_token": issued.access_token, "token_type": "Bearer", "scope": scope});
    if let Some(seconds) = described.access_ttl_seconds {
        answer["expires_in"] = json!(seconds);
    }
    if let Some(refresh_token) = issued.refresh_token {
        answer["refresh_token"] = json!(refresh_token);
    }
    Ok(Json(answer))
}

/// RFC 7009: what is not known is as good as revoked.
pub(super) async fn revoke(app: &App, entry: &Entry, request: Request) -> Response {
    let form = match read(entry, request).await {
        Ok(form) => form,
        Err(failure) => return failure.into_response(),
    };
    let Some(token) = form.get("token") else {
        return Failure("invalid_request", "token is missing").into_response();
    };
    let ended = app.store.change(|ledger| {
        let book = ledger.book(Vendor::Generic);
        book.take_by_access(token).or_else(|| book.take_by_refresh(token))
    });
    if ended.is_some() {
        entry.dial.lock().counters.revocations += 1;
    }
    StatusCode::OK.into_response()
}
