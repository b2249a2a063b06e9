//! Linear's webhooks, read. To add an event, add an arm and a fixture.
//!
//! The type is taken from the signed body; the header that repeats it is not signed.

use crate::{Lifecycle, ReadError, Reading, Verified, Whose, document::Document};
use chrono::{DateTime, Utc};
use kernel::{Actor, Container, Health, NewSignal, SignalKind, Subject};

/// Properties that move when others do, or when somebody drags a card within its column.
const NOISE: [&str; 5] = ["updatedAt", "sortOrder", "boardOrder", "prioritySortOrder", "subIssueSortOrder"];
/// States in which an issue is done with.
const CLOSED: [&str; 3] = ["completed", "canceled", "duplicate"];

pub(super) fn read(delivery: &Verified) -> Result<Reading, ReadError> {
    let document = Document::parse(delivery)?;
    let kind = document.word("/type").ok_or_else(|| document.lacks("/type"))?;
    let action = document.word("/action").unwrap_or_default();
    let unread = || {
        let organization = document.optional_id("/organizationId");
        Ok(Reading::unrecognised(organization.map_or(Whose::Unnamed, Whose::Organization)))
    };
    let signal = match (kind, action) {
        ("Issue", "create") => Some(issue(&document, SignalKind::IssueCreated, Vec::new())?),
        ("Issue", "update") => issue_update(&document)?,
        ("Issue", "remove") => Some(issue(&document, SignalKind::IssueDeleted, Vec::new())?),
        ("Comment", "create") => Some(comment(&document, SignalKind::CommentCreated)?),
        ("Comment", "update") => Some(comment(&document, SignalKind::CommentUpdated)?),
        ("Comment", "remove") => Some(comment(&document, SignalKind::CommentDeleted)?),
        ("Project", "create") => Some(project(&document, SignalKind::ProjectCreated, Vec::new())?),
        ("Project", "update") => {
            let changes = changes(&document);
            if changes.is_empty() { None } else { Some(project(&document, SignalKind::ProjectUpdated, changes)?) }
        }
        ("Project", "remove") => Some(project(&document, SignalKind::ProjectDeleted, Vec::new())?),
        ("ProjectUpdate", "create") => Some(project_update(&document)?),
        ("OAuthApp", "revoked") => return removed(&document),
        _ => return unread(),
    };
    let whose = Whose::Organization(document.id("/organizationId")?);
    Ok(Reading {
        whose,
        signals: signal.into_iter().collect(),
        lifecycle: Vec::new(),
        stale: Vec::new(),
        recognised: true,
    })
}

/// An administrator removed the app from the workspace: every connection in it has ended.
fn removed(document: &Document) -> Result<Reading, ReadError> {
    let whose = Whose::Organization(document.id("/organizationId")?);
    let lifecycle = vec![Lifecycle { whose: whose.clone(), health: Health::Removed }];
    Ok(Reading { whose, signals: Vec::new(), lifecycle, stale: Vec::new(), recognised: true })
}

/// One update is one signal, by the weightiest of its changes; all of them are in `changes`. `None`: only noise moved.
fn issue_update(document: &Document) -> Result<Option<NewSignal>, ReadError> {
    let changes = changes(document);
    let has = |name: &str| changes.iter().any(|change| change == name);
    let closed = document.word("/data/state/type").is_some_and(|state| CLOSED.contains(&state));
    let was_closed = document.has("/updatedFrom/completedAt") || document.has("/updatedFrom/canceledAt");
    let kind = if changes.is_empty() {
        return Ok(None);
    } else if has("stateId") && closed {
        SignalKind::IssueClosed
    } else if has("stateId") && was_closed {
        SignalKind::IssueReopened
    } else if has("assigneeId") && (document.has("/data/assigneeId") || document.has("/data/assignee/id")) {
        SignalKind::IssueAssigned
    } else if changes.iter().all(|change| change == "labelIds") {
        SignalKind::IssueLabeled
    } else {
        SignalKind::IssueUpdated
    };
    issue(document, kind, changes).map(Some)
}

