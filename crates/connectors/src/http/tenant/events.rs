//! Deliveries: what arrived, what became of it, and having it read again.

use super::signals::known_provider;
use crate::{
    App,
    flows::events::{self, EventError, Looked, Replayed, readable},
    http::{
        document::{Refuses, schemas},
        doors::Caller,
        query::{ApiJson, ApiPath, ApiQuery, bad_cursor, page_size, time},
    },
    problem::{Failure, database},
};
use axum::{Json, extract::State};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use db::deliveries::{self, Event, EventFilter, EventState, Refusal};
use edge::Problem;
use http::StatusCode;
use kernel::DeliveryId;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, sync::Arc};
use utoipa::{IntoParams, ToSchema};

/// How far back refused webhooks are shown: as long as they are counted.
const REFUSALS: TimeDelta = TimeDelta::days(90);

/// Which deliveries. All conditions must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// Only of this provider.
    #[param(inline, value_type = Option<schemas::Slug>)]
    provider: Option<String>,
    /// The vendor's name of the event.
    event: Option<String>,
    /// `pending`, `done`, `ignored` (an event that is not read), `unclaimed` (nobody's connection) or `dead`.
    #[param(inline, value_type = Option<schemas::EventStateWord>)]
    state: Option<String>,
    /// RFC 3339, inclusive.
    #[param(inline, value_type = Option<schemas::Moment>)]
    received_after: Option<String>,
    /// RFC 3339, exclusive.
    #[param(inline, value_type = Option<schemas::Moment>)]
    received_before: Option<String>,
    /// 1 to 100, 50 when absent.
    #[param(inline, value_type = Option<schemas::Limit>)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(inline, value_type = Option<schemas::Cursor>)]
    cursor: Option<String>,
    /// `app`: all that came to the app's own addresses, for operators whose token is for all tenants.
    #[param(inline, value_type = Option<schemas::ScopeWord>)]
    scope: Option<String>,
}

/// Whose deliveries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ScopeQuery {
    /// `app`: all that came to the app's own addresses, for operators whose token is for all tenants.
    #[param(inline, value_type = Option<schemas::ScopeWord>)]
    scope: Option<String>,
}

/// A webhook as it arrived, and what became of it.
#[derive(Serialize, ToSchema)]
pub struct EventView {
    id: uuid::Uuid,
    provider: String,
    /// The vendor's name of it.
    event: String,
    /// The vendor's id of the delivery.
    delivery_id: String,
    /// The registration whose address it came to; null: an address that somebody entered at the vendor.
    hook_id: Option<uuid::Uuid>,
    /// Whether it came to the app's own address and not to the tenant's.
    app_wide: bool,
    /// `pending`, `done`, `ignored`, `unclaimed` or `dead`.
    state: String,
    /// Null once it is done with.
    attempts: Option<i32>,
    /// Null unless it is pending.
    next_attempt_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    error: Option<String>,
    /// Of the body.
    bytes: i32,
    received_at: DateTime<Utc>,
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        let is_pending = event.state == EventState::Pending.word();
        Self {
            id: event.id,
            provider: event.provider,
            event: event.event,
            delivery_id: event.delivery_id,
            hook_id: event.hook_id,
            app_wide: event.tenant_id.is_nil(),
            state: event.state,
            attempts: event.attempts,
            next_attempt_at: event.next_attempt_at.filter(|_| is_pending),
            error: event.error,
            bytes: event.bytes,
            received_at: event.received_at,
        }
    }
}

/// A page of deliveries, newest first.
#[derive(Serialize, ToSchema)]
pub struct EventPage {
    events: Vec<EventView>,
    /// Null on the last page.
    next_cursor: Option<String>,
}

/// A delivery with everything that is kept of it.
#[derive(Serialize, ToSchema)]
pub struct EventDetails {
    #[serde(flatten)]
    event: EventView,
    /// Those that its reader needs; never a credential.
    headers: BTreeMap<String, String>,
    content_type: Option<String>,
    /// The body, where it is JSON, and of a form its fields.
    #[schema(value_type = Option<Object>)]
    body: Option<Box<RawValue>>,
    /// The body, where it is anything else.
    body_base64: Option<String>,
    /// The tenant's signals that were made of it.
    signals: Vec<EventSignal>,
}

