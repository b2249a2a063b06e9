//! Records of the CRM, one stream a module: what was modified since a time, then what was deleted since a time. Both times are
//! Zoho's own, taken from what it listed.

use super::{
    api,
    modules::{MODULES, Module},
    shape,
};
use crate::{
    Call, CallError, Change, Endpoints, PageAsk, Record, RecordPage, RecordState, Shape, Stream, StreamError, Streams,
    call::{Body, join},
    told::{changes, cursor, entries, is_true, kept, text, time, title},
};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use http::{Method, StatusCode};
use kernel::{Actor, Container, NewSignal, SignalKind, Subject};
use outbound::Answer;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use url::Url;

/// Callbacks are not known to be repeated. Four modules asked twice each cost 768 of an organization's credits a day, of
/// 5,000 or more.
const EVERY: TimeDelta = TimeDelta::minutes(15);
/// The most that Zoho gives: requests are what it counts.
const BATCH: u16 = 200;
/// How many records can be named in one request.
const NAMED: usize = 100;
/// What is committed late has an earlier time than what was listed before it.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);
/// The page of a record, which Zoho does not send along. Its own system fields begin with the same sign.
const LINK: &str = "$url";

pub(super) struct ZohoStreams;

impl Streams for ZohoStreams {
    fn streams(&self) -> Vec<Stream> {
        let stream = |module: &Module| Stream {
            name: module.stream.to_owned(),
            every: EVERY,
            batch: BATCH,
            // A field that is not fetched shows in nothing but the time.
            volatile: Vec::new(),
            scopes: module.scopes(),
            lists_all: true,
        };
        MODULES.iter().map(stream).collect()
    }

    fn page<'a>(&'a self, call: Call<'a>, ask: PageAsk<'a>) -> BoxFuture<'a, Result<RecordPage, StreamError>> {
        Box::pin(async move {
            let module = Module::of_stream(ask.stream).ok_or(CallError::NotFound)?;
            if !ask.ids.is_empty() {
                let records = named(call, module, ask.ids).await?;
                return Ok(RecordPage { records, cursor: ask.cursor.cloned().unwrap_or_default(), more: false });
            }
            match cursor(ask.cursor)?.unwrap_or_else(|| Cursor::beginning(call.now)) {
                from if from.is_deleting => deleted(call, module, from, ask.batch).await,
                from => modified(call, module, from, ask.batch).await,
            }
        })
    }

    fn tell(&self, stream: &str, record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
        tell(Module::of_stream(stream)?, record, change, at)
    }

    fn shape(&self, stream: &str, record: &Value) -> Option<Shape> {
        shape::record(Module::of_stream(stream)?, record)
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Cursor {
    /// Modified after this, and deleted after that.
    since: Option<DateTime<Utc>>,
    deleted_since: DateTime<Utc>,
    /// The latest time of the pages so far.
    seen: Option<DateTime<Utc>>,
    page: Option<Page>,
    is_deleting: bool,
}

/// Lists of records hand out tokens; the list of deleted ones is known to count.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Page {
    Number(u64),
    Token(String),
}

impl Cursor {
    fn beginning(now: DateTime<Utc>) -> Self {
        Self { since: None, deleted_since: now - OVERLAP, seen: None, page: None, is_deleting: false }
    }

    /// With the times of one more page.
    fn with(self, records: &[Record]) -> Self {
        let latest = records.iter().filter_map(|record| record.changed_at).max();
        Self { seen: self.seen.max(latest), ..self }
    }

    fn next(&self, body: &Value) -> Option<Page> {
        if !is_true(body, "/info/more_records") {
            return None;
        }
        let number = match self.page {
            Some(Page::Number(number)) => number,
            _ => 1,
        };
        Some(text(body, "/info/next_page_token").map_or(Page::Number(number.saturating_add(1)), Page::Token))
    }
}

fn at(call: Call<'_>, path: &[&str]) -> Result<Url, CallError> {
    join(&call.configured.endpoints.api, &[&["crm", "v8"], path].concat())
}

