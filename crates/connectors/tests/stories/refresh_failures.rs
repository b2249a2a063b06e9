//! Refreshes that fail: for a moment, or for good.

use crate::support::Server;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

async fn grants(server: &Server) -> (Vec<u8>, i64) {
    sqlx::query_as("select sealed, version from grants").fetch_one(&server.database.pool).await.unwrap()
}

async fn status(server: &Server, tenant: Uuid, connection: &Value) -> Value {
    server.connection(tenant, &connection["id"]).await["health"].clone()
}

/// Whatever nonsense the vendor answers: the grant stays as it is, the connection says when it is tried again, the token
/// that still serves is served, and no text holds a token.
#[tokio::test]
async fn nonsense_at_a_refresh_changes_no_grant() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    for (provider, kinds) in [
        ("linear", &["html_200", "truncated_json", "huge_body", "empty", "status_429", "error_200"][..]),
        ("github", &["html_200", "truncated_json", "error_200"][..]),
    ] {
        let connection = server.connected(tenant, provider, "ann").await;
        let before = grants(&server).await;
        let old = server.vend(tenant, &connection).await["access_token"].clone();
        let until_due = if provider == "linear" { TimeDelta::minutes(1411) } else { TimeDelta::minutes(471) };
        server.advance(until_due).await;
        for kind in kinds {
            let fault = json!({"on": "token", "kind": kind, "error": "no_such_word"});
            server.sandbox.control(&format!("{provider}/faults"), fault).await;
            let answer = server.vend(tenant, &connection).await;
            assert_eq!(answer["access_token"], old, "{kind}");
            assert_eq!(grants(&server).await, before, "{kind}");
            let health = status(&server, tenant, &connection).await;
            assert_eq!((&health["status"], &health["next_action"]), (&json!("degraded"), &json!("wait")), "{kind}");
            assert!(!health.to_string().contains(old.as_str().unwrap()));
            // The pause is kept: no second request within it.
            let asked = server.sandbox.count(provider, "token_requests").await;
            assert_eq!(server.vend(tenant, &connection).await["access_token"], old);
            assert_eq!(server.sandbox.count(provider, "token_requests").await, asked, "{kind}");
            server.advance(TimeDelta::seconds(61)).await;
        }
        let healed = server.vend(tenant, &connection).await;
        assert_ne!(healed["access_token"], old);
        assert_eq!(status(&server, tenant, &connection).await["status"], "active");
        server.operator(tenant).delete(&format!("/connections/{}", connection["id"].as_str().unwrap())).await.with(200);
    }
}

/// The token is over and the vendor is down: all who wait are told so after one try, and when to come back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vendor_that_is_down_is_asked_once_for_all_who_wait() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    let before = grants(&server).await;
    server.advance(TimeDelta::hours(25)).await;
    // One try is four requests: the first, and again after 1, 2 and 4 seconds.
    server.sandbox.fault("linear", "token", "status_500", 4).await;
    let path = format!("/oauth/token/linear?connection_id={}", connection["id"].as_str().unwrap());
    let mut calls = JoinSet::new();
    for _ in 0..16 {
        let (caller, path) = (server.operator(tenant), path.clone());
        calls.spawn(async move { caller.get(&path).await });
    }
    for answer in calls.join_all().await {
        assert_eq!(answer.problem(), (502, "PROVIDER_UNAVAILABLE".to_owned()));
        let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    assert_eq!(server.sandbox.count("linear", "token_requests").await, 5, "the exchange and one try");
    assert_eq!(grants(&server).await, before);
    assert_eq!(status(&server, tenant, &connection).await["status"], "degraded");
    server.advance(TimeDelta::seconds(61)).await;
    server.vend(tenant, &connection).await;
    assert_eq!(status(&server, tenant, &connection).await["status"], "active");
}

/// The person removed the app: the next refresh finds out, says so, and says what to do; asking again asks no vendor.
#[tokio::test]
async fn a_dead_grant_needs_a_new_connect() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    for provider in ["linear", "github"] {
        let connection = server.connected(tenant, provider, "ann").await;
        server.sandbox.control(&format!("{provider}/revoke"), json!({"account": "ann"})).await;
        server.advance(TimeDelta::hours(25)).await;
        let refused = server.vend_answer(tenant, &connection).await;
        assert_eq!(refused.problem(), (409, "RECONNECT_REQUIRED".to_owned()), "{provider}");
        let health = status(&server, tenant, &connection).await;
        let expected = json!({
            "status": "needs_reauth", "reason": "revoked", "next_retry_at": null, "next_action": "reconnect",
            "reauth_due_at": connection["health"]["reauth_due_at"],
            "reconnect_url": format!("{}/connect/{provider}", server.url),
        });
        assert_eq!(health, expected);
        let asked = server.sandbox.count(provider, "token_requests").await;
        let again = server.vend_answer(tenant, &connection).await;
        assert_eq!(again.anonymous_problem(), refused.anonymous_problem());
        connectors::workers::renew_ahead(&server.app).await.unwrap();
        assert_eq!(server.sandbox.count(provider, "token_requests").await, asked);
        assert_eq!(server.connected(tenant, provider, "ann").await["id"], connection["id"]);
        assert_eq!(status(&server, tenant, &connection).await["status"], "active");
    }
}

/// "Dead" is believed only when nobody has replaced the grant meanwhile: here somebody reconnects while the refused
/// refresh is on its way back.
#[tokio::test]
async fn a_refusal_is_believed_only_after_reading_again() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    server.advance(TimeDelta::hours(25)).await;
    server.sandbox.control("linear/revoke", json!({"account": "ann"})).await;
    // The first attempt fails and is tried again a second later: the time in which the reconnect happens.
    server.sandbox.fault("linear", "token", "status_500", 1).await;
    let asked = server.sandbox.count("linear", "token_requests").await;
    let waiting = server.vend_answer(tenant, &connection);
    let reconnecting = async {
        while server.sandbox.count("linear", "token_requests").await == asked {
            tokio::task::yield_now().await;
        }
        server.connected(tenant, "linear", "ann").await
    };
    let (vended, again) = tokio::join!(waiting, reconnecting);
    assert_eq!(again["id"], connection["id"]);
    let token = vended.with(200)["access_token"].clone();
    assert!(server.sandbox.accepts("linear", token.as_str().unwrap()).await);
    assert_eq!(status(&server, tenant, &connection).await["status"], "active");
}
