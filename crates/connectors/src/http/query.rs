//! Query strings, paths and bodies whose faults are problems like all others.

use axum::{
    body::HttpBody,
    extract::{FromRequest, FromRequestParts, OptionalFromRequest, Path, Query, Request, rejection::JsonRejection},
    http::request::Parts,
};
use chrono::{DateTime, Utc};
use edge::Problem;
use http::{StatusCode, header::CONTENT_TYPE};
use kernel::PageSize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// A query string that has been read.
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Query::from_request_parts(parts, state).await.map(|Query(value)| Self(value)).map_err(|_| {
            Problem::invalid(
                "#",
                "The query has an unknown parameter, one that is there twice, or one of the wrong kind.",
            )
        })
    }
}

/// Path parameters that have been read. One that is not an id names nothing.
pub struct ApiPath<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Path::from_request_parts(parts, state)
            .await
            .map(|Path(value)| Self(value))
            .map_err(|_| Problem::invalid("#", "A part of the path does not have the form of an id."))
    }
}

/// A JSON body that has been read. An absent one is the default where the type has one.
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        // By way of its text: serde would take `[…]` for an object whose members are in order.
        let text = <axum::Json<Box<RawValue>> as FromRequest<S>>::from_request(request, state).await;
        text.and_then(|axum::Json(text)| match text.get() {
            text if text.starts_with('{') => axum::Json::<T>::from_bytes(text.as_bytes()).map(Some),
            _ => Ok(None),
        })
        .map_err(|rejection| match rejection {
            JsonRejection::MissingJsonContentType(_) => unsupported(),
            JsonRejection::JsonDataError(error) => Problem::invalid("#", reason(&error.body_text())),
            JsonRejection::JsonSyntaxError(_) => Problem::invalid("#", "The body is not JSON."),
            rejection if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ => Problem::invalid("#", "The body cannot be read."),
        })?
        .map(|axum::Json(value)| Self(value))
        .ok_or_else(|| Problem::invalid("#", "The body is not a JSON object."))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        // No body and no Content-Type: absent. Anything else has to be JSON.
        let empty = request.body().size_hint().exact() == Some(0);
        if empty && !request.headers().contains_key(CONTENT_TYPE) {
            return Ok(None);
        }
        <Self as FromRequest<S>>::from_request(request, state).await.map(Some)
    }
}

/// 413 with its problem.
pub fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", "Payload too large")
        .detail("The body is larger than this route takes.")
}

/// 415 with its problem.
pub fn unsupported() -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type")
        .detail("Send the body as application/json.")
}

/// What serde says about a field, without the library's preamble and bounded. It may quote the caller's own value to them.
fn reason(text: &str) -> String {
    text.rsplit("target type: ").next().unwrap_or(text).chars().take(200).collect()
}

/// `limit`: 1 to 100, 50 when absent.
pub fn page_size(limit: Option<&str>) -> Result<PageSize, Problem> {
    let Some(limit) = limit else { return Ok(PageSize::DEFAULT) };
    let size = limit.parse().ok().and_then(PageSize::new);
    size.ok_or_else(|| Problem::invalid("#/limit", "limit must be a whole number from 1 to 100"))
}

/// A cursor that does not open.
pub fn bad_cursor() -> Problem {
    Problem::invalid("#/cursor", "The cursor is not of this query; start again without one.")
}

/// RFC 3339. A `+` that a query string has turned into a space is put back.
pub fn time(pointer: &'static str, text: Option<&str>) -> Result<Option<DateTime<Utc>>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let parsed = DateTime::parse_from_rfc3339(&text.replace(' ', "+"));
    parsed
        .map(|time| Some(time.to_utc()))
        .map_err(|_| Problem::invalid(pointer, "must be RFC 3339, as 2026-01-02T03:04:05Z"))
}
