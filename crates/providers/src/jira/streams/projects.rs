//! Projects. Jira lists them without saying when one changed, so that each pass lists all; and what is there no more is gone.

use super::{Fetched, Mark, Site, below_site, diff::changes, external_id, own_id, position::Turn, record, text};
use crate::{Call, CallError, Change, Record, RecordState, call::Body, jira::api::ask};
use chrono::{DateTime, Utc};
use http::Method;
use kernel::{NewSignal, SignalKind, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) const VOLATILE: [&str; 6] = ["/site", "/self", "/expand", "/avatarUrls", "/lead/avatarUrls", "/insight"];
/// Of a site with more than this, what disappears is not noticed: the cursor is no place for all of them.
const MOST_KNOWN: usize = 1000;

/// Where in a site.
#[derive(Default, Serialize, Deserialize)]
struct Step {
    /// How many projects stand before.
    start: usize,
    /// The last of them. It begins the next page as well, unless the list has moved: one that is deleted meanwhile has another one
    /// slip through to the page before.
    last: Option<String>,
    /// Whether it has. Then nothing is said to be gone: it may be what slipped through.
    has_moved: bool,
}

pub(super) async fn fetch(call: Call<'_>, site: &Site, known: &Mark, turn: Turn<'_>) -> Result<Fetched, CallError> {
    let mut step: Step = match turn.step {
        // One that another version has written begins the site anew.
        Some(step) => serde_json::from_value(step).unwrap_or_default(),
        None => Step::default(),
    };
    let start = step.start.saturating_sub(usize::from(step.last.is_some()));
    let (start_at, most) = (start.to_string(), turn.most.to_string());
    let query =
        [("startAt", start_at.as_str()), ("maxResults", &most), ("orderBy", "key"), ("expand", "description,lead")];
    let path = ["ex", "jira", &site.id, "rest", "api", "3", "project", "search"];
    let mut answer = ask(call, Method::GET, &path, &query, Body::None).await?;
    let Some(Value::Array(mut projects)) = answer.get_mut("values").map(Value::take) else {
        return Err(CallError::Unreadable);
    };
    let is_last = projects.is_empty() || answer.get("isLast").and_then(Value::as_bool) != Some(false);
    step.start = start + projects.len();
    if step.last.is_some() {
        if projects.first().and_then(|project| text(project, "/id")) == step.last {
            projects.remove(0);
        } else {
            step.has_moved = true;
        }
    }
    let read = |project| record(site, project, None);
    let mut records: Vec<Record> = projects.into_iter().take(turn.most).map(read).collect::<Result<_, _>>()?;
    step.last = records.last().map(|record| own_id(record).to_owned()).or(step.last);
    let room = (MOST_KNOWN + 1).saturating_sub(turn.seen.ids.len());
    turn.seen.ids.extend(records.iter().take(room).map(|record| own_id(record).to_owned()));
    if !is_last {
        return Ok(Fetched { records, step: serde_json::to_value(step).ok() });
    }
    if step.has_moved {
        turn.seen.ids.extend(known.ids.iter().cloned());
    }
    if turn.seen.ids.len() <= MOST_KNOWN {
        let gone = known.ids.difference(&turn.seen.ids);
        records.extend(gone.map(|id| Record {
            external_id: external_id(site, id),
            changed_at: None,
            state: RecordState::Gone,
        }));
    } else {
        turn.seen.ids.clear();
    }
    Ok(Fetched { records, step: None })
}

/// No time is said of anything, so that it happened when it was seen.
pub(super) fn tell(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let (kind, project, changes) = match change {
        Change::Created { now } => (SignalKind::ProjectCreated, now, Vec::new()),
        Change::Updated { before, now } => {
            let noise = ["site", "self", "expand", "avatarUrls", "insight"];
            let changes = changes(Some(before), Some(now), &noise);
            if changes.is_empty() {
                return None;
            }
            (SignalKind::ProjectUpdated, now, changes)
        }
        Change::Deleted { before } => (SignalKind::ProjectDeleted, before?, Vec::new()),
    };
    let page = || below_site(project, &format!("/browse/{}", text(project, "/key")?));
    let url = if kind == SignalKind::ProjectDeleted { None } else { page() };
    let subject = Subject {
        kind: "project".to_owned(),
        external_id: own_id(record).to_owned(),
        number: text(project, "/key"),
        title: text(project, "/name"),
        url,
    };
    Some(NewSignal {
        kind,
        subject,
        actor: None,
        container: None,
        occurred_at: record.changed_at.unwrap_or(at),
        changes,
    })
}
