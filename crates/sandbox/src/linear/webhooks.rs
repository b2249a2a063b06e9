//! Linear's webhooks: the time stands in the signed body, in milliseconds.

use crate::{
    account::{Account, Vendor},
    app::App,
    courier::{Letter, Receipt, sign_linear},
};
use chrono::{SecondsFormat, TimeDelta};
use kernel::Secret;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(crate) struct Event {
    pub(crate) path: String,
    /// The entity type, for example `Issue`.
    pub(crate) name: String,
    pub(crate) delivery_id: Option<String>,
    pub(crate) payload: Map<String, Value>,
    /// How far `webhookTimestamp` is from now.
    pub(crate) offset: TimeDelta,
}

/// From the app's own webhook, which is the same for every workspace.
pub(crate) fn letter(app: &App, event: Event) -> Letter {
    write(app, &app.config.linear.webhook_secret, event)
}

pub(super) fn write(app: &App, secret: &Secret, mut event: Event) -> Letter {
    // Real time: the receiver compares it with its own clock.
    let sent_ms = (app.wall.now() + event.offset).timestamp_millis();
    event.payload.insert("webhookTimestamp".to_owned(), json!(sent_ms));
    let body = Value::Object(event.payload).to_string().into_bytes();
    let headers = vec![
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("user-agent", "Linear-Webhook".to_owned()),
        ("linear-event", event.name),
        ("linear-delivery", event.delivery_id.unwrap_or_else(|| Uuid::new_v4().to_string())),
        ("linear-timestamp", sent_ms.to_string()),
        ("linear-signature", sign_linear(secret, &body)),
    ];
    Letter::new(Vendor::Linear, event.path, headers, body)
}

/// `OAuthApp revoked`: the app was removed from the account's workspace.
pub(crate) async fn notify_revoked(app: &App, account: &Account) -> Option<Receipt> {
    app.config.webhook_base.as_ref()?;
    let payload = Map::from_iter([
        ("action".to_owned(), json!("revoked")),
        ("type".to_owned(), json!("OAuthApp")),
        ("oauthClientId".to_owned(), json!(app.config.linear.client_id)),
        ("organizationId".to_owned(), json!(account.linear_organization_id())),
        ("createdAt".to_owned(), json!(app.wall.now().to_rfc3339_opts(SecondsFormat::Millis, true))),
        ("webhookId".to_owned(), json!("5a0db0c0-0000-4000-8000-0000000000aa")),
    ]);
    let (path, name) = ("/webhooks/linear".to_owned(), "OAuthApp".to_owned());
    let event = Event { path, name, delivery_id: None, payload, offset: TimeDelta::zero() };
    let sent = app.courier.send(app, letter(app, event)).await;
    sent.inspect_err(|error| tracing::warn!(%error, "a webhook of the app was not delivered")).ok()
}
