//! Where a client gets a token for `/mcp` (RFC 9728).

use super::SCOPE;
use crate::App;
use axum::{Json, extract::State};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The metadata of a protected resource (RFC 9728 2).
#[derive(Serialize, ToSchema)]
pub struct ResourceMetadata {
    resource: String,
    authorization_servers: Vec<String>,
    scopes_supported: [&'static str; 1],
    bearer_methods_supported: [&'static str; 1],
    resource_name: &'static str,
    resource_documentation: String,
}

/// The resource as its person types it.
pub fn resource(app: &App) -> String {
    app.config.urls.public("/mcp")
}

/// The metadata's own address: the resource's path behind the well-known one (RFC 9728 3.1).
pub fn address(app: &App) -> String {
    app.config.urls.public("/.well-known/oauth-protected-resource/mcp")
}

/// Where a client gets a token for `/mcp`.
///
/// RFC 9728.
#[utoipa::path(
    get, path = "/.well-known/oauth-protected-resource/mcp", operation_id = "getMcpMetadata",
    responses((status = 200, description = "The metadata of the resource.", body = ResourceMetadata))
)]
pub async fn document(State(app): State<Arc<App>>) -> Json<ResourceMetadata> {
    Json(ResourceMetadata {
        resource: resource(&app),
        authorization_servers: vec![app.config.issuer.clone()],
        scopes_supported: [SCOPE],
        bearer_methods_supported: ["header"],
        resource_name: "Connectors",
        resource_documentation: app.config.urls.public("/docs"),
    })
}
