//! What is told of a comment. They stand under issues, but also under documents and project updates: then there is no issue to
//! name.

use super::changes::{Named, changes, container, page, person};
use crate::{
    Change, Record,
    told::{text, time, title},
};
use chrono::{DateTime, Utc};
use kernel::{NewSignal, SignalKind, Subject};

pub(super) const FIELDS: &str = "id body url createdAt updatedAt editedAt archivedAt parent { id } user { id name } \
    issue { id identifier title team { id key name } }";
/// What it stands under is others' to rename, and is part of its address; a reaction moves the time.
pub(super) const VOLATILE: [&str; 7] =
    ["/url", "/updatedAt", "/user/name", "/issue/identifier", "/issue/title", "/issue/team/key", "/issue/team/name"];
const NAMES: [Named; 2] = [("/body", "body"), ("/archivedAt", "archivedAt")];

pub(super) fn tell(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let (kind, comment, url, changes) = match change {
        Change::Created { now } => (SignalKind::CommentCreated, now, page(None, now), Vec::new()),
        Change::Updated { before, now } => match changes(before, now, &NAMES) {
            changes if changes.is_empty() => return None,
            changes => (SignalKind::CommentUpdated, now, page(Some(before), now), changes),
        },
        Change::Deleted { before } => (SignalKind::CommentDeleted, before?, None, Vec::new()),
    };
    let created_at = time(comment, "/createdAt").filter(|_| kind == SignalKind::CommentCreated);
    Some(NewSignal {
        kind,
        subject: Subject {
            kind: "comment".to_owned(),
            external_id: record.external_id.clone(),
            number: text(comment, "/issue/identifier"),
            title: text(comment, "/issue/title").or_else(|| title(comment, "/body")),
            url,
        },
        actor: person(comment, "/user").filter(|_| kind == SignalKind::CommentCreated),
        container: container("team", comment, "/issue/team"),
        occurred_at: created_at.or(record.changed_at).unwrap_or(at),
        changes,
    })
}
