//! The one way into a handler that changes something. What must happen before validation happens in here, in Better Auth's
//! order: media type, JSON, origin, redirect targets, validation, login CSRF. A handler cannot get at the body otherwise.

use crate::{app::App, origins::Strictness, problem::Problem};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequest, Request},
};
use http::{HeaderMap, header, request::Parts};
use serde_json::Value;
use std::sync::Arc;

/// More than any of our bodies needs.
const MAX_BYTES: usize = 64 * 1024;

/// A body as a route expects it.
pub trait Shape: Sized + Send {
    const MEDIA: Media;
    const STRICTNESS: Strictness;

    /// Reads the body (`None`: there was none), or says everything that is wrong with it.
    fn read(body: Option<&Value>) -> Result<Self, Vec<String>>;
}

/// What a body may be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    Json,
    /// A plain HTML form, so that signing in works without JavaScript.
    FormOrJson,
}

impl Media {
    const fn names(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::FormOrJson => "application/x-www-form-urlencoded, application/json",
        }
    }
}

/// A body that has passed every check.
pub struct Checked<T>(pub T);

/// No body, or one that nobody reads.
pub struct Ignored;

impl Shape for Ignored {
    const MEDIA: Media = Media::Json;
    const STRICTNESS: Strictness = Strictness::WithCookie;

    fn read(_: Option<&Value>) -> Result<Self, Vec<String>> {
        Ok(Self)
    }
}

impl<T: Shape> FromRequest<Arc<App>> for Checked<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        checked(&parts, body, app).await.map(Self)
    }
}

/// The body, once everything before the handler has been checked.
pub async fn checked<T: Shape>(parts: &Parts, body: Body, app: &App) -> Result<T, Problem> {
    let bytes = to_bytes(body, MAX_BYTES).await.map_err(|_| Problem::BodyTooLarge)?;
    let body = parse(&parts.headers, &bytes, T::MEDIA)?;
    app.origins.check(&parts.headers, Strictness::WithCookie)?;
    if let Some(body) = &body {
        app.origins.check_targets(body)?;
    }
    let shape = T::read(body.as_ref()).map_err(|issues| Problem::Validation(issues.join("; ")))?;
    app.origins.check(&parts.headers, T::STRICTNESS)?;
    Ok(shape)
}

/// The body as JSON. One without a content type counts as absent.
fn parse(headers: &HeaderMap, bytes: &Bytes, media: Media) -> Result<Option<Value>, Problem> {
    let given = headers.get(header::CONTENT_TYPE).map_or("", |value| value.to_str().unwrap_or("?"));
    if bytes.is_empty() || given.is_empty() {
        return Ok(None);
    }
    let essence = given.split(';').next().unwrap_or(given).trim().to_ascii_lowercase();
    match (essence.as_str(), media) {
        ("application/json", _) => serde_json::from_slice(bytes).map(Some).map_err(|_| Problem::InvalidJson),
        ("application/x-www-form-urlencoded", Media::FormOrJson) => {
            let pairs = url::form_urlencoded::parse(bytes);
            Ok(Some(Value::Object(
                pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect(),
            )))
        }
        _ => Err(Problem::UnsupportedMediaType { given: given.to_owned(), allowed: media.names() }),
    }
}
