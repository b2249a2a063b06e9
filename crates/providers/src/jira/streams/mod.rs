//! What is fetched of Jira and Confluence. One grant opens several sites, so that a stream goes through them one after the
//! other, and its cursor has a position in each.

mod diff;
mod issues;
mod pages;
mod position;
mod projects;
mod shape;

use super::{moment, sites};
use crate::{
    BATCH, Call, CallError, Change, PageAsk, Record, RecordPage, RecordState, Shape, Stream, StreamError, Streams,
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use kernel::NewSignal;
use position::{Mark, Position, Site};
use serde_json::{Value, json};

const ISSUES: &str = "issues";
const PROJECTS: &str = "projects";
const PAGES: &str = "pages";
/// Issues that are looked at by their ids in one request.
const NAMED: usize = 50;
/// Search is behind what happens by some minutes: whoever starts at the newest that was found loses what came later than it
/// should have.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);

pub(super) struct Data;

impl Streams for Data {
    fn streams(&self) -> Vec<Stream> {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let stream = |name: &str, every, volatile: &[&str], scope: &str| Stream {
            name: name.to_owned(),
            every,
            batch: BATCH,
            volatile: texts(volatile),
            scopes: texts(&[scope]),
            lists_all: true,
        };
        vec![
            stream(ISSUES, TimeDelta::minutes(15), &issues::VOLATILE, "read:jira-work"),
            stream(PROJECTS, TimeDelta::hours(1), &projects::VOLATILE, "read:jira-work"),
            // Nobody but the poll tells of pages: an app of this kind is pushed nothing by Confluence.
            stream(PAGES, TimeDelta::minutes(15), &pages::VOLATILE, "read:page:confluence"),
        ]
    }

    fn page<'a>(&'a self, call: Call<'a>, ask: PageAsk<'a>) -> BoxFuture<'a, Result<RecordPage, StreamError>> {
        Box::pin(async move { if ask.ids.is_empty() { next(call, ask).await } else { named(call, ask).await } })
    }

    fn tell(&self, stream: &str, record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
        match stream {
            ISSUES => issues::tell(record, change, at),
            PROJECTS => projects::tell(record, change, at),
            PAGES => pages::tell(record, change, at),
            _ => None,
        }
    }

    fn shape(&self, stream: &str, record: &Value) -> Option<Shape> {
        match stream {
            ISSUES => shape::issue(record),
            PROJECTS => shape::project(record),
            PAGES => shape::page(record),
            _ => None,
        }
    }
}

/// A page of one site.
struct Fetched {
    records: Vec<Record>,
    /// What leads to the site's next page; `None` behind its last.
    step: Option<Value>,
}

/// One more page of the site whose turn it is.
async fn next(call: Call<'_>, ask: PageAsk<'_>) -> Result<RecordPage, StreamError> {
    let mut position = Position::read(ask.cursor)?;
    if !position.is_under_way() {
        position.start(sites_of(call, ask.stream).await?);
    }
    let Some((site, known, pass)) = position.turn(usize::from(ask.batch)) else { return Ok(position.page(Vec::new())) };
    let fetched = match ask.stream {
        ISSUES => issues::fetch(call, &site, &known, pass).await,
        PROJECTS => projects::fetch(call, &site, &known, pass).await,
        _ => pages::fetch(call, &site, &known, pass).await,
    };
    match fetched {
        Ok(Fetched { records, step: Some(step) }) => {
            position.step(step);
            Ok(position.page(records))
        }
        Ok(Fetched { records, step: None }) => {
            position.end_of_site();
            Ok(position.page(records))
        }
        // The token of a page lives for days only. The site is begun again, where the pass had come to; the next time, so
        // that a token that is never taken does not go round and round.
        Err(CallError::Refused) if position.has_step() => {
            position.without_step();
            Ok(RecordPage { more: false, ..position.page(Vec::new()) })
        }
        // A site that lets this person in no more does not keep the others from being fetched.
        Err(CallError::Refused | CallError::NotFound) if position.skip_site() => Ok(position.page(Vec::new())),
        Err(error) => Err(error.into()),
    }
}

/// The records that a push has named, as `SITE/ID`, where the site is an origin or a cloud id; an id alone may be any site's.
async fn named(call: Call<'_>, ask: PageAsk<'_>) -> Result<RecordPage, StreamError> {
    let mut records = Vec::new();
    if ask.stream == ISSUES {
        for site in sites_of(call, ask.stream).await? {
            let ids = ask.ids.iter().filter_map(|id| match id.rsplit_once('/') {
                Some((place, id)) => site.is(place).then_some(id),
                None => Some(id.as_str()),
            });
            let ids: Vec<&str> = ids.filter(|id| issues::is_id(id)).collect();
            for some in ids.chunks(NAMED) {
                records.extend(issues::named(call, &site, some).await?);
            }
        }
    }
    Ok(RecordPage { records, cursor: ask.cursor.cloned().unwrap_or_default(), more: false })
}

/// The sites of the stream's product.
async fn sites_of(call: Call<'_>, stream: &str) -> Result<Vec<Site>, CallError> {
    let product = if stream == PAGES { "confluence" } else { "jira" };
    let mut sites = sites::of(call).await?;
    sites.retain(|site| site.kind == product);
    Ok(sites.into_iter().map(|site| Site { id: site.external_id, name: site.name, url: site.url }).collect())
}

/// The vendor's JSON, with the site that it is from.
fn record(site: &Site, mut json: Value, changed_at: Option<DateTime<Utc>>) -> Result<Record, CallError> {
    let id = json.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()).ok_or(CallError::Unreadable)?;
    let external_id = external_id(site, id);
    json["site"] = json!({ "id": site.id, "name": site.name, "url": site.url });
    Ok(Record { external_id, changed_at, state: RecordState::There(json) })
}

/// Ids are a site's own.
fn external_id(site: &Site, id: &str) -> String {
    format!("{}/{id}", site.id)
}

/// The vendor's id of a record, of which nothing else may be known.
fn own_id(record: &Record) -> &str {
    record.external_id.rsplit_once('/').map_or(&record.external_id, |(_, id)| id)
}

/// A text at a JSON pointer that says something. Postgres stores no NUL in texts, so none comes out of here.
fn text(json: &Value, path: &str) -> Option<String> {
    let text = json.pointer(path)?.as_str()?.replace('\0', "");
    (!text.is_empty()).then_some(text)
}

/// An instant at a JSON pointer.
fn time(json: &Value, path: &str) -> Option<DateTime<Utc>> {
    moment::read(json.pointer(path)?.as_str()?)
}

/// A page of the record's site, below its address.
fn below_site(json: &Value, path: &str) -> Option<String> {
    let site = text(json, "/site/url")?;
    Some(format!("{}{path}", site.trim_end_matches('/')))
}
