//! Cursors that the vendor has forgotten.

use super::{CALENDAR, GMAIL, google, pairs, records};
use crate::support::Server;
use chrono::TimeDelta;
use serde_json::json;

/// Everything is fetched anew, and nothing that was known is told: only what has come, changed and gone meanwhile, once each.
#[tokio::test]
async fn an_expired_cursor_tells_nothing_that_was_known() {
    let server = Server::start().await;
    let calendar = async |order| server.sandbox.change("google", "ann", order).await;
    let there = calendar(json!({"kind": "calendar", "op": "create", "count": 250})).await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    server.sync().await;
    let new = calendar(json!({"kind": "calendar", "op": "create"})).await;
    calendar(json!({"kind": "calendar", "op": "update", "id": there[0], "item": {"summary": "Lunch"}})).await;
    calendar(json!({"kind": "calendar", "op": "delete", "id": there[1]})).await;
    server.sandbox.control("google/cursors", json!({"kind": "calendar", "account": "ann"})).await;
    server.sync_now(tenant, &connection).await;
    let mut told = server.told(tenant).await;
    told.sort();
    let mut expected = pairs("event_created", &new);
    expected.extend(pairs("event_updated", &there[..1]));
    expected.extend(pairs("event_cancelled", &there[1..2]));
    expected.sort();
    assert_eq!(told, expected);
    let gone: Vec<String> = records(&server).await.into_iter().filter(|one| one.1).map(|one| one.0).collect();
    assert_eq!(gone, there[1..2]);
    let stream = server.stream(tenant, &connection, "calendar_events").await;
    assert_eq!((&stream["phase"], &stream["error"]), (&json!("changes"), &json!(null)));
    // And again, with nothing that has changed.
    server.sandbox.control("google/cursors", json!({"kind": "calendar", "account": "ann"})).await;
    server.sync_now(tenant, &connection).await;
    assert_eq!(server.told(tenant).await.len(), 3);
}

/// A mailbox is looked at for some weeks back. Older messages that are not named then are not gone.
#[tokio::test]
async fn an_old_message_is_not_missed() {
    let server = Server::start().await;
    let mail = async |subject: &str| {
        let order = json!({"kind": "mail", "op": "create", "item": { "subject": subject }});
        server.sandbox.change("google", "ann", order).await
    };
    mail("Old").await;
    let (tenant, connection) = google(&server, GMAIL).await;
    server.sync().await;
    server.advance(TimeDelta::days(40)).await;
    let new = mail("New").await;
    server.sandbox.control("google/cursors", json!({"kind": "mail", "account": "ann"})).await;
    server.sync_now(tenant, &connection).await;
    assert_eq!(server.told(tenant).await, pairs("email_received", &new));
    assert_eq!(records(&server).await.iter().filter(|one| one.1).count(), 0);
}
