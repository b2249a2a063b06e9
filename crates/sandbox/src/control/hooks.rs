//! The hooks that apps registered: what there is, losing one as vendors do, and sending something to one.

use super::{
    body::{Fault, Wish},
    webhooks::send,
};
use crate::{
    account::Vendor,
    app::App,
    atlassian,
    courier::{Letter, Parcel, Receipt},
    github,
    ledger::{Hook, Particular},
    linear,
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

/// Everything but the secret.
pub(super) async fn list(State(app): State<App>, Path(vendor): Path<Vendor>) -> Json<Value> {
    let now = app.now();
    let shown = |hook: &Hook| {
        let mut shown = json!({
            "id": hook.id, "url": hook.url, "events": hook.events, "expires_at": hook.expires_at,
            "ended": hook.has_ended(now), "active": hook.active, "account": hook.account, "place": hook.place,
        });
        if let Particular::Jira { number, .. } = hook.particular {
            shown["number"] = json!(number);
        }
        shown
    };
    Json(app.store.read(|ledger| ledger.hooks.of(vendor).iter().map(shown).collect()))
}

fn missing() -> Fault {
    Fault(StatusCode::NOT_FOUND, "there is no such hook".to_owned())
}

/// The vendor drops it, and tells nobody.
pub(super) async fn lose(
    State(app): State<App>,
    Path((vendor, id)): Path<(Vendor, String)>,
) -> Result<StatusCode, Fault> {
    app.store.change(|ledger| ledger.hooks.take(vendor, &id)).ok_or_else(missing)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    event: String,
    payload: Box<RawValue>,
    delivery_id: Option<String>,
    /// What is signed does not arrive as it was signed.
    #[serde(default)]
    tamper: bool,
    /// Moves what dates the delivery: Linear's time in the body, Jira's token.
    #[serde(default)]
    timestamp_offset_seconds: i32,
    /// Jira only.
    retry: Option<u32>,
}

/// To the hook's own address, signed with its own secret, if the vendor would send it there.
pub(super) async fn deliver(
    State(app): State<App>,
    Path((vendor, id)): Path<(Vendor, String)>,
    Wish(order): Wish<Order>,
) -> Result<Json<Receipt>, Fault> {
    let hook = living(&app, vendor, &id)?;
    let not_sent = |why: &str| Err(Fault(StatusCode::CONFLICT, why.to_owned()));
    if !hook.takes(&order.event) {
        return not_sent("the hook is switched off, or was not registered for this event");
    }
    let parcel = Parcel {
        event: order.event,
        payload: order.payload,
        delivery_id: order.delivery_id,
        offset: TimeDelta::seconds(order.timestamp_offset_seconds.into()),
        retry: order.retry,
    };
    let Some(letter) = letter(&app, vendor, &hook, parcel) else {
        return Err(Fault(StatusCode::BAD_REQUEST, "the payload must be an object".to_owned()));
    };
    send(&app, Letter { tampered: order.tamper, ..letter }).await
}

/// The hook, unless its time is over: then nothing is sent there any more.
pub(super) fn living(app: &App, vendor: Vendor, id: &str) -> Result<Hook, Fault> {
    let hook = app.store.read(|ledger| ledger.hooks.get(vendor, id).cloned()).ok_or_else(missing)?;
    if hook.has_ended(app.now()) {
        return Err(Fault(StatusCode::CONFLICT, "the hook has expired".to_owned()));
    }
    Ok(hook)
}

fn letter(app: &App, vendor: Vendor, hook: &Hook, parcel: Parcel) -> Option<Letter> {
    match vendor {
        Vendor::Github => Some(github::letter_to_hook(app, hook, parcel)),
        Vendor::Linear => linear::letter_to_hook(app, hook, parcel),
        Vendor::Atlassian => atlassian::letter_to_hook(app, hook, &parcel),
        Vendor::Google | Vendor::Slack | Vendor::Spotify | Vendor::Zoho | Vendor::Anthropic | Vendor::Generic => None,
    }
}
