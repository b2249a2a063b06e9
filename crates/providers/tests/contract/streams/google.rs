//! Sync tokens, the list of changes, and a mailbox's history.

use crate::wire::{Wire, ids};
use providers::{CallError, StreamError};
use serde_json::{Value, json};

const EVENTS: &str =
    "GET /calendar/v3/calendars/primary/events?singleEvents=false&maxResults=100&!syncToken&!pageToken";
const CHANGES: &str = "GET /drive/v3/changes?includeRemoved=true&supportsAllDrives=true&includeItemsFromAllDrives=true";

fn failed(status: u16, reason: &str, location: &str) -> Value {
    json!({"error": {"code": status, "errors": [{"reason": reason, "location": location}]}})
}

fn named(id: &str) -> Value {
    json!({"id": id})
}

/// The first pass keeps the token of its last page; the next asks with it, page by page, and learns what was cancelled.
#[tokio::test]
async fn events_are_listed_once_and_then_by_their_token() {
    let wire = Wire::of("google").await;
    wire.expect(EVENTS, 200, json!({"items": [named("a"), named("b")], "nextPageToken": "p2"}));
    let first = wire.page("calendar_events", None).await.unwrap();
    assert_eq!((ids(&first), first.more), (vec!["a".to_owned(), "b".to_owned()], true));
    let second = "GET /calendar/v3/calendars/primary/events?pageToken=p2&!syncToken&singleEvents=false&maxResults=100";
    wire.expect(second, 200, json!({"items": [{"nothing": 1}], "nextSyncToken": "s1"}));
    let last = wire.page("calendar_events", Some(&first.cursor)).await.unwrap();
    assert_eq!((ids(&last), last.more), (vec![], false));
    let since = "GET /calendar/v3/calendars/primary/events?syncToken=s1&!pageToken&singleEvents=false&maxResults=100";
    let cancelled = json!({"id": "a", "status": "cancelled"});
    wire.expect(since, 200, json!({"items": [cancelled], "nextPageToken": "p9"}));
    let more = wire.page("calendar_events", Some(&last.cursor)).await.unwrap();
    assert_eq!((ids(&more), more.more), (vec!["-a".to_owned()], true));
    let rest = "GET /calendar/v3/calendars/primary/events?syncToken=s1&pageToken=p9";
    wire.expect(rest, 200, json!({"items": [], "nextSyncToken": "s2"}));
    let end = wire.page("calendar_events", Some(&more.cursor)).await.unwrap();
    assert_eq!((end.cursor, end.more), (json!({"sync": "s2"}), false));
}

/// A 410 starts the calendar anew, unless it says that the calendar is no more; a page without any token is no page.
#[tokio::test]
async fn a_410_is_read_before_anything_is_forgotten() {
    let wire = Wire::of("google").await;
    let cursor = json!({"sync": "old"});
    let since = "GET /calendar/v3/calendars/primary/events?syncToken=old";
    for reason in ["fullSyncRequired", "updatedMinTooLongAgo", "another"] {
        wire.expect(since, 410, failed(410, reason, ""));
        let refused = wire.page("calendar_events", Some(&cursor)).await;
        assert!(matches!(refused, Err(StreamError::CursorExpired)), "{reason}: {refused:?}");
    }
    wire.expect(since, 400, failed(400, "invalid", "syncToken"));
    assert!(matches!(wire.page("calendar_events", Some(&cursor)).await, Err(StreamError::CursorExpired)));
    wire.expect(since, 410, failed(410, "deleted", ""));
    let gone = wire.page("calendar_events", Some(&cursor)).await;
    assert!(matches!(gone, Err(StreamError::Call(CallError::NotFound))), "{gone:?}");
    wire.expect(since, 400, failed(400, "invalid", "maxResults"));
    let refused = wire.page("calendar_events", Some(&cursor)).await;
    assert!(matches!(refused, Err(StreamError::Call(CallError::Refused))), "{refused:?}");
    wire.expect(since, 403, failed(403, "userRateLimitExceeded", ""));
    let limited = wire.page("calendar_events", Some(&cursor)).await;
    assert!(matches!(limited, Err(StreamError::Call(CallError::RateLimited { .. }))), "{limited:?}");
    wire.expect(since, 200, json!({"items": []}));
    let torn = wire.page("calendar_events", Some(&cursor)).await;
    assert!(matches!(torn, Err(StreamError::Call(CallError::Unreadable))), "{torn:?}");
    let of_another_version = wire.page("calendar_events", Some(&json!(7))).await;
    assert!(matches!(of_another_version, Err(StreamError::CursorExpired)));
}

