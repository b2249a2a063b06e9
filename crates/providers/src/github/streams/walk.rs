//! The way through all repositories, one after the other, and where a stream is on it.
//!
//! Repositories are counted by the page, so that one that goes moves the others. The place in their list is therefore the last
//! one that was read: its page is looked at again before the next one is turned to, and nobody slips through between two pages.

use super::{
    lists::{self, Listed},
    parts::{Repository, id},
};
use crate::{
    Call, CallError, PageAsk, Record, RecordPage, StreamError,
    told::{cursor, kept},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeSet, VecDeque};

/// Repositories of a page. They are kept in the cursor until each has had its turn.
const REPOSITORIES: u16 = 30;
/// Looks that bring nothing and are one page together: most repositories have nothing new. Each may take fifteen seconds, and a
/// page three minutes.
const LOOKS: usize = 8;
/// Repositories of which it is known that they were read whole. One more that comes into reach is read from then on only.
const MOST_KNOWN: usize = 2000;

/// How far a pass begins before the last one did: lists are behind what happens, and clocks differ.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);

/// What is fetched of each repository.
pub(super) trait Reader: Sync {
    /// How far back before the last pass what has come is looked for, beside the usual overlap.
    fn reaches_back(&self) -> TimeDelta;

    /// Whether nothing can have come since then, by what the list of repositories says.
    fn is_quiet(&self, listed: &Value, since: DateTime<Utc>) -> bool;

    fn read<'a>(&'a self, call: Call<'a>, look: Look<'a>) -> BoxFuture<'a, Result<Option<Fetched>, StreamError>>;
}

/// Which page of a repository is wanted.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub repository: &'a Repository,
    /// What has changed since then; `None`: all.
    pub since: Option<DateTime<Utc>>,
    /// As the page before gave it.
    pub step: Option<&'a Value>,
    /// How many entries, at most.
    pub batch: u16,
}

/// A page of a repository. There is none where it has nothing to list.
pub(super) struct Fetched {
    pub records: Vec<Record>,
    /// What leads to the repository's next page; `None` behind its last.
    pub step: Option<Value>,
}

#[derive(Default, Serialize, Deserialize)]
struct Walk {
    /// Those that were read whole, of which only what has changed is asked for.
    #[serde(default)]
    known: BTreeSet<u64>,
    /// When the last pass began, in seconds since the epoch. `None`: this is the first.
    since: Option<i64>,
    pass: Option<Pass>,
}

#[derive(Serialize, Deserialize)]
struct Pass {
    began: i64,
    /// The page of the list that is being gone through, and the one before it.
    page: String,
    before: Option<String>,
    is_last: bool,
    /// Those of it that are still to be read; the first is under way.
    rest: VecDeque<Repository>,
    /// Where in the list the page ended.
    end: Option<u64>,
    /// Within the first one.
    step: Option<Value>,
    /// Those that were read in this pass.
    seen: BTreeSet<u64>,
    /// Whether any has let itself be read, and whether any has refused.
    answered: bool,
    refused: bool,
}

/// What the cursor leads to.
pub(super) async fn next(call: Call<'_>, reader: &dyn Reader, ask: PageAsk<'_>) -> Result<RecordPage, StreamError> {
    let mut walk: Walk = cursor(ask.cursor)?.unwrap_or_default();
    let (mut records, mut more) = (Vec::new(), true);
    for _ in 0..LOOKS {
        if !more || !records.is_empty() {
            break;
        }
        more = walk.look(call, reader, ask.batch, &mut records).await?;
    }
    Ok(RecordPage { records, cursor: kept(&walk)?, more })
}

