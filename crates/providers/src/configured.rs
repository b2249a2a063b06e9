//! A provider together with the settings that make it usable, at the place where one connection has it.

use crate::{Endpoints, EndpointsError, Provider};
use chrono::{DateTime, Utc};
use kernel::{Parameters, Secret};
use oauth::TokenEndpoint;
use outbound::{HostPolicy, PolicyError};
use std::sync::Arc;
use url::Url;

/// Client credentials and addresses of one provider.
#[derive(Clone)]
pub struct Settings {
    /// Empty for a provider whose credentials are pasted.
    pub client_id: String,
    pub client_secret: Secret,
    /// Those that it has replaced and that the vendor may still sign with.
    pub former_client_secrets: Vec<Secret>,
    /// Registered at the vendor; compared exactly.
    pub redirect_uri: Url,
    /// Any of them may have signed a webhook. Empty: webhooks are off.
    pub webhook_secrets: Vec<Secret>,
    /// In place of the vendor's own host, named by whoever runs this deployment.
    pub base_url: Option<Url>,
    /// Asked for in place of the record's, unless a connect names others.
    pub scopes: Option<Vec<String>>,
    pub app: Option<AppSettings>,
    pub push: Option<PushSettings>,
}

/// The message service that pushes for the vendor.
#[derive(Clone)]
pub struct PushSettings {
    pub topic: String,
    pub service_account: String,
}

/// An app that organisations install.
#[derive(Clone)]
pub struct AppSettings {
    /// The slug in the vendor's URLs.
    pub name: String,
    pub id: String,
    /// PEM, PKCS#1 or PKCS#8.
    pub private_key: Secret,
}

/// A provider that can be used.
#[derive(Clone)]
pub struct Configured {
    pub provider: Arc<Provider>,
    pub settings: Arc<Settings>,
    pub endpoints: Endpoints,
    /// The only places its credentials may travel to.
    pub hosts: HostPolicy,
}

/// The settings and parameters name no place that may be called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfiguredError {
    #[error(transparent)]
    Endpoints(#[from] EndpointsError),
    #[error(transparent)]
    Hosts(#[from] PolicyError),
}

impl Configured {
    /// At the place that `parameters` name; without any, where the provider starts.
    pub fn new(
        provider: Arc<Provider>,
        settings: Arc<Settings>,
        parameters: &Parameters,
    ) -> Result<Self, ConfiguredError> {
        let endpoints = provider.vendor.endpoints(settings.base_url.as_ref(), parameters)?;
        let Endpoints { authorize: _, token, refresh, revoke, api, web: _, others } = &endpoints;
        let urls = [Some(token), refresh.as_ref(), revoke.as_ref(), Some(api)];
        let urls = urls.into_iter().flatten().chain(others).map(Url::as_str);
        // A name that a person typed must not lead into the network behind this service.
        let hosts = match &settings.base_url {
            Some(_) => HostPolicy::allow(urls)?,
            None => HostPolicy::allow_public(urls)?,
        };
        let hosts = hosts.of_provider(&provider.slug);
        Ok(Self { provider, settings, endpoints, hosts })
    }

    /// The same settings at another place.
    pub fn at(&self, parameters: &Parameters) -> Result<Self, ConfiguredError> {
        Self::new(Arc::clone(&self.provider), Arc::clone(&self.settings), parameters)
    }

    /// Its token endpoint, for one exchange.
    pub fn token_endpoint<'a>(
        &'a self,
        client: &'a outbound::Client,
        read: &'a (dyn Fn(serde_json::Value) -> serde_json::Value + Send + Sync),
        now: DateTime<Utc>,
    ) -> Option<TokenEndpoint<'a>> {
        let oauth = self.provider.oauth()?;
        Some(TokenEndpoint {
            client,
            hosts: &self.hosts,
            token_url: &self.endpoints.token,
            client_id: &self.settings.client_id,
            client_secret: &self.settings.client_secret,
            auth: oauth.client_auth,
            body: oauth.token_body,
            extra: &oauth.token_extra,
            read,
            now,
        })
    }

    /// The same for one refresh.
    pub fn refresh_endpoint<'a>(
        &'a self,
        client: &'a outbound::Client,
        read: &'a (dyn Fn(serde_json::Value) -> serde_json::Value + Send + Sync),
        now: DateTime<Utc>,
    ) -> Option<TokenEndpoint<'a>> {
        let endpoint = self.token_endpoint(client, read, now)?;
        Some(TokenEndpoint { token_url: self.endpoints.refresh.as_ref().unwrap_or(&self.endpoints.token), ..endpoint })
    }
}
