//! A workspace's issues, projects, teams and comments: all but teams are pushed, and all are polled.

use super::records;
use crate::support::Server;
use chrono::{SecondsFormat, TimeDelta};
use connectors::workers;
use kernel::Clock;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

async fn change(server: &Server, order: Value) -> Vec<String> {
    server.sandbox.change("linear", "ann", order).await
}

/// The same, with what the API shows of it.
async fn shown(server: &Server, order: Value) -> Value {
    let mut order = order;
    order["account"] = "ann".into();
    server.sandbox.control("linear/data", order).await["item"].clone()
}

async fn connected(server: &Server) -> (Uuid, Value) {
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    (tenant, connection)
}

async fn sorted(server: &Server, tenant: Uuid) -> Vec<(String, String)> {
    let mut told = server.told(tenant).await;
    told.sort();
    told
}

fn one(kind: &str, id: &str) -> (String, String) {
    (kind.to_owned(), id.to_owned())
}

fn now(server: &Server) -> String {
    server.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A webhook of the workspace.
async fn webhook(server: &Server, connection: &Value, action: &str, entity: &str, data: &Value, from: Value) {
    let mut payload = json!({
        "action": action, "type": entity, "createdAt": now(server), "organizationId": connection["org_id"],
        "actor": {"id": "u1", "type": "user", "name": "Ann"}, "url": data["url"], "data": data,
    });
    if !from.is_null() {
        payload["updatedFrom"] = from;
    }
    // It is sent by real time, and ours is ahead of that.
    let ahead = (server.clock.now() - Clock::system().now()).num_seconds();
    let order =
        json!({"path": "/webhooks/linear", "event": entity, "payload": payload, "timestamp_offset_seconds": ahead});
    assert_eq!(server.sandbox.webhook("linear", order).await["status"], 200);
    server.read_deliveries().await;
}

/// What was there before the connection is no news. After that each change is told once, by its weight; and what has not changed
/// is not written.
#[tokio::test]
async fn what_changes_in_a_workspace_is_told() {
    let server = Server::start().await;
    let team = change(&server, json!({"kind": "team", "op": "create"})).await.remove(0);
    let project = change(&server, json!({"kind": "project", "op": "create"})).await.remove(0);
    let issues = change(&server, json!({"kind": "issue", "op": "create", "count": 4})).await;
    let comment = change(&server, json!({"kind": "comment", "op": "create"})).await.remove(0);
    let (tenant, connection) = connected(&server).await;
    server.sync().await;
    let before = records(&server).await;
    assert_eq!((before.len(), server.told(tenant).await), (7, vec![]));
    server.sync_now(tenant, &connection).await;
    assert_eq!((records(&server).await, server.told(tenant).await), (before.clone(), vec![]));

    server.advance(TimeDelta::minutes(30)).await;
    let update = async |kind: &str, id: &str, item: Value| {
        change(&server, json!({"kind": kind, "op": "update", "id": id, "item": item})).await;
    };
    let new = change(&server, json!({"kind": "issue", "op": "create"})).await.remove(0);
    update("issue", &issues[0], json!({"state": {"id": "s3", "name": "Done", "type": "completed"}})).await;
    update("issue", &issues[1], json!({"assignee": {"id": "u2", "name": "Bob"}})).await;
    // A comment moves an issue's time and nothing else.
    update("issue", &issues[2], json!({})).await;
    update("project", &project, json!({"name": "Garden"})).await;
    update("team", &team, json!({"key": "GRD", "name": "Gardening"})).await;
    update("comment", &comment, json!({"body": "Lovely."})).await;
    server.sync_now(tenant, &connection).await;
    let mut expected = [
        one("issue_created", &new),
        one("issue_closed", &issues[0]),
        one("issue_assigned", &issues[1]),
        one("project_updated", &project),
        one("entity_updated", &team),
        one("comment_updated", &comment),
    ];
    expected.sort();
    assert_eq!(sorted(&server, tenant).await, expected);
    let after = records(&server).await;
    let moved: Vec<&String> = after.iter().filter(|one| !before.contains(one)).map(|one| &one.0).collect();
    let mut written = [&new, &issues[0], &issues[1], &project, &team, &comment];
    written.sort();
    assert_eq!(moved, written);
    server.sync_now(tenant, &connection).await;
    assert_eq!((records(&server).await, server.told(tenant).await.len()), (after, 6));
    let page = server.operator(tenant).get("/signals?kind=entity_updated").await.with(200);
    let signal = &page["signals"][0];
    assert_eq!((&signal["changes"], &signal["subject"]["type"]), (&json!(["key", "name"]), &json!("Team")));
    assert_eq!(signal["container"]["external_id"], connection["org_id"]);
}

/// What is archived or thrown away says so at once; what is gone for good is missed within the week, and told once.
#[tokio::test]
async fn what_is_gone_is_told() {
    let server = Server::start().await;
    let issues = change(&server, json!({"kind": "issue", "op": "create", "count": 60})).await;
    let (tenant, connection) = connected(&server).await;
    server.sync().await;
    server.advance(TimeDelta::minutes(30)).await;
    let archived = json!({"archivedAt": now(&server)});
    change(&server, json!({"kind": "issue", "op": "update", "id": issues[0], "item": archived})).await;
    let trashed = json!({"archivedAt": now(&server), "trashed": true});
    change(&server, json!({"kind": "issue", "op": "update", "id": issues[1], "item": trashed})).await;
    let doomed = shown(&server, json!({"kind": "issue", "op": "update", "id": issues[2]})).await;
    for id in &issues[2..4] {
        change(&server, json!({"kind": "issue", "op": "delete", "id": id})).await;
    }
    server.sync_now(tenant, &connection).await;
    let mut expected = vec![one("issue_archived", &issues[0]), one("issue_archived", &issues[1])];
    expected.sort();
    assert_eq!(sorted(&server, tenant).await, expected);
    // A webhook has told of one of the two.
    webhook(&server, &connection, "remove", "Issue", &doomed, Value::Null).await;
    server.advance(TimeDelta::hours(5 * 24 + 1)).await;
    server.sync().await;
    expected.extend([one("issue_deleted", &issues[2]), one("issue_deleted", &issues[3])]);
    expected.sort();
    assert_eq!(sorted(&server, tenant).await, expected);
    let mut gone: Vec<String> = records(&server).await.into_iter().filter(|one| one.1).map(|one| one.0).collect();
    gone.sort();
    assert_eq!(gone, issues[2..4]);
}

/// What a webhook has told is not told again by the poll, also where the title, and with it the address, has changed since; what
/// no webhook told is.
#[tokio::test]
async fn what_a_webhook_told_is_not_told_again() {
    let server = Server::start().await;
    let (tenant, connection) = connected(&server).await;
    server.sync().await;
    let created = shown(&server, json!({"kind": "issue", "op": "create", "item": {"title": "Fix"}})).await;
    let id = created["id"].as_str().unwrap();
    webhook(&server, &connection, "create", "Issue", &created, Value::Null).await;
    server.advance(TimeDelta::minutes(1)).await;
    let update = async |item: Value, from: Value| {
        let now = shown(&server, json!({"kind": "issue", "op": "update", "id": id, "item": item})).await;
        webhook(&server, &connection, "update", "Issue", &now, from).await;
    };
    update(json!({"title": "Fix it"}), json!({"title": "Fix", "updatedAt": "x"})).await;
    let lost = change(&server, json!({"kind": "issue", "op": "create"})).await.remove(0);
    let mut expected = vec![one("issue_created", id), one("issue_updated", id)];
    assert_eq!(server.told(tenant).await, expected);
    server.sync_now(tenant, &connection).await;
    expected.push(one("issue_created", &lost));
    // Its team came with it.
    let team = created["team"]["id"].as_str().unwrap();
    let told = |told: Vec<(String, String)>| told.into_iter().filter(|one| one.1 != team).collect::<Vec<_>>();
    assert_eq!(told(server.told(tenant).await), expected);

    // Step by step by webhooks, and one change to the poll.
    server.advance(TimeDelta::minutes(20)).await;
    update(json!({"priority": 1}), json!({"priority": 0})).await;
    let done = json!({"state": {"id": "s3", "name": "Done", "type": "completed"}});
    update(done, json!({"stateId": "s0", "completedAt": null})).await;
    let comment = json!({"kind": "comment", "op": "create", "item": {"issue": {"id": id}}});
    let comment = shown(&server, comment).await;
    webhook(&server, &connection, "create", "Comment", &comment, Value::Null).await;
    let comment = comment["id"].as_str().unwrap();
    expected.extend([one("issue_updated", id), one("issue_closed", id), one("comment_created", comment)]);
    server.sync_now(tenant, &connection).await;
    assert_eq!(told(server.told(tenant).await), expected);

    // The same kind of change once more, and nobody has told of it.
    server.advance(TimeDelta::minutes(20)).await;
    change(&server, json!({"kind": "issue", "op": "update", "id": id, "item": {"title": "Fixed"}})).await;
    server.sync_now(tenant, &connection).await;
    expected.push(one("issue_updated", id));
    assert_eq!(told(server.told(tenant).await), expected);
}

/// A limit in the middle of a pass, which is a 400 here: the run waits until the reset that the headers name, and goes on at its
/// page. What is updated meanwhile moves to the front, and is told all the same; each once.
#[tokio::test]
async fn a_pause_in_the_middle_loses_nothing() {
    let server = Server::start().await;
    let there = change(&server, json!({"kind": "issue", "op": "create", "count": 120})).await;
    let (tenant, connection) = connected(&server).await;
    server.sync().await;
    assert_eq!((records(&server).await.len(), server.told(tenant).await), (121, vec![]));
    // The other streams are not due yet.
    server.advance(TimeDelta::minutes(1)).await;
    for id in &there {
        change(&server, json!({"kind": "issue", "op": "update", "id": id, "item": {"title": "Water them"}})).await;
    }
    server.sandbox.fault("linear", "api", "hold", 1).await;
    let path = format!("/connections/{}/sync", connection["id"].as_str().unwrap());
    server.operator(tenant).post(&path, &json!({"streams": ["issues"]})).await.with(202);
    let app = Arc::clone(&server.app);
    let run = tokio::spawn(async move { workers::sync(&app).await });
    server.sandbox.held("linear").await;
    server.sandbox.fault("linear", "api", "quota_exceeded", 1).await;
    server.sandbox.release("linear").await;
    run.await.unwrap().unwrap();
    assert_eq!(server.told(tenant).await.len(), 50);
    let stream = server.stream(tenant, &connection, "issues").await;
    assert_eq!(stream["error"]["code"], "rate_limited", "{stream}");
    // An entry that the pass has still to come to.
    let late = json!({"kind": "issue", "op": "update", "id": there[3], "item": {"title": "Water them now"}});
    change(&server, late).await;
    server.sync_now(tenant, &connection).await;
    assert_eq!(server.told(tenant).await.len(), 50);
    server.advance(TimeDelta::minutes(21)).await;
    server.sync().await;
    server.sync_now(tenant, &connection).await;
    let mut expected: Vec<(String, String)> = there.iter().map(|id| one("issue_updated", id)).collect();
    expected.sort();
    assert_eq!(sorted(&server, tenant).await, expected);
}

/// A list that is read anew goes by an order in which nothing moves: what is updated meanwhile is not missed in it.
#[tokio::test]
async fn what_moves_during_a_listing_is_not_gone() {
    let server = Server::start().await;
    let there = change(&server, json!({"kind": "issue", "op": "create", "count": 70})).await;
    let (tenant, connection) = connected(&server).await;
    server.sync().await;
    server.advance(TimeDelta::minutes(1)).await;
    // As a version of this program would leave it that keeps other cursors.
    sqlx::query("update streams set cursor = '7' where name = 'issues'").execute(&server.database.pool).await.unwrap();
    server.sandbox.fault("linear", "api", "hold", 1).await;
    let path = format!("/connections/{}/sync", connection["id"].as_str().unwrap());
    server.operator(tenant).post(&path, &json!({"streams": ["issues"]})).await.with(202);
    let app = Arc::clone(&server.app);
    let run = tokio::spawn(async move { workers::sync(&app).await });
    server.sandbox.held("linear").await;
    for id in &there {
        change(&server, json!({"kind": "issue", "op": "update", "id": id, "item": {"title": "Moved"}})).await;
    }
    server.sandbox.release("linear").await;
    run.await.unwrap().unwrap();
    server.sync_now(tenant, &connection).await;
    let mut expected: Vec<(String, String)> = there.iter().map(|id| one("issue_updated", id)).collect();
    expected.sort();
    assert_eq!(sorted(&server, tenant).await, expected);
}
