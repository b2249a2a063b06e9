//! A tenant's own client at a provider: entered, looked at, taken away. What is secret goes in and never comes out.

use super::{
    connect::readable,
    settings::{self, Sensitive, SettingsError},
};
use crate::{App, http::Caller};
use db::{audit, provider_configs};
use kernel::Secret;
use serde_json::json;
use url::Url;
use vault::KeyError;

/// A shorter signing secret would let anybody sign webhooks.
const SHORTEST_WEBHOOK_SECRET: usize = 16;
/// The new one and the old one, while a secret is being changed.
const MOST_WEBHOOK_SECRETS: usize = 2;
const LONGEST: usize = 4 * 1024;
const LONGEST_KEY: usize = 16 * 1024;

/// What an operator enters.
pub struct Wish {
    pub client_id: String,
    pub client_secret: Secret,
    /// `None`: this deployment's own callback.
    pub redirect_uri: Option<String>,
    pub scopes: Option<Vec<String>>,
    pub webhook_secrets: Vec<Secret>,
    pub app: Option<AppWish>,
}

/// An app that organisations install.
pub struct AppWish {
    pub name: String,
    pub id: String,
    pub private_key: Secret,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum ProviderConfigError {
    #[error("the provider cannot have a client")]
    Settings(#[from] SettingsError),
    #[error("a part of the client cannot be used")]
    Invalid { pointer: &'static str, detail: &'static str },
    #[error("the tenant has no client of its own there")]
    NotFound,
    #[error("the database failed")]
    Database(#[from] db::Error),
    #[error("sealing failed")]
    Seal(#[from] KeyError),
}

/// Writes it whole, in place of what was there. `true`: there was none.
pub async fn put(app: &App, caller: &Caller, slug: &str, wish: &Wish) -> Result<bool, ProviderConfigError> {
    let provider = settings::known(app, slug)?;
    if provider.oauth().is_none() {
        return Err(invalid("#", "this provider has no clients: its credentials are sent with POST /connect"));
    }
    check(wish)?;
    if wish.app.is_some() && provider.vendor.installations().is_none() {
        return Err(invalid("#/app", "this provider has no apps that organisations install"));
    }
    if !wish.webhook_secrets.is_empty() && provider.webhook.is_none() {
        return Err(invalid("#/webhook_secrets", "this provider pushes nothing"));
    }
    let secrets = Sensitive {
        client_secret: wish.client_secret.expose().clone(),
        webhook_secrets: wish.webhook_secrets.iter().map(|secret| secret.expose().clone()).collect(),
        private_key: wish.app.as_ref().map(|app| app.private_key.expose().clone()),
    };
    let plaintext = Secret::new(serde_json::to_vec(&secrets).map_err(|_| SettingsError::Stored)?);
    let config = provider_configs::ProviderConfig {
        client_id: wish.client_id.clone(),
        redirect_uri: wish.redirect_uri.clone(),
        scopes: wish.scopes.clone(),
        app_name: wish.app.as_ref().map(|app| app.name.clone()),
        app_id: wish.app.as_ref().map(|app| app.id.clone()),
        sealed: app.vault.seal(plaintext.expose(), &settings::context(caller.tenant, slug))?,
    };
    let now = app.clock.now();
    let mut transaction = app.pool.begin().await?;
    let is_new = provider_configs::put(&mut *transaction, caller.tenant, slug, &config, now).await?;
    let action = if is_new { "provider_config.create" } else { "provider_config.replace" };
    write_down(app, &mut transaction, caller, action, slug, &wish.client_id).await?;
    transaction.commit().await?;
    app.memory.receiving.invalidate(&(caller.tenant, slug.to_owned())).await;
    Ok(is_new)
}

pub async fn find(app: &App, caller: &Caller, slug: &str) -> Result<provider_configs::Stored, ProviderConfigError> {
    settings::known(app, slug)?;
    let found = provider_configs::find(&app.pool, caller.tenant, slug).await?;
    found.ok_or(ProviderConfigError::NotFound)
}

/// All that the tenant has, of the caller's providers.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<provider_configs::StoredAt>, db::Error> {
    let mut all = provider_configs::all(&app.pool, caller.tenant).await?;
    if let Some(only) = caller.only_providers() {
        all.retain(|one| only.contains(&one.provider));
    }
    Ok(all)
}

/// From here on the environment's client serves, if there is one. What was connected with the tenant's needs a new consent
/// when its token ends.
pub async fn delete(app: &App, caller: &Caller, slug: &str) -> Result<(), ProviderConfigError> {
    settings::known(app, slug)?;
    let mut transaction = app.pool.begin().await?;
    let found = provider_configs::find(&mut *transaction, caller.tenant, slug).await?;
    let found = found.ok_or(ProviderConfigError::NotFound)?;
    provider_configs::delete(&mut *transaction, caller.tenant, slug).await?;
    write_down(app, &mut transaction, caller, "provider_config.delete", slug, &found.client_id).await?;
    transaction.commit().await?;
    app.memory.receiving.invalidate(&(caller.tenant, slug.to_owned())).await;
    Ok(())
}

async fn write_down(
    app: &App,
    transaction: &mut db::PgConnection,
    caller: &Caller,
    action: &str,
    slug: &str,
    client_id: &str,
) -> Result<(), db::Error> {
    let (at, actor) = (app.clock.now(), caller.audit_name());
    let entry = audit::Entry { at, actor: &actor, action, target: slug, detail: json!({ "client_id": client_id }) };
    audit::append(transaction, caller.tenant, entry).await
}

fn check(wish: &Wish) -> Result<(), ProviderConfigError> {
    let visible = |text: &str| (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !visible(&wish.client_id) {
        return Err(invalid("#/client_id", "1 to 4096 visible characters"));
    }
    if !visible(wish.client_secret.expose()) {
        return Err(invalid("#/client_secret", "1 to 4096 visible characters"));
    }
    if wish.redirect_uri.as_deref().is_some_and(|uri| !is_redirect(uri)) {
        return Err(invalid(
            "#/redirect_uri",
            "an https address without a fragment (http for 127.0.0.1), exactly as it is registered at the vendor",
        ));
    }
    if wish.scopes.as_deref().is_some_and(|scopes| !readable(scopes)) {
        return Err(invalid("#/scopes", "at most 100 scopes of 1 to 200 visible characters each, without commas"));
    }
    let secrets = &wish.webhook_secrets;
    let fits = |secret: &Secret| (SHORTEST_WEBHOOK_SECRET..=LONGEST).contains(&secret.expose().len());
    if secrets.len() > MOST_WEBHOOK_SECRETS || !secrets.iter().all(fits) {
        return Err(invalid("#/webhook_secrets", "at most two, each of at least 16 characters"));
    }
    if let Some(app) = &wish.app {
        if !visible(&app.name) || !visible(&app.id) {
            return Err(invalid("#/app", "name and id are 1 to 4096 visible characters each"));
        }
        let key = app.private_key.expose();
        if key.len() > LONGEST_KEY || !key.trim_start().starts_with("-----BEGIN ") {
            return Err(invalid("#/app/private_key", "a private key in PEM"));
        }
    }
    Ok(())
}

/// RFC 9700 2.6: https, or a loopback address.
fn is_redirect(text: &str) -> bool {
    let Ok(url) = text.parse::<Url>() else { return false };
    let loopback = matches!(url.host_str(), Some("127.0.0.1" | "[::1]"));
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    text.len() <= 2048 && plain && (url.scheme() == "https" || (url.scheme() == "http" && loopback))
}

const fn invalid(pointer: &'static str, detail: &'static str) -> ProviderConfigError {
    ProviderConfigError::Invalid { pointer, detail }
}
