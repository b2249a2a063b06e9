//! REST with a person's token.

use super::{answers::Refused, callers::User, objects};
use crate::{account::Vendor, app::App, ledger::Whose};
use axum::{
    Json,
    extract::State,
    response::{AppendHeaders, IntoResponse},
};
use serde_json::{Value, json};

pub(super) async fn user(State(app): State<App>, user: User) -> impl IntoResponse {
    let person = app.people.person(Vendor::Github, &user.grant.account);
    let mut body = objects::simple_user(&app, &user.grant.account);
    body["name"] = json!(person.name);
    body["email"] = json!(person.email.filter(|_| person.email_public));
    (AppendHeaders([("x-oauth-scopes", user.grant.scopes.join(", "))]), Json(body))
}

/// The address, and the one that GitHub forwards from, which every person has. Without the scope there is nothing here.
pub(super) async fn emails(State(app): State<App>, user: User) -> Result<Json<Value>, Refused> {
    let Whose { account, scopes, .. } = user.grant.whose;
    if !scopes.iter().any(|scope| scope == "user:email" || scope == "user") {
        return Err(Refused::NOT_FOUND);
    }
    let person = app.people.person(Vendor::Github, &account);
    let Some(email) = person.email else { return Ok(Json(json!([]))) };
    let visibility = if person.email_public { "public" } else { "private" };
    let forwarded = format!("{}+{account}@users.noreply.sandbox.invalid", person.id);
    Ok(Json(json!([
        {"email": forwarded, "primary": false, "verified": true, "visibility": null},
        {"email": email, "primary": true, "verified": person.email_verified, "visibility": visibility},
    ])))
}

pub(super) async fn installations(State(app): State<App>, user: User) -> Json<Value> {
    let visible = app.store.read(|ledger| ledger.installations.visible_to(&user.grant.account));
    let list: Vec<Value> = visible.iter().map(|each| objects::installation(&app, each)).collect();
    Json(json!({"total_count": list.len(), "installations": list}))
}
