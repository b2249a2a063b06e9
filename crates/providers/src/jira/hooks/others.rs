//! Sprints, versions and projects. None of these events says who did it, except a project's sometimes.

use super::{
    Told,
    parts::{actor, page, sent_at},
};
use crate::{ReadError, document::Document};
use kernel::{Container, NewSignal, SignalKind, Subject};

pub(super) fn sprint(document: &Document<'_>, kind: SignalKind) -> Result<Told, ReadError> {
    let subject = named("sprint", document.id("/sprint/id")?, document.optional_text("/sprint/name"));
    let board = container("board", document.optional_id("/sprint/originBoardId"));
    tell(document, kind, subject, board, Vec::new())
}

/// `change`: what the event's name says has changed.
pub(super) fn version(document: &Document<'_>, kind: SignalKind, change: Option<&str>) -> Result<Told, ReadError> {
    let subject = named("version", document.id("/version/id")?, document.optional_text("/version/name"));
    let project = container("project", document.optional_id("/version/projectId"));
    tell(document, kind, subject, project, change.map(ToOwned::to_owned).into_iter().collect())
}

/// A project stands in nothing but its site.
pub(super) fn project(document: &Document<'_>, kind: SignalKind) -> Result<Told, ReadError> {
    let subject = Subject {
        number: document.optional_text("/project/key"),
        url: page(document, "/project/key").filter(|_| kind != SignalKind::ProjectDeleted),
        ..named("project", document.id("/project/id")?, document.optional_text("/project/name"))
    };
    tell(document, kind, subject, None, Vec::new())
}

fn named(kind: &str, external_id: String, title: Option<String>) -> Subject {
    Subject { kind: kind.to_owned(), external_id, number: None, title, url: None }
}

fn container(kind: &str, external_id: Option<String>) -> Option<Container> {
    Some(Container { kind: kind.to_owned(), external_id: external_id?, name: None, url: None })
}

fn tell(
    document: &Document<'_>,
    kind: SignalKind,
    subject: Subject,
    container: Option<Container>,
    changes: Vec<String>,
) -> Result<Told, ReadError> {
    let occurred_at = sent_at(document)?;
    Ok(Told::Signal(Box::new(NewSignal {
        kind,
        subject,
        actor: actor(document, "/user"),
        container,
        occurred_at,
        changes,
    })))
}
