//! What is told of an issue, by the same rules as its webhook's `updatedFrom`.

use super::changes::{Named, changes, container, page, person};
use crate::{
    Change, Record,
    linear::hooks::CLOSED,
    told::{is_true, text, time},
};
use chrono::{DateTime, Utc};
use kernel::{NewSignal, SignalKind, Subject};
use serde_json::Value;

pub(super) const FIELDS: &str = "id identifier title description url priority priorityLabel estimate dueDate createdAt \
    updatedAt archivedAt trashed startedAt completedAt canceledAt state { id name type } team { id key name } assignee { id name } \
    creator { id name } project { id name } parent { id } labels(first: 20) { nodes { id name } }";
/// Names are others' to change; a comment moves the time.
pub(super) const VOLATILE: [&str; 8] = [
    "/updatedAt",
    "/priorityLabel",
    "/state/name",
    "/team/name",
    "/team/key",
    "/assignee/name",
    "/creator/name",
    "/project/name",
];
/// The times of a state are left out: they move with it.
const NAMES: [Named; 13] = [
    ("/title", "title"),
    ("/description", "description"),
    ("/priority", "priority"),
    ("/estimate", "estimate"),
    ("/dueDate", "dueDate"),
    ("/archivedAt", "archivedAt"),
    ("/trashed", "trashed"),
    ("/state/id", "stateId"),
    ("/team/id", "teamId"),
    ("/assignee/id", "assigneeId"),
    ("/project/id", "projectId"),
    ("/parent/id", "parentId"),
    ("/labels/nodes", "labelIds"),
];

pub(super) fn tell(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let (kind, issue, url, changes) = match change {
        Change::Created { now } => (SignalKind::IssueCreated, now, page(None, now), Vec::new()),
        Change::Updated { before, now } => {
            let changes = changes(before, now, &NAMES);
            (updated(before, now, &changes)?, now, page(Some(before), now), changes)
        }
        // What nobody here has known is no news when it goes.
        Change::Deleted { before } => (SignalKind::IssueDeleted, before?, None, Vec::new()),
    };
    let occurred_at = match kind {
        SignalKind::IssueCreated => time(issue, "/createdAt"),
        // An issue that was done before it was dropped has both times.
        SignalKind::IssueClosed if state(issue).as_deref() == Some("completed") => time(issue, "/completedAt"),
        SignalKind::IssueClosed => time(issue, "/canceledAt"),
        SignalKind::IssueArchived => time(issue, "/archivedAt"),
        _ => None,
    };
    Some(NewSignal {
        kind,
        subject: Subject {
            kind: "issue".to_owned(),
            external_id: record.external_id.clone(),
            number: text(issue, "/identifier"),
            title: text(issue, "/title"),
            url,
        },
        // Nobody says who changed what is found to have changed.
        actor: person(issue, "/creator").filter(|_| kind == SignalKind::IssueCreated),
        container: container("team", issue, "/team"),
        occurred_at: occurred_at.or(record.changed_at).unwrap_or(at),
        changes,
    })
}

fn state(issue: &Value) -> Option<String> {
    text(issue, "/state/type")
}

/// One update is one signal, by the weightiest of its changes. `None`: nothing that people see.
fn updated(before: &Value, now: &Value, changes: &[String]) -> Option<SignalKind> {
    let has = |name: &str| changes.iter().any(|change| change == name);
    let is_there = |issue: &Value, path: &str| issue.pointer(path).is_some_and(|value| !value.is_null());
    let is_closed = state(now).is_some_and(|state| CLOSED.contains(&state.as_str()));
    let was_closed = is_there(before, "/completedAt") || is_there(before, "/canceledAt");
    let is_put_away = is_there(now, "/archivedAt") || is_true(now, "/trashed");
    Some(if changes.is_empty() {
        return None;
    } else if has("stateId") && is_closed {
        SignalKind::IssueClosed
    } else if has("stateId") && was_closed {
        SignalKind::IssueReopened
    } else if (has("archivedAt") || has("trashed")) && is_put_away {
        SignalKind::IssueArchived
    } else if has("assigneeId") && is_there(now, "/assignee/id") {
        SignalKind::IssueAssigned
    } else if changes.iter().all(|change| change == "labelIds") {
        SignalKind::IssueLabeled
    } else {
        SignalKind::IssueUpdated
    })
}
