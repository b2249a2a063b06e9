//! Bad days, at a vendor of the house or at one that was registered by JSON.

use super::body::{Fault as Refused, Wish};
use crate::{account::Vendor, app::App, dials::SharedDial, faults::Fault};
use axum::{
    Json,
    extract::{FromRequestParts, Query, RawPathParams, State},
    http::{StatusCode, request::Parts},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// The dial of the vendor in the path.
pub(super) struct Which(SharedDial);

impl FromRequestParts<App> for Which {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let missing = || Refused(StatusCode::NOT_FOUND, "there is no such vendor".to_owned());
        let path = RawPathParams::from_request_parts(parts, app).await.map_err(|_| missing())?;
        let found = path.iter().find_map(|(name, value)| match name {
            "slug" => app.generic.get(value).map(|entry| entry.dial.clone()),
            _ => Vendor::ALL.iter().find(|vendor| vendor.slug() == value).map(|vendor| app.dials.shared(*vendor)),
        });
        found.map(Self).ok_or_else(missing)
    }
}

pub(super) async fn add(Which(dial): Which, Wish(fault): Wish<Fault>) -> Json<Vec<Fault>> {
    let mut dial = dial.lock();
    dial.faults.push(fault);
    Json(dial.faults.clone())
}

pub(super) async fn clear(Which(dial): Which) -> Json<Vec<Fault>> {
    let mut dial = dial.lock();
    dial.faults.clear();
    dial.flaws.clear();
    Json(Vec::new())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Awaited {
    #[serde(default = "one")]
    count: u32,
}

fn one() -> u32 {
    1
}

/// Waits, for a minute at most, until so many answers are being held.
pub(super) async fn held(State(app): State<App>, Which(dial): Which, Query(awaited): Query<Awaited>) -> Json<Value> {
    let mut held = dial.lock().held.subscribe();
    tokio::select! {
        // An error is the end of the dial itself, and of the sandbox.
        _ = held.wait_for(|count| *count >= awaited.count) => {}
        () = tokio::time::sleep(Duration::from_mins(1)) => {}
        // A caller that waits must not hold up the end.
        () = app.shutdown.cancelled() => {}
    }
    let count = *dial.lock().held.borrow();
    Json(json!({"held": count}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// Every answer that is held leaves now; answers how many there were.
pub(super) async fn release(Which(dial): Which, Wish(Nothing {}): Wish<Nothing>) -> Json<Value> {
    let dial = dial.lock();
    let count = *dial.held.borrow();
    dial.released.send_replace(());
    Json(json!({"released": count}))
}
