//! What Slack's events have in common.

use crate::{ReadError, document::Document};
use chrono::{DateTime, Utc};
use kernel::{Actor, Container, NewSignal, SignalKind, Subject};

/// An event, and the workspace or organization in which it is told.
pub(super) struct Event<'a> {
    pub document: &'a Document,
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
pub(super) fn person(document: &Document, path: &str) -> Option<Actor> {
    Some(Actor { external_id: document.optional_id(path)?, name: None, is_bot: false })
}

/// The first of these instants that is there: `seconds.micros` as text, or seconds as a number.
pub(super) fn time<const N: usize>(document: &Document, paths: [&'static str; N]) -> Result<DateTime<Utc>, ReadError> {
    let first =
        paths.iter().find_map(|path| document.word(path).and_then(instant).or_else(|| document.time([*path]).ok()));
    first.ok_or_else(|| document.lacks(paths.first().copied().unwrap_or("/")))
}

/// Six digits of a fraction and ten in front are more than a binary fraction keeps, so none is made on the way.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let (seconds, micros) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(seconds) || !digits(micros) || micros.len() > 6 {
        return None;
    }
    let nanos: u32 = format!("{micros:0<9}").parse().ok()?;
    DateTime::from_timestamp(seconds.parse().ok()?, nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// To the microsecond, and nothing else than digits.
    #[test]
    fn an_instant_keeps_its_micros() {
        let read = |text: &str| instant(text).map(|time| time.format("%s.%6f").to_string());
        for exact in ["1767323045.000200", "1767323045.999999", "9007199254.740993", "0.000001"] {
            assert_eq!(read(exact).as_deref(), Some(exact));
        }
        assert_eq!(read("1767323045").as_deref(), Some("1767323045.000000"));
        assert_eq!(read("1767323045.5").as_deref(), Some("1767323045.500000"));
        for none in ["", ".", "1.", ".5", "-1.5", "1e9", "1.0000001", "1767323045.-1", "soon", "99999999999999999999"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
