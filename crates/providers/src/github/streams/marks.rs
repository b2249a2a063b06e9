//! What was asked about a repository, and the tags of what was answered (`ETag`): the very same question with the tag is answered
//! with 304 where nothing has happened. A tag is of an account and often of a token as well; after a new one the question is
//! answered in full, which is no harm.

use super::lists::Listed;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Repositories of which tags are kept, and of which the list is: the cursor is written with every page, and each of them takes 300
/// bytes of it. The others are asked in full.
pub(super) const MOST_MARKED: usize = 1000;
/// A list with more entries since the moment that it is asked for from is asked for from a later one the next time. All of them
/// would be sent again with each change, and once a page is full, what comes is on the next one.
pub(super) const FEW: usize = 20;

/// A question that is asked again, and what stands for its last answer.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Mark {
    /// From when on was asked, in seconds since the epoch, where that is in the address: the same question has the same one.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
    pub tag: String,
}

impl Mark {
    pub(super) fn of(listed: &Listed, since: Option<DateTime<Utc>>) -> Option<Self> {
        Some(Self { since: since.map(|since| since.timestamp()), tag: listed.tag.clone()? })
    }

    pub(super) fn since(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.since?, 0)
    }
}

/// By the numbers of the repositories.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Marks(BTreeMap<u64, Mark>);

impl Marks {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, id: u64) -> Option<&Mark> {
        self.0.get(&id)
    }

    /// In place of the one before. `None`: its question is not asked again.
    pub(super) fn keep(&mut self, id: u64, mark: Option<Mark>) {
        self.0.remove(&id);
        if let Some(mark) = mark.filter(|_| self.0.len() < MOST_MARKED) {
            self.0.insert(id, mark);
        }
    }

    pub(super) fn keep_those_of(&mut self, known: &BTreeSet<u64>) {
        self.0.retain(|id, _| known.contains(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousand and no more, but each of them as it was last.
    #[test]
    fn a_thousand_marks_are_kept() {
        let mark = |since| Mark { since: Some(since), tag: format!("W/\"{}\"", "0".repeat(64)) };
        let mut marks = Marks::default();
        for id in 0..1100 {
            marks.keep(40_000_000_000 + id, Some(mark(1_767_323_045)));
        }
        marks.keep(40_000_000_000, Some(mark(1_767_323_046)));
        assert_eq!(marks.0.len(), 1000);
        assert_eq!(marks.get(40_000_000_000).and_then(|mark| mark.since), Some(1_767_323_046));
        assert!(marks.get(40_000_001_000).is_none());
        let size = serde_json::to_string(&marks).unwrap().len();
        assert!(size < 130_000, "{size} bytes");
        marks.keep(40_000_000_000, None);
        marks.keep_those_of(&BTreeSet::from([40_000_000_001, 1]));
        assert_eq!(marks.0.len(), 1);
    }
}
