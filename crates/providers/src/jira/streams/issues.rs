//! Issues, by search. Deleted ones do not appear in it: only their webhook tells.

use super::{
    Fetched, Mark, NAMED, OVERLAP, Site, below_site,
    diff::{changes, moved},
    own_id,
    position::Turn,
    record, text, time,
};
use crate::{Call, CallError, Change, Record, call::Body, jira::api::ask};
use chrono::{DateTime, Utc};
use http::Method;
use kernel::{Actor, Container, NewSignal, SignalKind, Subject};
use serde_json::{Value, json};

/// Pictures and texts of what an issue has, which are others' to change; and `updated`, which a comment moves, too.
pub(super) const VOLATILE: [&str; 15] = [
    "/site",
    "/self",
    "/expand",
    "/fields/updated",
    "/fields/assignee/avatarUrls",
    "/fields/assignee/displayName",
    "/fields/reporter/avatarUrls",
    "/fields/reporter/displayName",
    "/fields/creator",
    "/fields/project/avatarUrls",
    "/fields/status/iconUrl",
    "/fields/status/description",
    "/fields/issuetype/iconUrl",
    "/fields/issuetype/description",
    "/fields/priority/iconUrl",
];
/// Search gives nothing but ids unless it is asked. Texts are left out: fifty descriptions can be larger than what we read.
const FIELDS: [&str; 15] = [
    "summary",
    "status",
    "resolution",
    "project",
    "issuetype",
    "assignee",
    "reporter",
    "creator",
    "priority",
    "labels",
    "components",
    "fixVersions",
    "duedate",
    "created",
    "updated",
];
/// Jira refuses a search without a bound, and is younger than this: 2000-01-01.
const BEGINNING: i64 = 946_684_800_000;

/// Oldest change first, so that the newest that was seen is where another pass may begin.
pub(super) async fn fetch(call: Call<'_>, site: &Site, known: &Mark, turn: Turn<'_>) -> Result<Fetched, CallError> {
    // The page's token belongs to one query, to the letter.
    let (since, token) = match turn.step {
        Some(step) => {
            let since = step.get("since").and_then(Value::as_i64).ok_or(CallError::Unreadable)?;
            (since, step.get("token").cloned().unwrap_or_default())
        }
        None => ((known.at.max(turn.seen.at) - OVERLAP.num_milliseconds()).max(BEGINNING), Value::Null),
    };
    // As a number: a date in quotes would be read in the person's time zone.
    let mut asked = json!({
        "jql": format!("updated >= {since} ORDER BY updated ASC"),
        "maxResults": turn.most,
        "fields": FIELDS,
    });
    if !token.is_null() {
        asked["nextPageToken"] = token;
    }
    let (records, next) = search(call, site, asked, turn.most).await?;
    let newest = records.iter().filter_map(|record| record.changed_at).max();
    turn.seen.at = turn.seen.at.max(newest.map_or(0, |newest| newest.timestamp_millis()));
    Ok(Fetched { records, step: next.map(|token| json!({ "since": since, "token": token })) })
}

