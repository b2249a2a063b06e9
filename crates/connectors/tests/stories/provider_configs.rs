//! A tenant brings its own client: what the database holds wins over the environment, for this tenant alone.

use crate::support::{LINEAR_WEBHOOK_SECRET, OWN_CLIENT_ID, OWN_CLIENT_SECRET, Server, linear_body};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

const OWN_WEBHOOK_SECRET: &str = "linear-webhook-secret-of-a-tenant";

async fn enter(server: &Server, tenant: Uuid) {
    let own = json!({
        "client_id": OWN_CLIENT_ID,
        "client_secret": OWN_CLIENT_SECRET,
        "webhook_secrets": [OWN_WEBHOOK_SECRET],
        "scopes": ["read"],
    });
    server.operator(tenant).put_json("/provider-configs/linear", &own).await.with(201);
}

fn client_of(started: &Value) -> String {
    let url: Url = started["authorize_url"].as_str().unwrap().parse().unwrap();
    url.query_pairs().find(|(name, _)| name == "client_id").unwrap().1.into_owned()
}

/// The tenant's flow goes through the tenant's client with its scopes, everybody else's through the environment's.
#[tokio::test]
async fn a_tenants_client_wins_for_that_tenant() {
    let server = Server::start().await;
    let (ours, others) = (server.tenant().await, server.tenant().await);
    enter(&server, ours).await;
    for (tenant, client, scopes) in
        [(ours, OWN_CLIENT_ID, json!(["read"])), (others, "lin-tests", json!(["read", "write"]))]
    {
        let started = server.operator(tenant).post_nothing("/connect/linear").await.with(201);
        assert_eq!(client_of(&started), client);
        let connection = server.connected(tenant, "linear", "ann").await;
        assert_eq!(connection["scopes"], scopes);
        // The refresh goes through the same client: the vendor takes a refresh token from no other.
        server.advance(TimeDelta::hours(25)).await;
        server.vend(tenant, &connection).await;
    }
    assert_eq!(server.sandbox.count("linear", "refreshes").await, 2);
}

/// A provider that the environment does not know can be used by the tenant that has a client, and by nobody else.
#[tokio::test]
async fn a_tenants_client_needs_no_environment() {
    let server = Server::with(&[("LINEAR_CLIENT_ID", ""), ("LINEAR_CLIENT_SECRET", "")]).await;
    let (ours, others) = (server.tenant().await, server.tenant().await);
    enter(&server, ours).await;
    let connection = server.connected(ours, "linear", "ann").await;
    server.vend(ours, &connection).await;
    let refused = server.operator(others).post_nothing("/connect/linear").await;
    assert_eq!(refused.problem(), (404, "PROVIDER_NOT_CONFIGURED".to_owned()));
}

/// A grant stays with the client that obtained it: entering a client later does not break it, and taking the client away
/// ends it only when it has to be renewed.
#[tokio::test]
async fn a_grant_stays_with_its_client() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let before = server.connected(tenant, "linear", "ann").await;
    enter(&server, tenant).await;
    server.advance(TimeDelta::hours(25)).await;
    server.vend(tenant, &before).await;
    let after = server.connected(tenant, "linear", "bob").await;
    assert_eq!(server.operator(tenant).delete("/provider-configs/linear").await.status, 204);
    server.vend(tenant, &after).await;
    server.advance(TimeDelta::hours(25)).await;
    assert_eq!(server.vend_answer(tenant, &after).await.problem(), (409, "RECONNECT_REQUIRED".to_owned()));
    server.vend(tenant, &before).await;
}

/// A webhook to the tenant's own address is signed with the tenant's secret and with no other.
#[tokio::test]
async fn a_tenants_webhooks_are_signed_with_its_secret() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    enter(&server, tenant).await;
    let body = linear_body(json!({"type": "Reaction", "action": "create"}), server.clock.now().timestamp_millis());
    let delivered = async |path: String, secret: &str| {
        let signature = sandbox::sign_linear(&kernel::Secret::from(secret), &body);
        let sender = server.anonymous().with("content-type", "application/json").with("linear-event", "Reaction");
        let sender = sender.with("linear-delivery", &Uuid::now_v7().to_string()).with("linear-signature", &signature);
        sender.send(Method::POST, &path, String::from_utf8(body.clone()).unwrap()).await.status.as_u16()
    };
    let environments = LINEAR_WEBHOOK_SECRET;
    assert_eq!(delivered(format!("/webhooks/linear/{tenant}"), OWN_WEBHOOK_SECRET).await, 200);
    assert_eq!(delivered(format!("/webhooks/linear/{tenant}"), environments).await, 401);
    assert_eq!(delivered("/webhooks/linear".to_owned(), OWN_WEBHOOK_SECRET).await, 401);
}
