//! Linear: OAuth below `/linear/oauth`, GraphQL at `/linear/graphql`.

mod authorize;
mod graphql;
mod hooks;
mod kept;
mod lists;
mod mcp;
mod query;
mod revoke;
mod token;
mod webhooks;

pub(crate) use hooks::letter_to_hook;
pub(crate) use kept::{Kept, change};
pub(crate) use mcp::MCP;
pub(crate) use webhooks::{Event, letter, notify_revoked};

use crate::{account::Vendor, app::App, consent, faults, mcp as server, mirror};
use axum::{
    Router, middleware,
    routing::{get, post},
};

pub(crate) fn routes(app: &App) -> Router<App> {
    let context = (app.clone(), Vendor::Linear);
    let token = Router::new()
        .route("/oauth/token", post(token::token))
        .layer(middleware::from_fn_with_state(context.clone(), faults::on_token));
    let revoke = Router::new()
        .route("/oauth/revoke", post(revoke::revoke))
        .layer(middleware::from_fn_with_state(context.clone(), faults::on_revoke));
    let api = Router::new()
        .route("/graphql", post(graphql::graphql))
        .nest("/_mirror", mirror::routes(Vendor::Linear))
        .layer(middleware::from_fn_with_state(context, faults::on_api));
    Router::new()
        .route("/oauth/authorize", get(authorize::authorize).post(consent::answer))
        .merge(token)
        .merge(revoke)
        .merge(api)
        .merge(server::routes(app, &MCP))
}
