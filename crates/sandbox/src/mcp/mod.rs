//! The MCP servers of the vendors that have one here, at `/VENDOR/mcp`: streamable HTTP without sessions, in both eras of the
//! protocol. The tools work on what people keep, with the person's own token. What one server is like a test may change.

mod call;
mod dial;
mod door;
mod list;
mod listen;
mod rpc;
mod schema;
mod tool;

pub(crate) use dial::{Change, Servers, Settings};
pub(crate) use tool::{Effect, Server, Tool, limit, list_of, word};

use crate::{account::Vendor, app::App, atlassian, faults, github, linear, slack};
use axum::{
    Extension, Json, Router,
    extract::{Path, State},
    http::StatusCode,
    middleware,
    routing::{any, get},
};
use serde_json::{Value, json};

/// The vendor's, if it has one.
pub(crate) fn server(vendor: Vendor) -> Option<&'static Server> {
    match vendor {
        Vendor::Github => Some(&github::MCP),
        Vendor::Linear => Some(&linear::MCP),
        Vendor::Atlassian => Some(&atlassian::MCP),
        Vendor::Slack => Some(&slack::MCP),
        Vendor::Google | Vendor::Spotify | Vendor::Zoho | Vendor::Anthropic | Vendor::Generic => None,
    }
}

/// Whether it is there: a vendor that nobody has an app for is not.
pub(crate) fn is_reached(app: &App, vendor: Vendor) -> bool {
    server(vendor).is_some() && app.has_clients(vendor)
}

pub(crate) fn routes(app: &App, server: &'static Server) -> Router<App> {
    Router::new()
        .route("/mcp", any(door::serve))
        .layer(Extension(server))
        .layer(middleware::from_fn_with_state((app.clone(), server.vendor), faults::on_mcp))
        .layer(middleware::from_fn_with_state((app.clone(), server.vendor), door::note))
}

/// Where clients read who gives tokens for a server (RFC 9728).
pub(crate) fn resources() -> Router<App> {
    Router::new().route("/.well-known/oauth-protected-resource/{vendor}/mcp", get(resource))
}

async fn resource(State(app): State<App>, Path(vendor): Path<Vendor>) -> Result<Json<Value>, StatusCode> {
    let server = server(vendor).filter(|_| is_reached(&app, vendor)).ok_or(StatusCode::NOT_FOUND)?;
    let base = format!("{}/{}", app.url, vendor.slug());
    Ok(Json(json!({
        "resource": format!("{base}/mcp"), "authorization_servers": [base], "bearer_methods_supported": ["header"],
        "scopes_supported": server.scopes(), "resource_name": server.name,
    })))
}
