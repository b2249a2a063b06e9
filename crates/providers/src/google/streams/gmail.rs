//! Messages: the last weeks' first, then what the mailbox's history says. Only who wrote to whom, about what and when is
//! fetched of each, never its text.

use super::{api, page_of};
use crate::{
    Call, CallError, Change, PageAsk, Record, RecordPage, RecordState, StreamError,
    call::Body,
    told::{changes, cursor, entries, kept, text, title, words},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{Method, StatusCode};
use kernel::{Actor, Container, NewSignal, SignalKind, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Each message is a request of its own, of which a mailbox has 300 a minute.
pub(super) const BATCH: u16 = 50;
/// How many of them run at once.
const AT_ONCE: usize = 5;
const HISTORY: &str = "100";
/// A first look reaches this far back, in Gmail's words and in ours. A mailbox of many years would take hours.
const RECENT: &str = "newer_than:30d";
const HORIZON: TimeDelta = TimeDelta::days(30);

#[derive(Clone, Serialize, Deserialize)]
struct Cursor {
    /// The last state of the mailbox that has been seen.
    history: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    /// `page` is one of the first look's, which began at `history`.
    #[serde(default)]
    first: bool,
    /// So many mentions of this page of the history have been followed: one may name more messages than are fetched at once. The
    /// history grows at its end only, so that a mention stays where it is.
    #[serde(default)]
    done: usize,
}

pub(super) async fn page(call: Call<'_>, ask: PageAsk<'_>) -> Result<RecordPage, StreamError> {
    let most = usize::from(ask.batch);
    match cursor::<Cursor>(ask.cursor)? {
        None => {
            // Before the messages: what arrives meanwhile comes after it.
            let profile = api::get(call, api::mail(call, &["profile"])?).await?;
            let history = text(&profile, "/historyId").ok_or(CallError::Unreadable)?;
            listed(call, most, Cursor { history, page: None, first: true, done: 0 }).await
        }
        Some(from) if from.first => listed(call, most, from).await,
        Some(from) => happened(call, most, from).await,
    }
}

async fn listed(call: Call<'_>, most: usize, from: Cursor) -> Result<RecordPage, StreamError> {
    let mut url = api::mail(call, &["messages"])?;
    url.query_pairs_mut()
        .append_pair("maxResults", &most.to_string())
        .append_pair("q", RECENT)
        .extend_pairs(from.page.iter().map(|token| ("pageToken", token)));
    let body = page_of(&api::ask(call, Method::GET, url, Body::None).await?, call.now)?;
    let ids = entries(&body, "/messages").iter().filter_map(|message| text(message, "/id")).map(|id| (id, false));
    let records = fetched(call, ids.take(most).collect()).await?;
    let page = text(&body, "/nextPageToken");
    let more = page.is_some();
    Ok(RecordPage { records, cursor: kept(&Cursor { first: more, page, ..from })?, more })
}

async fn happened(call: Call<'_>, most: usize, from: Cursor) -> Result<RecordPage, StreamError> {
    let mut url = api::mail(call, &["history"])?;
    let kinds = ["messageAdded", "messageDeleted", "labelAdded", "labelRemoved"];
    url.query_pairs_mut()
        .append_pair("startHistoryId", &from.history)
        .append_pair("maxResults", HISTORY)
        .extend_pairs(kinds.map(|kind| ("historyTypes", kind)))
        .extend_pairs(from.page.iter().map(|token| ("pageToken", token)));
    let answer = api::ask(call, Method::GET, url, Body::None).await?;
    // The history is kept for a week or so, at times for hours.
    if answer.status == StatusCode::NOT_FOUND {
        return Err(StreamError::CursorExpired);
    }
    let body = page_of(&answer, call.now)?;
    let (touched, followed) = touched(&body, from.done, most);
    let end = from.done.saturating_add(followed);
    let is_rest = mentions(&body).count() > end;
    let next = text(&body, "/nextPageToken");
    let more = is_rest || next.is_some();
    let to = match next {
        _ if is_rest => Cursor { done: end, ..from.clone() },
        Some(page) => Cursor { page: Some(page), done: 0, ..from.clone() },
        None => {
            let history = text(&body, "/historyId").ok_or(CallError::Unreadable)?;
            Cursor { history, page: None, first: false, done: 0 }
        }
    };
    let records = fetched(call, touched.into_iter().collect()).await?;
    Ok(RecordPage { records, cursor: kept(&to)?, more })
}

/// Whom a page of the history names, in its order, and whether as gone.
fn mentions(body: &Value) -> impl Iterator<Item = (String, bool)> + '_ {
    let lists =
        [("/messagesAdded", false), ("/labelsAdded", false), ("/labelsRemoved", false), ("/messagesDeleted", true)];
    entries(body, "/history").iter().flat_map(move |entry| {
        lists.into_iter().flat_map(move |(list, is_gone)| {
            entries(entry, list).iter().filter_map(move |one| Some((text(one, "/message/id")?, is_gone)))
        })
    })
}

/// As many messages as are fetched at once, once each, behind so many mentions; and how many mentions those are.
fn touched(body: &Value, done: usize, most: usize) -> (BTreeMap<String, bool>, usize) {
    let mut touched = BTreeMap::new();
    let mut followed = 0;
    for (id, is_gone) in mentions(body).skip(done) {
        if touched.len() == most && !touched.contains_key(&id) {
            break;
        }
        *touched.entry(id).or_default() |= is_gone;
        followed += 1;
    }
    (touched, followed)
}

async fn fetched(call: Call<'_>, messages: Vec<(String, bool)>) -> Result<Vec<Record>, CallError> {
    let records = stream::iter(messages).map(|(id, is_gone)| message(call, id, is_gone));
    records.buffered(AT_ONCE).try_collect().await
}

async fn message(call: Call<'_>, id: String, is_gone: bool) -> Result<Record, CallError> {
    let gone = |id| Record { external_id: id, changed_at: None, state: RecordState::Gone };
    if is_gone {
        return Ok(gone(id));
    }
    let mut url = api::mail(call, &["messages", &id])?;
    url.query_pairs_mut()
        .append_pair("format", "metadata")
        .extend_pairs(["Subject", "From", "To", "Date"].map(|name| ("metadataHeaders", name)));
    match api::get(call, url).await {
        Ok(message) => {
            let changed_at = received_at(&message);
            Ok(Record { external_id: id, changed_at, state: RecordState::There(message) })
        }
        // Deleted since the page was made.
        Err(CallError::NotFound) => Ok(gone(id)),
        Err(error) => Err(error),
    }
}

/// Milliseconds as a text: when Gmail took the message in.
pub(super) fn received_at(message: &Value) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(text(message, "/internalDate")?.parse().ok()?)
}

