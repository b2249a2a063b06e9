//! The authorization server's own description (RFC 8414, OpenID Connect Discovery).

use super::{AuthorizeError, Authorizer, fetch::at, legacy};
use crate::mcp::Challenge;
use serde::Deserialize;
use url::Url;

/// Who gives tokens for a server, and how.
#[derive(Debug, Clone)]
pub struct Authority {
    /// What tokens are asked for (RFC 8707), to the letter; `None` for a server from before there was such a thing.
    pub resource: Option<String>,
    /// What the resource says that its clients may need.
    pub scopes: Vec<String>,
    pub(super) described: Described,
}

/// Its metadata, as far as we need it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Described {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) registration_endpoint: Option<Url>,
    #[serde(default)]
    pub(super) scopes_supported: Vec<String>,
    #[serde(default)]
    pub(super) code_challenge_methods_supported: Vec<String>,
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    pub(super) client_id_metadata_document_supported: bool,
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl Authorizer<'_> {
    /// From the server's challenge, or from its address alone. Of several authorization servers the first one is asked.
    pub async fn discover(&self, challenge: Option<&Challenge>) -> Result<Authority, AuthorizeError> {
        let Some(resource) = self.resource(challenge).await? else { return legacy::authority(self).await };
        let issuer = resource.authorization_servers.first().ok_or(AuthorizeError::NoAuthority)?;
        let place: Url = issuer.parse().map_err(|_| AuthorizeError::Unreadable)?;
        let described = self.described(&place).await?.ok_or(AuthorizeError::NoAuthority)?;
        if described.issuer != *issuer {
            return Err(AuthorizeError::OtherIssuer);
        }
        // Without S256 a stolen code is a token, and metadata that does not name it means that it is not there.
        if !described.code_challenge_methods_supported.iter().any(|method| method == "S256") {
            return Err(AuthorizeError::NoPkce);
        }
        Ok(Authority { resource: Some(resource.resource), scopes: resource.scopes_supported, described })
    }

    /// The first of the well-known addresses at which something is.
    pub(super) async fn described(&self, issuer: &Url) -> Result<Option<Described>, AuthorizeError> {
        for place in places(issuer) {
            if let Some(described) = self.document(&place).await? {
                return Ok(Some(described));
            }
        }
        Ok(None)
    }
}

/// OAuth's with the path behind the well-known word, OpenID's likewise, and OpenID's own with the path before it.
fn places(issuer: &Url) -> Vec<Url> {
    let path = issuer.path().trim_end_matches('/');
    let mut paths = vec![
        format!("/.well-known/oauth-authorization-server{path}"),
        format!("/.well-known/openid-configuration{path}"),
    ];
    if !path.is_empty() {
        paths.push(format!("{path}/.well-known/openid-configuration"));
    }
    paths.iter().map(|path| at(issuer, path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The three forms for an issuer with a path, the two for one without.
    #[test]
    fn metadata_is_looked_for_in_every_form() {
        let paths = |issuer: &str| {
            let places = places(&issuer.parse().unwrap());
            places.iter().map(|place| place.path().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            paths("https://auth.example/tenant/1/"),
            [
                "/.well-known/oauth-authorization-server/tenant/1",
                "/.well-known/openid-configuration/tenant/1",
                "/tenant/1/.well-known/openid-configuration"
            ]
        );
        assert_eq!(
            paths("https://auth.example"),
            ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]
        );
    }
}
