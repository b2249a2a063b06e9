//! Better Auth's error JSON, and the one place that decides which failure gets which answer.

use crate::passwords::PasswordError;
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// Everything a route of the auth service can answer besides success.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("Unauthorized")]
    Unauthorized,
    #[error("Invalid email or password")]
    InvalidEmailOrPassword,
    #[error("Invalid email")]
    InvalidEmail,
    #[error("Password too short")]
    PasswordTooShort,
    #[error("Password too long")]
    PasswordTooLong,
    #[error("User already exists. Use another email.")]
    UserAlreadyExists,
    #[error("Missing or null Origin")]
    MissingOrNullOrigin,
    #[error("Invalid origin")]
    InvalidOrigin,
    #[error("Cross-site navigation login blocked. This request appears to be a CSRF attack.")]
    CrossSiteNavigation,
    #[error("Invalid {}", .0.name())]
    InvalidUrl(UrlField),
    #[error("Invalid {}: expected a string", .0.name())]
    UrlIsNotText(UrlField),
    /// The issues, already in Better Auth's words.
    #[error("{0}")]
    Validation(String),
    #[error("Invalid JSON in request body")]
    InvalidJson,
    #[error("Content-Type \"{given}\" is not allowed. Allowed types: {allowed}")]
    UnsupportedMediaType { given: String, allowed: &'static str },
    #[error("The request body is too large")]
    BodyTooLarge,
    #[error("POST method requires deferSessionRefresh to be enabled in session config")]
    GetSessionByPost,
    #[error("Too many requests. Please try again later.")]
    TooManyRequests { retry_after_s: u64 },
    /// More passwords wait to be checked than can be in reasonable time.
    #[error("The service is busy. Please try again later.")]
    Busy,
    /// The Redis that counts attempts does not answer, so there are none.
    #[error("The service is unavailable. Please try again later.")]
    Unavailable,
    #[error(transparent)]
    Internal(#[from] Internal),
}

/// A URL that a client may name in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlField {
    Callback,
    Redirect,
    ErrorCallback,
    NewUserCallback,
}

impl UrlField {
    pub const ALL: [Self; 4] = [Self::Callback, Self::Redirect, Self::ErrorCallback, Self::NewUserCallback];

    /// The member of the body.
    pub const fn member(self) -> &'static str {
        match self {
            Self::Redirect => "redirectTo",
            other => other.name(),
        }
    }

    /// What messages call it.
    const fn name(self) -> &'static str {
        match self {
            Self::Callback => "callbackURL",
            Self::Redirect => "redirectURL",
            Self::ErrorCallback => "errorCallbackURL",
            Self::NewUserCallback => "newUserCallbackURL",
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Callback => "INVALID_CALLBACK_URL",
            Self::Redirect => "INVALID_REDIRECT_URL",
            Self::ErrorCallback => "INVALID_ERROR_CALLBACK_URL",
            Self::NewUserCallback => "INVALID_NEW_USER_CALLBACK_URL",
        }
    }
}

/// What the caller can do nothing about. The chain is logged once, here at the edge; the answer is constant.
#[derive(Debug, thiserror::Error)]
pub enum Internal {
    #[error("the database did not answer as expected")]
    Database(#[from] db::Error),
    #[error("a token could not be signed")]
    Sign(#[from] identity::SignError),
    #[error("the signing keys could not be loaded")]
    Keys(#[from] crate::keys::KeysError),
    #[error("a password could not be hashed")]
    Password(#[source] PasswordError),
}

impl From<db::Error> for Problem {
    fn from(error: db::Error) -> Self {
        Internal::from(error).into()
    }
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Busy,
            error => Internal::Password(error).into(),
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

impl Problem {
    /// Status and code. Two of Better Auth's answers have no code.
    const fn parts(&self) -> (StatusCode, Option<&'static str>) {
        let (status, code) = match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED"),
            Self::InvalidEmailOrPassword => (StatusCode::UNAUTHORIZED, "INVALID_EMAIL_OR_PASSWORD"),
            Self::InvalidEmail => (StatusCode::BAD_REQUEST, "INVALID_EMAIL"),
            Self::PasswordTooShort => (StatusCode::BAD_REQUEST, "PASSWORD_TOO_SHORT"),
            Self::PasswordTooLong => (StatusCode::BAD_REQUEST, "PASSWORD_TOO_LONG"),
            Self::UserAlreadyExists => (StatusCode::UNPROCESSABLE_ENTITY, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"),
            Self::MissingOrNullOrigin => (StatusCode::FORBIDDEN, "MISSING_OR_NULL_ORIGIN"),
            Self::InvalidOrigin => (StatusCode::FORBIDDEN, "INVALID_ORIGIN"),
            Self::CrossSiteNavigation => (StatusCode::FORBIDDEN, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"),
            Self::InvalidUrl(field) => (StatusCode::FORBIDDEN, field.code()),
            Self::Validation(_) => (StatusCode::BAD_REQUEST, "VALIDATION_ERROR"),
            Self::InvalidJson => (StatusCode::BAD_REQUEST, "BAD_REQUEST"),
            Self::UnsupportedMediaType { .. } => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE"),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"),
            Self::GetSessionByPost => (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED"),
            Self::Busy | Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_SERVER_ERROR"),
            Self::UrlIsNotText(_) => return (StatusCode::BAD_REQUEST, None),
            Self::TooManyRequests { .. } => return (StatusCode::TOO_MANY_REQUESTS, None),
        };
        (status, Some(code))
    }

    /// Seconds after which trying again makes sense.
    const fn retry_after_s(&self) -> Option<u64> {
        if let Self::TooManyRequests { retry_after_s } = self {
            return Some(*retry_after_s);
        }
        if matches!(self, Self::Busy | Self::Unavailable) { Some(1) } else { None }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code) = self.parts();
        let message = match &self {
            Self::Internal(error) => {
                tracing::error!(error = error as &dyn std::error::Error, "a request failed");
                "Internal Server Error".to_owned()
            }
            other => other.to_string(),
        };
        let mut response = (status, Json(Body { message: &message, code })).into_response();
        if let Some(seconds) = self.retry_after_s() {
            // Better Auth's clients read the first name, everybody else's the second.
            response.headers_mut().insert("x-retry-after", HeaderValue::from(seconds));
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
