//! The catalogue.

use crate::{
    App,
    flows::{connect::ConnectError, hooks, settings},
    http::{
        document::{Refuses, schemas::OfProvider},
        query::ApiPath,
    },
    problem::{Failure, NoSuchProvider},
};
use axum::{Json, extract::State};
use edge::Problem;
use providers::{Auth, Input, InputKind, Provider, Refresh, Registry, Revoke};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A provider and what it can do here.
#[derive(Serialize, ToSchema)]
pub struct ProviderView {
    slug: String,
    name: String,
    /// The vendor's page about registering an app.
    docs: String,
    /// Whether two independent sources agree on its addresses.
    verified: bool,
    /// `oauth2`, `api_key` or `basic`.
    auth: &'static str,
    /// Whether this deployment has settings for it. A tenant may have a client of its own where it has none.
    configured: bool,
    capabilities: Capabilities,
    /// What ending a connection ends at the provider: `grant` (this connection's access), `account` (all that this account gave the
    /// app), `organization` (all that this organisation or workspace gave the app) or `nothing` (there the person removes the app).
    revocation: &'static str,
    /// Asked for unless a connect names others.
    scopes: Vec<String>,
    /// What a connect may or must say in `parameters`.
    inputs: Vec<InputView>,
    /// To register at the vendor, exactly.
    redirect_url: String,
    /// To enter at the vendor; append `/{tenant id}` for one tenant's own webhook. Null: the vendor pushes nothing.
    webhook_url: Option<String>,
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
    /// We register the webhooks at the vendor, for each connection whose grant allows it.
    registers_webhooks: bool,
    sign_in: bool,
    /// Its MCP server is known here: a person's agent can use the tools of a connection.
    mcp: bool,
}

/// One thing to be said before a connect.
#[derive(Serialize, ToSchema)]
pub struct InputView {
    name: String,
    about: String,
    example: String,
    required: bool,
    /// Where only these words are taken.
    one_of: Option<Vec<String>>,
}

/// All providers.
#[derive(Serialize, ToSchema)]
pub struct ProviderList {
    providers: Vec<ProviderView>,
}

fn input(input: &Input) -> InputView {
    let Input { name, about, example, required, kind, query: _ } = input;
    let one_of = match kind {
        InputKind::OneOf(words) => Some(words.clone()),
        InputKind::Label | InputKind::Host | InputKind::Word(_) => None,
    };
    InputView { name: name.clone(), about: about.clone(), example: example.clone(), required: *required, one_of }
}

/// As documented at [`ProviderView`].
fn revocation_word(revoke: Revoke) -> &'static str {
    match revoke {
        Revoke::Nowhere => "nothing",
        Revoke::Grant => "grant",
        Revoke::Account => "account",
        Revoke::Organization => "organization",
    }
}

fn view(app: &App, registry: &Registry, provider: &Provider) -> ProviderView {
    let settings = registry.settings(&provider.slug);
    let installs = settings.is_some_and(|settings| settings.app.is_some());
    let (auth, scopes) = match &provider.auth {
        Auth::OAuth2(oauth) => ("oauth2", oauth.scopes.default.clone()),
        Auth::ApiKey => ("api_key", Vec::new()),
        Auth::Basic => ("basic", Vec::new()),
    };
    let webhook_url =
        provider.webhook.as_ref().map(|_| app.config.urls.public(&format!("/webhooks/{}", provider.slug)));
    let registers_webhooks = hooks::registrar(provider).is_some();
    ProviderView {
        slug: provider.slug.clone(),
        name: provider.name.clone(),
        docs: provider.docs.clone(),
        verified: provider.verified,
        auth,
        configured: settings.is_some() || provider.oauth().is_none(),
        capabilities: Capabilities {
            connect: true,
            installations: installs && provider.vendor.installations().is_some(),
            refresh: provider.refresh() != Refresh::Never,
            revoke: *provider.revoke() != Revoke::Nowhere,
            webhooks: webhook_url.is_some()
                && settings.is_some_and(|settings| registers_webhooks || !settings.webhook_secrets.is_empty()),
            registers_webhooks,
            sign_in: provider.sign_in.is_some(),
            mcp: registry.mcp_server(&provider.slug).is_some(),
        },
        revocation: revocation_word(*provider.revoke()),
        scopes,
        inputs: provider.inputs.iter().map(input).collect(),
        redirect_url: settings
            .map_or_else(|| app.config.urls.callback(&provider.slug), |settings| settings.redirect_uri.to_string()),
        webhook_url,
    }
}

/// Lists the providers.
#[utoipa::path(
    get, path = "/providers", operation_id = "listProviders",
    responses((status = 200, body = ProviderList))
)]
pub async fn list(State(app): State<Arc<App>>) -> Json<ProviderList> {
    let registry = app.providers.get();
    Json(ProviderList { providers: registry.all().map(|provider| view(&app, &registry, provider)).collect() })
}

/// Describes one provider.
///
/// One provider.
#[utoipa::path(
    get, path = "/providers/{provider}", operation_id = "getProvider",
    params(OfProvider),
    responses(
        (status = 200, body = ProviderView),
        Refuses<NoSuchProvider>,
    )
)]
pub async fn show(State(app): State<Arc<App>>, ApiPath(slug): ApiPath<String>) -> Result<Json<ProviderView>, Problem> {
    let provider = settings::known(&app, &slug).map_err(ConnectError::from).map_err(Failure::from)?;
    Ok(Json(view(&app, &app.providers.get(), &provider)))
}
