//! Faults on demand: what a vendor's servers, or a proxy before them, do on a bad day.

use crate::{account::Vendor, app::App, wire::Wire};
use axum::{
    Json,
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::num::NonZeroU32;

/// Which requests a fault is for.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    Token,
    Api,
    Revoke,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    #[serde(rename = "status_500")]
    Status500,
    #[serde(rename = "status_502_html")]
    Status502Html,
    #[serde(rename = "status_429")]
    Status429,
    /// The vendor's own refusal for too many calls: 403 at GitHub, 400 at Linear, 429 elsewhere.
    RateLimited,
    #[serde(rename = "error_200")]
    Error200,
    #[serde(rename = "html_200")]
    Html200,
    TruncatedJson,
    /// 10 MiB of JSON.
    HugeBody,
    Empty,
    /// The connection ends without one byte of an answer.
    Close,
    /// No answer until the client gives up.
    Hang,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) on: Target,
    pub(crate) kind: Kind,
    /// How many requests it is for.
    #[serde(default = "once", deserialize_with = "at_least_one")]
    pub(crate) times: u32,
    pub(crate) retry_after_seconds: Option<u32>,
    /// The `error` of `error_200`, for example `bad_refresh_token`.
    pub(crate) error: Option<String>,
}

fn once() -> u32 {
    1
}

fn at_least_one<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    NonZeroU32::deserialize(deserializer).map(NonZeroU32::get)
}

/// Counts a request to a token endpoint, and lets it through unless a fault is due.
pub(crate) async fn on_token(State((app, vendor)): State<(App, Vendor)>, request: Request, next: Next) -> Response {
    app.dials.of(vendor).counters.token_requests += 1;
    pass_or_fail(&app, vendor, Target::Token, request, next).await
}

/// The same for the API. What a client ends with `DELETE` counts as revoking.
pub(crate) async fn on_api(State((app, vendor)): State<(App, Vendor)>, request: Request, next: Next) -> Response {
    app.dials.of(vendor).counters.api_calls += 1;
    let target = if request.method() == Method::DELETE { Target::Revoke } else { Target::Api };
    pass_or_fail(&app, vendor, target, request, next).await
}

/// The same for a revocation endpoint that stands outside the API.
pub(crate) async fn on_revoke(State((app, vendor)): State<(App, Vendor)>, request: Request, next: Next) -> Response {
    pass_or_fail(&app, vendor, Target::Revoke, request, next).await
}

async fn pass_or_fail(app: &App, vendor: Vendor, target: Target, request: Request, next: Next) -> Response {
    let fault = app.dials.of(vendor).take_fault(target);
    let Some(fault) = fault else { return next.run(request).await };
    match fault.kind {
        Kind::Hang => app.shutdown.cancelled().await,
        Kind::Close => {
            if let Some(ConnectInfo(wire)) = request.extensions().get::<ConnectInfo<Wire>>() {
                wire.cut();
            }
        }
        _ => {}
    }
    let mut response = answer(vendor, &fault);
    if let Some(seconds) = fault.retry_after_seconds {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn answer(vendor: Vendor, fault: &Fault) -> Response {
    let json_text = |body: Vec<u8>| ([(header::CONTENT_TYPE, "application/json")], Body::from(body)).into_response();
    match fault.kind {
        Kind::Status500 => (StatusCode::INTERNAL_SERVER_ERROR, "the sandbox was asked to fail").into_response(),
        Kind::Status502Html => (StatusCode::BAD_GATEWAY, Html(PROXY_PAGE)).into_response(),
        Kind::Status429 => {
            (StatusCode::TOO_MANY_REQUESTS, Json(json!({"message": "Too many requests"}))).into_response()
        }
        Kind::RateLimited => rate_limited(vendor),
        Kind::Error200 => Json(refusal(vendor, fault)).into_response(),
        Kind::Html200 => Html(PROXY_PAGE).into_response(),
        Kind::TruncatedJson => json_text(br#"{"access_token":"trunc"#.to_vec()),
        Kind::HugeBody => json_text(huge()),
        Kind::Empty | Kind::Close | Kind::Hang => StatusCode::OK.into_response(),
    }
}

const PROXY_PAGE: &str = "<!doctype html><title>Unicorn!</title><h1>This page is taking too long to load.</h1>";

fn huge() -> Vec<u8> {
    let mut body = br#"{"access_token":""#.to_vec();
    body.resize(10 * 1024 * 1024 - 2, b'x');
    body.extend_from_slice(br#""}"#);
    body
}

fn refusal(vendor: Vendor, fault: &Fault) -> serde_json::Value {
    let message = "The sandbox was asked to fail.";
    let error = fault.error.as_deref().unwrap_or("temporarily_unavailable");
    match (vendor, fault.on) {
        (Vendor::Linear, Target::Api) => json!({"data": null, "errors": [{"message": message, "extensions": {
            "type": "internal error", "code": "INTERNAL_SERVER_ERROR", "statusCode": 500, "userError": false,
        }}]}),
        (Vendor::Github, Target::Api) => json!({"message": message, "errors": [error]}),
        (Vendor::Slack, _) => json!({"ok": false, "error": error}),
        (Vendor::Zoho, Target::Api) => {
            json!({"code": "INTERNAL_ERROR", "details": {}, "message": message, "status": "error"})
        }
        (Vendor::Zoho, _) => json!({"error": error}),
        (Vendor::Spotify, Target::Api) => json!({"error": {"status": 200, "message": message}}),
        _ => json!({"error": error, "error_description": message}),
    }
}

/// GitHub and Linear refuse with a status that elsewhere means something final.
fn rate_limited(vendor: Vendor) -> Response {
    match vendor {
        Vendor::Github => (
            StatusCode::FORBIDDEN,
            [("x-ratelimit-remaining", "0")],
            Json(json!({"message": "You have exceeded a secondary rate limit. Please wait a few minutes."})),
        )
            .into_response(),
        Vendor::Slack => {
            (StatusCode::TOO_MANY_REQUESTS, Json(json!({"ok": false, "error": "ratelimited"}))).into_response()
        }
        Vendor::Zoho => Json(json!({
            "error": "Access Denied", "status": "failure",
            "error_description": "You have made too many requests continuously. Please try again after some time.",
        }))
        .into_response(),
        Vendor::Google | Vendor::Spotify | Vendor::Atlassian | Vendor::Generic => {
            (StatusCode::TOO_MANY_REQUESTS, Json(json!({"message": "Too many requests"}))).into_response()
        }
        Vendor::Linear => (
            StatusCode::BAD_REQUEST,
            Json(json!({"errors": [{"message": "Rate limit exceeded", "extensions": {
                "type": "ratelimited", "code": "RATELIMITED", "statusCode": 429, "userError": true,
                "userPresentableMessage": "Rate limit exceeded. Please wait.", "http": {"status": 400},
            }}]})),
        )
            .into_response(),
    }
}
