//! GitHub as the GitHub Enterprise Server lays it out: the web below `/github`, REST below `/github/api/v3`.

mod answers;
mod app_api;
mod app_key;
mod applications;
mod authorize;
mod callers;
mod content;
mod hooks;
mod kept;
mod lifecycle;
mod lists;
mod mcp;
mod objects;
mod token;
mod user_api;

pub use app_key::BadKey;
pub(crate) use app_key::PublicKey;
pub(crate) use hooks::{Event, letter, letter_to_hook};
pub(crate) use kept::{Kept, change};
pub(crate) use lifecycle::{install, notify_installation, notify_revoked};
pub(crate) use mcp::MCP;
pub(crate) use objects::installation as installation_object;

use crate::{account::Vendor, app::App, consent, faults, mcp as server, mirror};
use axum::{
    Router, middleware,
    routing::{delete, get, post},
};

pub(crate) fn routes(app: &App) -> Router<App> {
    let context = (app.clone(), Vendor::Github);
    let token = Router::new()
        .route("/login/oauth/access_token", post(token::token))
        .layer(middleware::from_fn_with_state(context.clone(), faults::on_token));
    let rest = Router::new()
        .route("/user", get(user_api::user))
        .route("/user/emails", get(user_api::emails))
        .route("/user/installations", get(user_api::installations))
        .route("/user/repos", get(lists::of_person))
        .route("/applications/{client_id}/token", post(applications::check).delete(applications::revoke_token))
        .route("/applications/{client_id}/grant", delete(applications::revoke_grant))
        .route("/app", get(app_api::app))
        .route("/app/installations", get(app_api::installations))
        .route("/app/installations/{id}", get(app_api::installation).delete(app_api::uninstall))
        .route("/app/installations/{id}/access_tokens", post(app_api::mint))
        .route("/app/hook/deliveries", get(hooks::app_deliveries))
        .route("/app/hook/deliveries/{id}/attempts", post(hooks::redeliver_to_app))
        .route("/repos/{owner}/{repo}/hooks", get(hooks::list).post(hooks::create))
        .route("/repos/{owner}/{repo}/hooks/{hook}", get(hooks::show).delete(hooks::delete))
        .route("/repos/{owner}/{repo}/hooks/{hook}/pings", post(hooks::ping))
        .route("/repos/{owner}/{repo}/hooks/{hook}/deliveries", get(hooks::deliveries))
        .route("/repos/{owner}/{repo}/hooks/{hook}/deliveries/{id}/attempts", post(hooks::redeliver))
        .route("/repos/{owner}/{repo}/issues", get(lists::issues))
        .route("/repos/{owner}/{repo}/pulls", get(lists::pull_requests))
        .route("/repos/{owner}/{repo}/commits", get(lists::commits))
        // Where the links of the former lead.
        .route("/repositories/{id}/issues", get(lists::issues))
        .route("/repositories/{id}/pulls", get(lists::pull_requests))
        .route("/repositories/{id}/commits", get(lists::commits))
        .route("/installation/repositories", get(lists::of_installation))
        .route("/installation/token", delete(app_api::revoke_own_token))
        .nest("/_mirror", mirror::routes(Vendor::Github))
        .fallback(answers::not_found)
        .method_not_allowed_fallback(answers::not_found)
        .layer(middleware::from_fn_with_state(app.clone(), answers::dress))
        .layer(middleware::from_fn_with_state(context, faults::on_api));
    Router::new()
        .route("/login/oauth/authorize", get(authorize::authorize).post(consent::answer))
        .route("/apps/{slug}", get(authorize::app_page))
        .route("/apps/{slug}/installations/new", get(authorize::install).post(consent::answer))
        .merge(token)
        .merge(server::routes(app, &MCP))
        .nest("/api/v3", rest)
}
