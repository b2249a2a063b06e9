//! What was played, of which Spotify keeps the last fifty. A play never changes and is never taken back.

use super::{
    super::api,
    library::{id, track_title},
};
use crate::{
    Call, Change, PageAsk, Record, RecordPage, RecordState, StreamError,
    told::{cursor, entries, kept, text, time},
};
use chrono::{DateTime, Utc};
use kernel::{Container, NewSignal, SignalKind, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    /// Of the latest play, in milliseconds since the epoch; exclusive.
    after: Option<i64>,
}

pub(super) async fn page(call: Call<'_>, ask: PageAsk<'_>) -> Result<RecordPage, StreamError> {
    let from: Cursor = cursor(ask.cursor)?.unwrap_or_default();
    let mut url = api::at(call, &["player", "recently-played"])?;
    url.query_pairs_mut()
        .append_pair("limit", &ask.batch.to_string())
        .extend_pairs(from.after.iter().map(|after| ("after", after.to_string())));
    let body = api::get(call, url).await?;
    let records: Vec<Record> = entries(&body, "/items").iter().filter_map(record).collect();
    // Its own cursors are null where there is nothing.
    let latest = records.iter().filter_map(|record| record.changed_at).max();
    let after = from.after.max(latest.map(|latest| latest.timestamp_millis()));
    // There is no older page that an earlier look has not seen, and no newer one.
    Ok(RecordPage { records, cursor: kept(&Cursor { after })?, more: false })
}

/// The same track may be played again.
fn record(play: &Value) -> Option<Record> {
    let played_at = time(play, "/played_at")?;
    let external_id = format!("{}:{}", id(play)?, played_at.timestamp_millis());
    Some(Record { external_id, changed_at: Some(played_at), state: RecordState::There(play.clone()) })
}

pub(super) fn tell(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let Change::Created { now } = change else { return None };
    let subject = Subject {
        kind: "track".to_owned(),
        external_id: id(now)?,
        number: None,
        title: track_title(now),
        url: text(now, "/track/external_urls/spotify"),
    };
    let kind = match text(now, "/context/type").as_deref() {
        Some(kind @ ("playlist" | "album" | "artist")) => kind.to_owned(),
        // What a person has saved is played as a collection.
        _ => "library".to_owned(),
    };
    let url = text(now, "/context/external_urls/spotify");
    let container = text(now, "/context/uri").map(|external_id| Container { kind, external_id, name: None, url });
    let occurred_at = record.changed_at.unwrap_or(at);
    Some(NewSignal { kind: SignalKind::TrackPlayed, subject, actor: None, container, occurred_at, changes: Vec::new() })
}
