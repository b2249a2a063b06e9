//! The person's allowed tools for any MCP client: streamable HTTP without sessions, in both eras of the protocol.

mod door;
mod metadata;
mod service;

use crate::App;
use axum::{Router, middleware::from_fn_with_state, routing::get};
use edge::{Cors, with_layers};
use rmcp::transport::{
    StreamableHttpServerConfig, StreamableHttpService, streamable_http_server::session::never::NeverSessionManager,
};
use service::Tools;
use std::{sync::Arc, time::Duration};

/// The one scope of this resource.
pub const SCOPE: &str = "mcp:tools";
/// Of a whole call. Clients give up after a minute, unless they hear of progress.
const TIMEOUT: Duration = Duration::from_mins(5);
/// Of a request, in bytes.
const LARGEST_REQUEST: usize = 4 * 1024 * 1024;

/// `/mcp`, and the two documents that lead clients without a token to one.
pub fn router(app: &Arc<App>) -> Router {
    let documents = Router::new()
        .route("/.well-known/oauth-protected-resource", get(metadata::document))
        .route("/.well-known/oauth-protected-resource/mcp", get(metadata::document))
        .with_state(Arc::clone(app));
    // They hold nothing that is anybody's, and pages of any origin may be clients.
    let anybody = Cors::Anybody { allowed: &["mcp-protocol-version"], exposed: &[] };
    let frontends = Cors::Frontends {
        origins: app.config.urls.frontends.clone(),
        exposed: &["www-authenticate", "mcp-protocol-version", "mcp-session-id", "retry-after", "x-request-id"],
    };
    with_layers(documents, &anybody, TIMEOUT).merge(with_layers(server(app), &frontends, TIMEOUT))
}

fn server(app: &Arc<App>) -> Router {
    let urls = &app.config.urls;
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(LARGEST_REQUEST)
        .with_allowed_hosts(urls.public.host_str().map(ToOwned::to_owned))
        .with_allowed_origins(urls.frontends.iter().map(|origin| origin_with_port(origin)))
        .enforce_origin_validation();
    let state = Arc::clone(app);
    let service = StreamableHttpService::new(
        move || Ok(Tools::new(Arc::clone(&state))),
        Arc::new(NeverSessionManager::default()),
        config,
    );
    Router::new().route_service("/mcp", service).layer(from_fn_with_state(Arc::clone(app), door::guard))
}

/// One without a port would match any.
fn origin_with_port(origin: &str) -> String {
    match origin.parse::<url::Url>().ok().and_then(|url| Some((url.port_or_known_default()?, url.port()))) {
        Some((port, None)) => format!("{origin}:{port}"),
        _ => origin.to_owned(),
    }
}
