//! Spotify: a consent that ends after half a year whatever is refreshed, and pauses of a day.

use crate::support::Server;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

async fn shown(server: &Server, tenant: Uuid, connection: &Value) -> (Value, DateTime<Utc>) {
    let health = server.connection(tenant, &connection["id"]).await["health"].clone();
    let due = health["reauth_due_at"].as_str().unwrap().parse().unwrap();
    (health, due)
}

/// The end is told from the first day on, no refresh moves it, and when it has come only the person can go on.
#[tokio::test]
async fn a_consent_ends_after_half_a_year() {
    for rotates in [false, true] {
        let server = Server::start().await;
        let tenant = server.tenant().await;
        server.sandbox.control("spotify/settings", json!({ "rotation": rotates })).await;
        let connection = server.connected(tenant, "spotify", "ann").await;
        let (_, due) = shown(&server, tenant, &connection).await;
        let left = due - server.clock.now();
        assert!(left <= TimeDelta::days(180) && left > TimeDelta::days(180) - TimeDelta::minutes(5), "{left}");
        for refreshes in 1..=2 {
            server.advance(TimeDelta::days(89)).await;
            let token = server.vend(tenant, &connection).await["access_token"].clone();
            assert!(server.sandbox.accepts("spotify", token.as_str().unwrap()).await);
            assert_eq!(server.sandbox.count("spotify", "refreshes").await, refreshes);
            assert_eq!(shown(&server, tenant, &connection).await.1, due);
        }
        server.advance(TimeDelta::days(3)).await;
        assert_eq!(server.vend_answer(tenant, &connection).await.problem(), (409, "RECONNECT_REQUIRED".to_owned()));
        let (health, still) = shown(&server, tenant, &connection).await;
        let expected = (json!("needs_reauth"), json!("refresh_expired"), json!("reconnect"));
        assert_eq!(
            (&health["status"], &health["reason"], &health["next_action"]),
            (&expected.0, &expected.1, &expected.2)
        );
        assert_eq!(still, due);
        let again = server.connected(tenant, "spotify", "ann").await;
        assert_eq!((&again["id"], &again["health"]["status"]), (&connection["id"], &json!("active")));
        assert!(shown(&server, tenant, &again).await.1 > due + TimeDelta::days(180));
    }
}

/// A pause of 22 hours is one of 22 hours, for whoever calls next.
#[tokio::test]
async fn a_pause_of_most_of_a_day_is_kept() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "spotify", "ann").await;
    let path = format!("/proxy/{}/v1/me", connection["id"].as_str().unwrap());
    let fault = json!({"on": "api", "kind": "status_429", "retry_after_seconds": 79_892});
    server.sandbox.control("spotify/faults", fault).await;
    let call = async || server.operator(tenant).get(&path).await;
    assert_eq!(call().await.header("retry-after"), Some("79892"));
    let before = server.sandbox.count("spotify", "api_calls").await;
    server.advance(TimeDelta::seconds(79_000)).await;
    assert_eq!(call().await.problem(), (429, "PROVIDER_RATE_LIMITED".to_owned()));
    assert_eq!(server.sandbox.count("spotify", "api_calls").await, before);
    server.advance(TimeDelta::seconds(900)).await;
    assert_eq!(call().await.with(200)["account_id"], connection["account_id"]);
}

/// Nothing can be ended from here, and nobody is told that it was.
#[tokio::test]
async fn disconnecting_says_that_the_vendor_was_not_asked() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "spotify", "ann").await;
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    let ended = server.operator(tenant).delete(&path).await.with(200);
    assert_eq!(ended, json!({"status": "revoked", "at_provider": "not_offered"}));
    assert_eq!(server.database.count("grants").await, 0);
}
