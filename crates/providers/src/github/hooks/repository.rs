//! `push` and `release`.

use super::parts::signal;
use crate::{ReadError, document::Document};
use kernel::{NewSignal, SignalKind, Subject};

/// A branch or a tag moved, appeared or went. The subject is the commit it now points to (before a deletion: pointed to),
/// its number is the full name of the ref.
pub(super) fn read_push(document: &Document) -> Result<NewSignal, ReadError> {
    let deleted = document.is_true("/deleted");
    let reference = document.text("/ref")?;
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
    signal(document, SignalKind::Push, subject, occurred_at, changes)
}

/// Drafts, edits and pre-releases on their own are not signals: `published` comes for each release that becomes visible.
pub(super) fn read_release(document: &Document, action: &str) -> Result<Option<NewSignal>, ReadError> {
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
