//! What of a workspace is fetched: four lists of one form, behind one kind of cursor. Webhooks tell of all but teams as it happens;
//! these find what they did not tell.
//!
//! No webhook names anything that would have to be fetched, so that nothing is ever asked for by its id.

mod changes;
mod comments;
mod issues;
mod pages;
mod projects;
mod shape;
mod teams;

use crate::{Call, CallError, Change, PageAsk, Record, RecordPage, Shape, Stream, StreamError, Streams};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use kernel::NewSignal;
use serde_json::Value;

/// A list of the workspace.
struct List {
    /// The stream, and Linear's field.
    name: &'static str,
    /// What is asked of each entry.
    fields: &'static str,
    every: TimeDelta,
    /// How often all there is is listed, to find what is gone for good. Below a week: what a webhook has told longer ago is told
    /// again.
    all_every: TimeDelta,
    volatile: &'static [&'static str],
    tell: fn(&Record, Change<'_>, DateTime<Utc>) -> Option<NewSignal>,
}

/// To list a large workspace's issues costs most of what Linear answers in an hour; and what people delete stays listed for a
/// month, and says that it was thrown away.
const RARELY: TimeDelta = TimeDelta::days(5);
const DAILY: TimeDelta = TimeDelta::days(1);

const LISTS: [List; 4] = [
    List {
        name: "issues",
        fields: issues::FIELDS,
        every: TimeDelta::minutes(15),
        all_every: RARELY,
        volatile: &issues::VOLATILE,
        tell: issues::tell,
    },
    List {
        name: "projects",
        fields: projects::FIELDS,
        every: TimeDelta::hours(1),
        all_every: DAILY,
        volatile: &projects::VOLATILE,
        tell: projects::tell,
    },
    List {
        name: "teams",
        fields: teams::FIELDS,
        every: TimeDelta::hours(1),
        all_every: DAILY,
        volatile: &teams::VOLATILE,
        tell: teams::tell,
    },
    List {
        name: "comments",
        fields: comments::FIELDS,
        every: TimeDelta::minutes(15),
        all_every: RARELY,
        volatile: &comments::VOLATILE,
        tell: comments::tell,
    },
];

fn list(stream: &str) -> Option<&'static List> {
    LISTS.iter().find(|list| list.name == stream)
}

pub(super) struct LinearStreams;

impl Streams for LinearStreams {
    fn streams(&self) -> Vec<Stream> {
        let stream = |list: &List| Stream {
            name: list.name.to_owned(),
            every: list.every,
            batch: pages::BATCH,
            volatile: list.volatile.iter().map(|path| (*path).to_owned()).collect(),
            // No grant is without it.
            scopes: vec!["read".to_owned()],
            lists_all: true,
        };
        LISTS.iter().map(stream).collect()
    }

    fn page<'a>(&'a self, call: Call<'a>, ask: PageAsk<'a>) -> BoxFuture<'a, Result<RecordPage, StreamError>> {
        match list(ask.stream) {
            Some(list) => Box::pin(pages::page(call, list, ask)),
            None => Box::pin(std::future::ready(Err(CallError::NotFound.into()))),
        }
    }

    fn tell(&self, stream: &str, record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
        (list(stream)?.tell)(record, change, at)
    }

    fn shape(&self, stream: &str, record: &Value) -> Option<Shape> {
        shape::shape(stream, record)
    }
}
