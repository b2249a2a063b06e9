//! Channels, messages and people in words shared by all vendors.

use super::{
    CHANNELS, MESSAGES, USERS,
    lists::{millis, seconds},
};
use crate::{
    Shape,
    shapes::{Channel, Message, Named, Person},
    slack::moment,
    told::text,
};
use chrono::{DateTime, Utc};
use serde_json::Value;

pub(super) fn shape(stream: &str, record: &Value) -> Option<Shape> {
    match stream {
        CHANNELS => channel(record).map(Shape::Channel),
        MESSAGES => record.is_object().then(|| Shape::Message(message(record))),
        USERS => person(record).map(Shape::Person),
        _ => None,
    }
}

fn channel(record: &Value) -> Option<Channel> {
    let flag = |name: &str| record.get(name).and_then(Value::as_bool);
    let number = |name: &str| record.get(name).and_then(Value::as_i64);
    Some(Channel {
        name: text(record, "/name")?,
        topic: text(record, "/topic/value"),
        purpose: text(record, "/purpose/value"),
        is_private: flag("is_private"),
        is_archived: flag("is_archived"),
        members: record.get("num_members").and_then(Value::as_u64),
        created_at: number("created").and_then(seconds),
        updated_at: number("updated").and_then(millis),
    })
}

fn message(record: &Value) -> Message {
    let at = |path: &str| -> Option<DateTime<Utc>> { moment::read(&text(record, path)?) };
    let author = Named {
        id: text(record, "/user").or_else(|| text(record, "/bot_id")),
        name: text(record, "/username").or_else(|| text(record, "/bot_profile/name")),
    };
    Message {
        text: text(record, "/text").unwrap_or_default(),
        author: (author != Named::default()).then_some(author),
        channel: text(record, "/channel").map(|id| Named { id: Some(id), name: None }),
        thread: text(record, "/thread_ts"),
        replies: record.get("reply_count").and_then(Value::as_u64),
        url: text(record, "/permalink"),
        sent_at: at("/ts"),
        edited_at: at("/edited/ts"),
    }
}

fn person(record: &Value) -> Option<Person> {
    let flag = |name: &str| record.get(name).and_then(Value::as_bool);
    Some(Person {
        name: text(record, "/name")?,
        full_name: text(record, "/real_name").or_else(|| text(record, "/profile/real_name")),
        email: text(record, "/profile/email"),
        title: text(record, "/profile/title"),
        time_zone: text(record, "/tz"),
        is_bot: flag("is_bot"),
        is_deactivated: flag("deleted"),
        updated_at: record.get("updated").and_then(Value::as_i64).and_then(seconds),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The record as it was fetched in one of the fixtures.
    fn now(fixture: &str) -> Value {
        serde_json::from_str::<Value>(fixture).unwrap()["now"].take()
    }

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().unwrap()
    }

    /// A channel, whole; without a topic there is none.
    #[test]
    fn a_channel_has_its_shape() {
        let record = now(include_str!("../fixtures/streams/channels.created.json"));
        let expected = Channel {
            name: "herbs".to_owned(),
            topic: None,
            purpose: Some("What grows beside the kitchen".to_owned()),
            is_private: Some(false),
            is_archived: Some(false),
            members: Some(3),
            created_at: Some(at("2026-01-02T03:04:00Z")),
            updated_at: Some(at("2026-01-02T03:04:00.664Z")),
        };
        assert_eq!(shape("channels", &record), Some(Shape::Channel(expected)));
    }

    /// A message of a person in a thread, edited; and one of an app that has no user.
    #[test]
    fn a_message_has_its_shape() {
        let record = now(include_str!("../fixtures/streams/messages.edited.json"));
        let named = |id: &str, name: Option<&str>| Named { id: Some(id.to_owned()), name: name.map(str::to_owned) };
        let expected = Message {
            text: "The white roses".to_owned(),
            author: Some(named("U1ANN", None)),
            channel: Some(named("C1ROSES", None)),
            thread: Some("1767323045.000200".to_owned()),
            replies: Some(2),
            url: None,
            sent_at: Some(at("2026-01-02T03:04:05.000200Z")),
            edited_at: Some(at("2026-01-02T03:05:04Z")),
        };
        assert_eq!(shape("messages", &record), Some(Shape::Message(expected)));
        let record = now(include_str!("../fixtures/streams/messages.posted_by_an_app.json"));
        let Some(Shape::Message(found)) = shape("messages", &record) else { panic!("{record}") };
        assert_eq!((found.author, found.thread), (Some(named("B1TIDY", Some("tidy"))), None));
    }

    /// Somebody who was taken out, with what their profile says.
    #[test]
    fn a_person_has_their_shape() {
        let record = now(include_str!("../fixtures/streams/users.taken_out.json"));
        let expected = Person {
            name: "cleo".to_owned(),
            full_name: Some("Cleo Rose".to_owned()),
            email: Some("cleo@garden.example".to_owned()),
            title: Some("Gardener".to_owned()),
            time_zone: Some("Europe/Berlin".to_owned()),
            is_bot: Some(false),
            is_deactivated: Some(true),
            updated_at: Some(at("2026-01-02T03:04:30Z")),
        };
        assert_eq!(shape("users", &record), Some(Shape::Person(expected)));
    }

    /// What is not there is null, and what is nothing of ours has no shape.
    #[test]
    fn what_is_not_there_is_null() {
        assert_eq!(shape("channels", &json!({"id": "C1"})), None);
        assert_eq!(shape("users", &json!([])), None);
        assert_eq!(shape("messages", &json!({"ts": null})), Some(Shape::Message(Message::default())));
        assert_eq!(shape("files", &json!({"name": "x"})), None);
    }
}
