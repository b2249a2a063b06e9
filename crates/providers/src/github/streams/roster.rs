//! The list of repositories as it was seen last. A page of it that has not changed is neither sent again nor counted, so that
//! what was on it has to be known here.

use super::{
    lists::{Answered, Listed, list, remembered},
    parts::id,
};
use crate::{Call, CallError, StreamError};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Pages by their addresses, each with what is needed of its entries.
#[derive(Serialize, Deserialize)]
pub(super) struct Roster<T>(BTreeMap<String, Kept<T>>);

#[derive(Serialize, Deserialize)]
struct Kept<T> {
    tag: String,
    page: Page<T>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Page<T> {
    pub entries: Vec<T>,
    /// The id of the last one, which may be none that can be read.
    pub last: Option<u64>,
    /// Where the next page is. `None`: this was the last.
    pub next: Option<String>,
}

/// A page that has been asked for.
pub(super) struct Seen<T> {
    pub page: Page<T>,
    /// GitHub's own words. There are none where it said that nothing has changed.
    pub words: Vec<Value>,
    pub at: DateTime<Utc>,
}

impl<T> Default for Roster<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Clone> Roster<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets what no page leads to any more.
    pub(super) fn begin_at(&mut self, first: &str) {
        let (mut kept, mut at) = (BTreeMap::new(), Some(first.to_owned()));
        while let Some((address, page)) = at.take().and_then(|at| self.0.remove_entry(&at)) {
            at.clone_from(&page.page.next);
            kept.insert(address, page);
        }
        self.0 = kept;
    }

    /// The page at an address, as it is by now. `read`: what is needed of an entry; `most`: of so many that is kept.
    pub(super) async fn page(
        &mut self,
        call: Call<'_>,
        address: &str,
        read: impl Fn(&Value) -> Option<T>,
        most: usize,
    ) -> Result<Seen<T>, StreamError> {
        let url = remembered(call, address)?;
        let known = self.0.get(address);
        let Listed { entries: words, next, tag, at } =
            match (list(call, url, known.map(|it| it.tag.as_str())).await?, known) {
                (Answered::Page(listed), _) => listed,
                (Answered::Unchanged { at }, Some(known)) => {
                    return Ok(Seen { page: known.page.clone(), words: Vec::new(), at });
                }
                (Answered::Unchanged { .. }, None) | (Answered::Nothing, _) => return Err(CallError::Unreadable.into()),
            };
        let page = Page { entries: words.iter().filter_map(read).collect(), last: words.last().and_then(id), next };
        self.keep(address, tag, &page, most);
        Ok(Seen { page, words, at })
    }

    fn keep(&mut self, address: &str, tag: Option<String>, page: &Page<T>, most: usize) {
        self.0.remove(address);
        let others: usize = self.0.values().map(|kept| kept.page.entries.len()).sum();
        if let Some(tag) = tag.filter(|_| others + page.entries.len() <= most) {
            self.0.insert(address.to_owned(), Kept { tag, page: page.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many entries as there is room for, and of the pages those that one gets to.
    #[test]
    fn so_many_entries_are_kept() {
        let page = |entries: u64, next: Option<&str>| Page {
            entries: (0..entries).collect(),
            last: None,
            next: next.map(str::to_owned),
        };
        let mut roster = Roster::default();
        let mut keep = |address: &str, page: Page<u64>| roster.keep(address, Some("tag".to_owned()), &page, 10);
        keep("one", page(5, Some("two")));
        keep("two", page(5, None));
        keep("three", page(1, None));
        keep("one", page(4, Some("two")));
        assert_eq!(roster.0.keys().collect::<Vec<_>>(), ["one", "two"]);
        roster.keep("two", None, &page(5, None), 10);
        roster.keep("elsewhere", Some("tag".to_owned()), &page(6, None), 10);
        assert_eq!(roster.0.len(), 2, "what has no tag cannot be asked for again");
        roster.begin_at("one");
        assert_eq!(roster.0.keys().collect::<Vec<_>>(), ["one"]);
    }
}
