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

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "https://connectors.example.com/webhooks/acme";

    fn said(audience: &str, verified_email: Option<&str>) -> Result<(), Refused> {
        let expected = (HERE.to_owned(), "push@acme.example".to_owned());
        let verified_email = verified_email.map(str::to_owned);
        let (expected_audience, expected_email) = expected;
        check(Some(&PushClaims { audience: audience.to_owned(), verified_email, expected_audience, expected_email }))
    }

    /// Anybody can have a token made for our audience: whose it is counts as much, and every character of both.
    #[test]
    fn a_token_is_for_us_and_from_our_account() {
        assert_eq!(said(HERE, Some("push@acme.example")), Ok(()));
        let refused = Err(Refused::WrongAudience);
        for audience in ["", &format!("{HERE}/"), &HERE.to_uppercase(), &HERE[..HERE.len() - 1]] {
            assert_eq!(said(audience, Some("push@acme.example")), refused, "{audience}");
        }
        for email in [Some("push@another.example"), Some("Push@acme.example"), Some(""), None] {
            assert_eq!(said(HERE, email), refused, "{email:?}");
        }
    }

    /// Who has not said what is expected expects nothing, not even what says nothing itself.
    #[test]
    fn without_an_expectation_pushes_are_off() {
        for (audience, email) in [("", "push@acme.example"), (HERE, ""), ("", "")] {
            let claims = PushClaims {
                audience: audience.to_owned(),
                verified_email: Some(email.to_owned()),
                expected_audience: audience.to_owned(),
                expected_email: email.to_owned(),
            };
            assert_eq!(check(Some(&claims)), Err(Refused::NoSecret));
        }
        assert_eq!(check(None), Err(Refused::WrongSignature));
    }
}
