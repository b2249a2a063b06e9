//! Commits of default branches, the newest first. GitHub knows when a commit was made and not when it was pushed: what was
//! longer under way than two weeks is found by a listing from the beginning only.

use super::{
    lists::{Answered, Listed, list, remembered},
    marks::{FEW, Mark},
    parts::{container, instant, is_news},
    walk::{Fetched, Look, Reader},
};
use crate::{
    Call, CallError, Change, StreamError,
    told::{text, time, title},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use kernel::{NewSignal, SignalKind, Subject};
use serde_json::Value;

/// A commit does not change. What stands around it does: addresses when the repository is renamed, accounts and signatures as
/// people add their mail addresses and keys, comments, and whether it was the newest when it was seen.
pub(super) const VOLATILE: &[&str] = &[
    "/head",
    "/repository",
    "/url",
    "/html_url",
    "/comments_url",
    "/author",
    "/committer",
    "/parents",
    "/commit/url",
    "/commit/tree/url",
    "/commit/verification",
    "/commit/comment_count",
];
pub(super) const BATCH: u16 = 100;

pub(super) struct Commits;

impl Reader for Commits {
    /// Branches are merged with the commits that were made on them, some time ago.
    fn reaches_back(&self) -> TimeDelta {
        TimeDelta::days(14)
    }

    fn moved_at(&self, listed: &Value) -> Option<DateTime<Utc>> {
        time(listed, "/pushed_at")
    }

    fn read<'a>(&'a self, call: Call<'a>, look: Look<'a>) -> BoxFuture<'a, Result<Option<Fetched>, StreamError>> {
        Box::pin(read(call, look))
    }
}

async fn read(call: Call<'_>, look: Look<'_>) -> Result<Option<Fetched>, StreamError> {
    let next = look.step.and_then(Value::as_str);
    let since = look.mark.and_then(Mark::since).or(look.since);
    let url = if let Some(next) = next {
        remembered(call, next)?
    } else {
        let mut url = look.repository.list(call, "commits")?;
        url.query_pairs_mut()
            .append_pair("per_page", &look.batch.to_string())
            .extend_pairs(since.map(|since| ("since", instant(since))));
        url
    };
    let listed = match list(call, url, look.tag()).await? {
        Answered::Page(listed) => listed,
        Answered::Unchanged { .. } => return Ok(Some(Fetched::nothing_new(look))),
        Answered::Nothing => return Ok(None),
    };
    let is_short = next.is_none() && listed.next.is_none() && listed.entries.len() <= FEW;
    let mark = since.filter(|_| is_short).and_then(|since| Mark::of(&listed, Some(since)));
    let Listed { mut entries, next: following, .. } = listed;
    if let (None, Some(branch), Some(Value::Object(newest))) = (next, &look.repository.branch, entries.first_mut()) {
        newest.insert("head".to_owned(), format!("refs/heads/{branch}").into());
    }
    let record = |entry: Value| {
        let sha = text(&entry, "/sha").ok_or(CallError::Unreadable)?;
        let made_at = made_at(&entry);
        look.repository.record(format!("{}/{sha}", look.repository.id), entry, made_at)
    };
    let records = entries.into_iter().map(record).collect::<Result<_, _>>()?;
    Ok(Some(Fetched { records, step: following.map(Value::String), mark }))
}

fn made_at(commit: &Value) -> Option<DateTime<Utc>> {
    time(commit, "/commit/committer/date").or_else(|| time(commit, "/commit/author/date"))
}

/// A push is told by the commit that a branch points to after it, as webhooks tell it; what is found of several is the last.
pub(super) fn tell(change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let Change::Created { now: commit } = change else { return None };
    let branch = text(commit, "/head")?;
    let made_at = made_at(commit);
    if !is_news(made_at, at) {
        return None;
    }
    let subject = Subject {
        kind: "commit".to_owned(),
        external_id: text(commit, "/sha")?,
        title: title(commit, "/commit/message").or_else(|| Some(branch.clone())),
        number: Some(branch),
        // A webhook leads to what was pushed. Two addresses would be two pushes.
        url: None,
    };
    Some(NewSignal {
        kind: SignalKind::Push,
        subject,
        actor: None,
        container: container(commit),
        // Before it was pushed, so that what a webhook has told is not earlier than this.
        occurred_at: made_at.unwrap_or(at),
        changes: Vec::new(),
    })
}
