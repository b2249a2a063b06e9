//! Pages of a list: all there is in the order of its creation, then what has been updated since, the latest first.
//!
//! Entries move in the order of their updates while they are read. So a pass asks for one and the same time to its end, and the
//! next one begins where it began; and what takes a list for all there is goes by an order in which nothing moves.

use super::List;
use crate::{
    Call, CallError, PageAsk, Record, RecordPage, RecordState, StreamError,
    linear::api::graphql,
    told::{cursor, is_true, kept, text, time},
};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A query's cost is counted by what it asks for, entries times fields: fifty issues are a sixth of what one may cost.
pub(super) const BATCH: u16 = crate::BATCH;
/// Where the answer is larger than what we read, as fifty long descriptions can be, only these parts of it are asked for.
const LESS: [u16; 3] = [1, 5, 25];
/// Our clock need not be Linear's.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);

#[derive(Serialize, Deserialize)]
struct Position {
    /// When the last list of all there is began.
    all_at: DateTime<Utc>,
    /// When the last whole pass began. `None`: it is the list of all that is under way.
    since: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pass: Option<Pass>,
}

#[derive(Serialize, Deserialize)]
struct Pass {
    began: DateTime<Utc>,
    after: Option<String>,
}

pub(super) async fn page(call: Call<'_>, list: &List, wanted: PageAsk<'_>) -> Result<RecordPage, StreamError> {
    let mut position = match cursor::<Position>(wanted.cursor)? {
        // Who is asked for all of it again brings what is gone to light.
        Some(position) if position.pass.is_none() && call.now >= position.all_at + list.all_every => {
            return Err(StreamError::CursorExpired);
        }
        Some(position) => position,
        None => Position { all_at: call.now, since: None, pass: None },
    };
    let mut pass = position.pass.take().unwrap_or(Pass { began: call.now, after: None });
    let data = match ask(call, list, &position, &pass, wanted.batch).await {
        Ok(data) => data,
        // The entry that the cursor stood at may be gone. Of the list of all nothing may be left out.
        Err(CallError::Refused) if pass.after.is_some() && position.since.is_none() => {
            return Err(StreamError::CursorExpired);
        }
        // The next time, so that a cursor that is never taken does not go round and round.
        Err(CallError::Refused) if pass.after.is_some() => {
            return Ok(RecordPage { records: Vec::new(), cursor: kept(&position)?, more: false });
        }
        Err(error) => return Err(error.into()),
    };
    let found = data.get(list.name).ok_or(CallError::Unreadable)?;
    let nodes = found.get("nodes").and_then(Value::as_array).ok_or(CallError::Unreadable)?;
    let records = nodes.iter().filter_map(|node| record(node, &data)).collect();
    pass.after = text(found, "/pageInfo/endCursor").filter(|_| is_true(found, "/pageInfo/hasNextPage"));
    let more = pass.after.is_some();
    if more {
        position.pass = Some(pass);
    } else {
        position.since = Some(pass.began);
    }
    Ok(RecordPage { records, cursor: kept(&position)?, more })
}

async fn ask(call: Call<'_>, list: &List, position: &Position, pass: &Pass, batch: u16) -> Result<Value, CallError> {
    let mut answer = Err(CallError::Unreadable);
    for less in LESS {
        let size = (batch / less).max(1);
        answer = graphql(call, query(list, position.since, pass.after.as_deref(), size)).await;
        if !matches!(answer, Err(CallError::Unreadable)) {
            break;
        }
    }
    answer
}

/// What is archived or thrown away is listed, too: that it is so is a change like any other.
fn query(list: &List, since: Option<DateTime<Utc>>, after: Option<&str>, size: u16) -> Value {
    let List { name, fields, .. } = list;
    let selection = format!("{{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }}");
    let pages = format!("first: {size}, after: $after, includeArchived: true");
    let Some(since) = since else {
        let query = format!(
            "query All($after: String) {{ organization {{ id }} {name}({pages}, orderBy: createdAt) {selection} }}"
        );
        return json!({ "query": query, "variables": { "after": after } });
    };
    let query = format!(
        "query Changes($after: String, $since: DateTimeOrDuration!) {{ organization {{ id }} {name}({pages}, \
         orderBy: updatedAt, filter: {{ updatedAt: {{ gte: $since }} }}) {selection} }}"
    );
    let since = (since - OVERLAP).to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({ "query": query, "variables": { "after": after, "since": since } })
}

/// The vendor's JSON, with the workspace that it is from.
fn record(node: &Value, data: &Value) -> Option<Record> {
    let external_id = text(node, "/id")?;
    let changed_at = time(node, "/updatedAt");
    let mut json = node.clone();
    json["organization"] = data.get("organization").cloned().unwrap_or_default();
    Some(Record { external_id, changed_at, state: RecordState::There(json) })
}
