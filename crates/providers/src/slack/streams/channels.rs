//! What is told of a channel, in the words of Slack's events.

use super::{lists::seconds, place};
use crate::{
    Change, Record,
    told::{changes, is_true, text},
};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Actor, Container, NewSignal, SignalKind, Subject};
use serde_json::Value;

/// Who comes and goes is told by itself, and `updated` moves with settings that are not even shown; the others are the view of
/// whoever asks, or, in an organization, of the workspace that was asked.
pub(super) const VOLATILE: [&str; 8] = [
    "/updated",
    "/num_members",
    "/last_read",
    "/latest",
    "/unread_count",
    "/unread_count_display",
    "/context_team_id",
    "/shared_team_ids",
];
/// Changes that say nothing, or say again what another one says.
const NOISE: [&str; 14] = [
    "updated",
    "num_members",
    "last_read",
    "latest",
    "unread_count",
    "unread_count_display",
    "context_team_id",
    "shared_team_ids",
    "is_member",
    "name_normalized",
    "previous_names",
    "properties",
    "is_open",
    "unlinked",
];
/// A private channel is listed for those who are in it: one that is older than this is not new, the app is new in it.
const NEW: TimeDelta = TimeDelta::days(1);

pub(super) fn tell(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let is_private = |channel: &Value| is_true(channel, "/is_private");
    let (kind, channel, changes) = match change {
        Change::Created { now } if is_private(now) && created_at(now).is_none_or(|created| created < at - NEW) => {
            return None;
        }
        Change::Created { now } => (SignalKind::ChannelCreated, now, Vec::new()),
        Change::Updated { before, now } => match changed(before, now) {
            changes if changes.is_empty() => return None,
            changes if is_true(now, "/is_archived") && changes.iter().any(|change| change == "archived") => {
                (SignalKind::ChannelArchived, now, Vec::new())
            }
            changes => (SignalKind::ChannelUpdated, now, changes),
        },
        // Of a private one this may mean that the app was sent out.
        Change::Deleted { before } => {
            (SignalKind::ChannelDeleted, before.filter(|before| !is_private(before))?, vec![])
        }
    };
    let occurred_at = match kind {
        SignalKind::ChannelCreated => created_at(channel),
        _ => record.changed_at,
    };
    let creator = text(channel, "/creator").filter(|_| kind == SignalKind::ChannelCreated);
    let place = place(record);
    Some(NewSignal {
        kind,
        subject: Subject {
            kind: "channel".to_owned(),
            external_id: record.external_id.clone(),
            number: None,
            title: text(channel, "/name"),
            url: None,
        },
        // Who changed it is not said.
        actor: creator.map(|external_id| Actor { external_id, name: None, is_bot: false }),
        container: Some(Container { kind: "organization".to_owned(), external_id: place, name: None, url: None }),
        occurred_at: occurred_at.unwrap_or(at),
        changes,
    })
}

fn created_at(channel: &Value) -> Option<DateTime<Utc>> {
    seconds(channel.get("created")?.as_i64()?)
}

/// Under the names that events have for them. Of a topic or a purpose only its words count.
fn changed(before: &Value, now: &Value) -> Vec<String> {
    let is_same_text = |name: &str| text(before, &format!("/{name}/value")) == text(now, &format!("/{name}/value"));
    let names = changes(before, now, &NOISE).into_iter();
    let names = names.filter(|name| !(["topic", "purpose"].contains(&name.as_str()) && is_same_text(name)));
    names.map(|name| if name == "is_archived" { "archived".to_owned() } else { name }).collect()
}
