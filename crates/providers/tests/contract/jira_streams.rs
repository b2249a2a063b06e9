//! Pages of Jira's and Confluence's streams.

use crate::{
    fixtures::{batch, vendor},
    vendor_server::{Asked, VendorServer},
};
use chrono::{DateTime, Utc};
use providers::{CallError, PageAsk, RecordPage, RecordState, StreamError, Streams};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

fn streams() -> &'static dyn Streams {
    vendor("jira").vendor.streams().unwrap()
}

async fn page(server: &VendorServer, stream: &str, cursor: Option<&Value>) -> Result<RecordPage, StreamError> {
    streams().page(server.call(), PageAsk { stream, cursor, ids: &[], batch: batch(streams(), stream) }).await
}

/// All pages until there are no more: the records' ids a page, and the last cursor.
async fn pass(server: &VendorServer, stream: &str, mut cursor: Option<Value>) -> (Vec<Vec<String>>, Value) {
    let mut pages = Vec::new();
    for _ in 0..20 {
        let found = page(server, stream, cursor.as_ref()).await.unwrap();
        pages.push(ids(&found));
        if !found.more {
            return (pages, found.cursor);
        }
        cursor = Some(found.cursor);
    }
    panic!("there is no end");
}

/// The records' ids; behind those that are gone stands a word.
fn ids(page: &RecordPage) -> Vec<String> {
    let name = |record: &providers::Record| match record.state {
        RecordState::There(_) => record.external_id.clone(),
        RecordState::Gone => format!("{} gone", record.external_id),
    };
    page.records.iter().map(name).collect()
}

/// Two sites with Jira, of which the first has Confluence as well.
fn sites() -> (u16, Value) {
    let site = |id: &str, name: &str, scope: &str| json!({"id": id, "name": name, "url": format!("https://{name}.atlassian.net"), "scopes": [scope]});
    (
        200,
        json!([
            site("c1", "acme", "read:jira-work"),
            site("c1", "acme", "read:page:confluence"),
            site("c2", "beta", "read:jira-work"),
        ]),
    )
}

fn issue(id: &str, updated: &str) -> Value {
    json!({"id": id, "key": format!("ED-{id}"), "fields": {"summary": "x", "updated": updated}})
}

fn millis(time: &str) -> i64 {
    time.parse::<DateTime<Utc>>().unwrap().timestamp_millis()
}

fn since(time: i64) -> String {
    format!("updated >= {time} ORDER BY updated ASC")
}

const LISTED: &str = "GET /oauth/token/accessible-resources";

/// Each site in turn, page by page; the next time from ten minutes before the newest that was seen there.
#[tokio::test]
async fn issues_are_fetched_site_by_site() {
    let answer = |asked: &Asked| match asked.what.as_str() {
        LISTED => sites(),
        "POST /ex/jira/c1/rest/api/3/search/jql" => {
            assert_eq!(asked.body["maxResults"], 50);
            assert!(asked.body["fields"].as_array().unwrap().contains(&json!("updated")));
            if asked.body["nextPageToken"] == "second" {
                (200, json!({"issues": [issue("2", "2026-01-02T05:04:05.000+0200")], "isLast": true}))
            } else {
                let issues = [issue("1", "2026-01-01T00:00:00.000+0000")];
                (200, json!({"issues": issues, "nextPageToken": "second", "isLast": false}))
            }
        }
        _ => (200, json!({"issues": [], "nextPageToken": null})),
    };
    let server = VendorServer::of("jira", answer).await;
    let (pages, cursor) = pass(&server, "issues", None).await;
    assert_eq!(pages, [vec!["c1/1"], vec!["c1/2"], vec![]]);
    let jira = |site: &str| format!("POST /ex/jira/{site}/rest/api/3/search/jql");
    assert_eq!(server.asked(), [LISTED.to_owned(), jira("c1"), jira("c1"), jira("c2")]);

    let edge = millis("2026-01-02T02:54:05Z");
    let server = VendorServer::of("jira", move |asked| match asked.what.as_str() {
        LISTED => sites(),
        "POST /ex/jira/c1/rest/api/3/search/jql" => {
            assert_eq!(asked.body["jql"], since(edge));
            (200, json!({"issues": [issue("2", "2026-01-02T05:04:05.000+0200")], "isLast": true}))
        }
        _ => {
            assert_eq!(asked.body["jql"], since(946_684_800_000), "a site that was empty is looked through again");
            (200, json!({"issues": [], "isLast": true}))
        }
    })
    .await;
    let (_, again) = pass(&server, "issues", Some(cursor.clone())).await;
    assert_eq!(again, cursor);
}

