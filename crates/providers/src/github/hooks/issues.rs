//! `issues`.

use super::parts::{changes, signal};
use crate::{ReadError, document::Document};
use kernel::{NewSignal, SignalKind, Subject};

pub(super) fn read(document: &Document<'_>, action: &str) -> Result<Option<NewSignal>, ReadError> {
    // Named for these as well: what is found to have changed in several ways at once is known if each of them was told.
    let only = |name: &str| vec![name.to_owned()];
    let (kind, occurred_at, changes) = match action {
        "opened" => (SignalKind::IssueCreated, document.time(["/issue/created_at"])?, Vec::new()),
        "closed" => (SignalKind::IssueClosed, document.time(["/issue/closed_at", "/issue/updated_at"])?, only("state")),
        "reopened" => (SignalKind::IssueReopened, document.time(["/issue/updated_at"])?, only("state")),
        "assigned" => (SignalKind::IssueAssigned, document.time(["/issue/updated_at"])?, only("assignees")),
        "labeled" => (SignalKind::IssueLabeled, document.time(["/issue/updated_at"])?, only("labels")),
        // GitHub sends no time of the deletion; the last change before it is the latest time in the payload.
        "deleted" => (SignalKind::IssueDeleted, document.time(["/issue/updated_at"])?, Vec::new()),
        other => match changes(document, other) {
            Some(changes) => (SignalKind::IssueUpdated, document.time(["/issue/updated_at"])?, changes),
            None => return Ok(None),
        },
    };
    // A transferred issue is found in its new repository.
    let moved = (action == "transferred").then(|| document.optional_text("/changes/new_issue/html_url")).flatten();
    let subject = Subject {
        kind: "issue".to_owned(),
        external_id: document.id("/issue/node_id")?,
        number: document.optional_id("/issue/number"),
        title: Some(document.text("/issue/title")?),
        url: moved.or_else(|| document.optional_text("/issue/html_url")),
    };
    signal(document, kind, subject, occurred_at, changes).map(Some)
}