/// A signal that was made of a delivery.
#[derive(Serialize, ToSchema)]
pub struct EventSignal {
    id: uuid::Uuid,
    kind: String,
}

/// Which deliveries to read again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayRequest {
    /// RFC 3339, inclusive.
    #[schema(format = DateTime)]
    received_after: String,
    /// RFC 3339, exclusive.
    #[schema(format = DateTime)]
    received_before: String,
    #[schema(inline, value_type = Option<schemas::Slug>)]
    provider: Option<String>,
    event: Option<String>,
    #[schema(inline, value_type = Option<schemas::EventStateWord>)]
    state: Option<String>,
    /// `app`: those that came to the app's own addresses, for operators whose token is for all tenants.
    #[schema(inline, value_type = Option<schemas::ScopeWord>)]
    scope: Option<String>,
    /// The `next_cursor` of the answer before.
    #[schema(inline, value_type = Option<schemas::Cursor>)]
    cursor: Option<String>,
}

/// What will be read again.
#[derive(Serialize, ToSchema)]
pub struct ReplayView {
    count: u64,
    /// Whether there are more than one call takes. Call again, with `next_cursor`.
    more: bool,
    next_cursor: Option<String>,
}

/// Webhooks that were refused.
#[derive(Serialize, ToSchema)]
pub struct RefusedView {
    /// Newest first, at most a thousand.
    refused: Vec<RefusedCount>,
}

/// How often webhooks were refused within an hour.
#[derive(Serialize, ToSchema)]
pub struct RefusedCount {
    provider: String,
    reason: String,
    hour: DateTime<Utc>,
    count: i64,
}

/// Lists the tenant's deliveries.
///
/// Lists the tenant's deliveries, newest first; dead letters with `state=dead`.
#[utoipa::path(
    get, path = "/events", operation_id = "listEvents",
    params(EventsQuery),
    responses(
        (status = 200, body = EventPage),
    )
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiQuery(query): ApiQuery<EventsQuery>,
) -> Result<Json<EventPage>, Problem> {
    let size = page_size(query.limit.as_deref())?;
    let scope = caller.scope(query.scope.as_deref())?;
    let EventsQuery { provider, event, state, received_after, received_before, cursor, .. } = query;
    let range = (received_after.as_deref(), received_before.as_deref());
    let filter = filter(&app, &caller, provider, event, state.as_deref(), range)?;
    let canonical = format!("events|{scope:?}|{filter:?}");
    let after = match &cursor {
        Some(text) => Some(app.config.cursors.open(caller.tenant, &canonical, text).map_err(|_| bad_cursor())?),
        None => None,
    };
    let page = deliveries::page(&app.pool, scope.tenant(&caller), &filter, after, size).await.map_err(database)?;
    Ok(Json(EventPage {
        events: page.items.into_iter().map(Into::into).collect(),
        next_cursor: page.next.map(|next| app.config.cursors.seal(caller.tenant, &canonical, next)),
    }))
}

/// One delivery with its headers, its body and its signals.
#[utoipa::path(
    get, path = "/events/{id}", operation_id = "getEvent",
    params(("id" = uuid::Uuid, Path, description = "The delivery."), ScopeQuery),
    responses(
        (status = 200, body = EventDetails),
        Refuses<EventError>,
    )
)]
pub async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiPath(id): ApiPath<DeliveryId>,
    ApiQuery(query): ApiQuery<ScopeQuery>,
) -> Result<Json<EventDetails>, Problem> {
    let scope = caller.scope(query.scope.as_deref())?;
    let Looked { mut event, body, signals } = events::look(&app, &caller, scope, id).await.map_err(Failure::from)?;
    let (headers, content_type) = (std::mem::take(&mut event.headers.0), event.content_type.take());
    let json = readable(&body, content_type.as_deref());
    let body_base64 = json.is_none().then(|| STANDARD.encode(&body));
    let signals = signals.into_iter().map(|(id, kind)| EventSignal { id, kind }).collect();
    Ok(Json(EventDetails { event: event.into(), headers, content_type, body: json, body_base64, signals }))
}

