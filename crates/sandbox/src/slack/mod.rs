//! Slack: installing an app with its two tokens, and signing in with OpenID Connect; the API is below `/slack/api`.

mod access;
mod api;
mod install;
mod kept;
mod lists;
mod mcp;
mod openid;
mod revoke;
mod threads;
mod token;
mod webhooks;

pub(crate) use kept::{Kept, change};
pub(crate) use mcp::MCP;
pub(crate) use webhooks::{BadMessage, Kind, Message, RetryReason, letter};

use crate::{
    account::{Account, Vendor},
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
    routing::{get, post},
};
use serde_json::{Value, json};

const OPENID: Rules = Rules {
    vendor: Vendor::Slack,
    uses: &[Use::SignIn],
    knows: |_, scope| ["openid", "profile", "email"].contains(&scope),
    separator: ' ',
    pkce: |_| Pkce::NotAllowed,
    fixed: &[],
    terms: |_, _| Terms::default(),
};

async fn openid_authorize(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    oauth::authorize(&app, &OPENID, query.as_deref(), &headers).await
}

/// The one app of this sandbox.
const APP_ID: &str = "A0SANDBOX1";

/// Whose name begins with `ent-` is in a workspace of an organization, and installs for all of it.
fn enterprise(account: &Account) -> Option<Value> {
    account
        .name()
        .starts_with("ent-")
        .then(|| json!({"id": id('E', account, "enterprise"), "name": account.full_name()}))
}

fn id(letter: char, account: &Account, role: &str) -> String {
    format!("{letter}{:010X}", account.derived(role).as_u128() % (1 << 40))
}

fn bot_user_id(account: &Account) -> String {
    id('U', account, "slack bot user")
}

pub(crate) fn routes(app: &App) -> Router<App> {
    if !app.has_clients(Vendor::Slack) {
        return Router::new();
    }
    let context = (app.clone(), Vendor::Slack);
    let token = Router::new()
        .route("/api/oauth.v2.access", post(access::access))
        .route("/api/openid.connect.token", post(token::token))
        .layer(middleware::from_fn_with_state(context.clone(), faults::on_token));
    let revoke = Router::new()
        .route("/api/auth.revoke", get(revoke::revoke).post(revoke::revoke))
        .route("/api/apps.uninstall", get(revoke::uninstall).post(revoke::uninstall))
        .layer(middleware::from_fn_with_state(context.clone(), faults::on_revoke));
    let api = Router::new()
        .route("/openid/connect/keys", get(openid::keys))
        .route("/api/openid.connect.userInfo", get(openid::user_info).post(openid::user_info))
        .route("/api/auth.test", get(api::auth_test).post(api::auth_test))
        .route("/api/team.info", get(api::team_info).post(api::team_info))
        .route("/api/users.info", get(api::users_info).post(api::users_info))
        .route("/api/auth.teams.list", get(lists::teams))
        .route("/api/conversations.list", get(lists::conversations))
        .route("/api/conversations.history", get(lists::history))
        .route("/api/conversations.replies", get(threads::replies))
        .route("/api/users.conversations", get(lists::my_conversations))
        .route("/api/users.list", get(lists::users))
        .nest("/api/_mirror", mirror::routes(Vendor::Slack))
        .layer(middleware::from_fn_with_state(context, faults::on_api));
    Router::new()
        .route("/oauth/v2/authorize", get(install::authorize).post(consent::answer))
        .route("/openid/connect/authorize", get(openid_authorize).post(consent::answer))
        .merge(token)
        .merge(revoke)
        .merge(api)
        .merge(server::routes(app, &MCP))
}
