//! Issues, which are pushed and polled, and pages, which are polled.

use super::{pairs, push};
use crate::support::Server;
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

/// A webhook with the whole issue, as Jira sends it from Ann's site of this name.
async fn webhook(server: &Server, site: &str, id: &str, key: &str, changelog: Option<Value>) {
    let event = if changelog.is_some() { "jira:issue_updated" } else { "jira:issue_created" };
    send(server, event, site, id, key, changelog).await;
}

async fn send(server: &Server, event: &str, site: &str, id: &str, key: &str, changelog: Option<Value>) {
    let base = format!("https://{site}.atlassian.invalid");
    let mut payload = json!({
        "timestamp": server.clock.now().timestamp_millis(), "webhookEvent": event,
        "issue": {"id": id, "self": format!("{base}/rest/api/2/issue/{id}"), "key": key, "fields": {"summary": "An issue"}},
    });
    if let Some(items) = changelog {
        payload["changelog"] = json!({ "items": items });
    }
    let order = json!({"path": "/webhooks/jira", "event": event, "payload": payload, "delivery_id": Uuid::now_v7()});
    assert_eq!(server.sandbox.control("atlassian/webhook", order).await["status"], 200);
    server.read_deliveries().await;
}

async fn issue(server: &Server, order: Value) -> (String, String) {
    let mut order = order;
    (order["account"], order["kind"]) = ("ann".into(), "issue".into());
    let done = server.sandbox.control("atlassian/data", order).await;
    (done["ids"][0].as_str().unwrap().to_owned(), done["item"]["key"].as_str().unwrap().to_owned())
}

/// Pages are pushed by nobody: the schedule finds what was written, changed and thrown away.
#[tokio::test]
async fn pages_are_polled() {
    let server = Server::start().await;
    let page = async |order| server.sandbox.change("atlassian", "ann", order).await;
    let there = page(json!({"kind": "page", "op": "create", "count": 3})).await;
    let tenant = server.tenant().await;
    server.connected(tenant, "jira", "ann").await;
    server.sync().await;
    assert_eq!(server.told(tenant).await, []);
    server.advance(TimeDelta::minutes(1)).await;
    let new = page(json!({"kind": "page", "op": "create"})).await;
    page(json!({"kind": "page", "op": "update", "id": there[0], "item": {"title": "Runbook"}})).await;
    page(json!({"kind": "page", "op": "delete", "id": there[1]})).await;
    server.advance(TimeDelta::minutes(17)).await;
    server.sync().await;
    let mut told = server.told(tenant).await;
    told.sort();
    let mut expected = pairs("page_created", &new);
    expected.extend(pairs("page_updated", &there[..1]));
    expected.extend(pairs("page_deleted", &there[1..2]));
    assert_eq!(told.len(), 3, "{told:?}");
    expected.sort();
    assert_eq!(told, expected);
    server.advance(TimeDelta::minutes(17)).await;
    server.sync().await;
    assert_eq!(server.told(tenant).await.len(), 3);
}

/// What a webhook has told is not told again by the search; what no webhook told is.
#[tokio::test]
async fn what_a_webhook_told_is_not_told_again() {
    let server = Server::start().await;
    issue(&server, json!({"op": "create"})).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "jira", "ann").await;
    server.sync().await;
    assert_eq!(server.told(tenant).await, []);

    let (id, key) = issue(&server, json!({"op": "create"})).await;
    webhook(&server, "ann", &id, &key, None).await;
    let (lost, _) = issue(&server, json!({"op": "create"})).await;
    server.sync_now(tenant, &connection).await;
    let created = |id: &String| ("issue_created".to_owned(), id.clone());
    assert_eq!(server.told(tenant).await, [created(&id), created(&lost)]);

    // A change of the same issue is another thing than its creation.
    issue(&server, json!({"op": "update", "id": id, "item": {"fields": {"summary": "It broke"}}})).await;
    server.sync_now(tenant, &connection).await;
    let updated = ("issue_updated".to_owned(), id.clone());
    assert_eq!(server.told(tenant).await, [created(&id), created(&lost), updated.clone()]);

    // And one that happened later than what the webhook told is another one.
    let items = json!([{"field": "labels", "fieldId": "labels", "fromString": "", "toString": "urgent"}]);
    webhook(&server, "ann", &id, &key, Some(items)).await;
    server.advance(TimeDelta::minutes(3)).await;
    issue(&server, json!({"op": "update", "id": id, "item": {"fields": {"summary": "It works"}}})).await;
    server.sync_now(tenant, &connection).await;
    let told = server.told(tenant).await;
    assert_eq!(told[2..], [updated.clone(), updated.clone(), updated]);
}

