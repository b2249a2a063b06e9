//! What vendors count together is one budget, whoever of us spends it.

use super::{CALENDAR, google, pairs};
use crate::support::Server;
use chrono::TimeDelta;
use serde_json::{Value, json};

const LIBRARY: &str = "user-library-read";

async fn limited(server: &Server, vendor: &str, seconds: i64) {
    let fault = json!({"on": "api", "kind": "status_429", "retry_after_seconds": seconds});
    server.sandbox.control(&format!("{vendor}/faults"), fault).await;
}

/// Spotify counts by app: one person's pause is everybody's, in every process, for fetching and for the proxy.
#[tokio::test]
async fn a_pause_of_the_app_is_everybodys() {
    let server = Server::start().await;
    let (second, other) = server.second().await;
    let tenants = [server.tenant().await, server.tenant().await];
    let mut connections = Vec::new();
    for (tenant, person) in tenants.into_iter().zip(["ann", "bob"]) {
        server.sandbox.change("spotify", person, json!({"kind": "track", "op": "create"})).await;
        let wish = json!({"scopes": ["user-read-private", LIBRARY]});
        connections.push(server.connected_with(tenant, "spotify", person, &wish).await);
    }
    server.sync().await;
    limited(&server, "spotify", 600).await;
    server.sync_now(tenants[0], &connections[0]).await;
    let calls = server.sandbox.count("spotify", "api_calls").await;
    server.sync_now(tenants[1], &connections[1]).await;
    connectors::workers::sync(&second).await.unwrap();
    for (tenant, connection) in tenants.into_iter().zip(&connections) {
        let path = format!("/proxy/{}/v1/me", connection["id"].as_str().unwrap());
        let paused = server.operator(tenant).at(&other).get(&path).await;
        assert_eq!(paused.problem(), (429, "PROVIDER_RATE_LIMITED".to_owned()));
        let stream = server.stream(tenant, connection, "saved_tracks").await;
        assert_eq!((&stream["error"]["code"], &stream["attempts"]), (&json!("rate_limited"), &json!(0)), "{stream}");
    }
    assert_eq!(server.sandbox.count("spotify", "api_calls").await, calls);
    let new = server.sandbox.change("spotify", "bob", json!({"kind": "track", "op": "create"})).await;
    server.advance(TimeDelta::seconds(611)).await;
    server.sync().await;
    assert_eq!(server.told(tenants[1]).await, pairs("track_saved", &new));
}

/// Google counts by account: another account is fetched on.
#[tokio::test]
async fn a_pause_of_an_account_is_its_own() {
    let server = Server::start().await;
    let (tenant, ann) = google(&server, CALENDAR).await;
    let bob = server.connected_with(tenant, "google", "bob", &json!({"scopes": [CALENDAR]})).await;
    server.sync().await;
    limited(&server, "google", 600).await;
    server.sync_now(tenant, &ann).await;
    let order = json!({"kind": "calendar", "op": "create", "notify": false});
    let new = server.sandbox.change("google", "bob", order).await;
    server.sync_now(tenant, &bob).await;
    assert_eq!(server.told(tenant).await, pairs("event_created", &new));
    let stream = server.stream(tenant, &ann, "calendar_events").await;
    assert_eq!(stream["error"]["code"], "rate_limited");
}

/// A storm of refusals costs waiting, and no failure: nothing backs off, and at the end everything is there.
#[tokio::test]
async fn a_storm_of_pauses_costs_no_failure() {
    let server = Server::start().await;
    server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create", "count": 500})).await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    for _ in 0..12 {
        limited(&server, "google", 30).await;
        server.sync().await;
        let stream: Value = server.stream(tenant, &connection, "calendar_events").await;
        assert_eq!((&stream["attempts"], &stream["error"]["code"]), (&json!(0), &json!("rate_limited")), "{stream}");
        server.advance(TimeDelta::seconds(41)).await;
    }
    server.sync().await;
    assert_eq!(server.database.count("records").await, 500);
    // What is over is swept.
    server.advance(TimeDelta::seconds(41)).await;
    connectors::workers::sweep(&server.app).await.unwrap();
    assert_eq!(server.database.count("budgets").await, 0);
}
