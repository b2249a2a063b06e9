//! A connection's state over its life: each change is told once, in the audit log and as a signal, with what to do about it.

use crate::support::Server;
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

async fn health(server: &Server, tenant: Uuid, connection: &Value) -> Value {
    server.connection(tenant, &connection["id"]).await["health"].clone()
}

/// The tenant's signals, oldest first: kind, whose, and whether a delivery brought it.
async fn signals(server: &Server, tenant: Uuid) -> Vec<Value> {
    let page = server.operator(tenant).get("/signals").await.with(200);
    let signals = page["signals"].as_array().unwrap().iter().rev();
    signals.map(|one| json!([one["kind"], one["connection_id"], one["delivery_id"].is_string()])).collect()
}

/// The audit log's lines about a connection, oldest first: who and what.
async fn audited(server: &Server, connection: &Value) -> Vec<(String, String)> {
    sqlx::query_as("select actor, action from audit_log where target = $1 and action <> 'token.vend' order by id")
        .bind(connection["id"].as_str().unwrap())
        .fetch_all(&server.database.pool)
        .await
        .unwrap()
}

/// Connected, degraded for a while, recovered, dead, connected again, disconnected: one line and one signal each, however often
/// a failure repeats itself.
#[tokio::test]
async fn each_change_is_told_once() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    server.advance(TimeDelta::hours(23) + TimeDelta::minutes(31)).await;
    for _ in 0..3 {
        server.sandbox.fault("linear", "refresh", "status_429", 1).await;
        server.vend(tenant, &connection).await;
        let degraded = health(&server, tenant, &connection).await;
        assert_eq!((&degraded["status"], &degraded["reason"]), (&json!("degraded"), &json!("rate_limited")));
        server.advance(TimeDelta::minutes(2)).await;
    }
    server.vend(tenant, &connection).await;
    server.sandbox.control("linear/revoke", json!({"account": "ann"})).await;
    server.advance(TimeDelta::hours(25)).await;
    server.vend_answer(tenant, &connection).await.problem();
    server.vend_answer(tenant, &connection).await.problem();
    server.connected(tenant, "linear", "ann").await;
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    server.operator(tenant).delete(&path).await.with(200);
    let kinds = ["connected", "degraded", "recovered", "needs_reauth", "connected", "revoked"];
    let expected: Vec<Value> =
        kinds.iter().map(|kind| json!([format!("connection_{kind}"), connection["id"], false])).collect();
    assert_eq!(signals(&server, tenant).await, expected);
    let lines = audited(&server, &connection).await;
    let actions: Vec<&str> = lines.iter().map(|(_, action)| action.as_str()).collect();
    let expected = ["connect", "degraded", "recovered", "needs_reauth", "connect", "disconnect"];
    assert_eq!(actions, expected.map(|action| format!("connection.{action}")));
    assert!(lines[1..4].iter().all(|(actor, _)| actor == "system"));
    assert!([0, 4, 5].iter().all(|n| lines[*n].0.starts_with("operator:")), "{lines:?}");
    let payload = server.operator(tenant).get("/signals?kind=connection_needs_reauth&include_payload=true").await;
    let payload = payload.with(200)["signals"][0]["payload"].clone();
    assert_eq!(payload, json!({"before": "active", "after": {"status": "needs_reauth", "reason": "revoked"}}));
}

/// What a delivery says is told with that delivery, and audited as the provider's doing.
#[tokio::test]
async fn the_vendors_word_is_told_as_its_own() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    server.sandbox.control("github/revoke", json!({"account": "ann", "notify": true})).await;
    server.read_deliveries().await;
    let told = signals(&server, tenant).await;
    assert_eq!(told[1], json!(["connection_revoked", connection["id"], true]));
    let lines = audited(&server, &connection).await;
    assert_eq!(lines[1], ("provider:github".to_owned(), "connection.revoked".to_owned()));
}

/// The vendor does not accept our client: no person has to do anything, an operator has, and the connection says so. Put
/// right, it works again.
#[tokio::test]
async fn a_wrong_client_secret_is_the_operators_to_mend() {
    let server = Server::start().await;
    let (_second, wrong) = server.second_with(&[("LINEAR_CLIENT_SECRET", "not-the-secret-of-the-tests")]).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    server.advance(TimeDelta::hours(25)).await;
    let path = format!("/oauth/token/linear?connection_id={}", connection["id"].as_str().unwrap());
    let refused = server.operator(tenant).at(&wrong).get(&path).await;
    assert_eq!(refused.problem(), (502, "PROVIDER_UNAVAILABLE".to_owned()));
    let degraded = health(&server, tenant, &connection).await;
    let told = (&degraded["status"], &degraded["reason"], &degraded["next_action"]);
    assert_eq!(told, (&json!("degraded"), &json!("client_refused"), &json!("check_settings")));
    server.advance(TimeDelta::minutes(6)).await;
    server.vend(tenant, &connection).await;
    assert_eq!(health(&server, tenant, &connection).await["status"], "active");
}

/// The client that obtained the grant is gone from the settings: the token that is still valid is served, no vendor is asked,
/// the state says what is missing, and the moment the client is back all is well.
#[tokio::test]
async fn a_client_that_is_gone_is_missed_and_comes_back() {
    let server = Server::start().await;
    let (second, without) = server.second_with(&[("LINEAR_CLIENT_ID", "another-client")]).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    let path = format!("/oauth/token/linear?connection_id={}", connection["id"].as_str().unwrap());
    let at_second = server.operator(tenant).at(&without);
    server.advance(TimeDelta::hours(23) + TimeDelta::minutes(31)).await;
    at_second.get(&path).await.with(200);
    let degraded = health(&server, tenant, &connection).await;
    let told = (&degraded["status"], &degraded["reason"], &degraded["next_action"]);
    assert_eq!(told, (&json!("degraded"), &json!("not_configured"), &json!("check_settings")));
    assert_eq!(connectors::workers::renew_ahead(&second).await.unwrap(), 0, "it is not due again at once");
    server.advance(TimeDelta::minutes(30)).await;
    assert_eq!(at_second.get(&path).await.problem(), (409, "RECONNECT_REQUIRED".to_owned()));
    assert_eq!(server.sandbox.count("linear", "token_requests").await, 1, "the exchange");
    server.vend(tenant, &connection).await;
    assert_eq!(health(&server, tenant, &connection).await["status"], "active");
}
