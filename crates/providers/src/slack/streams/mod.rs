//! What of a workspace is fetched. Events tell most of it as it happens; these find what they did not tell.
//!
//! No event names anything that would have to be fetched, so that nothing is ever asked for by its id.

mod channels;
mod lists;
mod messages;
mod shape;
mod threads;
mod turns;
mod users;

use crate::{Call, CallError, Change, PageAsk, Record, RecordPage, Shape, Stream, StreamError, Streams};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use kernel::NewSignal;
use serde_json::Value;

const CHANNELS: &str = "channels";
const MESSAGES: &str = "messages";
const USERS: &str = "users";
/// Channels and people come and go slowly, and each look at them is a look at all of them.
const LISTS_EVERY: TimeDelta = TimeDelta::hours(1);
/// A look is one request for each channel that the token's owner is in, and one for each thread in which something may have been said.
const MESSAGES_EVERY: TimeDelta = TimeDelta::minutes(15);

pub(super) struct SlackStreams;

impl Streams for SlackStreams {
    fn streams(&self) -> Vec<Stream> {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let stream = |name: &str, every, volatile: &[&str], scopes: &[&str]| Stream {
            name: name.to_owned(),
            every,
            batch: lists::BATCH,
            volatile: texts(volatile),
            scopes: texts(scopes),
            // Of messages only those of the last months, in the channels of the moment.
            lists_all: name != MESSAGES,
        };
        vec![
            stream(CHANNELS, LISTS_EVERY, &channels::VOLATILE, &["channels:read", "groups:read"]),
            // The channels have to be readable, too; which kinds are, each pass finds out.
            stream(MESSAGES, MESSAGES_EVERY, &messages::VOLATILE, &["channels:history", "groups:history"]),
            stream(USERS, LISTS_EVERY, &users::VOLATILE, &["users:read"]),
        ]
    }

    fn page<'a>(&'a self, call: Call<'a>, ask: PageAsk<'a>) -> BoxFuture<'a, Result<RecordPage, StreamError>> {
        match ask.stream {
            CHANNELS => Box::pin(lists::page(call, &lists::CHANNELS, ask)),
            MESSAGES => Box::pin(messages::page(call, ask)),
            USERS => Box::pin(lists::page(call, &lists::USERS, ask)),
            _ => Box::pin(std::future::ready(Err(CallError::NotFound.into()))),
        }
    }

    fn tell(&self, stream: &str, record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
        match stream {
            CHANNELS => channels::tell(record, change, at),
            MESSAGES => messages::tell(record, change, at),
            USERS => users::tell(record, change, at),
            _ => None,
        }
    }

    fn shape(&self, stream: &str, record: &Value) -> Option<Shape> {
        shape::shape(stream, record)
    }
}

/// The place of a record, which its id begins with: signals are told with the same ids as those of events.
fn place(record: &Record) -> String {
    record.external_id.split(':').next().unwrap_or_default().to_owned()
}
