//! What a page changes: compared with what is kept, record by record.

use super::checksum::checksum;
use chrono::{DateTime, Utc};
use db::{
    records::{Known, Write},
    streams::Counts,
};
use kernel::NewSignal;
use providers::{Change, Record, RecordState, Streams};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A record as it would be stored.
pub(super) struct Incoming {
    pub record: Record,
    pub checksum: Vec<u8>,
    /// JSON text; `None`: it is gone.
    pub data: Option<String>,
}

impl Incoming {
    pub(super) fn of(record: Record, volatile: &[String]) -> Self {
        let (checksum, data) = match &record.state {
            RecordState::There(json) => (checksum(json, volatile).to_vec(), Some(json.to_string())),
            RecordState::Gone => (Vec::new(), None),
        };
        Self { record, checksum, data }
    }

    fn write(&self) -> Write<'_> {
        Write {
            external_id: &self.record.external_id,
            checksum: &self.checksum,
            data: self.data.as_deref(),
            changed_at: self.record.changed_at,
        }
    }
}

/// A page's records, of which each counts once: as it was named last.
pub(super) fn incoming(records: Vec<Record>, volatile: &[String]) -> Vec<Incoming> {
    let mut seen = BTreeSet::new();
    let mut last: Vec<Record> =
        records.into_iter().rev().filter(|record| seen.insert(record.external_id.clone())).collect();
    last.reverse();
    last.into_iter().map(|record| Incoming::of(record, volatile)).collect()
}

/// Something to be told, and what is handed out with it.
pub(super) struct Told<'a> {
    pub signal: NewSignal,
    /// When the record was written before; `None`: it was not known.
    pub known_at: Option<DateTime<Utc>>,
    /// JSON text.
    pub payload: &'a str,
}

#[derive(Default)]
pub(super) struct Diff<'a> {
    pub writes: Vec<Write<'a>>,
    /// There, and as it was.
    pub same: Vec<&'a str>,
    pub counts: Counts,
    pub told: Vec<Told<'a>>,
}

/// How a page is compared.
pub(super) struct Manner<'a> {
    pub streams: &'a dyn Streams,
    pub stream: &'a str,
    /// Whether changes are news.
    pub tells: bool,
    /// Whether a state that is older than what is kept is passed over: a search may be behind. A listing from the beginning is
    /// as it is, and gives other times than a list of changes does.
    pub passes_over_older: bool,
    /// For changes of which the vendor gives no time.
    pub at: DateTime<Utc>,
}

/// What is known and has the same checksum is not written. What was gone and is there again is new.
pub(super) fn diff<'a>(incoming: &'a [Incoming], known: &[Known], manner: &Manner<'_>) -> Diff<'a> {
    let known: BTreeMap<&str, &Known> = known.iter().map(|known| (known.external_id.as_str(), known)).collect();
    let mut diff = Diff::default();
    diff.counts.seen = i64::try_from(incoming.len()).unwrap_or(i64::MAX);
    for one in incoming {
        let before = known.get(one.record.external_id.as_str()).copied();
        if before.is_some_and(|before| before.is_same) {
            diff.same.push(&one.record.external_id);
            continue;
        }
        if manner.passes_over_older && before.is_some_and(|before| is_older(&one.record, before)) {
            continue;
        }
        diff.writes.push(one.write());
        let was_there = before.is_some_and(|before| !before.is_gone);
        match (&one.record.state, was_there) {
            (RecordState::There(_), false) => diff.counts.created += 1,
            (RecordState::There(_), true) => diff.counts.updated += 1,
            (RecordState::Gone, true) => diff.counts.deleted += 1,
            (RecordState::Gone, false) => {}
        }
        if !manner.tells {
            continue;
        }
        let known_at = before.map(|before| before.updated_at);
        let before = before.filter(|before| !before.is_gone).and_then(|before| before.data.as_deref());
        let before: Option<Value> = before.and_then(|text| serde_json::from_str(text).ok());
        let change = match (&one.record.state, &before) {
            (RecordState::There(now), None) => Change::Created { now },
            (RecordState::There(now), Some(before)) => Change::Updated { before, now },
            (RecordState::Gone, before) => Change::Deleted { before: before.as_ref() },
        };
        if let Some(signal) = manner.streams.tell(manner.stream, &one.record, change, manner.at) {
            diff.told.push(Told { signal, known_at, payload: one.data.as_deref().unwrap_or("{}") });
        }
    }
    diff
}

fn is_older(record: &Record, known: &Known) -> bool {
    record.changed_at.zip(known.changed_at).is_some_and(|(now, before)| now < before)
}
