//! `repository`, `star` and `release`.

use super::parts::signal;
use crate::{ReadError, document::Document};
use kernel::{NewSignal, SignalKind, Subject};

/// There is no kind for a new repository: that it is there shows when something happens in it.
pub(super) fn read(document: &Document<'_>, action: &str) -> Result<Option<NewSignal>, ReadError> {
    let (kind, changes) = match action {
        "deleted" => (SignalKind::RepositoryDeleted, Vec::new()),
        "edited" => (SignalKind::RepositoryUpdated, document.names("/changes")),
        "renamed" => (SignalKind::RepositoryUpdated, vec!["name".to_owned()]),
        "transferred" => (SignalKind::RepositoryUpdated, vec!["owner".to_owned()]),
        "archived" | "unarchived" => (SignalKind::RepositoryUpdated, vec!["archived".to_owned()]),
        "privatized" | "publicized" => (SignalKind::RepositoryUpdated, vec!["visibility".to_owned()]),
        _ => return Ok(None),
    };
    let subject = Subject {
        kind: "repository".to_owned(),
        external_id: document.id("/repository/id")?,
        number: None,
        title: Some(document.text("/repository/full_name")?),
        url: document.optional_text("/repository/html_url"),
    };
    signal(document, kind, subject, document.time(["/repository/updated_at"])?, changes).map(Some)
}

/// A star that is taken away has no time, and no kind.
pub(super) fn read_star(document: &Document<'_>, action: &str) -> Result<Option<NewSignal>, ReadError> {
    if action != "created" {
        return Ok(None);
    }
    let (person, repository) = (document.id("/sender/id")?, document.id("/repository/id")?);
    let subject = Subject {
        kind: "star".to_owned(),
        external_id: format!("{person}:{repository}"),
        number: None,
        title: Some(document.text("/repository/full_name")?),
        url: document.optional_text("/repository/html_url"),
    };
    let occurred_at = document.time(["/starred_at", "/repository/updated_at"])?;
    signal(document, SignalKind::StarAdded, subject, occurred_at, Vec::new()).map(Some)
}

/// Drafts, edits and pre-releases on their own are not signals: `published` comes for each release that becomes visible.
pub(super) fn read_release(document: &Document<'_>, action: &str) -> Result<Option<NewSignal>, ReadError> {
    if action != "published" {
        return Ok(None);
    }
    let tag = document.text("/release/tag_name")?;
    let subject = Subject {
        kind: "release".to_owned(),
        external_id: document.id("/release/node_id")?,
        title: Some(document.optional_text("/release/name").unwrap_or_else(|| tag.clone())),
        number: Some(tag),
        url: document.optional_text("/release/html_url"),
    };
    let occurred_at = document.time(["/release/published_at"])?;
    signal(document, SignalKind::ReleasePublished, subject, occurred_at, Vec::new()).map(Some)
}
