//! Linear's webhooks, read. One file per family of events; to add an event, add an arm here and a fixture.
//!
//! The type is taken from the signed body; the header that repeats it is not signed.

mod entities;
mod grants;
mod issues;
mod parts;
mod projects;

pub(super) use issues::CLOSED;

use crate::{ReadError, Reading, Verified, Whose, document::Document};
use kernel::SignalKind;

/// What has no kind of its own and is told as an entity.
const ENTITIES: [&str; 10] = [
    "Customer",
    "CustomerNeed",
    "Cycle",
    "Document",
    "Initiative",
    "InitiativeUpdate",
    "IssueLabel",
    "ProjectLabel",
    "Release",
    "ReleaseNote",
];

pub(super) fn read(delivery: &Verified) -> Result<Reading, ReadError> {
    let document = Document::parse(delivery)?;
    let kind = document.word("/type").ok_or_else(|| document.lacks("/type"))?;
    let action = document.word("/action").unwrap_or_default();
    let signal = match (kind, action) {
        ("Issue", "create") => Some(issues::issue(&document, SignalKind::IssueCreated, Vec::new())?),
        ("Issue", "update") => issues::update(&document)?,
        ("Issue", "remove") => Some(issues::issue(&document, SignalKind::IssueDeleted, Vec::new())?),
        // Its actions are the states that a deadline goes through, and more may come.
        ("IssueSLA", _) => Some(issues::deadline(&document)?),
        ("Comment", "create") => Some(issues::comment(&document, SignalKind::CommentCreated)?),
        ("Comment", "update") => Some(issues::comment(&document, SignalKind::CommentUpdated)?),
        ("Comment", "remove") => Some(issues::comment(&document, SignalKind::CommentDeleted)?),
        ("Reaction", "create") => Some(issues::reaction(&document, SignalKind::ReactionAdded)?),
        ("Reaction", "remove") => Some(issues::reaction(&document, SignalKind::ReactionRemoved)?),
        ("Attachment", "create") => Some(issues::attachment(&document)?),
        ("Project", "create") => Some(projects::project(&document, SignalKind::ProjectCreated, Vec::new())?),
        ("Project", "update") => projects::update(&document)?,
        ("Project", "remove") => Some(projects::project(&document, SignalKind::ProjectDeleted, Vec::new())?),
        ("ProjectUpdate", "create") => Some(projects::posted(&document)?),
        ("User", "create" | "update") => entities::user(&document, action)?,
        // An attachment or a report has a kind for its beginning only.
        ("Attachment" | "ProjectUpdate", "update" | "remove") => entities::read(&document, kind, action)?,
        (kind, "create" | "update" | "remove") if ENTITIES.contains(&kind) => entities::read(&document, kind, action)?,
        ("OAuthApp", "revoked") => return grants::app_removed(&document),
        ("OAuthAuthorization", action) => return grants::authorization(&document, action),
        ("PermissionChange", _) => return grants::permissions(&document),
        _ => {
            let organization = document.optional_id("/organizationId");
            return Ok(Reading::unrecognised(organization.map_or(Whose::Unnamed, Whose::Organization)));
        }
    };
    let whose = Whose::Organization(document.id("/organizationId")?);
    let signals = signal.into_iter().collect();
    Ok(Reading { whose, signals, lifecycle: Vec::new(), stale: Vec::new(), recognised: true })
}
