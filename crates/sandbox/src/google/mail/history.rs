//! What happened after an id, as long as it is remembered.

use super::{Event, Mailbox, Record, owner};
use crate::{
    app::App,
    data::{Query, read_cursor, write_cursor},
    google::{mask::masked, refused::Refused},
};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryPage {
    after_record: u64,
}

impl Event {
    /// What it is asked for by, and the member that tells of it.
    fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Added => ("messageAdded", "messagesAdded"),
            Self::Deleted => ("messageDeleted", "messagesDeleted"),
            Self::Labelled(_) => ("labelAdded", "labelsAdded"),
            Self::Unlabelled(_) => ("labelRemoved", "labelsRemoved"),
        }
    }
}

pub(in crate::google) async fn list(
    State(app): State<App>,
    Path(user): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let grant = owner(&app, &headers, &user)?;
    let most = query.size("maxResults", 100, 500).ok_or_else(|| Refused::invalid("Invalid maxResults"))?;
    let missing = || Refused::new(StatusCode::BAD_REQUEST, "required", "Missing required parameter: startHistoryId");
    let start: u64 = query
        .get("startHistoryId")
        .ok_or_else(missing)?
        .parse()
        .map_err(|_| Refused::invalid("Invalid startHistoryId"))?;
    let after = match query.get("pageToken") {
        None => start,
        Some(text) => {
            read_cursor::<HistoryPage>(text).ok_or_else(|| Refused::invalid("Invalid pageToken"))?.after_record
        }
    };
    let wanted: Vec<&str> = query.all("historyTypes").collect();
    let is_wanted = |record: &&Record| {
        let is_type = wanted.is_empty() || wanted.contains(&record.event.words().0);
        let has_label = query.get("labelId").is_none_or(|label| record.labels.iter().any(|each| each == label));
        record.id > after && is_type && has_label
    };
    let mut kept = app.data.google();
    let Mailbox { records, history_id, forgotten, .. } = &kept.of(&grant.account).mailbox;
    if !(*forgotten..=*history_id).contains(&start) {
        let message = "Requested entity was not found.";
        return Err(Refused::new(StatusCode::NOT_FOUND, "notFound", message));
    }
    let mut found: Vec<&Record> = records.iter().filter(is_wanted).collect();
    let goes_on = found.len() > most;
    found.truncate(most);
    let mut answer = json!({"historyId": history_id.to_string()});
    if !found.is_empty() {
        answer["history"] = found.iter().map(|record| shown(record)).collect();
    }
    if let Some(last) = found.last().filter(|_| goes_on) {
        answer["nextPageToken"] = json!(write_cursor(&HistoryPage { after_record: last.id }));
    }
    drop(kept);
    masked(answer, &query, "*").map(Json)
}

fn shown(record: &Record) -> Value {
    let named = json!({"id": record.message, "threadId": record.thread});
    let mut message = named.clone();
    message["labelIds"] = json!(record.labels);
    let mut entry = json!({ "message": message });
    if let Event::Labelled(labels) | Event::Unlabelled(labels) = &record.event {
        entry["labelIds"] = json!(labels);
    }
    let mut told = json!({"id": record.id.to_string(), "messages": [named]});
    told[record.event.words().1] = json!([entry]);
    told
}
