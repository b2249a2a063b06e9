//! The webhooks that GitHub sends by itself when an App comes and goes.

use super::{
    hooks::{Event, letter},
    objects,
};
use crate::{account::Account, app::App, courier::Receipt, ledger::Installation};
use serde_json::{Value, json};

/// The App's own webhook, as registered in its settings.
const APP_WEBHOOK: &str = "/webhooks/github";

/// Installs the App for an account and returns what the redirect says about it. Where it was installed already there is
/// no second installation and no webhook, only `setup_action=update`.
pub(crate) async fn install(app: &App, account: &Account) -> Vec<(&'static str, String)> {
    let now = app.wall.now();
    let (owner, person) = (account.clone(), account.clone());
    let (installation, is_new) = app.store.change(|ledger| ledger.installations.create(owner, person, None, now));
    if is_new {
        notify_installation(app, "created", &installation).await;
    }
    let action = if is_new { "install" } else { "update" };
    vec![("installation_id", installation.id.to_string()), ("setup_action", action.to_owned())]
}

/// `installation.{action}`, if there is anywhere to send it.
pub(crate) async fn notify_installation(app: &App, action: &str, installation: &Installation) -> Option<Receipt> {
    let mut payload = json!({
        "action": action,
        "installation": objects::installation(app, installation),
        "sender": objects::simple_user(app, &installation.installed_by),
    });
    if matches!(action, "created" | "deleted") {
        let mut repositories = app.data.github().repositories(app, &installation.account);
        for fields in repositories.iter_mut().filter_map(Value::as_object_mut) {
            fields.retain(|name, _| ["id", "node_id", "name", "full_name", "private"].contains(&name.as_str()));
        }
        payload["repositories"] = json!(repositories);
    }
    notify(app, "installation", &payload).await
}

/// `github_app_authorization.revoked`: it names the person and nothing else.
pub(crate) async fn notify_revoked(app: &App, account: &Account) -> Option<Receipt> {
    let payload = json!({"action": "revoked", "sender": objects::simple_user(app, account)});
    notify(app, "github_app_authorization", &payload).await
}

/// GitHub does not retry and does not mind; the log says what happened.
async fn notify(app: &App, event: &str, payload: &Value) -> Option<Receipt> {
    app.config.webhook_base.as_ref()?;
    let body = payload.to_string().into_bytes();
    let event = Event { path: APP_WEBHOOK.to_owned(), name: event.to_owned(), delivery_id: None, body };
    let sent = app.courier.send(app, letter(app, event)).await;
    sent.inspect_err(|error| tracing::warn!(%error, "a webhook of the App was not delivered")).ok()
}
