//! Saved tracks and playlists.

use super::{
    super::api,
    pass::{Cursor, Listed, listed},
};
use crate::{
    Call, Change, PageAsk, Record, RecordPage, RecordState, StreamError,
    told::{changes, cursor, entries, kept, text, time, title},
};
use chrono::{DateTime, Utc};
use kernel::{Actor, Container, NewSignal, SignalKind, Subject};
use serde_json::Value;

async fn list(
    call: Call<'_>,
    path: &str,
    (offset, batch): (u64, u16),
    record: fn(&Value) -> Option<Record>,
) -> Result<Listed, StreamError> {
    let mut url = api::at(call, &[path])?;
    url.query_pairs_mut().append_pair("limit", &batch.to_string()).append_pair("offset", &offset.to_string());
    let body = api::get(call, url).await?;
    let items = entries(&body, "/items");
    Ok(listed(&body, offset, items.iter().filter_map(record).collect(), items.len()))
}

/// The newest come first. Where the first page leads back to what is known, and as many were added as the list has grown by,
/// nothing was taken out and nothing more has to be read; else all of it is. Of a list that is too long to be known, the first
/// page is all that is looked at again.
pub(super) async fn tracks(call: Call<'_>, ask: PageAsk<'_>) -> Result<RecordPage, StreamError> {
    let mut from: Cursor = cursor(ask.cursor)?.unwrap_or_default();
    let listed = list(call, "tracks", (from.offset(), ask.batch), track).await?;
    let (None, Some(total)) = (&from.pass, from.total) else { return from.pass(listed) };
    let is_new = |record: &&Record| !from.known.contains(&record.external_id);
    let new: Vec<Record> = listed.records.iter().filter(is_new).cloned().collect();
    let leads_back = new.len() < listed.records.len() || listed.is_last;
    let grown = u64::try_from(new.len()).unwrap_or_default();
    if !listed.is_too_long() {
        if !leads_back || total.saturating_add(grown) != listed.total {
            return from.pass(listed);
        }
        from.known.extend(new.iter().map(|record| record.external_id.clone()));
    }
    from.total = Some(listed.total);
    Ok(RecordPage { records: new, cursor: kept(&from)?, more: false })
}

/// There are few, and any of them may have changed.
pub(super) async fn playlists(call: Call<'_>, ask: PageAsk<'_>) -> Result<RecordPage, StreamError> {
    let from: Cursor = cursor(ask.cursor)?.unwrap_or_default();
    let listed = list(call, "playlists", (from.offset(), ask.batch), playlist).await?;
    from.pass(listed)
}

/// What was taken off the market leaves an entry without a track.
fn track(entry: &Value) -> Option<Record> {
    let changed_at = time(entry, "/added_at");
    Some(Record { external_id: id(entry)?, changed_at, state: RecordState::There(entry.clone()) })
}

/// Files of a person's own have an address and no id.
pub(super) fn id(entry: &Value) -> Option<String> {
    text(entry, "/track/id").or_else(|| text(entry, "/track/uri"))
}

fn playlist(entry: &Value) -> Option<Record> {
    Some(Record { external_id: text(entry, "/id")?, changed_at: None, state: RecordState::There(entry.clone()) })
}

/// The track's name, and who plays it.
pub(super) fn track_title(entry: &Value) -> Option<String> {
    let name = title(entry, "/track/name")?;
    let artists: Vec<String> =
        entries(entry, "/track/artists").iter().take(5).filter_map(|artist| title(artist, "/name")).collect();
    if artists.is_empty() { Some(name) } else { Some(format!("{name} – {}", artists.join(", "))) }
}

fn library() -> Container {
    Container { kind: "library".to_owned(), external_id: "me".to_owned(), name: None, url: None }
}

/// Whoever did it is the person whose connection it is.
pub(super) fn tell_track(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let (kind, entry, occurred_at) = match change {
        Change::Created { now } => (SignalKind::TrackSaved, now, record.changed_at.unwrap_or(at)),
        // A new cover is no news.
        Change::Updated { .. } => return None,
        Change::Deleted { before } => (SignalKind::TrackUnsaved, before?, at),
    };
    let subject = Subject {
        kind: "track".to_owned(),
        external_id: record.external_id.clone(),
        number: None,
        title: track_title(entry),
        url: text(entry, "/track/external_urls/spotify"),
    };
    Some(NewSignal { kind, subject, actor: None, container: Some(library()), occurred_at, changes: Vec::new() })
}

/// A playlist's snapshot is another one after each change of it, and of nothing else.
pub(super) fn tell_playlist(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let (kind, playlist, changes) = match change {
        Change::Created { now } => (SignalKind::PlaylistCreated, now, Vec::new()),
        Change::Updated { before, now } if before.get("snapshot_id") == now.get("snapshot_id") => return None,
        Change::Updated { before, now } => {
            (SignalKind::PlaylistUpdated, now, changes(before, now, &["snapshot_id", "images"]))
        }
        Change::Deleted { before } => (SignalKind::PlaylistDeleted, before?, Vec::new()),
    };
    let owner = || {
        let name = title(playlist, "/owner/display_name");
        Some(Actor { external_id: text(playlist, "/owner/id")?, name, is_bot: false })
    };
    let actor = if kind == SignalKind::PlaylistCreated { owner() } else { None };
    let is_gone = kind == SignalKind::PlaylistDeleted;
    let subject = Subject {
        kind: "playlist".to_owned(),
        external_id: record.external_id.clone(),
        number: None,
        title: title(playlist, "/name"),
        url: if is_gone { None } else { text(playlist, "/external_urls/spotify") },
    };
    Some(NewSignal { kind, subject, actor, container: Some(library()), occurred_at: at, changes })
}
