//! Messages, and what is done to one: reactions and pins. No event has the workspace's domain in it, which a link would need;
//! only pins bring theirs.

use super::{
    Told,
    parts::{Event, container, person, signal, subject, time},
};
use crate::{ReadError, document::Document};
use kernel::{Actor, SignalKind, Subject};

/// Subtypes that a person or an app speaks with.
const SPOKEN: &[&str] = &["bot_message", "file_share", "me_message", "thread_broadcast"];
/// Lines that Slack writes into a channel about things which have events of their own, or that mean nothing outside.
const NOTICES: &[&str] = &[
    "bot_add",
    "bot_remove",
    "channel_archive",
    "channel_convert_to_private",
    "channel_convert_to_public",
    "channel_join",
    "channel_leave",
    "channel_name",
    "channel_posting_permissions",
    "channel_purpose",
    "channel_topic",
    "channel_unarchive",
    "group_archive",
    "group_join",
    "group_leave",
    "group_name",
    "group_purpose",
    "group_topic",
    "group_unarchive",
    "message_replied",
    "pinned_item",
    "reminder_add",
    "unpinned_item",
];

/// Whether somebody said it.
pub(in crate::slack) fn is_spoken(subtype: Option<&str>) -> bool {
    subtype.is_none_or(|subtype| SPOKEN.contains(&subtype))
}

pub(super) fn read(event: &Event<'_>) -> Result<Told, ReadError> {
    match event.document.word("/event/subtype") {
        subtype if is_spoken(subtype) => spoken(event, SignalKind::MessagePosted),
        Some("message_changed") => changed(event),
        Some("message_deleted") => deleted(event, "/event/deleted_ts"),
        Some(subtype) if NOTICES.contains(&subtype) => Ok(Told::Nothing),
        _ => Ok(Told::Unknown),
    }
}

/// The app was spoken to.
pub(super) fn mention(event: &Event<'_>) -> Result<Told, ReadError> {
    spoken(event, SignalKind::Mention)
}

fn spoken(event: &Event<'_>, kind: SignalKind) -> Result<Told, ReadError> {
    let document = event.document;
    let channel = document.id("/event/channel")?;
    let message = message(event, &channel, &document.text("/event/ts")?, "/event/text");
    let occurred_at = time(document, ["/event/ts"])?;
    let channel = Some(container("channel", channel, None));
    Ok(Told::from(signal(kind, message, speaker(document, "/event"), channel, occurred_at)))
}

/// Slack changes messages by itself, when it has looked at what a link leads to or somebody answers in a thread: only the words
/// are a person's. A message with answers that is deleted stays as a stone that says so.
fn changed(event: &Event<'_>) -> Result<Told, ReadError> {
    let document = event.document;
    if document.word("/event/message/subtype") == Some("tombstone") {
        return deleted(event, "/event/message/ts");
    }
    let is_edited = document.has("/event/message/edited")
        && document.word("/event/message/edited/ts") != document.word("/event/previous_message/edited/ts");
    if !is_edited && document.word("/event/message/text") == document.word("/event/previous_message/text") {
        return Ok(Told::Nothing);
    }
    let channel = document.id("/event/channel")?;
    let message = message(event, &channel, &document.text("/event/message/ts")?, "/event/message/text");
    let occurred_at = if is_edited {
        time(document, ["/event/message/edited/ts", "/event/event_ts", "/event/ts", "/event_time"])?
    } else {
        time(document, ["/event/event_ts", "/event/ts", "/event_time"])?
    };
    let by = speaker(document, "/event/message");
    let mut signal =
        signal(SignalKind::MessageUpdated, message, by, Some(container("channel", channel, None)), occurred_at);
    signal.changes = vec!["text".to_owned()];
    Ok(Told::from(signal))
}

/// Nothing says who did it: an administrator may have.
fn deleted(event: &Event<'_>, ts: &'static str) -> Result<Told, ReadError> {
    let document = event.document;
    let channel = document.id("/event/channel")?;
    let message = message(event, &channel, &document.text(ts)?, "/event/previous_message/text");
    let occurred_at = time(document, ["/event/event_ts", "/event/ts", "/event_time"])?;
    let channel = Some(container("channel", channel, None));
    Ok(Told::from(signal(SignalKind::MessageDeleted, message, None, channel, occurred_at)))
}

/// Reactions to files are of days gone by, and no event of today's documentation.
pub(super) fn reaction(event: &Event<'_>, kind: &str) -> Result<Told, ReadError> {
    let document = event.document;
    if document.word("/event/item/type").is_some_and(|item| item != "message") {
        return Ok(Told::Unknown);
    }
    let kind = if kind == "reaction_added" { SignalKind::ReactionAdded } else { SignalKind::ReactionRemoved };
    let channel = document.id("/event/item/channel")?;
    let (ts, name) = (document.text("/event/item/ts")?, document.text("/event/reaction")?);
    let user = document.id("/event/user")?;
    let external_id = format!("{}:{name}:{user}", event.message_id(&channel, &ts));
    let reaction = subject("reaction", external_id, Some(format!(":{name}:")));
    let occurred_at = time(document, ["/event/event_ts", "/event_time"])?;
    let by = person(document, "/event/user");
    Ok(Told::from(signal(kind, reaction, by, Some(container("channel", channel, None)), occurred_at)))
}

/// Files can be pinned as well, and are no messages.
pub(super) fn pin(event: &Event<'_>) -> Result<Told, ReadError> {
    let document = event.document;
    if document.word("/event/item/type").is_some_and(|item| item != "message") {
        return Ok(Told::Unknown);
    }
    let channel = document.id("/event/channel_id")?;
    let ts = document.text("/event/item/message/ts")?;
    let url = document.optional_text("/event/item/message/permalink");
    let message = Subject { url, ..message(event, &channel, &ts, "/event/item/message/text") };
    let occurred_at = time(document, ["/event/event_ts", "/event_time"])?;
    let channel = Some(container("channel", channel, None));
    let by = person(document, "/event/user");
    Ok(Told::from(signal(SignalKind::MessagePinned, message, by, channel, occurred_at)))
}

fn message(event: &Event<'_>, channel: &str, ts: &str, text: &str) -> Subject {
    subject("message", event.message_id(channel, ts), event.document.first_line(text))
}

/// A person, or an app that speaks under a name of its own or as its bot user.
fn speaker(document: &Document<'_>, holder: &str) -> Option<Actor> {
    let at = |name: &str| format!("{holder}/{name}");
    let bot = document.optional_id(&at("bot_id"));
    let is_bot = bot.is_some();
    Some(Actor {
        external_id: document.optional_id(&at("user")).or(bot)?,
        name: document.optional_text(&at("username")).or_else(|| document.optional_text(&at("bot_profile/name"))),
        is_bot,
    })
}
