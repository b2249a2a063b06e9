//! Ending a connection.

use crate::support::Server;
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

async fn end(server: &Server, tenant: Uuid, connection: &Value) -> Value {
    server.operator(tenant).delete(&format!("/connections/{}", connection["id"].as_str().unwrap())).await.with(200)
}

async fn token(server: &Server, tenant: Uuid, connection: &Value) -> String {
    server.vend(tenant, connection).await["access_token"].as_str().unwrap().to_owned()
}

/// The token is dead at the vendor, the grant is forgotten, the connection says so; doing it twice is doing it once.
#[tokio::test]
async fn disconnecting_revokes_at_the_vendor() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    for provider in ["github", "linear"] {
        let connection = server.connected(tenant, provider, "ann").await;
        let token = token(&server, tenant, &connection).await;
        assert!(server.sandbox.accepts(provider, &token).await);
        assert_eq!(end(&server, tenant, &connection).await, json!({"status": "revoked", "at_provider": "revoked"}));
        assert!(!server.sandbox.accepts(provider, &token).await, "{provider}");
        assert_eq!(server.connection(tenant, &connection["id"]).await["health"]["status"], "revoked");
        assert_eq!(end(&server, tenant, &connection).await, json!({"status": "revoked", "at_provider": "nothing"}));
        assert_eq!(server.sandbox.count(provider, "revocations").await, 1);
    }
    assert_eq!((server.database.count("grants").await, server.database.count("jobs").await), (0, 0));
}

/// Two tenants share an account: the vendor is asked only when the last of them ends, whoever that is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_account_is_revoked_with_the_last_connection() {
    let server = Server::start().await;
    let (first, second) = (server.tenant().await, server.tenant().await);
    let (ours, theirs) =
        (server.connected(first, "linear", "ann").await, server.connected(second, "linear", "ann").await);
    let kept = token(&server, second, &theirs).await;
    assert_eq!(end(&server, first, &ours).await["at_provider"], "shared");
    assert!(server.sandbox.accepts("linear", &kept).await);
    assert_eq!(end(&server, second, &theirs).await["at_provider"], "revoked");
    assert!(!server.sandbox.accepts("linear", &kept).await);
    // Both at once: one of them is the last.
    for _ in 0..5 {
        let (ours, theirs) =
            (server.connected(first, "linear", "bob").await, server.connected(second, "linear", "bob").await);
        let (one, other) = tokio::join!(end(&server, first, &ours), end(&server, second, &theirs));
        let mut words = [one["at_provider"].as_str().unwrap(), other["at_provider"].as_str().unwrap()];
        words.sort_unstable();
        assert_eq!(words, ["revoked", "shared"]);
    }
}

/// The vendor is down. For us it is over at once; the vendor is asked again, with growing pauses, until it has done it.
#[tokio::test]
async fn a_vendor_that_is_down_is_asked_until_it_revokes() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    for provider in ["github", "linear"] {
        let connection = server.connected(tenant, provider, "ann").await;
        let token = token(&server, tenant, &connection).await;
        server.sandbox.fault(provider, "revoke", "status_500", 3).await;
        assert_eq!(end(&server, tenant, &connection).await, json!({"status": "revoked", "at_provider": "pending"}));
        assert_eq!((server.database.count("grants").await, server.database.count("jobs").await), (0, 1));
        assert!(server.sandbox.accepts(provider, &token).await);
        for pause in [61, 10, 20] {
            assert_eq!(server.database.count("jobs").await, 1);
            server.advance(TimeDelta::seconds(pause)).await;
            connectors::workers::run_jobs(&server.app).await.unwrap();
        }
        assert_eq!(server.database.count("jobs").await, 0, "{provider}");
        assert!(!server.sandbox.accepts(provider, &token).await);
    }
}

/// A grant that no key opens any more cannot be ended at the vendor, but it does not keep the connection alive here.
#[tokio::test]
async fn a_grant_that_does_not_open_can_be_disconnected() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    let damaged =
        "update grants set sealed = set_byte(sealed, length(sealed) - 1, 255 - get_byte(sealed, length(sealed) - 1))";
    sqlx::query(damaged).execute(&server.database.pool).await.unwrap();
    assert_eq!(server.vend_answer(tenant, &connection).await.problem(), (500, "INTERNAL".to_owned()));
    assert_eq!(end(&server, tenant, &connection).await, json!({"status": "revoked", "at_provider": "nothing"}));
    assert_eq!(server.database.count("grants").await, 0);
}

/// A grant whose access token has run out is ended too.
#[tokio::test]
async fn an_expired_grant_is_revoked_too() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    for provider in ["github", "linear"] {
        let connection = server.connected(tenant, provider, "ann").await;
        server.advance(TimeDelta::hours(25)).await;
        assert_eq!(end(&server, tenant, &connection).await["at_provider"], "revoked", "{provider}");
        assert_eq!(server.sandbox.count(provider, "revocations").await, 1);
        assert_eq!(server.sandbox.state().await[provider]["live_access_tokens"], 0);
    }
}
