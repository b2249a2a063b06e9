//! The errors of the endpoints that clients call (RFC 6749, 5.2; RFC 7009, 2.2.1; RFC 7591, 3.2.2).

use crate::oauth2::OAuthError;
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

#[derive(Serialize)]
struct Body {
    error: &'static str,
    error_description: String,
}

/// A refusal to a client. One that came with a header is told which header that should have been.
pub struct Refused {
    pub error: OAuthError,
    pub proof: Proof,
}

/// Where a client tried to prove who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    InHeader,
    Elsewhere,
}

impl From<OAuthError> for Refused {
    fn from(error: OAuthError) -> Self {
        Self { error, proof: Proof::Elsewhere }
    }
}

const fn status(error: &OAuthError, proof: Proof) -> StatusCode {
    match (error, proof) {
        (OAuthError::InvalidClient, Proof::InHeader) => StatusCode::UNAUTHORIZED,
        (OAuthError::Internal(_), _) => StatusCode::INTERNAL_SERVER_ERROR,
        (
            OAuthError::InvalidClient
            | OAuthError::InvalidRequest(_)
            | OAuthError::InvalidGrant(_)
            | OAuthError::UnauthorizedClient
            | OAuthError::UnsupportedGrantType
            | OAuthError::UnsupportedResponseType
            | OAuthError::InvalidScope
            | OAuthError::AccessDenied
            | OAuthError::InvalidTarget
            | OAuthError::LoginRequired
            | OAuthError::ConsentRequired
            | OAuthError::UnsupportedTokenType
            | OAuthError::InvalidRedirectUri(_)
            | OAuthError::InvalidClientMetadata(_),
            _,
        ) => StatusCode::BAD_REQUEST,
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self { error, proof } = self;
        let status = status(&error, proof);
        let error_description = match &error {
            OAuthError::Internal(internal) => {
                tracing::error!(error = internal as &dyn std::error::Error, "a request failed");
                "the server could not do it".to_owned()
            }
            error => error.to_string(),
        };
        let body = Json(Body { error: error.code(), error_description });
        let mut response = (status, not_stored(), body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"oauth2\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// Nothing that is said here is for a cache (RFC 6749, 5.1).
pub const fn not_stored() -> [(header::HeaderName, &'static str); 2] {
    [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")]
}
