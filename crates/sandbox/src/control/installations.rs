//! What an owner does with the GitHub App in their account.

use super::body::{Fault, Wish};
use crate::{
    account::Account,
    app::App,
    github::{installation_object, notify_installation},
    ledger::Installation,
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Create,
    Delete,
    Suspend,
    Unsuspend,
    /// Its tokens die before their time, and nobody is told.
    ForgetTokens,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    action: Action,
    /// The owner; the default account when absent.
    #[serde(default)]
    account: Account,
    /// For `create` the id to give, otherwise the installation that is meant, instead of the account's.
    id: Option<u64>,
    /// Who presses the button on `create`; the default account when absent.
    #[serde(default)]
    installed_by: Account,
}

/// Carries it out, sends GitHub's webhook about it, and says what the receiver answered (`delivery`, or null).
pub(super) async fn change(State(app): State<App>, Wish(wish): Wish<Change>) -> Result<Json<Value>, Fault> {
    let (event, installation) = carry_out(&app, wish)?;
    let delivery = match event {
        Some(event) => notify_installation(&app, event, &installation).await,
        None => None,
    };
    Ok(Json(json!({"installation": installation_object(&app, &installation), "delivery": delivery})))
}

fn carry_out(app: &App, wish: Change) -> Result<(Option<&'static str>, Installation), Fault> {
    let now = app.wall.now();
    let missing = || Fault(StatusCode::NOT_FOUND, "there is no such installation".to_owned());
    let conflict = || Fault(StatusCode::CONFLICT, "the account or the id has an installation already".to_owned());
    app.store.change(|ledger| {
        let all = &mut ledger.installations;
        if let Action::Create = wish.action {
            if wish.id.is_some_and(|id| all.get(id).is_some()) {
                return Err(conflict());
            }
            let (made, is_new) = all.create(wish.account, wish.installed_by, wish.id, now);
            return if is_new { Ok((Some("created"), made)) } else { Err(conflict()) };
        }
        let id = wish.id.or_else(|| all.of_account(&wish.account).map(|it| it.id)).ok_or_else(missing)?;
        let (event, changed) = match wish.action {
            Action::Create | Action::Delete => (Some("deleted"), all.delete(id)),
            Action::Suspend => (Some("suspend"), all.set_suspended(id, Some(now))),
            Action::Unsuspend => (Some("unsuspend"), all.set_suspended(id, None)),
            Action::ForgetTokens => (None, all.forget_tokens(id)),
        };
        changed.map(|installation| (event, installation)).ok_or_else(missing)
    })
}
