//! Servers from before protected resource metadata (2025-03-26): they are their own authorization server, at their root, and
//! where they do not describe themselves their endpoints have the names that the protocol gave them then.

use super::{Authority, AuthorizeError, Authorizer, authority::Described, fetch::at};

/// PKCE is used in any case. There is no resource to ask for: the token is for whoever is at this origin.
pub(super) async fn authority(ours: &Authorizer<'_>) -> Result<Authority, AuthorizeError> {
    let root = at(ours.server, "/");
    let described = match ours.described(&root).await? {
        None => Described {
            issuer: root.origin().ascii_serialization(),
            authorization_endpoint: at(&root, "/authorize"),
            token_endpoint: at(&root, "/token"),
            registration_endpoint: Some(at(&root, "/register")),
            scopes_supported: Vec::new(),
            code_challenge_methods_supported: Vec::new(),
            token_endpoint_auth_methods_supported: Vec::new(),
            client_id_metadata_document_supported: false,
            authorization_response_iss_parameter_supported: false,
        },
        Some(described) => {
            let endpoints = [&described.authorization_endpoint, &described.token_endpoint];
            // Nobody else has named this authority, so it may not name another one.
            if endpoints.iter().any(|endpoint| endpoint.origin() != root.origin()) {
                return Err(AuthorizeError::OtherIssuer);
            }
            if !described.code_challenge_methods_supported.iter().any(|method| method == "S256") {
                return Err(AuthorizeError::NoPkce);
            }
            described
        }
    };
    Ok(Authority { resource: None, scopes: Vec::new(), described })
}
