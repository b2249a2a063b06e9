//! How an authorization server knows us: by a client that was registered by hand, by the document that describes us, or by
//! registering ourselves (RFC 7591), in this order.

use super::{Authority, AuthorizeError, Authorizer};
use kernel::Secret;
use oauth::ClientAuth;
use serde::Deserialize;
use serde_json::json;
use url::Url;

/// A client at one authorization server.
#[derive(Clone)]
pub struct Registration {
    pub client_id: String,
    pub client_secret: Option<Secret>,
    pub(super) auth: ClientAuth,
}

#[derive(Deserialize)]
struct Registered {
    client_id: String,
    client_secret: Option<Secret>,
    token_endpoint_auth_method: Option<String>,
}

impl Authorizer<'_> {
    /// Registers us, if that is needed at all.
    pub async fn register(&self, authority: &Authority) -> Result<Registration, AuthorizeError> {
        let described = &authority.described;
        if let Some(known) = &self.known {
            let auth = method(None, authority, known.client_secret.is_some());
            return Ok(Registration {
                client_id: known.client_id.clone(),
                client_secret: known.client_secret.clone(),
                auth,
            });
        }
        if let (true, Some(document)) = (described.client_id_metadata_document_supported, self.document) {
            let client_id = document.to_string();
            return Ok(Registration { client_id, client_secret: None, auth: ClientAuth::Public });
        }
        let endpoint = described.registration_endpoint.as_ref().ok_or(AuthorizeError::NoRegistration)?;
        self.register_at(endpoint, authority).await
    }

    async fn register_at(&self, endpoint: &Url, authority: &Authority) -> Result<Registration, AuthorizeError> {
        let offered = &authority.described.token_endpoint_auth_methods_supported;
        // A public client has nothing to lose; a server that has none of them says so.
        let takes_public = offered.is_empty() || offered.iter().any(|method| method == "none");
        let wished = if takes_public { "none" } else { offered.first().map_or("client_secret_basic", String::as_str) };
        let wish = json!({
            "client_name": self.name, "redirect_uris": [self.redirect_uri], "response_types": ["code"],
            "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": wished,
        });
        let answer = self.posted(endpoint, &wish).await?;
        if !answer.status.is_success() {
            return Err(AuthorizeError::RegistrationRefused);
        }
        let given: Registered = serde_json::from_slice(&answer.body).map_err(|_| AuthorizeError::Unreadable)?;
        let auth = method(given.token_endpoint_auth_method.as_deref(), authority, given.client_secret.is_some());
        Ok(Registration { client_id: given.client_id, client_secret: given.client_secret, auth })
    }
}

/// As the registration says, else the first that both know.
fn method(said: Option<&str>, authority: &Authority, has_secret: bool) -> ClientAuth {
    if !has_secret {
        return ClientAuth::Public;
    }
    let offered = authority.described.token_endpoint_auth_methods_supported.iter().map(String::as_str);
    let known = |name: &str| match name {
        "client_secret_basic" => Some(ClientAuth::Basic),
        "client_secret_post" => Some(ClientAuth::Body),
        _ => None,
    };
    // RFC 8414 2: basic, where nothing is said.
    said.into_iter().chain(offered).find_map(known).unwrap_or(ClientAuth::Basic)
}
