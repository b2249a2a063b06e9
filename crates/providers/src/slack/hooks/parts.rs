//! What Slack's events have in common.

use crate::{ReadError, document::Document, slack::moment};
use chrono::{DateTime, Utc};
use kernel::{Actor, Container, NewSignal, SignalKind, Subject};

/// An event, and the workspace or organization in which it is told.
pub(super) struct Event<'a> {
    pub document: &'a Document<'a>,
    pub place: String,
}

impl Event<'_> {
    /// `ts` is the id of a message within its channel, and stays the text it is.
    pub fn message_id(&self, channel: &str, ts: &str) -> String {
        format!("{}:{channel}:{ts}", self.place)
    }

    /// The place itself, as where something happened.
    pub fn organization(&self) -> Container {
        container("organization", self.place.clone(), None)
    }
}

/// A signal without changes; those that have some add them.
pub(super) fn signal(
    kind: SignalKind,
    subject: Subject,
    actor: Option<Actor>,
    container: Option<Container>,
    occurred_at: DateTime<Utc>,
) -> NewSignal {
    NewSignal { kind, subject, actor, container, occurred_at, changes: Vec::new() }
}

pub(super) fn subject(kind: &str, external_id: String, title: Option<String>) -> Subject {
    Subject { kind: kind.to_owned(), external_id, number: None, title, url: None }
}

pub(super) fn container(kind: &str, external_id: String, name: Option<String>) -> Container {
    Container { kind: kind.to_owned(), external_id, name, url: None }
}

/// A person who is named by an id alone.
pub(super) fn person(document: &Document<'_>, path: &str) -> Option<Actor> {
    Some(Actor { external_id: document.optional_id(path)?, name: None, is_bot: false })
}

/// The first of these instants that is there: `seconds.micros` as text, or seconds as a number.
pub(super) fn time<const N: usize>(
    document: &Document<'_>,
    paths: [&'static str; N],
) -> Result<DateTime<Utc>, ReadError> {
    let first = paths
        .iter()
        .find_map(|path| document.word(path).and_then(moment::read).or_else(|| document.time([*path]).ok()));
    first.ok_or_else(|| document.lacks(paths.first().copied().unwrap_or("/")))
}