/// Has one delivery read again.
///
/// Has one delivery read again. It makes each of its signals once, however often it is read.
#[utoipa::path(
    post, path = "/events/{id}/replay", operation_id = "replayEvent",
    params(("id" = uuid::Uuid, Path, description = "The delivery."), ScopeQuery),
    responses(
        (status = 202, body = ReplayView),
        Refuses<EventError>,
    )
)]
pub async fn replay(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiPath(id): ApiPath<DeliveryId>,
    ApiQuery(query): ApiQuery<ScopeQuery>,
) -> Result<(StatusCode, Json<ReplayView>), Problem> {
    let scope = caller.scope(query.scope.as_deref())?;
    let Replayed { count, .. } = events::replay(&app, &caller, scope, id).await.map_err(Failure::from)?;
    Ok((StatusCode::ACCEPTED, Json(ReplayView { count, more: false, next_cursor: None })))
}

/// Has the deliveries of a time range read again, the oldest first, at most 10,000 a call.
#[utoipa::path(
    post, path = "/events/replay", operation_id = "replayEvents",
    request_body = ReplayRequest,
    responses(
        (status = 202, body = ReplayView),
    )
)]
pub async fn replay_range(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiJson(asked): ApiJson<ReplayRequest>,
) -> Result<(StatusCode, Json<ReplayView>), Problem> {
    let scope = caller.scope(asked.scope.as_deref())?;
    let ReplayRequest { received_after, received_before, provider, event, state, cursor, .. } = asked;
    let range = (Some(received_after.as_str()), Some(received_before.as_str()));
    let filter = filter(&app, &caller, provider, event, state.as_deref(), range)?;
    let canonical = format!("replay|{scope:?}|{filter:?}");
    let after = match &cursor {
        Some(text) => Some(app.config.cursors.open(caller.tenant, &canonical, text).map_err(|_| bad_cursor())?),
        None => None,
    };
    let Replayed { count, next } =
        events::replay_range(&app, &caller, scope, &filter, after).await.map_err(Failure::from)?;
    let next_cursor = next.map(|next| app.config.cursors.seal(caller.tenant, &canonical, next));
    Ok((StatusCode::ACCEPTED, Json(ReplayView { count, more: next_cursor.is_some(), next_cursor })))
}

/// Counts refused webhooks.
///
/// How often webhooks were refused, by provider, reason and hour. For operators whose token is for all tenants.
#[utoipa::path(
    get, path = "/events/refused", operation_id = "listRefusals",
    responses(
        (status = 200, body = RefusedView),
    )
)]
pub async fn refused(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<RefusedView>, Problem> {
    caller.scope(Some("app"))?;
    app.refusals.flush(&app.pool).await.map_err(database)?;
    let counted = deliveries::refusals(&app.pool, app.clock.now() - REFUSALS).await.map_err(database)?;
    let theirs = counted.into_iter().filter(|refusal| caller.may_use(&refusal.provider).is_ok());
    let shown = |Refusal { provider, reason, hour, count }| RefusedCount { provider, reason, hour, count };
    Ok(Json(RefusedView { refused: theirs.map(shown).collect() }))
}

fn filter(
    app: &App,
    caller: &Caller,
    provider: Option<String>,
    event: Option<String>,
    state: Option<&str>,
    (received_after, received_before): (Option<&str>, Option<&str>),
) -> Result<EventFilter, Problem> {
    known_provider(app, caller, provider.as_deref())?;
    let state = match state {
        Some(word) => {
            let known = EventState::ALL.into_iter().find(|state| state.word() == word);
            Some(known.ok_or_else(|| Problem::invalid("#/state", "No delivery is in such a state."))?)
        }
        None => None,
    };
    Ok(EventFilter {
        provider,
        providers: caller.only_providers(),
        event,
        state,
        received_after: time("#/received_after", received_after)?,
        received_before: time("#/received_before", received_before)?,
    })
}
