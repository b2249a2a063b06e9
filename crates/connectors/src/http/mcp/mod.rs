//! The person's allowed tools for any MCP client: streamable HTTP without sessions, in both eras of the protocol.

mod door;
mod metadata;
mod service;
mod wire;

pub use door::problems;

use super::routes::{Alias, Before, Routes};
use crate::App;
use axum::{Extension, Router, middleware::from_fn_with_state, routing::get};
use edge::{Cors, with_layers};
use rmcp::transport::{
    StreamableHttpServerConfig, StreamableHttpService, streamable_http_server::session::never::NeverSessionManager,
};
use service::Tools;
use std::{sync::Arc, time::Duration};
use utoipa_axum::routes;

/// The one scope of this resource.
pub const SCOPE: &str = "mcp:tools";
/// Of a whole call. Clients give up after a minute, unless they hear of progress.
const TIMEOUT: Duration = Duration::from_mins(5);
/// Of a request, in bytes.
const LARGEST_REQUEST: usize = 4 * 1024 * 1024;

/// The two documents that lead clients without a token to one.
fn documents() -> Routes {
    let resource = Alias {
        of: "/.well-known/oauth-protected-resource/mcp",
        path: "/.well-known/oauth-protected-resource",
        operation: "getResourceMetadata",
    };
    Routes::new().unguarded(routes!(metadata::document)).alias(&resource, None, get(metadata::document))
}

fn server() -> Routes {
    Routes::new().unguarded(routes!(wire::post, wire::get, wire::delete))
}

/// `/mcp` and its documents, as the document has them.
pub fn folders() -> Vec<(Before, Routes)> {
    vec![(Before::Nothing, documents()), (Before::Agents, server())]
}

/// The same, served.
pub fn router(app: &Arc<App>) -> Router {
    // They hold nothing that is anybody's, and pages of any origin may be clients.
    let anybody = Cors::Anybody { allowed: &["mcp-protocol-version"], exposed: &[] };
    let documents = documents().behind(app, Before::Nothing).method_not_allowed_fallback(super::no_such_method);
    let frontends = Cors::Frontends {
        origins: app.config.urls.frontends.clone(),
        exposed: &["www-authenticate", "mcp-protocol-version", "mcp-session-id", "retry-after", "x-request-id"],
    };
    let server = server().behind(app, Before::Agents).method_not_allowed_fallback(super::no_such_method);
    let server = server.layer(Extension(service(app))).layer(from_fn_with_state(Arc::clone(app), door::guard));
    with_layers(documents.with_state(Arc::clone(app)), &anybody, TIMEOUT).merge(with_layers(
        server.with_state(Arc::clone(app)),
        &frontends,
        TIMEOUT,
    ))
}

fn service(app: &Arc<App>) -> wire::Server {
    let urls = &app.config.urls;
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(LARGEST_REQUEST)
        .with_allowed_hosts(urls.public.host_str().map(ToOwned::to_owned))
        .with_allowed_origins(urls.frontends.iter().map(|origin| origin_with_port(origin)))
        .enforce_origin_validation();
    let state = Arc::clone(app);
    StreamableHttpService::new(
        move || Ok(Tools::new(Arc::clone(&state))),
        Arc::new(NeverSessionManager::default()),
        config,
    )
}

/// One without a port would match any.
fn origin_with_port(origin: &str) -> String {
    match origin.parse::<url::Url>().ok().and_then(|url| Some((url.port_or_known_default()?, url.port()))) {
        Some((port, None)) => format!("{origin}:{port}"),
        _ => origin.to_owned(),
    }
}
