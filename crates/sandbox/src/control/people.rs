//! What a person does at the vendor, away from the app.

use super::body::{Fault, Wish};
use crate::{
    account::{Account, Vendor},
    app::App,
    github, linear,
    people::{Description, Person},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Removal {
    /// Everybody when absent.
    account: Option<Account>,
    /// Whether the vendor's own webhook about it is sent; the tokens are dead either way.
    #[serde(default)]
    notify: bool,
}

/// The person removes the app: every token of theirs is dead, and so are codes not yet exchanged.
pub(super) async fn revoke(
    State(app): State<App>,
    Path(vendor): Path<Vendor>,
    Wish(wish): Wish<Removal>,
) -> Json<Value> {
    let ended = app.store.change(|ledger| ledger.book(vendor).take_by_account(wish.account.as_ref()));
    let mut deliveries = Vec::new();
    if wish.notify {
        for account in ended.iter().collect::<BTreeSet<_>>() {
            deliveries.extend(match vendor {
                Vendor::Github => github::notify_revoked(&app, account).await,
                Vendor::Linear => linear::notify_revoked(&app, account).await,
                _ => None,
            });
        }
    }
    Json(json!({"revoked": ended.len(), "deliveries": deliveries}))
}

/// Who is signed in at the vendor, with what it says of them.
fn present(app: &App, vendor: Vendor) -> Value {
    let account = app.people.signed_in(vendor);
    let Person { id, name, email, email_verified, email_public } = app.people.person(vendor, &account);
    json!({
        "account": account, "id": id, "name": name, "email": email, "email_verified": email_verified,
        "email_public": email_public,
    })
}

pub(super) async fn person(State(app): State<App>, Path(vendor): Path<Vendor>) -> Json<Value> {
    Json(present(&app, vendor))
}

/// From now on this person consents, where a request names nobody.
pub(super) async fn sign_in(
    State(app): State<App>,
    Path(vendor): Path<Vendor>,
    Wish(wish): Wish<Description>,
) -> Result<Json<Value>, Fault> {
    app.people.sign_in(vendor, wish).map_err(|error| Fault(StatusCode::BAD_REQUEST, error.to_string()))?;
    Ok(Json(present(&app, vendor)))
}

pub(super) async fn forget(State(app): State<App>, Path(vendor): Path<Vendor>) -> Json<Value> {
    app.people.forget(vendor);
    Json(present(&app, vendor))
}
