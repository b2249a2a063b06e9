//! The seam of a vendor whose data is fetched: pages of records behind a cursor, and what a change of one means.

use crate::{Call, CallError, Shape};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use kernel::NewSignal;
use serde_json::Value;

/// Records of a page, where nothing speaks for another number.
pub const BATCH: u16 = 50;

/// One entity type of a connection that is fetched incrementally.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// In paths and in the database, for example `calendar_events`.
    pub name: String,
    /// How often it is fetched although nobody said that something changed: the whole way where nothing is pushed, a
    /// safety net where pushes get lost.
    pub every: TimeDelta,
    /// JSON pointers of what changes by itself and means nothing; left out of the checksum.
    pub volatile: Vec<String>,
    /// Any of these scopes is enough to fetch it; empty: no scope is needed.
    pub scopes: Vec<String>,
    /// How many records are asked for at once, which is what one transaction writes at most but for what a vendor adds.
    pub batch: u16,
    /// Whether a listing from the beginning names all there is: what it does not name is gone then. Otherwise nothing follows.
    pub lists_all: bool,
}

/// Which page is wanted.
#[derive(Debug, Clone, Copy)]
pub struct PageAsk<'a> {
    pub stream: &'a str,
    /// As the page before gave it. `None`: from the beginning.
    pub cursor: Option<&'a Value>,
    /// Records that the vendor named in a push. Empty: whatever the cursor leads to. With ids, the cursor stays where it is.
    pub ids: &'a [String],
    /// How many records, at most; a vendor may have a bound below.
    pub batch: u16,
}

/// One synced entity, as the vendor has it now.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub external_id: String,
    /// When the vendor changed it, by the vendor's clock.
    pub changed_at: Option<DateTime<Utc>>,
    pub state: RecordState,
}

#[derive(Debug, Clone, PartialEq)]
pub enum RecordState {
    /// The vendor's JSON.
    There(Value),
    /// Deleted at the vendor.
    Gone,
}

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordPage {
    pub records: Vec<Record>,
    /// Leads to the next page, or, behind the last one, to what changes from now on. Opaque to everybody but the vendor's
    /// code; kept with the rows, in one transaction.
    pub cursor: Value,
    pub more: bool,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The vendor takes the cursor no more: everything has to be fetched again from the beginning, and what is known by then
    /// is no news.
    #[error("the vendor no longer knows the cursor")]
    CursorExpired,
    #[error(transparent)]
    Call(#[from] CallError),
}

/// What became of a record.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    Created { now: &'a Value },
    Updated { before: &'a Value, now: &'a Value },
    Deleted { before: Option<&'a Value> },
}

/// A vendor whose data can be fetched.
pub trait Streams: Send + Sync {
    fn streams(&self) -> Vec<Stream>;

    fn page<'a>(&'a self, call: Call<'a>, ask: PageAsk<'a>) -> BoxFuture<'a, Result<RecordPage, StreamError>>;

    /// What is told of a change; nothing where it means nothing to people. `at`: when it was seen, for changes of which the
    /// vendor gives no time. Pure.
    fn tell(&self, stream: &str, record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal>;

    /// The record in words shared by all vendors; None where it cannot be read as such. Pure.
    fn shape(&self, stream: &str, record: &Value) -> Option<Shape>;
}
