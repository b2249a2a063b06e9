//! Jira and Confluence: one grant for several sites, replaced by every refresh, ended by the person alone.

use crate::support::Server;
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Id and product of the places that a connection opens.
async fn places(server: &Server, tenant: Uuid, connection: &Value) -> Vec<(String, String)> {
    let shown = server.connection(tenant, &connection["id"]).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    shown["resources"].as_array().unwrap().iter().map(|place| (text(&place["id"]), text(&place["kind"]))).collect()
}

async fn sites(server: &Server, sites: u32) {
    server.sandbox.control("atlassian/settings", json!({ "sites": sites })).await;
}

async fn token(server: &Server, tenant: Uuid, connection: &Value) -> String {
    server.vend(tenant, connection).await["access_token"].as_str().unwrap().to_owned()
}

/// Two sites with two products each are four places of one grant, and the id of either site finds the token.
#[tokio::test]
async fn one_grant_opens_every_site() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    sites(&server, 2).await;
    let connection = server.connected(tenant, "jira", "ann").await;
    let found = places(&server, tenant, &connection).await;
    let ids: BTreeSet<&String> = found.iter().map(|(id, _)| id).collect();
    assert_eq!((found.len(), ids.len()), (4, 2));
    for id in &ids {
        for product in ["confluence", "jira"] {
            assert!(found.contains(&((*id).clone(), product.to_owned())), "{found:?}");
        }
    }
    let by_connection = token(&server, tenant, &connection).await;
    for id in ids {
        let path = format!("/oauth/token/jira?org_id={id}");
        assert_eq!(server.operator(tenant).get(&path).await.with(200)["access_token"], json!(by_connection));
    }
    let nobody = server.operator(tenant).get("/oauth/token/jira?org_id=11223344").await;
    assert_eq!(nobody.problem(), (404, "CONNECTION_NOT_FOUND".to_owned()));
    assert_eq!(server.database.count("grants").await, 1);
}

/// Consenting again replaces what the grant opens, sites and scopes alike: what is gone is not shown any more.
#[tokio::test]
async fn consenting_again_replaces_the_sites() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    sites(&server, 2).await;
    let first = server.connected(tenant, "jira", "ann").await;
    assert_eq!(places(&server, tenant, &first).await.len(), 4);
    sites(&server, 1).await;
    let again = server.connected_with(tenant, "jira", "ann", &json!({"scopes": ["read:jira-work"]})).await;
    assert_eq!(first["id"], again["id"]);
    let found = places(&server, tenant, &again).await;
    assert_eq!(found.iter().map(|(_, product)| product.as_str()).collect::<Vec<_>>(), ["jira"]);
    // Who it is and how long it lasts do not depend on what a connect names.
    assert_eq!(again["scopes"], json!(["read:jira-work", "read:me", "offline_access"]));
    // An account may lose its last site; the grant is still one.
    sites(&server, 0).await;
    let none = server.connected(tenant, "jira", "ann").await;
    assert_eq!(places(&server, tenant, &none).await, []);
    assert_eq!(none["health"]["status"], "active");
}

/// Every refresh replaces the refresh token, and the replacement serves the next one.
#[tokio::test]
async fn every_refresh_replaces_the_pair() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "jira", "ann").await;
    let mut before = token(&server, tenant, &connection).await;
    for refreshes in 1..=3 {
        server.advance(TimeDelta::minutes(56)).await;
        let after = token(&server, tenant, &connection).await;
        assert_ne!(before, after);
        assert!(server.sandbox.accepts("jira", &after).await);
        assert_eq!(server.sandbox.count("atlassian", "refreshes").await, refreshes);
        before = after;
    }
}

/// A path whose scope was not granted answers 401 like a dead token does. It is passed on, and renews nothing.
#[tokio::test]
async fn a_missing_scope_renews_nothing() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected_with(tenant, "jira", "ann", &json!({"scopes": ["read:jira-work"]})).await;
    let site = &places(&server, tenant, &connection).await[0].0;
    let id = connection["id"].as_str().unwrap();
    let before = token(&server, tenant, &connection).await;
    for _ in 0..3 {
        let path = format!("/proxy/{id}/ex/jira/{site}/rest/api/3/myself");
        let refused = server.operator(tenant).get(&path).await;
        assert_eq!(refused.with(401)["message"], "Unauthorized; scope does not match");
    }
    assert_eq!(server.sandbox.count("atlassian", "refreshes").await, 0);
    assert_eq!(token(&server, tenant, &connection).await, before);
}

/// A wrong client secret is the operator's to mend: the person's grant stays, and serves when it is right again.
#[tokio::test]
async fn a_wrong_client_ends_no_connection() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "jira", "ann").await;
    server.advance(TimeDelta::hours(2)).await;
    let (_, wrong) = server.second_with(&[("JIRA_CLIENT_SECRET", "not-the-secret-of-the-tests")]).await;
    let path = format!("/oauth/token/jira?connection_id={}", connection["id"].as_str().unwrap());
    let refused = server.operator(tenant).at(&wrong).get(&path).await;
    assert_eq!(refused.problem().0, 502);
    assert_eq!(server.connection(tenant, &connection["id"]).await["health"]["status"], "degraded");
    // A client that is refused is tried again after five.
    server.advance(TimeDelta::minutes(6)).await;
    server.vend(tenant, &connection).await;
    assert_eq!(server.connection(tenant, &connection["id"]).await["health"]["status"], "active");
}

/// Nothing can be ended from here, and nobody is told that it was: the vendor still takes the token.
#[tokio::test]
async fn disconnecting_says_that_the_vendor_was_not_asked() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "jira", "ann").await;
    let left = token(&server, tenant, &connection).await;
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    let ended = server.operator(tenant).delete(&path).await.with(200);
    assert_eq!(ended, json!({"status": "revoked", "at_provider": "not_offered"}));
    assert!(server.sandbox.accepts("jira", &left).await);
    assert_eq!(places(&server, tenant, &connection).await, []);
    let gone = ["grants", "jobs", "connection_resources"];
    for table in gone {
        assert_eq!(server.database.count(table).await, 0, "{table}");
    }
}
