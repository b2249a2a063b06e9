//! Any event, signed as the vendor signs and delivered where the caller says.

use super::body::{Fault, Wish};
use crate::{
    account::Vendor,
    app::App,
    courier::{DeliveryError, Letter, Receipt},
    github, linear,
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    /// Below the webhook base, for example `/webhooks/github/TENANT`.
    path: String,
    /// `issues`, or `Issue`.
    event: String,
    payload: Box<RawValue>,
    delivery_id: Option<String>,
    /// Changes the body after it was signed; it stays the same JSON, so only the signature can tell.
    #[serde(default)]
    tamper: bool,
    /// Linear only: moves `webhookTimestamp`, which is now otherwise.
    #[serde(default)]
    timestamp_offset_seconds: i32,
}

pub(super) async fn deliver(
    State(app): State<App>,
    Path(vendor): Path<Vendor>,
    Wish(order): Wish<Order>,
) -> Result<Json<Receipt>, Fault> {
    let Order { path, event: name, payload, delivery_id, .. } = order;
    let letter = match vendor {
        Vendor::Github => {
            let body = payload.get().as_bytes().to_vec();
            github::letter(&app, github::Event { path, name, delivery_id, body })
        }
        Vendor::Linear => {
            let payload = serde_json::from_str(payload.get())
                .map_err(|_| Fault(StatusCode::BAD_REQUEST, "the payload must be an object".to_owned()))?;
            let offset = TimeDelta::seconds(order.timestamp_offset_seconds.into());
            linear::letter(&app, linear::Event { path, name, delivery_id, payload, offset })
        }
        _ => {
            return Err(Fault(
                StatusCode::NOT_FOUND,
                format!("{} has no webhook of this kind: see hooks, and webhook", vendor.name()),
            ));
        }
    };
    send(&app, Letter { tampered: order.tamper, ..letter }).await
}

/// Sends it, and answers what the receiver said.
pub(super) async fn send(app: &App, letter: Letter) -> Result<Json<Receipt>, Fault> {
    app.courier.send(app, letter).await.map(Json).map_err(|error| Fault(status(&error), error.to_string()))
}

pub(super) fn status(error: &DeliveryError) -> StatusCode {
    match error {
        DeliveryError::NoBase => StatusCode::CONFLICT,
        DeliveryError::Path | DeliveryError::Header(_) => StatusCode::BAD_REQUEST,
        DeliveryError::Unreachable(_) => StatusCode::BAD_GATEWAY,
    }
}
