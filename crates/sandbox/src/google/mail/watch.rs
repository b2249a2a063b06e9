//! The one watch a mailbox has: it says to which topic changes are published.

use super::{WATCH_LIFE, owner};
use crate::{app::App, google::refused::Refused};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Serialize)]
pub(in crate::google) struct Watch {
    pub(in crate::google) topic: String,
    labels: Vec<String>,
    /// Whether the labels are those that are not wanted.
    excludes: bool,
    pub(in crate::google) expires_at: DateTime<Utc>,
}

impl Watch {
    /// Whether it is told of a message with these labels.
    pub(in crate::google) fn hears(&self, labels: &[String]) -> bool {
        self.labels.is_empty() || self.labels.iter().any(|each| labels.contains(each)) != self.excludes
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    topic_name: String,
    #[serde(default)]
    label_ids: Vec<String>,
    #[serde(alias = "labelFilterAction")]
    label_filter_behavior: Option<String>,
}

/// `projects/P/topics/T`.
fn is_topic(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    matches!(parts[..], ["projects", project, "topics", topic] if !project.is_empty() && !topic.is_empty())
}

/// Watches the mailbox for a week from now. Asking again is how it is renewed.
pub(in crate::google) async fn watch(
    State(app): State<App>,
    Path(user): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refused> {
    let grant = owner(&app, &headers, &user)?;
    let wanted: Wanted = serde_json::from_slice(&body).map_err(|_| Refused::invalid("topicName is required"))?;
    if !is_topic(&wanted.topic_name) || wanted.topic_name.len() > 500 {
        return Err(Refused::invalid("Invalid topicName does not match projects/sandbox/topics/*"));
    }
    let expires_at = app.now() + WATCH_LIFE;
    let excludes = wanted.label_filter_behavior.is_some_and(|word| word.eq_ignore_ascii_case("exclude"));
    let watch = Watch { topic: wanted.topic_name, labels: wanted.label_ids, excludes, expires_at };
    let mut kept = app.data.google();
    let mailbox = &mut kept.of(&grant.account).mailbox;
    mailbox.watch = Some(watch);
    let expiration = expires_at.timestamp_millis().to_string();
    Ok(Json(json!({"historyId": mailbox.history_id().to_string(), "expiration": expiration})))
}

pub(in crate::google) async fn stop(
    State(app): State<App>,
    Path(user): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Refused> {
    let grant = owner(&app, &headers, &user)?;
    app.data.google().of(&grant.account).mailbox.watch = None;
    Ok(StatusCode::NO_CONTENT)
}
