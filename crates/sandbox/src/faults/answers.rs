//! What a faulty answer looks like, and what it looks like at one vendor.

use super::{Fault, Kind, Place, RetryAfter, Target};
use crate::{account::Vendor, anthropic, app::App};
use axum::{
    Json,
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use chrono::TimeDelta;
use futures_util::stream;
use serde_json::json;
use std::{convert::Infallible, time::Duration};

pub(super) fn answer(place: &Place, fault: &Fault) -> Response {
    if let Some(refused) = anthropic::Refused::as_fault(place.vendor, fault.kind) {
        return refused.into_response();
    }
    let json_text = |body: Body| ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    match fault.kind {
        Kind::Status500 => (StatusCode::INTERNAL_SERVER_ERROR, "the sandbox was asked to fail").into_response(),
        Kind::Status529 => {
            let status = StatusCode::from_u16(529).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            (status, Json(json!({"message": "Overloaded"}))).into_response()
        }
        Kind::Status502Html => (StatusCode::BAD_GATEWAY, Html(PROXY_PAGE)).into_response(),
        Kind::Status429 => {
            (StatusCode::TOO_MANY_REQUESTS, Json(json!({"message": "Too many requests"}))).into_response()
        }
        Kind::RateLimited => rate_limited(place.vendor),
        Kind::QuotaExceeded => quota_exceeded(place),
        Kind::Error200 => Json(refusal(place.vendor, fault)).into_response(),
        Kind::Html200 => Html(PROXY_PAGE).into_response(),
        Kind::JsonAsHtml => {
            Html(json!({"access_token": "wrong-type", "token_type": "bearer"}).to_string()).into_response()
        }
        Kind::JsonArray => Json(json!([{"access_token": "in-a-list", "token_type": "bearer"}])).into_response(),
        Kind::TruncatedJson => json_text(Body::from(r#"{"access_token":"trunc"#)),
        Kind::HugeBody => json_text(huge(10 * 1024 * 1024)),
        Kind::Body20Mb => json_text(huge(20_000_000)),
        Kind::SlowBody => json_text(slow()),
        Kind::Redirect => redirect(place, fault),
        // Of those that end or end up without an answer, nothing of this is ever sent.
        Kind::Empty | Kind::Close | Kind::Reset | Kind::Hang | Kind::Hold | Kind::AnswerLost | Kind::QuotaLow => {
            StatusCode::OK.into_response()
        }
    }
}

/// A fiftieth of a quota, which is counted anew in twenty minutes of real time.
pub(super) fn little_left(place: &Place) -> HeaderMap {
    let reset = place.app.wall.now() + TimeDelta::minutes(20);
    let said = match place.vendor {
        Vendor::Github => ["5000".to_owned(), "100".to_owned(), reset.timestamp().to_string()],
        Vendor::Linear => ["5000".to_owned(), "100".to_owned(), reset.timestamp_millis().to_string()],
        Vendor::Atlassian => ["65000".to_owned(), "1300".to_owned(), reset.format("%Y-%m-%dT%H:%M:%SZ").to_string()],
        // These say nothing before it is used up, and Anthropic says it with every answer.
        Vendor::Slack | Vendor::Google | Vendor::Zoho | Vendor::Spotify | Vendor::Anthropic | Vendor::Generic => {
            return HeaderMap::new();
        }
    };
    let names = match place.vendor {
        Vendor::Linear => ["limit", "remaining", "reset"].map(|name| format!("x-ratelimit-requests-{name}")),
        _ => ["limit", "remaining", "reset"].map(|name| format!("x-ratelimit-{name}")),
    };
    let pair = |(name, value): (String, String)| -> Option<(HeaderName, HeaderValue)> {
        Some((name.parse().ok()?, value.parse().ok()?))
    };
    names.into_iter().zip(said).filter_map(pair).collect()
}

/// In seconds, or as the HTTP date of that moment (RFC 9110, 10.2.3) by real time, which the other side goes by.
pub(super) fn retry_after(app: &App, fault: &Fault) -> Option<HeaderValue> {
    let seconds = fault.retry_after_seconds?;
    if fault.retry_after_as == RetryAfter::Seconds {
        return Some(seconds.into());
    }
    let then = app.wall.now() + TimeDelta::seconds(seconds.into());
    HeaderValue::from_str(&then.format("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
}

fn redirect(place: &Place, fault: &Fault) -> Response {
    let here = || format!("{}/_elsewhere/{}", place.app.url, place.name);
    let target = fault.redirect_to.clone().unwrap_or_else(here);
    let status = fault.redirect_status.and_then(|status| StatusCode::from_u16(status).ok());
    match HeaderValue::from_str(&target) {
        Ok(location) => (status.unwrap_or(StatusCode::FOUND), [(header::LOCATION, location)]).into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "redirect_to is no address").into_response(),
    }
}

/// A tenth of a second between the pieces: faster than any time-out between two reads, slower than any for the whole.
fn slow() -> Body {
    let pieces = stream::unfold(Bytes::from_static(br#"{"access_token":""#), |piece| async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Some((Ok::<_, Infallible>(piece), Bytes::from_static(b"slow")))
    });
    Body::from_stream(pieces)
}

const PROXY_PAGE: &str = "<!doctype html><title>Unicorn!</title><h1>This page is taking too long to load.</h1>";

fn huge(bytes: usize) -> Body {
    let mut body = br#"{"access_token":""#.to_vec();
    body.resize(bytes - 2, b'x');
    body.extend_from_slice(br#""}"#);
    Body::from(body)
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

/// Atlassian says when to come back, at the full hour and written without seconds; Linear does with all of its answers, in
/// milliseconds.
fn quota_exceeded(place: &Place) -> Response {
    let message = "Rate Limit Exceeded";
    match place.vendor {
        Vendor::Google => {
            let error = json!({"domain": "usageLimits", "reason": "userRateLimitExceeded", "message": message});
            let body = json!({"error": {"code": 403, "message": message, "errors": [error]}});
            (StatusCode::FORBIDDEN, Json(body)).into_response()
        }
        Vendor::Zoho => {
            let body = json!({"code": "TOO_MANY_REQUESTS", "details": {}, "message": message, "status": "error"});
            (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response()
        }
        Vendor::Spotify => {
            let body = json!({"error": {"status": 429, "message": "API rate limit exceeded"}});
            (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response()
        }
        Vendor::Atlassian => {
            let reset = (place.app.wall.now() + TimeDelta::hours(1)).format("%Y-%m-%dT%H:00Z").to_string();
            let headers = [
                ("x-ratelimit-limit", "65000".to_owned()),
                ("x-ratelimit-remaining", "0".to_owned()),
                ("x-ratelimit-reset", reset),
                ("ratelimit-reason", "jira-quota-global-based".to_owned()),
            ];
            (StatusCode::TOO_MANY_REQUESTS, headers, Json(json!({"message": message}))).into_response()
        }
        Vendor::Linear => {
            let reset = (place.app.wall.now() + TimeDelta::minutes(20)).timestamp_millis().to_string();
            let headers = [
                ("x-ratelimit-requests-remaining", "4000".to_owned()),
                ("x-ratelimit-requests-reset", reset.clone()),
                ("x-ratelimit-complexity-remaining", "0".to_owned()),
                ("x-ratelimit-complexity-reset", reset),
            ];
            (headers, rate_limited(place.vendor)).into_response()
        }
        vendor => rate_limited(vendor),
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
        Vendor::Google | Vendor::Spotify | Vendor::Atlassian | Vendor::Anthropic | Vendor::Generic => {
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
