//! A workspace's channels, what is said in them, and people.

use super::{connected, each};
use crate::{
    connect::{SLACK, text},
    support::Sandbox,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

const SCOPES: &str = "channels:read,groups:read,channels:history,users:read,users:read.email";
const API: &str = "/slack/api";

async fn channel(sandbox: &Sandbox, item: Value) -> String {
    let order = json!({"kind": "channel", "op": "create", "item": item});
    sandbox.change("slack", order).await["ids"][0].as_str().unwrap().to_owned()
}

/// Entries by their ids, in pages behind cursors, of the kinds that are asked for; each kind asks for its scope.
#[tokio::test]
async fn channels_are_listed_by_kind() {
    let (sandbox, token) = connected(SLACK, SCOPES).await;
    let read = async |query: &str| sandbox.read(&format!("{API}/{query}"), &token).await.body;
    let open = channel(&sandbox, json!({"name": "roses"})).await;
    let archived = channel(&sandbox, json!({"is_archived": true, "is_member": false})).await;
    let private = channel(&sandbox, json!({"is_private": true})).await;
    channel(&sandbox, json!({"is_private": true, "is_member": false})).await;
    let first = read("conversations.list?limit=1").await;
    assert_eq!((each(&first["channels"], "id"), &first["channels"][0]["name"]), (vec![open.clone()], &json!("roses")));
    let cursor = text(&first["response_metadata"], "next_cursor");
    let last = read(&format!("conversations.list?limit=1&cursor={cursor}")).await;
    assert_eq!(each(&last["channels"], "id"), [archived]);
    assert_eq!(last["response_metadata"]["next_cursor"], "");
    let both = "types=public_channel,private_channel&exclude_archived=true";
    let all = read(&format!("conversations.list?{both}")).await;
    assert_eq!(each(&all["channels"], "id"), [open.clone(), private.clone()]);
    let mine = read(&format!("users.conversations?{both}")).await;
    assert_eq!(
        (each(&mine["channels"], "id"), &mine["channels"][0]["num_members"]),
        (vec![open, private], &Value::Null)
    );
    for (query, error) in
        [("types=im", "invalid_types"), ("limit=1000", "invalid_limit"), ("cursor=x", "invalid_cursor")]
    {
        assert_eq!(read(&format!("conversations.list?{query}")).await, json!({"ok": false, "error": error}));
    }
    let other = read(&format!("users.conversations?limit=1&cursor={cursor}")).await;
    assert_eq!(other["error"], "invalid_cursor");
    let (sandbox, token) = connected(SLACK, "channels:read").await;
    let refused = sandbox.read(&format!("{API}/conversations.list?{both}"), &token).await.body;
    assert_eq!((&refused["error"], &refused["needed"]), (&json!("missing_scope"), &json!("groups:read")));
}

/// The newest first, between two instants that are left out unless they are asked for; only where the token is in.
#[tokio::test]
async fn a_channel_has_its_history() {
    let (sandbox, token) = connected(SLACK, SCOPES).await;
    let at = "2026-01-02T03:04:05Z";
    let said = json!({"kind": "message", "op": "create", "count": 3, "at": at, "item": {"text": "Hello"}});
    let ids = sandbox.change("slack", said).await["ids"].clone();
    let (channel, first) = ids[0].as_str().unwrap().split_once(':').unwrap();
    assert_eq!(first, "1767323045.000000");
    let read = async |query: &str| {
        sandbox.read(&format!("{API}/conversations.history?channel={channel}&{query}"), &token).await.body
    };
    let page = read("limit=2").await;
    assert_eq!(each(&page["messages"], "ts"), ["1767323045.000002", "1767323045.000001"]);
    assert_eq!(page["has_more"], true);
    let cursor = text(&page["response_metadata"], "next_cursor");
    let rest = read(&format!("cursor={cursor}")).await;
    assert_eq!((each(&rest["messages"], "ts"), &rest["has_more"]), (vec![first.to_owned()], &json!(false)));
    assert!(rest["response_metadata"].is_null());
    let between = "oldest=1767323045.000000&latest=1767323045.000002";
    assert_eq!(each(&read(between).await["messages"], "ts"), ["1767323045.000001"]);
    assert_eq!(each(&read(&format!("{between}&inclusive=true")).await["messages"], "ts").len(), 3);
    assert_eq!(read("oldest=soon").await["error"], "invalid_ts_oldest");

    let update = |item: Value| json!({"kind": "message", "op": "update", "id": ids[0], "at": at, "item": item});
    sandbox.change("slack", update(json!({"text": "Hello there"}))).await;
    assert_eq!(read("").await["messages"][2]["edited"]["ts"], "1767323045.000000");
    sandbox.change("slack", update(json!({"reply_count": 1}))).await;
    for id in [&ids[0], &ids[1]] {
        sandbox.change("slack", json!({"kind": "message", "op": "delete", "id": id})).await;
    }
    let left = read("").await["messages"].clone();
    assert_eq!((each(&left, "ts").len(), &left[1]["subtype"]), (2, &json!("tombstone")));

    let outside = self::channel(&sandbox, json!({"is_member": false})).await;
    let hidden = self::channel(&sandbox, json!({"is_private": true, "is_member": false})).await;
    let private = self::channel(&sandbox, json!({"is_private": true})).await;
    for (channel, error) in [
        (outside, "not_in_channel"),
        (hidden, "channel_not_found"),
        ("C0".to_owned(), "channel_not_found"),
        (private, "missing_scope"),
    ] {
        let refused = sandbox.read(&format!("{API}/conversations.history?channel={channel}"), &token).await;
        assert_eq!((refused.status, &refused.body["error"]), (StatusCode::OK, &json!(error)), "{channel}");
    }
}

/// An app that is sold outside of the marketplace gets little, and rarely.
#[tokio::test]
async fn an_unlisted_app_reads_little() {
    let (sandbox, token) = connected(SLACK, SCOPES).await;
    let said = json!({"kind": "message", "op": "create", "count": 20});
    let id = sandbox.change("slack", said).await["ids"][0].as_str().unwrap().to_owned();
    let path = format!("{API}/conversations.history?limit=200&channel={}", id.split(':').next().unwrap());
    sandbox.control("slack/settings", json!({"unlisted": true})).await;
    assert_eq!(each(&sandbox.read(&path, &token).await.body["messages"], "ts").len(), 15);
    let limited = sandbox.client.get(sandbox.url(&path)).bearer_auth(&token).send().await.unwrap();
    assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = limited.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    sandbox.control("clock", json!({"advance_seconds": 60})).await;
    assert_eq!(sandbox.read(&path, &token).await.status, StatusCode::OK);
}

/// Nobody is deleted: who is taken out says so. A list without a limit is refused, and an address is behind a scope of its own.
#[tokio::test]
async fn people_are_listed() {
    let (sandbox, token) = connected(SLACK, SCOPES).await;
    let order = json!({"kind": "user", "op": "create", "count": 2, "item": {"real_name": "Ann Ode"}});
    let ids = sandbox.change("slack", order).await["ids"].clone();
    sandbox.change("slack", json!({"kind": "user", "op": "delete", "id": ids[0]})).await;
    let people = sandbox.read(&format!("{API}/users.list?limit=200"), &token).await.body["members"].clone();
    assert_eq!(json!(each(&people, "id")), ids);
    assert_eq!((&people[0]["deleted"], &people[1]["real_name"]), (&json!(true), &json!("Ann Ode")));
    assert!(people[0]["profile"]["email"].is_string());
    let endless = sandbox.read(&format!("{API}/users.list"), &token).await.body;
    assert_eq!(endless["error"], "limit_required");
    let (sandbox, token) = connected(SLACK, "users:read").await;
    sandbox.change("slack", json!({"kind": "user", "op": "create"})).await;
    let people = sandbox.read(&format!("{API}/users.list?limit=9"), &token).await.body["members"].clone();
    assert!(people[0]["profile"]["email"].is_null());
}

/// An organization's token has to say which of its workspaces it means.
#[tokio::test]
async fn an_organization_names_a_workspace() {
    let sandbox = crate::support::start(crate::connect::connect_config()).await;
    let joined = [("scope", Some(SCOPES)), ("sandbox_account", Some("ent-acme"))];
    let token = text(&sandbox.join(SLACK, &joined).await, "access_token");
    let read = async |query: &str| sandbox.read(&format!("{API}/{query}"), &token).await.body;
    let teams = read("auth.teams.list").await["teams"].clone();
    let team = text(&teams[0], "id");
    assert_eq!(read("users.list?limit=1").await["error"], "missing_argument");
    assert_eq!(read("users.list?limit=1&team_id=T0").await["error"], "team_not_found");
    assert_eq!(read(&format!("users.list?limit=1&team_id={team}")).await["ok"], true);
    assert_eq!(read(&format!("conversations.list?team_id={team}")).await["ok"], true);
}

/// Answers stand under their message, the oldest first, in pages that all begin with it. In the channel only those are that were
/// sent there too, and the message tells of the others.
#[tokio::test]
async fn a_thread_has_its_answers() {
    let (sandbox, token) = connected(SLACK, SCOPES).await;
    let first = sandbox.change("slack", json!({"kind": "message", "op": "create"})).await["ids"][0].clone();
    let (channel, ts) = first.as_str().unwrap().split_once(':').unwrap();
    let reply = async |count: u8, item: Value| {
        sandbox.change("slack", json!({"kind": "reply", "op": "create", "count": count, "item": item})).await["ids"]
            .clone()
    };
    let answers = reply(3, json!({})).await;
    let to_all = json!({"thread_ts": ts, "subtype": "thread_broadcast", "user": "U7"});
    let broadcast = reply(1, to_all).await[0].as_str().unwrap().split_once(':').unwrap().1.to_owned();
    let read = async |method: &str, query: &str| {
        sandbox.read(&format!("{API}/conversations.{method}?channel={channel}&{query}"), &token).await.body
    };
    let history = read("history", "").await["messages"].clone();
    assert_eq!(each(&history, "ts"), [broadcast.as_str(), ts]);
    let told = &history[1];
    assert_eq!(
        (&told["reply_count"], &told["latest_reply"], &told["thread_ts"]),
        (&json!(4), &json!(broadcast), &json!(ts))
    );
    assert_eq!((&told["reply_users"][1], &told["reply_users_count"]), (&json!("U7"), &json!(2)));
    assert_eq!(history[0]["root"], *told);

    let page = read("replies", &format!("ts={ts}&limit=2")).await;
    let own = |id: &Value| id.as_str().unwrap().split_once(':').unwrap().1.to_owned();
    assert_eq!(each(&page["messages"], "ts"), [ts.to_owned(), own(&answers[0]), own(&answers[1])]);
    assert_eq!((&page["has_more"], &page["messages"][1]["thread_ts"]), (&json!(true), &json!(ts)));
    assert!(page["messages"][1]["parent_user_id"].is_string() && page["messages"][0]["parent_user_id"].is_null());
    let cursor = text(&page["response_metadata"], "next_cursor");
    let rest = read("replies", &format!("ts={ts}&limit=2&cursor={cursor}")).await;
    assert_eq!(each(&rest["messages"], "ts"), [ts.to_owned(), own(&answers[2]), broadcast.clone()]);
    assert!(rest["response_metadata"].is_null());
    let later = read("replies", &format!("ts={ts}&oldest={}", own(&answers[2]))).await;
    assert_eq!(each(&later["messages"], "ts"), [ts, broadcast.as_str()]);

    let edit = json!({"kind": "reply", "op": "update", "id": answers[0], "item": {"text": "No"}});
    assert!(sandbox.change("slack", edit).await["item"]["edited"].is_object());
    sandbox.change("slack", json!({"kind": "reply", "op": "delete", "id": answers[1]})).await;
    sandbox.change("slack", json!({"kind": "message", "op": "delete", "id": first})).await;
    let left = read("replies", &format!("ts={ts}")).await["messages"].clone();
    assert_eq!((each(&left, "ts").len(), &left[0]["subtype"]), (4, &json!("tombstone")));
    for (query, error) in [
        ("ts=1.000000", "thread_not_found"),
        ("", "invalid_arguments"),
        (&format!("ts={ts}&cursor=x"), "invalid_cursor"),
    ] {
        assert_eq!(read("replies", query).await["error"], error, "{query}");
    }
    let nobody = json!({"kind": "message", "op": "create", "item": {"thread_ts": "1.000000"}});
    assert_eq!(sandbox.control("slack/data", nobody).await.status, StatusCode::BAD_REQUEST);
}
