//! What a person does at the vendor, away from the app.

use super::body::Wish;
use crate::{
    account::{Account, Vendor},
    app::App,
    github, linear,
};
use axum::{
    Json,
    extract::{Path, State},
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
            });
        }
    }
    Json(json!({"revoked": ended.len(), "deliveries": deliveries}))
}
