//! Atlassian's accounts, Jira and Confluence: `auth.` and `api.` both below `/atlassian`. There is no way to revoke.

mod hooks;
mod issues;
mod jql;
mod kept;
mod mcp;
mod me;
mod pages;
mod projects;
mod sites;
mod token;

pub(crate) use hooks::{admin_letter, letter, letter_to_hook};
pub(crate) use kept::{Kept, change};
pub(crate) use mcp::MCP;

use crate::{
    account::Vendor,
    app::App,
    consent, faults,
    ledger::Terms,
    mcp as server, mirror,
    oauth::{self, Pkce, Rules, Use},
};
use axum::{
    Router,
    extract::{RawQuery, State},
    http::HeaderMap,
    middleware,
    response::Response,
    routing::{get, post, put},
};

const RULES: Rules = Rules {
    vendor: Vendor::Atlassian,
    uses: &[Use::Connect, Use::SignIn],
    knows: |purpose, scope| match purpose {
        Use::Connect => ["read:me", "offline_access"].contains(&scope) || product(scope).is_some(),
        Use::SignIn => ["read:me", "offline_access", "read:jira-user"].contains(&scope),
    },
    separator: ' ',
    pkce: |purpose| match purpose {
        Use::Connect => Pkce::Allowed,
        Use::SignIn => Pkce::Demanded,
    },
    fixed: &[("audience", "api.atlassian.com"), ("prompt", "consent")],
    terms: |_, scopes| Terms { offline: scopes.iter().any(|scope| scope == "offline_access"), ..Terms::default() },
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Product {
    Jira,
    Confluence,
}

/// What a scope is for, which its name says; those of neither product are of the account.
fn product(scope: &str) -> Option<Product> {
    let (_, object) = scope.split_once(':')?;
    match () {
        () if object.contains("jira") => Some(Product::Jira),
        () if object.contains("confluence") => Some(Product::Confluence),
        () => None,
    }
}

async fn authorize(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    oauth::authorize(&app, &RULES, query.as_deref(), &headers).await
}

pub(crate) fn routes(app: &App) -> Router<App> {
    if !app.has_clients(Vendor::Atlassian) {
        return Router::new();
    }
    let context = (app.clone(), Vendor::Atlassian);
    let token = Router::new()
        .route("/oauth/token", post(token::token))
        .layer(middleware::from_fn_with_state(context.clone(), faults::on_token));
    let api = Router::new()
        .route("/me", get(me::me))
        .route("/oauth/token/accessible-resources", get(sites::accessible))
        .route("/ex/jira/{cloud_id}/rest/api/3/myself", get(sites::jira_myself))
        .route("/ex/jira/{cloud_id}/rest/api/3/project/search", get(projects::search))
        .route("/ex/jira/{cloud_id}/rest/api/3/webhook", get(hooks::list).post(hooks::register).delete(hooks::delete))
        .route("/ex/jira/{cloud_id}/rest/api/3/webhook/refresh", put(hooks::refresh))
        .route("/ex/confluence/{cloud_id}/wiki/rest/api/user/current", get(sites::confluence_current))
        .route("/ex/jira/{cloud_id}/rest/api/3/search/jql", post(issues::search))
        .route("/ex/confluence/{cloud_id}/wiki/api/v2/pages", get(pages::list))
        .nest("/_mirror", mirror::routes(Vendor::Atlassian))
        .layer(middleware::from_fn_with_state(context, faults::on_api));
    Router::new()
        .route("/authorize", get(authorize).post(consent::answer))
        .merge(token)
        .merge(api)
        .merge(server::routes(app, &MCP))
}
