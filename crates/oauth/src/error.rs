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

    /// What an `error` says. A pause may be asked for (RFC 8628 3.5) and a failure be owned to (RFC 6749 4.1.2.1) without a
    /// status that says so: neither is a refusal.
    pub(crate) fn refused(code: &str, retry_after: Option<TimeDelta>) -> Self {
        let code: String = code
            .chars()
            .map(|c| c.to_ascii_lowercase())
            .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_')
            .take(64)
            .collect();
        let refusal = match code.as_str() {
            "slow_down" => return Self::RateLimited { retry_after },
            "temporarily_unavailable" | "server_error" => return Self::Unavailable,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A grant is not believed dead, nor a client wrong, because of a vendor that is busy or failing.
    #[test]
    fn a_busy_or_failing_vendor_has_refused_nothing() {
        let pause = Some(TimeDelta::minutes(10));
        let read = |code: &str| TokenError::refused(code, pause);
        assert!(matches!(read("slow_down"), TokenError::RateLimited { retry_after } if retry_after == pause));
        assert!(matches!(read("temporarily_unavailable"), TokenError::Unavailable));
        assert!(matches!(read("server_error"), TokenError::Unavailable));
        let refused = |code: &str| match read(code) {
            TokenError::Refused { refusal, code } => (refusal, code),
            error => panic!("{error}"),
        };
        assert_eq!(refused("invalid_grant"), (Refusal::InvalidGrant, "invalid_grant".to_owned()));
        assert_eq!(refused("Invalid_Client"), (Refusal::InvalidClient, "invalid_client".to_owned()));
        assert_eq!(refused("no <b>way</b>"), (Refusal::Other, "nobwayb".to_owned()));
    }
}
