//! A tenant's own client at a provider.

use crate::{
    App,
    flows::provider_configs::{self, AppWish, Wish},
    http::{
        document::{Refuses, schemas::OfProvider},
        doors::Operating,
        query::{ApiJson, ApiPath},
    },
    problem::{Failure, NoClient, NoSuchProvider, database},
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use db::provider_configs::{Stored, StoredAt};
use edge::Problem;
use http::StatusCode;
use kernel::Secret;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A client as it is registered at the vendor. It wins over the environment's for everything this tenant connects.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfigRequest {
    client_id: String,
    #[schema(value_type = String)]
    client_secret: Secret,
    /// Exactly as registered; absent: this deployment's own callback, which GET /providers/{provider} tells.
    redirect_uri: Option<String>,
    /// Asked for in place of the provider's usual ones.
    scopes: Option<Vec<String>>,
    /// The secrets with which webhooks to `/webhooks/{provider}/{tenant id}` may be signed; two while one is changed.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    webhook_secrets: Vec<Secret>,
    app: Option<AppRequest>,
}

/// An app that organisations install.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppRequest {
    /// The slug in the vendor's URLs.
    name: String,
    id: String,
    /// PEM, PKCS#1 or PKCS#8.
    #[schema(value_type = String)]
    private_key: Secret,
}

/// A stored client. Its secrets are never returned.
#[derive(Serialize, ToSchema)]
pub struct ProviderConfigView {
    provider: String,
    client_id: String,
    /// Null: this deployment's own callback.
    redirect_uri: Option<String>,
    /// Null: the provider's usual ones.
    scopes: Option<Vec<String>>,
    /// Null: none.
    app: Option<AppView>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// An app that organisations install.
#[derive(Serialize, ToSchema)]
pub struct AppView {
    name: String,
    id: String,
}

impl ProviderConfigView {
    fn of(provider: String, stored: Stored) -> Self {
        let Stored { client_id, redirect_uri, scopes, app_name, app_id, sealed: _, created_at, updated_at } = stored;
        let app = app_name.zip(app_id).map(|(name, id)| AppView { name, id });
        Self { provider, client_id, redirect_uri, scopes, app, created_at, updated_at }
    }
}

/// All of the tenant's own clients.
#[derive(Serialize, ToSchema)]
pub struct ProviderConfigList {
    /// By provider; without those that the operator token is not for.
    provider_configs: Vec<ProviderConfigView>,
}

/// Lists the tenant's own clients, without their secrets.
#[utoipa::path(
    get, path = "/provider-configs", operation_id = "listProviderConfigs",
    responses((status = 200, body = ProviderConfigList))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Operating(caller): Operating,
) -> Result<Json<ProviderConfigList>, Problem> {
    let all = provider_configs::list(&app, &caller).await.map_err(database)?;
    let views = all.into_iter().map(|StoredAt { provider, stored }| ProviderConfigView::of(provider, stored));
    Ok(Json(ProviderConfigList { provider_configs: views.collect() }))
}

/// Stores a client for the tenant, whole, in place of what was there.
#[utoipa::path(
    put, path = "/provider-configs/{provider}", operation_id = "putProviderConfig",
    params(OfProvider),
    request_body = ProviderConfigRequest,
    responses(
        (status = 200, body = ProviderConfigView, description = "Replaced."),
        (status = 201, body = ProviderConfigView, description = "There was none."),
        Refuses<NoSuchProvider>,
    )
)]
pub async fn put(
    State(app): State<Arc<App>>,
    Operating(caller): Operating,
    ApiPath(provider): ApiPath<String>,
    ApiJson(asked): ApiJson<ProviderConfigRequest>,
) -> Result<Response, Problem> {
    let ProviderConfigRequest { client_id, client_secret, redirect_uri, scopes, webhook_secrets, app: installed } =
        asked;
    let installed = installed.map(|AppRequest { name, id, private_key }| AppWish { name, id, private_key });
    let wish = Wish { client_id, client_secret, redirect_uri, scopes, webhook_secrets, app: installed };
    let is_new = provider_configs::put(&app, &caller, &provider, &wish).await.map_err(Failure::from)?;
    let stored = provider_configs::find(&app, &caller, &provider).await.map_err(Failure::from)?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(ProviderConfigView::of(provider, stored))).into_response())
}

/// Shows the tenant's client, without its secrets.
///
/// The tenant's client, without its secrets.
#[utoipa::path(
    get, path = "/provider-configs/{provider}", operation_id = "getProviderConfig",
    params(OfProvider),
    responses(
        (status = 200, body = ProviderConfigView),
        Refuses<(NoSuchProvider, NoClient)>,
    )
)]
pub async fn get(
    State(app): State<Arc<App>>,
    Operating(caller): Operating,
    ApiPath(provider): ApiPath<String>,
) -> Result<Json<ProviderConfigView>, Problem> {
    let stored = provider_configs::find(&app, &caller, &provider).await.map_err(Failure::from)?;
    Ok(Json(ProviderConfigView::of(provider, stored)))
}

/// Forgets the tenant's client.
///
/// Forgets the tenant's client. The environment's serves from here on; what was connected with the tenant's needs a new
/// consent when its token ends.
#[utoipa::path(
    delete, path = "/provider-configs/{provider}", operation_id = "deleteProviderConfig",
    params(OfProvider),
    responses(
        (status = 204, description = "Gone."),
        Refuses<(NoSuchProvider, NoClient)>,
    )
)]
pub async fn delete(
    State(app): State<Arc<App>>,
    Operating(caller): Operating,
    ApiPath(provider): ApiPath<String>,
) -> Result<StatusCode, Problem> {
    provider_configs::delete(&app, &caller, &provider).await.map_err(Failure::from)?;
    Ok(StatusCode::NO_CONTENT)
}
