//! The way to the vendor's consent page (RFC 6749 4.1.1, RFC 7636).

use kernel::Secret;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, basic::BasicClient};
use url::Url;

/// Proof Key for Code Exchange (RFC 7636).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pkce {
    S256,
    /// The vendor refuses or does not know it: neither a challenge nor a verifier may be sent.
    Unsupported,
}

/// What is asked of the vendor.
pub struct Authorization<'a> {
    pub authorize_url: Url,
    pub client_id: &'a str,
    pub redirect_uri: Url,
    pub scopes: &'a [String],
    /// RFC 6749 says a space; several vendors want a comma.
    pub scope_separator: &'a str,
    pub pkce: Pkce,
    pub extra: &'a [(&'a str, &'a str)],
}

/// An authorize URL and the verifier that must be kept, sealed, until the code comes back.
pub struct Started {
    pub url: Url,
    /// 43 characters, 256 random bits (RFC 7636 4.1). Of no use to a vendor that takes no PKCE.
    pub verifier: Secret,
}

/// Builds the URL with `state` and, where the vendor takes one, a fresh S256 challenge.
pub fn authorize(asked: &Authorization<'_>, state: &str) -> Started {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let client = BasicClient::new(ClientId::new(asked.client_id.to_owned()))
        .set_auth_uri(AuthUrl::from_url(asked.authorize_url.clone()))
        .set_redirect_uri(RedirectUrl::from_url(asked.redirect_uri.clone()));
    let state = state.to_owned();
    let mut request = client.authorize_url(|| CsrfToken::new(state));
    if asked.pkce == Pkce::S256 {
        request = request.set_pkce_challenge(challenge);
    }
    if !asked.scopes.is_empty() {
        request = request.add_extra_param("scope", asked.scopes.join(asked.scope_separator));
    }
    for (name, value) in asked.extra {
        request = request.add_extra_param(*name, *value);
    }
    let (url, _) = request.url();
    Started { url, verifier: Secret::from(verifier.into_secret()) }
}
