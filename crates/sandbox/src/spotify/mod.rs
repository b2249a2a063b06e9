//! Spotify, as far as signing in goes: accounts and the web API below `/spotify`.

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
    vendor: Vendor::Spotify,
    scopes: &["user-read-email", "user-read-private"],
    pkce: Pkce::Demanded,
    fixed: &[],
    offline: |_, _| true,
};

async fn authorize(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    oauth::authorize(&app, &RULES, query.as_deref(), &headers).await
}

pub(crate) fn routes(app: &App) -> Router<App> {
    if app.config.sign_in.spotify.is_none() {
        return Router::new();
    }
    let context = (app.clone(), Vendor::Spotify);
    let token = Router::new()
        .route("/api/token", post(token::token))
        .layer(middleware::from_fn_with_state(context.clone(), faults::on_token));
    let api = Router::new().route("/v1/me", get(me::me)).layer(middleware::from_fn_with_state(context, faults::on_api));
    Router::new().route("/authorize", get(authorize).post(consent::answer)).merge(token).merge(api)
}
