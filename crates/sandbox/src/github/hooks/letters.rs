//! How a webhook is addressed and signed: the App's own, and those of repositories.

use super::super::objects;
use crate::{
    account::Vendor,
    app::App,
    courier::{FORM, Letter, Parcel, sign_github},
    ledger::{Hook, Particular},
};
use chrono::TimeDelta;
use kernel::Secret;
use serde_json::{Value, json};
use url::form_urlencoded;
use uuid::Uuid;

/// The number of the App's own webhook.
pub(super) const APP_HOOK: &str = "9200001";

/// An event as it will be sent: the body is signed as it is, byte by byte.
pub(crate) struct Event {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) delivery_id: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Which hook an event comes from.
struct Sender<'a> {
    hook_id: &'a str,
    /// Of what it belongs to, its kind and its number.
    target: (&'static str, u64),
    secret: Option<&'a Secret>,
    is_form: bool,
}

/// From the App's own webhook.
pub(crate) fn letter(app: &App, event: Event) -> Letter {
    let github = &app.config.github;
    let target = ("integration", github.app.as_ref().map_or(0, |app| app.id));
    write(&Sender { hook_id: APP_HOOK, target, secret: Some(&github.webhook_secret), is_form: false }, event)
}

/// From a repository's webhook, with its secret to its address.
pub(crate) fn letter_to_hook(app: &App, hook: &Hook, parcel: Parcel) -> Letter {
    let repository_id = repository(app, hook)["id"].as_u64().unwrap_or_default();
    let is_form = matches!(hook.particular, Particular::Github { is_form: true, .. });
    let event = Event {
        path: hook.path.clone(),
        name: parcel.event,
        delivery_id: parcel.delivery_id,
        body: parcel.payload.get().as_bytes().to_vec(),
    };
    let target = ("repository", repository_id);
    write(&Sender { hook_id: &hook.id, target, secret: hook.secret.as_ref(), is_form }, event)
}

/// The repository that it watches.
fn repository(app: &App, hook: &Hook) -> Value {
    app.data.github().named(app, &hook.place)
}

/// What a new hook is greeted with, and what it is sent on demand.
pub(super) fn ping(app: &App, hook: &Hook) -> Letter {
    let payload = json!({
        "zen": "Nobody is too small to be asked twice.",
        "hook_id": number(hook),
        "hook": super::object(app, hook),
        "repository": repository(app, hook),
        "sender": objects::simple_user(app, &hook.account),
    });
    let payload = serde_json::value::to_raw_value(&payload).unwrap_or_default();
    let event = "ping".to_owned();
    letter_to_hook(app, hook, Parcel { event, payload, delivery_id: None, offset: TimeDelta::zero(), retry: None })
}

/// The id as it stands in GitHub's JSON.
pub(super) fn number(hook: &Hook) -> u64 {
    hook.id.parse().unwrap_or_default()
}

fn write(sender: &Sender<'_>, event: Event) -> Letter {
    let (kind, body) = if sender.is_form {
        // Signed is the form, not the JSON in it.
        let payload: String = form_urlencoded::byte_serialize(&event.body).collect();
        (FORM, format!("payload={payload}").into_bytes())
    } else {
        ("application/json", event.body)
    };
    let (target_type, target_id) = sender.target;
    let mut headers = vec![
        ("content-type", kind.to_owned()),
        ("user-agent", "GitHub-Hookshot/sandbox".to_owned()),
        ("x-github-event", event.name),
        ("x-github-delivery", event.delivery_id.unwrap_or_else(|| Uuid::new_v4().to_string())),
        ("x-github-hook-id", sender.hook_id.to_owned()),
        ("x-github-hook-installation-target-id", target_id.to_string()),
        ("x-github-hook-installation-target-type", target_type.to_owned()),
    ];
    if let Some(secret) = sender.secret {
        headers.push(("x-hub-signature-256", sign_github(secret, &body)));
    }
    Letter::new(Vendor::Github, event.path, headers, body)
}
