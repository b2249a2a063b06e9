//! Deliveries as people look at them, and having them read again.

use crate::{App, http::Caller};
use db::{
    audit,
    deliveries::{self, Event, EventFilter},
};
use kernel::{Cursor, DeliveryId, TenantId};
use serde_json::{Value, json, value::RawValue};
use std::collections::BTreeMap;
use url::form_urlencoded;
use uuid::Uuid;

/// Deliveries that one call has read again: each costs what its arrival did.
const MOST_REPLAYED: usize = 10_000;

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    #[error("no such delivery")]
    NotFound,
    #[error("the database failed")]
    Database(#[from] db::Error),
}

/// Whose deliveries are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The tenant's: to its own addresses, and those to the app's that turned out to be about its connections.
    Tenant,
    /// All that came to the app's own addresses, whosever they are. The caller is for all tenants.
    App,
}

impl Scope {
    /// The tenant whose deliveries these are.
    pub fn tenant(self, caller: &Caller) -> TenantId {
        match self {
            Self::Tenant => caller.tenant,
            Self::App => TenantId::UNADDRESSED,
        }
    }
}

/// A delivery, what arrived, and what was made of it.
pub struct Looked {
    pub event: Event,
    pub body: Vec<u8>,
    /// The tenant's own, ids and kinds.
    pub signals: Vec<(Uuid, String)>,
}

/// One with everything that is kept of it.
pub async fn look(app: &App, caller: &Caller, scope: Scope, id: DeliveryId) -> Result<Looked, EventError> {
    let event = find(app, caller, scope, id).await?;
    // Dropped since, with all of its day.
    let body = deliveries::body(&app.pool, &event).await?.ok_or(EventError::NotFound)?;
    let signals = deliveries::signals_of(&app.pool, caller.tenant, id).await?;
    Ok(Looked { event, body, signals })
}

async fn find(app: &App, caller: &Caller, scope: Scope, id: DeliveryId) -> Result<Event, EventError> {
    let found = deliveries::find_event(&app.pool, scope.tenant(caller), id).await?;
    found.filter(|event| caller.may_use(&event.provider).is_ok()).ok_or(EventError::NotFound)
}

/// What will be read again, and where to go on.
pub struct Replayed {
    pub count: u64,
    pub next: Option<Cursor>,
}

/// Has one read again. One that a worker holds at this moment is being read as it is.
pub async fn replay(app: &App, caller: &Caller, scope: Scope, id: DeliveryId) -> Result<Replayed, EventError> {
    let event = find(app, caller, scope, id).await?;
    let count = queue(app, caller, scope, &[event], &id.to_string(), json!({})).await?;
    Ok(Replayed { count, next: None })
}

/// Has those read again that a filter names, the oldest first, as many as one call may.
pub async fn replay_range(
    app: &App,
    caller: &Caller,
    scope: Scope,
    filter: &EventFilter,
    after: Option<Cursor>,
) -> Result<Replayed, EventError> {
    let one_more = i64::try_from(MOST_REPLAYED + 1).unwrap_or(i64::MAX);
    let tenant = scope.tenant(caller);
    let mut events = deliveries::replayable(&app.pool, tenant, filter, after, one_more).await?;
    let is_more = events.len() > MOST_REPLAYED;
    events.truncate(MOST_REPLAYED);
    let next = events.last().filter(|_| is_more).map(|last| Cursor { at: last.received_at, id: last.id });
    let detail = json!({
        "provider": filter.provider,
        "event": filter.event,
        "state": filter.state.map(deliveries::EventState::word),
        "received_after": filter.received_after,
        "received_before": filter.received_before,
    });
    let count = queue(app, caller, scope, &events, "range", detail).await?;
    Ok(Replayed { count, next })
}

async fn queue(
    app: &App,
    caller: &Caller,
    scope: Scope,
    events: &[Event],
    target: &str,
    mut detail: Value,
) -> Result<u64, EventError> {
    let (at, actor) = (app.clock.now(), caller.audit_name());
    let mut transaction = app.pool.begin().await?;
    let count = deliveries::replay(&mut *transaction, events, at).await?;
    detail["count"] = json!(count);
    detail["app_wide"] = json!(scope == Scope::App);
    let entry = audit::Entry { at, actor: &actor, action: "event.replay", target, detail };
    audit::append(&mut *transaction, caller.tenant, entry).await?;
    transaction.commit().await?;
    app.inbox.handover.left_in_queue();
    Ok(count)
}

/// A body as people read it. Of a form all fields but the one with which a vendor repeats a secret of its app.
pub fn readable(body: &[u8], content_type: Option<&str>) -> Option<Box<RawValue>> {
    if content_type.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        let fields: BTreeMap<String, String> =
            form_urlencoded::parse(body).into_owned().filter(|(name, _)| name != "token").collect();
        return serde_json::value::to_raw_value(&fields).ok();
    }
    serde_json::from_slice(body).ok()
}
