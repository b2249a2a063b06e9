//! The four kinds of comments. They differ in what they stand under.

use super::parts::signal;
use crate::{ReadError, document::Document};
use kernel::{NewSignal, SignalKind, Subject};

/// What a kind of comment stands under.
pub(super) struct Thread {
    /// Its title; a comment on a commit has none, and lends its own first line.
    title: &'static str,
    number: Option<&'static str>,
}

/// On an issue, or in the conversation of a pull request: GitHub sends both as this.
pub(super) const ON_ISSUE: Thread = Thread { title: "/issue/title", number: Some("/issue/number") };
/// On a line of a pull request's diff.
pub(super) const ON_DIFF: Thread = Thread { title: "/pull_request/title", number: Some("/pull_request/number") };
pub(super) const ON_COMMIT: Thread = Thread { title: "/comment/body", number: None };
pub(super) const ON_DISCUSSION: Thread = Thread { title: "/discussion/title", number: Some("/discussion/number") };

pub(super) fn read(document: &Document<'_>, action: &str, thread: &Thread) -> Result<Option<NewSignal>, ReadError> {
    let (kind, times) = match action {
        "created" => (SignalKind::CommentCreated, ["/comment/created_at", "/comment/updated_at"]),
        "edited" => (SignalKind::CommentUpdated, ["/comment/updated_at", "/comment/created_at"]),
        // GitHub sends no time of the deletion; the last change before it is the latest time in the payload.
        "deleted" => (SignalKind::CommentDeleted, ["/comment/updated_at", "/comment/created_at"]),
        _ => return Ok(None),
    };
    let changes = if action == "edited" { document.names("/changes") } else { Vec::new() };
    let subject = Subject {
        kind: "comment".to_owned(),
        external_id: document.id("/comment/node_id")?,
        number: thread.number.and_then(|path| document.optional_id(path)),
        title: document.first_line(thread.title),
        url: document.optional_text("/comment/html_url"),
    };
    signal(document, kind, subject, document.time(times)?, changes).map(Some)
}