impl Walk {
    /// At a page of repositories, or of one of them. `false`: the pass has come to its end.
    async fn look(
        &mut self,
        call: Call<'_>,
        reader: &dyn Reader,
        batch: u16,
        records: &mut Vec<Record>,
    ) -> Result<bool, StreamError> {
        let since = self.since.and_then(|since| DateTime::from_timestamp(since, 0)).map(|began| began - OVERLAP);
        let is_full = self.known.len() >= MOST_KNOWN;
        let since_of = |id: u64| since.filter(|_| is_full || self.known.contains(&id));
        let wanted = |id: u64, listed: &Value| since_of(id).is_none_or(|since| !reader.is_quiet(listed, since));
        let Some(pass) = &mut self.pass else {
            let (listed, page) = lists::repositories(call, REPOSITORIES).await?;
            let mut pass = Pass::of(page, listed.at);
            pass.take(&listed, wanted);
            self.pass = Some(pass);
            return Ok(true);
        };
        let Some(repository) = pass.rest.front() else {
            return match pass.turn(call).await? {
                Some(listed) => {
                    pass.take(&listed, wanted);
                    Ok(true)
                }
                None => self.end().map(|()| false),
            };
        };
        let since = since_of(repository.id).map(|since| since - reader.reaches_back());
        let read = reader.read(call, Look { repository, since, step: pass.step.as_ref(), batch }).await;
        match read {
            Ok(Some(fetched)) => {
                records.extend(fetched.records);
                pass.go_on(fetched.step);
            }
            Ok(None) => {
                pass.answered = true;
                pass.leave();
            }
            // One that lets this token in no more does not keep the others from being read. It is not among those that were
            // read, so that it is read whole once it does.
            Err(StreamError::Call(CallError::NotFound | CallError::Refused)) => {
                pass.refused = true;
                pass.leave();
            }
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    /// A pass in which every repository has refused has found out nothing, but that the token lacks a right.
    fn end(&mut self) -> Result<(), StreamError> {
        let Some(pass) = self.pass.take() else { return Ok(()) };
        if pass.refused && !pass.answered {
            return Err(CallError::Refused.into());
        }
        (self.known, self.since) = (pass.seen, Some(pass.began));
        Ok(())
    }
}

impl Pass {
    fn of(page: String, began: DateTime<Utc>) -> Self {
        Self {
            began: began.timestamp(),
            page,
            before: None,
            is_last: true,
            rest: VecDeque::new(),
            end: None,
            step: None,
            seen: BTreeSet::new(),
            answered: false,
            refused: false,
        }
    }

    fn take(&mut self, listed: &Listed, wanted: impl Fn(u64, &Value) -> bool) {
        self.is_last = listed.next.is_none();
        if let Some(end) = listed.entries.last().and_then(id) {
            self.end = Some(end);
        }
        for entry in &listed.entries {
            let Some(repository) = Repository::read(entry) else { continue };
            if wanted(repository.id, entry) {
                self.rest.push_back(repository);
            } else {
                // It has answered before, and there is nothing to ask it for.
                self.answered = true;
                self.see(repository.id);
            }
        }
    }

    /// What stands in the list behind where it was left. `None`: nothing.
    async fn turn(&mut self, call: Call<'_>) -> Result<Option<Listed>, StreamError> {
        if self.is_last {
            return Ok(None);
        }
        let mut listed = lists::again(call, &self.page).await?;
        match self.left(&listed) {
            Some(left) if left == listed.entries.len() => {
                let Some(next) = listed.next else { return Ok(None) };
                let listed = lists::again(call, &next).await?;
                self.before = Some(std::mem::replace(&mut self.page, next));
                Ok(Some(listed))
            }
            // Others have gone, and what stood behind it has moved up.
            Some(left) => {
                listed.entries.drain(..left);
                Ok(Some(listed))
            }
            // It has gone itself, or has moved to the page before. What is read twice costs requests and nothing else.
            None => match self.before.take() {
                Some(before) => {
                    let mut listed = lists::again(call, &before).await?;
                    let left = self.left(&listed).unwrap_or_default();
                    listed.entries.drain(..left);
                    self.page = before;
                    Ok(Some(listed))
                }
                None => Ok(Some(listed)),
            },
        }
    }

    /// How many entries of a page lead up to where the list was left, that one included.
    fn left(&self, listed: &Listed) -> Option<usize> {
        let end = self.end?;
        listed.entries.iter().position(|entry| id(entry) == Some(end)).map(|place| place + 1)
    }

    fn go_on(&mut self, step: Option<Value>) {
        self.answered = true;
        if step.is_some() {
            self.step = step;
        } else if let Some(repository) = self.rest.front() {
            self.see(repository.id);
            self.leave();
        }
    }

    fn see(&mut self, id: u64) {
        if self.seen.len() < MOST_KNOWN {
            self.seen.insert(id);
        }
    }

    fn leave(&mut self) {
        self.rest.pop_front();
        self.step = None;
    }
}
