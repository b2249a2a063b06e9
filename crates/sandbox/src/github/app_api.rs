//! REST of the App: with its JWT, and with the installation tokens it mints.

use super::{
    answers::Refused,
    callers::{Installed, TheApp},
    lifecycle::notify_installation,
    objects,
};
use crate::{account::Vendor, app::App, ledger::Installation, tokens};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

const TOKEN_SECONDS: u32 = 3600;

pub(super) async fn app(State(app): State<App>, TheApp(registered): TheApp) -> Json<Value> {
    let count = app.store.read(|ledger| ledger.installations.all().count());
    Json(objects::app(&app, &registered, count))
}

pub(super) async fn installations(State(app): State<App>, _: TheApp) -> Json<Value> {
    let all: Vec<Installation> = app.store.read(|ledger| ledger.installations.all().cloned().collect());
    Json(all.iter().map(|each| objects::installation(&app, each)).collect())
}

fn found(app: &App, id: u64) -> Result<Installation, Refused> {
    app.store.read(|ledger| ledger.installations.get(id)).ok_or(Refused::NOT_FOUND)
}

pub(super) async fn installation(
    State(app): State<App>,
    _: TheApp,
    Path(id): Path<u64>,
) -> Result<Json<Value>, Refused> {
    found(&app, id).map(|installation| Json(objects::installation(&app, &installation)))
}

/// The deleted installation's tokens are dead when this answers, and the webhook has been sent.
pub(super) async fn uninstall(State(app): State<App>, _: TheApp, Path(id): Path<u64>) -> Result<StatusCode, Refused> {
    let deleted = app.store.change(|ledger| ledger.installations.delete(id)).ok_or(Refused::NOT_FOUND)?;
    app.dials.of(Vendor::Github).counters.revocations += 1;
    notify_installation(&app, "deleted", &deleted).await;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn mint(State(app): State<App>, TheApp(it): TheApp, Path(id): Path<u64>) -> Result<Response, Refused> {
    let installation = found(&app, id)?;
    if installation.suspended_at.is_some() {
        return Err(Refused::SUSPENDED);
    }
    // The shape of 2026: longer than the old 40 characters, with the App's id and two dots in it. Clients must not care.
    let part = kernel::alphanumeric;
    let token = format!("ghs_{}_{}.{}.{}", it.id, part(36), tokens::text("", 360), part(86));
    let (now, ttl) = (app.now(), app.access_ttl(Vendor::Github, TOKEN_SECONDS));
    app.store.change(|ledger| ledger.installations.add_token(&token, id, now + ttl, now));
    let body = json!({
        "token": token,
        // The caller reads this by its own clock, which is the real one.
        "expires_at": objects::timestamp(app.wall.now() + ttl),
        "permissions": objects::permissions(),
        "repository_selection": "all",
    });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

pub(super) async fn revoke_own_token(State(app): State<App>, caller: Installed) -> StatusCode {
    if app.store.change(|ledger| ledger.installations.take_token(&caller.token)) {
        app.dials.of(Vendor::Github).counters.revocations += 1;
    }
    StatusCode::NO_CONTENT
}
