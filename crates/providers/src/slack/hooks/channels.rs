//! Channels, public and private, and who joins them.

use super::{
    Told,
    parts::{Event, container, person, signal, subject, time},
};
use crate::ReadError;
use kernel::{SignalKind, Subject};

fn channel(event: &Event<'_>, id: &str, name: Option<String>) -> Subject {
    subject("channel", format!("{}:{id}", event.place), name)
}

pub(super) fn created(event: &Event<'_>) -> Result<Told, ReadError> {
    let document = event.document;
    let created = channel(event, &document.id("/event/channel/id")?, document.optional_text("/event/channel/name"));
    let occurred_at = time(document, ["/event/channel/created", "/event/event_ts", "/event_time"])?;
    let by = person(document, "/event/channel/creator");
    Ok(Told::from(signal(SignalKind::ChannelCreated, created, by, Some(event.organization()), occurred_at)))
}

/// The channel is an object here, and its `created` that of the channel.
pub(super) fn renamed(event: &Event<'_>) -> Result<Told, ReadError> {
    let document = event.document;
    let renamed = channel(event, &document.id("/event/channel/id")?, document.optional_text("/event/channel/name"));
    let occurred_at = time(document, ["/event/event_ts", "/event_time"])?;
    let mut signal = signal(SignalKind::ChannelUpdated, renamed, None, Some(event.organization()), occurred_at);
    signal.changes = vec!["name".to_owned()];
    Ok(Told::from(signal))
}

/// The channel is an id here.
pub(super) fn changed(event: &Event<'_>, kind: &str) -> Result<Told, ReadError> {
    let document = event.document;
    let subject = channel(event, &document.id("/event/channel")?, None);
    let (kind, changes) = match kind {
        "channel_archive" | "group_archive" => (SignalKind::ChannelArchived, Vec::new()),
        "channel_unarchive" | "group_unarchive" => (SignalKind::ChannelUpdated, vec!["archived".to_owned()]),
        _ => (SignalKind::ChannelDeleted, Vec::new()),
    };
    let occurred_at = time(document, ["/event/event_ts", "/event_time"])?;
    let by = person(document, "/event/user").or_else(|| person(document, "/event/actor_id"));
    let mut signal = signal(kind, subject, by, Some(event.organization()), occurred_at);
    signal.changes = changes;
    Ok(Told::from(signal))
}

/// One joins as often as one has left.
pub(super) fn joined(event: &Event<'_>) -> Result<Told, ReadError> {
    let document = event.document;
    let (channel, user) = (document.id("/event/channel")?, document.id("/event/user")?);
    let at = document.optional_text("/event/event_ts").or_else(|| document.optional_id("/event_time"));
    let at = at.ok_or_else(|| document.lacks("/event/event_ts"))?;
    let member = subject("member", format!("{}:{channel}:{user}:{at}", event.place), None);
    let occurred_at = time(document, ["/event/event_ts", "/event_time"])?;
    let by = person(document, "/event/user");
    let channel = Some(container("channel", channel, None));
    Ok(Told::from(signal(SignalKind::MemberJoined, member, by, channel, occurred_at)))
}
