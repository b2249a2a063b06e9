//! The drive: files, changes, channels.

use super::{connected, each, watched};
use crate::connect::{GOOGLE, text};
use reqwest::{Method, StatusCode};
use serde_json::json;

const SCOPE: &str = "https://www.googleapis.com/auth/drive.metadata.readonly";

/// From a start token on each changed file is told once, as it is now; without `fields` hardly anything is said.
#[tokio::test]
async fn changes_are_the_latest_states() {
    let (sandbox, token) = connected(GOOGLE, SCOPE).await;
    let files = sandbox.change("google", json!({"kind": "drive", "op": "create", "count": 3})).await["ids"].clone();
    let start = text(&sandbox.read("/google/drive/v3/changes/startPageToken", &token).await.body, "startPageToken");
    for name in ["one", "two"] {
        let order = json!({"kind": "drive", "op": "update", "id": files[0], "item": {"name": name}});
        sandbox.change("google", order).await;
    }
    let trash = json!({"kind": "drive", "op": "update", "id": files[1], "item": {"trashed": true}});
    sandbox.change("google", trash).await;
    sandbox.change("google", json!({"kind": "drive", "op": "delete", "id": files[2]})).await;

    let fields = "fields=nextPageToken,newStartPageToken,changes(fileId,removed,file(name,trashed,trashingUser/me))";
    let path = |from: &str, rest: &str| format!("/google/drive/v3/changes?pageToken={from}&{rest}");
    let first = sandbox.read(&path(&start, &format!("pageSize=2&{fields}")), &token).await.body;
    let me = json!({"me": true});
    assert_eq!(
        first["changes"],
        json!([
            {"fileId": files[0], "removed": false, "file": {"name": "two", "trashed": false}},
            {"fileId": files[1], "removed": false, "file": {"name": "A file", "trashed": true, "trashingUser": me}},
        ])
    );
    assert!(first["newStartPageToken"].is_null());
    let next = text(&first, "nextPageToken");
    let last = sandbox.read(&path(&next, "pageSize=2"), &token).await.body;
    assert_eq!(each(&last["changes"], "fileId"), [files[2].as_str().unwrap()]);
    assert_eq!((&last["changes"][0]["removed"], &last["changes"][0]["file"]), (&json!(true), &json!(null)));
    let end = text(&last, "newStartPageToken");
    assert_eq!(sandbox.read(&path(&end, ""), &token).await.body["changes"], json!([]));
    assert_eq!(sandbox.read(&path("x", ""), &token).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(sandbox.read(&path(&end, "fields=changes("), &token).await.status, StatusCode::BAD_REQUEST);
}

/// All files, in pages, with or without what is in the bin.
#[tokio::test]
async fn files_are_listed_in_pages() {
    let (sandbox, token) = connected(GOOGLE, SCOPE).await;
    let files = sandbox.change("google", json!({"kind": "drive", "op": "create", "count": 3})).await["ids"].clone();
    let trash = json!({"kind": "drive", "op": "update", "id": files[0], "item": {"trashed": true}});
    sandbox.change("google", trash).await;
    let path = "/google/drive/v3/files?pageSize=1&q=trashed%20%3D%20false";
    let first = sandbox.read(path, &token).await.body;
    let next = text(&first, "nextPageToken");
    let second = sandbox.read(&format!("{path}&pageToken={next}"), &token).await.body;
    assert!(second["nextPageToken"].is_null());
    let mut seen = [each(&first["files"], "id"), each(&second["files"], "id")].concat();
    let mut kept = [1, 2].map(|number: usize| files[number].as_str().unwrap().to_owned());
    seen.sort();
    kept.sort();
    assert_eq!(seen, kept);
    let members: Vec<&String> = first["files"][0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["id", "kind", "mimeType", "name"]);
    assert_eq!(each(&sandbox.read("/google/drive/v3/files", &token).await.body["files"], "id").len(), 3);
}

/// A channel of the drive lives for an hour unless it asks for more, and says `change`.
#[tokio::test]
async fn a_channel_of_the_drive_says_change() {
    let (sandbox, token, mut receiver) = watched(GOOGLE, SCOPE).await;
    let address = format!("{}webhooks/google/channel", receiver.base);
    let wanted = json!({"id": "drive-1", "type": "web_hook", "address": address});
    let missing = sandbox.send(Method::POST, "/google/drive/v3/changes/watch", &token, wanted.clone()).await;
    assert_eq!(missing.status, StatusCode::BAD_REQUEST);
    let opened = sandbox.send(Method::POST, "/google/drive/v3/changes/watch?pageToken=1", &token, wanted).await.body;
    let end: i64 = text(&opened, "expiration").parse().unwrap();
    assert!((end - kernel::Clock::system().now().timestamp_millis() - 3_600_000).abs() < 10_000);
    let sync = receiver.deliveries.try_recv().unwrap();
    assert_eq!(sync.header("x-goog-resource-state"), "sync");
    assert!(sync.headers.get("x-goog-channel-token").is_none());
    sandbox.change("google", json!({"kind": "drive", "op": "create"})).await;
    assert_eq!(receiver.deliveries.try_recv().unwrap().header("x-goog-resource-state"), "change");
    let stop = json!({"id": "drive-1", "resourceId": opened["resourceId"]});
    let stopped = sandbox.send(Method::POST, "/google/drive/v3/channels/stop", &token, stop).await;
    assert_eq!(stopped.status, StatusCode::NO_CONTENT);
}
