//! Confluence's pages. There is no asking for what changed since: they are listed newest first until what is known begins, and
//! then the trash is looked through.

use super::{
    Fetched, Mark, OVERLAP, Site, below_site, diff::changes, external_id, own_id, position::Turn, record, text, time,
};
use crate::{
    Call, CallError, Change, Record, RecordState,
    call::Body,
    jira::{api::ask, sites::is_page},
};
use chrono::{DateTime, Utc};
use http::Method;
use kernel::{Actor, Container, NewSignal, SignalKind, Subject};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

pub(super) const VOLATILE: [&str; 3] = ["/site", "/_links", "/lastOwnerId"];
/// Whether throwing a page away counts as a change of it is nowhere said. So the trash is looked through beyond the mark, this
/// far at most.
const PAGES_OF_TRASH: usize = 4;

/// Where in a site.
#[derive(Default, Serialize, Deserialize)]
struct Step {
    in_trash: bool,
    /// How many pages of the trash were seen.
    pages: usize,
    cursor: Option<String>,
}

pub(super) async fn fetch(call: Call<'_>, site: &Site, known: &Mark, turn: Turn<'_>) -> Result<Fetched, CallError> {
    let step: Step = match turn.step {
        Some(step) => serde_json::from_value(step).map_err(|_| CallError::Unreadable)?,
        None => Step::default(),
    };
    let Listed { pages, cursor, base } = list(call, site, &step, turn.most).await?;
    let step_to = |in_trash, pages, cursor| serde_json::to_value(Step { in_trash, pages, cursor }).ok();
    if step.in_trash {
        let records = pages.iter().filter_map(|page| gone(site, page)).collect();
        let seen = step.pages + 1;
        let next = cursor.filter(|_| seen < PAGES_OF_TRASH).and_then(|cursor| step_to(true, seen, Some(cursor)));
        return Ok(Fetched { records, step: next });
    }
    let edge = known.at - OVERLAP.num_milliseconds();
    let mut records = Vec::new();
    let mut is_known = false;
    for mut page in pages {
        let changed_at = time(&page, "/version/createdAt").or_else(|| time(&page, "/createdAt"));
        let millis = changed_at.map_or(i64::MAX, |at| at.timestamp_millis());
        if millis < edge {
            is_known = true;
            break;
        }
        turn.seen.at = turn.seen.at.max(changed_at.map_or(0, |at| at.timestamp_millis()));
        if let (Some(base), Some(links)) = (&base, page.get_mut("_links").and_then(Value::as_object_mut)) {
            links.insert("base".to_owned(), base.as_str().into());
        }
        records.push(record(site, page, changed_at)?);
    }
    let next = match cursor.filter(|_| !is_known) {
        Some(cursor) => step_to(false, 0, Some(cursor)),
        // The first time through, nothing is known that could be missing.
        None if known.at == 0 => None,
        None => step_to(true, 0, None),
    };
    Ok(Fetched { records, step: next })
}

struct Listed {
    pages: Vec<Value>,
    cursor: Option<String>,
    /// Where the site's pages are, which their own links leave out.
    base: Option<String>,
}

async fn list(call: Call<'_>, site: &Site, step: &Step, most: usize) -> Result<Listed, CallError> {
    let limit = most.to_string();
    let status = if step.in_trash { "trashed" } else { "current" };
    let mut query = vec![("sort", "-modified-date"), ("limit", &limit), ("status", status)];
    query.extend(step.cursor.as_deref().map(|cursor| ("cursor", cursor)));
    let path = ["ex", "confluence", &site.id, "wiki", "api", "v2", "pages"];
    let mut answer = ask(call, Method::GET, &path, &query, Body::None).await?;
    let Some(Value::Array(mut pages)) = answer.get_mut("results").map(Value::take) else {
        return Err(CallError::Unreadable);
    };
    pages.truncate(most);
    let link = |path: &str| answer.pointer(path).and_then(Value::as_str);
    let cursor = link("/_links/next").and_then(cursor_of);
    let base = link("/_links/base").filter(|base| is_page(base)).map(ToOwned::to_owned);
    Ok(Listed { pages, cursor, base })
}

/// The link to the next page leaves out the gateway's path: of it, the cursor alone is of use.
fn cursor_of(link: &str) -> Option<String> {
    let url = Url::parse("https://confluence.invalid").ok()?.join(link).ok()?;
    let (_, cursor) = url.query_pairs().find(|(name, _)| name == "cursor")?;
    (!cursor.is_empty()).then(|| cursor.into_owned())
}

fn gone(site: &Site, page: &Value) -> Option<Record> {
    let id = page.get("id")?.as_str()?;
    Some(Record {
        external_id: external_id(site, id),
        changed_at: time(page, "/version/createdAt"),
        state: RecordState::Gone,
    })
}

/// What its first version is, is new; a small change that its author calls so is none.
pub(super) fn tell(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let is_first = |page: &Value| page.pointer("/version/number").and_then(Value::as_u64) == Some(1);
    let (kind, page, changes) = match change {
        Change::Created { now } if is_first(now) => (SignalKind::PageCreated, now, Vec::new()),
        Change::Created { now } => (SignalKind::PageUpdated, now, Vec::new()),
        Change::Updated { before, now } => {
            (SignalKind::PageUpdated, now, edited(before, now).filter(|changes| !changes.is_empty())?)
        }
        // The trash is full of what nobody here has known.
        Change::Deleted { before } => (SignalKind::PageDeleted, before?, Vec::new()),
    };
    let text = |path: &str| text(page, path);
    // Whoever moves a page writes no version of it: the last one's author and time are not theirs.
    let is_written = changes.is_empty() || changes.iter().any(|change| change == "version");
    let (who, when) = match kind {
        SignalKind::PageCreated => (text("/authorId"), time(page, "/createdAt")),
        SignalKind::PageUpdated if is_written => (text("/version/authorId"), time(page, "/version/createdAt")),
        SignalKind::PageUpdated => (None, Some(at)),
        // Who threw it away is not said either.
        _ => (None, record.changed_at),
    };
    Some(NewSignal {
        kind,
        subject: Subject {
            kind: "page".to_owned(),
            external_id: own_id(record).to_owned(),
            number: None,
            title: text("/title"),
            url: if kind == SignalKind::PageDeleted { None } else { link(page) },
        },
        actor: who.map(|external_id| Actor { external_id, name: None, is_bot: false }),
        container: text("/spaceId").map(|external_id| Container {
            kind: "space".to_owned(),
            external_id,
            name: None,
            url: None,
        }),
        occurred_at: when.or(record.changed_at).unwrap_or(at),
        changes,
    })
}

/// Where people read it.
pub(super) fn link(page: &Value) -> Option<String> {
    match (text(page, "/_links/base"), text(page, "/_links/webui")?) {
        (Some(base), link) => Some(format!("{}{link}", base.trim_end_matches('/'))),
        (None, link) => below_site(page, &format!("/wiki{link}")),
    }
}

/// What has changed; `None`: a minor edit, and nothing else of it.
fn edited(before: &Value, now: &Value) -> Option<Vec<String>> {
    let noise = ["site", "_links", "lastOwnerId", "version"];
    let mut changes = changes(Some(before), Some(now), &noise);
    let number = |page: &Value| page.pointer("/version/number").cloned();
    if number(before) != number(now) {
        let is_minor = now.pointer("/version/minorEdit") == Some(&json!(true));
        if changes.is_empty() && is_minor {
            return None;
        }
        // What is written on it is not fetched: a new version is all that is known.
        changes.push("version".to_owned());
    }
    Some(changes)
}
