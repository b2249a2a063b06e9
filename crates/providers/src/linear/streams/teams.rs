//! What is told of a team. No webhook tells of teams: these lists are the only way.

use super::changes::{Named, changes, workspace};
use crate::{
    Change, Record,
    told::{text, time},
};
use chrono::{DateTime, Utc};
use kernel::{NewSignal, SignalKind, Subject};

pub(super) const FIELDS: &str = "id key name description visibility createdAt updatedAt archivedAt";
pub(super) const VOLATILE: [&str; 1] = ["/updatedAt"];
const NAMES: [Named; 5] = [
    ("/key", "key"),
    ("/name", "name"),
    ("/description", "description"),
    ("/visibility", "visibility"),
    ("/archivedAt", "archivedAt"),
];

/// Under the vendor's own word, as everything that has no kind of its own.
pub(super) fn tell(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let (kind, team, changes) = match change {
        Change::Created { now } => (SignalKind::EntityCreated, now, Vec::new()),
        Change::Updated { before, now } => match changes(before, now, &NAMES) {
            changes if changes.is_empty() => return None,
            changes => (SignalKind::EntityUpdated, now, changes),
        },
        // It may be one that this person was taken out of.
        Change::Deleted { before } => (SignalKind::EntityDeleted, before?, Vec::new()),
    };
    let created_at = time(team, "/createdAt").filter(|_| kind == SignalKind::EntityCreated);
    Some(NewSignal {
        kind,
        subject: Subject {
            kind: "Team".to_owned(),
            external_id: record.external_id.clone(),
            number: text(team, "/key"),
            title: text(team, "/name"),
            url: None,
        },
        actor: None,
        container: workspace(team),
        occurred_at: created_at.or(record.changed_at).unwrap_or(at),
        changes,
    })
}