async fn list(
    call: Call<'_>,
    mut url: Url,
    since: Option<DateTime<Utc>>,
    (page, batch): (Option<&Page>, u16),
) -> Result<Answer, CallError> {
    url.query_pairs_mut().append_pair("per_page", &batch.to_string());
    match page {
        Some(Page::Token(token)) => drop(url.query_pairs_mut().append_pair("page_token", token)),
        Some(Page::Number(number)) => drop(url.query_pairs_mut().append_pair("page", &number.to_string())),
        None => {}
    }
    let since = since.map(|since| since.to_rfc3339_opts(SecondsFormat::Secs, false));
    api::ask(call, Method::GET, url, since.as_deref(), Body::None).await
}

/// Nothing was modified, or there is nothing: both are answers without a body.
fn body(answer: &Answer) -> Result<Value, CallError> {
    match answer.status {
        StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT => Ok(Value::Null),
        _ => api::success(answer),
    }
}

async fn modified(call: Call<'_>, module: &Module, from: Cursor, batch: u16) -> Result<RecordPage, StreamError> {
    let mut url = at(call, &[module.name])?;
    url.query_pairs_mut()
        .append_pair("fields", &module.fields())
        .append_pair("sort_by", "Modified_Time")
        .append_pair("sort_order", "asc");
    let answer = list(call, url, from.since, (from.page.as_ref(), batch)).await?;
    if answer.status == StatusCode::BAD_REQUEST && from.page.is_some() {
        return resumed(&from);
    }
    let body = body(&answer)?;
    let records: Vec<Record> =
        entries(&body, "/data").iter().filter_map(|record| there(call, module, record)).collect();
    let next = from.next(&body);
    let from = from.with(&records);
    let to = if next.is_some() {
        Cursor { page: next, ..from }
    } else {
        let since = from.seen.map(|seen| seen - OVERLAP).max(from.since);
        Cursor { since, seen: None, page: None, is_deleting: true, ..from }
    };
    Ok(RecordPage { records, cursor: kept(&to)?, more: true })
}

/// Tokens of pages live for a day and lead through 100,000 records. As the list is in the order of its times, it can be gone
/// on with from the latest of them.
fn resumed(from: &Cursor) -> Result<RecordPage, StreamError> {
    let seen = from.seen.map(|seen| seen - TimeDelta::seconds(1));
    if seen <= from.since {
        return Err(StreamError::CursorExpired);
    }
    let to = Cursor { since: seen, page: None, ..from.clone() };
    Ok(RecordPage { records: Vec::new(), cursor: kept(&to)?, more: true })
}

async fn deleted(call: Call<'_>, module: &Module, from: Cursor, batch: u16) -> Result<RecordPage, StreamError> {
    let mut url = at(call, &[module.name, "deleted"])?;
    url.query_pairs_mut().append_pair("type", "all");
    let answer = list(call, url, Some(from.deleted_since), (from.page.as_ref(), batch)).await?;
    if answer.status == StatusCode::BAD_REQUEST && from.page.is_some() {
        return Err(StreamError::CursorExpired);
    }
    let body = body(&answer)?;
    let records: Vec<Record> = entries(&body, "/data").iter().filter_map(gone).collect();
    let next = from.next(&body);
    let from = from.with(&records);
    let more = next.is_some();
    let to = if more {
        Cursor { page: next, ..from }
    } else {
        let deleted_since = from.seen.map_or(from.deleted_since, |seen| from.deleted_since.max(seen - OVERLAP));
        Cursor { deleted_since, seen: None, page: None, is_deleting: false, ..from }
    };
    Ok(RecordPage { records, cursor: kept(&to)?, more })
}

/// Records by their ids. What is not among the answer is gone, or out of the token's reach, which is the same to us.
async fn named(call: Call<'_>, module: &Module, ids: &[String]) -> Result<Vec<Record>, StreamError> {
    // Ids are numbers; whatever else a callback names is no record.
    let ids: BTreeSet<&str> = ids
        .iter()
        .map(String::as_str)
        .filter(|id| id.len() <= 20 && id.bytes().all(|digit| digit.is_ascii_digit()))
        .collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut records = Vec::with_capacity(ids.len());
    for some in ids.chunks(NAMED) {
        let mut url = at(call, &[module.name])?;
        url.query_pairs_mut().append_pair("ids", &some.join(",")).append_pair("fields", &module.fields());
        let body = body(&api::ask(call, Method::GET, url, None, Body::None).await?)?;
        let found: Vec<Record> =
            entries(&body, "/data").iter().filter_map(|record| there(call, module, record)).collect();
        let missing = some.iter().filter(|id| !found.iter().any(|record| record.external_id == **id));
        records.extend(missing.map(|id| Record {
            external_id: (*id).to_owned(),
            changed_at: None,
            state: RecordState::Gone,
        }));
        records.extend(found);
    }
    Ok(records)
}