fn issue(document: &Document, kind: SignalKind, changes: Vec<String>) -> Result<NewSignal, ReadError> {
    let subject = Subject {
        kind: "issue".to_owned(),
        external_id: document.id("/data/id")?,
        number: document.optional_text("/data/identifier"),
        title: Some(document.text("/data/title")?),
        url: document.optional_text("/url").or_else(|| document.optional_text("/data/url")),
    };
    let occurred_at = match kind {
        SignalKind::IssueClosed => document.time(["/data/completedAt", "/data/canceledAt", "/createdAt"])?,
        _ => document.time(["/createdAt"])?,
    };
    let team =
        container("team", document.optional_id("/data/team/id").or_else(|| document.optional_id("/data/teamId")));
    let container = team.map(|team| Container { name: document.optional_text("/data/team/name"), ..team });
    Ok(signal(document, kind, subject, container, occurred_at, changes))
}

/// Comments stand under issues, but also under documents and project updates: then there is no issue to name.
fn comment(document: &Document, kind: SignalKind) -> Result<NewSignal, ReadError> {
    let subject = Subject {
        kind: "comment".to_owned(),
        external_id: document.id("/data/id")?,
        number: document.optional_text("/data/issue/identifier"),
        title: document.optional_text("/data/issue/title").or_else(|| document.first_line("/data/body")),
        url: document.optional_text("/url").or_else(|| document.optional_text("/data/url")),
    };
    let team = document.optional_id("/data/issue/team/id").or_else(|| document.optional_id("/data/issue/teamId"));
    let container =
        container("team", team).map(|team| Container { name: document.optional_text("/data/issue/team/name"), ..team });
    let changes = if kind == SignalKind::CommentUpdated { changes(document) } else { Vec::new() };
    Ok(signal(document, kind, subject, container, document.time(["/createdAt"])?, changes))
}

/// A project belongs to the workspace; teams take part in it.
fn project(document: &Document, kind: SignalKind, changes: Vec<String>) -> Result<NewSignal, ReadError> {
    let subject = Subject {
        kind: "project".to_owned(),
        external_id: document.id("/data/id")?,
        number: None,
        title: Some(document.text("/data/name")?),
        url: document.optional_text("/url").or_else(|| document.optional_text("/data/url")),
    };
    let workspace = container("organization", document.optional_id("/organizationId"));
    Ok(signal(document, kind, subject, workspace, document.time(["/createdAt"])?, changes))
}

/// A posted report changes its project; the URL leads to the report.
fn project_update(document: &Document) -> Result<NewSignal, ReadError> {
    let subject = Subject {
        kind: "project".to_owned(),
        external_id: document.id("/data/projectId")?,
        number: None,
        title: document.optional_text("/data/project/name"),
        url: document.optional_text("/url").or_else(|| document.optional_text("/data/url")),
    };
    let workspace = container("organization", document.optional_id("/organizationId"));
    let changes = vec!["projectUpdates".to_owned()];
    let occurred_at = document.time(["/createdAt"])?;
    Ok(signal(document, SignalKind::ProjectUpdated, subject, workspace, occurred_at, changes))
}

fn signal(
    document: &Document,
    kind: SignalKind,
    subject: Subject,
    container: Option<Container>,
    occurred_at: DateTime<Utc>,
    changes: Vec<String>,
) -> NewSignal {
    NewSignal { kind, subject, actor: actor(document), container, occurred_at, changes }
}

/// A person, an external person, an integration or an OAuth client; nobody, when Linear itself acted.
fn actor(document: &Document) -> Option<Actor> {
    let person = document.word("/actor/type").is_none_or(|kind| kind.to_ascii_lowercase().ends_with("user"));
    Some(Actor {
        external_id: document.optional_id("/actor/id")?,
        name: document.optional_text("/actor/name").or_else(|| document.optional_text("/actor/service")),
        is_bot: !person,
    })
}

fn container(kind: &str, external_id: Option<String>) -> Option<Container> {
    Some(Container { kind: kind.to_owned(), external_id: external_id?, name: None, url: None })
}

/// The names of what changed and matters.
fn changes(document: &Document) -> Vec<String> {
    document.names("/updatedFrom").into_iter().filter(|name| !NOISE.contains(&name.as_str())).collect()
}
