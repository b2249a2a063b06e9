//! Why a token endpoint gave no token. None of these carries an answer's text: a vendor may echo a token in it.

use chrono::TimeDelta;

/// What the vendor meant by its refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The code or refresh token is dead: used, expired or revoked. Believed only after re-reading the stored grant.
    InvalidGrant,
    /// Our client id or secret is wrong, or our app has been disabled.
    InvalidClient,
    /// Anything else; trying the same again will not help.
    Other,
}

#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// `code` is the vendor's `error` word, reduced to `[a-z0-9_]` and 64 characters.
    #[error("the vendor refused: {code}")]
    Refused { refusal: Refusal, code: String },
    #[error("the vendor's answer cannot be read")]
    Unreadable,
    #[error("the vendor asks for a pause")]
    RateLimited { retry_after: Option<TimeDelta> },
    /// The request did not arrive, or the vendor said that it failed: nothing has changed there.
    #[error("the vendor cannot be reached or is failing")]
    Unavailable,
    /// The request was sent and no whole answer came: the vendor may have done what it was asked.
    #[error("the vendor's answer was lost")]
    Lost,
    #[error("the vendor's address may not be called")]
    Forbidden(#[source] outbound::Error),
}

impl TokenError {
    /// Whether the same request may succeed in a moment: network errors and 5xx only.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable | Self::Lost)
    }

    pub(crate) fn refused(code: &str) -> Self {
        let code: String = code
            .chars()
            .map(|c| c.to_ascii_lowercase())
            .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_')
            .take(64)
            .collect();
        let refusal = match code.as_str() {
            "invalid_grant" => Refusal::InvalidGrant,
            "invalid_client" | "unauthorized_client" => Refusal::InvalidClient,
            _ => Refusal::Other,
        };
        Self::Refused { refusal, code }
    }
}

impl From<outbound::Error> for TokenError {
    fn from(error: outbound::Error) -> Self {
        match error {
            outbound::Error::Unreached => Self::Unavailable,
            outbound::Error::Timeout | outbound::Error::Connection => Self::Lost,
            outbound::Error::TooLarge { .. } => Self::Unreadable,
            outbound::Error::Policy(_) | outbound::Error::Request => Self::Forbidden(error),
        }
    }
}
