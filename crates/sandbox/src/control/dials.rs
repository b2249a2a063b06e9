//! Counters, clock, settings and faults.

use super::body::Wish;
use crate::{
    account::Vendor,
    app::App,
    dials::{Counters, Settings, SettingsChange},
    faults::Fault,
};
use axum::{
    Json,
    extract::{Path, State},
};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Serialize)]
struct VendorState {
    #[serde(flatten)]
    counters: Counters,
    /// How many access tokens would be accepted now.
    live_access_tokens: usize,
    settings: Settings,
    faults: Vec<Fault>,
}

pub(super) async fn state(State(app): State<App>) -> Json<Value> {
    let vendor = |vendor| {
        let live_access_tokens = app.store.read(|ledger| ledger.book(vendor).live(app.now()));
        let dial = app.dials.of(vendor);
        let (settings, faults) = (dial.settings.clone(), dial.faults.clone());
        VendorState { counters: dial.counters, live_access_tokens, settings, faults }
    };
    let (installations, tokens, advanced) = app.store.read(|ledger| {
        let installations = &ledger.installations;
        (installations.all().count(), installations.live_tokens(app.now()), ledger.advanced_seconds)
    });
    let mut github = json!(vendor(Vendor::Github));
    github["installations"] = json!(installations);
    github["live_installation_tokens"] = json!(tokens);
    Json(json!({
        "github": github,
        "linear": vendor(Vendor::Linear),
        "clock": {"now": app.now(), "advanced_seconds": advanced},
    }))
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
    dial.settings.apply(&change);
    Json(dial.settings.clone())
}

pub(super) async fn add_fault(
    State(app): State<App>,
    Path(vendor): Path<Vendor>,
    Wish(fault): Wish<Fault>,
) -> Json<Vec<Fault>> {
    let mut dial = app.dials.of(vendor);
    dial.faults.push(fault);
    Json(dial.faults.clone())
}

pub(super) async fn clear_faults(State(app): State<App>, Path(vendor): Path<Vendor>) -> Json<Vec<Fault>> {
    app.dials.of(vendor).faults.clear();
    Json(Vec::new())
}
