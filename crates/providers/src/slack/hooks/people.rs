//! Who belongs to the workspace.

use super::{
    Told,
    parts::{Event, signal, subject, time},
};
use crate::ReadError;
use kernel::{Actor, SignalKind};

/// The user is an object in both. Slack says what it is now, and not what has changed.
pub(super) fn read(event: &Event<'_>, kind: &str) -> Result<Told, ReadError> {
    let document = event.document;
    let id = document.id("/event/user/id")?;
    let name = document
        .optional_text("/event/user/real_name")
        .or_else(|| document.optional_text("/event/user/profile/real_name"))
        .or_else(|| document.optional_text("/event/user/name"));
    let is_bot = document.is_true("/event/user/is_bot");
    let user = subject("user", format!("{}:{id}", event.place), name.clone());
    let (kind, occurred_at) = match kind {
        "team_join" => (SignalKind::UserCreated, time(document, ["/event/event_ts", "/event_time"])?),
        _ => (SignalKind::UserUpdated, time(document, ["/event/user/updated", "/event/event_ts", "/event_time"])?),
    };
    // An administrator may have made the change; only of somebody who joins it is known who acted.
    let by = (kind == SignalKind::UserCreated).then_some(Actor { external_id: id, name, is_bot });
    Ok(Told::from(signal(kind, user, by, Some(event.organization()), occurred_at)))
}
