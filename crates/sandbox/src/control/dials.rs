//! Counters, clock, settings and faults.

use super::body::{Fault as Refused, Wish};
use crate::{
    account::Vendor,
    app::App,
    dials::{Counters, Settings, SettingsChange, SharedDial},
    faults::Fault,
    id_tokens::Flaw,
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::VecDeque;

#[derive(Serialize)]
struct VendorState {
    #[serde(flatten)]
    counters: Counters,
    /// How many answers wait for a release.
    held: u32,
    /// How many access tokens would be accepted now.
    live_access_tokens: usize,
    settings: Settings,
    faults: Vec<Fault>,
}

impl VendorState {
    fn of(dial: &SharedDial, live_access_tokens: usize) -> Self {
        let dial = dial.lock();
        let held = *dial.held.borrow();
        let (settings, faults) = (dial.settings.clone(), dial.faults.clone());
        Self { counters: dial.counters, held, live_access_tokens, settings, faults }
    }
}

pub(super) async fn state(State(app): State<App>) -> Json<Value> {
    let live = |vendor, client: Option<&str>| app.store.read(|ledger| ledger.book(vendor).live(client, app.now()));
    let (installations, tokens, advanced) = app.store.read(|ledger| {
        let installations = &ledger.installations;
        (installations.all().count(), installations.live_tokens(app.now()), ledger.advanced_seconds)
    });
    let mut state: Map<String, Value> = Vendor::ALL
        .iter()
        .map(|each| (each.slug().to_owned(), json!(VendorState::of(&app.dials.shared(*each), live(*each, None)))))
        .collect();
    for entry in app.generic.all() {
        let live = live(Vendor::Generic, Some(&entry.client_key()));
        state.insert(entry.name(), json!(VendorState::of(&entry.dial, live)));
    }
    let github = &mut state[Vendor::Github.slug()];
    github["installations"] = json!(installations);
    github["live_installation_tokens"] = json!(tokens);
    state.insert("clock".to_owned(), json!({"now": app.now(), "advanced_seconds": advanced}));
    Json(Value::Object(state))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    advance_seconds: u32,
}

/// The clock only goes forward, and stays there.
pub(super) async fn clock(State(app): State<App>, Wish(wish): Wish<Advance>) -> Json<Value> {
    let advanced = app.store.change(|ledger| {
        let before = ledger.advanced_seconds;
        ledger.advanced_seconds = before.saturating_add(wish.advance_seconds);
        app.clock.advance(TimeDelta::seconds((ledger.advanced_seconds - before).into()));
        ledger.advanced_seconds
    });
    Json(json!({"now": app.now(), "advanced_seconds": advanced}))
}

pub(super) async fn settings(
    State(app): State<App>,
    Path(vendor): Path<Vendor>,
    Wish(change): Wish<SettingsChange>,
) -> Json<Settings> {
    let mut dial = app.dials.of(vendor);
    dial.settings.apply(change);
    Json(dial.settings.clone())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flawed {
    flaw: Flaw,
    /// How many id tokens get it.
    #[serde(default = "one")]
    times: u8,
}

fn one() -> u8 {
    1
}

/// The vendor's next id tokens are wrong in one way; 255 orders at a time are enough for any test.
pub(super) async fn flaw(
    State(app): State<App>,
    Path(vendor): Path<Vendor>,
    Wish(wish): Wish<Flawed>,
) -> Result<Json<VecDeque<Flaw>>, Refused> {
    if !matches!(vendor, Vendor::Google | Vendor::Slack) {
        return Err(Refused(StatusCode::NOT_FOUND, format!("{} gives no id tokens here", vendor.name())));
    }
    let mut dial = app.dials.of(vendor);
    dial.flaws.extend(std::iter::repeat_n(wish.flaw, wish.times.into()));
    Ok(Json(dial.flaws.clone()))
}
