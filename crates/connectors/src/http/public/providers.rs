//! The catalogue.

use crate::{App, flows::connect::ConnectError, http::query::ApiPath, problem::Failure};
use axum::{Json, extract::State};
use edge::Problem;
use providers::{ALL, Provider, Refresh, Registry};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A provider and what it can do here.
#[derive(Serialize, ToSchema)]
pub struct ProviderView {
    slug: &'static str,
    name: &'static str,
    docs: &'static str,
    /// Whether this deployment has settings for it.
    configured: bool,
    capabilities: Capabilities,
    /// Asked for unless a connect names others.
    scopes: &'static [&'static str],
    /// To register at the vendor, exactly.
    redirect_url: String,
    /// To enter at the vendor; append `/{tenant id}` for one tenant's own webhook.
    webhook_url: String,
}

/// What the provider can do.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "the wire's shape: one yes or no a capability")]
pub struct Capabilities {
    connect: bool,
    /// Organisations can install our app.
    installations: bool,
    refresh: bool,
    revoke: bool,
    webhooks: bool,
    sign_in: bool,
}

/// All providers.
#[derive(Serialize, ToSchema)]
pub struct ProviderList {
    providers: Vec<ProviderView>,
}

fn view(app: &App, provider: &'static Provider) -> ProviderView {
    let configured = app.providers.configured(provider.slug);
    let installs = configured.is_some_and(|configured| configured.settings.app.is_some());
    ProviderView {
        slug: provider.slug,
        name: provider.name,
        docs: provider.docs,
        configured: configured.is_some(),
        capabilities: Capabilities {
            connect: true,
            installations: installs && provider.vendor.installations().is_some(),
            refresh: matches!(provider.refresh, Refresh::Rotating { .. }),
            revoke: true,
            webhooks: configured.is_some_and(|configured| !configured.settings.webhook_secrets.is_empty()),
            sign_in: provider.sign_in.is_some(),
        },
        scopes: provider.scopes.default,
        redirect_url: configured.map_or_else(
            || app.config.urls.callback(provider.slug),
            |configured| configured.settings.redirect_uri.to_string(),
        ),
        webhook_url: app.config.urls.public(&format!("/webhooks/{}", provider.slug)),
    }
}

/// Lists the providers.
#[utoipa::path(get, path = "/providers", tag = "public", responses((status = 200, body = ProviderList)))]
pub async fn list(State(app): State<Arc<App>>) -> Json<ProviderList> {
    Json(ProviderList { providers: ALL.iter().map(|provider| view(&app, provider)).collect() })
}

/// One provider.
#[utoipa::path(
    get, path = "/providers/{provider}", tag = "public",
    params(("provider" = String, Path, description = "The provider's slug.")),
    responses((status = 200, body = ProviderView), (status = 404, body = Problem))
)]
pub async fn show(State(app): State<Arc<App>>, ApiPath(slug): ApiPath<String>) -> Result<Json<ProviderView>, Problem> {
    let provider = Registry::known(&slug).ok_or(ConnectError::UnknownProvider).map_err(Failure::from)?;
    Ok(Json(view(&app, provider)))
}
