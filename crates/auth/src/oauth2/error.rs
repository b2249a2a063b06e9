//! What OAuth answers besides success, in its own codes.

use crate::problem::Internal;

/// A refusal of the protocol. Its words are constant: they stand in URLs and in other people's logs.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    // RFC 6749, 4.1.2.1 and 5.2.
    #[error("{0}")]
    InvalidRequest(&'static str),
    /// Clients read this as "register again" (and the next one as "ask the person again").
    #[error("the client is unknown, or it did not prove who it is")]
    InvalidClient,
    #[error("{0}")]
    InvalidGrant(&'static str),
    #[error("the client did not register for this grant")]
    UnauthorizedClient,
    #[error("the grants are authorization_code and refresh_token")]
    UnsupportedGrantType,
    #[error("the only response type is code")]
    UnsupportedResponseType,
    #[error("a scope is unknown, or was not allowed")]
    InvalidScope,
    #[error("the person did not agree")]
    AccessDenied,
    // RFC 8707, 2.
    #[error("no token is to be had for this resource")]
    InvalidTarget,
    // OpenID Connect Core, 3.1.2.6.
    #[error("nobody is signed in")]
    LoginRequired,
    #[error("the person has not agreed yet")]
    ConsentRequired,
    // RFC 7009, 2.2.1.
    #[error("an access token cannot be taken back; it lives for ten minutes")]
    UnsupportedTokenType,
    // RFC 7591, 3.2.2.
    #[error("{0}")]
    InvalidRedirectUri(&'static str),
    #[error("{0}")]
    InvalidClientMetadata(&'static str),
    #[error(transparent)]
    Internal(#[from] Internal),
}

impl OAuthError {
    /// The word that clients act on.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant(_) => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::InvalidTarget => "invalid_target",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::InvalidRedirectUri(_) => "invalid_redirect_uri",
            Self::InvalidClientMetadata(_) => "invalid_client_metadata",
            Self::Internal(_) => "server_error",
        }
    }
}

impl From<db::Error> for OAuthError {
    fn from(error: db::Error) -> Self {
        Internal::from(error).into()
    }
}
