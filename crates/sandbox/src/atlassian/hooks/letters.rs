//! Jira's deliveries: those of an app's hooks carry a token that the client's secret signed and that says nothing of the
//! body; those of an administrator's hooks sign the body.

use crate::{
    account::Vendor,
    app::App,
    courier::{Letter, Parcel, sign_github, sign_jira_token},
    ledger::{Hook, Particular},
};
use chrono::{DateTime, Utc};
use kernel::Secret;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// To a registered hook. The body names the hook by the number that its site gave it. `None`: it is no object, or no app is
/// configured.
pub(crate) fn letter_to_hook(app: &App, hook: &Hook, parcel: &Parcel) -> Option<Letter> {
    let Particular::Jira { number, .. } = hook.particular else { return None };
    letter(app, hook.path.clone(), Some(number), parcel)
}

/// To any path, as the app's hooks deliver.
pub(crate) fn letter(app: &App, path: String, number: Option<u64>, parcel: &Parcel) -> Option<Letter> {
    let secret = &app.config.connect.atlassian.as_ref()?.client_secret;
    let mut payload: Map<String, Value> = serde_json::from_str(parcel.payload.get()).ok()?;
    if let Some(number) = number {
        payload.entry("matchedWebhookIds").or_insert_with(|| json!([number]));
    }
    let now = dated(app, parcel);
    let mut headers = headers(parcel);
    headers.push(("authorization", format!("Bearer {}", sign_jira_token(secret, now))));
    Some(Letter::new(Vendor::Atlassian, path, headers, body(payload, parcel, now)))
}

/// To any path, as a hook delivers that an administrator made with this secret.
pub(crate) fn admin_letter(app: &App, path: String, secret: &Secret, parcel: &Parcel) -> Option<Letter> {
    let payload = serde_json::from_str(parcel.payload.get()).ok()?;
    let body = body(payload, parcel, dated(app, parcel));
    let mut headers = headers(parcel);
    headers.push(("x-hub-signature", sign_github(secret, &body)));
    Some(Letter::new(Vendor::Atlassian, path, headers, body))
}

/// Real time: the receiver compares it with its own clock.
fn dated(app: &App, parcel: &Parcel) -> DateTime<Utc> {
    app.wall.now() + parcel.offset
}

fn body(mut payload: Map<String, Value>, parcel: &Parcel, now: DateTime<Utc>) -> Vec<u8> {
    payload.entry("webhookEvent").or_insert_with(|| json!(parcel.event));
    payload.entry("timestamp").or_insert_with(|| json!(now.timestamp_millis()));
    Value::Object(payload).to_string().into_bytes()
}

fn headers(parcel: &Parcel) -> Vec<(&'static str, String)> {
    let identifier = parcel.delivery_id.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
    let mut headers = vec![
        ("content-type", "application/json; charset=UTF-8".to_owned()),
        ("user-agent", "Atlassian Webhook HTTP Client".to_owned()),
        ("x-atlassian-webhook-identifier", identifier),
        ("x-atlassian-webhook-flow", "Primary".to_owned()),
        ("x-atlassian-webhook-trace", kernel::alphanumeric(32)),
    ];
    if let Some(number) = parcel.retry {
        headers.push(("x-atlassian-webhook-retry", number.to_string()));
    }
    headers
}
