//! Reading a control request, and saying what is wrong with one.

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use serde_json::json;

pub(super) struct Fault(pub(super) StatusCode, pub(super) String);

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

/// A JSON body, straight from its bytes: payloads that are passed on keep every byte they came with.
pub(super) struct Wish<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Wish<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.split(';').next().is_none_or(|kind| kind.trim() != "application/json") {
            return Err(Fault(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be application/json".to_owned()));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|why| Fault(why.status(), why.body_text()))?;
        serde_json::from_slice(&bytes).map(Self).map_err(|why| Fault(StatusCode::BAD_REQUEST, why.to_string()))
    }
}
