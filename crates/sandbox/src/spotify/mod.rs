//! Spotify: accounts and the web API below `/spotify`.

mod library;
mod me;
mod played;
mod token;

pub(crate) use library::{Kept, change};

use crate::{
    account::Vendor,
    app::App,
    consent::{self, Refusal},
    faults,
    ledger::Terms,
    mirror,
    oauth::{self, Pkce, Rules, Use},
    parameters::Parameters,
};
use axum::{
    Router,
    extract::{RawQuery, State},
    http::HeaderMap,
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use url::Url;

const SCOPES: [&str; 19] = [
    "user-read-email",
    "user-read-private",
    "user-library-read",
    "user-library-modify",
    "playlist-read-private",
    "playlist-read-collaborative",
    "playlist-modify-public",
    "playlist-modify-private",
    "user-read-recently-played",
    "user-read-playback-position",
    "user-read-playback-state",
    "user-modify-playback-state",
    "user-read-currently-playing",
    "user-top-read",
    "user-follow-read",
    "user-follow-modify",
    "ugc-image-upload",
    "app-remote-control",
    "streaming",
];

const RULES: Rules = Rules {
    vendor: Vendor::Spotify,
    uses: &[Use::Connect, Use::SignIn],
    knows: |purpose, scope| match purpose {
        Use::Connect => SCOPES.contains(&scope),
        Use::SignIn => ["user-read-email", "user-read-private"].contains(&scope),
    },
    separator: ' ',
    pkce: |_| Pkce::Demanded,
    fixed: &[],
    terms: |_, _| Terms { offline: true, ..Terms::default() },
};

async fn authorize(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    match consent::parameters(query.as_deref()) {
        Ok(parameters) if is_on_localhost(&app, &parameters) => {
            let sentence = "A loopback address is written 127.0.0.1 or [::1] here; localhost is refused.";
            Refusal::page("redirect_uri: Insecure", sentence).into_response()
        }
        _ => oauth::authorize(&app, &RULES, query.as_deref(), &headers).await,
    }
}

/// The callbacks of the app that signs people in are let be: it was registered before the rule.
fn is_on_localhost(app: &App, parameters: &Parameters) -> bool {
    let client = parameters.get("client_id").and_then(|id| app.client(Vendor::Spotify, id));
    let callback = parameters.get("redirect_uri").and_then(|uri| Url::parse(uri).ok());
    client.is_some_and(|client| client.purpose == Use::Connect)
        && callback.is_some_and(|uri| uri.host_str() == Some("localhost"))
        && !app.config.connect.spotify_takes_localhost
}

pub(crate) fn routes(app: &App) -> Router<App> {
    if !app.has_clients(Vendor::Spotify) {
        return Router::new();
    }
    let context = (app.clone(), Vendor::Spotify);
    let token = Router::new()
        .route("/api/token", post(token::token))
        .layer(middleware::from_fn_with_state(context.clone(), faults::on_token));
    let api = Router::new()
        .route("/v1/me", get(me::me))
        .route("/v1/me/tracks", get(library::tracks))
        .route("/v1/me/playlists", get(library::playlists))
        .route("/v1/me/player/recently-played", get(played::list))
        .nest("/v1/_mirror", mirror::routes(Vendor::Spotify))
        .layer(middleware::from_fn_with_state(context, faults::on_api));
    Router::new().route("/authorize", get(authorize).post(consent::answer)).merge(token).merge(api)
}
