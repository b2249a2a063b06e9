//! What the vendors do not offer: the hand behind the scenes. JSON in, JSON out; a body must say that it is JSON, which
//! keeps other sites' pages in the same browser from posting here.

mod anthropic;
mod body;
mod data;
mod dials;
mod faults;
mod generic;
mod hooks;
mod installations;
mod jira;
mod mail;
mod mcp;
mod people;
mod slack;
mod webhooks;

use crate::app::App;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{delete, get, post, put},
};

/// GitHub does not deliver more than 25 MB; a little above it a receiver's own limit can be tried.
const BODY_LIMIT: usize = 32 * 1024 * 1024;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/state", get(dials::state))
        .route("/clock", post(dials::clock))
        .route("/{vendor}/settings", post(dials::settings))
        .route("/{vendor}/faults", post(faults::add).delete(faults::clear))
        .route("/{vendor}/held", get(faults::held))
        .route("/{vendor}/release", post(faults::release))
        .route("/generic/{slug}", put(generic::register))
        .route("/generic/{slug}/faults", post(faults::add).delete(faults::clear))
        .route("/generic/{slug}/held", get(faults::held))
        .route("/generic/{slug}/release", post(faults::release))
        .route("/{vendor}/webhooks", post(webhooks::deliver))
        .route("/slack/webhook", post(slack::deliver))
        .route("/atlassian/webhook", post(jira::deliver))
        .route("/{vendor}/hooks", get(hooks::list))
        .route("/{vendor}/hooks/{id}", delete(hooks::lose))
        .route("/{vendor}/hooks/{id}/deliver", post(hooks::deliver))
        .route("/{vendor}/id_tokens", post(dials::flaw))
        .route("/{vendor}/person", get(people::person).post(people::sign_in).delete(people::forget))
        .route("/{vendor}/revoke", post(people::revoke))
        .route("/{vendor}/data", post(data::change))
        .route("/{vendor}/watches", get(data::watches))
        .route("/{vendor}/watches/{id}", delete(data::forget_watch))
        .route("/google/cursors", post(data::expire_cursors))
        .route("/google/subscriptions", post(data::subscribe))
        .route("/google/pubsub", post(data::push))
        .route("/anthropic/script", get(anthropic::left).post(anthropic::append).delete(anthropic::clear))
        .route("/anthropic/requests", get(anthropic::requests).delete(anthropic::forget))
        .route("/{vendor}/mcp", get(mcp::show).post(mcp::change).delete(mcp::reset))
        .route("/{vendor}/mcp/changed", post(mcp::announce))
        .route("/{vendor}/mcp/requests", get(mcp::requests).delete(mcp::forget))
        .route("/github/installations", post(installations::change))
        .route("/mail", get(mail::list).delete(mail::empty))
        .route("/mail/faults", post(mail::add_fault).delete(mail::clear_faults))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}
