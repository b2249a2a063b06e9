//! Runs that are killed, and runs that meet.

use super::{CALENDAR, google, pairs, push, records};
use crate::support::Server;
use chrono::TimeDelta;
use connectors::workers;
use serde_json::json;
use std::sync::Arc;

/// Holds the answer to the page after the next one, and takes the run's life there.
async fn killed_at_the_second_page(server: &Server) {
    server.sandbox.fault("google", "api", "hold", 1).await;
    server.sandbox.fault("google", "api", "hold", 1).await;
    let app = Arc::clone(&server.app);
    let run = tokio::spawn(async move { workers::sync(&app).await });
    server.sandbox.held("google").await;
    server.sandbox.release("google").await;
    server.sandbox.held("google").await;
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    server.sandbox.release("google").await;
}

/// A run that is killed goes on at its page when its claim has run out: no record is lost, and nothing is told twice.
#[tokio::test]
async fn a_killed_run_goes_on_at_its_page() {
    let server = Server::start().await;
    let there = server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create", "count": 250})).await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    killed_at_the_second_page(&server).await;
    assert_eq!(records(&server).await.len(), 100);
    // Whose it is shows only in time.
    server.sync().await;
    assert_eq!(records(&server).await.len(), 100);
    let stream = server.stream(tenant, &connection, "calendar_events").await;
    assert_eq!((&stream["running"], &stream["phase"]), (&json!(true), &json!("listing")));
    server.advance(TimeDelta::minutes(6)).await;
    server.sync().await;
    assert_eq!((records(&server).await.len(), server.told(tenant).await), (250, vec![]));

    for id in &there {
        let order = json!({"kind": "calendar", "op": "update", "id": id, "item": {"summary": "Moved"}});
        server.sandbox.change("google", "ann", order).await;
    }
    server.advance(TimeDelta::minutes(17)).await;
    killed_at_the_second_page(&server).await;
    assert_eq!(server.told(tenant).await.len(), 100);
    server.advance(TimeDelta::minutes(6)).await;
    server.sync().await;
    let mut told = server.told(tenant).await;
    told.sort();
    let mut expected = pairs("event_updated", &there);
    expected.sort();
    assert_eq!(told, expected);
}

/// A run that was believed dead and is not writes nothing once another one has the stream.
#[tokio::test]
async fn who_has_lost_the_claim_writes_nothing() {
    let server = Server::start().await;
    server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create", "count": 3})).await;
    let (tenant, _) = google(&server, CALENDAR).await;
    server.sync().await;
    let new = server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create"})).await;
    server.advance(TimeDelta::minutes(17)).await;
    server.sandbox.fault("google", "api", "hold", 1).await;
    let app = Arc::clone(&server.app);
    let frozen = tokio::spawn(async move { workers::sync(&app).await });
    server.sandbox.held("google").await;
    server.advance(TimeDelta::minutes(6)).await;
    let (other, _) = server.second().await;
    workers::sync(&other).await.unwrap();
    assert_eq!(server.told(tenant).await, pairs("event_created", &new));
    let before = server.database.dump("streams").await;
    server.sandbox.release("google").await;
    frozen.await.unwrap().unwrap();
    assert_eq!(server.told(tenant).await, pairs("event_created", &new));
    assert_eq!(server.database.dump("streams").await, before);
}

/// One stream is run by one process at a time, however many look.
#[tokio::test]
async fn two_processes_make_one_run() {
    let server = Server::start().await;
    server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create", "count": 3})).await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    server.sandbox.fault("google", "api", "hold", 1).await;
    let app = Arc::clone(&server.app);
    let first = tokio::spawn(async move { workers::sync(&app).await });
    server.sandbox.held("google").await;
    let (other, _) = server.second().await;
    workers::sync(&other).await.unwrap();
    assert_eq!(records(&server).await, []);
    assert_eq!(server.stream(tenant, &connection, "calendar_events").await["finished_at"], json!(null));
    server.sandbox.release("google").await;
    first.await.unwrap().unwrap();
    assert_eq!(records(&server).await.len(), 3);
}

/// Pushes that arrive while a run is under way are one more run after it, whenever the run has asked the vendor.
#[tokio::test]
async fn a_push_during_a_run_is_followed() {
    let server = Server::start().await;
    server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create"})).await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    server.sync().await;
    server.sandbox.fault("google", "api", "hold", 1).await;
    push(&server, tenant, &connection, "calendar_events", &[]).await;
    let app = Arc::clone(&server.app);
    let run = tokio::spawn(async move { workers::sync(&app).await });
    server.sandbox.held("google").await;
    // The answer that is held does not know of it.
    let new = server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create"})).await;
    for _ in 0..3 {
        push(&server, tenant, &connection, "calendar_events", &[]).await;
    }
    server.sandbox.release("google").await;
    run.await.unwrap().unwrap();
    assert_eq!(server.told(tenant).await, pairs("event_created", &new));
}
