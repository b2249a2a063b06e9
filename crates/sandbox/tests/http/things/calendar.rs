//! The calendar: pages, sync tokens, channels.

use super::{connected, each, nothing_came, watched};
use crate::{
    connect::{GOOGLE, text},
    support::{Answer, Sandbox},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const SCOPE: &str = "https://www.googleapis.com/auth/calendar.readonly";
const EVENTS: &str = "/google/calendar/v3/calendars/primary/events";

async fn list(sandbox: &Sandbox, token: &str, query: &str) -> Answer {
    sandbox.read(&format!("{EVENTS}?{query}"), token).await
}

async fn create(sandbox: &Sandbox, count: u16) -> Value {
    sandbox.change("google", json!({"kind": "calendar", "op": "create", "count": count})).await["ids"].clone()
}

/// Only the last page has the sync token; with it comes what changed since, the deleted as hardly more than an id.
#[tokio::test]
async fn a_calendar_is_read_in_pages_and_then_by_its_changes() {
    let (sandbox, token) = connected(GOOGLE, SCOPE).await;
    let ids = create(&sandbox, 3).await;
    let first = list(&sandbox, &token, "maxResults=2&singleEvents=false").await.body;
    assert_eq!((each(&first["items"], "id").len(), first["nextSyncToken"].is_null()), (2, true));
    // What changes meanwhile is on no later page, and in the next listing by the token.
    let change = json!({"kind": "calendar", "op": "update", "id": ids[0], "item": {"summary": "Moved"}});
    sandbox.change("google", change).await;
    let page = text(&first, "nextPageToken");
    let last = list(&sandbox, &token, &format!("maxResults=2&singleEvents=false&pageToken={page}")).await.body;
    assert_eq!(each(&last["items"], "id"), [ids[2].as_str().unwrap()]);
    assert!(last["nextPageToken"].is_null());

    sandbox.change("google", json!({"kind": "calendar", "op": "delete", "id": ids[1]})).await;
    let sync = text(&last, "nextSyncToken");
    let news = list(&sandbox, &token, &format!("singleEvents=false&syncToken={sync}")).await.body;
    assert_eq!((&news["items"][0]["id"], &news["items"][0]["summary"]), (&ids[0], &json!("Moved")));
    let etag = news["items"][1]["etag"].clone();
    let gone = json!({"kind": "calendar#event", "etag": etag, "id": ids[1], "status": "cancelled"});
    assert_eq!((&news["items"][1], news["items"].as_array().unwrap().len()), (&gone, 2));
    let next = text(&news, "nextSyncToken");
    assert_eq!(list(&sandbox, &token, &format!("syncToken={next}")).await.body["items"], json!([]));
    assert_eq!(each(&list(&sandbox, &token, "").await.body["items"], "id").len(), 2);
}

/// A token that is too old, or of another listing, is 410 with its reason; a filter and a token do not go together.
#[tokio::test]
async fn a_sync_token_can_be_too_old() {
    let (sandbox, token) = connected(GOOGLE, SCOPE).await;
    let sync = text(&list(&sandbox, &token, "").await.body, "nextSyncToken");
    for query in ["timeMin=2026-01-01T00:00:00Z", "q=x", "showDeleted=false", "singleEvents=true"] {
        let refused = list(&sandbox, &token, &format!("syncToken={sync}&{query}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
    }
    for (order, reason) in [
        (json!({"kind": "calendar"}), "fullSyncRequired"),
        (json!({"kind": "calendar", "reason": "updatedMinTooLongAgo"}), "updatedMinTooLongAgo"),
    ] {
        let sync = text(&list(&sandbox, &token, "").await.body, "nextSyncToken");
        assert_eq!(list(&sandbox, &token, &format!("syncToken={sync}")).await.status, StatusCode::OK);
        sandbox.control("google/cursors", order).await;
        let gone = list(&sandbox, &token, &format!("syncToken={sync}")).await;
        assert_eq!((gone.status, &gone.body["error"]["errors"][0]["reason"]), (StatusCode::GONE, &json!(reason)));
    }
}

/// Whose token it is, and for what, decides.
#[tokio::test]
async fn the_calendar_asks_for_its_scope() {
    let (sandbox, token) = connected(GOOGLE, "https://www.googleapis.com/auth/drive.readonly").await;
    let refused = list(&sandbox, &token, "").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.body["error"]["errors"][0]["reason"], "insufficientPermissions");
    assert_eq!(list(&sandbox, "nothing", "").await.status, StatusCode::UNAUTHORIZED);
    let (sandbox, token) = connected(GOOGLE, SCOPE).await;
    let calendars = sandbox.read("/google/calendar/v3/users/me/calendarList", &token).await.body;
    let own = format!("/google/calendar/v3/calendars/{}/events", text(&calendars["items"][0], "id"));
    assert_eq!(sandbox.read(&own, &token).await.status, StatusCode::OK);
    let other = "/google/calendar/v3/calendars/ann@sandbox.invalid/events";
    assert_eq!(sandbox.read(other, &token).await.status, StatusCode::NOT_FOUND);
}

fn channel(id: &str, address: &str) -> Value {
    json!({"id": id, "type": "web_hook", "address": address, "token": "our-secret"})
}

/// `sync` comes first, then a hint for each change; what was stopped, has ended or was forgotten is silent.
#[tokio::test]
async fn a_channel_tells_that_something_changed() {
    let (sandbox, token, mut receiver) = watched(GOOGLE, SCOPE).await;
    let address = format!("{}webhooks/google/channel", receiver.base);
    let watch =
        async |id: &str| sandbox.send(Method::POST, &format!("{EVENTS}/watch"), &token, channel(id, &address)).await;
    let opened = watch("one").await;
    assert_eq!(opened.status, StatusCode::OK, "{}", opened.body);
    assert!(opened.body["expiration"].as_str().unwrap().parse::<i64>().is_ok());
    let sync = receiver.deliveries.try_recv().unwrap();
    let header = |name: &str| sync.header(name).to_owned();
    assert_eq!(sync.path, "/webhooks/google/channel");
    assert_eq!(header("x-goog-resource-state"), "sync");
    assert_eq!((header("x-goog-channel-id").as_str(), header("x-goog-channel-token").as_str()), ("one", "our-secret"));
    assert_eq!(header("x-goog-resource-id"), text(&opened.body, "resourceId"));
    assert_eq!((header("x-goog-message-number").as_str(), sync.body.len()), ("1", 0));

    let told = sandbox.change("google", json!({"kind": "calendar", "op": "create"})).await;
    assert_eq!(told["receipts"], json!([{"status": 202, "body": "taken", "watch": "one"}]));
    let exists = receiver.deliveries.try_recv().unwrap();
    assert_eq!(exists.header("x-goog-resource-state"), "exists");
    assert!(exists.header("x-goog-message-number").parse::<u64>().unwrap() > 2);
    let lost = json!({"kind": "calendar", "op": "create", "notify": false});
    assert_eq!(sandbox.change("google", lost).await["receipts"], json!([]));
    sandbox.change("google", json!({"kind": "drive", "op": "create"})).await;
    assert!(nothing_came(&mut receiver));

    let again = watch("one").await;
    assert_eq!(again.body["error"]["errors"][0]["reason"], "channelIdNotUnique");
    let stop = json!({"id": "one", "resourceId": "another"});
    let stopped = sandbox.send(Method::POST, "/google/calendar/v3/channels/stop", &token, stop).await;
    assert_eq!(stopped.status, StatusCode::NOT_FOUND);
    let stop = json!({"id": "one", "resourceId": opened.body["resourceId"]});
    let stopped = sandbox.send(Method::POST, "/google/calendar/v3/channels/stop", &token, stop).await;
    assert_eq!(stopped.status, StatusCode::NO_CONTENT);
    assert_eq!(watch("one").await.status, StatusCode::BAD_REQUEST);

    for id in ["two", "three"] {
        assert_eq!(watch(id).await.status, StatusCode::OK);
        receiver.deliveries.try_recv().unwrap();
    }
    assert_eq!(sandbox.forget("google/watches/two").await, StatusCode::OK);
    sandbox.control("clock", json!({"advance_seconds": 7 * 86_400 + 1})).await;
    create(&sandbox, 1).await;
    assert!(nothing_came(&mut receiver));
    let listed = sandbox.read("/_control/google/watches", "").await.body;
    assert_eq!(each(&listed["watches"], "id"), ["three"]);
    assert_eq!(
        (&listed["watches"][0]["expired"], &listed["watches"][0]["token"]),
        (&json!(true), &json!("our-secret"))
    );
}

/// A channel ends when it says, a week from now at the latest; one that leads elsewhere is not opened.
#[tokio::test]
async fn a_channel_has_its_limits() {
    let (sandbox, token, receiver) = watched(GOOGLE, SCOPE).await;
    let address = format!("{}webhooks/google/channel", receiver.base);
    let now = kernel::Clock::system().now().timestamp_millis();
    let week = 7 * 86_400_000;
    for (number, (asked, life)) in [
        (json!({"expiration": now + 60_000}), 60_000),
        (json!({"expiration": (now + 60_000).to_string()}), 60_000),
        (json!({"params": {"ttl": "3600"}}), 3_600_000),
        (json!({"expiration": now + 2 * week}), week),
        (json!({}), week),
    ]
    .into_iter()
    .enumerate()
    {
        let mut wanted = channel(&format!("c-{number}"), &address);
        wanted.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
        let opened = sandbox.send(Method::POST, &format!("{EVENTS}/watch"), &token, wanted).await.body;
        let end: i64 = text(&opened, "expiration").parse().unwrap();
        assert!((end - now - life).abs() < 10_000, "{opened}");
    }
    let long = "x".repeat(257);
    for wrong in [
        json!({"address": "https://elsewhere.invalid/hook"}),
        json!({"type": "sms"}),
        json!({"id": "a b"}),
        json!({"token": long}),
        json!({"expiration": now - 1}),
    ] {
        let mut wanted = channel("wrong", &address);
        wanted.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let refused = sandbox.send(Method::POST, &format!("{EVENTS}/watch"), &token, wanted).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}
