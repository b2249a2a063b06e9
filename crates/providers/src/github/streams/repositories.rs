//! Repositories. Nothing says when one of them went, so that each pass lists all; and what is listed no more is gone. Pages that
//! are what they were are told apart by their tags, and are not sent again.

use super::{
    lists,
    parts::{Fact, changed, id, repository},
    roster::{Page, Roster, Seen},
};
use crate::{
    Call, CallError, Change, PageAsk, Record, RecordPage, RecordState, StreamError,
    told::{cursor, kept, text, time},
};
use chrono::{DateTime, Utc};
use kernel::{NewSignal, SignalKind, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Counts and times that move with whatever happens inside, what GitHub finds out about the code by itself, and addresses that
/// are signed anew.
pub(super) const VOLATILE: &[&str] = &[
    "/updated_at",
    "/pushed_at",
    "/size",
    "/stargazers_count",
    "/watchers_count",
    "/watchers",
    "/forks_count",
    "/forks",
    "/open_issues_count",
    "/open_issues",
    "/network_count",
    "/subscribers_count",
    "/language",
    "/score",
    "/temp_clone_token",
    "/owner/avatar_url",
];
pub(super) const BATCH: u16 = 100;
/// Of more than these it is not noticed that one goes: the cursor is no place for all of them.
const MOST_KNOWN: usize = 5000;

const FACTS: &[Fact] = &[
    ("archived", &["/archived"]),
    ("default_branch", &["/default_branch"]),
    ("description", &["/description"]),
    ("homepage", &["/homepage"]),
    ("name", &["/name"]),
    ("owner", &["/owner"]),
    ("topics", &["/topics"]),
    ("visibility", &["/private", "/visibility"]),
];

#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    /// What the last pass found.
    #[serde(default)]
    known: BTreeSet<u64>,
    /// Who is on which page.
    #[serde(default, skip_serializing_if = "Roster::is_empty")]
    roster: Roster<u64>,
    pass: Option<Pass>,
}

#[derive(Default, Serialize, Deserialize)]
struct Pass {
    next: Option<String>,
    seen: BTreeSet<u64>,
    /// Whether this is the second look at the list, and whether it has more than one page.
    is_second: bool,
    is_long: bool,
}

pub(super) async fn page(call: Call<'_>, ask: PageAsk<'_>) -> Result<RecordPage, StreamError> {
    let mut cursor: Cursor = cursor(ask.cursor)?.unwrap_or_default();
    let mut pass = cursor.pass.take().unwrap_or_default();
    let address = match &pass.next {
        Some(next) => next.clone(),
        None => lists::repositories(call, ask.batch)?.into(),
    };
    if pass.next.is_none() {
        cursor.roster.begin_at(&address);
    }
    let Seen { page, words, .. } = cursor.roster.page(call, &address, id, MOST_KNOWN).await?;
    let mut records = words.into_iter().map(record).collect::<Result<Vec<_>, CallError>>()?;
    let Page { entries, next, .. } = page;
    let room = (MOST_KNOWN + 1).saturating_sub(pass.seen.len());
    pass.seen.extend(entries.into_iter().take(room));
    pass.is_long |= next.is_some();
    pass.next = next;
    // Pages are counted: when one goes, another one may slip through between two of them. Who is missing twice is gone.
    let is_all_there = !cursor.known.is_empty() && cursor.known.is_subset(&pass.seen);
    let is_doubtful = pass.next.is_none() && pass.is_long && !pass.is_second && !is_all_there;
    pass.is_second |= is_doubtful;
    if is_doubtful || pass.next.is_some() {
        cursor.pass = Some(pass);
    } else {
        if pass.seen.len() > MOST_KNOWN {
            pass.seen.clear();
            cursor.known.clear();
        }
        records.extend(cursor.known.difference(&pass.seen).map(|id| Record {
            external_id: id.to_string(),
            changed_at: None,
            state: RecordState::Gone,
        }));
        cursor.known = pass.seen;
    }
    Ok(RecordPage { records, more: cursor.pass.is_some(), cursor: kept(&cursor)? })
}

fn record(entry: Value) -> Result<Record, CallError> {
    let external_id = id(&entry).ok_or(CallError::Unreadable)?.to_string();
    Ok(Record { external_id, changed_at: time(&entry, "/updated_at"), state: RecordState::There(entry) })
}

/// There is no kind for a new one, as there is none for the webhook: that it is there shows when something happens in it.
pub(super) fn tell(change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let (kind, found, changes) = match change {
        Change::Created { .. } => return None,
        Change::Updated { before, now } => {
            let changes = changed(before, now, FACTS);
            if changes.is_empty() {
                return None;
            }
            (SignalKind::RepositoryUpdated, now, changes)
        }
        Change::Deleted { before } => (SignalKind::RepositoryDeleted, before?, Vec::new()),
    };
    let container = repository(found)?;
    let subject = Subject {
        kind: "repository".to_owned(),
        external_id: container.external_id.clone(),
        number: None,
        title: text(found, "/full_name"),
        url: text(found, "/html_url"),
    };
    let occurred_at = time(found, "/updated_at").unwrap_or(at);
    Some(NewSignal { kind, subject, actor: None, container: Some(container), occurred_at, changes })
}
