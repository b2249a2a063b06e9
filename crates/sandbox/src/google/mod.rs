//! Google, as far as signing in goes: OpenID Connect below `/google`, which plays the vendor's four hosts at once.

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
    vendor: Vendor::Google,
    scopes: &["openid", "email", "profile", token::EMAIL, token::PROFILE],
    pkce: Pkce::Demanded,
    fixed: &[],
    offline: |parameters, _| parameters.get("access_type") == Some("offline"),
};

async fn authorize(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    oauth::authorize(&app, &RULES, query.as_deref(), &headers).await
}

pub(crate) fn routes(app: &App) -> Router<App> {
    if app.config.sign_in.google.is_none() {
        return Router::new();
    }
    let context = (app.clone(), Vendor::Google);
    let token = Router::new()
        .route("/token", post(token::token))
        .layer(middleware::from_fn_with_state(context.clone(), faults::on_token));
    let api = Router::new()
        .route("/oauth2/v3/certs", get(openid::certs))
        .route("/v1/userinfo", get(openid::userinfo).post(openid::userinfo))
        .layer(middleware::from_fn_with_state(context, faults::on_api));
    Router::new().route("/o/oauth2/v2/auth", get(authorize).post(consent::answer)).merge(token).merge(api)
}
