//! `push`, `create` and `delete`: what happens to branches and tags.

use super::parts::signal;
use crate::{ReadError, document::Document};
use kernel::{NewSignal, SignalKind, Subject};

/// A branch or a tag moved, appeared or went. The subject is the commit it now points to (before a deletion: pointed to),
/// its number is the full name of the ref.
pub(super) fn read_push(document: &Document<'_>) -> Result<NewSignal, ReadError> {
    let deleted = document.is_true("/deleted");
    let reference = document.text("/ref")?;
    let kind = if reference.starts_with("refs/tags/") { SignalKind::TagPushed } else { SignalKind::Push };
    // There is no head commit in a deletion, and none in some pushes of tags.
    let title = document.first_line("/head_commit/message").unwrap_or_else(|| reference.clone());
    let subject = Subject {
        kind: "commit".to_owned(),
        external_id: document.id(if deleted { "/before" } else { "/after" })?,
        number: Some(reference),
        title: Some(title),
        url: document.optional_text("/compare"),
    };
    // Commits carry the time at which they were made, perhaps days before they are pushed.
    let occurred_at = document.time(["/repository/pushed_at", "/head_commit/timestamp", "/repository/updated_at"])?;
    let changes = ["created", "deleted", "forced"];
    let changes = changes.into_iter().filter(|name| document.is_true(&format!("/{name}"))).map(str::to_owned).collect();
    signal(document, kind, subject, occurred_at, changes)
}

/// A branch appeared or went; the push that did it says to and from which commit.
pub(super) fn read_branch(document: &Document<'_>, created: bool) -> Result<NewSignal, ReadError> {
    let kind = if created { SignalKind::BranchCreated } else { SignalKind::BranchDeleted };
    let (repository, name) = (document.id("/repository/id")?, document.text("/ref")?);
    let subject = Subject {
        kind: "branch".to_owned(),
        external_id: format!("{repository}:branch:{name}"),
        number: None,
        title: Some(name),
        url: document.optional_text("/repository/html_url"),
    };
    // GitHub sends no time of its own; the push is the latest in the payload.
    let occurred_at = document.time(["/repository/pushed_at", "/repository/updated_at"])?;
    signal(document, kind, subject, occurred_at, Vec::new())
}
