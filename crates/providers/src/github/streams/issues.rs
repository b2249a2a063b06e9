//! Issues, the change that lies back longest first. GitHub lists pull requests among them, which have a stream of their own.

use super::{
    lists::{Answered, Listed, list, remembered},
    marks::{FEW, Mark},
    parts::{Fact, author, changed, container, has_gained, id, instant, is_news, subject, turned},
    walk::{Fetched, Look, Reader},
};
use crate::{
    Call, CallError, Change, StreamError,
    told::{cursor, kept, time},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use kernel::{NewSignal, SignalKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Counts, which others move: comments, reactions, the other issues of a milestone, the issues below this one; what the person
/// is to the repository by now; pictures, whose addresses a server of one's own signs anew; and `updated_at`, which a comment
/// moves too.
pub(super) const VOLATILE: &[&str] = &[
    "/updated_at",
    "/comments",
    "/reactions",
    "/author_association",
    "/score",
    "/sub_issues_summary",
    "/issue_dependencies_summary",
    "/milestone/open_issues",
    "/milestone/closed_issues",
    "/milestone/updated_at",
    "/performed_via_github_app",
    "/user/avatar_url",
    "/assignee/avatar_url",
];
/// A text has up to 65,536 characters, and a page has to fit into an answer.
pub(super) const BATCH: u16 = 50;

const FACTS: &[Fact] = &[
    ("assignees", &["/assignees"]),
    ("body", &["/body"]),
    ("labels", &["/labels"]),
    ("locked", &["/locked"]),
    ("milestone", &["/milestone"]),
    ("state", &["/state"]),
    ("title", &["/title"]),
    ("type", &["/type"]),
];

pub(super) struct Issues;

/// An issue that changes moves to the end of the list, and all behind it move up: whoever counts pages loses one of them. So the
/// list is begun anew behind each page, from the newest change on it.
#[derive(Serialize, Deserialize)]
struct Step {
    since: Option<DateTime<Utc>>,
    /// Where a whole page changed within a second, by its number all the same.
    next: Option<String>,
}

impl Reader for Issues {
    fn reaches_back(&self) -> TimeDelta {
        TimeDelta::zero()
    }

    /// Nothing in the list of repositories says that an issue was edited.
    fn moved_at(&self, _: &Value) -> Option<DateTime<Utc>> {
        None
    }

    fn read<'a>(&'a self, call: Call<'a>, look: Look<'a>) -> BoxFuture<'a, Result<Option<Fetched>, StreamError>> {
        Box::pin(read(call, look))
    }
}

async fn read(call: Call<'_>, look: Look<'_>) -> Result<Option<Fetched>, StreamError> {
    let first = Step { since: look.mark.and_then(Mark::since).or(look.since), next: None };
    let step = cursor(look.step)?.unwrap_or(first);
    let url = if let Some(next) = &step.next {
        remembered(call, next)?
    } else {
        let mut url = look.repository.list(call, "issues")?;
        let query =
            [("state", "all"), ("sort", "updated"), ("direction", "asc"), ("per_page", &look.batch.to_string())];
        url.query_pairs_mut().extend_pairs(query).extend_pairs(step.since.map(|since| ("since", instant(since))));
        url
    };
    let listed = match list(call, url, look.tag()).await? {
        Answered::Page(listed) => listed,
        Answered::Unchanged { .. } => return Ok(Some(Fetched::nothing_new(look))),
        Answered::Nothing => return Ok(None),
    };
    // What changes moves to the end. It shows here as long as that is on this page.
    let is_end = look.step.is_none() && listed.next.is_none() && listed.entries.len() <= FEW;
    let mark = step.since.filter(|_| is_end).and_then(|since| Mark::of(&listed, Some(since)));
    let Listed { entries, next, .. } = listed;
    let newest = entries.iter().filter_map(|entry| time(entry, "/updated_at")).max();
    let edge = newest.map(|newest| newest - TimeDelta::seconds(1));
    let step = match next {
        None => None,
        Some(_) if edge > step.since => Some(kept(&Step { since: edge, next: None })?),
        next => Some(kept(&Step { since: step.since, next })?),
    };
    let issues = entries.into_iter().filter(|entry| entry.get("pull_request").is_none());
    let record = |entry: Value| {
        let external_id = id(&entry).ok_or(CallError::Unreadable)?.to_string();
        let changed_at = time(&entry, "/updated_at");
        look.repository.record(external_id, entry, changed_at)
    };
    Ok(Some(Fetched { records: issues.map(record).collect::<Result<_, _>>()?, step, mark }))
}

/// By the same names as the webhook's, so that both tell the same.
pub(super) fn tell(change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let (kind, issue, changes) = match change {
        Change::Created { now } if is_news(time(now, "/created_at"), at) => (SignalKind::IssueCreated, now, Vec::new()),
        Change::Created { .. } => return None,
        Change::Updated { before, now } => {
            let changes = changed(before, now, FACTS);
            if changes.is_empty() {
                return None;
            }
            (updated(before, now), now, changes)
        }
        // What nobody here has known is no news when it goes.
        Change::Deleted { before } => (SignalKind::IssueDeleted, before?, Vec::new()),
    };
    let of_its_own = match kind {
        SignalKind::IssueCreated => time(issue, "/created_at"),
        SignalKind::IssueClosed => time(issue, "/closed_at"),
        _ => None,
    };
    Some(NewSignal {
        kind,
        subject: subject("issue", issue)?,
        actor: if kind == SignalKind::IssueCreated { author(issue) } else { None },
        container: container(issue),
        occurred_at: of_its_own.or_else(|| time(issue, "/updated_at")).unwrap_or(at),
        changes,
    })
}

fn updated(before: &Value, now: &Value) -> SignalKind {
    match turned(before, now) {
        Some(true) => SignalKind::IssueClosed,
        Some(false) => SignalKind::IssueReopened,
        None if has_gained(before, now, "/assignees") => SignalKind::IssueAssigned,
        None if has_gained(before, now, "/labels") => SignalKind::IssueLabeled,
        None => SignalKind::IssueUpdated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What came with a repository that nobody had looked at is no news; neither is a comment.
    #[test]
    fn what_is_old_or_says_nothing_is_not_told() {
        let at: DateTime<Utc> = "2026-01-09T00:00:00Z".parse().unwrap();
        let issue =
            json!({"id": 1, "node_id": "I_1", "title": "x", "created_at": "2026-01-02T00:00:00Z", "comments": 0});
        assert!(tell(Change::Created { now: &issue }, at).is_some());
        assert!(tell(Change::Created { now: &issue }, at + TimeDelta::seconds(1)).is_none());
        let mut commented = issue.clone();
        commented["comments"] = json!(1);
        assert!(tell(Change::Updated { before: &issue, now: &commented }, at).is_none());
        assert!(tell(Change::Deleted { before: None }, at).is_none());
    }
}
