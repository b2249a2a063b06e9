//! Google: OpenID Connect and OAuth below `/google`, which plays the vendor's hosts all at once.

mod calendar;
mod channels;
mod drive;
mod kept;
mod mail;
mod mask;
mod openid;
mod pubsub;
mod refused;
mod revoke;
mod token;
mod watched;

pub(crate) use kept::Kept;
pub(crate) use pubsub::{Push, Subscription};
pub(crate) use watched::{Ageing, change, expire_cursors};

use crate::{
    account::Vendor,
    app::App,
    consent, faults,
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
    response::Response,
    routing::{get, post},
};

const RULES: Rules = Rules {
    vendor: Vendor::Google,
    uses: &[Use::Connect, Use::SignIn],
    knows,
    separator: ' ',
    pkce: |_| Pkce::Demanded,
    fixed: &[],
    terms,
};

fn knows(purpose: Use, scope: &str) -> bool {
    let of_a_person = ["openid", "email", "profile", token::EMAIL, token::PROFILE].contains(&scope);
    let of_an_api = scope.starts_with("https://www.googleapis.com/auth/") || scope == "https://mail.google.com/";
    of_a_person || (purpose == Use::Connect && of_an_api)
}

/// A refresh token comes with `access_type=offline`, at the first such consent or where `prompt` asks for consent again.
fn terms(parameters: &Parameters, _: &[String]) -> Terms {
    let prompts = parameters.get("prompt").unwrap_or_default();
    Terms {
        offline: parameters.get("access_type") == Some("offline"),
        first_only: !prompts.split(' ').any(|prompt| prompt == "consent"),
        incremental: parameters.get("include_granted_scopes") == Some("true"),
        ..Terms::default()
    }
}

async fn authorize(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    oauth::authorize(&app, &RULES, query.as_deref(), &headers).await
}

pub(crate) fn routes(app: &App) -> Router<App> {
    if !app.has_clients(Vendor::Google) {
        return Router::new();
    }
    let context = (app.clone(), Vendor::Google);
    let token = Router::new()
        .route("/token", post(token::token))
        .layer(middleware::from_fn_with_state(context.clone(), faults::on_token));
    let revoke = Router::new()
        .route("/revoke", post(revoke::revoke))
        .layer(middleware::from_fn_with_state(context.clone(), faults::on_revoke));
    let api = Router::new()
        .route("/oauth2/v3/certs", get(openid::certs))
        .route("/v1/userinfo", get(openid::userinfo).post(openid::userinfo))
        .merge(things())
        .nest("/_mirror", mirror::routes(Vendor::Google))
        .layer(middleware::from_fn_with_state(context, faults::on_api));
    Router::new().route("/o/oauth2/v2/auth", get(authorize).post(consent::answer)).merge(token).merge(revoke).merge(api)
}

/// Calendar, Drive and Gmail.
fn things() -> Router<App> {
    Router::new()
        .route("/calendar/v3/users/me/calendarList", get(calendar::calendars))
        .route("/calendar/v3/calendars/{id}/events", get(calendar::list))
        .route("/calendar/v3/calendars/{id}/events/watch", post(calendar::watch))
        .route("/calendar/v3/channels/stop", post(channels::stop_calendar))
        .route("/drive/v3/changes/startPageToken", get(drive::start))
        .route("/drive/v3/changes", get(drive::changes))
        .route("/drive/v3/changes/watch", post(drive::watch))
        .route("/drive/v3/files", get(drive::files))
        .route("/drive/v3/channels/stop", post(channels::stop_drive))
        .route("/gmail/v1/users/{user}/profile", get(mail::profile))
        .route("/gmail/v1/users/{user}/messages", get(mail::list))
        .route("/gmail/v1/users/{user}/messages/{id}", get(mail::get))
        .route("/gmail/v1/users/{user}/history", get(mail::history))
        .route("/gmail/v1/users/{user}/watch", post(mail::watch))
        .route("/gmail/v1/users/{user}/stop", post(mail::stop))
}