/// Webhooks have told of each step, and a comment has moved the issue's time since: the search finds both steps as one change, of
/// which everything is known.
#[tokio::test]
async fn what_webhooks_told_step_by_step_is_not_told_again() {
    let server = Server::start().await;
    let (id, key) = issue(&server, json!({"op": "create"})).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "jira", "ann").await;
    server.sync().await;
    let update = async |fields: Value| {
        issue(&server, json!({"op": "update", "id": id, "item": { "fields": fields }})).await;
    };
    update(json!({"labels": ["urgent"]})).await;
    let labels = json!([{"field": "labels", "fieldId": "labels", "fromString": "", "toString": "urgent"}]);
    webhook(&server, "ann", &id, &key, Some(labels)).await;
    update(json!({"summary": "It broke", "priority": {"id": "1", "name": "High"}})).await;
    let fields = json!([
        {"field": "summary", "fieldId": "summary", "fromString": "An issue", "toString": "It broke"},
        {"field": "priority", "fieldId": "priority", "from": "3", "to": "1"},
    ]);
    webhook(&server, "ann", &id, &key, Some(fields)).await;
    server.sandbox.control("clock", json!({"advance_seconds": 300})).await;
    update(json!({})).await;
    server.clock.advance(TimeDelta::minutes(5));
    server.sync_now(tenant, &connection).await;
    let told = server.told(tenant).await;
    assert_eq!(told, vec![("issue_updated".to_owned(), id.clone()); 2]);
    // What the search knows now is known: the same change once more is another one, and nobody has told of it.
    update(json!({"summary": "It works"})).await;
    server.sync_now(tenant, &connection).await;
    assert_eq!(server.told(tenant).await, vec![("issue_updated".to_owned(), id); 3]);
}

/// A listing from the beginning misses what is gone, of which a webhook may have told long ago.
#[tokio::test]
async fn what_a_webhook_told_is_not_missed_again() {
    let server = Server::start().await;
    let (told_of, key) = issue(&server, json!({"op": "create"})).await;
    let (lost, _) = issue(&server, json!({"op": "create"})).await;
    issue(&server, json!({"op": "create"})).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "jira", "ann").await;
    server.sync().await;
    for id in [&told_of, &lost] {
        issue(&server, json!({"op": "delete", "id": id})).await;
    }
    send(&server, "jira:issue_deleted", "ann", &told_of, &key, None).await;
    server.advance(TimeDelta::minutes(5)).await;
    // As a version of this program would leave it that keeps other cursors.
    sqlx::query("update streams set cursor = '7' where name = 'issues'").execute(&server.database.pool).await.unwrap();
    server.sync_now(tenant, &connection).await;
    let mut told = server.told(tenant).await;
    told.sort();
    let mut expected = pairs("issue_deleted", &[told_of, lost]);
    expected.sort();
    assert_eq!(told, expected);
}

/// Ids are a site's own: what happened at one site is no twin of what has the same id at another.
#[tokio::test]
async fn an_issue_of_another_site_is_no_twin() {
    let server = Server::start().await;
    server.sandbox.settings("atlassian", json!({"sites": 2})).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "jira", "ann").await;
    server.sync().await;
    let (id, key) = issue(&server, json!({"op": "create", "site": 0})).await;
    assert_eq!(issue(&server, json!({"op": "create", "site": 1})).await, (id.clone(), key.clone()));
    webhook(&server, "ann", &id, &key, None).await;
    server.sync_now(tenant, &connection).await;
    let page = server.operator(tenant).get("/signals?kind=issue_created").await.with(200);
    let mut urls: Vec<&str> =
        page["signals"].as_array().unwrap().iter().map(|one| one["subject"]["url"].as_str().unwrap()).collect();
    urls.sort_unstable();
    let of = |site: &str| format!("https://{site}.atlassian.invalid/browse/{key}");
    assert_eq!(urls, [of("ann-2"), of("ann")]);
}

/// The search is behind what happens. An issue that was named is looked at as it is, and what the search still says of it is not
/// believed over that.
#[tokio::test]
async fn a_search_that_is_behind_takes_nothing_back() {
    let server = Server::start().await;
    let (id, _) = issue(&server, json!({"op": "create"})).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "jira", "ann").await;
    server.sync().await;
    server.advance(TimeDelta::minutes(1)).await;
    let summary = json!({"fields": {"summary": "It broke"}});
    issue(&server, json!({"op": "update", "id": id, "item": summary, "lag_seconds": 600})).await;
    push(&server, tenant, &connection, "issues", std::slice::from_ref(&id)).await;
    server.sync().await;
    let expected = pairs("issue_updated", std::slice::from_ref(&id));
    assert_eq!(server.told(tenant).await, expected);
    server.sync_now(tenant, &connection).await;
    assert_eq!(server.told(tenant).await, expected);
    server.advance(TimeDelta::minutes(17)).await;
    server.sync().await;
    assert_eq!(server.told(tenant).await, expected);
}
