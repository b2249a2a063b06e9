//! A pass through a list that has no deletions in it: all of it is read, and what was known before and is not found is gone.
//! What is known stands in the cursor. An entry that moves to the front while a pass goes on is not found by it: what one pass of
//! several pages misses, another one has to miss as well.

use crate::{Record, RecordPage, RecordState, StreamError, told::kept};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// So many ids are a quarter of a megabyte. Of a list that is longer nothing is known, and nothing is told to be gone.
const MOST_KNOWN: u64 = 10_000;

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// What the last whole pass found, and what was added since.
    pub(super) known: BTreeSet<String>,
    /// How many entries the list had then. `None`: nobody has counted.
    pub(super) total: Option<u64>,
    /// Where this pass is. `None`: there is none.
    pub(super) pass: Option<Pass>,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Pass {
    pub(super) offset: u64,
    seen: BTreeSet<String>,
    /// How many entries the list said to have when the pass began.
    total: u64,
    /// What the pass before it has missed. `None`: this one is the first.
    #[serde(default)]
    missed: Option<BTreeSet<String>>,
}

/// A page of such a list.
pub(super) struct Listed {
    pub(super) records: Vec<Record>,
    /// Entries, with those that are no records.
    pub(super) length: u64,
    pub(super) total: u64,
    pub(super) is_last: bool,
}

impl Listed {
    pub(super) fn is_too_long(&self) -> bool {
        self.total > MOST_KNOWN
    }
}

impl Cursor {
    pub(super) fn offset(&self) -> u64 {
        self.pass.as_ref().map_or(0, |pass| pass.offset)
    }

    /// Goes on by a page, and begins a pass with it where there is none.
    pub(super) fn pass(mut self, mut listed: Listed) -> Result<RecordPage, StreamError> {
        let mut pass = self.pass.take().unwrap_or_else(|| Pass { total: listed.total, ..Pass::default() });
        pass.offset = pass.offset.saturating_add(listed.length);
        if listed.is_too_long() {
            pass.seen.clear();
            self.known.clear();
        } else {
            pass.seen.extend(listed.records.iter().map(|record| record.external_id.clone()));
        }
        if !listed.is_last && listed.length > 0 {
            self.pass = Some(pass);
            return Ok(RecordPage { records: listed.records, cursor: kept(&self)?, more: true });
        }
        // Whatever was taken out meanwhile has moved the rest by one, and one of them has slipped through. Then nothing is
        // said to be gone, and the next time is a whole pass again.
        if listed.is_too_long() || (pass.total == listed.total && pass.offset == listed.total) {
            let missing: BTreeSet<String> = self.known.difference(&pass.seen).cloned().collect();
            self.known.append(&mut pass.seen);
            let is_one_page = pass.offset == listed.length;
            if pass.missed.is_none() && !missing.is_empty() && !is_one_page {
                self.pass = Some(Pass { total: listed.total, missed: Some(missing), ..Pass::default() });
                return Ok(RecordPage { records: listed.records, cursor: kept(&self)?, more: true });
            }
            let is_gone = |id: &&String| pass.missed.as_ref().is_none_or(|missed| missed.contains(*id));
            let (gone, doubted): (Vec<&String>, Vec<&String>) = missing.iter().partition(is_gone);
            for id in &gone {
                self.known.remove(id.as_str());
            }
            // What is missing only now is looked for the next time.
            self.total = doubted.is_empty().then_some(listed.total);
            listed.records.extend(gone.into_iter().map(|id| Record {
                external_id: id.clone(),
                changed_at: None,
                state: RecordState::Gone,
            }));
        } else {
            self.known.append(&mut pass.seen);
            self.total = None;
        }
        Ok(RecordPage { records: listed.records, cursor: kept(&self)?, more: false })
    }
}

/// A list's own numbers, behind the entries that a page was asked for.
pub(super) fn listed(body: &Value, offset: u64, records: Vec<Record>, length: usize) -> Listed {
    let length = u64::try_from(length).unwrap_or_default();
    let total = body.get("total").and_then(Value::as_u64).unwrap_or_else(|| offset.saturating_add(length));
    // Its address of the next page is not followed; only that there is one counts.
    let is_last = body.get("next").is_none_or(Value::is_null);
    Listed { records, length, total, is_last }
}
