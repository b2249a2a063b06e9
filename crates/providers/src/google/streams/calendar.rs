//! Events of the person's own calendar, by sync tokens. The token of changes comes with the last page only.

use super::{api, page_of};
use crate::{
    Call, CallError, Change, PageAsk, Record, RecordPage, RecordState, StreamError,
    call::Body,
    told::{changes, cursor, entries, kept, text, time, title},
};
use chrono::{DateTime, Utc};
use http::Method;
use kernel::{Actor, Container, NewSignal, SignalKind, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An event may have a description of 8 KiB and 200 guests; a page of them has to stay below the longest answer.
pub(super) const BATCH: u16 = 100;

#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sync: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page: Option<String>,
}

pub(super) async fn page(call: Call<'_>, ask: PageAsk<'_>) -> Result<RecordPage, StreamError> {
    let from: Cursor = cursor(ask.cursor)?.unwrap_or_default();
    let mut url = api::at(call, &["calendar", "v3", "calendars", "primary", "events"])?;
    // The parameters besides the tokens are the same at every request, or the token is refused.
    url.query_pairs_mut().append_pair("maxResults", &ask.batch.to_string()).append_pair("singleEvents", "false");
    for (name, token) in [("syncToken", &from.sync), ("pageToken", &from.page)] {
        if let Some(token) = token {
            url.query_pairs_mut().append_pair(name, token);
        }
    }
    let body = page_of(&api::ask(call, Method::GET, url, Body::None).await?, call.now)?;
    let records = entries(&body, "/items").iter().filter_map(record).collect();
    let next = text(&body, "/nextPageToken");
    let more = next.is_some();
    let to = match next {
        Some(page) => Cursor { page: Some(page), ..from },
        None => Cursor { sync: Some(text(&body, "/nextSyncToken").ok_or(CallError::Unreadable)?), page: None },
    };
    Ok(RecordPage { records, cursor: kept(&to)?, more })
}

/// A cancelled event may have nothing but its id.
fn record(event: &Value) -> Option<Record> {
    let cancelled = event.get("status").and_then(Value::as_str) == Some("cancelled");
    let state = if cancelled { RecordState::Gone } else { RecordState::There(event.clone()) };
    Some(Record { external_id: text(event, "/id")?, changed_at: time(event, "/updated"), state })
}

/// Who changed an event is not said; whoever organizes it answers for it.
pub(super) fn tell(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> NewSignal {
    let updated = record.changed_at.unwrap_or(at);
    let (kind, event, actor, occurred_at, changes) = match change {
        Change::Created { now } => {
            let created = time(now, "/created").unwrap_or(updated);
            (SignalKind::EventCreated, Some(now), person(now, "/creator"), created, Vec::new())
        }
        Change::Updated { before, now } => {
            let changes = changes(before, now, &["etag", "updated", "sequence"]);
            (SignalKind::EventUpdated, Some(now), person(now, "/organizer"), updated, changes)
        }
        // One occasion of a series is cancelled without ever having been an event by itself: it is told all the same.
        Change::Deleted { before } => (SignalKind::EventCancelled, before, None, updated, Vec::new()),
    };
    let said = |path: &str| event.and_then(|event| title(event, path));
    let subject = Subject {
        kind: "event".to_owned(),
        external_id: record.external_id.clone(),
        number: None,
        title: said("/summary"),
        url: if kind == SignalKind::EventCancelled { None } else { event.and_then(|event| text(event, "/htmlLink")) },
    };
    let calendar = Container { kind: "calendar".to_owned(), external_id: "primary".to_owned(), name: None, url: None };
    NewSignal { kind, subject, actor, container: Some(calendar), occurred_at, changes }
}

/// An address names a person; the id of a profile is there for few of them.
fn person(event: &Value, path: &str) -> Option<Actor> {
    let person = event.pointer(path)?;
    let external_id = text(person, "/email").or_else(|| text(person, "/id"))?;
    Some(Actor { external_id, name: title(person, "/displayName"), is_bot: false })
}
