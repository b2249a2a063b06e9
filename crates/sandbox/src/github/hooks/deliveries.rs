//! What became of each delivery, and sending one again. GitHub never does that by itself.

use super::{
    super::{
        answers::Refused,
        callers::{Administrator, TheApp},
        objects,
    },
    Right, found,
    letters::APP_HOOK,
};
use crate::{
    account::Vendor,
    app::App,
    courier::{FORM, Letter, Outcome, Sent},
    ledger::Hook,
};
use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// What GitHub remembers.
const KEPT: TimeDelta = TimeDelta::days(3);
const PAGE: usize = 30;
const LARGEST_PAGE: usize = 100;
/// In front of the id in a cursor; clients must not care.
const CURSOR: &str = "v1_";

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Class {
    Success,
    Failure,
}

#[derive(Deserialize)]
pub(in super::super) struct Ask {
    per_page: Option<usize>,
    cursor: Option<String>,
    status: Option<Class>,
}

impl Outcome {
    /// In GitHub's words. Only the first is said of a delivery that succeeded.
    fn words(self) -> &'static str {
        match self {
            Self::Answered(200..=299) => "OK",
            Self::Answered(_) => "Invalid HTTP Response",
            Self::TimedOut => "timed out",
            Self::Unreachable => "failed to connect",
        }
    }

    fn code(self) -> u16 {
        match self {
            Self::Answered(status) => status,
            Self::TimedOut => 504,
            Self::Unreachable => 502,
        }
    }

    /// By the number alone, so that a redirect, which nobody followed, passes for a success.
    fn is(self, class: &Class) -> bool {
        match class {
            Class::Success => (200..400).contains(&self.code()),
            Class::Failure => (400..600).contains(&self.code()),
        }
    }
}

/// Those of a hook that are remembered, the newest first.
fn remembered(app: &App, hook_id: &str) -> Vec<Arc<Sent>> {
    let mut all = app.outbox.of(Vendor::Github);
    all.retain(|sent| sent.letter.header("x-github-hook-id") == hook_id && sent.at > app.now() - KEPT);
    all
}

fn payload(letter: &Letter) -> Value {
    let text = if letter.header("content-type") == FORM {
        let payload = url::form_urlencoded::parse(&letter.body).find(|(name, _)| name == "payload");
        payload.map(|(_, value)| value.into_owned().into_bytes()).unwrap_or_default()
    } else {
        letter.body.clone()
    };
    serde_json::from_slice(&text).unwrap_or_default()
}

fn object(sent: &Sent) -> Value {
    let payload = payload(&sent.letter);
    json!({
        "id": sent.id,
        "guid": sent.letter.header("x-github-delivery"),
        "delivered_at": objects::timestamp(sent.at),
        "redelivery": sent.letter.redelivery,
        "duration": sent.duration.as_seconds_f64(),
        "status": sent.outcome.words(),
        "status_code": sent.outcome.code(),
        "event": sent.letter.header("x-github-event"),
        "action": payload["action"],
        "installation_id": payload["installation"]["id"],
        "repository_id": payload["repository"]["id"],
        "throttled_at": null,
    })
}

pub(super) fn last_response(app: &App, hook: &Hook) -> Value {
    match remembered(app, &hook.id).first() {
        None => json!({"code": null, "status": "unused", "message": null}),
        Some(sent) => {
            let status = if sent.outcome.words() == "OK" { "active" } else { "misconfigured" };
            json!({"code": sent.outcome.code(), "status": status, "message": sent.outcome.words()})
        }
    }
}

/// A page of them, with the address of the next one in `Link`. `path` is the list's own.
fn page(app: &App, hook_id: &str, path: &str, ask: &Ask) -> Result<Response, Refused> {
    let mut all = remembered(app, hook_id);
    if let Some(class) = &ask.status {
        all.retain(|sent| sent.outcome.is(class));
    }
    if let Some(cursor) = &ask.cursor {
        let first: Option<u64> = cursor.strip_prefix(CURSOR).and_then(|id| id.parse().ok());
        let first = first.ok_or(Refused(StatusCode::BAD_REQUEST, "The cursor is not one of ours".into()))?;
        all.retain(|sent| sent.id <= first);
    }
    let size = ask.per_page.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let shown: Vec<Value> = all.iter().take(size).map(|sent| object(sent)).collect();
    let mut response = Json(shown).into_response();
    if let Some(next) = all.get(size) {
        let class = match &ask.status {
            None => "",
            Some(Class::Success) => "&status=success",
            Some(Class::Failure) => "&status=failure",
        };
        let url = format!("{}/github/api/v3{path}?per_page={size}&cursor={CURSOR}{}{class}", app.url, next.id);
        if let Ok(link) = format!("<{url}>; rel=\"next\"").parse() {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

/// Sends, and does not mind: what became of it is in the log of deliveries.
pub(super) async fn send(app: &App, letter: Letter) {
    if let Err(error) = app.courier.send(app, letter).await {
        tracing::warn!(%error, "a webhook was not delivered");
    }
}

/// The same letter once more, under its old GUID and as it was signed. It has been sent when this answers.
async fn again(app: &App, hook_id: &str, id: u64) -> Result<Response, Refused> {
    let sent = remembered(app, hook_id).into_iter().find(|sent| sent.id == id).ok_or(Refused::NOT_FOUND)?;
    send(app, Letter { tampered: false, redelivery: true, ..sent.letter.clone() }).await;
    Ok((StatusCode::ACCEPTED, Json(json!({}))).into_response())
}

pub(in super::super) async fn app_deliveries(
    State(app): State<App>,
    _: TheApp,
    ask: Result<Query<Ask>, QueryRejection>,
) -> Result<Response, Refused> {
    let Query(ask) = ask.map_err(|_| Refused::INVALID)?;
    page(&app, APP_HOOK, "/app/hook/deliveries", &ask)
}

pub(in super::super) async fn redeliver_to_app(
    State(app): State<App>,
    _: TheApp,
    Path(id): Path<u64>,
) -> Result<Response, Refused> {
    again(&app, APP_HOOK, id).await
}

pub(in super::super) async fn deliveries(
    State(app): State<App>,
    caller: Administrator,
    Path((_, _, hook_id)): Path<(String, String, String)>,
    ask: Result<Query<Ask>, QueryRejection>,
) -> Result<Response, Refused> {
    Right::Read.check(&caller.grant)?;
    let hook = found(&app, &caller, &hook_id)?;
    let Query(ask) = ask.map_err(|_| Refused::INVALID)?;
    page(&app, &hook.id, &format!("/repos/{}/hooks/{}/deliveries", hook.place, hook.id), &ask)
}

pub(in super::super) async fn redeliver(
    State(app): State<App>,
    caller: Administrator,
    Path((_, _, hook_id, id)): Path<(String, String, String, u64)>,
) -> Result<Response, Refused> {
    Right::Write.check(&caller.grant)?;
    let hook = found(&app, &caller, &hook_id)?;
    again(&app, &hook.id, id).await
}
