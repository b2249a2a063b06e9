//! What every request and every answer goes through: a number for it, a note of it, the limits, and errors in the API's own
//! words.

use super::{API_KEY, BODY_LIMIT};
use crate::{account::Vendor, app::App, credentials, faults::Kind};
use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Value, json};

/// Under which a request can be asked about.
#[derive(Clone)]
pub(super) struct RequestId(pub(super) String);

/// An error. It is written at the door, which knows the request's id.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    status: StatusCode,
    kind: &'static str,
    message: String,
}

impl Refused {
    pub(super) fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into() }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    fn unauthenticated(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "authentication_error", message)
    }

    /// What of the faults that every vendor has is said in words of this API.
    pub(crate) fn as_fault(vendor: Vendor, kind: Kind) -> Option<Self> {
        if vendor != Vendor::Anthropic {
            return None;
        }
        let (status, kind, message) = match kind {
            Kind::Status500 => (500, "api_error", "Internal server error"),
            Kind::Status529 => (529, "overloaded_error", "Overloaded"),
            Kind::Status429 | Kind::RateLimited | Kind::QuotaExceeded => {
                (429, "rate_limit_error", "This request would exceed your organization's rate limit.")
            }
            _ => return None,
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Some(Self::new(status, kind, message))
    }

    fn body(&self, id: &str) -> Value {
        let error = json!({"type": self.kind, "message": self.message, "details": null});
        json!({"type": "error", "error": error, "request_id": id})
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Where the key stood, and whether it was the right one; of two headers both have to be.
fn credential(headers: &HeaderMap) -> Value {
    let of_header = headers.get("x-api-key").map(|key| key.as_bytes() == API_KEY.as_bytes());
    let of_bearer = credentials::token(headers, &["bearer"]).map(|key| key == API_KEY);
    match (of_header, of_bearer) {
        (Some(key), Some(bearer)) => json!({"header": "both", "right": key && bearer}),
        (Some(right), None) => json!({"header": "x-api-key", "right": right}),
        (None, Some(right)) => json!({"header": "authorization", "right": right}),
        (None, None) => json!({"header": null, "right": false}),
    }
}

pub(super) fn authenticate(headers: &HeaderMap) -> Result<(), Refused> {
    let credential = credential(headers);
    match (credential["header"].as_str(), credential["right"] == true) {
        (None, _) => Err(Refused::unauthenticated("x-api-key header is required")),
        (Some("authorization"), false) => Err(Refused::unauthenticated("Invalid bearer token")),
        (Some(_), false) => Err(Refused::unauthenticated("invalid x-api-key")),
        (Some(_), true) => Ok(()),
    }
}

pub(super) async fn door(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = format!("req_01{}", kernel::alphanumeric(22));
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(RequestId(id.clone()));
    let body = crate::body::whole(body, BODY_LIMIT).await;
    let known = body.clone().unwrap_or_default();
    let number = app.anthropic.requests.note(&parts, &known, credential(&parts.headers));
    let mut response = if let Some(body) = body {
        next.run(Request::from_parts(parts, Body::from(body))).await
    } else {
        let why = "Request exceeds the maximum allowed number of bytes.";
        Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", why).into_response()
    };
    if let Some(refused) = response.extensions_mut().remove::<Refused>() {
        let headers = std::mem::take(response.headers_mut());
        response = (refused.status, headers, Json(refused.body(&id))).into_response();
    }
    limits(&app, &mut response);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("request-id", id);
    }
    response.headers_mut().insert("anthropic-organization-id", HeaderValue::from_static(ORGANIZATION));
    app.anthropic.requests.answered(number, response.status(), response.headers());
    response
}

const ORGANIZATION: &str = "5a0db0c0-0000-4000-8000-0000000000a1";

/// The limits begin anew long before they are reached, unless the answer is that they are.
fn limits(app: &App, response: &mut Response) {
    let is_reached = response.status() == StatusCode::TOO_MANY_REQUESTS;
    let used = app.dials.of(Vendor::Anthropic).counters.api_calls % 100;
    let reset = (app.wall.now() + TimeDelta::minutes(1)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let limits = [
        ("requests", 1_000, 1),
        ("tokens", 500_000, 500),
        ("input-tokens", 400_000, 400),
        ("output-tokens", 100_000, 100),
    ];
    for (name, limit, each) in limits {
        let left = if is_reached { 0 } else { limit - used * each };
        for (part, value) in [("limit", limit.to_string()), ("remaining", left.to_string()), ("reset", reset.clone())] {
            let header = format!("anthropic-ratelimit-{name}-{part}").parse::<HeaderName>();
            if let (Ok(header), Ok(value)) = (header, value.parse()) {
                response.headers_mut().insert(header, value);
            }
        }
    }
}

pub(super) async fn not_found() -> Refused {
    Refused::new(StatusCode::NOT_FOUND, "not_found_error", "Not Found")
}

pub(super) async fn not_allowed() -> Refused {
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, "invalid_request_error", "Method Not Allowed")
}
