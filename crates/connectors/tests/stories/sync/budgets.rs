//! What vendors count together is one budget, whoever of us spends it.

use super::{CALENDAR, google, pairs};
use crate::support::Server;
use chrono::{DateTime, TimeDelta, Utc};
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

/// When little is left of a quota, what runs by itself rests until the vendor counts anew; what it has fetched by then is kept, and
/// whoever waits for an answer gets it.
#[tokio::test]
async fn the_last_of_a_quota_is_peoples() {
    for (vendor, provider) in [("linear", "linear"), ("atlassian", "jira")] {
        let server = Server::start().await;
        server.sandbox.change(vendor, "ann", json!({"kind": "issue", "op": "create", "count": 60})).await;
        let tenant = server.tenant().await;
        let scopes = if provider == "linear" { "read" } else { "read:jira-work" };
        let connection = server.connected_with(tenant, provider, "ann", &json!({"scopes": [scopes]})).await;
        // Nobody else is to ask the vendor.
        server.database.execute("delete from hook_upkeep").await;
        server.database.execute("delete from streams where name <> 'issues'").await;
        server.sandbox.fault(vendor, "api", "quota_low", 1000).await;
        server.sync().await;
        let stream = server.stream(tenant, &connection, "issues").await;
        assert_eq!((&stream["error"]["code"], &stream["attempts"]), (&json!("rate_limited"), &json!(0)), "{stream}");
        assert_eq!(server.database.count("records").await, 50, "{provider}");
        let until: DateTime<Utc> = stream["error"]["until"].as_str().unwrap().parse().unwrap();
        let rest = until - server.clock.now();
        assert!(TimeDelta::minutes(19) < rest && rest < TimeDelta::minutes(21), "{rest}");
        let calls = server.sandbox.count(vendor, "api_calls").await;
        server.sync().await;
        assert_eq!(server.sandbox.count(vendor, "api_calls").await, calls, "{provider}");
        let path = if provider == "linear" { "graphql" } else { "me" };
        let path = format!("/proxy/{}/{path}", connection["id"].as_str().unwrap());
        let answer = match provider {
            "linear" => server.operator(tenant).post(&path, &json!({"query": "{ viewer { id } }"})).await,
            _ => server.operator(tenant).get(&path).await,
        };
        assert_eq!(answer.status, 200, "{provider}");
        server.sandbox.delete_control(&format!("{vendor}/faults")).await;
        server.advance(TimeDelta::minutes(22)).await;
        server.sync().await;
        assert_eq!(server.database.count("records").await, 60, "{provider}");
    }
}

/// Atlassian says of a refusal whether it is the account's or the app's: of the app's, everybody rests.
#[tokio::test]
async fn a_refusal_of_the_whole_app_is_everybodys() {
    let server = Server::start().await;
    let tenants = [server.tenant().await, server.tenant().await];
    let mut connections = Vec::new();
    for (tenant, person) in tenants.into_iter().zip(["ann", "bob"]) {
        connections.push(server.connected(tenant, "jira", person).await);
    }
    server.database.execute("delete from hook_upkeep").await;
    server.sandbox.control("atlassian/faults", json!({"on": "api", "kind": "quota_exceeded"})).await;
    server.sync_now(tenants[0], &connections[0]).await;
    let calls = server.sandbox.count("atlassian", "api_calls").await;
    server.sync_now(tenants[1], &connections[1]).await;
    assert_eq!(server.sandbox.count("atlassian", "api_calls").await, calls);
    let path = format!("/proxy/{}/me", connections[1]["id"].as_str().unwrap());
    let paused = server.operator(tenants[1]).get(&path).await;
    assert_eq!(paused.problem(), (429, "PROVIDER_RATE_LIMITED".to_owned()));
}

/// A grant is counted with the client that it was given to, also when the tenant has entered another one since: the operators'
/// pause is not evaded, and the tenant's own client does not pay for it.
#[tokio::test]
async fn a_grant_is_counted_with_its_own_client() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let wish = json!({"scopes": ["user-read-private", LIBRARY]});
    let connection = server.connected_with(tenant, "spotify", "ann", &wish).await;
    limited(&server, "spotify", 600).await;
    server.sync().await;
    let own = json!({"client_id": "own-client", "client_secret": "own-secret-of-the-tenant"});
    server.operator(tenant).put_json("/provider-configs/spotify", &own).await.with(201);
    let path = format!("/proxy/{}/v1/me", connection["id"].as_str().unwrap());
    let paused = server.operator(tenant).get(&path).await;
    assert_eq!(paused.problem(), (429, "PROVIDER_RATE_LIMITED".to_owned()));
}
