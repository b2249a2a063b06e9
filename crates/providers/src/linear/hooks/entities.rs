//! People, and what has no kind of its own: cycles, labels, documents, initiatives, customers, releases.

use super::parts::{changes, link, signal, team, workspace};
use crate::{ReadError, document::Document};
use kernel::{NewSignal, SignalKind, Subject};

/// An entity under Linear's own word for it. `None`: only noise moved.
pub(super) fn read(document: &Document<'_>, entity: &str, action: &str) -> Result<Option<NewSignal>, ReadError> {
    let (kind, changes) = match action {
        "create" => (SignalKind::EntityCreated, Vec::new()),
        "remove" => (SignalKind::EntityDeleted, Vec::new()),
        _ => (SignalKind::EntityUpdated, changes(document)),
    };
    if kind == SignalKind::EntityUpdated && changes.is_empty() {
        return Ok(None);
    }
    let named = ["/data/name", "/data/title"].iter().find_map(|path| document.optional_text(path));
    let subject = Subject {
        kind: entity.to_owned(),
        external_id: document.id("/data/id")?,
        number: document.optional_id("/data/number"),
        // A cycle may be without a name, and a wish or a report is a text.
        title: named.or_else(|| document.first_line("/data/body")),
        url: link(document),
    };
    let container = team(document, "/data").or_else(|| workspace(document));
    signal(document, kind, subject, container, changes).map(Some)
}

/// Somebody of the workspace. `None`: only noise moved.
pub(super) fn user(document: &Document<'_>, action: &str) -> Result<Option<NewSignal>, ReadError> {
    let (kind, changes) = match action {
        "create" => (SignalKind::UserCreated, Vec::new()),
        _ => (SignalKind::UserUpdated, changes(document)),
    };
    if kind == SignalKind::UserUpdated && changes.is_empty() {
        return Ok(None);
    }
    let subject = Subject {
        kind: "user".to_owned(),
        external_id: document.id("/data/id")?,
        number: None,
        title: document.optional_text("/data/displayName").or_else(|| document.optional_text("/data/name")),
        url: document.optional_text("/data/url").or_else(|| document.optional_text("/url")),
    };
    signal(document, kind, subject, workspace(document), changes).map(Some)
}