fn is_one_of(message: &Value, labels: &[&str]) -> bool {
    words(message, "/labelIds").iter().any(|label| labels.contains(label))
}

/// Drafts come and go at every few letters that are typed, and nobody misses unwanted mail: of both nothing is told.
pub(super) fn tell(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let (kind, message, occurred_at, changes) = match change {
        Change::Created { now } if is_one_of(now, &["SENT"]) => return None,
        // Too old for the first look, it shows up because its labels moved.
        Change::Created { now } if received_at(now).is_some_and(|received| received < at - HORIZON) => {
            (SignalKind::EmailUpdated, now, at, vec!["labelIds".to_owned()])
        }
        Change::Created { now } => (SignalKind::EmailReceived, now, received_at(now).unwrap_or(at), Vec::new()),
        Change::Updated { before, now } => {
            let changes = changes(before, now, &["historyId", "snippet", "sizeEstimate"]);
            (SignalKind::EmailUpdated, now, at, changes)
        }
        Change::Deleted { before } => (SignalKind::EmailDeleted, before?, at, Vec::new()),
    };
    if is_one_of(message, &["DRAFT", "SPAM", "CHAT"]) {
        return None;
    }
    let thread = text(message, "/threadId");
    let is_gone = kind == SignalKind::EmailDeleted;
    let subject = Subject {
        kind: "email".to_owned(),
        external_id: record.external_id.clone(),
        number: None,
        title: header(message, "Subject").and_then(|subject| title(&subject.into(), "")),
        url: thread.as_ref().filter(|_| !is_gone).map(|id| format!("https://mail.google.com/mail/u/0/#all/{id}")),
    };
    let actor =
        if kind == SignalKind::EmailReceived { header(message, "From").as_deref().and_then(sender) } else { None };
    let container = thread.map(|id| Container { kind: "thread".to_owned(), external_id: id, name: None, url: None });
    Some(NewSignal { kind, subject, actor, container, occurred_at, changes })
}

