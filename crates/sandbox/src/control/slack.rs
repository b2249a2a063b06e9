//! Anything that Slack sends to an app's request addresses.

use super::{
    body::{Fault, Wish},
    webhooks::send,
};
use crate::{
    account::Account,
    app::App,
    courier::{Letter, Receipt},
    slack::{BadMessage, Kind, Message, RetryReason, letter},
};
use axum::{Json, extract::State, http::StatusCode};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    #[serde(default)]
    kind: Kind,
    /// Below the webhook base.
    #[serde(default = "request_path")]
    path: String,
    /// In whose workspace it happens; the default account when absent.
    #[serde(default)]
    account: Account,
    payload: Option<Box<RawValue>>,
    /// Fields round the event that are to be as they stand here, for example `event_id`, or `challenge`.
    #[serde(default)]
    envelope: Map<String, Value>,
    #[serde(default)]
    tamper: bool,
    /// Moves the signed time, which is now otherwise.
    #[serde(default)]
    timestamp_offset_seconds: i32,
    retry_num: Option<u32>,
    #[serde(default)]
    retry_reason: RetryReason,
}

fn request_path() -> String {
    "/webhooks/slack".to_owned()
}

pub(super) async fn deliver(State(app): State<App>, Wish(order): Wish<Order>) -> Result<Json<Receipt>, Fault> {
    let message = Message {
        kind: order.kind,
        path: order.path,
        account: order.account,
        payload: order.payload,
        envelope: order.envelope,
        offset: TimeDelta::seconds(order.timestamp_offset_seconds.into()),
        retry: order.retry_num.map(|number| (number, order.retry_reason)),
    };
    let letter = letter(&app, message).map_err(|error| {
        let status = match error {
            BadMessage::Unsigned => StatusCode::CONFLICT,
            BadMessage::Empty | BadMessage::NotAnObject => StatusCode::BAD_REQUEST,
        };
        Fault(status, error.to_string())
    })?;
    send(&app, Letter { tampered: order.tamper, ..letter }).await
}
