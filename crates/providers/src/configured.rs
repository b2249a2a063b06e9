//! A provider together with the settings that make it usable.

use crate::{Endpoints, Provider};
use chrono::{DateTime, Utc};
use kernel::Secret;
use oauth::TokenEndpoint;
use outbound::{HostPolicy, PolicyError};
use url::Url;

/// Client credentials and addresses of one provider.
pub struct Settings {
    pub client_id: String,
    pub client_secret: Secret,
    /// Registered at the vendor; compared exactly.
    pub redirect_uri: Url,
    /// Any of them may have signed a webhook. Empty: webhooks are off.
    pub webhook_secrets: Vec<Secret>,
    pub base_url: Option<Url>,
    pub app: Option<AppSettings>,
}

/// An app that organisations install.
pub struct AppSettings {
    /// The slug in the vendor's URLs.
    pub name: String,
    pub id: String,
    /// PEM, PKCS#1 or PKCS#8.
    pub private_key: Secret,
}

/// A provider that can be used.
pub struct Configured {
    pub provider: &'static Provider,
    pub settings: Settings,
    pub endpoints: Endpoints,
    /// The only places its credentials may travel to.
    pub hosts: HostPolicy,
}

impl Configured {
    pub fn new(provider: &'static Provider, settings: Settings) -> Result<Self, PolicyError> {
        let endpoints = (provider.endpoints)(settings.base_url.as_ref()).map_err(|_| PolicyError::NotAUrl)?;
        let urls = [Some(&endpoints.token), endpoints.revoke.as_ref(), Some(&endpoints.api)];
        let hosts = HostPolicy::allow(urls.into_iter().flatten().map(Url::as_str))?;
        Ok(Self { provider, settings, endpoints, hosts })
    }

    /// Its token endpoint, for one exchange or refresh.
    pub fn token_endpoint<'a>(
        &'a self,
        client: &'a outbound::Client,
        read: &'a (dyn Fn(serde_json::Value) -> serde_json::Value + Send + Sync),
        now: DateTime<Utc>,
    ) -> TokenEndpoint<'a> {
        TokenEndpoint {
            client,
            hosts: &self.hosts,
            token_url: &self.endpoints.token,
            client_id: &self.settings.client_id,
            client_secret: &self.settings.client_secret,
            auth: self.provider.client_auth,
            read,
            now,
        }
    }
}