/// The token of changes is taken before the listing, and leads on from there: to what was removed, and past shared drives.
#[tokio::test]
async fn files_are_listed_once_and_then_by_their_changes() {
    let wire = Wire::of("google").await;
    wire.expect("GET /drive/v3/changes/startPageToken?supportsAllDrives=true", 200, json!({"startPageToken": "c1"}));
    let files = "GET /drive/v3/files?supportsAllDrives=true&includeItemsFromAllDrives=true&!pageToken";
    wire.expect(files, 200, json!({"files": [named("a")], "nextPageToken": "f2"}));
    let first = wire.page("drive_files", None).await.unwrap();
    assert_eq!((ids(&first), first.more), (vec!["a".to_owned()], true));
    wire.expect("GET /drive/v3/files?pageToken=f2", 200, json!({"files": [named("b")]}));
    let last = wire.page("drive_files", Some(&first.cursor)).await.unwrap();
    assert_eq!((ids(&last), last.more, &last.cursor), (vec!["b".to_owned()], false, &json!({"changes": "c1"})));
    let entries = json!([
        {"changeType": "file", "fileId": "a", "removed": true, "time": "2026-01-02T03:04:05.000Z"},
        {"changeType": "drive", "driveId": "d"},
        {"changeType": "file", "fileId": "b", "removed": false, "file": {"id": "b", "trashed": true}},
    ]);
    wire.expect(CHANGES, 200, json!({"changes": entries, "nextPageToken": "c2"}));
    let changed = wire.page("drive_files", Some(&last.cursor)).await.unwrap();
    assert_eq!((ids(&changed), changed.more), (vec!["-a".to_owned(), "b".to_owned()], true));
    assert_eq!(changed.records[0].changed_at.unwrap().timestamp(), 1_767_323_045);
    wire.expect("GET /drive/v3/changes?pageToken=c2", 200, json!({"changes": [], "newStartPageToken": "c3"}));
    let end = wire.page("drive_files", Some(&changed.cursor)).await.unwrap();
    assert_eq!((end.more, &end.cursor), (false, &json!({"changes": "c3"})));
    wire.expect("GET /drive/v3/changes?pageToken=c3", 400, failed(400, "invalid", "pageToken"));
    assert!(matches!(wire.page("drive_files", Some(&end.cursor)).await, Err(StreamError::CursorExpired)));
}

/// The mailbox's state is taken before its messages; of each only the headers are asked for.
#[tokio::test]
async fn a_mailbox_is_listed_and_then_told_by_its_history() {
    let wire = Wire::of("google").await;
    let profile = json!({"emailAddress": "ann@example.com", "historyId": "100"});
    wire.expect("GET /gmail/v1/users/me/profile", 200, profile);
    let recent = "GET /gmail/v1/users/me/messages?maxResults=50&q=newer_than%3A30d&!pageToken";
    wire.expect(recent, 200, json!({"messages": [named("m1"), named("m2")], "nextPageToken": "p2"}));
    let message = "GET /gmail/v1/users/me/messages/m1?format=metadata&metadataHeaders=Subject&metadataHeaders=From";
    wire.expect(message, 200, json!({"id": "m1", "internalDate": "1767323045000"}));
    // Deleted between the list and the question.
    wire.expect("GET /gmail/v1/users/me/messages/m2?format=metadata", 404, json!({}));
    let first = wire.page("gmail_messages", None).await.unwrap();
    assert_eq!((ids(&first), first.more), (vec!["m1".to_owned(), "-m2".to_owned()], true));
    assert_eq!(first.records[0].changed_at.unwrap().timestamp(), 1_767_323_045);
    wire.expect("GET /gmail/v1/users/me/messages?pageToken=p2", 200, json!({"resultSizeEstimate": 0}));
    let last = wire.page("gmail_messages", Some(&first.cursor)).await.unwrap();
    assert_eq!((ids(&last), last.more), (vec![], false));

    let one = |id: &str| json!([{"message": {"id": id}}]);
    let history = json!([{"messagesAdded": one("m3"), "labelsAdded": one("m1")}, {"messagesDeleted": one("m4")}]);
    let since = "GET /gmail/v1/users/me/history?startHistoryId=100&historyTypes=messageAdded&historyTypes=messageDeleted\
                 &historyTypes=labelAdded&historyTypes=labelRemoved&!pageToken";
    wire.expect(since, 200, json!({"history": history, "historyId": "150", "nextPageToken": "h2"}));
    wire.expect("GET /gmail/v1/users/me/messages/m1", 200, named("m1"));
    wire.expect("GET /gmail/v1/users/me/messages/m3", 200, named("m3"));
    let happened = wire.page("gmail_messages", Some(&last.cursor)).await.unwrap();
    assert_eq!((ids(&happened).join(" "), happened.more), ("m1 m3 -m4".to_owned(), true));
    let rest = "GET /gmail/v1/users/me/history?startHistoryId=100&pageToken=h2";
    wire.expect(rest, 200, json!({"historyId": "160"}));
    let end = wire.page("gmail_messages", Some(&happened.cursor)).await.unwrap();
    assert!(!end.more);
    // From the state that the last page named, and not from one in between.
    wire.expect("GET /gmail/v1/users/me/history?startHistoryId=160&!pageToken", 404, failed(404, "notFound", ""));
    assert!(matches!(wire.page("gmail_messages", Some(&end.cursor)).await, Err(StreamError::CursorExpired)));
}

/// A page of the history that names many messages is fetched in parts; the state moves on behind the last of them only.
#[tokio::test]
async fn a_long_page_of_the_history_is_fetched_in_parts() {
    let wire = Wire::of("google").await;
    let added: Vec<Value> = (0..70).map(|at| json!({"message": {"id": format!("m{at:02}")}})).collect();
    let history = json!({"history": [{"labelsAdded": added}], "historyId": "200"});
    let mut cursor = json!({"history": "100"});
    for (count, more) in [(50, true), (20, false)] {
        wire.expect("GET /gmail/v1/users/me/history?startHistoryId=100", 200, history.clone());
        // One line for every message would be no shorter than this.
        for _ in 0..count {
            wire.expect("GET /gmail/v1/users/me/messages/*?format=metadata", 200, json!({}));
        }
        let page = wire.page("gmail_messages", Some(&cursor)).await.unwrap();
        assert_eq!((page.records.len(), page.more), (count, more));
        cursor = page.cursor;
    }
    assert_eq!(cursor["history"], "200");
}

/// Only what is named as a stream is one.
#[tokio::test]
async fn a_stream_that_is_none_is_not_found() {
    let wire = Wire::of("google").await;
    assert!(matches!(wire.page("contacts", None).await, Err(StreamError::Call(CallError::NotFound))));
}
