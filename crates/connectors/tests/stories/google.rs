//! Google: one client for several products, whose scopes add up, and whose end is the end of all.

use crate::support::Server;
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

const CALENDAR: &str = "https://www.googleapis.com/auth/calendar.readonly";
const DRIVE: &str = "https://www.googleapis.com/auth/drive.metadata.readonly";
const GMAIL: &str = "https://www.googleapis.com/auth/gmail.readonly";

fn scopes(connection: &Value) -> BTreeSet<&str> {
    connection["scopes"].as_array().unwrap().iter().map(|scope| scope.as_str().unwrap()).collect()
}

async fn token(server: &Server, tenant: Uuid, connection: &Value) -> String {
    server.vend(tenant, connection).await["access_token"].as_str().unwrap().to_owned()
}

async fn end(server: &Server, tenant: Uuid, connection: &Value) -> Value {
    server.operator(tenant).delete(&format!("/connections/{}", connection["id"].as_str().unwrap())).await.with(200)
}

/// A refresh brings no refresh token: the one there is stays, and serves again and again. The account is no address.
#[tokio::test]
async fn the_refresh_token_stays() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "google", "ann").await;
    assert_eq!(scopes(&connection), BTreeSet::from(["openid", "email", "profile", CALENDAR, DRIVE, GMAIL]));
    let is_address = |name: &str| connection[name].as_str().unwrap().contains('@');
    assert!(is_address("display_name") && !is_address("account_id"));
    let mut before = token(&server, tenant, &connection).await;
    for refreshes in 1..=3 {
        assert!(server.sandbox.accepts("google", &before).await);
        server.advance(TimeDelta::minutes(56)).await;
        let after = token(&server, tenant, &connection).await;
        assert_ne!(before, after);
        assert_eq!(server.sandbox.count("google", "refreshes").await, refreshes);
        before = after;
    }
    assert!(server.sandbox.accepts("google", &before).await);
}

/// Asked for one thing after the other, a person has granted both; who it is, is asked for every time.
#[tokio::test]
async fn scopes_add_up() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let first = server.connected_with(tenant, "google", "ann", &json!({"scopes": [CALENDAR]})).await;
    assert_eq!(scopes(&first), BTreeSet::from(["openid", "email", CALENDAR]));
    let hint = json!({"scopes": [DRIVE, "openid"], "parameters": {"login_hint": "ann@example.com"}});
    let started = server.operator(tenant).post("/connect/google", &hint).await.with(201);
    assert!(started["authorize_url"].as_str().unwrap().contains("login_hint=ann%40example.com"), "{started}");
    let second = server.connected_with(tenant, "google", "ann", &hint).await;
    assert_eq!(scopes(&second), BTreeSet::from(["openid", "email", CALENDAR, DRIVE]));
    assert_eq!(first["id"], second["id"]);
}

/// A person unticks what they do not want: the rest is connected, and what is missing can be seen.
#[tokio::test]
async fn a_declined_scope_is_missing() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    server.sandbox.control("google/settings", json!({"decline_scopes": [GMAIL]})).await;
    let connection = server.connected(tenant, "google", "ann").await;
    assert_eq!(scopes(&connection), BTreeSet::from(["openid", "email", "profile", CALENDAR, DRIVE]));
    assert_eq!((&connection["health"]["status"], &connection["declined_scopes"]), (&json!("active"), &json!([GMAIL])));
    // What was declined is not believed granted after a refresh either.
    server.advance(TimeDelta::minutes(56)).await;
    server.vend(tenant, &connection).await;
    let shown = server.connection(tenant, &connection["id"]).await;
    assert_eq!((scopes(&shown), &shown["declined_scopes"]), (scopes(&connection), &json!([GMAIL])));
    server.sandbox.control("google/settings", json!({"decline_scopes": []})).await;
    let whole = server.connected(tenant, "google", "ann").await;
    assert_eq!(whole["declined_scopes"], json!([]));
}

/// Ending a grant ends all that the person gave the client: it is done with the last of two tenants' connections.
#[tokio::test]
async fn a_shared_account_ends_with_its_last_connection() {
    let server = Server::start().await;
    let (first, second) = (server.tenant().await, server.tenant().await);
    let ours = server.connected(first, "google", "ann").await;
    let theirs = server.connected(second, "google", "ann").await;
    assert_eq!(end(&server, first, &ours).await["at_provider"], "shared");
    assert_eq!(server.sandbox.count("google", "revocations").await, 0);
    server.advance(TimeDelta::minutes(56)).await;
    let kept = token(&server, second, &theirs).await;
    assert!(server.sandbox.accepts("google", &kept).await);
    assert_eq!(end(&server, second, &theirs).await["at_provider"], "revoked");
    assert_eq!(server.sandbox.count("google", "revocations").await, 1);
    assert!(!server.sandbox.accepts("google", &kept).await);
}

/// The person takes the access away on Google's own page: the next refresh finds out, and only they can mend it.
#[tokio::test]
async fn a_removal_is_found_out_by_the_next_refresh() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "google", "ann").await;
    server.sandbox.control("google/revoke", json!({"account": "ann"})).await;
    server.advance(TimeDelta::hours(2)).await;
    assert_eq!(server.vend_answer(tenant, &connection).await.problem(), (409, "RECONNECT_REQUIRED".to_owned()));
    let health = &server.connection(tenant, &connection["id"]).await["health"];
    assert_eq!((&health["status"], &health["reason"]), (&json!("needs_reauth"), &json!("revoked")));
    let again = server.connected(tenant, "google", "ann").await;
    assert_eq!((&again["id"], &again["health"]["status"]), (&connection["id"], &json!("active")));
}
