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
    /// The same, from the two routes whose 401 has no body.
    #[error("Unauthorized")]
    UnauthorizedWithoutBody,
    #[error("Session is not fresh")]
    SessionNotFresh,
    #[error("Session expired. Re-authenticate to perform this action.")]
    SessionExpired,
    #[error("Email and password is not enabled")]
    EmailPasswordDisabled,
    #[error("Email and password sign up is not enabled")]
    SignUpDisabled,
    #[error("Email not verified")]
    EmailNotVerified,
    #[error("Invalid password")]
    InvalidPassword,
    #[error("Credential account not found")]
    CredentialAccountNotFound,
    #[error("Invalid token")]
    InvalidToken,
    /// The same words, where the link is looked for as a thing.
    #[error("Invalid token")]
    LinkNotFound,
    /// A mailed link that is opened without a page to return to.
    #[error(transparent)]
    Link(LinkProblem),
    #[error("Reset password isn't enabled")]
    ResetDisabled,
    #[error("Verification email isn't enabled")]
    VerificationMailDisabled,
    /// The same words without a code, from change-email.
    #[error("Verification email isn't enabled")]
    VerificationMailOff,
    #[error("Email mismatch")]
    EmailMismatch,
    #[error("Email is already verified")]
    EmailAlreadyVerified,
    #[error("Email is the same")]
    EmailIsTheSame,
    #[error("Email can not be updated")]
    EmailCannotBeUpdated,
    #[error("No fields to update")]
    NothingToUpdate,
    #[error("You can't unlink your last account")]
    LastAccount,
    #[error("Account not found")]
    AccountNotFound,
    #[error("Provider not found")]
    ProviderNotFound,
    #[error("Provider {0} is not supported.")]
    ProviderNotSupported(String),
    #[error("id_token not supported")]
    IdTokenNotSupported,
    /// An id_token that was presented does not hold.
    #[error("Invalid token")]
    IdTokenRefused,
    #[error("User email not found")]
    UserEmailNotFound,
    /// Why a social account signs nobody in, in words: an id_token has no page to return to.
    #[error("{0}")]
    NotLinked(&'static str),
    #[error("Token refresh is not supported for this provider")]
    RefreshNotSupported,
    #[error("Refresh token not found")]
    RefreshTokenNotFound,
    #[error("Failed to refresh access token")]
    RefreshFailed,
    #[error("Failed to get a valid access token")]
    NoAccessToken,
    #[error("Failed to get user info")]
    NoUserInfo,
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

/// Why a mailed link does nothing.
#[derive(Debug, thiserror::Error)]
pub enum LinkProblem {
    #[error("Invalid token")]
    Invalid,
    #[error("Token expired")]
    Expired,
    /// Somebody else is signed in where it was opened.
    #[error("Invalid user")]
    SomebodyElse,
    #[error(transparent)]
    Internal(#[from] Internal),
}

impl LinkProblem {
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid => "INVALID_TOKEN",
            Self::Expired => "TOKEN_EXPIRED",
            Self::SomebodyElse => "INVALID_USER",
            Self::Internal(_) => "INTERNAL_SERVER_ERROR",
        }
    }
}

