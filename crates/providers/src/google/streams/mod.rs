//! What of a person's Google account is fetched. Each API has a cursor of its own kind; none is ever asked for single ids,
//! because no push names one.

mod calendar;
pub(super) mod drive;
mod gmail;
mod shape;

use super::api;
use crate::{Call, CallError, Change, PageAsk, Record, RecordPage, Shape, Stream, StreamError, Streams};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use http::StatusCode;
use kernel::NewSignal;
use outbound::Answer;
use serde_json::Value;

/// Google says that pushes get lost. A look that finds nothing is one small request.
const EVERY: TimeDelta = TimeDelta::minutes(15);

/// A stream, how much of it is fetched at once, what of it moves by itself, and behind which scopes it is; each behind the common
/// beginning of their names.
type Described = (&'static str, u16, &'static [&'static str], &'static [&'static str]);

const SCOPES: &str = "https://www.googleapis.com/auth/";
const STREAMS: [Described; 3] = [
    (
        "calendar_events",
        calendar::BATCH,
        &["/etag", "/updated"],
        &["calendar.readonly", "calendar", "calendar.events.readonly", "calendar.events"],
    ),
    // What is written in a file says so by its time; its size says no more.
    (
        "drive_files",
        drive::BATCH,
        &["/size"],
        &["drive.metadata.readonly", "drive.metadata", "drive.readonly", "drive", "drive.file"],
    ),
    // Not `gmail.metadata`: a listing cannot be narrowed to the last weeks with it.
    ("gmail_messages", gmail::BATCH, &["/historyId"], &["gmail.readonly", "gmail.modify", "https://mail.google.com/"]),
];

fn named((_, _, _, scopes): &Described) -> Vec<String> {
    let whole = |scope: &&str| if scope.contains(':') { (*scope).to_owned() } else { format!("{SCOPES}{scope}") };
    scopes.iter().map(whole).collect()
}

/// Whether these scopes are enough for a stream.
pub(super) fn reaches(stream: &str, scopes: &[String]) -> bool {
    let found = STREAMS.iter().find(|(name, ..)| *name == stream);
    found.is_some_and(|stream| named(stream).iter().any(|scope| scopes.contains(scope)))
}

pub(super) struct GoogleStreams;

impl Streams for GoogleStreams {
    fn streams(&self) -> Vec<Stream> {
        let stream = |described: &Described| Stream {
            name: described.0.to_owned(),
            every: EVERY,
            batch: described.1,
            volatile: described.2.iter().map(|path| (*path).to_owned()).collect(),
            scopes: named(described),
            // The first look at a mailbox is one at the last weeks.
            lists_all: described.0 != "gmail_messages",
        };
        STREAMS.iter().map(stream).collect()
    }

    fn page<'a>(&'a self, call: Call<'a>, ask: PageAsk<'a>) -> BoxFuture<'a, Result<RecordPage, StreamError>> {
        match ask.stream {
            "calendar_events" => Box::pin(calendar::page(call, ask)),
            "drive_files" => Box::pin(drive::page(call, ask)),
            "gmail_messages" => Box::pin(gmail::page(call, ask)),
            _ => Box::pin(std::future::ready(Err(CallError::NotFound.into()))),
        }
    }

    fn tell(&self, stream: &str, record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
        match stream {
            "calendar_events" => Some(calendar::tell(record, change, at)),
            "drive_files" => drive::tell(record, change, at),
            "gmail_messages" => gmail::tell(record, change, at),
            _ => None,
        }
    }

    fn shape(&self, stream: &str, record: &Value) -> Option<Shape> {
        match stream {
            "calendar_events" => shape::event(record),
            "drive_files" => shape::file(record),
            "gmail_messages" => shape::mail(record),
            _ => None,
        }
    }
}

/// A page, or that Google knows the token no more that it was asked for with: a 410 for a token of changes, and for one of
/// pages a 400 that names it. A 410 that says `deleted` is about the calendar.
fn page_of(answer: &Answer, now: DateTime<Utc>) -> Result<Value, StreamError> {
    let (reason, location) = match answer.status {
        StatusCode::GONE | StatusCode::BAD_REQUEST => api::reason(answer),
        _ => (None, None),
    };
    match (answer.status, reason.as_deref(), location.as_deref()) {
        (StatusCode::GONE, Some("deleted"), _) => Err(CallError::NotFound.into()),
        (StatusCode::GONE, ..) | (StatusCode::BAD_REQUEST, _, Some("pageToken" | "syncToken")) => {
            Err(StreamError::CursorExpired)
        }
        _ => Ok(api::success(answer, now)?),
    }
}
