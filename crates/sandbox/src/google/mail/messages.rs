//! Messages, the newest first, and as much of each as was asked for.

use super::{Mailbox, labels, owner, thread};
use crate::{
    account::Vendor,
    app::App,
    data::{Query, Thing, read_cursor, write_cursor},
    google::{mask::masked, refused::Refused},
};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, engine::general_purpose::URL_SAFE};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(in crate::google) async fn profile(
    State(app): State<App>,
    Path(user): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let grant = owner(&app, &headers, &user)?;
    let mut kept = app.data.google();
    let Mailbox { messages, history_id, .. } = &kept.of(&grant.account).mailbox;
    let threads: BTreeSet<String> = messages.living().map(thread).collect();
    Ok(Json(json!({
        "emailAddress": app.people.person(Vendor::Google, &grant.account).email,
        "messagesTotal": messages.living().count(), "threadsTotal": threads.len(), "historyId": history_id.to_string(),
    })))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MessagePage {
    /// The last message that was listed: when it came, and its id.
    before: (i64, String),
}

/// When it came, and its id: the place in the list.
fn place(thing: &Thing) -> (i64, String) {
    (thing.created_at.timestamp_millis(), thing.id.clone())
}

/// What a search asks for that the sandbox understands: the earliest moment.
fn earliest(q: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if let Some(days) = q.strip_prefix("newer_than:").and_then(|rest| rest.strip_suffix('d')) {
        return now.checked_sub_signed(TimeDelta::try_days(days.parse().ok()?)?);
    }
    DateTime::from_timestamp(q.strip_prefix("after:")?.parse().ok()?, 0)
}

pub(in crate::google) async fn list(
    State(app): State<App>,
    Path(user): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let grant = owner(&app, &headers, &user)?;
    let most = query.size("maxResults", 100, 500).ok_or_else(|| Refused::invalid("Invalid maxResults"))?;
    let since = match query.get("q") {
        None => DateTime::UNIX_EPOCH,
        Some(q) => earliest(q, app.now())
            .ok_or_else(|| Refused::invalid("The sandbox searches by newer_than:3d and after:1767322800 only."))?,
    };
    let before = match query.get("pageToken") {
        None => None,
        Some(text) => {
            Some(read_cursor::<MessagePage>(text).ok_or_else(|| Refused::invalid("Invalid pageToken"))?.before)
        }
    };
    let wanted: Vec<&str> = query.all("labelIds").collect();
    let hidden = ["SPAM", "TRASH"];
    let shows_all = query.is_true("includeSpamTrash");
    let is_wanted = |thing: &&Thing| {
        let labels = labels(thing);
        let has = |label: &&str| labels.iter().any(|each| each == label);
        let is_hidden = !shows_all && hidden.iter().any(|label| has(label) && !wanted.contains(label));
        thing.created_at >= since && wanted.iter().all(has) && !is_hidden
    };
    let mut kept = app.data.google();
    let mut things: Vec<&Thing> = kept.of(&grant.account).mailbox.messages.living().filter(is_wanted).collect();
    let estimate = things.len();
    things.sort_by_key(|thing| std::cmp::Reverse(place(thing)));
    if let Some(before) = before {
        things.retain(|thing| place(thing) < before);
    }
    let goes_on = things.len() > most;
    things.truncate(most);
    let mut answer = json!({"resultSizeEstimate": estimate});
    if !things.is_empty() {
        let named = |thing: &&Thing| json!({"id": thing.id, "threadId": thread(thing)});
        answer["messages"] = things.iter().map(named).collect();
    }
    if let Some(last) = things.last().filter(|_| goes_on) {
        answer["nextPageToken"] = json!(write_cursor(&MessagePage { before: place(last) }));
    }
    drop(kept);
    masked(answer, &query, "*").map(Json)
}

pub(in crate::google) async fn get(
    State(app): State<App>,
    Path((user, id)): Path<(String, String)>,
    query: Query,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let grant = owner(&app, &headers, &user)?;
    let format = query.get("format").unwrap_or("full");
    if !["full", "metadata", "minimal"].contains(&format) {
        return Err(Refused::invalid("The sandbox knows full, metadata and minimal."));
    }
    let sees_texts = grant.scopes.iter().any(|scope| super::SCOPES[..3].iter().any(|each| scope.ends_with(each)));
    if format == "full" && !sees_texts {
        let message = "Metadata scope doesn't allow format FULL";
        return Err(Refused::new(StatusCode::FORBIDDEN, "forbidden", message));
    }
    let names: Vec<&str> = query.all("metadataHeaders").collect();
    let mut kept = app.data.google();
    let gone = || Refused::new(StatusCode::NOT_FOUND, "notFound", "Requested entity was not found.");
    let message = shown(kept.of(&grant.account).mailbox.messages.get(&id).ok_or_else(gone)?, format, &names);
    drop(kept);
    masked(message, &query, "*").map(Json)
}

/// `names`: the headers that are wanted of the metadata; none, all.
pub(super) fn shown(thing: &Thing, format: &str, names: &[&str]) -> Value {
    let text = |name: &str| thing.value[name].as_str().unwrap_or_default();
    let mut message = json!({
        "id": thing.id, "threadId": thread(thing), "labelIds": labels(thing), "snippet": text("text"),
        "historyId": thing.value["historyId"].to_string(), "sizeEstimate": 600 + text("text").len(),
        "internalDate": thing.created_at.timestamp_millis().to_string(),
    });
    if format == "minimal" {
        return message;
    }
    let all = [
        ("From", text("from").to_owned()),
        ("To", text("to").to_owned()),
        ("Subject", text("subject").to_owned()),
        ("Date", thing.created_at.to_rfc2822()),
        ("Message-ID", format!("<{}@sandbox.invalid>", thing.id)),
    ];
    let is_wanted = |name: &str| names.is_empty() || names.iter().any(|each| each.eq_ignore_ascii_case(name));
    let headers = all.into_iter().filter(|(name, _)| is_wanted(name));
    let headers: Vec<Value> = headers.map(|(name, value)| json!({"name": name, "value": value})).collect();
    message["payload"] = json!({"partId": "", "mimeType": "text/plain", "filename": "", "headers": headers});
    if format == "full" {
        message["payload"]["body"] = json!({"size": text("text").len(), "data": URL_SAFE.encode(text("text"))});
    }
    message
}