/// A record is the vendor's JSON, and the site that it is from.
#[tokio::test]
async fn a_record_says_its_site() {
    let server = VendorServer::of("jira", |asked| match asked.what.as_str() {
        LISTED => sites(),
        _ => (200, json!({"issues": [issue("1", "2026-01-02T03:04:05.678+0000")], "isLast": true})),
    })
    .await;
    let found = page(&server, "issues", None).await.unwrap();
    let mut expected = issue("1", "2026-01-02T03:04:05.678+0000");
    expected["site"] = json!({"id": "c1", "name": "acme", "url": "https://acme.atlassian.net"});
    assert_eq!(found.records[0].state, RecordState::There(expected));
    assert_eq!(found.records[0].changed_at, Some("2026-01-02T03:04:05.678Z".parse().unwrap()));
}

/// A token of a page that has died ends the run, and the next one begins where the pass had come to.
#[tokio::test]
async fn a_dead_page_token_begins_the_site_again() {
    let edge = millis("2026-01-01T23:50:00Z");
    let server = VendorServer::of("jira", move |asked| match asked.what.as_str() {
        LISTED => sites(),
        _ if asked.body["nextPageToken"] == "dead" => (400, json!({"errorMessages": ["The token is invalid."]})),
        _ if asked.body["jql"] == since(edge) => (200, json!({"issues": [], "isLast": true})),
        _ => (200, json!({"issues": [issue("1", "2026-01-02T00:00:00.000+0000")], "nextPageToken": "dead"})),
    })
    .await;
    let first = page(&server, "issues", None).await.unwrap();
    assert!(first.more);
    let refused = page(&server, "issues", Some(&first.cursor)).await.unwrap();
    assert_eq!((refused.records.len(), refused.more), (0, false));
    let again = page(&server, "issues", Some(&refused.cursor)).await.unwrap();
    assert!(again.more, "the other site is still to come");
}

/// A site that lets the person in no more is left out; where it is the only one, that is an error.
#[tokio::test]
async fn a_site_that_refuses_does_not_stop_the_others() {
    let server = VendorServer::of("jira", |asked| match asked.what.as_str() {
        LISTED => sites(),
        what if what.contains("/c1/") => (404, json!({"status": 404})),
        _ => (200, json!({"issues": [issue("9", "2026-01-02T00:00:00.000+0000")], "isLast": true})),
    })
    .await;
    let (pages, _) = pass(&server, "issues", None).await;
    assert_eq!(pages, [vec![], vec!["c2/9"]]);
    let server = VendorServer::of("jira", |asked| match asked.what.as_str() {
        LISTED => sites(),
        _ => (403, json!({"message": "Forbidden"})),
    })
    .await;
    let only = page(&server, "pages", None).await;
    assert!(matches!(only, Err(StreamError::Call(CallError::Refused))));
    let first = page(&server, "issues", None).await.unwrap();
    let last = page(&server, "issues", Some(&first.cursor)).await;
    assert!(matches!(last, Err(StreamError::Call(CallError::Refused))), "none has answered");
}

/// An account without a site has nothing, and may have one tomorrow.
#[tokio::test]
async fn no_site_is_no_error() {
    let server = VendorServer::of("jira", |_| (200, json!([]))).await;
    for stream in ["issues", "projects", "pages"] {
        let found = page(&server, stream, None).await.unwrap();
        assert_eq!((found.records.len(), found.more), (0, false));
        assert!(!page(&server, stream, Some(&found.cursor)).await.unwrap().more);
    }
}

