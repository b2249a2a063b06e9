//! Jira's deliveries: of a registered hook, of any path as an app's hook, or as an administrator's hook with a secret.

use super::{
    body::{Fault, Wish},
    hooks::living,
    webhooks::send,
};
use crate::{
    account::Vendor,
    app::App,
    atlassian::{admin_letter, letter, letter_to_hook},
    courier::{Letter, Parcel, Receipt},
};
use axum::{Json, extract::State, http::StatusCode};
use chrono::TimeDelta;
use kernel::Secret;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    /// The id of a registered hook. Either this or a path.
    hook: Option<String>,
    /// Below the webhook base.
    path: Option<String>,
    event: String,
    payload: Box<RawValue>,
    /// An administrator's hook signs the body with it, and brings no token.
    secret: Option<Secret>,
    delivery_id: Option<String>,
    retry: Option<u32>,
    /// Of a token the signature is broken, of a signed body the body.
    #[serde(default)]
    tamper: bool,
    /// Moves the token's times, and `timestamp` where the payload has none.
    #[serde(default)]
    timestamp_offset_seconds: i32,
}

pub(super) async fn deliver(State(app): State<App>, Wish(order): Wish<Order>) -> Result<Json<Receipt>, Fault> {
    let bad = |why: &str| Fault(StatusCode::BAD_REQUEST, why.to_owned());
    let parcel = Parcel {
        event: order.event,
        payload: order.payload,
        delivery_id: order.delivery_id,
        offset: TimeDelta::seconds(order.timestamp_offset_seconds.into()),
        retry: order.retry,
    };
    let letter = match (order.hook, order.path, order.secret) {
        (Some(id), None, None) => letter_to_hook(&app, &living(&app, Vendor::Atlassian, &id)?, &parcel),
        (None, Some(path), None) => letter(&app, path, None, &parcel),
        (None, Some(path), Some(secret)) => admin_letter(&app, path, &secret, &parcel),
        _ => return Err(bad("either hook or path is needed, and a secret goes with a path only")),
    };
    let letter = letter.ok_or_else(|| bad("no app is configured, or the payload is no object"))?;
    send(&app, Letter { tampered: order.tamper, ..letter }).await
}
