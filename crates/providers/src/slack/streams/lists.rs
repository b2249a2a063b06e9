//! Channels and people. Slack has no list of what changed in them, so that each pass lists all; once a day the list is taken for
//! the whole truth, and what it does not name is gone.

use super::turns::{Turns, next};
use crate::{
    Call, CallError, PageAsk, Record, RecordPage, RecordState, StreamError,
    slack::api::{self, Answered},
    told::{cursor, kept, text},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Slack asks for no more than 200 at once.
pub(super) const BATCH: u16 = 200;
/// How often what is gone is looked for. Events tell of it at once.
const ALL_EVERY: TimeDelta = TimeDelta::days(1);

pub(super) struct List {
    method: &'static str,
    /// Where the entries stand.
    entries: &'static str,
    /// Whether they are of kinds, which are asked for.
    has_types: bool,
    changed_at: fn(&Value) -> Option<DateTime<Utc>>,
}

pub(super) const CHANNELS: List = List {
    method: "conversations.list",
    entries: "channels",
    has_types: true,
    changed_at: |channel| millis(channel.get("updated")?.as_i64()?),
};
pub(super) const USERS: List = List {
    method: "users.list",
    entries: "members",
    has_types: false,
    changed_at: |user| seconds(user.get("updated")?.as_i64()?),
};

/// A time of a channel's, which may be one that Slack did not know.
pub(super) fn millis(millis: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis).filter(|time| *time > DateTime::UNIX_EPOCH)
}

pub(super) fn seconds(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0).filter(|time| *time > DateTime::UNIX_EPOCH)
}

#[derive(Serialize, Deserialize)]
struct Position {
    /// When the last list began that is taken for the whole truth.
    all_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pass: Option<Pass>,
}

#[derive(Serialize, Deserialize)]
struct Pass {
    turns: Turns,
    cursor: Option<String>,
}

pub(super) async fn page(call: Call<'_>, list: &List, ask: PageAsk<'_>) -> Result<RecordPage, StreamError> {
    let mut position = match cursor::<Position>(ask.cursor)? {
        Some(position) if position.pass.is_none() && call.now >= position.all_at + ALL_EVERY => {
            return Err(StreamError::CursorExpired);
        }
        Some(position) => position,
        None => Position { all_at: call.now, pass: None },
    };
    let mut pass = match position.pass.take() {
        Some(pass) => pass,
        None => Pass { turns: Turns::begin(call, None).await?, cursor: None },
    };
    let records = if pass.turns.is_over() { Vec::new() } else { fetch(call, list, &mut pass, ask.batch).await? };
    let more = !pass.turns.is_over();
    position.pass = more.then_some(pass);
    Ok(RecordPage { records, cursor: kept(&position)?, more })
}

async fn fetch(call: Call<'_>, list: &List, pass: &mut Pass, batch: u16) -> Result<Vec<Record>, StreamError> {
    let limit = batch.to_string();
    let mut query = vec![("limit", limit.as_str())];
    if list.has_types {
        // A token that may list nothing sees nothing, which is not that nothing is there.
        if pass.turns.types.is_empty() {
            return Err(CallError::Refused.into());
        }
        query.push(("types", &pass.turns.types));
    }
    query.extend(pass.turns.team());
    query.extend(pass.cursor.as_deref().map(|cursor| ("cursor", cursor)));
    let mut body = match api::list(call, list.method, &query).await? {
        Answered::Page(body) => body,
        Answered::DeadCursor => return Err(StreamError::CursorExpired),
        Answered::TooMany | Answered::Closed => return Err(CallError::Refused.into()),
    };
    pass.cursor = next(&body);
    if pass.cursor.is_none() {
        pass.turns.pass_on();
    }
    let Some(Value::Array(entries)) = body.get_mut(list.entries).map(Value::take) else {
        return Err(CallError::Unreadable.into());
    };
    let read = |entry: Value| {
        let external_id = format!("{}:{}", pass.turns.place, text(&entry, "/id")?);
        Some(Record { external_id, changed_at: (list.changed_at)(&entry), state: RecordState::There(entry) })
    };
    Ok(entries.into_iter().filter_map(read).collect())
}