/// Those of these ids that are there. Being named here, they are looked at rather than looked up in the index.
pub(super) async fn named(call: Call<'_>, site: &Site, ids: &[&str]) -> Result<Vec<Record>, CallError> {
    let numbers: Vec<u64> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let asked = json!({
        "jql": format!("id in ({})", ids.join(", ")),
        "maxResults": NAMED,
        "fields": FIELDS,
        "reconcileIssues": numbers,
    });
    match search(call, site, asked, NAMED).await {
        Ok((records, _)) => Ok(records),
        // One that is gone makes Jira refuse them all.
        Err(CallError::Refused) if ids.len() > 1 => {
            let mut records = Vec::new();
            for id in ids {
                records.extend(Box::pin(named(call, site, &[id])).await?);
            }
            Ok(records)
        }
        // Its deletion is told by its own event.
        Err(CallError::Refused | CallError::NotFound) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// It becomes part of a query.
pub(super) fn is_id(id: &str) -> bool {
    id.parse::<u64>().is_ok() && id.chars().all(|digit| digit.is_ascii_digit())
}

async fn search(
    call: Call<'_>,
    site: &Site,
    asked: Value,
    most: usize,
) -> Result<(Vec<Record>, Option<String>), CallError> {
    let path = ["ex", "jira", &site.id, "rest", "api", "3", "search", "jql"];
    let mut answer = ask(call, Method::POST, &path, &[], Body::Json(asked)).await?;
    let token = answer.get("nextPageToken").and_then(Value::as_str).filter(|token| !token.is_empty());
    let is_last = answer.get("isLast").and_then(Value::as_bool) == Some(true);
    let next = token.filter(|_| !is_last).map(ToOwned::to_owned);
    let Some(Value::Array(issues)) = answer.get_mut("issues").map(Value::take) else {
        return Err(CallError::Unreadable);
    };
    let read = |issue: Value| {
        let changed_at = time(&issue, "/fields/updated");
        record(site, issue, changed_at)
    };
    Ok((issues.into_iter().take(most).map(read).collect::<Result<_, _>>()?, next))
}

/// By the same rules as the webhook's changelog, so that both tell the same.
pub(super) fn tell(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let (kind, issue, changes) = match change {
        Change::Created { now } => (SignalKind::IssueCreated, now, Vec::new()),
        Change::Updated { before, now } => {
            let changes = changes(before.get("fields"), now.get("fields"), &["updated", "created", "creator"]);
            if changes.is_empty() {
                return None;
            }
            (updated(before, now), now, changes)
        }
        // What nobody here has known is no news when it goes.
        Change::Deleted { before } => (SignalKind::IssueDeleted, before?, Vec::new()),
    };
    let text = |path: &str| text(issue, path);
    let when = match kind {
        SignalKind::IssueCreated => time(issue, "/fields/created"),
        _ => record.changed_at,
    };
    let page = || below_site(issue, &format!("/browse/{}", text("/key")?));
    Some(NewSignal {
        kind,
        subject: Subject {
            kind: "issue".to_owned(),
            external_id: own_id(record).to_owned(),
            number: text("/key"),
            title: text("/fields/summary"),
            url: if kind == SignalKind::IssueDeleted { None } else { page() },
        },
        // Nobody says who changed what is found to have changed.
        actor: if kind == SignalKind::IssueCreated { creator(issue) } else { None },
        container: text("/fields/project/id").map(|external_id| Container {
            kind: "project".to_owned(),
            external_id,
            name: text("/fields/project/name"),
            url: None,
        }),
        occurred_at: when.unwrap_or(at),
        changes,
    })
}

fn updated(before: &Value, now: &Value) -> SignalKind {
    let has = |issue: &Value, path: &str| issue.pointer(path).is_some_and(|value| !value.is_null());
    let resolved = (has(before, "/fields/resolution"), has(now, "/fields/resolution"));
    let is_done = now.pointer("/fields/status/statusCategory/key").and_then(Value::as_str) == Some("done");
    if moved(before, now, "/fields/status") {
        match resolved {
            _ if is_done => SignalKind::IssueClosed,
            (false, true) => SignalKind::IssueClosed,
            (true, false) => SignalKind::IssueReopened,
            _ => SignalKind::IssueTransitioned,
        }
    } else if moved(before, now, "/fields/assignee") && has(now, "/fields/assignee") {
        SignalKind::IssueAssigned
    } else {
        SignalKind::IssueUpdated
    }
}

fn creator(issue: &Value) -> Option<Actor> {
    Some(Actor {
        external_id: text(issue, "/fields/creator/accountId")?,
        name: text(issue, "/fields/creator/displayName"),
        is_bot: text(issue, "/fields/creator/accountType").as_deref() == Some("app"),
    })
}
