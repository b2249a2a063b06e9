//! Atlassian's accounts, as far as signing in goes: `auth.` and `api.` both below `/atlassian`.

mod me;
mod token;

use crate::{
    account::Vendor,
    app::App,
    consent, faults,
    oauth::{self, Pkce, Rules},
};
use axum::{
    Router,
    extract::{RawQuery, State},
    http::HeaderMap,
    middleware,
    response::Response,
    routing::{get, post},
};

const RULES: Rules = Rules {
    vendor: Vendor::Atlassian,
    scopes: &["read:me", "offline_access", "read:jira-user"],
    pkce: Pkce::Demanded,
    fixed: &[("audience", "api.atlassian.com"), ("prompt", "consent")],
    offline: |_, scopes| scopes.iter().any(|scope| scope == "offline_access"),
};

async fn authorize(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    oauth::authorize(&app, &RULES, query.as_deref(), &headers).await
}

pub(crate) fn routes(app: &App) -> Router<App> {
    if app.config.sign_in.atlassian.is_none() {
        return Router::new();
    }
    let context = (app.clone(), Vendor::Atlassian);
    let token = Router::new()
        .route("/oauth/token", post(token::token))
        .layer(middleware::from_fn_with_state(context.clone(), faults::on_token));
    let api = Router::new().route("/me", get(me::me)).layer(middleware::from_fn_with_state(context, faults::on_api));
    Router::new().route("/authorize", get(authorize).post(consent::answer)).merge(token).merge(api)
}
