//! The mailbox: messages and their history.

use super::{connected, each};
use crate::{
    connect::{GOOGLE, text},
    support::{Answer, Sandbox},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

const SCOPE: &str = "https://www.googleapis.com/auth/gmail.readonly";
const ME: &str = "/google/gmail/v1/users/me";

async fn get(sandbox: &Sandbox, token: &str, path: &str) -> Answer {
    sandbox.read(&format!("{ME}/{path}"), token).await
}

async fn receive(sandbox: &Sandbox, item: Value) -> String {
    let done = sandbox.change("google", json!({"kind": "mail", "op": "create", "item": item})).await;
    text(&json!({"id": done["ids"][0]}), "id")
}

/// The newest first, in pages; each message as much as is asked for.
#[tokio::test]
async fn messages_are_listed_and_looked_at() {
    let (sandbox, token) = connected(GOOGLE, SCOPE).await;
    assert_eq!(get(&sandbox, &token, "messages").await.body, json!({"resultSizeEstimate": 0}));
    let old = json!({"kind": "mail", "op": "create", "id": "old", "at": "2026-01-02T03:04:05.678Z"});
    sandbox.change("google", old).await;
    let reply = json!({"subject": "Lunch?", "from": "Ben <ben@x.invalid>", "threadId": "old", "labelIds": ["SENT"]});
    let id = receive(&sandbox, reply).await;
    let first = get(&sandbox, &token, "messages?maxResults=1").await.body;
    assert_eq!(first["messages"], json!([{"id": id, "threadId": "old"}]));
    let next = text(&first, "nextPageToken");
    let second = get(&sandbox, &token, &format!("messages?maxResults=1&pageToken={next}")).await.body;
    assert_eq!((each(&second["messages"], "id"), second["nextPageToken"].is_null()), (vec!["old".to_owned()], true));
    let of =
        async |query: &str| each(&get(&sandbox, &token, &format!("messages?{query}")).await.body["messages"], "id");
    assert_eq!(of("labelIds=INBOX").await, ["old"]);
    assert_eq!(of("q=after:1767323100").await, [id.as_str()]);

    let path = format!("messages/{id}?format=metadata&metadataHeaders=Subject&metadataHeaders=From");
    let seen = get(&sandbox, &token, &path).await.body;
    let headers = json!([{"name": "From", "value": "Ben <ben@x.invalid>"}, {"name": "Subject", "value": "Lunch?"}]);
    assert_eq!((&seen["payload"]["headers"], seen["payload"]["body"].is_null()), (&headers, true));
    assert_eq!(get(&sandbox, &token, "messages/old").await.body["internalDate"], "1767323045678");
    assert_eq!(get(&sandbox, &token, "messages/nobody").await.status, StatusCode::NOT_FOUND);
    let profile = get(&sandbox, &token, "profile").await.body;
    assert_eq!(
        (&profile["emailAddress"], &profile["threadsTotal"]),
        (&json!("sandbox-octo@sandbox.invalid"), &json!(1))
    );
}

/// What happened after an id, by kind and in pages; too old or not yet given, the id is 404.
#[tokio::test]
async fn history_goes_on_from_an_id() {
    let (sandbox, token) = connected(GOOGLE, SCOPE).await;
    let start = text(&get(&sandbox, &token, "profile").await.body, "historyId");
    let path = |rest: &str| format!("history?startHistoryId={start}{rest}");
    let nothing = get(&sandbox, &token, &path("")).await.body;
    assert_eq!(nothing, json!({"historyId": start}));
    let id = receive(&sandbox, json!({})).await;
    let labels = json!({"kind": "mail", "op": "update", "id": id, "item": {"labelIds": ["INBOX", "STARRED"]}});
    sandbox.change("google", labels).await;
    sandbox.change("google", json!({"kind": "mail", "op": "delete", "id": id})).await;

    let all = get(&sandbox, &token, &path("")).await.body;
    let kinds: Vec<String> =
        (0..4).map(|at| all["history"][at].as_object().unwrap().keys().nth(1).unwrap().clone()).collect();
    assert_eq!(kinds, ["messages", "labelsAdded", "labelsRemoved", "messages"]);
    assert_eq!(all["history"][0]["messagesAdded"][0]["message"]["labelIds"], json!(["INBOX", "UNREAD"]));
    assert_eq!(all["history"][1]["labelsAdded"][0]["labelIds"], json!(["STARRED"]));
    let some =
        get(&sandbox, &token, &path("&historyTypes=messageAdded&historyTypes=messageDeleted&maxResults=1")).await.body;
    assert_eq!(some["history"][0]["messagesAdded"][0]["message"]["id"], json!(id));
    let next = text(&some, "nextPageToken");
    let rest = path(&format!("&historyTypes=messageAdded&historyTypes=messageDeleted&maxResults=1&pageToken={next}"));
    assert_eq!(get(&sandbox, &token, &rest).await.body["history"][0]["messagesDeleted"][0]["message"]["id"], json!(id));

    sandbox.control("google/cursors", json!({"kind": "mail"})).await;
    assert_eq!(get(&sandbox, &token, &path("")).await.status, StatusCode::NOT_FOUND);
    let now = text(&get(&sandbox, &token, "profile").await.body, "historyId");
    assert_eq!(get(&sandbox, &token, &format!("history?startHistoryId={now}")).await.status, StatusCode::OK);
    assert_eq!(get(&sandbox, &token, "history?startHistoryId=99999999999").await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&sandbox, &token, "history").await.status, StatusCode::BAD_REQUEST);
}

/// Another's mailbox is closed, and who may see metadata sees no texts.
#[tokio::test]
async fn the_mailbox_asks_for_its_scope() {
    let (sandbox, token) = connected(GOOGLE, "https://www.googleapis.com/auth/gmail.metadata").await;
    let id = receive(&sandbox, json!({})).await;
    assert_eq!(get(&sandbox, &token, &format!("messages/{id}")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(get(&sandbox, &token, &format!("messages/{id}?format=metadata")).await.status, StatusCode::OK);
    let other = sandbox.read("/google/gmail/v1/users/ann@sandbox.invalid/profile", &token).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
    let (sandbox, token) = connected(GOOGLE, "https://www.googleapis.com/auth/calendar.readonly").await;
    let refused = get(&sandbox, &token, "messages").await.body;
    assert_eq!(refused["error"]["errors"][0]["reason"], "insufficientPermissions");
}
