//! Pull requests. Their list knows no time to begin at: what has changed is read from the newest change on, back to where the
//! last pass began.

use super::{
    lists::{Answered, Listed, list, remembered},
    marks::Mark,
    parts::{Fact, author, changed, container, id, is_news, subject, turned},
    walk::{Fetched, Look, Reader},
};
use crate::{Call, CallError, Change, StreamError, told::time};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use kernel::{NewSignal, SignalKind};
use serde_json::Value;

/// As of an issue. What would come out of a merge is another commit after each push to the branch that it would go into, and so
/// is that branch's own.
pub(super) const VOLATILE: &[&str] = &[
    "/updated_at",
    "/author_association",
    "/merge_commit_sha",
    "/base/sha",
    "/base/repo",
    "/head/repo",
    "/milestone/open_issues",
    "/milestone/closed_issues",
    "/milestone/updated_at",
    "/user/avatar_url",
    "/assignee/avatar_url",
    "/base/user/avatar_url",
    "/head/user/avatar_url",
];
/// As for issues; each has its two repositories in it besides.
pub(super) const BATCH: u16 = 50;

const FACTS: &[Fact] = &[
    ("assignees", &["/assignees"]),
    ("auto_merge", &["/auto_merge/merge_method"]),
    ("base", &["/base/ref"]),
    ("body", &["/body"]),
    ("draft", &["/draft"]),
    ("head", &["/head/sha"]),
    ("labels", &["/labels"]),
    ("locked", &["/locked"]),
    ("milestone", &["/milestone"]),
    ("requested_reviewers", &["/requested_reviewers", "/requested_teams"]),
    ("state", &["/state"]),
    ("title", &["/title"]),
];

pub(super) struct PullRequests;

impl Reader for PullRequests {
    fn reaches_back(&self) -> TimeDelta {
        TimeDelta::zero()
    }

    /// Nothing in the list of repositories says that a pull request was edited.
    fn moved_at(&self, _: &Value) -> Option<DateTime<Utc>> {
        None
    }

    fn read<'a>(&'a self, call: Call<'a>, look: Look<'a>) -> BoxFuture<'a, Result<Option<Fetched>, StreamError>> {
        Box::pin(read(call, look))
    }
}

async fn read(call: Call<'_>, look: Look<'_>) -> Result<Option<Fetched>, StreamError> {
    let url = if let Some(next) = look.step.and_then(Value::as_str) {
        remembered(call, next)?
    } else {
        let mut url = look.repository.list(call, "pulls")?;
        // What changes while it is read moves to the front, and is found by the next pass. Where all are listed none may move:
        // they are, in the order in which they were made.
        let (sort, direction) = if look.since.is_some() { ("updated", "desc") } else { ("created", "asc") };
        let query = [("state", "all"), ("sort", sort), ("direction", direction), ("per_page", &look.batch.to_string())];
        url.query_pairs_mut().extend_pairs(query);
        url
    };
    let listed = match list(call, url, look.tag()).await? {
        Answered::Page(listed) => listed,
        Answered::Unchanged { .. } => return Ok(Some(Fetched::nothing_new(look))),
        Answered::Nothing => return Ok(None),
    };
    // Whatever changes moves to the front, so that the first page stands for all.
    let is_front = look.since.is_some() && look.step.is_none();
    let mark = if is_front { Mark::of(&listed, None) } else { None };
    let Listed { mut entries, next, .. } = listed;
    let is_new = |entry: &Value| time(entry, "/updated_at").is_none_or(|at| look.since.is_none_or(|since| at >= since));
    let leads_on = entries.last().is_some_and(is_new);
    entries.retain(is_new);
    let record = |mut entry: Value| {
        let external_id = id(&entry).ok_or(CallError::Unreadable)?.to_string();
        let changed_at = time(&entry, "/updated_at");
        for path in ["/base/repo", "/head/repo"] {
            name_only(&mut entry, path);
        }
        look.repository.record(external_id, entry, changed_at)
    };
    let records = entries.into_iter().map(record).collect::<Result<_, _>>()?;
    Ok(Some(Fetched { records, step: next.filter(|_| leads_on).map(Value::String), mark }))
}

/// Each of its two ends has a whole repository in it, which is as large as the rest. Who they are is enough.
fn name_only(pull_request: &mut Value, path: &str) {
    let Some(Value::Object(repository)) = pull_request.pointer_mut(path) else { return };
    repository.retain(|name, _| ["id", "node_id", "full_name", "html_url", "private", "fork"].contains(&name.as_str()));
}

/// By the same names as the webhook's, so that both tell the same.
pub(super) fn tell(change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let (kind, found, changes) = match change {
        Change::Created { now } if is_news(time(now, "/created_at"), at) => {
            (SignalKind::PullRequestOpened, now, Vec::new())
        }
        Change::Updated { before, now } => {
            let changes = changed(before, now, FACTS);
            if changes.is_empty() {
                return None;
            }
            (updated(before, now), now, changes)
        }
        // There is no kind for it: a pull request goes with its repository.
        Change::Created { .. } | Change::Deleted { .. } => return None,
    };
    let of_its_own = match kind {
        SignalKind::PullRequestOpened => time(found, "/created_at"),
        SignalKind::PullRequestMerged => time(found, "/merged_at"),
        SignalKind::PullRequestClosed => time(found, "/closed_at"),
        _ => None,
    };
    Some(NewSignal {
        kind,
        subject: subject("pull_request", found)?,
        actor: if kind == SignalKind::PullRequestOpened { author(found) } else { None },
        container: container(found),
        occurred_at: of_its_own.or_else(|| time(found, "/updated_at")).unwrap_or(at),
        changes,
    })
}

fn updated(before: &Value, now: &Value) -> SignalKind {
    match turned(before, now) {
        Some(true) if time(now, "/merged_at").is_some() => SignalKind::PullRequestMerged,
        Some(true) => SignalKind::PullRequestClosed,
        Some(false) => SignalKind::PullRequestReopened,
        None => SignalKind::PullRequestUpdated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A pull request is kept without its two repositories, but for their names.
    #[test]
    fn repositories_are_kept_by_name() {
        let mut found =
            json!({"head": {"repo": {"id": 1, "full_name": "a/b", "stargazers_count": 7}}, "base": {"repo": null}});
        name_only(&mut found, "/head/repo");
        name_only(&mut found, "/base/repo");
        assert_eq!(found, json!({"head": {"repo": {"id": 1, "full_name": "a/b"}}, "base": {"repo": null}}));
    }
}
