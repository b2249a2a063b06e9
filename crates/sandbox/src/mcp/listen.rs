//! `subscriptions/listen`: a stream that says that the list of tools has changed, until its client has gone.

use super::door::Asked;
use crate::{app::App, dials::Ongoing, sse::event};
use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde_json::{Value, json};
use std::convert::Infallible;
use tokio::sync::watch;

struct Listening {
    app: App,
    changed: watch::Receiver<()>,
    /// What is said next; `None`, when something has changed.
    next: Option<Value>,
    news: Value,
    _counted: Ongoing,
}

pub(super) fn listen(asked: &Asked) -> Response {
    let vendor = asked.server.vendor;
    let wishes = &asked.request.params.get("notifications").cloned().unwrap_or_default()["toolsListChanged"];
    let granted = if wishes == true { json!({"toolsListChanged": true}) } else { json!({}) };
    let meta = json!({"io.modelcontextprotocol/subscriptionId": asked.request.id});
    let told = |method: &str, mut params: Value| {
        params["_meta"] = meta.clone();
        json!({"jsonrpc": "2.0", "method": method, "params": params})
    };
    let listening = Listening {
        app: asked.app.clone(),
        changed: asked.app.mcp.of(vendor).changed.subscribe(),
        next: Some(told("notifications/subscriptions/acknowledged", json!({"notifications": granted}))),
        news: if wishes == true { told("notifications/tools/list_changed", json!({})) } else { Value::Null },
        _counted: Ongoing::new(&asked.app.dials.shared(vendor)),
    };
    let events = stream::unfold(listening, |mut listening| async move {
        if let Some(next) = listening.next.take() {
            return Some((Ok::<_, Infallible>(event("message", &next)), listening));
        }
        tokio::select! {
            changed = listening.changed.changed(), if !listening.news.is_null() => changed.ok()?,
            () = listening.app.shutdown.cancelled() => return None,
        }
        Some((Ok(event("message", &listening.news)), listening))
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache, no-transform")];
    (headers, [("x-accel-buffering", "no")], Body::from_stream(events)).into_response()
}
