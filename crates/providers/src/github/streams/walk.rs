//! The way through all repositories, one after the other, and where a stream is on it.
//!
//! Repositories are counted by the page, so that one that goes moves the others. The place in their list is therefore the last
//! one that was read: its page is looked at again before the next one is turned to, and nobody slips through between two pages.
//!
//! In most repositories nothing happens between two passes. GitHub says so for nothing to who asks the very same question again
//! with the tag of its last answer; so the cursor keeps the tags, and what the list of repositories said. See `marks` and `roster`.

use super::{
    lists,
    marks::{MOST_MARKED, Mark, Marks},
    parts::Repository,
    roster::{Page, Roster, Seen},
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

    /// When something may have come last, where the list of repositories says that.
    fn moved_at(&self, listed: &Value) -> Option<DateTime<Utc>>;

    fn read<'a>(&'a self, call: Call<'a>, look: Look<'a>) -> BoxFuture<'a, Result<Option<Fetched>, StreamError>>;
}

/// Which page of a repository is wanted.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub repository: &'a Repository,
    /// What has changed since then; `None`: all.
    pub since: Option<DateTime<Utc>>,
    /// Where this is the first page, and of what has changed.
    pub mark: Option<&'a Mark>,
    /// As the page before gave it.
    pub step: Option<&'a Value>,
    /// How many entries, at most.
    pub batch: u16,
}

impl Look<'_> {
    pub(super) fn tag(&self) -> Option<&str> {
        self.mark.map(|mark| mark.tag.as_str())
    }
}

/// A page of a repository. There is none where it has nothing to list.
pub(super) struct Fetched {
    pub records: Vec<Record>,
    /// What leads to the repository's next page; `None` behind its last.
    pub step: Option<Value>,
    /// Of the first page: how it is asked for the next time. `None`: from where this pass began.
    pub mark: Option<Mark>,
}

impl Fetched {
    /// The answer is the one that the look's tag stands for, and will be asked for with that again.
    pub(super) fn nothing_new(look: Look<'_>) -> Self {
        Self { records: Vec::new(), step: None, mark: look.mark.cloned() }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Walk {
    /// Those that were read whole, of which only what has changed is asked for.
    #[serde(default)]
    known: BTreeSet<u64>,
    /// When the last pass began, in seconds since the epoch. `None`: this is the first.
    since: Option<i64>,
    #[serde(default, skip_serializing_if = "Roster::is_empty")]
    roster: Roster<Repository>,
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    marks: Marks,
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
    /// And what its first page has left for the next pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mark: Option<Mark>,
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
        let wanted = |repository: &Repository| {
            let since = since_of(repository.id).map(|since| since.timestamp());
            since.is_none_or(|since| repository.moved_at.is_none_or(|moved_at| moved_at >= since))
        };
        let mut list = List { call, reader, roster: &mut self.roster };
        let Some(pass) = &mut self.pass else {
            let first: String = lists::repositories(call, REPOSITORIES)?.into();
            list.roster.begin_at(&first);
            let Seen { page, at, .. } = list.page(&first).await?;
            let mut pass = Pass::of(first, at);
            pass.take(page, wanted);
            self.pass = Some(pass);
            return Ok(true);
        };
        let Some(repository) = pass.rest.front() else {
            return match pass.turn(&mut list).await? {
                Some(page) => {
                    pass.take(page, wanted);
                    Ok(true)
                }
                None => self.end().map(|()| false),
            };
        };
        let (id, since) = (repository.id, since_of(repository.id).map(|since| since - reader.reaches_back()));
        let mark = self.marks.get(id).filter(|_| since.is_some() && pass.step.is_none());
        let read = reader.read(call, Look { repository, since, mark, step: pass.step.as_ref(), batch }).await;
        match read {
            Ok(Some(Fetched { records: found, step, mark })) => {
                records.extend(found);
                if pass.step.is_none() {
                    pass.mark = mark;
                }
                pass.answered = true;
                pass.step = step;
                if pass.step.is_none() {
                    pass.see(id);
                    self.marks.keep(id, pass.mark.take());
                    pass.leave();
                }
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
        // What has refused is read whole the next time, whatever it was known by.
        self.marks.keep_those_of(&self.known);
        Ok(())
    }
}

/// The list of repositories, and how it is asked for.
struct List<'a> {
    call: Call<'a>,
    reader: &'a dyn Reader,
    roster: &'a mut Roster<Repository>,
}

impl List<'_> {
    async fn page(&mut self, address: &str) -> Result<Seen<Repository>, StreamError> {
        let read = |entry: &Value| {
            let moved_at = self.reader.moved_at(entry).map(|moved_at| moved_at.timestamp());
            let mut repository = Repository::read(entry)?;
            repository.moved_at = moved_at;
            Some(repository)
        };
        self.roster.page(self.call, address, read, MOST_MARKED).await
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
            mark: None,
            seen: BTreeSet::new(),
            answered: false,
            refused: false,
        }
    }

    fn take(&mut self, page: Page<Repository>, wanted: impl Fn(&Repository) -> bool) {
        self.is_last = page.next.is_none();
        if page.last.is_some() {
            self.end = page.last;
        }
        for repository in page.entries {
            if wanted(&repository) {
                self.rest.push_back(repository);
            } else {
                // It has answered before, and there is nothing to ask it for.
                self.answered = true;
                self.see(repository.id);
            }
        }
    }

    /// What stands in the list behind where it was left. `None`: nothing.
    async fn turn(&mut self, list: &mut List<'_>) -> Result<Option<Page<Repository>>, StreamError> {
        if self.is_last {
            return Ok(None);
        }
        let page = list.page(&self.page).await?.page;
        match self.rest_of(&page) {
            Some([]) => {
                let Some(next) = page.next else { return Ok(None) };
                let page = list.page(&next).await?.page;
                self.before = Some(std::mem::replace(&mut self.page, next));
                Ok(Some(page))
            }
            // Others have gone, and what stood behind it has moved up.
            Some(rest) => Ok(Some(Page { entries: rest.to_vec(), ..page })),
            // It has gone itself, or has moved to the page before. What is read twice costs requests and nothing else.
            None => match self.before.take() {
                Some(before) => {
                    let page = list.page(&before).await?.page;
                    let rest = self.rest_of(&page).unwrap_or(&page.entries).to_vec();
                    self.page = before;
                    Ok(Some(Page { entries: rest, ..page }))
                }
                None => Ok(Some(page)),
            },
        }
    }

    /// The entries of a page behind where the list was left. `None`: it was not left on this one.
    fn rest_of<'a>(&self, page: &'a Page<Repository>) -> Option<&'a [Repository]> {
        if self.end.is_some() && self.end == page.last {
            return Some(&[]);
        }
        let place = page.entries.iter().position(|entry| Some(entry.id) == self.end)?;
        page.entries.get(place + 1..)
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