/// What a push has named is fetched from its site, by the origin or the cloud id; an id alone from all. The cursor stays.
#[tokio::test]
async fn named_issues_are_fetched_from_their_site() {
    let server = VendorServer::of("jira", |asked| match asked.what.as_str() {
        LISTED => sites(),
        _ if asked.says("404") => (400, json!({"errorMessages": ["An issue with key '404' …"]})),
        _ => {
            let ids: Vec<Value> = asked.body["reconcileIssues"].as_array().unwrap().clone();
            let jql = format!("id in ({})", ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
            assert_eq!(asked.body["jql"], jql);
            let issues: Vec<Value> =
                ids.iter().map(|id| issue(&id.to_string(), "2026-01-02T00:00:00.000+0000")).collect();
            (200, json!({"issues": issues, "isLast": true}))
        }
    })
    .await;
    let cursor = json!({"known": {}, "pass": null});
    let named = async |named: &[&str]| {
        let named: Vec<String> = named.iter().map(|id| (*id).to_owned()).collect();
        let ask = PageAsk { stream: "issues", cursor: Some(&cursor), ids: &named, batch: batch(streams(), "issues") };
        let found = streams().page(server.call(), ask).await.unwrap();
        assert_eq!((&found.cursor, found.more), (&cursor, false));
        ids(&found)
    };
    assert_eq!(named(&["https://acme.atlassian.net/1", "c2/2"]).await, ["c1/1", "c2/2"]);
    assert_eq!(named(&["3"]).await, ["c1/3", "c2/3"]);
    assert_eq!(named(&["c1/4", "c1/404", "c1/5"]).await, ["c1/4", "c1/5"]);
    let none: [&str; 0] = [];
    assert_eq!(named(&["https://other.example/1", "c1/1) OR (id > 0", "c1/-1", "c1/+1", "c1/"]).await, none);
}

/// All of them, each time; what is listed no more is gone, unless the list has moved while it was read.
#[tokio::test]
async fn a_project_that_is_listed_no_more_is_gone() {
    let round = Arc::new(AtomicUsize::new(0));
    let rounds = Arc::clone(&round);
    let server = VendorServer::of("jira", move |asked| {
        let listed = |ids: [&str; 2], is_last: bool| {
            let values = ids.map(|id| json!({"id": id, "key": format!("P{id}"), "name": "x"}));
            (200, json!({"values": values, "isLast": is_last}))
        };
        match (asked.what.as_str(), rounds.load(SeqCst)) {
            (LISTED, _) => sites(),
            (what, _) if what.contains("/c2/") => listed(["1", "2"], true),
            (what, _) if what.contains("startAt=0") => listed(["1", "2"], false),
            // A page begins with the last of the one before. Where it does not, one has slipped through to that page.
            (what, 0) if what.contains("startAt=1") => listed(["2", "3"], true),
            (what, 1) if what.contains("startAt=1") => listed(["2", "4"], true),
            (what, _) if what.contains("startAt=1") => listed(["5", "6"], true),
            _ => (400, json!({})),
        }
    })
    .await;
    let (pages, cursor) = pass(&server, "projects", None).await;
    assert_eq!(pages, [vec!["c1/1", "c1/2"], vec!["c1/3"], vec!["c2/1", "c2/2"]]);
    round.store(1, SeqCst);
    let (pages, cursor) = pass(&server, "projects", Some(cursor)).await;
    assert_eq!(pages[1], ["c1/4", "c1/3 gone"]);
    round.store(2, SeqCst);
    let (pages, cursor) = pass(&server, "projects", Some(cursor)).await;
    assert_eq!(pages[1], ["c1/5", "c1/6"]);
    round.store(0, SeqCst);
    let (pages, _) = pass(&server, "projects", Some(cursor)).await;
    assert_eq!(pages[1], ["c1/3", "c1/4 gone", "c1/5 gone", "c1/6 gone"]);
}

fn confluence_page(id: &str, at: &str) -> Value {
    json!({"id": id, "title": "x", "version": {"number": 1, "createdAt": at}, "_links": {"webui": "/x"}})
}

/// Newest first, to what is known; then through the trash. The link to the next page is of use for its cursor only.
#[tokio::test]
async fn pages_are_listed_to_what_is_known() {
    let place = "GET /ex/confluence/c1/wiki/api/v2/pages?sort=-modified-date&limit=50&status=";
    let answer = move |asked: &Asked| {
        let base = json!({"base": "https://acme.atlassian.net/wiki"});
        match asked.what.strip_prefix(place) {
            None => sites(),
            Some("current") => {
                let pages =
                    [confluence_page("3", "2026-01-02T03:00:00Z"), confluence_page("2", "2026-01-02T02:55:00Z")];
                let next = json!({"base": base["base"], "next": "/wiki/api/v2/pages?limit=50&cursor=a%2Bb%3D"});
                (200, json!({"results": pages, "_links": next}))
            }
            Some("current&cursor=a+b=") => {
                (200, json!({"results": [confluence_page("1", "2026-01-01T00:00:00Z")], "_links": base}))
            }
            Some("trashed") => {
                (200, json!({"results": [confluence_page("4", "2025-01-01T00:00:00Z")], "_links": base}))
            }
            Some(other) => panic!("{other}"),
        }
    };
    let server = VendorServer::of("jira", answer).await;
    let (pages, cursor) = pass(&server, "pages", None).await;
    assert_eq!(pages, [vec!["c1/3", "c1/2"], vec!["c1/1"]], "at first nothing is known that could be gone");
    let (pages, again) = pass(&server, "pages", Some(cursor.clone())).await;
    assert_eq!(pages, [vec!["c1/3", "c1/2"], vec![], vec!["c1/4 gone"]]);
    assert_eq!(again, cursor);
    let found = page(&server, "pages", None).await.unwrap();
    let RecordState::There(json) = &found.records[0].state else { panic!("it is there") };
    assert_eq!(json["_links"], json!({"webui": "/x", "base": "https://acme.atlassian.net/wiki"}));
}

/// However large the trash is, only its newest part is looked through.
#[tokio::test]
async fn a_large_trash_is_not_emptied() {
    let server = VendorServer::of("jira", |asked| {
        if !asked.says("/wiki/") {
            return sites();
        }
        let next = if asked.says("trashed") { json!({"next": "/wiki/api/v2/pages?cursor=more"}) } else { json!({}) };
        (200, json!({"results": [confluence_page("3", "2026-01-02T03:00:00Z")], "_links": next}))
    })
    .await;
    let (_, cursor) = pass(&server, "pages", None).await;
    let (pages, _) = pass(&server, "pages", Some(cursor)).await;
    assert_eq!(pages.len(), 1 + 4);
}

/// A pause is a pause; a cursor that this code has not written leads nowhere; a stream that is none has no pages.
#[tokio::test]
async fn what_is_no_page_is_an_error() {
    let server = VendorServer::of("jira", |asked| match asked.what.as_str() {
        LISTED => sites(),
        what if what.contains("/c1/") => (429, json!({})),
        _ => (200, json!({"issues": "none"})),
    })
    .await;
    let limited = page(&server, "issues", None).await;
    assert!(matches!(limited, Err(StreamError::Call(CallError::RateLimited { .. }))));
    let foreign = page(&server, "issues", Some(&json!("CAEaAggD"))).await;
    assert!(matches!(foreign, Err(StreamError::CursorExpired)));
    assert!(page(&server, "boards", None).await.is_err());
    let at_second = json!({"known": {}, "pass": {"sites": [{"id": "c2", "name": "beta", "url": null}], "step": null,
        "seen": {"at": 0, "ids": []}, "answered": true}});
    let unreadable = page(&server, "issues", Some(&at_second)).await;
    assert!(matches!(unreadable, Err(StreamError::Call(CallError::Unreadable))));
}
