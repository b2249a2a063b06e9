//! Several accounts of one provider in one tenant.

use crate::support::{Client, Server};
use serde_json::{Value, json};
use uuid::Uuid;

/// Whom the vendor takes a vended token for.
async fn login(server: &Server, tenant: Uuid, connection: &Value) -> Value {
    let token = server.vend(tenant, connection).await["access_token"].as_str().unwrap().to_owned();
    let vendor = Client::new(server.sandbox.url(), false).bearer(&token);
    vendor.get("/github/api/v3/user").await.with(200)["login"].clone()
}

/// Two accounts are two connections, each with its own label and its own token; without a name nobody can tell which is meant.
#[tokio::test]
async fn each_account_is_a_connection_with_a_label() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    let work = server.connected_as(tenant, "github", "ann", &json!({"label": "Work"})).await;
    // As long as there is one, it need not be named.
    operator.get("/oauth/token/github").await.with(200);
    let home = server.connected_as(tenant, "github", "bob", &json!({"label": "Home"})).await;
    assert_ne!((&work["id"], &work["account_id"]), (&home["id"], &home["account_id"]));
    for (connection, label, account) in [(&work, "Work", "ann"), (&home, "Home", "bob")] {
        let shown = server.connection(tenant, &connection["id"]).await;
        assert_eq!((&shown["label"], &shown["display_name"]), (&json!(label), &json!(account)));
        assert_eq!(login(&server, tenant, connection).await, account);
        let path = format!("/proxy/{}/user", connection["id"].as_str().unwrap());
        assert_eq!(operator.get(&path).await.with(200)["login"], account);
    }
    let which = operator.get("/oauth/token/github").await;
    assert_eq!(which.problem(), (409, "CONFLICT".to_owned()));
    assert!(which.json()["detail"].as_str().unwrap().contains("connection_id"), "{}", which.text);
    // Another tenant's connections do not make it ambiguous.
    let other = server.tenant().await;
    server.connected(other, "github", "ann").await;
    server.operator(other).get("/oauth/token/github").await.with(200);
}

/// The same account again is the same connection: it takes the new label, and keeps it where a connect names none.
#[tokio::test]
async fn connecting_again_takes_the_new_label() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let first = server.connected_as(tenant, "github", "ann", &json!({"label": "Work"})).await;
    let other = server.connected_as(tenant, "github", "bob", &json!({"label": "Home"})).await;
    for (wish, label) in
        [(json!({"label": "Old work"}), "Old work"), (json!({}), "Old work"), (json!({"label": "Home"}), "Home")]
    {
        let again = server.connected_as(tenant, "github", "ann", &wish).await;
        assert_eq!((&again["id"], &again["label"]), (&first["id"], &json!(label)), "{wish}");
    }
    assert_eq!(server.connection(tenant, &other["id"]).await["label"], "Home");
    assert_eq!((server.database.count("connections").await, server.database.count("grants").await), (2, 2));
}
