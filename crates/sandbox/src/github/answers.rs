//! What every REST answer has in common.

use crate::{account::Vendor, app::App};
use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use std::borrow::Cow;

const HOURLY_LIMIT: u64 = 5000;

/// GitHub's error object, with its status.
pub(super) struct Refused(pub(super) StatusCode, pub(super) Cow<'static, str>);

impl Refused {
    pub(super) const NOT_FOUND: Self = Self(StatusCode::NOT_FOUND, Cow::Borrowed("Not Found"));
    pub(super) const BAD_CREDENTIALS: Self = Self(StatusCode::UNAUTHORIZED, Cow::Borrowed("Bad credentials"));
    pub(super) const NO_CREDENTIALS: Self = Self(StatusCode::UNAUTHORIZED, Cow::Borrowed("Requires authentication"));
    pub(super) const INVALID: Self = Self(StatusCode::UNPROCESSABLE_ENTITY, Cow::Borrowed("Validation Failed"));
    pub(super) const NOT_FOR_APPS: Self =
        Self(StatusCode::FORBIDDEN, Cow::Borrowed("Resource not accessible by integration"));
    pub(super) const EMPTY: Self = Self(StatusCode::CONFLICT, Cow::Borrowed("Git Repository is empty."));
    pub(super) const BLOCKED: Self =
        Self(StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS, Cow::Borrowed("Repository access blocked"));
    pub(super) const SUSPENDED: Self =
        Self(StatusCode::FORBIDDEN, Cow::Borrowed("This installation has been suspended"));
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(status, message) = self;
        (status, Json(body(status, &message))).into_response()
    }
}

fn body(status: StatusCode, message: &str) -> Value {
    json!({"message": message, "documentation_url": "https://docs.github.com/rest", "status": status.as_str()})
}

/// What is wrong with an object that a client wanted to make, field by field.
pub(super) struct Invalid {
    pub(super) resource: &'static str,
    /// The field, where one is at fault.
    pub(super) field: Option<&'static str>,
    pub(super) message: String,
}

impl IntoResponse for Invalid {
    fn into_response(self) -> Response {
        let mut error = json!({"resource": self.resource, "code": "custom", "message": self.message});
        if let Some(field) = self.field {
            error["field"] = json!(field);
        }
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let mut body = body(status, "Validation Failed");
        body["errors"] = json!([error]);
        (status, Json(body)).into_response()
    }
}

pub(super) async fn not_found() -> Refused {
    Refused::NOT_FOUND
}

/// A request needs a `User-Agent`; an answer carries the rate limit's headers and the version, and is not sent to whom has it.
pub(super) async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let mut response = if request.headers().get(header::USER_AGENT).is_some_and(|agent| !agent.is_empty()) {
        next.run(request).await
    } else {
        let sentence =
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.";
        (StatusCode::FORBIDDEN, sentence).into_response()
    };
    if response.headers().get(header::ETAG).zip(known).is_some_and(|(tag, known)| stands_for(&known, tag)) {
        app.dials.of(Vendor::Github).counters.unchanged += 1;
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_TYPE);
        headers.remove(header::CONTENT_LENGTH);
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
    }
    rate_limit_headers(&app, response.headers_mut());
    response
}

/// A tag of an answer's body alone: two pages of the same entries have the same one, whatever stands behind them.
pub(super) fn tag(body: &[u8]) -> Option<HeaderValue> {
    format!("W/\"{}\"", hex::encode(kernel::sha256(body))).parse().ok()
}

/// Whether a tag is among those that a client knows (RFC 9110, 13.1.2), weak or not.
fn stands_for(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else { return false };
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    known.trim() == "*" || known.split(',').any(|known| bare(known) == bare(tag))
}

fn rate_limit_headers(app: &App, headers: &mut HeaderMap) {
    // Starts over long before the limit: a sandbox that has run for a week must not look exhausted.
    let counters = app.dials.of(Vendor::Github).counters;
    let used = (counters.api_calls - counters.unchanged) % 1000;
    let now = app.wall.now().timestamp();
    let numbers = [
        ("x-ratelimit-limit", HOURLY_LIMIT),
        ("x-ratelimit-remaining", HOURLY_LIMIT - used),
        ("x-ratelimit-used", used),
        ("x-ratelimit-reset", u64::try_from(now - now % 3600 + 3600).unwrap_or_default()),
    ];
    for (name, number) in numbers {
        headers.insert(name, number.into());
    }
    headers.insert("x-ratelimit-resource", HeaderValue::from_static("core"));
    headers.insert("x-github-media-type", HeaderValue::from_static("github.v3; format=json"));
}
