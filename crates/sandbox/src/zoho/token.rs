//! Token and revocation endpoints. Failures are 200 with an `error`, and a refresh brings neither a refresh token nor the
//! scopes.

use super::DataCentre;
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
    extract::{Path, RawQuery, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use serde_json::{Value, json};

const ACCESS_SECONDS: u32 = 3600;
/// Refresh tokens do not end by time; nobody's clock here gets this far.
const REFRESH_DAYS: i64 = 3650;
const SHAPE: TokenShape = TokenShape {
    refreshing: Refreshing::Kept,
    reuse: Reuse::REFUSED,
    most: Some(20),
    access_prefix: "1000.",
    access_length: 65,
    refresh_prefix: "1000.",
    refresh_length: 65,
};

pub(super) async fn token(
    State(app): State<App>,
    Path(here): Path<DataCentre>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = grant(&app, here, &headers, &body).unwrap_or_else(|error| json!({"error": error}));
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

fn grant(app: &App, here: DataCentre, headers: &HeaderMap, body: &Bytes) -> Result<Value, &'static str> {
    let form = oauth::form(headers, body).ok_or("invalid_request")?;
    let id = form.get("client_id").unwrap_or_default();
    let known = app.client(Vendor::Zoho, id).ok_or("invalid_client")?;
    let secret = form.get("client_secret").unwrap_or_default();
    let client = app.authenticated(Vendor::Zoho, known.id, secret).ok_or("invalid_client_secret")?;
    let is_refresh = match form.get("grant_type") {
        Some("authorization_code") => false,
        Some("refresh_token") => true,
        _ => return Err("unsupported_grant_type"),
    };
    let text = form.get(if is_refresh { "refresh_token" } else { "code" }).ok_or("invalid_code")?;
    if !is_at_home(app, here, text) {
        return Err("invalid_code");
    }
    let limit = app.dials.of(Vendor::Zoho).settings.refresh_token_limit;
    let shape = TokenShape { most: limit.or(SHAPE.most), ..SHAPE };
    let access = app.access_ttl(Vendor::Zoho, ACCESS_SECONDS);
    let lives = Lifetimes { access, refresh: TimeDelta::days(REFRESH_DAYS) };
    let whom = (Vendor::Zoho, client);
    let issued = if is_refresh {
        oauth::renew(app, whom, &form, shape, lives)
    } else {
        oauth::exchange(app, whom, &form, RedirectUri::Demanded, shape, lives).map(|(issued, _)| issued)
    };
    let issued = issued.map_err(|why| match why {
        Why::Code | Why::RefreshToken | Why::Verifier => "invalid_code",
        Why::RedirectUri => "invalid_redirect_uri",
    })?;
    let mut answer = json!({
        "access_token": issued.access_token,
        "api_domain": here.api_domain(app),
        "token_type": "Bearer",
        "expires_in": lives.access.num_seconds(),
    });
    if !is_refresh {
        answer["scope"] = json!(issued.scopes.join(" "));
    }
    if let Some(refresh_token) = issued.refresh_token {
        answer["refresh_token"] = json!(refresh_token);
    }
    Ok(answer)
}

/// Whether this data centre knows the code or refresh token at all.
fn is_at_home(app: &App, here: DataCentre, text: &str) -> bool {
    app.store.read(|ledger| ledger.book(Vendor::Zoho).owner(text).is_some_and(|owner| DataCentre::of(owner) == here))
}

/// The token is in the query, as documented, or in a form.
pub(super) async fn revoke(
    State(app): State<App>,
    Path(here): Path<DataCentre>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Json<Value> {
    let query = Parameters::parse(query.unwrap_or_default().as_bytes());
    let form = oauth::form(&headers, &body);
    let token = [&query, &form].into_iter().flatten().find_map(|each| each.get("token")).unwrap_or_default();
    let is_home = is_at_home(&app, here, token);
    let ended = app.store.change(|ledger| {
        let book = ledger.book(Vendor::Zoho);
        if is_home { book.take_by_refresh(token) } else { book.take_access_alone(token, app.now()) }
    });
    if ended.is_none() {
        return Json(json!({"error": "invalid_code"}));
    }
    app.dials.of(Vendor::Zoho).counters.revocations += 1;
    Json(json!({"status": "success"}))
}
