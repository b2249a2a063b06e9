//! What Linear's payloads have in common.

use crate::{ReadError, document::Document};
use chrono::{DateTime, Utc};
use kernel::{Actor, Container, NewSignal, SignalKind, Subject};

/// Properties that move when others do, or when somebody drags a card within its column.
const NOISE: [&str; 5] = ["updatedAt", "sortOrder", "boardOrder", "prioritySortOrder", "subIssueSortOrder"];

/// A signal of this document by its actor. It happened when the action took place, which the envelope says.
pub(super) fn signal(
    document: &Document<'_>,
    kind: SignalKind,
    subject: Subject,
    container: Option<Container>,
    changes: Vec<String>,
) -> Result<NewSignal, ReadError> {
    Ok(NewSignal {
        kind,
        subject,
        actor: actor(document),
        container,
        occurred_at: document.time(["/createdAt"])?,
        changes,
    })
}

/// The same, where the data says more exactly when.
pub(super) fn at(signal: NewSignal, document: &Document<'_>, path: &'static str) -> NewSignal {
    let occurred_at: DateTime<Utc> = document.time([path]).unwrap_or(signal.occurred_at);
    NewSignal { occurred_at, ..signal }
}

/// A person, an external person, an integration or an OAuth client; nobody, when Linear itself acted.
fn actor(document: &Document<'_>) -> Option<Actor> {
    let person = document.word("/actor/type").is_none_or(|kind| kind.to_ascii_lowercase().ends_with("user"));
    Some(Actor {
        external_id: document.optional_id("/actor/id")?,
        name: document.optional_text("/actor/name").or_else(|| document.optional_text("/actor/service")),
        is_bot: !person,
    })
}

/// The team of what stands at `path`, which is there as an object, or as an id only.
pub(super) fn team(document: &Document<'_>, path: &str) -> Option<Container> {
    let object = document.optional_id(&format!("{path}/team/id"));
    Some(Container {
        kind: "team".to_owned(),
        external_id: object.or_else(|| document.optional_id(&format!("{path}/teamId")))?,
        name: document.optional_text(&format!("{path}/team/name")),
        url: None,
    })
}

/// Everything is in a workspace.
pub(super) fn workspace(document: &Document<'_>) -> Option<Container> {
    Some(Container {
        kind: "organization".to_owned(),
        external_id: document.optional_id("/organizationId")?,
        name: None,
        url: None,
    })
}

/// The page of it: the envelope's, or its own.
pub(super) fn link(document: &Document<'_>) -> Option<String> {
    document.optional_text("/url").or_else(|| document.optional_text("/data/url"))
}

/// The names of what changed and matters.
pub(super) fn changes(document: &Document<'_>) -> Vec<String> {
    document.names("/updatedFrom").into_iter().filter(|name| !NOISE.contains(&name.as_str())).collect()
}
