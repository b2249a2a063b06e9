//! A push that carries a token of the vendor's OpenID provider. The caller has its signature, issuer and times checked; whom
//! it is for and whom it speaks for is checked here.

use super::Refused;
use kernel::same;

/// What the token says, and what it has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushClaims {
    pub audience: String,
    /// `None`: the provider does not say that it verified the address.
    pub verified_email: Option<String>,
    pub expected_audience: String,
    /// The service account that the operator has set the push up with. Without it anybody with an account of that kind could
    /// have a token made for our audience.
    pub expected_email: String,
}

pub(super) fn check(claims: Option<&PushClaims>) -> Result<(), Refused> {
    let claims = claims.ok_or(Refused::WrongSignature)?;
    if claims.expected_audience.is_empty() || claims.expected_email.is_empty() {
        return Err(Refused::NoSecret);
    }
    let email = claims.verified_email.as_deref().unwrap_or_default();
    let is_for_us = same(&claims.audience, &claims.expected_audience);
    if is_for_us && same(email, &claims.expected_email) { Ok(()) } else { Err(Refused::WrongAudience) }
}
