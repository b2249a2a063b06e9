//! Files, by Drive's list of changes. Its token is taken before the first listing begins: what changes meanwhile comes after it.

use super::{api, page_of};
use crate::{
    Call, CallError, Change, PageAsk, Record, RecordPage, RecordState, StreamError,
    call::Body,
    told::{changes, cursor, entries, is_true, kept, text, time, title},
};
use chrono::{DateTime, Utc};
use http::Method;
use kernel::{Actor, Container, NewSignal, SignalKind, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A file's entry has about a kilobyte.
pub(super) const BATCH: u16 = 200;
/// Shared drives count; without both, only My Drive does.
pub(in crate::google) const EVERY_DRIVE: [(&str, &str); 2] =
    [("supportsAllDrives", "true"), ("includeItemsFromAllDrives", "true")];
/// Without a choice an entry of the list has nothing but ids. Pictures of people are left out: their addresses change daily.
const FILE: &str = "id,name,mimeType,trashed,parents,driveId,createdTime,modifiedTime,size,webViewLink,md5Checksum,\
    owners(displayName,emailAddress,permissionId),lastModifyingUser(displayName,emailAddress,permissionId),\
    trashingUser(displayName,emailAddress,permissionId)";

#[derive(Serialize, Deserialize)]
struct Cursor {
    /// Leads to the changes.
    changes: String,
    /// The first listing's next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    files: Option<String>,
}

/// What leads to the changes from now on.
pub(in crate::google) async fn start_token(call: Call<'_>) -> Result<String, CallError> {
    let mut url = api::at(call, &["drive", "v3", "changes", "startPageToken"])?;
    url.query_pairs_mut().append_pair("supportsAllDrives", "true");
    text(&api::get(call, url).await?, "/startPageToken").ok_or(CallError::Unreadable)
}

pub(super) async fn page(call: Call<'_>, ask: PageAsk<'_>) -> Result<RecordPage, StreamError> {
    let batch = ask.batch.to_string();
    match cursor::<Cursor>(ask.cursor)? {
        None => files(call, &batch, start_token(call).await?, None).await,
        Some(Cursor { changes, files: Some(next) }) => files(call, &batch, changes, Some(next)).await,
        Some(Cursor { changes, files: None }) => changed(call, &batch, &changes).await,
    }
}

async fn files(call: Call<'_>, batch: &str, changes: String, next: Option<String>) -> Result<RecordPage, StreamError> {
    let mut url = api::at(call, &["drive", "v3", "files"])?;
    url.query_pairs_mut()
        .append_pair("pageSize", batch)
        .extend_pairs(EVERY_DRIVE)
        .append_pair("fields", &format!("nextPageToken,files({FILE})"))
        .extend_pairs(next.iter().map(|token| ("pageToken", token)));
    let body = page_of(&api::ask(call, Method::GET, url, Body::None).await?, call.now)?;
    let record = |file: &Value| {
        let state = RecordState::There(file.clone());
        Some(Record { external_id: text(file, "/id")?, changed_at: time(file, "/modifiedTime"), state })
    };
    let records = entries(&body, "/files").iter().filter_map(record).collect();
    let to = Cursor { changes, files: text(&body, "/nextPageToken") };
    Ok(RecordPage { records, more: to.files.is_some(), cursor: kept(&to)? })
}

async fn changed(call: Call<'_>, batch: &str, token: &str) -> Result<RecordPage, StreamError> {
    let mut url = api::at(call, &["drive", "v3", "changes"])?;
    let fields = format!("nextPageToken,newStartPageToken,changes(changeType,fileId,removed,time,file({FILE}))");
    url.query_pairs_mut()
        .append_pair("pageToken", token)
        .append_pair("pageSize", batch)
        .append_pair("includeRemoved", "true")
        .extend_pairs(EVERY_DRIVE)
        .append_pair("fields", &fields);
    let body = page_of(&api::ask(call, Method::GET, url, Body::None).await?, call.now)?;
    let next = text(&body, "/nextPageToken");
    let more = next.is_some();
    let token = next.or_else(|| text(&body, "/newStartPageToken")).ok_or(CallError::Unreadable)?;
    let records = entries(&body, "/changes").iter().filter_map(record).collect();
    Ok(RecordPage { records, cursor: kept(&Cursor { changes: token, files: None })?, more })
}

/// An entry is the latest state of a file, or of a shared drive, which is none.
fn record(change: &Value) -> Option<Record> {
    let external_id = text(change, "/fileId")?;
    let state = match change.get("file") {
        _ if is_true(change, "/removed") => RecordState::Gone,
        Some(file) if file.is_object() => RecordState::There(file.clone()),
        _ => return None,
    };
    Some(Record { external_id, changed_at: time(change, "/time"), state })
}

pub(super) fn tell(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let changed_at = record.changed_at.unwrap_or(at);
    let (kind, file, occurred_at, changes) = match change {
        Change::Created { now } if is_true(now, "/trashed") => (SignalKind::FileTrashed, now, changed_at, Vec::new()),
        Change::Created { now } => {
            (SignalKind::FileCreated, now, time(now, "/createdTime").unwrap_or(changed_at), Vec::new())
        }
        Change::Updated { before, now } if is_true(now, "/trashed") && !is_true(before, "/trashed") => {
            (SignalKind::FileTrashed, now, changed_at, Vec::new())
        }
        Change::Updated { before, now } => {
            // A file that is moved keeps its time; two moves would be told as one.
            let edited = time(now, "/modifiedTime").filter(|edited| Some(*edited) != time(before, "/modifiedTime"));
            let changes = changes(before, now, &["modifiedTime", "lastModifyingUser", "size", "webViewLink"]);
            (SignalKind::FileUpdated, now, edited.unwrap_or(changed_at), changes)
        }
        // One that nobody here has seen is not missed.
        Change::Deleted { before } => (SignalKind::FileDeleted, before?, changed_at, Vec::new()),
    };
    let actor = match kind {
        SignalKind::FileCreated => person(file, "/owners/0"),
        SignalKind::FileTrashed => person(file, "/trashingUser").or_else(|| person(file, "/lastModifyingUser")),
        SignalKind::FileUpdated => person(file, "/lastModifyingUser"),
        _ => None,
    };
    let is_gone = kind == SignalKind::FileDeleted;
    let subject = Subject {
        kind: "file".to_owned(),
        external_id: record.external_id.clone(),
        number: None,
        title: title(file, "/name"),
        url: if is_gone { None } else { text(file, "/webViewLink") },
    };
    let place = |kind: &str, path: &str| {
        let external_id = text(file, path)?;
        Some(Container { kind: kind.to_owned(), external_id, name: None, url: None })
    };
    let container = place("folder", "/parents/0").or_else(|| place("drive", "/driveId"));
    Some(NewSignal { kind, subject, actor, container, occurred_at, changes })
}

fn person(file: &Value, path: &str) -> Option<Actor> {
    let person = file.pointer(path)?;
    let external_id = text(person, "/emailAddress").or_else(|| text(person, "/permissionId"))?;
    Some(Actor { external_id, name: title(person, "/displayName"), is_bot: false })
}