/// The header's name has no case (RFC 5322 1.2.2).
pub(super) fn header(message: &Value, name: &str) -> Option<String> {
    let is_named = |header: &&Value| text(header, "/name").is_some_and(|found| found.eq_ignore_ascii_case(name));
    entries(message, "/payload/headers").iter().find(is_named).and_then(|header| text(header, "/value"))
}

/// `Ann Ode <ann@example.com>`, or the address alone.
fn sender(from: &str) -> Option<Actor> {
    let (name, address) = match from.rsplit_once('<') {
        Some((name, rest)) => (name.trim().trim_matches('"'), rest.split('>').next().unwrap_or_default()),
        None => ("", from),
    };
    let address = address.trim();
    let is_address = address.contains('@') && address.len() <= 320 && !address.contains(char::is_whitespace);
    let name = (!name.is_empty()).then(|| name.chars().take(200).collect());
    is_address.then(|| Actor { external_id: address.to_lowercase(), name, is_bot: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A header has a name with an address, an address, or neither.
    #[test]
    fn a_sender_is_an_address() {
        let read = |from: &str| sender(from).map(|actor| (actor.external_id, actor.name));
        let pair = |id: &str, name: Option<&str>| Some((id.to_owned(), name.map(str::to_owned)));
        assert_eq!(read("Ann Ode <Ann@Example.com>"), pair("ann@example.com", Some("Ann Ode")));
        assert_eq!(read("\"Ode, Ann\" <ann@example.com>"), pair("ann@example.com", Some("Ode, Ann")));
        assert_eq!(read("ann@example.com"), pair("ann@example.com", None));
        assert_eq!(read("<ann@example.com>"), pair("ann@example.com", None));
        for none in ["", "Ann", "Ann <>", "<a b@c>"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    /// A message that came and went in one page is gone; each is named once.
    #[test]
    fn a_page_of_the_history_names_each_message_once() {
        let one = |id: &str| json!([{"message": {"id": id}}]);
        let body = json!({"history": [
            {"messagesAdded": one("b"), "labelsAdded": one("b")}, {"messagesDeleted": one("b")},
            {"labelsRemoved": one("a")}, {"messages": [{"id": "c"}]},
        ]});
        let all = BTreeMap::from([("a".to_owned(), false), ("b".to_owned(), true)]);
        assert_eq!(touched(&body, 0, 50), (all, 4));
        assert_eq!(touched(&body, 3, 50), (BTreeMap::from([("a".to_owned(), false)]), 1));
    }

    /// What happens between two parts of a page stands behind the second: none of it is passed over, whatever its name.
    #[test]
    fn a_page_of_the_history_that_grows_is_followed_on() {
        let added = |ids: &[String]| -> Vec<Value> { ids.iter().map(|id| json!({"message": {"id": id}})).collect() };
        let ids: Vec<String> = (0..60).map(|number| format!("m{number:02}")).collect();
        let mut body = json!({"history": [{"messagesAdded": added(&ids)}]});
        let (first, followed) = touched(&body, 0, 50);
        assert_eq!((first.len(), followed), (50, 50));
        let later = json!({"messagesAdded": added(&["a".to_owned()]), "messagesDeleted": added(&ids[..1])});
        body["history"].as_array_mut().unwrap().push(later);
        let (rest, followed) = touched(&body, followed, 50);
        assert_eq!((rest.len(), followed), (12, 12));
        assert_eq!((rest.get("a"), rest.get("m00")), (Some(&false), Some(&true)));
    }
}
