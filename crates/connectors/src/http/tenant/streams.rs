//! What is fetched of a connection: how it stands, and having it done now.

use super::{
    connections::find,
    follower::{Follower, TooManyStreams},
    progress,
};
use crate::{
    App,
    flows::{
        settings,
        sync::{self, Wish},
    },
    http::{
        document::Refuses,
        doors::Caller,
        query::{ApiJson, ApiPath},
    },
    problem::{Failure, NoSuchConnection, database},
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use db::streams::{self, Standing};
use edge::Problem;
use http::{HeaderMap, StatusCode, header::ACCEPT};
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
    /// How many records are asked of the vendor at once, and written in one transaction with the cursor behind them. Null: this
    /// version does not know the stream.
    batch: Option<u16>,
    /// `listing` (all there is, from the beginning), `missing` (what is gone since an earlier listing is being marked) or
    /// `changes`.
    phase: String,
    /// Records that are there.
    records: i64,
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
    /// The run that is under way, or the last one. Null: it has not been fetched yet.
    last_run: Option<StreamRun>,
    /// Failures since something was last fetched.
    attempts: i32,
    /// Why the last attempt came to nothing. Null: it did not.
    error: Option<StreamError>,
}

/// What a run has met, in records.
#[derive(Serialize, ToSchema)]
pub struct StreamRun {
    started_at: DateTime<Utc>,
    pages: i32,
    /// What the vendor named; most of it may be as it was.
    seen: i64,
    created: i64,
    updated: i64,
    deleted: i64,
}

/// Why a stream is not fetched.
#[derive(Serialize, ToSchema)]
pub struct StreamError {
    /// `rate_limited`: the vendor has asked for a pause, or little is left of its quota; goes on at the end of that.
    /// `network`: it cannot be reached or is failing; tried again after 30 seconds, later up to an hour.
    /// `unreadable_answer`: its answer makes no sense; the same.
    /// `request_refused`: it refuses what is asked of it; after 5 minutes, later up to 6 hours.
    /// `grant_dead`: the connection has no token that the vendor takes; goes on when it is well again.
    /// `not_configured`: the provider is not set up here; after 5 minutes, later up to 6 hours.
    /// `internal`: it is our own fault, see the log.
    code: String,
    /// In a sentence.
    detail: String,
    /// When it is tried again. Somebody who asks for it can have it sooner, but for what a vendor has asked.
    until: Option<DateTime<Utc>>,
}

/// As they are sent.
pub(super) fn views(app: &App, provider: &str, standing: Vec<Standing>) -> Vec<StreamView> {
    let known: BTreeMap<String, (i64, u16)> = settings::known(app, provider)
        .ok()
        .and_then(|provider| provider.vendor.streams().map(providers::Streams::streams))
        .into_iter()
        .flatten()
        .map(|stream| (stream.name, (stream.every.num_seconds(), stream.batch)))
        .collect();
    let now = app.clock.now();
    let run = |one: &Standing| StreamRun {
        started_at: one.started_at.unwrap_or(one.due_at),
        pages: one.pages,
        seen: one.seen,
        created: one.created,
        updated: one.updated,
        deleted: one.deleted,
    };
    let view = |one: Standing| StreamView {
        every_seconds: known.get(&one.name).map(|(every, _)| *every),
        batch: known.get(&one.name).map(|(_, batch)| *batch),
        running: one.claimed_until.is_some_and(|until| now < until),
        last_run: one.started_at.is_some().then(|| run(&one)),
        error: one.trouble.zip(one.error).map(|(code, detail)| StreamError { code, detail, until: one.rests_until }),
        name: one.name,
        phase: one.phase,
        records: one.kept,
        baseline_at: one.baseline_at,
        cursor_at: one.cursor_at,
        due_at: one.due_at,
        asleep: one.asleep,
        finished_at: one.finished_at,
        attempts: one.attempts,
    };
    standing.into_iter().map(view).collect()
}

/// A connection's streams.
#[derive(Serialize, ToSchema)]
pub struct StreamList {
    streams: Vec<StreamView>,
}

/// Lists what is fetched of a connection.
///
/// Lists what is fetched of a connection. Which streams there are depends on the provider and on the scopes that were granted.
#[utoipa::path(
    get, path = "/connections/{id}/streams", operation_id = "listStreams",
    params(("id" = uuid::Uuid, Path, description = "The connection.")),
    responses(
        (status = 200, body = StreamList),
        Refuses<NoSuchConnection>,
    )
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<StreamList>, Problem> {
    all(&app, &caller, &id).await.map(Json)
}

/// The same for whoever asks by another way; of a connection.
pub async fn all(app: &App, caller: &Caller, id: &str) -> Result<StreamList, Problem> {
    let connection = find(app, caller, id).await?;
    let standing = streams::of(&app.pool, caller.tenant, connection.id).await.map_err(database)?;
    Ok(StreamList { streams: views(app, &connection.provider, standing) })
}

/// What to fetch. All of it may be left out.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct SyncRequest {
    /// By name; all of the connection's when absent.
    streams: Option<Vec<String>>,
    /// `incremental` when absent: what has changed.
    mode: Option<Mode>,
}

/// How it is fetched.
#[derive(Deserialize, ToSchema, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// From where the stream is.
    Incremental,
    /// All there is, from the beginning: what is not there any more is found too. What is as it was is not written.
    Full,
}

/// What will be fetched.
#[derive(Serialize, ToSchema)]
pub struct SyncStarted {
    streams: Vec<String>,
}

/// Has streams fetched now, before their time.
///
/// Has streams fetched now, before their time. A pause that the vendor has asked for is kept all the same. With
/// `Accept: text/event-stream` the answer is 200 and goes on as server-sent events until all have been fetched: `progress` with
/// a StreamView whenever one has moved, `done` with it when its run has ended, well or not, and `end` behind the last one.
#[utoipa::path(
    post, path = "/connections/{id}/sync", operation_id = "syncConnection",
    params(("id" = uuid::Uuid, Path, description = "The connection.")),
    request_body = Option<SyncRequest>,
    responses(
        (status = 200, content_type = "text/event-stream", body = StreamView),
        (status = 202, body = SyncStarted),
        Refuses<(NoSuchConnection, TooManyStreams)>,
    )
)]
pub async fn sync(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    ApiPath(id): ApiPath<String>,
    asked: Option<ApiJson<SyncRequest>>,
) -> Result<Response, Problem> {
    let ApiJson(asked) = asked.unwrap_or(ApiJson(SyncRequest::default()));
    if asked.streams.as_ref().is_some_and(|names| names.len() > MOST_NAMED) {
        return Err(Problem::invalid("#/streams", format!("may name {MOST_NAMED} at most")));
    }
    let connection = find(&app, &caller, &id).await?;
    let accepts = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let wish = Wish { names: asked.streams.as_deref(), anew: asked.mode == Some(Mode::Full) };
    if !accepts.contains("text/event-stream") {
        let due = sync::ask(&app, &caller, connection.id, wish).await.map_err(Failure::from)?;
        let streams = due.into_iter().map(|asked| asked.name).collect();
        return Ok((StatusCode::ACCEPTED, Json(SyncStarted { streams })).into_response());
    }
    // Who gets no place changes nothing.
    let follower = Follower::new(Arc::clone(&app), caller)?;
    let due = sync::ask(&app, &follower.caller, connection.id, wish).await.map_err(Failure::from)?;
    Ok(progress::follow(follower, connection.provider, connection.id, due))
}
