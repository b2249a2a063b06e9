//! A run's answer: as events while it goes on, or as one JSON value at its end.

use super::run_views::TranscriptView;
use crate::{
    App,
    flows::run::{self, Started, Told},
};
use axum::{
    body::{Body, Bytes},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, stream};
use http::{HeaderValue, header::CONTENT_TYPE};
use kernel::UserId;
use serde_json::{Value, json};
use std::{convert::Infallible, sync::Arc, time::Duration};

/// Proxies cut connections on which nothing moves for a minute or so.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// `run` first, then what happens, and `done` with the whole run last. Who goes away cancels the run.
pub(super) fn events(app: Arc<App>, user: UserId, started: Started) -> Response {
    let first = json!({"id": started.id, "thread_id": started.thread});
    let first = stream::iter([Event::default().event("run").json_data(first)]);
    let rest = stream::unfold(Some((app, user, started)), async |state| {
        let (app, user, mut started) = state?;
        if let Some(told) = started.events.recv().await {
            return Some((event(told), Some((app, user, started))));
        }
        let whole = whole(&app, user, &started).await?;
        Some((Event::default().event("done").json_data(whole), None))
    });
    let events = futures_util::StreamExt::chain(first, rest);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    // Buffers between us and the client would hold events back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

fn event(told: Told) -> Result<Event, axum::Error> {
    let (name, data) = match told {
        Told::Event(event) => {
            let data = json!(event);
            (data["type"].as_str().unwrap_or("event").to_owned(), data)
        }
        Told::Asked(call) => ("approval".to_owned(), json!(call)),
        Told::Unreachable(sources) => {
            let sources: Vec<Value> =
                sources.into_iter().map(|(source, reason)| json!({"source": source, "reason": reason})).collect();
            ("unreachable".to_owned(), json!({ "sources": sources }))
        }
    };
    Event::default().event(name).json_data(data)
}

/// The run as it is now; nothing where the database does not say.
async fn whole(app: &App, user: UserId, started: &Started) -> Option<TranscriptView> {
    let looked = run::look(app, user, started.id).await;
    looked.inspect_err(|error| tracing::warn!(%error, "a run cannot be shown")).ok().map(TranscriptView::from)
}

/// The run at its end, or when a person is asked; until then blanks, which JSON may begin with, so that no proxy cuts it off. Who goes
/// away before that cancels the run.
pub(super) fn at_the_end(app: Arc<App>, user: UserId, started: Started) -> Response {
    let mut response = Response::new(Body::from_stream(pieces(app, user, started)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn pieces(app: Arc<App>, user: UserId, started: Started) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    stream::unfold(Some((app, user, started)), async |state| {
        let (app, user, mut started) = state?;
        loop {
            match tokio::time::timeout(HEARTBEAT, started.events.recv()).await {
                Err(_) => return Some((Ok(Bytes::from_static(b" ")), Some((app, user, started)))),
                Ok(Some(Told::Event(_) | Told::Unreachable(_))) => {}
                Ok(Some(Told::Asked(_)) | None) => break,
            }
        }
        let whole = whole(&app, user, &started).await?;
        // It goes on without us, if it waits for a person.
        let Started { presence, .. } = started;
        presence.disarm();
        let text = serde_json::to_vec(&whole).ok()?;
        Some((Ok(Bytes::from(text)), None))
    })
}
