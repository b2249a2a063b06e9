//! Issues, and what stands under one: comments, reactions, attachments, deadlines.

use super::parts::{at, changes, link, signal, team, workspace};
use crate::{ReadError, document::Document};
use kernel::{NewSignal, SignalKind, Subject};

/// States in which an issue is done with.
pub(in crate::linear) const CLOSED: [&str; 3] = ["completed", "canceled", "duplicate"];

/// One update is one signal, by the weightiest of its changes; all of them are in `changes`. `None`: only noise moved.
pub(super) fn update(document: &Document<'_>) -> Result<Option<NewSignal>, ReadError> {
    let changes = changes(document);
    let has = |name: &str| changes.iter().any(|change| change == name);
    let closed = document.word("/data/state/type").is_some_and(|state| CLOSED.contains(&state));
    let was_closed = document.has("/updatedFrom/completedAt") || document.has("/updatedFrom/canceledAt");
    // What goes to the trash is archived with it, or says so by this property alone.
    let put_away = document.has("/data/archivedAt") || document.is_true("/data/trashed");
    let kind = if changes.is_empty() {
        return Ok(None);
    } else if has("stateId") && closed {
        SignalKind::IssueClosed
    } else if has("stateId") && was_closed {
        SignalKind::IssueReopened
    } else if (has("archivedAt") || has("trashed")) && put_away {
        SignalKind::IssueArchived
    } else if has("assigneeId") && (document.has("/data/assigneeId") || document.has("/data/assignee/id")) {
        SignalKind::IssueAssigned
    } else if changes.iter().all(|change| change == "labelIds") {
        SignalKind::IssueLabeled
    } else {
        SignalKind::IssueUpdated
    };
    issue(document, kind, changes).map(Some)
}

pub(super) fn issue(document: &Document<'_>, kind: SignalKind, changes: Vec<String>) -> Result<NewSignal, ReadError> {
    let subject = Subject {
        kind: "issue".to_owned(),
        external_id: document.id("/data/id")?,
        number: document.optional_text("/data/identifier"),
        title: Some(document.text("/data/title")?),
        url: link(document),
    };
    let signal = signal(document, kind, subject, team(document, "/data"), changes)?;
    // An issue that was done before it was dropped has both times.
    Ok(match document.word("/data/state/type") {
        _ if kind != SignalKind::IssueClosed => signal,
        Some("completed") => at(signal, document, "/data/completedAt"),
        _ => at(signal, document, "/data/canceledAt"),
    })
}

/// What an issue's deadline went through is the delivery's action. There is no `data` here.
pub(super) fn deadline(document: &Document<'_>) -> Result<NewSignal, ReadError> {
    let subject = Subject {
        kind: "issue".to_owned(),
        external_id: document.id("/issueData/id")?,
        number: document.optional_text("/issueData/identifier"),
        title: document.optional_text("/issueData/title"),
        url: document.optional_text("/url").or_else(|| document.optional_text("/issueData/url")),
    };
    let changes = document.first_line("/action").into_iter().collect();
    signal(document, SignalKind::IssueSlaChanged, subject, team(document, "/issueData"), changes)
}

/// Comments stand under issues, but also under documents and project updates: then there is no issue to name.
pub(super) fn comment(document: &Document<'_>, kind: SignalKind) -> Result<NewSignal, ReadError> {
    let subject = Subject {
        kind: "comment".to_owned(),
        external_id: document.id("/data/id")?,
        number: document.optional_text("/data/issue/identifier"),
        title: document.optional_text("/data/issue/title").or_else(|| document.first_line("/data/body")),
        url: link(document),
    };
    let changes = if kind == SignalKind::CommentUpdated { changes(document) } else { Vec::new() };
    signal(document, kind, subject, team(document, "/data/issue"), changes)
}

/// On an issue, a comment or a project update; often it has no page of its own.
pub(super) fn reaction(document: &Document<'_>, kind: SignalKind) -> Result<NewSignal, ReadError> {
    let under = ["/data/issue/url", "/data/comment/url", "/data/projectUpdate/url"];
    let subject = Subject {
        kind: "reaction".to_owned(),
        external_id: document.id("/data/id")?,
        number: document.optional_text("/data/issue/identifier"),
        title: Some(document.text("/data/emoji")?),
        url: link(document).or_else(|| under.iter().find_map(|path| document.optional_text(path))),
    };
    let container = team(document, "/data/issue").or_else(|| workspace(document));
    signal(document, kind, subject, container, Vec::new())
}

/// A link, a pull request, a conversation: its page is what it leads to, not the issue's.
pub(super) fn attachment(document: &Document<'_>) -> Result<NewSignal, ReadError> {
    let subject = Subject {
        kind: "attachment".to_owned(),
        external_id: document.id("/data/id")?,
        number: document.optional_text("/data/issue/identifier"),
        title: document.optional_text("/data/title").or_else(|| document.first_line("/data/subtitle")),
        url: document.optional_text("/data/url").or_else(|| document.optional_text("/url")),
    };
    let container = team(document, "/data/issue").or_else(|| workspace(document));
    signal(document, SignalKind::AttachmentAdded, subject, container, Vec::new())
}
