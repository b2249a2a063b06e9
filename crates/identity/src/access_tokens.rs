//! What a client may do for a person at one resource: the access tokens of RFC 9068.

use crate::{
    Algorithm, VerifyError,
    cache::Cache,
    claims::{Claims, unique},
    token::Kind,
    verifier::{check, proven},
};
use kernel::Clock;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The claims of an access token. Beside those of every token of ours it says whom the person let act for them, and how far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    #[serde(flatten)]
    pub claims: Claims,
    /// Who acts for the person. Never the person themself.
    pub client_id: String,
    /// Words between single spaces.
    pub scope: String,
    /// Names this token, for logs that must not hold it.
    pub jti: String,
}

impl AccessClaims {
    /// Whether the person has allowed this.
    pub fn allows(&self, scope: &str) -> bool {
        !scope.is_empty() && self.scope.split(' ').any(|allowed| allowed == scope)
    }
}

/// Checks access tokens for one resource; [`Verifier::for_resource`](crate::Verifier::for_resource) makes it. Clones share the
/// keys.
#[derive(Clone)]
pub struct AccessTokens {
    issuer: Arc<str>,
    resource: Arc<str>,
    clock: Clock,
    cache: Arc<Cache>,
}

impl AccessTokens {
    pub(crate) const fn new(issuer: Arc<str>, resource: Arc<str>, clock: Clock, cache: Arc<Cache>) -> Self {
        Self { issuer, resource, clock, cache }
    }

    /// The claims of an access token for this resource that holds in every respect. The token of a session is none, even if
    /// its audience were this resource.
    pub async fn verify(&self, token: &str) -> Result<AccessClaims, VerifyError> {
        let (_, payload) = proven(&self.cache, &Algorithm::ALL, Kind::Access, token).await?;
        let claims = unique(&payload).map_err(|_| VerifyError::Malformed)?;
        let claims = AccessClaims::deserialize(claims).map_err(|_| VerifyError::Malformed)?;
        check(&claims.claims, &self.issuer, &self.resource, &self.clock)?;
        Ok(claims)
    }
}