impl From<LinkProblem> for Problem {
    fn from(problem: LinkProblem) -> Self {
        match problem {
            LinkProblem::Internal(internal) => Self::Internal(internal),
            problem => Self::Link(problem),
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
    #[error("a letter cannot be written as JSON")]
    Letter(#[source] serde_json::Error),
    #[error("a token could not be sealed")]
    Seal(#[from] vault::KeyError),
    #[error("a stored secret could not be opened")]
    Open(#[from] vault::OpenError),
    #[error("a stored token could not be opened")]
    AccountToken(#[from] crate::account_tokens::AccountTokenError),
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
    /// Status and code. Some of Better Auth's answers have no code.
    const fn parts(&self) -> (StatusCode, Option<&'static str>) {
        let (status, code) = match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED"),
            Self::UnauthorizedWithoutBody => return (StatusCode::UNAUTHORIZED, None),
            Self::SessionNotFresh => (StatusCode::FORBIDDEN, "SESSION_NOT_FRESH"),
            Self::SessionExpired => (StatusCode::BAD_REQUEST, "SESSION_EXPIRED"),
            Self::EmailPasswordDisabled => (StatusCode::BAD_REQUEST, "EMAIL_PASSWORD_DISABLED"),
            Self::SignUpDisabled => (StatusCode::BAD_REQUEST, "EMAIL_PASSWORD_SIGN_UP_DISABLED"),
            Self::EmailNotVerified => (StatusCode::FORBIDDEN, "EMAIL_NOT_VERIFIED"),
            Self::InvalidPassword => (StatusCode::BAD_REQUEST, "INVALID_PASSWORD"),
            Self::CredentialAccountNotFound => (StatusCode::BAD_REQUEST, "CREDENTIAL_ACCOUNT_NOT_FOUND"),
            Self::InvalidToken => (StatusCode::BAD_REQUEST, "INVALID_TOKEN"),
            Self::LinkNotFound => (StatusCode::NOT_FOUND, "INVALID_TOKEN"),
            Self::Link(problem) => (StatusCode::UNAUTHORIZED, problem.code()),
            Self::ResetDisabled => (StatusCode::BAD_REQUEST, "RESET_PASSWORD_DISABLED"),
            Self::VerificationMailDisabled => (StatusCode::BAD_REQUEST, "VERIFICATION_EMAIL_NOT_ENABLED"),
            Self::EmailMismatch => (StatusCode::BAD_REQUEST, "EMAIL_MISMATCH"),
            Self::EmailAlreadyVerified => (StatusCode::BAD_REQUEST, "EMAIL_ALREADY_VERIFIED"),
            Self::EmailCannotBeUpdated => (StatusCode::BAD_REQUEST, "EMAIL_CAN_NOT_BE_UPDATED"),
            Self::LastAccount => (StatusCode::BAD_REQUEST, "FAILED_TO_UNLINK_LAST_ACCOUNT"),
            Self::AccountNotFound => (StatusCode::BAD_REQUEST, "ACCOUNT_NOT_FOUND"),
            Self::ProviderNotFound => (StatusCode::NOT_FOUND, "PROVIDER_NOT_FOUND"),
            Self::ProviderNotSupported(_) => (StatusCode::BAD_REQUEST, "PROVIDER_NOT_SUPPORTED"),
            Self::IdTokenNotSupported => (StatusCode::NOT_FOUND, "ID_TOKEN_NOT_SUPPORTED"),
            Self::IdTokenRefused => (StatusCode::UNAUTHORIZED, "INVALID_TOKEN"),
            Self::UserEmailNotFound => (StatusCode::UNAUTHORIZED, "USER_EMAIL_NOT_FOUND"),
            Self::NotLinked(_) => (StatusCode::UNAUTHORIZED, "OAUTH_LINK_ERROR"),
            Self::RefreshNotSupported => (StatusCode::BAD_REQUEST, "TOKEN_REFRESH_NOT_SUPPORTED"),
            Self::RefreshTokenNotFound => (StatusCode::BAD_REQUEST, "REFRESH_TOKEN_NOT_FOUND"),
            Self::RefreshFailed => (StatusCode::BAD_REQUEST, "FAILED_TO_REFRESH_ACCESS_TOKEN"),
            Self::NoAccessToken => (StatusCode::BAD_REQUEST, "FAILED_TO_GET_ACCESS_TOKEN"),
            Self::NoUserInfo => (StatusCode::UNAUTHORIZED, "FAILED_TO_GET_USER_INFO"),
            Self::VerificationMailOff | Self::EmailIsTheSame | Self::NothingToUpdate => {
                return (StatusCode::BAD_REQUEST, None);
            }
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

    pub const fn status(&self) -> StatusCode {
        self.parts().0
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
        if matches!(self, Self::UnauthorizedWithoutBody) {
            return (status, [(header::CONTENT_TYPE, "application/json")]).into_response();
        }
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
