//! What is told of a project.

use super::changes::{Named, changes, page, person, workspace};
use crate::{
    Change, Record,
    told::{text, time},
};
use chrono::{DateTime, Utc};
use kernel::{NewSignal, SignalKind, Subject};
use serde_json::Value;

pub(super) const FIELDS: &str = "id name description slugId url createdAt updatedAt archivedAt trashed startDate targetDate \
    startedAt completedAt canceledAt health status { id name type } lead { id name } creator { id name } \
    teams(first: 20) { nodes { id key } }";
/// Names are others' to change; a report moves the time.
pub(super) const VOLATILE: [&str; 4] = ["/updatedAt", "/status/name", "/lead/name", "/creator/name"];
/// The times of a status are left out: they move with it.
const NAMES: [Named; 10] = [
    ("/name", "name"),
    ("/description", "description"),
    ("/startDate", "startDate"),
    ("/targetDate", "targetDate"),
    ("/health", "health"),
    ("/archivedAt", "archivedAt"),
    ("/trashed", "trashed"),
    ("/status/id", "statusId"),
    ("/lead/id", "leadId"),
    ("/teams/nodes", "teamIds"),
];

pub(super) fn tell(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let (kind, project, url, changes) = match change {
        Change::Created { now } => (SignalKind::ProjectCreated, now, page(None, now), Vec::new()),
        Change::Updated { before, now } => {
            let changes = changes(before, now, &NAMES);
            if changes.is_empty() {
                return None;
            }
            // What is done with stays so while other things of it change.
            let has_ended = ended_at(now).is_some() && changes.iter().any(|change| change == "statusId");
            let kind = if has_ended { SignalKind::ProjectClosed } else { SignalKind::ProjectUpdated };
            (kind, now, page(Some(before), now), changes)
        }
        Change::Deleted { before } => (SignalKind::ProjectDeleted, before?, None, Vec::new()),
    };
    let occurred_at = match kind {
        SignalKind::ProjectCreated => time(project, "/createdAt"),
        SignalKind::ProjectClosed => ended_at(project).and_then(|path| time(project, path)),
        _ => None,
    };
    Some(NewSignal {
        kind,
        subject: Subject {
            kind: "project".to_owned(),
            external_id: record.external_id.clone(),
            number: None,
            title: text(project, "/name"),
            url,
        },
        actor: person(project, "/creator").filter(|_| kind == SignalKind::ProjectCreated),
        // A project belongs to the workspace; teams take part in it.
        container: workspace(project),
        occurred_at: occurred_at.or(record.changed_at).unwrap_or(at),
        changes,
    })
}

/// Where it says when it ended, if its status is one of an end.
fn ended_at(project: &Value) -> Option<&'static str> {
    match text(project, "/status/type")?.as_str() {
        "completed" => Some("/completedAt"),
        "canceled" => Some("/canceledAt"),
        _ => None,
    }
}