fn there(call: Call<'_>, module: &Module, record: &Value) -> Option<Record> {
    let external_id = text(record, "/id")?;
    let changed_at = time(record, "/Modified_Time");
    let mut record = record.clone();
    if let (Some(link), Some(members)) =
        (link(&call.configured.endpoints, module, &external_id), record.as_object_mut())
    {
        members.insert(LINK.to_owned(), link.into());
    }
    Some(Record { external_id, changed_at, state: RecordState::There(record) })
}

fn gone(deleted: &Value) -> Option<Record> {
    let changed_at = time(deleted, "/deleted_time");
    Some(Record { external_id: text(deleted, "/id")?, changed_at, state: RecordState::Gone })
}

/// People see a record in their own data centre. Where the environments to try things out in have their pages is not known.
fn link(endpoints: &Endpoints, module: &Module, id: &str) -> Option<String> {
    let is_tryout = |host: &str| host.starts_with("sandbox.") || host.starts_with("developer.");
    if endpoints.api.host_str().is_some_and(is_tryout) {
        return None;
    }
    let web = endpoints.web.as_str().trim_end_matches('/').replacen("//accounts.", "//crm.", 1);
    Some(format!("{web}/crm/tab/{}/{id}", module.name))
}

fn tell(module: &Module, record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let changed_at = record.changed_at.unwrap_or(at);
    let (kind, json, actor, occurred_at, changes) = match change {
        Change::Created { now } => {
            let created = time(now, "/Created_Time").unwrap_or(changed_at);
            (SignalKind::RecordCreated, now, person(now, "/Created_By"), created, Vec::new())
        }
        Change::Updated { before, now } => {
            let changes = changes(before, now, &["Modified_Time", "Modified_By", LINK]);
            (SignalKind::RecordUpdated, now, person(now, "/Modified_By"), changed_at, changes)
        }
        // What nobody here has seen may as well be out of this person's reach.
        Change::Deleted { before } => (SignalKind::RecordDeleted, before?, None, changed_at, Vec::new()),
    };
    let subject = Subject {
        kind: "record".to_owned(),
        external_id: record.external_id.clone(),
        number: None,
        title: title(json, &format!("/{}", module.title)),
        url: if kind == SignalKind::RecordDeleted { None } else { text(json, &format!("/{LINK}")) },
    };
    let external_id = module.name.to_owned();
    let container = Container { kind: "module".to_owned(), external_id, name: None, url: None };
    Some(NewSignal { kind, subject, actor, container: Some(container), occurred_at, changes })
}

fn person(record: &Value, path: &str) -> Option<Actor> {
    let person = record.pointer(path)?;
    Some(Actor { external_id: text(person, "/id")?, name: title(person, "/name"), is_bot: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoho::places;

    /// A record's page is in the data centre of its organization; a sandbox's is nowhere we know.
    #[test]
    fn a_record_has_a_page_in_its_data_centre() {
        let at = |said: &[(&str, &str)]| {
            let endpoints = places::endpoints(None, &said.iter().copied().collect()).unwrap();
            link(&endpoints, &MODULES[0], "7")
        };
        for (place, page) in [
            ("us", "https://crm.zoho.com/crm/tab/Leads/7"),
            ("au", "https://crm.zoho.com.au/crm/tab/Leads/7"),
            ("ca", "https://crm.zohocloud.ca/crm/tab/Leads/7"),
        ] {
            assert_eq!(at(&[("location", place)]).as_deref(), Some(page));
        }
        assert_eq!(at(&[("location", "eu"), ("api_domain", "https://sandbox.zohoapis.eu")]), None);
    }
}
