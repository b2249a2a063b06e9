//! Streams come and go with their connection.

use super::{CALENDAR, google, pairs, records};
use crate::support::Server;
use chrono::TimeDelta;
use connectors::workers;
use serde_json::{Value, json};
use uuid::Uuid;

async fn names(server: &Server, tenant: Uuid, connection: &Value) -> Vec<String> {
    let path = format!("/connections/{}/streams", connection["id"].as_str().unwrap());
    let streams = server.operator(tenant).get(&path).await.with(200);
    let name = |stream: &Value| stream["name"].as_str().unwrap().to_owned();
    streams["streams"].as_array().unwrap().iter().map(name).collect()
}

/// A connection has the streams that its scopes reach: more with more of them, and fewer, with what they brought, with less.
#[tokio::test]
async fn streams_follow_the_scopes() {
    let server = Server::start().await;
    server.sandbox.change("atlassian", "ann", json!({"kind": "issue", "op": "create"})).await;
    server.sandbox.change("atlassian", "ann", json!({"kind": "page", "op": "create", "count": 2})).await;
    let tenant = server.tenant().await;
    let wide = server.connected(tenant, "jira", "ann").await;
    assert_eq!(names(&server, tenant, &wide).await, ["issues", "pages", "projects"]);
    server.sync().await;
    let count = records(&server).await.len();
    let narrow = server.connected_with(tenant, "jira", "ann", &json!({"scopes": ["read:jira-work"]})).await;
    assert_eq!(
        (&narrow["id"], names(&server, tenant, &narrow).await),
        (&wide["id"], vec!["issues".into(), "projects".into()])
    );
    assert_eq!(records(&server).await.len(), count - 2);
    let again = server.connected(tenant, "jira", "ann").await;
    assert_eq!(names(&server, tenant, &again).await, ["issues", "pages", "projects"]);
    server.sync().await;
    assert_eq!((records(&server).await.len(), server.told(tenant).await), (count, vec![]));
}

/// The end of a connection is the end of what was fetched of it. Connected again it begins from the beginning.
#[tokio::test]
async fn a_disconnected_account_leaves_nothing() {
    let server = Server::start().await;
    server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create", "count": 3})).await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    server.sync().await;
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    server.operator(tenant).delete(&path).await.with(200);
    assert_eq!((server.database.count("streams").await, server.database.count("records").await), (0, 0));
    let again = server.connected_with(tenant, "google", "ann", &json!({ "scopes": [CALENDAR] })).await;
    assert_eq!(again["id"], connection["id"]);
    server.sync().await;
    assert_eq!((records(&server).await.len(), server.told(tenant).await), (3, vec![]));
}

/// A grant that is dead is found out by the refusal, and asked about no more. When the person has connected again, what happened
/// in between is told.
#[tokio::test]
async fn a_dead_grant_sleeps_until_it_is_mended() {
    let server = Server::start().await;
    server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create"})).await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    server.sync().await;
    server.sandbox.control("google/revoke", json!({"account": "ann"})).await;
    let new = server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create"})).await;
    server.sync_now(tenant, &connection).await;
    assert_eq!(server.connection(tenant, &connection["id"]).await["health"]["status"], "needs_reauth");
    let stream = server.stream(tenant, &connection, "calendar_events").await;
    assert_eq!((&stream["asleep"], &stream["attempts"]), (&json!(true), &json!(1)), "{stream}");
    server.advance(TimeDelta::hours(1)).await;
    let requests = server.sandbox.count("google", "token_requests").await;
    server.unchanged(Box::pin(server.sync())).await;
    assert_eq!(server.sandbox.count("google", "token_requests").await, requests);
    let again = server.connected_with(tenant, "google", "ann", &json!({ "scopes": [CALENDAR] })).await;
    assert_eq!(again["id"], connection["id"]);
    server.sync().await;
    assert_eq!(server.told(tenant).await, pairs("event_created", &new));
}

/// A grant that was believed dead and is not: the stream that sleeps over it wakes with the connection, without anybody's doing.
#[tokio::test]
async fn a_recovered_grant_wakes_its_streams() {
    let server = Server::start().await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    server.sync().await;
    server.advance(TimeDelta::hours(2)).await;
    let new = server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create"})).await;
    // A refresh is on its way when another process gives the grant up.
    server.sandbox.fault("google", "token", "hold", 1).await;
    let caller = server.operator(tenant);
    let path = format!("/oauth/token/google?connection_id={}", connection["id"].as_str().unwrap());
    let vending = tokio::spawn(async move { caller.get(&path).await.status });
    server.sandbox.held("google").await;
    sqlx::query("update connections set status = 'needs_reauth', status_detail = $1")
        .bind(json!({"status": "needs_reauth", "reason": "rotated_elsewhere"}))
        .execute(&server.database.pool)
        .await
        .unwrap();
    server.sync().await;
    assert_eq!(server.stream(tenant, &connection, "calendar_events").await["asleep"], json!(true));
    server.sandbox.release("google").await;
    assert_eq!(vending.await.unwrap(), 200);
    server.sync().await;
    assert_eq!(server.told(tenant).await, pairs("event_created", &new));
}

/// Connections that are older than their provider's streams get them without anybody's doing.
#[tokio::test]
async fn older_connections_get_their_streams() {
    let server = Server::start().await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    let ended = server.connected(tenant, "spotify", "ann").await;
    server.operator(tenant).delete(&format!("/connections/{}", ended["id"].as_str().unwrap())).await.with(200);
    sqlx::query("delete from streams").execute(&server.database.pool).await.unwrap();
    workers::adopt(&server.app).await.unwrap();
    assert_eq!(names(&server, tenant, &connection).await, ["calendar_events"]);
    assert_eq!(server.database.count("streams").await, 1);
    server.unchanged(workers::adopt(&server.app)).await.unwrap();
    server.advance(TimeDelta::minutes(15)).await;
    server.sync().await;
    assert!(server.stream(tenant, &connection, "calendar_events").await["baseline_at"].is_string());
}
