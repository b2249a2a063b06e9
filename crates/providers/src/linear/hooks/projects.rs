//! Projects and the reports that are posted about them.

use super::parts::{at, changes, link, signal, workspace};
use crate::{ReadError, document::Document};
use kernel::{Container, NewSignal, SignalKind, Subject};

/// `None`: only noise moved. What is done with stays so while other things of it change.
pub(super) fn update(document: &Document<'_>) -> Result<Option<NewSignal>, ReadError> {
    let changes = changes(document);
    let status = document.word("/data/status/type");
    let ended = ["completedAt", "canceledAt"];
    let moved = |name: &String| name == "statusId" || ended.contains(&name.as_str());
    let kind = match status {
        _ if changes.is_empty() => return Ok(None),
        Some("completed" | "canceled") if changes.iter().any(moved) => SignalKind::ProjectClosed,
        _ => SignalKind::ProjectUpdated,
    };
    let signal = project(document, kind, changes)?;
    Ok(Some(match (kind, status) {
        (SignalKind::ProjectClosed, Some("completed")) => at(signal, document, "/data/completedAt"),
        (SignalKind::ProjectClosed, _) => at(signal, document, "/data/canceledAt"),
        _ => signal,
    }))
}

/// A project belongs to the workspace; teams take part in it.
pub(super) fn project(document: &Document<'_>, kind: SignalKind, changes: Vec<String>) -> Result<NewSignal, ReadError> {
    let subject = Subject {
        kind: "project".to_owned(),
        external_id: document.id("/data/id")?,
        number: None,
        title: Some(document.text("/data/name")?),
        url: link(document),
    };
    signal(document, kind, subject, workspace(document), changes)
}

/// A report, in its project.
pub(super) fn posted(document: &Document<'_>) -> Result<NewSignal, ReadError> {
    let subject = Subject {
        kind: "project_update".to_owned(),
        external_id: document.id("/data/id")?,
        number: None,
        title: document.optional_text("/data/project/name").or_else(|| document.first_line("/data/body")),
        url: document.optional_text("/data/url").or_else(|| document.optional_text("/url")),
    };
    let project = Container {
        kind: "project".to_owned(),
        external_id: document.id("/data/projectId")?,
        name: document.optional_text("/data/project/name"),
        url: document.optional_text("/data/project/url"),
    };
    signal(document, SignalKind::ProjectUpdatePosted, subject, Some(project), Vec::new())
}
