//! What is fetched of a connection: how it stands, and having it done now.

use super::connections::{find, parse};
use crate::{
    App,
    flows::{settings, sync},
    http::{
        doors::Caller,
        query::{ApiJson, ApiPath},
    },
    problem::{Failure, database},
};
use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use db::streams::{self, Standing};
use edge::Problem;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use utoipa::ToSchema;

/// No vendor has as many.
const MOST_NAMED: usize = 100;

/// A stream: one kind of thing that a vendor keeps, fetched by schedule and when a webhook says that it has changed.
#[derive(Serialize, ToSchema)]
pub struct StreamView {
    name: String,
    /// How often it is fetched although nobody said that something changed. Null: this version does not know the stream.
    every_seconds: Option<i64>,
    /// `listing` (all there is, from the beginning), `missing` (what is gone since an earlier listing is being marked) or
    /// `changes`.
    phase: String,
    /// When it was last read from the beginning to the end. Null: not yet, and nothing is told of it before.
    baseline_at: Option<DateTime<Utc>>,
    /// When it last moved on.
    cursor_at: Option<DateTime<Utc>>,
    due_at: DateTime<Utc>,
    /// It is being fetched.
    running: bool,
    /// It waits until the connection has a token to give; `due_at` is when it looks at the latest.
    asleep: bool,
    /// When it last came to the end.
    finished_at: Option<DateTime<Utc>>,
    /// Failures since something was last fetched, and why the last attempt failed.
    attempts: i32,
    error: Option<String>,
}

/// A connection's streams.
#[derive(Serialize, ToSchema)]
pub struct StreamList {
    streams: Vec<StreamView>,
}

/// Lists what is fetched of a connection. Which streams there are depends on the provider and on the scopes that were granted.
#[utoipa::path(
    get, path = "/connections/{id}/streams", tag = "tenant", security(("member" = []), ("operator" = [])),
    params(("id" = uuid::Uuid, Path, description = "The connection.")),
    responses(
        (status = 200, body = StreamList), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 429, body = Problem),
    )
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<StreamList>, Problem> {
    let connection = find(&app, &caller, &id).await?;
    let standing = streams::of(&app.pool, caller.tenant, connection.id).await.map_err(database)?;
    let every: BTreeMap<String, i64> = settings::known(&app, &connection.provider)
        .ok()
        .and_then(|provider| provider.vendor.streams().map(providers::Streams::streams))
        .into_iter()
        .flatten()
        .map(|stream| (stream.name, stream.every.num_seconds()))
        .collect();
    let now = app.clock.now();
    let view = |standing: Standing| StreamView {
        every_seconds: every.get(&standing.name).copied(),
        running: standing.claimed_until.is_some_and(|until| now < until),
        name: standing.name,
        phase: standing.phase,
        baseline_at: standing.baseline_at,
        cursor_at: standing.cursor_at,
        due_at: standing.due_at,
        asleep: standing.asleep,
        finished_at: standing.finished_at,
        attempts: standing.attempts,
        error: standing.error,
    };
    Ok(Json(StreamList { streams: standing.into_iter().map(view).collect() }))
}

/// What to fetch. All of it may be left out.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct SyncRequest {
    /// By name; all of the connection's when absent.
    streams: Option<Vec<String>>,
}

/// What will be fetched.
#[derive(Serialize, ToSchema)]
pub struct SyncStarted {
    streams: Vec<String>,
}

/// Has streams fetched now, before their time. A pause that the vendor has asked for is kept all the same.
#[utoipa::path(
    post, path = "/connections/{id}/sync", tag = "tenant", security(("member" = []), ("operator" = [])),
    params(("id" = uuid::Uuid, Path, description = "The connection.")),
    request_body = Option<SyncRequest>,
    responses(
        (status = 202, body = SyncStarted), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 415, body = Problem), (status = 429, body = Problem),
    )
)]
pub async fn sync(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiPath(id): ApiPath<String>,
    asked: Option<ApiJson<SyncRequest>>,
) -> Result<(StatusCode, Json<SyncStarted>), Problem> {
    let ApiJson(asked) = asked.unwrap_or(ApiJson(SyncRequest::default()));
    if asked.streams.as_ref().is_some_and(|names| names.len() > MOST_NAMED) {
        return Err(Problem::invalid("#/streams", format!("may name {MOST_NAMED} at most")));
    }
    let due = sync::ask(&app, &caller, parse(&id)?, asked.streams.as_deref()).await.map_err(Failure::from)?;
    Ok((StatusCode::ACCEPTED, Json(SyncStarted { streams: due })))
}
