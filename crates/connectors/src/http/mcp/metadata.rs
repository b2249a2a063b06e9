//! Where a client gets a token for `/mcp` (RFC 9728).

use super::SCOPE;
use crate::App;
use axum::{Json, extract::State};
use serde_json::{Value, json};
use std::sync::Arc;

/// The resource as its person types it.
pub fn resource(app: &App) -> String {
    app.config.urls.public("/mcp")
}

/// The metadata's own address: the resource's path behind the well-known one (RFC 9728 3.1).
pub fn address(app: &App) -> String {
    app.config.urls.public("/.well-known/oauth-protected-resource/mcp")
}

pub async fn document(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({
        "resource": resource(&app),
        "authorization_servers": [app.config.issuer],
        "scopes_supported": [SCOPE],
        "bearer_methods_supported": ["header"],
        "resource_name": "Connectors",
        "resource_documentation": app.config.urls.public("/docs"),
    }))
}
