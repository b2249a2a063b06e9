//! With which client a provider is called, and where: the tenant's own client, else the environment's; at the place that the
//! connection's parameters name.

use super::sealing;
use crate::App;
use db::{provider_configs, reseal::Place};
use kernel::{Connection, Parameters, Secret, TenantId};
use providers::{AppSettings, Configured, ConfiguredError, Provider, Settings};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use url::Url;
use vault::{Context, OpenError, Sealed};

/// Why a provider cannot be used here.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("no such provider")]
    UnknownProvider,
    #[error("the provider has no settings here")]
    NotConfigured,
    /// The client that obtained the grant is not known here any more.
    #[error("the client of this grant is gone")]
    ClientGone,
    #[error("the provider has no such place")]
    Place(#[from] ConfiguredError),
    #[error("the database failed")]
    Database(#[from] db::Error),
    #[error("the stored client does not open")]
    Open(#[from] OpenError),
    #[error("the stored client cannot be read")]
    Stored,
}

/// The secret half of a stored client, as it is sealed.
#[derive(Serialize, Deserialize)]
pub struct Sensitive {
    pub client_secret: String,
    #[serde(default)]
    pub webhook_secrets: Vec<String>,
    pub private_key: Option<String>,
}

/// For a flow that begins.
pub async fn configured(
    app: &App,
    tenant: Option<TenantId>,
    slug: &str,
    parameters: &Parameters,
) -> Result<Configured, SettingsError> {
    let provider = known(app, slug)?;
    let own = match tenant {
        Some(tenant) => own(app, tenant, &provider).await?,
        None => None,
    };
    let settings = own.or_else(|| of_environment(app, &provider)).ok_or(SettingsError::NotConfigured)?;
    Ok(Configured::new(provider, settings, parameters)?)
}

/// Where a grant came from.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    /// `None`: nobody's yet.
    pub tenant: Option<TenantId>,
    pub provider: &'a str,
    pub parameters: &'a Parameters,
    /// `None`: a person pasted it, or it is older than this note.
    pub client_id: Option<&'a str>,
}

impl<'a> Origin<'a> {
    pub fn of(connection: &'a Connection, client_id: Option<&'a str>) -> Self {
        let Connection { tenant, provider, parameters, .. } = connection;
        Self { tenant: Some(*tenant), provider, parameters, client_id }
    }
}

/// The client whose secrets sign what arrives at an address. A tenant's own is remembered for some seconds: deliveries come in
/// storms, and each would ask the database for the same row.
pub async fn receiving(
    app: &App,
    tenant: Option<TenantId>,
    provider: &Provider,
) -> Result<Arc<Settings>, SettingsError> {
    let own = match tenant {
        Some(tenant) => remembered(app, tenant, provider).await?,
        None => None,
    };
    own.or_else(|| of_environment(app, provider)).ok_or(SettingsError::NotConfigured)
}

/// The same for a hook, which its vendor signs with the secret of the client that registered it, whatever has been entered
/// since. `None`: that client is not known here any more.
pub fn registering(
    app: &App,
    receiving: &Arc<Settings>,
    provider: &Provider,
    client_id: &str,
) -> Option<Arc<Settings>> {
    let is_it = |settings: &Arc<Settings>| settings.client_id == client_id;
    Some(Arc::clone(receiving)).filter(is_it).or_else(|| of_environment(app, provider).filter(is_it))
}

async fn remembered(app: &App, tenant: TenantId, provider: &Provider) -> Result<Option<Arc<Settings>>, SettingsError> {
    let key = (tenant, provider.slug.clone());
    if let Some(found) = app.memory.receiving.get(&key).await {
        return Ok(found);
    }
    // Of many that arrive at once one asks, and the others get its answer; an error belongs to all and is nobody's to keep.
    match Box::pin(app.memory.receiving.try_get_with(key, own(app, tenant, provider))).await {
        Ok(found) => Ok(found),
        Err(_) => Box::pin(own(app, tenant, provider)).await,
    }
}

/// For a grant that exists: with the client that obtained it, whatever has been entered since.
pub async fn of_grant(app: &App, origin: Origin<'_>) -> Result<Configured, SettingsError> {
    let Origin { tenant, provider: slug, parameters, client_id } = origin;
    let Some(client_id) = client_id else { return configured(app, tenant, slug, parameters).await };
    let provider = known(app, slug)?;
    let of_client = |settings: &Arc<Settings>| settings.client_id == client_id;
    let own = match tenant {
        Some(tenant) => own(app, tenant, &provider).await?.filter(of_client),
        None => None,
    };
    let settings = own.or_else(|| of_environment(app, &provider).filter(of_client));
    Ok(Configured::new(provider, settings.ok_or(SettingsError::ClientGone)?, parameters)?)
}

/// The record alone.
pub fn known(app: &App, slug: &str) -> Result<Arc<Provider>, SettingsError> {
    app.providers.get().known(slug).cloned().ok_or(SettingsError::UnknownProvider)
}

/// Whether anybody can use the provider here, asked where no tenant is named.
pub async fn usable(app: &App, slug: &str) -> Result<(), SettingsError> {
    let provider = known(app, slug)?;
    let usable = of_environment(app, &provider).is_some()
        || provider_configs::is_there_one_for_any_tenant(&app.pool, slug).await?;
    if usable { Ok(()) } else { Err(SettingsError::NotConfigured) }
}

/// The environment's client. Who takes pasted credentials needs none.
fn of_environment(app: &App, provider: &Provider) -> Option<Arc<Settings>> {
    let registry = app.providers.get();
    if let Some(settings) = registry.settings(&provider.slug) {
        return Some(Arc::clone(settings));
    }
    if provider.oauth().is_some() {
        return None;
    }
    Some(Arc::new(Settings {
        client_id: String::new(),
        client_secret: Secret::from(""),
        former_client_secrets: Vec::new(),
        redirect_uri: app.config.urls.callback(&provider.slug).parse().ok()?,
        webhook_secrets: Vec::new(),
        base_url: registry.base_url(&provider.slug).cloned(),
        scopes: None,
        app: None,
        push: None,
    }))
}

/// The tenant's own client, opened.
async fn own(app: &App, tenant: TenantId, provider: &Provider) -> Result<Option<Arc<Settings>>, SettingsError> {
    let Some(stored) = provider_configs::find(&app.pool, tenant, &provider.slug).await? else { return Ok(None) };
    let plaintext = app.vault.open(&Sealed::from_bytes(stored.sealed)?, &context(tenant, &provider.slug))?;
    let secrets: Sensitive = serde_json::from_slice(&plaintext).map_err(|_| SettingsError::Stored)?;
    let redirect_uri = stored.redirect_uri.unwrap_or_else(|| app.config.urls.callback(&provider.slug));
    let app_settings = stored.app_name.zip(stored.app_id).zip(secrets.private_key);
    Ok(Some(Arc::new(Settings {
        client_id: stored.client_id,
        client_secret: Secret::from(secrets.client_secret),
        former_client_secrets: Vec::new(),
        redirect_uri: redirect_uri.parse().map_err(|_| SettingsError::Stored)?,
        webhook_secrets: secrets.webhook_secrets.into_iter().map(Secret::from).collect(),
        base_url: base_url(app, &provider.slug),
        scopes: stored.scopes,
        app: app_settings.map(|((name, id), key)| AppSettings { name, id, private_key: Secret::from(key) }),
        // Which service may push for the vendor is said by the deployment: it is the one that made the topic.
        push: None,
    })))
}

/// Where a provider is, is said by the deployment alone: a tenant must not lead our requests into the network behind it.
fn base_url(app: &App, slug: &str) -> Option<Url> {
    app.providers.get().base_url(slug).cloned()
}

/// What a stored client is bound to.
pub fn context(tenant: TenantId, slug: &str) -> Context {
    sealing::context(Place::ProviderConfigs, format!("{tenant}/{slug}"))
}
