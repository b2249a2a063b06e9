//! Slack, as far as signing in goes: OpenID Connect, with the API below `/slack/api`.

mod openid;
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
    vendor: Vendor::Slack,
    scopes: &["openid", "profile", "email"],
    pkce: Pkce::NotAllowed,
    fixed: &[],
    offline: |_, _| false,
};

async fn authorize(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    oauth::authorize(&app, &RULES, query.as_deref(), &headers).await
}

pub(crate) fn routes(app: &App) -> Router<App> {
    if app.config.sign_in.slack.is_none() {
        return Router::new();
    }
    let context = (app.clone(), Vendor::Slack);
    let token = Router::new()
        .route("/api/openid.connect.token", post(token::token))
        .layer(middleware::from_fn_with_state(context.clone(), faults::on_token));
    let api = Router::new()
        .route("/openid/connect/keys", get(openid::keys))
        .route("/api/openid.connect.userInfo", get(openid::user_info).post(openid::user_info))
        .layer(middleware::from_fn_with_state(context, faults::on_api));
    Router::new().route("/openid/connect/authorize", get(authorize).post(consent::answer)).merge(token).merge(api)
}
