//! What happened to a connection.

use super::connections::find;
use crate::{
    App,
    flows::timeline::{self, Event, Included},
    http::{
        document::{Refuses, schemas},
        doors::Caller,
        query::{ApiPath, ApiQuery, bad_cursor, page_size},
    },
    problem::{NoSuchConnection, database},
};
use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use edge::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// How much of it.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TimelineQuery {
    /// What is told beside the changes, comma-separated: `vends` (each token that was handed out) and `signals` (what the vendor
    /// told, and what was found by fetching).
    #[param(inline, value_type = Option<schemas::Included>)]
    include: Option<String>,
    /// 1 to 100, 50 when absent.
    #[param(inline, value_type = Option<schemas::Limit>)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(inline, value_type = Option<schemas::Cursor>)]
    cursor: Option<String>,
}

/// One thing that happened.
#[derive(Serialize, ToSchema)]
pub struct TimelineEntry {
    id: uuid::Uuid,
    occurred_at: DateTime<Utc>,
    /// The action, for example `connection.connect`, `connection.needs.reauth`, `hook.register` or `stream.fail`; of a signal its
    /// kind.
    event: String,
    /// `user:<id>`, `operator:<fingerprint>`, `provider:<slug>` or `system`; null: the signal says it, if anybody.
    actor: Option<String>,
    /// More of it: `change` says what the connection was `before` and is `after`, with its reason. Of a signal its `subject`,
    /// `changes` and `delivery_id`.
    #[schema(value_type = Object)]
    detail: Value,
}

impl From<Event> for TimelineEntry {
    fn from(event: Event) -> Self {
        match event {
            Event::Line(line) => Self {
                id: line.id,
                occurred_at: line.at,
                event: line.action,
                actor: Some(line.actor),
                detail: line.detail,
            },
            Event::Signal(signal) => Self {
                id: signal.id,
                occurred_at: signal.occurred_at,
                event: signal.kind,
                actor: None,
                detail: json!({
                    "subject": signal.subject.0,
                    "changes": signal.changes,
                    "delivery_id": signal.delivery_id,
                }),
            },
        }
    }
}

/// A page of what happened, newest first.
#[derive(Serialize, ToSchema)]
pub struct TimelinePage {
    events: Vec<TimelineEntry>,
    /// Null on the last page.
    next_cursor: Option<String>,
}

/// Tells what happened to a connection, newest first.
///
/// That it was connected, refused, renewed and ended, by whom and why, and what became of its hooks and streams. A cursor neither skips
/// nor repeats, whatever happens meanwhile.
#[utoipa::path(
    get, path = "/connections/{id}/timeline", operation_id = "getTimeline",
    params(("id" = uuid::Uuid, Path, description = "The connection."), TimelineQuery),
    responses((status = 200, body = TimelinePage), Refuses<NoSuchConnection>)
)]
pub async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<TimelineQuery>,
) -> Result<Json<TimelinePage>, Problem> {
    let (size, included) = (page_size(query.limit.as_deref())?, included(query.include.as_deref())?);
    let connection = find(&app, &caller, &id).await?;
    let canonical = format!("timeline|{}|{included:?}", connection.id);
    let after = match &query.cursor {
        Some(text) => Some(app.config.cursors.open(caller.tenant, &canonical, text).map_err(|_| bad_cursor())?),
        None => None,
    };
    let page = timeline::page(&app, &connection, included, after, size).await.map_err(database)?;
    Ok(Json(TimelinePage {
        events: page.items.into_iter().map(Into::into).collect(),
        next_cursor: page.next.map(|next| app.config.cursors.seal(caller.tenant, &canonical, next)),
    }))
}

fn included(words: Option<&str>) -> Result<Included, Problem> {
    let mut included = Included::default();
    for word in words.into_iter().flat_map(|words| words.split(',')) {
        match word {
            "vends" => included.vends = true,
            "signals" => included.signals = true,
            _ => return Err(Problem::invalid("#/include", "must be vends, signals or both, comma-separated")),
        }
    }
    Ok(included)
}
