//! What GitHub's payloads have in common.

use crate::{ReadError, document::Document};
use chrono::{DateTime, Utc};
use kernel::{Actor, Container, NewSignal, SignalKind, Subject};

/// A signal of this document, by its sender, in its repository.
pub(super) fn signal(
    document: &Document<'_>,
    kind: SignalKind,
    subject: Subject,
    occurred_at: DateTime<Utc>,
    changes: Vec<String>,
) -> Result<NewSignal, ReadError> {
    Ok(NewSignal {
        kind,
        subject,
        actor: actor(document),
        container: Some(repository(document)?),
        occurred_at,
        changes,
    })
}

/// GitHub leaves the sender out where it was no user.
fn actor(document: &Document<'_>) -> Option<Actor> {
    Some(Actor {
        external_id: document.optional_id("/sender/id")?,
        name: document.optional_text("/sender/login"),
        is_bot: document.word("/sender/type") == Some("Bot"),
    })
}

fn repository(document: &Document<'_>) -> Result<Container, ReadError> {
    Ok(Container {
        kind: "repository".to_owned(),
        external_id: document.id("/repository/id")?,
        name: document.optional_text("/repository/full_name"),
        url: document.optional_text("/repository/html_url"),
    })
}

/// What an action of issues and pull requests changes. `None`: an action we do not know.
pub(super) fn changes(document: &Document<'_>, action: &str) -> Option<Vec<String>> {
    let changed = match action {
        "edited" => return Some(document.names("/changes")),
        "assigned" | "unassigned" => "assignees",
        "labeled" | "unlabeled" => "labels",
        "milestoned" | "demilestoned" => "milestone",
        "locked" | "unlocked" => "locked",
        "pinned" | "unpinned" => "pinned",
        "typed" | "untyped" => "type",
        "field_added" | "field_removed" => "fields",
        "transferred" => "repository",
        "synchronize" => "head",
        "ready_for_review" | "converted_to_draft" => "draft",
        "review_requested" | "review_request_removed" => "requested_reviewers",
        "auto_merge_enabled" | "auto_merge_disabled" => "auto_merge",
        "enqueued" | "dequeued" => "merge_queue",
        _ => return None,
    };
    Some(vec![changed.to_owned()])
}
