//! REST with a person's token.

use super::{callers::User, objects};
use crate::{account::Account, app::App};
use axum::{
    Json,
    extract::State,
    response::{AppendHeaders, IntoResponse},
};
use serde_json::{Value, json};

pub(super) async fn user(State(app): State<App>, user: User) -> impl IntoResponse {
    let mut body = objects::simple_user(&app, &user.grant.account);
    body["name"] = json!(display_name(&user.grant.account));
    body["email"] = Value::Null;
    (AppendHeaders([("x-oauth-scopes", user.grant.scopes.join(", "))]), Json(body))
}

/// `sandbox-octo` is called Sandbox Octo.
fn display_name(account: &Account) -> String {
    let capital = |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect();
    account.name().split('-').map(capital).collect::<Vec<String>>().join(" ")
}

pub(super) async fn installations(State(app): State<App>, user: User) -> Json<Value> {
    let visible = app.store.read(|ledger| ledger.installations.visible_to(&user.grant.account));
    let list: Vec<Value> = visible.iter().map(|each| objects::installation(&app, each)).collect();
    Json(json!({"total_count": list.len(), "installations": list}))
}

pub(super) async fn repositories(State(app): State<App>, user: User) -> Json<Value> {
    Json(json!([objects::repository(&app, &user.grant.account)]))
}
